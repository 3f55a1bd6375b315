"""The kinds of erasure that the worker does: for each, what is due and how it is erased.

The periods are settings (`Settings.kept_days`), the words are in `pages/words.py`, and what each column is
for is with the models (`platform/models/base.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.operations import retention_people
from consulta.platform.models import (
    AccessChange,
    Application,
    Assistance,
    Attempt,
    Call,
    Challenge,
    EvaluationPerson,
    FocalPoint,
    FollowUpRequest,
    FormerAddress,
    Institution,
    InvitationWords,
    Link,
    Nominee,
    Objection,
    PendingAct,
    Registration,
    SeatAddress,
    SignedIn,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from consulta.operations.retention_people import Due, Erase


@dataclass(frozen=True, slots=True)
class Step:
    """Rows of one table: which are due, and how they are erased."""

    due: Callable[[datetime], Due]
    erase: Erase


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of erasure, with a period of its own; some erase rows of several tables."""

    name: str
    steps: tuple[Step, ...]


def _address(row: Any) -> str:
    return retention_people.erased_address(row.id)


def _name(row: Any) -> str:
    return retention_people.pseudonym(row.id)


KINDS: tuple[Kind, ...] = (
    Kind("mail_texts", (Step(retention_people.mail_texts, retention_people.blank_mail_texts),)),
    Kind("mail_addresses", (Step(retention_people.mail_addresses, retention_people.blank_mail_addresses),)),
    Kind("uploads", (Step(retention_people.uploads, retention_people.blank_uploads),)),
    Kind(
        "sign_ins",
        (
            Step(retention_people.sign_ins, retention_people.delete_rows(SignedIn)),
            Step(retention_people.attempts, retention_people.delete_rows(Attempt)),
            Step(retention_people.challenges, retention_people.delete_rows(Challenge)),
        ),
    ),
    Kind("links", (Step(retention_people.links, retention_people.delete_rows(Link)),)),
    Kind("second_steps", (Step(retention_people.second_steps, retention_people.remove_second_steps),)),
    Kind("pending_acts", (Step(retention_people.pending_acts, retention_people.delete_rows(PendingAct)),)),
    Kind(
        "former_addresses",
        (Step(retention_people.former_addresses, retention_people.delete_rows(FormerAddress)),),
    ),
    Kind("contacts", (Step(retention_people.contacts, retention_people.blank_contacts),)),
    Kind("staff", (Step(retention_people.staff, retention_people.blank_staff),)),
    Kind(
        "institutions",
        (
            Step(
                retention_people.institutions,
                retention_people.blank(Institution, person="", role="", email="", phone=""),
            ),
        ),
    ),
    Kind(
        "focal_points",
        (
            Step(
                retention_people.focal_points,
                retention_people.blank(FocalPoint, name="", email="", phone="", shows="unlisted"),
            ),
        ),
    ),
    Kind("corrections", (Step(retention_people.corrections, retention_people.blank_corrections),)),
    Kind(
        "applications",
        (Step(retention_people.applications, retention_people.blank(Application, people=list, email="")),),
    ),
    Kind(
        "roll_contacts",
        (
            Step(
                retention_people.roll_addresses,
                retention_people.blank(SeatAddress, address=_address, name=""),
            ),
            Step(
                retention_people.access_changes,
                retention_people.blank(
                    AccessChange,
                    address=_address,
                    before="",
                    reason="",
                    objection="",
                    stopped="",
                    decision="",
                ),
            ),
            Step(
                retention_people.registrations, retention_people.blank(Registration, stopped="", decision="")
            ),
            Step(retention_people.calls, retention_people.blank(Call, contact_id=None, note="")),
            Step(retention_people.objections, retention_people.blank(Objection, who="")),
            Step(retention_people.assistances, retention_people.blank(Assistance, requester="", reason="")),
        ),
    ),
    Kind("guest_notes", (Step(retention_people.guest_notes, retention_people.delete_rows(InvitationWords)),)),
    Kind(
        "nominees",
        (
            Step(
                retention_people.nominees,
                retention_people.blank(Nominee, email="", address_form="", languages=list),
            ),
            Step(retention_people.nominations, retention_people.blank_nominations),
        ),
    ),
    Kind(
        "evaluation_people",
        (
            Step(
                retention_people.evaluation_people,
                retention_people.blank(EvaluationPerson, name=_name, organisation="", email=_address),
            ),
        ),
    ),
    Kind(
        "follow_up_requests",
        (
            Step(
                retention_people.follow_up_requests,
                retention_people.blank(FollowUpRequest, name=_name, email=_address),
            ),
        ),
    ),
)
