"""The log in plain words: what was done, said as a sentence without its subject."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from consulta.core.problems import Problem
from consulta.platform.data import catalogue, tongues
from consulta.platform.deadlines import of_text, resolve
from consulta.platform.importing.columns import UNREAD
from consulta.platform.importing.meanings import choices
from consulta.platform.messages import MESSAGES
from consulta.platform.web.language import alphabetical, calendar_day, language_name, local, moment, say
from consulta.rounds.pages import letters
from consulta.vote.pages.calls import ANSWERS
from consulta.vote.pages.changes import HOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask_babel import LazyString

    from consulta.rounds.values import LogLine


class _Counted(NamedTuple):
    """The sentence of an act that counts something: the name of the detail that does, of one, of several."""

    by: str
    one: LazyString
    several: LazyString

    def __str__(self) -> str:
        return str(self.several)


ACTS: dict[str, LazyString | _Counted] = {
    "rounds.created": _l("made the round as a draft"),
    "rounds.edited": _l("changed texts, deadline or rules"),
    "rounds.committed": _l("fixed the fingerprint of the secret that decides ties: %(commitment)s"),
    "rounds.opened": _l(
        "opened the voting: %(seats)s organisations, %(themes)s themes, package %(package_sha256)s"
    ),
    "rounds.extended": _l("moved the deadline from %(before)s to %(after)s"),
    "rounds.drawn": _l("entered the public value %(value)s of %(at)s"),
    "rounds.closed": _Counted(
        "ballots",
        _l("closed the voting with %(ballots)s ballot"),
        _l("closed the voting with %(ballots)s ballots"),
    ),
    "rounds.reopened": _l(
        "opened the voting again until %(after)s; it had been closed at %(closed_at)s: %(reason)s"
    ),
    "results.seen": _l("read the result of the round first"),
    "rounds.cancelled": _l("cancelled the round"),
    "rounds.counted": _l("counted the ballots: result %(result_sha256)s"),
    "data.published": _l("made a version of its open data"),
    "rounds.summarised": _l("kept a summary of the count"),
    "objections.made": _l("objected to how the organisation %(seat)s appears (objection %(objection)s)"),
    "objections.withdrawn": _l("withdrew the objection %(objection)s"),
    "objections.rejected": _l("did not uphold the objection %(objection)s: %(reason)s"),
    "objections.asked": _l("asked to uphold the objection %(objection)s: %(reason)s"),
    "objections.sent_back": _l("did not confirm the objection %(objection)s: %(reason)s"),
    "objections.upheld": _l("upheld the objection %(objection)s: %(reason)s"),
    "objections.upheld_alone": _l(
        "upheld the objection %(objection)s alone, without a second person: %(reason)s"
    ),
    "ballots.excluded": _l(
        "took a ballot out of the count after the objection %(objection)s: its record is %(record_sha256)s"
    ),
    "abstentions.excluded": _l("took an abstention out after the objection %(objection)s"),
    "rounds.published": _Counted(
        "ballots",
        _l("published the result of %(ballots)s ballot, counted from %(bundle_sha256)s"),
        _l("published the result of %(ballots)s ballots, counted from %(bundle_sha256)s"),
    ),
    "reasons.parted": _Counted(
        "texts",
        _l("separated %(texts)s reason from the organisation that wrote it: %(sha256)s"),
        _l("separated %(texts)s reasons from the organisations that wrote them: %(sha256)s"),
    ),
    "synthesis.coded": _Counted(
        "texts",
        _l("gave the code “%(code)s” to %(texts)s text"),
        _l("gave the code “%(code)s” to %(texts)s texts"),
    ),
    "synthesis.uncoded": _Counted(
        "texts",
        _l("took the code “%(code)s” from %(texts)s text"),
        _l("took the code “%(code)s” from %(texts)s texts"),
    ),
    "synthesis.renamed": _l("renamed the code “%(before)s” to “%(code)s”"),
    "synthesis.removed": _l("deleted the code “%(code)s”"),
    "synthesis.written": _l("changed the synthesis of the reasons"),
    "synthesis.published": _l("published what the organisations said, version %(version)s: %(sha256)s"),
    "themes.added": _l("added the theme “%(theme)s”"),
    "themes.edited": _l("changed the theme “%(theme)s”"),
    "themes.deleted": _l("removed the theme “%(theme)s”"),
    "themes.moved": _l("moved the theme “%(theme)s”"),
    "themes.proposed": _Counted(
        "count", _l("took over the %(count)s proposed theme"), _l("took over the %(count)s proposed themes")
    ),
    "theme_review.admitted": _l("admitted the proposed theme %(proposal)s"),
    "theme_review.declined": _l("declined the proposed theme %(proposal)s"),
    "theme_review.returned": _l("returned the proposed theme %(proposal)s with a question"),
    "theme_review.merged": _l("merged the proposed themes %(proposals)s into %(into)s"),
    "theme_review.split": _l("split the proposed theme %(proposal)s into %(parts)s"),
    "theme_review.translated": _l("translated the proposed theme %(proposal)s (%(language)s)"),
    "theme_review.reworded": _l("edited the words of the proposed theme %(proposal)s"),
    "theme_review.undone": _l("took back the last step about the proposed theme %(proposal)s"),
    "theme_review.told": _Counted(
        "count",
        _l("told %(count)s organisation what became of the themes it proposed"),
        _l("told %(count)s organisations what became of the themes they proposed"),
    ),
    "theme_review.chosen": _Counted(
        "themes",
        _l("put %(themes)s theme of members on the ballot: proposal %(proposals)s"),
        _l("put %(themes)s themes of members on the ballot: proposals %(proposals)s"),
    ),
    "theme_review.taken_back": _Counted(
        "themes",
        _l("took %(themes)s theme of members off the ballot"),
        _l("took %(themes)s themes of members off the ballot"),
    ),
    "themes.copied": _Counted(
        "count",
        _l("took over %(count)s theme of the round %(source)s"),
        _l("took over %(count)s themes of the round %(source)s"),
    ),
    "questions.added": _l("added the question %(question)s"),
    "questions.edited": _l("changed the question %(question)s"),
    "questions.deleted": _l("removed the question %(question)s"),
    "questions.moved": _l("moved the question %(question)s"),
    "questions.copied": _Counted(
        "count",
        _l("took over %(count)s question of the round %(source)s"),
        _l("took over %(count)s questions of the round %(source)s"),
    ),
    "questions.frozen": _Counted(
        "count",
        _l("fixed the %(count)s question beside the ranking: %(questions_sha256)s"),
        _l("fixed the %(count)s questions beside the ranking: %(questions_sha256)s"),
    ),
    "governments.joined": _l("joined two spellings of a local government"),
    "governments.parted": _l("parted two spellings of a local government"),
    "questions.published": _l("kept what is public of the answers: %(figures_sha256)s"),
    "answers.downloaded": _l("downloaded the answers to the questions (%(kind)s)"),
    "answers.entered": _l("entered the answers of an organisation to the questions"),
    "nominees.copied": _Counted(
        "count",
        _l("took over %(count)s nominee of the round %(source)s"),
        _l("took over %(count)s nominees of the round %(source)s"),
    ),
    "rounds.deleted": _l("deleted the draft %(key)s"),
    "nominees.added": _l("added the nominee “%(nominee)s”"),
    "nominees.edited": _l("changed the nominee “%(nominee)s”"),
    "nominees.corrected": _l("corrected how to reach the nominee “%(nominee)s”"),
    "nominees.deleted": _l("removed the nominee “%(nominee)s”"),
    "nominees.merged": _l("joined the nominee “%(nominee)s” with “%(into)s”: they mean the same"),
    "nominees.joined": _l("added the nominee “%(nominee)s” after the opening: on no ballot"),
    "nominees.designated": _l(
        "wrote down that %(by)s designated the nominee “%(nominee)s” on %(on)s: %(act)s"
    ),
    "nominees.designation_ended": _l("took back the designation of the nominee “%(nominee)s”"),
    "nominees.uploaded": _Counted(
        "rows",
        _l("uploaded a file of nominees: %(rows)s row"),
        _l("uploaded a file of nominees: %(rows)s rows"),
    ),
    "nominees.sheets_chosen": _Counted(
        "sheets",
        _l("chose what is read of a file of nominees: %(sheets)s sheet"),
        _l("chose what is read of a file of nominees: %(sheets)s sheets"),
    ),
    "nominees.remembered": _l("said what “%(text)s” means in later files of nominees: %(as)s"),
    "nominees.understood": _l("said what a value in a file of nominees means (%(field)s): %(as)s"),
    "nominees.imported": _Counted(
        "count", _l("added %(count)s nominee from a file"), _l("added %(count)s nominees from a file")
    ),
    "nominees.undone": _l("took nominees out again that came from a file"),
    "theme_phase.planned": _l("set that members propose themes until %(until)s"),
    "theme_phase.given_up": _l("gave up that members propose themes"),
    "theme_phase.opening_planned": _l("planned that proposing themes opens on %(at)s"),
    "theme_phase.opened": _Counted(
        "count",
        _l("let members propose themes until %(until)s and wrote to %(count)s contact"),
        _l("let members propose themes until %(until)s and wrote to %(count)s contacts"),
    ),
    "theme_phase.written": _Counted(
        "count",
        _l("sent %(count)s contact a link to propose themes"),
        _l("sent %(count)s contacts a link to propose themes"),
    ),
    "theme_phase.reminded": _Counted(
        "count",
        _l("reminded %(count)s contact to propose themes"),
        _l("reminded %(count)s contacts to propose themes"),
    ),
    "theme_phase.told": _Counted(
        "count",
        _l("told %(count)s contact that proposing themes ends later"),
        _l("told %(count)s contacts that proposing themes ends later"),
    ),
    "theme_phase.moved": _l("moved the end of proposing themes from %(before)s to %(after)s"),
    "theme_phase.ended": _Counted(
        "proposals",
        _l("ended the proposing of themes: %(proposals)s proposal"),
        _l("ended the proposing of themes: %(proposals)s proposals"),
    ),
    "theme_proposals.proposed": _l("proposed the theme %(proposal)s"),
    "theme_proposals.edited": _l("changed the proposed theme %(proposal)s"),
    "theme_proposals.answered": _l("answered the question about the proposed theme %(proposal)s"),
    "theme_proposals.withdrawn": _l("withdrew the proposed theme %(proposal)s"),
    "theme_proposals.supported": _l("supported the proposed theme %(proposal)s"),
    "theme_proposals.unsupported": _l("took the support of the proposed theme %(proposal)s back"),
    "nominations.opened": _l("let members propose for the panel until %(after)s"),
    "nominations.moved": _l("moved the end of members' proposals from %(before)s to %(after)s"),
    "nominations.written": _Counted(
        "count",
        _l("sent %(count)s contact a link to propose for the panel"),
        _l("sent %(count)s contacts a link to propose for the panel"),
    ),
    "nominations.ended": _l("ended members' proposals"),
    "nominations.told": _Counted(
        "count",
        _l("told %(count)s organisation what became of its proposals for the panel"),
        _l("told %(count)s organisations what became of their proposals for the panel"),
    ),
    "nominations.proposed": _l("proposed a person for the panel: %(nomination)s"),
    "nominations.withdrawn": _l("withdrew the proposal “%(nomination)s”"),
    "nominations.admitted": _l("admitted the proposal “%(nomination)s” as the nominee “%(nominee)s”"),
    "nominations.declined": _l("declined the proposal “%(nomination)s”"),
    "nominations.merged": _l("joined the proposal “%(nomination)s” with “%(into)s”: they mean the same"),
    "nominations.reconsidered": _l("let the proposal “%(nomination)s” wait again"),
    "links.issued": _Counted(
        "count",
        _l("made %(count)s personal link; earlier ones ended: %(revoked)s"),
        _l("made %(count)s personal links; earlier ones ended: %(revoked)s"),
    ),
    "links.requested": _l("sent a personal link that %(contact)s asked for"),
    "links.withheld": _l("sent no link to %(contact)s: the address is not the one that the log tells of"),
    "your_vote.handed_out": _l("handed out, by a command, a link to what the vote of an organisation did"),
    "links.reissued": _l("made a new personal link for %(contact)s"),
    "rounds.registered": _l("registered organisation number %(number)s of after the opening: %(reason)s"),
    "rounds.seat_withdrawn": _l(
        "withdrew organisation number %(number)s of after the opening before it voted: %(reason)s"
    ),
    "registrations.asked": _l("asked for the late registration %(registration)s: %(reason)s"),
    "registrations.stopped": _l(
        "stopped, as a scrutineer, the late registration %(registration)s: %(reason)s"
    ),
    "registrations.withdrawn": _l("withdrew the late registration %(registration)s: %(reason)s"),
    "registrations.undone": _l(
        "withdrew the seat %(seat)s of the late registration %(registration)s before it voted: %(reason)s"
    ),
    "registrations.confirmed": _l(
        "confirmed, as a second person, the late registration %(registration)s: %(reason)s"
    ),
    "registrations.decided": _l("made the seat %(seat)s by the late registration %(registration)s: %(how)s"),
    "access.asked": _l("asked that another address may vote for %(seat)s (change %(change)s)"),
    "access.stopped": _l("stopped, as a scrutineer, the change %(change)s of who may vote for %(seat)s"),
    "access.objected": _l("objected to the change %(change)s of who may vote for %(seat)s"),
    "access.confirmed": _l(
        "confirmed, as a second person, the change %(change)s of who may vote for %(seat)s: %(reason)s"
    ),
    "access.decided": _l("decided the change %(change)s of who may vote for %(seat)s: %(how)s"),
    "access.ended": _l("ended the access of %(contact)s, of %(seat)s"),
    "access.restored": _l("gave %(contact)s, of %(seat)s, its access back"),
    "calls.noted": _l("called %(seat)s: %(answer)s"),
    "tables.exported": _Counted(
        "rows",
        _l("downloaded the table “%(table)s”: %(rows)s row"),
        _l("downloaded the table “%(table)s”: %(rows)s rows"),
    ),
    "results.downloaded": _l("downloaded a file of the count: %(kind)s"),
    "scrutineers.appointed": _l("appointed %(staff)s as a scrutineer"),
    "scrutineers.dismissed": _l("ended the part of %(staff)s as a scrutineer"),
    "dialogue.written": _l("wrote the session down, which begins on %(starts_at)s"),
    "dialogue.changed": _l("changed the session, which begins on %(starts_at)s"),
    "attendance.added": _l("wrote down who took part: %(people)s more"),
    "attendance.removed": _l("took a person off the list of who took part"),
    "attendance.uploaded": _Counted(
        "rows",
        _l("uploaded a list of who took part: %(rows)s row"),
        _l("uploaded a list of who took part: %(rows)s rows"),
    ),
    "attendance.sheets_chosen": _Counted(
        "sheets",
        _l("chose what is read of a list of who took part: %(sheets)s sheet"),
        _l("chose what is read of a list of who took part: %(sheets)s sheets"),
    ),
    "attendance.remembered": _l("said what “%(text)s” means in later lists of who took part: %(as)s"),
    "attendance.understood": _l("said what a value in a list of who took part means (%(field)s): %(as)s"),
    "attendance.imported": _Counted(
        "people",
        _l("imported a list of who took part: %(people)s person"),
        _l("imported a list of who took part: %(people)s people"),
    ),
    "attendance.undone": _l("took an imported list of who took part back"),
    "factsheet.written": _l("changed the words of the factsheet"),
    "recommendation.written": _l("wrote a row of the factsheet: %(kind)s (number %(number)s)"),
    "recommendation.changed": _l("changed a row of the factsheet: number %(number)s %(reference)s"),
    "recommendation.moved": _l("moved a row of the factsheet: number %(number)s %(reference)s"),
    "recommendation.deleted": _l("deleted a draft of a row of the factsheet: %(kind)s (number %(number)s)"),
    "recommendation.withdrawn": _l("withdrew %(reference)s"),
    "recommendation.restored": _l("took the withdrawal of %(reference)s back"),
    "report.entered": _l("wrote down an answer on %(reference)s, of %(addressee)s"),
    "report.answer_withdrawn": _l("withdrew an answer on %(reference)s, of %(addressee)s"),
    "report.evidence_withdrawn": _l(
        "withdrew the link and file of an answer on %(reference)s, of %(addressee)s"
    ),
    "data.withdrawn": _l("withdrew version %(version)s of its open data"),
    "follow_up.rhythm": _l("changed how often is asked about the recommendations"),
    "follow_up.moved": _l("moved call %(number)s about the recommendations. Reason: %(reason)s"),
    "follow_up.skipped": _l("left out call %(number)s about the recommendations. Reason: %(reason)s"),
    "follow_up.called": _l("sent call %(number)s about the recommendations, to %(count)s people"),
    "follow_up.reminded": _l("sent a reminder of call %(number)s about the recommendations: %(count)s mails"),
    "factsheet.published": _l("published the factsheet, version %(version)s"),
    "evaluation.prepared": _Counted(
        "questions",
        _l("prepared the evaluation of the session with %(questions)s question"),
        _l("prepared the evaluation of the session with %(questions)s questions"),
    ),
    "evaluation.edited": _Counted(
        "questions",
        _l("changed the questions of the evaluation: %(questions)s question"),
        _l("changed the questions of the evaluation: %(questions)s questions"),
    ),
    "evaluation.listed": _l(
        "changed who is asked to evaluate the session: %(added)s more, %(removed)s taken off"
    ),
    "evaluation.opened": _Counted(
        "count",
        _l("sent the evaluation of the session to %(count)s person, until %(until)s"),
        _l("sent the evaluation of the session to %(count)s people, until %(until)s"),
    ),
    "evaluation.sent": _Counted(
        "count",
        _l("sent the evaluation of the session to %(count)s more person"),
        _l("sent the evaluation of the session to %(count)s more people"),
    ),
    "evaluation.reminded": _Counted(
        "count",
        _l("reminded %(count)s person of the evaluation of the session"),
        _l("reminded %(count)s people of the evaluation of the session"),
    ),
    "evaluation.moved": _l("moved the end of the evaluation to %(until)s"),
    "evaluation.published": _l("published the evaluation of the session: %(sha256)s"),
    "minutes.written": _l("wrote agreement %(agreement)s of the session"),
    "minutes.done": _l("marked agreement %(agreement)s of the session as done on %(day)s"),
    "minutes.undone": _l("took the mark off that agreement %(agreement)s of the session is done"),
    "minutes.removed": _l("took out agreement %(agreement)s of the session"),
    "minutes.published": _l("published the minutes of the session, version %(version)s"),
    "nominees.institution_invited": _l("invited the institution %(nominee)s to name a person for the panel"),
    "panel.chosen": _l("had the panel chosen, version %(version)s"),
    "panel.tried": _l("tried a change of the panel"),
    "panel.trial_ended": _l("gave up the change of the panel that was being tried"),
    "panel.decided": _l("decided the panel, version %(version)s; rules that gave way: %(overridden)s"),
    "panel.published": _l("published the panel, version %(version)s"),
    "rounds.opening_planned": _l("planned the opening for %(local)s"),
    "rounds.opening_unplanned": _l("gave up the planned opening"),
    "rounds.opening_refused": _l("could not open the voting as planned. %(code)s"),
    "reminders.planned": _l("planned a reminder for %(local)s"),
    "reminders.removed": _l("gave up the reminder planned for %(local)s"),
    "reminders.sent": _Counted(
        "count",
        _l("reminded %(count)s contact of an organisation that had not voted"),
        _l("reminded %(count)s contacts of organisations that had not voted"),
    ),
    "mail.text_changed": _l("changed the text of mails: %(kind)s (%(language)s)"),
    "mail.text_restored": _l("went back to the usual text of mails: %(kind)s (%(language)s)"),
    "mail.sent_again": _Counted(
        "count",
        _l("sent %(count)s message again that had not arrived"),
        _l("sent %(count)s messages again that had not arrived"),
    ),
    "mail.thanked": _Counted(
        "count", _l("thanked %(count)s contact for voting"), _l("thanked %(count)s contacts for voting")
    ),
    "mail.written": _Counted(
        "count",
        _l("wrote to %(count)s contact of a chosen organisation: “%(title)s”"),
        _l("wrote to %(count)s contacts of chosen organisations: “%(title)s”"),
    ),
    "mail.dropped": _Counted(
        "count",
        _l("took %(count)s waiting message out of the queue"),
        _l("took %(count)s waiting messages out of the queue"),
    ),
    "invitations.changed": _l("invitation of %(invitation)s: %(state)s"),
    "panel.answers_held": _l("let the panel's rules hold %(held)s people and keep %(barred)s out"),
    "invitations.replaced": _l("replaced %(invitation)s on the panel, which is now version %(version)s"),
    "invitations.sent": _Counted(
        "count", _l("invited %(count)s person to the panel"), _l("invited %(count)s people to the panel")
    ),
    "invitations.reminded": _Counted(
        "count", _l("reminded %(count)s person of the panel"), _l("reminded %(count)s people of the panel")
    ),
    "invitations.told": _Counted(
        "count",
        _l("told %(count)s person of the panel that the session changed"),
        _l("told %(count)s people of the panel that the session changed"),
    ),
    "invitations.told_replaced": _l(
        "told %(count)s people that the published panel was replaced: version %(version)s"
    ),
    "invitations.letters": _Counted(
        "count", _l("took out %(count)s letter of invitation"), _l("took out %(count)s letters of invitation")
    ),
    "invitations.exported": _l("took out a list of the panel, %(list)s, %(gender)s: %(guests)s people"),
}
"""What an action of the log is called; one that is not here is shown by its code."""

ONE = {act: (said.by, said.one) for act, said in ACTS.items() if isinstance(said, _Counted)}
"""The detail of an act that counts, and the sentence where it counts one."""

CONFIRMED = {
    "registrations.asked": _l(
        "confirmed the late registration %(registration)s that %(asked_by)s asked for: %(reason)s"
    ),
}
"""The sentence of an act of two persons: who acts is the one who confirmed it."""


TABLES = {
    "attendance": _l("Who took part"),
    "call-list": _l("Call list"),
    "calls": _l("Calls made"),
    "contacts": _l("Contacts"),
    "evaluation": _l("Who is asked to evaluate the session"),
    "guests": _l("Invitations to the panel"),
    "links": _l("Contacts who can vote"),
    "log": _l("Log"),
    "mail": _l("Mail"),
    "mail-files": _l("Mail files"),
    "nominees": _l("Nominees"),
    "objections": _l("Objections"),
    "participation": _l("Participation"),
    "pool": _l("The pool"),
    "proposals": _l("Proposals of members"),
    "scrutineers": _l("Scrutineers"),
}
"""What a table of a round is called whose rows were downloaded, by the name in the address of its file."""


_DETAIL = re.compile(r"%\(\w+\)s")
_DIGEST = re.compile(r"[,:][^,:%]*%\((?:\w*sha256|commitment)\)s")
"""The part of a sentence that gives a digest."""

MOMENTS = frozenset({"before", "after", "starts_at", "at", "until"})
"""Details that are moments."""
ROLES = {
    "voter": _l("by the personal link"),
    "proposer": _l("by the link to propose"),
    "guest": _l("by the link of the invitation"),
    "addressee": _l("by the link in a notice"),
    "scrutineer": _l("scrutineer"),
    "reader": _l("account that only reads"),
    "mail": _l("account for mail and participation"),
}
"""How an actor who is not of the secretariat is named: by the kind of its link."""
NOBODY = {
    "command": _l("a command on the server"),
    "worker": _l("by itself, at its hour"),
    "anonymous": _l("a person who had not signed in"),
    "newcomer": _l("by the link to begin an account"),
    "voter": _l("a contact who is no longer on the list"),
    "proposer": _l("a contact who is no longer on the list"),
    "theme_proposer": _l("a contact, by the link to propose themes"),
    "addressee": _l("a contact who is no longer on the list"),
    "guest": _l("a person who was invited"),
    "applicant": _l("an organisation that applies to become a member"),
    "participant": _l("a person who took part in a session"),
    "member": _l("a contact, by the link to the data of the organisation"),
    "vote_reader": _l("a contact, by the link to what its vote did"),
    "observer": _l("an organisation, by the link of a call about recommendations"),
    "respondent": _l("an institution, by the link of a call about recommendations"),
}
"""Who acted where no name is known."""
FILES = {
    "bundle": _l("ballots and rules"),
    "result": _l("result"),
    "panel": _l("panel"),
    "archive": _l("complete archive"),
}
"""What a downloaded file of the count holds."""


def who(line: LogLine) -> str:
    """Return who did an act: name and role, or a description where no person is recorded."""
    if not line.who:
        return str(NOBODY.get(line.role, _("not known")))
    return f"{line.who}, {ROLES[line.role]}" if line.role in ROLES else line.who


DOORS = {
    "voter": _l("contacts, by the personal link"),
    "proposer": _l("contacts, by the link to propose"),
    "theme_proposer": _l("contacts, by the link to propose themes"),
    "addressee": _l("contacts, by the link in a notice"),
    "guest": _l("people invited to the panel"),
    "worker": _l("by itself, at its hour"),
    "command": _l("a command on the server"),
}
"""Roles of which the log can be asked as a whole."""


def doors() -> list[tuple[str, str]]:
    """Return the roles that a log is filtered by, each with its words."""
    return [(role, str(label)) for role, label in DOORS.items()]


def names_of_acts(actions: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of an action and its sentence, with dots for what differs each time, sorted."""
    said = [(action, _DETAIL.sub("…", str(ACTS.get(action, action)))) for action in actions]
    return sorted(said, key=lambda pair: alphabetical(pair[1]))


