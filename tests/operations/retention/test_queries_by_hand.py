"""Which rows are due and what is written into them: each condition by hand, one second beside its limit."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consulta.operations import retention
from consulta.platform.models import (
    AccessChange,
    Application,
    Assistance,
    Attempt,
    Ballot,
    Call,
    Challenge,
    Contact,
    Correction,
    Delivery,
    Dialogue,
    Evaluation,
    EvaluationPerson,
    FocalPoint,
    FollowUpRequest,
    FormerAddress,
    Institution,
    Invitation,
    InvitationEvent,
    InvitationWords,
    Link,
    Message,
    Nomination,
    Nominee,
    Objection,
    Organisation,
    Passkey,
    PendingAct,
    RecoveryCode,
    Registration,
    RetentionMark,
    Round,
    Seat,
    SeatAddress,
    SignedIn,
    Staff,
    Upload,
)
from tests.cases import for_each

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Select

    from tests.operations.retention.rows_by_hand import Rows

AT = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
BEFORE = AT - SECOND
STATES = ("draft", "open", "closed", "published", "cancelled")
OPEN, PUBLISHED, CANCELLED, LATE = 2, 4, 5, 6
GONE = "erased:9"


@pytest.fixture
def rows(bare: Rows) -> Rows:
    """A round of each state that ended in time, numbered from 1, and one that was published at the moment.

    Each has a seat with its number, of an organisation with its number.
    """
    for number, state in enumerate(STATES, 1):
        bare.put(Round, number, key=state, state=state, closes_at=BEFORE)
    bare.put(Round, LATE, key="late", state="published", closes_at=BEFORE, published_at=AT)
    for number in range(1, LATE + 1):
        bare.put(Seat, number, round_id=number, organisation_id=number)
    return bare


@for_each(
    "due, model, column",
    [
        (retention.attempts, Attempt, "at"),
        (retention.challenges, Challenge, "expires_at"),
        (retention.pending_acts, PendingAct, "expires_at"),
        (retention.former_addresses, FormerAddress, "until"),
    ],
)
def test_what_is_old_by_one_moment(
    bare: Rows, due: Callable[[datetime], Select[int]], model: Any, column: str
) -> None:
    for number, when in enumerate((BEFORE, AT, AT + SECOND), 1):
        bare.put(model, number, **{column: when})
    assert bare.due(due(AT)) == [1]


def test_mails_with_texts_and_addresses_of_no_round_at_work(rows: Rows) -> None:
    usual = {"state": "sent", "left_at": BEFORE, "address": "a@b.org", "facts": {}}
    of_rounds = [dict(usual, body="x", round_id=number) for number in range(1, 6)]
    texts = [{"body": "x"}, {"subject": "x"}, {"facts": {"a": 1}}, {}]
    others = [{"body": "x", "state": "queued"}, {"body": "x", "left_at": AT}, {"body": "x", "address": ""}]
    for number, each in enumerate((*of_rounds, *texts, *others), 1):
        rows.put(Message, number, **(usual | each))
    assert rows.due(retention.mail_texts(AT)) == [1, 4, 5, 6, 7, 8, 12]
    assert rows.due(retention.mail_addresses(AT)) == [1, 4, 5, 6, 7, 8, 9]


def test_files_by_their_last_moment(rows: Rows) -> None:
    for number, each in enumerate(
        (
            {"created_at": BEFORE},
            {"created_at": AT},
            {"created_at": BEFORE, "applied_at": AT},
            {"created_at": BEFORE, "applied_at": BEFORE, "undone_at": AT},
            {"created_at": BEFORE, "applied_at": AT, "undone_at": BEFORE},
            {"created_at": BEFORE, "erased_at": AT},
        ),
        1,
    ):
        rows.put(Upload, number, rows=[], **each)
    assert rows.due(retention.uploads(AT)) == [1, 5]


def test_sessions_that_are_over_but_for_the_newest_of_each_account(rows: Rows) -> None:
    later = AT + DAY
    for number, (staff, ended, expires) in enumerate(
        (
            (1, BEFORE, later),
            (1, AT, later),
            (1, None, BEFORE),
            (1, None, AT),
            (1, BEFORE, BEFORE),
            (2, BEFORE, BEFORE),
            (None, BEFORE, later),
            (None, None, BEFORE),
        ),
        1,
    ):
        link = 7 if staff is None else None
        rows.put(SignedIn, number, staff_id=staff, link_id=link, ended_at=ended, expires_at=expires)
    assert rows.due(retention.sign_ins(AT)) == [1, 3, 7, 8]


def test_links_that_have_ended_and_that_nothing_asks_for(rows: Rows) -> None:
    for number in range(1, 6):
        rows.put(SeatAddress, number, seat_id=number, contact_id=1)
    rows.put(SignedIn, staff_id=None, link_id=4)
    rows.put(SignedIn, staff_id=3)
    for number, each in enumerate(
        (
            {"expires_at": BEFORE},
            {"expires_at": AT},
            {"expires_at": AT + DAY, "revoked_at": BEFORE},
            {"expires_at": BEFORE},
            {"expires_at": BEFORE, "revoked_at": AT},
            *({"expires_at": BEFORE, "seat_address_id": number} for number in range(1, 6)),
            *({"expires_at": BEFORE, "purpose": "vote", "subject_id": number} for number in range(1, 6)),
        ),
        1,
    ):
        rows.put(Link, number, **({"purpose": "join", "subject_id": OPEN} | each))
    assert rows.due(retention.links(AT)) == [1, 3, 6, 9, 10, 11, 14, 15]


def test_accounts_by_when_they_were_found_out_of_use(rows: Rows) -> None:
    for number, (active, email, factor, since) in enumerate(
        (
            (False, "1@b.org", None, BEFORE),
            (False, "2@b.org", "KEY", AT),
            (False, "3@b.org", "KEY", BEFORE),
            (False, "4@b.org", None, BEFORE),
            (False, GONE, None, BEFORE),
            (True, "6@b.org", "KEY", BEFORE),
        ),
        1,
    ):
        rows.put(Staff, number, email=email, name="Ana", active=active, second_factor=factor)
        rows.put(RetentionMark, kind="staff", number=number, since=since)
    rows.put(Staff, 7, email="7@b.org", name="Ana", active=False, second_factor="KEY")
    rows.put(RetentionMark, kind="contact", number=7, since=BEFORE)
    rows.put(Passkey, staff_id=4)
    rows.put(RecoveryCode, staff_id=5)
    assert rows.due(retention.second_steps(AT)) == [3, 4, 5]
    assert rows.due(retention.staff(AT)) == [1, 3, 4]


def test_contacts_of_no_organisation_at_work(rows: Rows) -> None:
    emails = {2: GONE}
    for number, organisation in enumerate((1, 1, *range(2, 8)), 1):
        rows.put(Contact, number, organisation_id=organisation, email=emails.get(number, "a@b.org"), name="A")
        rows.put(RetentionMark, kind="contact", number=number, since=AT if number == 8 else BEFORE)
    assert rows.due(retention.contacts(AT)) == [1, 5, 6, 7]


def test_institutions_that_are_asked_no_more(rows: Rows) -> None:
    for number, each in enumerate(
        ({"person": "A"}, {"email": "a@b.org"}, {"phone": "1"}, {}, {"person": "A", "active": True}), 1
    ):
        rows.put(Institution, number, name="I", **({"active": False} | each))
        rows.put(RetentionMark, kind="institution", number=number, since=BEFORE)
    assert rows.due(retention.institutions(AT)) == [1, 2, 3]


def test_focal_points_whose_term_or_asking_has_ended(rows: Rows) -> None:
    usual = {"name": "Ana", "email": "", "phone": "", "named_at": BEFORE}
    states = ("replaced", "declined", "refused", "withdrawn", "ended", "named", "asked", "accepted")
    for number, each in enumerate(
        (
            *({"state": state} for state in states),
            {"state": "accepted", "ends": "2027-02-28"},
            {"state": "accepted", "ends": "2027-03-01"},
            {"state": "ended", "ends": "2027-03-01"},
            {"state": "ended", "named_at": AT},
            {"state": "ended", "decided_at": AT},
            {"state": "ended", "answered_at": AT},
            {"state": "ended", "decided_at": BEFORE, "answered_at": BEFORE, "ends": "2027-02-28"},
            {"state": "ended", "name": ""},
            {"state": "ended", "name": "", "email": "a@b.org"},
            {"state": "ended", "name": "", "phone": "1"},
            {"state": "ended", "named_at": AT, "decided_at": BEFORE, "answered_at": BEFORE},
        ),
        1,
    ):
        rows.put(FocalPoint, number, **(usual | each))
    assert rows.due(retention.focal_points(AT)) == [1, 2, 3, 4, 5, 9, 15, 17, 18]


def test_corrections_and_applications_that_were_decided(rows: Rows) -> None:
    said, none = {"email": "a@b.org"}, {"email": ""}
    for number, (state, decided, what) in enumerate(
        (
            ("accepted", BEFORE, said),
            ("accepted", AT, said),
            ("waiting", BEFORE, said),
            ("withdrawn", BEFORE, none),
            ("declined", BEFORE, said),
        ),
        1,
    ):
        rows.put(Correction, number, state=state, decided_at=decided, said=what)
    assert rows.due(retention.corrections(AT)) == [1, 5]
    states = ("admitted", "declined", "withdrawn", "unconfirmed", "sponsors", "review", "returned")
    for number, state in enumerate(states, 1):
        rows.put(Application, number, state=state, decided_at=BEFORE, email="a@b.org")
    rows.put(Application, 8, state="declined", decided_at=AT, email="a@b.org")
    rows.put(Application, 9, state="declined", decided_at=BEFORE, email="")
    assert rows.due(retention.applications(AT)) == [1, 2, 3]


def test_what_goes_with_rounds_that_are_over(rows: Rows) -> None:
    """Each by its seat or its round; what has nothing of a person any more is not due again."""
    over = [PUBLISHED, CANCELLED]
    for number in range(1, LATE + 1):
        seat, own = {"seat_id": number}, {"round_id": number}
        rows.put(SeatAddress, number, **seat, address="a@b.org")
        rows.put(AccessChange, number, **seat, address="a@b.org")
        rows.put(Registration, number, **own, stopped="x", decision="")
        rows.put(Call, number, **seat, note="x")
        rows.put(Objection, number, **own, who="Ana")
        rows.put(Ballot, number, **own)
        rows.put(Assistance, ballot_id=number, requester="Ana", reason="")
        rows.put(Nominee, number, **own, email="a@b.org")
    seat, own = {"seat_id": PUBLISHED}, {"round_id": PUBLISHED}
    rows.put(SeatAddress, 7, **seat, address=GONE)
    rows.put(AccessChange, 7, **seat, address=GONE)
    rows.put(Registration, 7, **own, stopped="", decision="x")
    rows.put(Registration, 8, **own, stopped="", decision="")
    rows.put(Call, 7, **seat, note="", contact_id=1)
    rows.put(Call, 8, **seat, note="")
    rows.put(Objection, 7, **own, who="")
    for number, (requester, reason) in enumerate((("", "x"), ("", "")), 7):
        rows.put(Ballot, number, **own)
        rows.put(Assistance, ballot_id=number, requester=requester, reason=reason)
    for number, each in enumerate(({"address_form": "x"}, {"languages": ["es"]}, {"about": "x"}), 7):
        rows.put(Nominee, number, **own, **each)
    assert rows.due(retention.roll_addresses(AT)) == over
    assert rows.due(retention.access_changes(AT)) == over
    assert rows.due(retention.registrations(AT)) == [*over, 7]
    assert rows.due(retention.calls(AT)) == [*over, 7]
    assert rows.due(retention.objections(AT)) == over
    assert rows.due(retention.assistances(AT)) == [*over, 7]
    assert rows.due(retention.nominees(AT)) == [*over, 7, 8]


@pytest.mark.parametrize(
    ("published", "closed", "closes", "over"),
    [
        (None, None, BEFORE, True),
        (None, None, AT, False),
        (None, AT, BEFORE, False),
        (None, BEFORE, AT, True),
        (AT, BEFORE, BEFORE, False),
        (BEFORE, AT, AT, True),
    ],
)
def test_a_round_is_over_since_it_was_published_or_closed_or_by_its_promise(
    bare: Rows, published: datetime | None, closed: datetime | None, closes: datetime, over: bool
) -> None:
    bare.put(Round, 1, key="r", state="cancelled", published_at=published, closed_at=closed, closes_at=closes)
    bare.put(Objection, 1, round_id=1, who="Ana")
    assert bare.due(retention.objections(AT)) == ([1] if over else [])


def test_notes_of_guests_after_the_session_or_the_round(rows: Rows) -> None:
    rows.put(Round, 7, key="ahead", state="open", closes_at=AT)
    rows.put(Dialogue, round_id=OPEN, ends_at=BEFORE)
    rows.put(Dialogue, round_id=PUBLISHED, ends_at=AT)
    for number in range(1, 8):
        rows.put(Invitation, number, round_id=number)
        rows.put(InvitationEvent, number, invitation_id=number)
        rows.put(InvitationWords, event_id=number, note="x")
    rows.put(InvitationEvent, 8, invitation_id=1)
    assert rows.due(retention.guest_notes(AT)) == [1, 2, 3, 5]


def test_proposals_of_rounds_that_are_over(rows: Rows) -> None:
    plain = {"name": "Ana"}
    for number, each in enumerate(
        (
            *({"state": state} for state in ("waiting", "declined", "admitted", "merged", "withdrawn")),
            {"state": "admitted", "said": {"name": "Ana", "about": "x"}},
            {"state": "declined", "said": {"name": "— 7"}},
            {"state": "declined", "said": {"name": "— 8", "about": ""}},
            {"state": "declined", "round_id": OPEN},
            {"state": "declined", "round_id": LATE},
        ),
        1,
    ):
        rows.put(Nomination, number, **({"round_id": PUBLISHED, "said": plain} | each))
    assert rows.due(retention.nominations(AT)) == [1, 2, 6, 8]


def test_people_who_were_asked(rows: Rows) -> None:
    for number, closes in enumerate((BEFORE, AT, None), 1):
        rows.put(Evaluation, number, closes_at=closes)
        rows.put(EvaluationPerson, number, evaluation_id=number, email="a@b.org")
        rows.put(FollowUpRequest, number, asked_at=closes, email="a@b.org")
    rows.put(EvaluationPerson, 4, evaluation_id=1, email=GONE)
    rows.put(FollowUpRequest, 4, asked_at=BEFORE, email=GONE)
    assert rows.due(retention.evaluation_people(AT)) == [1]
    assert rows.due(retention.follow_up_requests(AT)) == [1]


def test_what_is_erased_of_mails(rows: Rows) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    for number in (1, 2, 3):
        body = None if number == 2 else "x"
        rows.put(
            Message,
            number,
            state="sent",
            address="" if number == 2 else "a@b.org",
            once="receipt:1:a@b.org",
            body=body,
            subject="s",
            facts={"a": 1},
            said="250 a@b.org",
        )
        rows.put(Delivery, number, message_id=number, said="250 a@b.org")
    retention.blank_mail_texts(rows.session, [1], AT)
    one, two, other = (rows.session.get_one(Message, number) for number in (1, 2, 3))
    assert (one.body, one.subject, one.facts, one.body_sha256) == (None, None, {}, digest)
    assert (one.address, one.said, other.body) == ("a@b.org", "250 a@b.org", "x")
    retention.blank_mail_texts(rows.session, [1, 2], AT)
    assert (one.body_sha256, two.body_sha256, two.subject) == (digest, None, None)
    retention.blank_mail_addresses(rows.session, [2, 3], AT)
    rows.session.flush()
    assert (two.once, two.address, two.said) == ("receipt:1:a@b.org", "", None)
    mark = hashlib.sha256(b"a@b.org").hexdigest()[:16]
    assert (other.once, other.address, other.body_sha256) == (f"receipt:1:{mark}", "", digest)
    assert [rows.session.get_one(Delivery, number).said for number in (1, 2, 3)] == ["250 a@b.org", "", ""]


def test_what_is_erased_of_accounts(rows: Rows) -> None:
    for number, role in enumerate(("mail", "scrutineer", "mail"), 1):
        rows.put(Staff, number, email=f"{number}@b.org", name="Ana", role=role, second_factor="KEY")
        rows.put(Passkey, number, staff_id=number)
        rows.put(RecoveryCode, number, staff_id=number)
    retention.blank_staff(rows.session, [1, 2], AT)
    rows.session.flush()
    found = [rows.session.get_one(Staff, number) for number in (1, 2, 3)]
    assert [each.email for each in found] == ["erased:1", "erased:2", "3@b.org"]
    assert [each.name for each in found] == ["— 1", "Ana", "Ana"]
    assert [each.password_hash for each in found] == ["erased:", "erased:", None]
    assert [each.second_factor for each in found] == [None, None, "KEY"]
    for table in (Passkey, RecoveryCode):
        assert [rows.session.get(table, number) is None for number in (1, 2, 3)] == [True, True, False]


def test_what_is_erased_of_contacts(rows: Rows) -> None:
    limit = AT - timedelta(days=30)
    for number in (1, 2):
        rows.put(Contact, number, name="Ana", email=f"{number}@b.org", phone="1", active=True, bounced_at=AT)
        rows.put(FormerAddress, number, contact_id=number, until=limit - SECOND)
    rows.put(FormerAddress, 3, contact_id=1, until=limit)
    retention.blank_contacts(rows.session, [1], AT)
    rows.session.flush()
    gone, kept = (rows.session.get_one(Contact, number) for number in (1, 2))
    assert (gone.name, gone.email, gone.phone, gone.active) == ("— 1", "erased:1", "", False)
    assert (gone.bounced_at, gone.bounce_reason) == (None, None)
    assert (kept.name, kept.email, kept.phone, kept.active) == ("Ana", "2@b.org", "1", True)
    assert [rows.session.get(FormerAddress, number) is None for number in (1, 2, 3)] == [True, False, False]


def test_what_is_erased_of_proposals_and_corrections(rows: Rows) -> None:
    kept = {"name": "Ana", "organisation": "O", "role": "R", "country": "PE", "sector": "S", "kind": "person"}
    for number, state in enumerate(("waiting", "declined", "admitted", "waiting"), 1):
        rows.put(Nomination, number, state=state, said=kept | {"email": "a@b.org", "about": "x"})
    retention.blank_nominations(rows.session, [1, 2, 3], AT)
    found = [rows.session.get_one(Nomination, number).said for number in (1, 2, 3, 4)]
    assert found[:3] == [kept | {"name": "— 1"}, kept | {"name": "— 2"}, kept]
    assert found[3] == kept | {"email": "a@b.org", "about": "x"}
    said = {"name": "Ana", "email": "a@b.org", "phone": "1", "language": "es"}
    for number in (1, 2):
        rows.put(Correction, number, said=said)
    retention.blank_corrections(rows.session, [1], AT)
    blanked = {"name": "", "email": "", "phone": "", "language": "es"}
    assert [rows.session.get_one(Correction, number).said for number in (1, 2)] == [blanked, said]


def test_what_is_out_of_use_now(rows: Rows) -> None:
    for number, active in enumerate((True, False), 1):
        rows.put(Organisation, number, name="O", active=active)
        rows.put(Institution, number, name="I", active=active)
    for number, (organisation, active, email) in enumerate(
        ((1, True, "a@b.org"), (1, False, "a@b.org"), (2, True, "a@b.org"), (1, False, GONE)), 1
    ):
        rows.put(Contact, number, organisation_id=organisation, active=active, email=email)
    for number, (active, email) in enumerate(((True, "a@b.org"), (False, "b@b.org"), (False, GONE)), 1):
        rows.put(Staff, number, email=email, active=active)
    assert retention._out_of_use(rows.session) == {"contact": {2, 3}, "staff": {2}, "institution": {2}}
