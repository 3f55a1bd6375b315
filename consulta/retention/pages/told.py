"""Words for what is kept of a person, as the person reads them in the file of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

RECORDS = {
    "contact": _l("Contact of an organisation"),
    "nominee": _l("Proposed for a panel"),
    "focal_point": _l("Focal point"),
    "application": _l("Application for membership"),
    "institution": _l("Person of an institution that is asked"),
    "reader": _l("Follows recommendations by mail"),
    "staff": _l("Account of the secretariat or scrutineer"),
}
SUBJECTS = {
    "mails": _l("Mails"),
    "links": _l("Personal links"),
    "roll_addresses": _l("Addresses kept with the roll of a round"),
    "votes_sent": _l("Votes of the organisation that were sent by this person"),
    "corrections": _l("Corrections that were asked for"),
    "calls": _l("Telephone calls"),
    "theme_proposals": _l("Themes proposed for the organisation"),
    "nominations": _l("Proposals for a panel"),
    "invitation_steps": _l("Steps of the invitation"),
    "guest_notes": _l("Notes to the invitation"),
    "sessions": _l("Sessions"),
    "passkeys": _l("Passkeys"),
    "log": _l("Rows of the log"),
    "evaluation_people": _l("Asked to evaluate a session"),
    "follow_up_requests": _l("Asked about recommendations"),
    "uploads": _l("Uploaded lists with this address"),
}
STAYS = {
    "votes": _l(
        "Votes stay: they are of the organisation, and the count is checked with them. The number of the"
        " contact stands in them, and no name."
    ),
    "ballot": _l("The name stays on the ballot of the round: the log has the digest of that ballot."),
    "panel": _l("The name stays in panels that were chosen and published, and in their documents."),
    "scrutineer": _l("The name stays: who was appointed scrutineer of a round was published."),
    "former": _l(
        "The address stays for some weeks: if a round opens within 30 days, it is told of what happens to the"
        " vote of the organisation. It goes with the other former addresses."
    ),
    "log": _l(
        "The log stays. It names people by number, and after the erasure the number leads to no person."
    ),
}
NOTHING = "-"
_FIELDS = {
    "name": _l("Name"),
    "person": _l("Name"),
    "email": _l("E-mail"),
    "address": _l("E-mail"),
    "phone": _l("Telephone"),
    "language": _l("Language"),
    "languages": _l("Languages"),
    "organisation": _l("Organisation"),
    "country": _l("Country"),
    "role": _l("Role"),
    "sector": _l("Sector"),
    "gender": _l("Gender"),
    "state": _l("State"),
    "subject": _l("Subject"),
    "body": _l("Text"),
    "note": _l("Note"),
    "at": _l("When"),
    "created_at": _l("Since"),
    "kind": _l("Kind"),
    "active": _l("In use"),
    "may_vote": _l("May vote"),
    "bounced_at": _l("Mail does not arrive since"),
    "about": _l("About the person"),
    "delegate": _l("Delegate"),
    "speaks_for": _l("Speaks for"),
    "place": _l("Territory"),
    "starts": _l("From"),
    "ends": _l("Until"),
    "people": _l("People"),
    "purpose": _l("For"),
    "expires_at": _l("Valid until"),
    "used_at": _l("Used"),
    "cast_at": _l("Sent"),
    "version": _l("Version"),
    "said": _l("What was written"),
    "asked_at": _l("Asked"),
    "answer": _l("Answer"),
    "reference": _l("Reference"),
    "title": _l("Title"),
    "proposed_at": _l("Proposed"),
    "named_at": _l("Named"),
    "made_at": _l("Made"),
    "colleague": _l("Colleague who could come"),
    "colleague_contact": _l("How to reach the colleague"),
    "left_at": _l("Sent"),
    "ended_at": _l("Ended"),
    "network": _l("Network"),
    "browser": _l("Browser"),
    "action": _l("Act"),
    "filename": _l("File"),
}


def field(name: str) -> str:
    """Return the label of a column: in words where it is told often, else its name in the database."""
    return str(_FIELDS.get(name, name))


def value(found: Any) -> str:
    """Return a value as the file says it."""
    if found is None or found in ("", [], {}):
        return NOTHING
    if isinstance(found, bool):
        return _("yes") if found else _("no")
    if isinstance(found, dict):
        return "; ".join(f"{field(key)}: {value(each)}" for key, each in found.items())
    if isinstance(found, list):
        return ", ".join(value(each) for each in found)
    return found.isoformat(sep=" ", timespec="seconds") if hasattr(found, "isoformat") else str(found)


def rows(related: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[tuple[str, list[list[tuple[str, str]]]]]:
    """Return what is related to a person: a heading, and for each row its labels and values."""
    return [
        (str(SUBJECTS[name]), [[(field(key), value(each)) for key, each in row.items()] for row in found])
        for name, found in related.items()
    ]
