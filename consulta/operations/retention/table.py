"""For each column of the database: what it is for, how long it is kept, and what becomes of it.

A house test holds this table against `infra/models/`, and `docs/retention.md` is made from it. What is
erased by the worker names its kind, whose period is a setting; what other features erase names the event.
"""

from __future__ import annotations

from typing import NamedTuple

KEPT, ERASED, PSEUDONYM, DELETED = "kept", "erased", "pseudonymised", "deleted"


class Fate(NamedTuple):
    """What becomes of some columns: until when they are kept (`kind` of erasure, or `until`), and why.

    `but` says what of them stays, or goes at another time.
    """

    columns: tuple[str, ...]
    fate: str
    kind: str = ""  # of erasure: its period is a setting
    until: str = ""  # where another feature erases, or nothing does: until when, or why it stays
    but: str = ""


class Kept(NamedTuple):
    """A table of the database: what it is for, whether it tells of people, and its columns by fate."""

    name: str
    purpose: str
    people: str  # whose data: "" where it tells of no person
    fates: tuple[Fate, ...]

    @property
    def columns(self) -> list[str]:
        """Return the columns in the order of their fates."""
        return [column for fate in self.fates for column in fate.columns]


def _stays(columns: str, why: str) -> Fate:
    return Fate(tuple(columns.split()), KEPT, until=why)


def _goes(columns: str, kind: str, fate: str = ERASED, but: str = "") -> Fate:
    return Fate(tuple(columns.split()), fate, kind, but=but)


def _until(columns: str, until: str, fate: str = DELETED) -> Fate:
    return Fate(tuple(columns.split()), fate, until=until)


RECORD = "as long as the installation: with it the count, and who could vote, are checked"
HASHED = "as long as the installation: its digest is in the log, so a change would break the check"
PUBLISHED = "as long as the installation: it was published"
OURS = "as long as the installation: it is about organisations or the process, not about people"
NUMBER = "as long as the row: numbers and states without a name"
USED = "while the organisation, the account or the body uses it"

CONTACTS = "contacts of members"
NOMINEES = "people proposed for panels"
GUESTS = "people invited to panels"
STAFF = "staff and scrutineers"
ALL = "all who are written to"

