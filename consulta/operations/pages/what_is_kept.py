"""Words for what is kept of a person, as the person reads them in the file of its data."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING

from consulta.accounts.pages.staff import ROLES as STAFF
from consulta.accounts.pages.staff import short
from consulta.platform.data import attributes, catalogue, tongues
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.language import calendar_day, language_name, local, moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


RECORDS = {
    "contact": _l("Contact of an organisation"),
    "nominee": _l("Proposed for a panel"),
    "nomination": _l("Proposal for a panel that was not accepted"),
    "focal_point": _l("Focal point"),
    "application": _l("Application for membership"),
    "institution": _l("Person at an institution that was consulted"),
    "evaluation_person": _l("Asked to evaluate a session"),
    "follow_up_request": _l("Asked about recommendations"),
    "staff": _l("Account of the secretariat or scrutineer"),
}
SUBJECTS = {
    "mails": _l("E-mails"),
    "links": _l("Personal links"),
    "roll_addresses": _l("Addresses kept with the roll of a consultation"),
    "votes_sent": _l("Votes of the organisation sent by this person"),
    "corrections": _l("Corrections requested"),
    "calls": _l("Telephone calls"),
    "theme_proposals": _l("Themes proposed for the organisation"),
    "nominations": _l("Proposals for a panel"),
    "invitation_steps": _l("Steps of the invitation"),
    "guest_notes": _l("Notes on the invitation"),
    "sessions": _l("Sessions"),
    "passkeys": _l("Passkeys"),
    "log": _l("Rows of the log"),
    "uploads": _l("Uploaded lists with this address"),
}
STAYS = {
    "votes": _l(
        "Votes are kept: they belong to the organisation, and the count is checked with them. They "
        "contain the contact's number, but no name."
    ),
    "ballot": _l(
        "The name remains on the consultation's ballot: the log contains the digest of that ballot."
    ),
    "panel": _l("The name remains on panels that were chosen and published, and in their documents."),
    "scrutineer": _l("The name remains: the appointment of the consultation's scrutineers was published."),
    "former": _l(
        "The address is kept for some weeks: if a consultation opens within 30 days, it is notified "
        "of what happens to the organisation's vote. It is then deleted along with the other former "
        "addresses."
    ),
    "figures": _l(
        "Organisation, role, country, sector and gender are kept, without contact details: the "
        "figures on who was proposed are based on them."
    ),
    "account": _l("The account's role and organisation are kept."),
    "term": _l("The territory and the dates of the term are kept, under the organisation's name."),
    "mails": _l(
        "E-mails of a consultation that is open or not yet published are kept until their retention "
        "period ends: disputes about its vote are decided with them."
    ),
    "pending": _l(
        "A form awaiting a second person contains this address: it is kept until the form is "
        "confirmed, refused or expired."
    ),
    "organiser": _l("The organiser's profile names this person: change it on the organiser's page."),
    "practice": _l(
        "The practice consultation may contain a copy of the name and address: it is deleted with "
        "that consultation."
    ),
    "log_named": _l("The log is kept. It identifies people by number."),
    "log": _l(
        "The log is kept. It identifies people by number, and after erasure the number leads to no one."
    ),
}
NOTHING = "-"
_ERASED = re.compile(r"erased:\d+")  # what stands in place of an address (`retention.erased_address`)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIELDS = {
    "name": _l("Name"),
    "person": _l("Name"),
    "email": _l("E-mail"),
    "address": _l("E-mail"),
    "phone": _l("Telephone"),
    "messages_to": _l("Number to which links also go"),
    "messages_since": _l("Links also go there since"),
    "language": _l("Language"),
    "languages": _l("Languages"),
    "organisation": _l("Organisation"),
    "country": _l("Country"),
    "role": _l("Role"),
    "sector": _l("Sector"),
    "gender": _l("Gender"),
    "attributes": _l("Other information from the person"),
    "state": _l("State"),
    "subject": _l("Subject"),
    "body": _l("Text"),
    "note": _l("Note"),
    "at": _l("When"),
    "created_at": _l("Since"),
    "kind": _l("Kind"),
    "active": _l("In use"),
    "may_vote": _l("May vote"),
    "bounced_at": _l("E-mail undeliverable since"),
    "about": _l("About the person"),
    "delegate": _l("Delegate"),
    "speaks_for": _l("Speaks on behalf of"),
    "place": _l("Territory"),
    "starts": _l("Since"),
    "since": _l("Since"),
    "votes": _l("May vote"),
    "id": _l("Number"),
    "shows": _l("What the public may see"),
    "address_form": _l("Form of address"),
    "post": _l("Post"),
    "given_name": _l("Given name"),
    "family_name": _l("Family name"),
    "consent_contact": _l("Agrees to be written to about this session"),
    "consent_listed": _l("Agrees to be on the lists of those invited"),
    "consent_governments": _l("Agrees to be named to governments that take part"),
    "bounce_reason": _l("Reason e-mail is undeliverable"),
    "stopped_at": _l("Wants no more e-mails since"),
    "answered": _l("Has answered"),
    "round": _l("Consultation"),
    "ends": _l("Until"),
    "people": _l("People"),
    "purpose": _l("Answers for"),
    "expires_at": _l("Valid until"),
    "used_at": _l("Used"),
    "cast_at": _l("Sent on"),
    "version": _l("Version"),
    "said": _l("Text"),
    "asked_at": _l("Asked on"),
    "answer": _l("Answer"),
    "reference": _l("Reference"),
    "title": _l("Title"),
    "proposed_at": _l("Proposed"),
    "named_at": _l("Named"),
    "made_at": _l("Made"),
    "colleague": _l("Colleague who could come"),
    "colleague_contact": _l("How to reach the colleague"),
    "left_at": _l("Sent on"),
    "ended_at": _l("Ended"),
    "network": _l("Network"),
    "browser": _l("Browser"),
    "action": _l("Act"),
    "filename": _l("File"),
    "government": _l("Government"),
    "topics": _l("Themes"),
    "recent": _l("Times on the last two panels"),
    "support": _l("Support from outside"),
}
_STATES = {
    "accepted": _l("said yes"),
    "admitted": _l("was accepted"),
    "asked": _l("asked, not yet answered"),
    "attended": _l("took part"),
    "cancelled": _l("was cancelled"),
    "declined": _l("not accepted"),
    "ended": _l("has ended"),
    "failed": _l("could not be sent"),
    "invited": _l("invited, not yet answered"),
    "merged": _l("merged with another"),
    "named": _l("named, not yet asked"),
    "no_answer": _l("did not answer"),
    "opened": _l("the invitation was opened"),
    "proposed": _l("proposed, not yet invited"),
    "queued": _l("waiting to be sent"),
    "refused": _l("said no"),
    "replaced": _l("was replaced by someone else"),
    "returned": _l("sent back for changes"),
    "review": _l("under review"),
    "sent": _l("was sent"),
    "sponsors": _l("awaiting sponsors"),
    "unconfirmed": _l("the address has not been confirmed yet"),
    "waiting": _l("awaiting a decision"),
    "withdrawn": _l("was withdrawn"),
}
_KINDS = {"person": _l("A person"), "institution": _l("An institution")}  # that is proposed
_SHOWN = {
    "unlisted": _l("nothing"),
    "name": _l("the name"),
    "email": _l("the e-mail"),
    "both": _l("name and e-mail"),
}
_CODES = {"state": _STATES, "kind": _KINDS, "shows": _SHOWN}  # by column


def field(name: str) -> str:
    """Return the label of a column or an attribute: in words where it is told often, else its name."""
    if name in attributes.added_by_key():
        return local(name_of_dimension(name))
    return str(_FIELDS.get(name, name))


def value(name: str, found: Any) -> str:
    """Return what stands in a column as the file says it: codes in words, moments with their zone."""
    if found is None or found in ("", [], {}):
        return NOTHING
    if isinstance(found, bool):
        return _("yes") if found else _("no")
    if isinstance(found, dict):
        told = ((field(key), value(key, each)) for key, each in found.items())
        return "; ".join(f"{name}: {words}" for name, words in told if words != NOTHING) or NOTHING
    if isinstance(found, list):
        return ", ".join(value(name, each) for each in found)
    if isinstance(found, date):
        return moment(found) if isinstance(found, datetime) else calendar_day(found.isoformat())
    return _plain(name, str(found)) or _in_words(name, str(found))


def _plain(name: str, code: str) -> str:
    """Return the words of an address that was erased, or of a day that is kept as text; else nothing."""
    if _ERASED.fullmatch(code):
        return _("erased")
    return calendar_day(code) if name in {"starts", "ends"} and _DAY.fullmatch(code) else ""


def _in_words(name: str, code: str) -> str:
    """Return the words of a code where the column has codes that are told in words, else the code."""
    if code in (words := _CODES.get(name, {})):
        return str(words[code])
    if name == "role" and code in STAFF:
        return short(code)
    if name == "language" and code in tongues.codes():
        return language_name(code)
    if name in attributes.added_by_key():
        return local(name_of(name, code))
    if name == "languages":
        return next((local(each.name) for each in catalogue.languages() if each.key == code), code)
    return local(name_of(name, code)) if name in {"country", "gender", "role", "sector"} else code


def rows(related: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[tuple[str, list[list[tuple[str, str]]]]]:
    """Return what is related to a person: a heading, and for each row its labels and values."""
    return [
        (
            str(SUBJECTS[name]),
            [[(field(key), value(key, each)) for key, each in row.items()] for row in found],
        )
        for name, found in related.items()
    ]
