"""Words for the kinds of erasure."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

KINDS = {
    "mail_texts": _l("Texts of mails that were sent"),
    "mail_addresses": _l("Addresses of mails that were sent"),
    "uploads": _l("Rows of imported files"),
    "sign_ins": _l("Sessions that ended, and attempts to sign in"),
    "links": _l("Personal links that ended"),
    "second_steps": _l("Second steps of disabled accounts"),
    "pending_acts": _l("Forms that waited for a second person"),
    "former_addresses": _l("Former addresses of contacts"),
    "contacts": _l("Contacts that are switched off"),
    "staff": _l("Disabled accounts of staff"),
    "institutions": _l("People of institutions that are not asked any more"),
    "focal_points": _l("Focal points whose term ended"),
    "corrections": _l("Corrections that were decided"),
    "applications": _l("People of applications that were decided or withdrawn"),
    "roll_contacts": _l("Names and addresses kept with the roll of a round"),
    "guest_notes": _l("Notes of people invited to the panel"),
    "nominees": _l("How to reach people proposed for a panel"),
    "evaluation_people": _l("People asked to evaluate a session"),
    "follow_up_requests": _l("People asked about recommendations"),
}