def told(line: LogLine, zone: str, *, digests: bool = True) -> str:
    """Return the act in one or two sentences, with its reason where one was given.

    An action without a sentence is returned as its code. Without `digests` they are left out.
    """
    if line.action not in ACTS:
        return line.action
    details = {name: _in_words(name, value, line, zone) for name, value in line.details.items()}
    counted, of_one = ONE.get(line.action, ("", ""))
    sentence = str(of_one if counted and line.details.get(counted) == 1 else ACTS[line.action])
    if line.action in CONFIRMED and "asked_by" in line.details:
        sentence = str(CONFIRMED[line.action])
    said = (sentence if digests else _DIGEST.sub("", sentence)) % details
    if not details.get("reason") or "%(reason)s" in sentence:
        return said
    return f"{said.rstrip('.')}. " + _("Reason: %(reason)s", reason=details["reason"])


def _in_words(name: str, value: object, line: LogLine, zone: str) -> object:
    if name in line.names:
        return local(line.names[name])
    if line.action == "invitations.exported" and f"list.{value}" in MESSAGES:
        return say(Problem(f"list.{value}"))
    if line.action in {"access.decided", "registrations.decided"} and name == "how":
        return HOW.get(str(value), value)
    params = line.details.get("params")
    if name == "code" and value in MESSAGES and isinstance(params, dict):
        return say(Problem(str(value), **params))
    if name in MOMENTS and value:
        return moment(of_text(str(value)), zone)
    return _of_act(name, value, line)


