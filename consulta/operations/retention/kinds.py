"""The kinds of erasure that the worker does: for each, what is due and how it is erased.

The periods are settings (`Settings.kept_days`), the words are in `pages/words.py`, and what each column is
for is in `table.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.operations.retention import queries
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

    from consulta.operations.retention.queries import Due, Erase


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
    return queries.erased_address(row.id)


def _name(row: Any) -> str:
    return queries.pseudonym(row.id)


KINDS: tuple[Kind, ...] = (
    Kind("mail_texts", (Step(queries.mail_texts, queries.blank_mail_texts),)),
    Kind("mail_addresses", (Step(queries.mail_addresses, queries.blank_mail_addresses),)),
    Kind("uploads", (Step(queries.uploads, queries.blank_uploads),)),
    Kind(
        "sign_ins",
        (
            Step(queries.sign_ins, queries.delete_rows(SignedIn)),
            Step(queries.attempts, queries.delete_rows(Attempt)),
            Step(queries.challenges, queries.delete_rows(Challenge)),
        ),
    ),
    Kind("links", (Step(queries.links, queries.delete_rows(Link)),)),
    Kind("second_steps", (Step(queries.second_steps, queries.remove_second_steps),)),
    Kind("pending_acts", (Step(queries.pending_acts, queries.delete_rows(PendingAct)),)),
    Kind("former_addresses", (Step(queries.former_addresses, queries.delete_rows(FormerAddress)),)),
    Kind("contacts", (Step(queries.contacts, queries.blank_contacts),)),
    Kind("staff", (Step(queries.staff, queries.blank_staff),)),
    Kind(
        "institutions",
        (Step(queries.institutions, queries.blank(Institution, person="", role="", email="", phone="")),),
    ),
    Kind(
        "focal_points",
        (
            Step(
                queries.focal_points, queries.blank(FocalPoint, name="", email="", phone="", shows="unlisted")
            ),
        ),
    ),
    Kind("corrections", (Step(queries.corrections, queries.blank_corrections),)),
    Kind("applications", (Step(queries.applications, queries.blank(Application, people=list, email="")),)),
    Kind(
        "roll_contacts",
        (
            Step(queries.roll_addresses, queries.blank(SeatAddress, address=_address, name="")),
            Step(
                queries.access_changes,
                queries.blank(
                    AccessChange,
                    address=_address,
                    before="",
                    reason="",
                    objection="",
                    stopped="",
                    decision="",
                ),
            ),
            Step(queries.registrations, queries.blank(Registration, stopped="", decision="")),
            Step(queries.calls, queries.blank(Call, contact_id=None, note="")),
            Step(queries.objections, queries.blank(Objection, who="")),
            Step(queries.assistances, queries.blank(Assistance, requester="", reason="")),
        ),
    ),
    Kind("guest_notes", (Step(queries.guest_notes, queries.delete_rows(InvitationWords)),)),
    Kind(
        "nominees",
        (
            Step(
                queries.nominees,
                queries.blank(Nominee, email="", address_form="", languages=list),
            ),
            Step(queries.nominations, queries.blank_nominations),
        ),
    ),
    Kind(
        "evaluation_people",
        (
            Step(
                queries.evaluation_people,
                queries.blank(EvaluationPerson, name=_name, organisation="", email=_address),
            ),
        ),
    ),
    Kind(
        "follow_up_requests",
        (Step(queries.follow_up_requests, queries.blank(FollowUpRequest, name=_name, email=_address)),),
    ),
)