TABLE: tuple[Kept, ...] = (
    # members
    Kept(
        "organisations",
        "The members: who is consulted, and the categories by which votes are weighted.",
        "",
        (
            _stays(
                "id name name_key country categories base tags active web member_since example created_at",
                OURS,
            ),
        ),
    ),
    Kept(
        "contacts",
        "The people of members: to send them links, notices and receipts, and to call them.",
        CONTACTS,
        (
            _stays("id organisation_id language may_vote active paused created_at access_since", NUMBER),
            _goes("name email", "contacts", PSEUDONYM),
            _goes("phone bounced_at bounce_reason", "contacts"),
        ),
    ),
    Kept(
        "former_addresses",
        "Addresses that were changed lately: a round that opens soon tells them of its votes.",
        CONTACTS,
        (_goes("id organisation_id contact_id address name language until", "former_addresses", DELETED),),
    ),
    Kept(
        "applications",
        "Applications of organisations to become members, to decide on them.",
        "people of applicants",
        (
            _stays(
                "id name name_key other_names country categories about web language criteria state version"
                " question answer reason admitted_on organisation_id staff_id example made_at confirmed_at"
                " decided_at",
                "an application that was not confirmed is deleted after 7 days; others " + OURS,
            ),
            _goes("people email", "applications"),
        ),
    ),
    Kept(
        "sponsorships",
        "Which members sponsor an application, and what they answered.",
        CONTACTS,
        (_stays("id application_id organisation_id state contact_id note answered_at", NUMBER),),
    ),
    Kept(
        "corrections",
        "Changes of their own data that members requested, to decide on them.",
        CONTACTS,
        (
            _stays(
                "id organisation_id asked_by_id kind contact_id state reason staff_id asked_at decided_at",
                NUMBER,
            ),
            _goes("said", "corrections", but="what is not name, address, telephone or a note stays"),
        ),
    ),
    Kept(
        "focal_points",
        "The people whom members name for territories, to ask them, to write to them, to list them.",
        "focal points",
        (
            _stays(
                "id organisation_id kind country place territory language starts ends state version reason"
                " replaces_id named_by_id staff_id named_at decided_at answered_at",
                NUMBER,
            ),
            _goes("name email phone shows", "focal_points"),
        ),
    ),
    Kept(
        "uploads",
        "Uploaded lists: their rows as read, until they are imported and an undo is not needed any more.",
        "people in imported lists",
        (
            _stays(
                "id kind round_id staff_id filename sha256 created_at applied_at undone_at erased_at", NUMBER
            ),
            _goes("headings unread rows sheets meanings undo", "uploads"),
        ),
    ),
    Kept(
        "import_answers",
        "What columns and values of imported lists mean, so that the question comes only once.",
        "",
        (_stays("id kind field text written meaning", OURS),),
    ),
    # rounds
    Kept(
        "rounds",
        "The consultations: texts, rules, moments, what was frozen.",
        "",
        (
            _stays(
                "id key title question state secrecy example zone closes_local closes_at promised_at"
                " opens_local"
                " opens_at opens_refused opens_agreed nominations_until rules panel_rules panel_version"
                " panel_named most_named"
                " panel_trial endorsements_apart joined_below frozen frozen_sha256 roll_shown organiser_name"
                " commitment secret"
                " public public_source public_local public_at created_at opened_at closed_at objections_until"
                " effects_made panel_effects_made left_out published_at result_seen_at reopenings void_until",
                HASHED,
            ),
        ),
    ),
    Kept(
        "themes",
        "The themes of a round.",
        "",
        (_stays("id round_id key position title description objectives backing", HASHED),),
    ),
    Kept(
        "seats",
        "The roll of a round: organisations with the categories that they had at its opening.",
        "",
        (
            _stays(
                "id round_id organisation_id key pseudonym position name country categories base"
                " registered_at withdrawn_at",
                HASHED,
            ),
        ),
    ),
    Kept(
        "seat_addresses",
        "To which addresses links, receipts and notices of a seat went: guards against votes for another.",
        CONTACTS,
        (
            _stays("id seat_id contact_id language at_opening votes young since", RECORD),
            _goes("address", "roll_contacts", PSEUDONYM),
            _goes("name", "roll_contacts"),
        ),
    ),
    Kept(
        "access_changes",
        "Changes of who may vote while a round is open: requests, notices, objections.",
        CONTACTS,
        (
            _stays(
                "id seat_id contact_id kind replaces_id staff_id asked_at due_at wait state objected_at"
                " objected_by_id stopped_by_id confirmed_at decided_at decided_how decided_by_id",
                RECORD,
            ),
            _goes("address", "roll_contacts", PSEUDONYM),
            _goes("before reason objection stopped decision", "roll_contacts"),
        ),
    ),
    Kept(
        "registrations",
        "Late registrations of organisations in an open round: requests, notices, whether stopped or made.",
        "",
        (
            _stays(
                "id round_id organisation_id reason words staff_id asked_at due_at wait state stopped_at"
                " stopped_by_id confirmed_at decided_at decided_how decided_by_id seat_id withdrawal",
                RECORD,
            ),
            _goes("stopped decision", "roll_contacts"),
        ),
    ),
    Kept(
        "calls",
        "Telephone calls to organisations that had not voted.",
        CONTACTS,
        (
            _stays("id seat_id staff_id answer at", NUMBER),
            _goes("contact_id note", "roll_contacts"),
        ),
    ),
    Kept(
        "links",
        "Personal links, as digests: who acts by them. A link that ended opens nothing.",
        ALL,
        (
            _goes(
                "id purpose subject_id contact_id seat_address_id token_sha256 created_at expires_at"
                " revoked_at used_at choice",
                "links",
                DELETED,
            ),
        ),
    ),
    Kept(
        "link_requests",
        "Addresses for which a new link was requested, until the worker answers.",
        ALL,
        (_until("id address purpose at", "it is answered, within a minute"),),
    ),
    Kept(
        "reminders",
        "When those who have not voted are reminded.",
        "",
        (_stays("id round_id local due_at done_at queued", OURS),),
    ),
    Kept(
        "scrutineers",
        "Who was appointed to read what a count depends on.",
        STAFF,
        (_stays("round_id staff_id appointed_at", PUBLISHED),),
    ),
    Kept(
        "questions",
        "Questions that a round asks beside its ranking.",
        "",
        (_stays("id round_id key position kind text help required details", OURS),),
    ),
    # votes
    Kept(
        "ballots",
        "The votes of organisations, each version; the number of the contact says by whose link.",
        "",
        (
            _stays(
                "id round_id seat_id version contact_id ranking objectives endorsements"
                " endorsements_sealed shown"
                " content_sha256 idempotency_key receipt head assisted young abstains cast_at",
                "as long as the installation: a vote is of its organisation, and the log has its digest",
            ),
        ),
    ),
    Kept("current_ballots", "Which version of a vote counts.", "", (_stays("seat_id ballot_id", RECORD),)),
    Kept(
        "ballot_exclusions",
        "Votes that no later count has, after an objection.",
        "",
        (_stays("id round_id ballot_id objection_id at", RECORD),),
    ),
    Kept(
        "receipt_heads",
        "The head of the log on each receipt.",
        "",
        (_stays("ballot_id size root peaks", HASHED),),
    ),
    Kept(
        "vote_effects",
        "What the vote of an organisation did.",
        "",
        (_stays("seat_id told panel made_at", OURS),),
    ),
    Kept(
        "assistances",
        "Who requested that staff enter a vote, and why.",
        CONTACTS,
        (_stays("ballot_id staff_id", RECORD), _goes("requester reason", "roll_contacts")),
    ),
    Kept(
        "objections",
        "Objections of organisations to how they appear, and decisions.",
        CONTACTS,
        (
            _stays(
                "id round_id seat_id ballot_id claim seat_address_id text state reason asked_by"
                " decided_by made_at"
                " asked_at decided_at",
                RECORD,
            ),
            _goes("who", "roll_contacts"),
        ),
    ),
    Kept(
        "answer_sheets",
        "Answers of organisations to the questions of a round.",
        "",
        (_stays("id round_id seat_id version said assisted answered_at", OURS),),
    ),
    Kept(
        "question_figures",
        "Published answers.",
        "",
        (_stays("id round_id content sha256 created_at", PUBLISHED),),
    ),
    Kept(
        "local_governments",
        "Local governments that were named.",
        "",
        (_stays("id name country name_key into_id created_at", OURS),),
    ),
    Kept(
        "seat_reasons",
        "Why an organisation placed a theme, while that is known.",
        "",
        (
            _until(
                "seat_id theme_id version text consent",
                "the result is published: then texts are parted from seats",
            ),
        ),
    ),
    Kept(
        "reasons",
        "Reasons without their authors, but for organisations that agreed to be named.",
        "",
        (_stays("round_id number theme_id text consent name subregion sector", PUBLISHED),),
    ),
    Kept(
        "reason_codes",
        "Words of the secretariat for reasons.",
        "",
        (_stays("id round_id name name_key", OURS),),
    ),
    Kept("coded_reasons", "Which reasons have which words.", "", (_stays("round_id number code_id", OURS),)),
    Kept("syntheses", "What is written of the reasons so far.", "", (_stays("round_id content", OURS),)),
    Kept(
        "synthesis_versions",
        "Published syntheses.",
        "",
        (_stays("round_id version content sha256 published_at", PUBLISHED),),
    ),
    # proposals, the panel, the session
    Kept(
        "nominees",
        "People and institutions proposed for a panel: for the ballot, the panel and the invitation.",
        NOMINEES,
        (
            _stays(
                "id round_id key name organisation role country sector language topics recent support kind"
                " delegate speaks_for about government origin on_ballot outside example created_at",
                "as long as the installation: the ballot that the log binds has them, and panels"
                " that are published",
            ),
            _stays("gender attributes", "as long as the installation: for figures of who was heard"),
            _stays(
                "consent_contact consent_listed consent_governments", "as long as the row: what was agreed to"
            ),
            _goes("email languages address_form", "nominees"),
        ),
    ),
    Kept(
        "nominations",
        "What members proposed for the panel, in their words, and what was decided.",
        NOMINEES,
        (
            _stays(
                "id round_id organisation_id contact_id state nominee_id into_id reason proposed_at"
                " decided_at",
                NUMBER,
            ),
            _goes(
                "said",
                "nominees",
                but="organisation, role, country, sector, kind stay, and the name of one that was taken up",
            ),
        ),
    ),
    Kept(
        "invitations",
        "Invitations to the panel and their states.",
        GUESTS,
        (_stays("id round_id nominee_id state changed_at told created_at", RECORD),),
    ),
    Kept(
        "invitation_events",
        "The steps of an invitation.",
        GUESTS,
        (_stays("id invitation_id state at actor", HASHED),),
    ),
    Kept(
        "invitation_words",
        "What guests wrote with an answer, and whom they propose instead.",
        GUESTS,
        (_goes("event_id note colleague colleague_contact", "guest_notes", DELETED),),
    ),
    Kept(
        "panel_presets",
        "Rules of panels under a name.",
        "",
        (_stays("id name_key title rules staff_id created_at", OURS),),
    ),
    Kept(
        "theme_phases",
        "The phase in which members propose themes.",
        "",
        (
            _stays(
                "id round_id zone opens_local opens_at closes_local closes_at promised_at opened_at ended_at"
                " end_reason shown supports most rule themes subregions choice",
                OURS,
            ),
        ),
    ),
    Kept(
        "theme_proposals",
        "Themes that members propose; the number of the contact says who wrote.",
        "",
        (
            _stays(
                "id round_id number reference organisation_id contact_id language title why"
                " objectives countries"
                " populations state reason not_taken question answer into_id part_of_id theme_id proposed_at"
                " decided_at",
                PUBLISHED,
            ),
        ),
    ),
    Kept(
        "theme_proposal_events",
        "The steps of a proposed theme.",
        "",
        (_stays("id proposal_id kind state at actor staff_id contact_id details", HASHED),),
    ),
    Kept(
        "theme_supports",
        "Supports of organisations for proposed themes.",
        "",
        (_stays("id proposal_id organisation_id contact_id at", OURS),),
    ),
    Kept(
        "dialogues",
        "The sessions: hours, places, topics, factsheets.",
        "",
        (
            _stays(
                "id round_id title zone starts_local starts_at ends_local ends_at place links agenda topics"
                " answer_by uid sequence cancelled factsheet factsheet_version created_at",
                PUBLISHED,
            ),
        ),
    ),
    Kept(
        "attendances",
        "Who took part in a session, without names.",
        "",
        (_stays("id dialogue_id organisation country sector gender", OURS),),
    ),
    Kept(
        "evaluations",
        "The questions about a session, and their published figures.",
        "",
        (
            _stays(
                "id round_id version questions closes_at opened_at figures sha256 published_at created_at",
                PUBLISHED,
            ),
        ),
    ),
    Kept(
        "evaluation_people",
        "Who is asked to evaluate a session, and whether an answer came.",
        "people who took part in sessions",
        (
            _stays("id evaluation_id language source written_at reminded_at answered", NUMBER),
            _goes("name email", "evaluation_people", PSEUDONYM),
            _goes("organisation", "evaluation_people"),
        ),
    ),
    Kept(
        "evaluation_sheets",
        "Answers about a session, with no person and no hour.",
        "",
        (_stays("id evaluation_id said", OURS),),
    ),
    Kept(
        "agreements",
        "What a session agreed, and who sees to it.",
        "people or bodies that are named as responsible",
        (_stays("id round_id number version text responsible due done_on removed created_at", PUBLISHED),),
    ),
    Kept(
        "minutes_versions",
        "Published minutes.",
        "",
        (_stays("round_id version content sha256 published_at", PUBLISHED),),
    ),
    # recommendations
    Kept(
        "recommendations",
        "What sessions recommended.",
        "",
        (
            _stays(
                "id dialogue_id kind position reference text language topic objectives addressed"
                " version created_at"
                " published_at withdrawn_at reason",
                PUBLISHED,
            ),
        ),
    ),
    Kept(
        "recommendation_texts",
        "Texts of recommendations as published.",
        "",
        (_stays("recommendation_id version text factsheet published_at", PUBLISHED),),
    ),
    Kept(
        "institutions",
        "Bodies that answer for recommendations, and their contact persons.",
        "people of institutions",
        (
            _stays("id kind country name name_key language active version example created_at", OURS),
            _goes("person role email phone", "institutions"),
        ),
    ),
    Kept(
        "reports",
        "What governments, agencies and organisations say became of recommendations.",
        "",
        (
            _stays(
                "id recommendation_id side addressee voice version step day text language link"
                " evidence_id entered"
                " received institution_id organisation_id focal_point_id staff_id entered_at",
                PUBLISHED,
            ),
        ),
    ),
    Kept(
        "evidence",
        "Files that reports rest on.",
        "",
        (_stays("id name media sha256 size content created_at", PUBLISHED),),
    ),
    Kept(
        "follow_up_rhythms",
        "How often calls ask what became of recommendations.",
        "",
        (_stays("round_id first_months every_months answer_days remind_days", OURS),),
    ),
    Kept(
        "follow_up_calls",
        "Calls that were sent, moved or skipped.",
        "",
        (
            _stays(
                "id round_id number due_on state reason answer_by remind_on reminded sent_at staff_id", OURS
            ),
        ),
    ),
    Kept(
        "follow_up_requests",
        "The people to whom a call was sent.",
        "contacts, focal points and people of institutions",
        (
            _stays(
                "id call_id side addressee organisation country language organisation_id"
                " institution_id contact_id"
                " focal_point_id asked_at",
                NUMBER,
            ),
            _goes("name email", "follow_up_requests", PSEUDONYM),
        ),
    ),
    Kept("follow_up_answers", "By whose link a report came.", "", (_stays("report_id request_id", NUMBER),)),
    Kept(
        "withdrawals",
        "Answers and recommendations that were withdrawn, and why.",
        "",
        (_stays("id recommendation_id report_id what reason staff_id at", PUBLISHED),),
    ),
    Kept(
        "documents",
        "Bundles, results, panels, archives and factsheets, byte for byte.",
        "people in published panels",
        (_stays("id round_id kind version content sha256 created_at", HASHED),),
    ),
    Kept(
        "data_packages",
        "Versions of open data.",
        "",
        (_stays("id kind round_id version sha256 title example files stamp made_at", PUBLISHED),),
    ),
    Kept("data_files", "Files of open data.", "", (_stays("sha256 content", PUBLISHED),)),
    Kept(
        "data_withdrawals",
        "Versions of open data that were withdrawn, and why.",
        "",
        (_stays("package_id reason staff_id at", PUBLISHED),),
    ),
    Kept(
        "replaced_versions",
        "Published panels and figures of sessions that a later version replaced, and why.",
        "",
        (_stays("id round_id what version by_version reason staff_id at", PUBLISHED),),
    ),
    # mail
    Kept(
        "messages",
        "Mails: what was sent to whom, when, and with which result.",
        ALL,
        (
            _stays(
                "id round_id kind contact_id seat_id invitation_id once language to_address"
                " message_id state reason"
                " attempts queued_at due_at tried_at left_at code transport body_sha256",
                "as long as the installation: that a mail was sent, to which number, when, with which result",
            ),
            _until("token claimed_by claimed_until", "the mail has left", ERASED),
            _goes("facts subject body", "mail_texts"),
            _goes("address said", "mail_addresses"),
        ),
    ),
    Kept(
        "deliveries",
        "Attempts to send mails, and what mail servers answered.",
        ALL,
        (_stays("id message_id at outcome code", RECORD), _goes("said", "mail_addresses")),
    ),
    Kept(
        "mail_texts",
        "Texts of mails that the secretariat changed.",
        "",
        (_stays("round_id kind language subject body changed_at", OURS),),
    ),
    Kept(
        "text_versions",
        "Every version of a text of a mail, and who wrote it.",
        "",
        (_stays("id round_id kind language subject body staff_id at", OURS),),
    ),
    Kept(
        "plain_texts",
        "Texts of mails about no round.",
        "",
        (_stays("kind language subject body changed_at", OURS),),
    ),
    # staff
    Kept(
        "staff",
        "Accounts: who may act, and as whom.",
        STAFF,
        (
            _stays("id organisation role language active created_at", NUMBER),
            _goes(
                "email name password_hash",
                "staff",
                PSEUDONYM,
                but="the name of a scrutineer stays, which was published",
            ),
            _goes("second_factor second_step", "second_steps"),
        ),
    ),
    Kept(
        "passkeys",
        "Public keys with which staff sign in.",
        STAFF,
        (
            _goes(
                "id staff_id name credential_id credential counter created_at used_at",
                "second_steps",
                DELETED,
            ),
        ),
    ),
    Kept(
        "recovery_codes",
        "Digests of codes that replace a second step once.",
        STAFF,
        (_goes("id staff_id code_sha256 created_at used_at", "second_steps", DELETED),),
    ),
    Kept(
        "challenges",
        "Challenges sent to a browser while somebody signs in.",
        STAFF,
        (_goes("id token_sha256 kind staff_id state expires_at", "sign_ins", DELETED),),
    ),
    Kept(
        "pending_acts",
        "What waited for a second person: the form as it was sent.",
        STAFF,
        (
            _goes(
                "id endpoint path fields state staff_id asked_at expires_at decided_by_id decided_at reason",
                "pending_acts",
                DELETED,
            ),
        ),
    ),
    Kept(
        "sessions",
        "Sessions on the server; of staff with a part of the network, to see which are theirs.",
        ALL,
        (
            _goes(
                "id token_sha256 staff_id link_id created_at confirmed_at expires_at ended_at factor"
                " network browser signature",
                "sign_ins",
                DELETED,
                but="the newest of each account stays, which says when it signed in last",
            ),
        ),
    ),
    Kept(
        "attempts",
        "Digests of what was tried, so that it is not tried too often.",
        ALL,
        (_goes("id subject_sha256 at", "sign_ins", DELETED),),
    ),
    # the record
    Kept(
        "log",
        "What was done, by which number, when. Each row carries the digest of the one before.",
        "staff, contacts, guests: by number; reasons that the secretariat wrote",
        (_stays("seq at actor action subject details previous digest nonce outside", HASHED),),
    ),
    Kept("heads", "The log at moments.", "", (_stays("id size root peaks at reason round_id", HASHED),)),
    Kept("keys", "The secret of the seals.", "", (_stays("name value", RECORD),)),
    Kept("checkpoint_keys", "Public keys of signed heads.", "", (_stays("id origin key at", HASHED),)),
    Kept("checkpoints", "Signed heads.", "", (_stays("id head_id key_id size note at log_size", HASHED),)),
    Kept(
        "witnesses",
        "Who cosigns heads.",
        "",
        (_stays("id name organisation key registered_at ended_at", PUBLISHED),),
    ),
    Kept(
        "cosignatures",
        "Signatures of witnesses.",
        "",
        (_stays("id checkpoint_id witness_id line time at log_size", HASHED),),
    ),
    Kept(
        "timestamps",
        "Time stamps of heads.",
        "",
        (_stays("id checkpoint_id authority response time at", HASHED),),
    ),
    # the installation
    Kept(
        "organiser",
        "The profile of the body that holds the consultations.",
        "people whom the profile names, such as who signs",
        (_stays("id profile logo changed_at", USED),),
    ),
    Kept("beats", "When the worker was seen.", "", (_stays("name at", OURS),)),
    Kept(
        "document_jobs",
        "Documents that the worker is to make, with the pages that they are made from.",
        "whom a letter, a receipt or a ballot on paper names",
        (
            _until(
                "id digest shared said asked_at tries until failed_at",
                "the document is made; what could not be made, after a day at most",
            ),
        ),
    ),
    Kept(
        "practices",
        "Which rounds for practice there were; all that was in one is deleted with its place.",
        STAFF,
        (
            _stays("id key state live staff_id made_at deleted_at", NUMBER),
            _until("title asked", "the practice is deleted from the desk", ERASED),
        ),
    ),
    Kept("switches", "What is switched on.", "", (_stays("name at", OURS),)),
    Kept(
        "retention_kinds",
        "Which erasures were announced.",
        "",
        (_stays("kind days announced_at begins_at looked_at", OURS),),
    ),
    Kept("retention_runs", "What was erased, as numbers.", "", (_stays("id kind rows at", OURS),)),
    Kept(
        "retention_marks",
        "Since when accounts, contacts and institutions are out of use.",
        "",
        (_until("kind number since", "the row is used again, or erased"),),
    ),
    Kept(
        "erasures",
        "Which rows were erased on request, by number.",
        "",
        (_stays("id kind number made_at erased_at staff_id", OURS),),
    ),
)