def _of_act(name: str, value: object, line: LogLine) -> object:
    """Return a value of a log row in words where it is a code in this act; else the value itself."""
    at_hour, of_list = line.details.get("zone"), line.action.partition(".")[0]
    words: dict[str, Callable[[], object]] = {
        "local": lambda: moment(resolve(str(value), str(at_hour)), str(at_hour)),
        "field": lambda: local(catalogue.terms(of_list)[str(value)]),
        "as": lambda: _meant(str(value), line.details.get("field"), of_list),
        "kind": lambda: FILES.get(str(value)) or letters.kinds().get(str(value), value),
        "language": lambda: language_name(str(value)),
        "table": lambda: TABLES.get(str(value), value),
        "state": lambda: _(MESSAGES[f"invited.{value}"]),
        "reason": lambda: _(MESSAGES[f"replaced.{value}"]),
        "on": lambda: calendar_day(str(value)),
        "answer": lambda: ANSWERS.get(str(value), value),
    }
    known = {
        "local": at_hour is not None,
        "field": str(value) in catalogue.terms(of_list),
        "as": line.action.endswith((".understood", ".remembered")),
        "kind": True,
        "table": True,
        "language": str(value) in tongues.codes(),
        "state": f"invited.{value}" in MESSAGES,
        "reason": line.action == "invitations.replaced" and f"replaced.{value}" in MESSAGES,
        "on": line.action == "nominees.designated",
        "answer": line.action == "calls.noted",
    }
    return words[name]() if known.get(name) else value


def _meant(value: str, field: object, of_list: str) -> object:
    """Return what a person said that a value of the column `field` means, or a column where that is empty."""
    if not value:
        return _("nothing any more")
    if value == UNREAD:
        return _("not read")
    names = choices(str(field)) if field else catalogue.terms(of_list)
    return local(names[value]) if value in names else value
