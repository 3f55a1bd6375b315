"""The rows of one person by hand: which are found, which guard it, and what an erasure leaves of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consulta.operations import personal_data
from consulta.platform.models import (
    AccessChange,
    Application,
    Assistance,
    Ballot,
    Call,
    Contact,
    Correction,
    EvaluationPerson,
    FocalPoint,
    FollowUpRequest,
    FormerAddress,
    Institution,
    Invitation,
    InvitationEvent,
    InvitationWords,
    Link,
    LinkRequest,
    Message,
    Nomination,
    Nominee,
    Objection,
    Organisation,
    PendingAct,
    Round,
    Seat,
    SeatAddress,
    SignedIn,
    Staff,
    Upload,
)
from tests.cases import for_each

if TYPE_CHECKING:
    from tests.operations.retention.rows_by_hand import Rows

AT = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
STATES = ("draft", "open", "closed", "published", "cancelled")
MINE = "ana@b.org"


@pytest.fixture
def rows(bare: Rows) -> Rows:
    """A round of each state, numbered from 1, each with a seat of an organisation with its number."""
    for number, state in enumerate(STATES, 1):
        bare.put(Round, number, key=state, state=state)
        bare.put(Organisation, number, name=f"O{number}")
        bare.put(Seat, number, round_id=number, organisation_id=number)
    bare.session.commit()
    return bare


def erase(rows: Rows, kind: str, found: Any, *, in_use: bool = False, address: str = MINE) -> None:
    personal_data._erase_rows(rows.session, kind, found, AT, in_use=in_use, address=address)


def numbers(found: Any) -> list[tuple[str, int]]:
    return [(kind, row.id) for kind, row in found]


@for_each(
    "state, decided, until, waits",
    [
        ("waiting", None, AT + SECOND, True),
        ("waiting", None, AT, False),
        ("waiting", AT - DAY, AT + SECOND, False),
        ("confirmed", None, AT + SECOND, False),
    ],
)
def test_a_form_that_can_still_be_confirmed_waits(
    rows: Rows, state: str, decided: datetime | None, until: datetime, waits: bool
) -> None:
    rows.put(PendingAct, 1, fields={"email": "Ana@b.org"}, state=state, decided_at=decided, expires_at=until)
    assert personal_data._waiting_with(rows.session, MINE, AT) == waits
    assert not personal_data._waiting_with(rows.session, "a_a@b.org", AT)
    assert not personal_data._waiting_with(rows.session, "", AT)
    erase(rows, "institution", rows.put(Institution, 1, name="I", person="", email=MINE))
    assert (rows.session.get(PendingAct, 1) is not None) == waits
    rows.session.rollback()


def test_mails_of_a_person_go_but_not_those_of_rounds_at_work(rows: Rows) -> None:
    usual = {"address": "Ana@b.org", "body": "x", "facts": {}, "once": "o"}
    for number in range(1, 6):
        rows.put(Message, number, state="sent", round_id=number, **usual)
    rows.put(Message, 6, state="queued", token="t", claimed_by="w", claimed_until=AT, **usual)
    rows.put(Message, 7, state="sent", left_at=AT - DAY, **(usual | {"address": "sol@b.org"}))
    erase(rows, "institution", rows.put(Institution, 1, name="I", person="", email=MINE))
    found = [rows.session.get_one(Message, number) for number in range(1, 8)]
    assert [each.address for each in found] == ["", "Ana@b.org", "Ana@b.org", "", "", "", "sol@b.org"]
    gone = found[5]
    assert (gone.state, gone.reason, gone.left_at) == ("cancelled", "mail.inactive", AT)
    assert (gone.token, gone.claimed_by, gone.claimed_until) == (None, None, None)
    assert (found[0].state, found[0].left_at, found[6].body) == ("sent", None, "x")


@for_each(
    "name, said, gone",
    [
        ("Ana Peña", {"body": "Hola, Ana Peña"}, True),
        ("Ana Peña", {"subject": "Ana Peña"}, True),
        ("Ana Peña", {"facts": {"name": "Ana Peña"}}, True),
        ("Ana", {"body": "Hola, Ana"}, False),
        ("A_a Peña", {"body": "Ana Peña"}, False),
        ("Ana", {"body": f"de {MINE}"}, True),
        ("Ana Peña", {"body": "Ana Peña", "state": "queued"}, False),
        *(("Ana Peña", {"body": "Ana Peña", "round_id": each}, each not in {2, 3}) for each in range(1, 6)),
    ],
)
def test_texts_of_mails_to_others_that_tell_of_a_person(
    rows: Rows, name: str, said: dict[str, Any], gone: bool
) -> None:
    mail = rows.put(Message, 1, **({"state": "sent", "address": "x@b.org", "facts": {}, "once": "o"} | said))
    before = (mail.subject, mail.body, mail.facts)
    erase(rows, "institution", rows.put(Institution, 1, name="I", person=name, email=MINE))
    assert (mail.subject, mail.body, mail.facts) == ((None, None, {}) if gone else before)
    assert mail.address == "x@b.org"
    rows.session.rollback()


@for_each("in_use", [False, True])
def test_what_is_known_under_an_address_alone_stays_where_it_is_in_use(rows: Rows, in_use: bool) -> None:
    limit = AT - timedelta(days=30)
    for number, each in enumerate(("Ana@b.org", "sol@b.org"), 1):
        rows.put(LinkRequest, number, address=each)
        rows.put(Upload, number, filename="a", rows=[[each]])
        rows.put(FormerAddress, number, address=each, until=limit - SECOND)
        rows.put(Message, number, address=each, state="sent", facts={}, once="o")
    rows.put(FormerAddress, 3, address=MINE, until=limit)
    erase(rows, "institution", rows.put(Institution, 1, name="I", person="", email=MINE), in_use=in_use)
    assert (rows.session.get(LinkRequest, 1) is not None) == in_use
    assert (rows.session.get_one(Upload, 1).erased_at is None) == in_use
    assert (rows.session.get(FormerAddress, 1) is not None) == in_use
    assert (rows.session.get_one(Message, 1).address == "Ana@b.org") == in_use
    for table in (LinkRequest, FormerAddress):
        assert rows.session.get(table, 2) is not None
    assert rows.session.get_one(Upload, 2).erased_at is None
    assert rows.session.get(FormerAddress, 3) is not None
    assert rows.session.get_one(Message, 2).address == "sol@b.org"
    rows.session.rollback()


LINKS = {
    "nominee": ({"answer": 11}, Nominee),
    "focal_point": ({"focal_point": 1}, FocalPoint),
    "application": ({"apply": 1}, Application),
    "institution": ({"follow_up_reported": 12}, Institution),
    "evaluation_person": ({"evaluate": 1}, EvaluationPerson),
    "follow_up_request": ({"follow_up_reported": 1, "follow_up_seen": 1}, FollowUpRequest),
    "staff": ({"join": 1}, Staff),
}


@for_each("kind", LINKS)
def test_links_about_the_row_of_a_person_end(rows: Rows, kind: str) -> None:
    about, model = LINKS[kind]
    person = {"name": "", "email": MINE}
    values: dict[str, Any] = {"people": [person]} if kind == "application" else {**person}
    if kind == "nominee":
        values["round_id"] = 4
    found = rows.put(model, 1, **values)
    rows.put(Invitation, 11, nominee_id=1, round_id=4)
    rows.put(Invitation, 13, nominee_id=2, round_id=4)
    rows.put(FollowUpRequest, 12, institution_id=1, name="", email="")
    rows.put(FollowUpRequest, 14, institution_id=2, name="", email="")
    mine = [rows.put(Link, purpose=purpose, subject_id=of) for purpose, of in about.items()]
    purpose, of = next(iter(about.items()))
    ended = rows.put(Link, purpose=purpose, subject_id=of, revoked_at=AT - DAY)
    others = [rows.put(Link, purpose=purpose, subject_id=each) for each in (2, 13, 14)]
    others.append(rows.put(Link, purpose="vote", subject_id=1))
    erase(rows, kind, found)
    assert [each.revoked_at for each in (*mine, ended)] == [*[AT] * len(mine), AT - DAY]
    assert [each.revoked_at for each in others] == [None] * 4
    rows.session.rollback()


def test_one_of_several_people_of_an_application_goes_alone(rows: Rows) -> None:
    persons = [{"name": "Ana", "email": "Ana@b.org"}, {"name": "Sol", "email": "sol@b.org"}, {"name": "No"}]
    found = rows.put(Application, 1, people=persons[:2], email="Ana@b.org")
    link = rows.put(Link, 1, purpose="apply", subject_id=1)
    erase(rows, "application", found)
    assert (found.people, found.email, link.revoked_at) == (persons[1:2], "sol@b.org", None)
    erase(rows, "application", found, address="sol@b.org")
    assert (found.people, found.email, link.revoked_at) == ([], "", AT)


def test_what_an_erasure_leaves_of_a_contact(rows: Rows) -> None:
    found, other = (
        rows.put(Contact, each, organisation_id=4, name=name, email=f"{each}@b.org")
        for each, name in ((1, "Ana Peña"), (2, "Sol"))
    )
    links = [
        rows.put(Link, purpose="vote", subject_id=4, contact_id=of, expires_at=until, revoked_at=ended)
        for of, until, ended in (
            (1, AT + SECOND, None),
            (1, AT, None),
            (1, AT + DAY, AT - DAY),
            (2, AT + DAY, None),
        )
    ]
    for each in (1, 2):
        text = dict.fromkeys(("before", "reason", "objection", "decision"), "x")
        rows.put(AccessChange, each, contact_id=each, address=f"{each}@b.org", **text)
        rows.put(SeatAddress, each, seat_id=4, contact_id=each, address=f"{each}@b.org", name="Ana")
        rows.put(Objection, each, seat_address_id=each, who="Ana")
        rows.put(Call, each, contact_id=each, note="x")
        rows.put(FollowUpRequest, each, contact_id=each, name="Ana", email="a@b.org")
        rows.put(Correction, each, contact_id=each, asked_by_id=2, said={"name": "Ana"})
    rows.put(Correction, 3, contact_id=2, asked_by_id=1, said={"name": "Ana"})
    rows.put(SeatAddress, 3, seat_id=4, contact_id=1, address="erased:77", name="stays")
    for number, (seat, who) in enumerate(((4, "ANA PENA"), (4, "Sol"), (3, "Ana Peña")), 1):
        rows.put(Ballot, number, seat_id=seat, round_id=seat)
        rows.put(Assistance, ballot_id=number, requester=who, reason="x")
    erase(rows, "contact", found)
    session = rows.session
    assert (found.name, found.email, other.name, other.email) == ("— 1", "erased:1", "Sol", "2@b.org")
    assert [each.revoked_at for each in links] == [AT, None, AT - DAY, None]
    changes = [session.get_one(AccessChange, each) for each in (1, 2)]
    assert [each.address for each in changes] == ["erased:1", "2@b.org"]
    assert [(each.before, each.reason, each.objection, each.decision) for each in changes] == [
        ("",) * 4,
        ("x",) * 4,
    ]
    said = [session.get_one(SeatAddress, each) for each in (1, 2, 3)]
    assert [(each.address, each.name) for each in said] == [
        ("erased:1", ""),
        ("2@b.org", "Ana"),
        ("erased:77", "stays"),
    ]
    assert [session.get_one(Objection, each).who for each in (1, 2)] == ["", "Ana"]
    calls = [session.get_one(Call, each) for each in (1, 2)]
    assert [(each.contact_id, each.note) for each in calls] == [(None, ""), (2, "x")]
    asked = [session.get_one(FollowUpRequest, each) for each in (1, 2)]
    assert [(each.name, each.email) for each in asked] == [("— 1", "erased:1"), ("Ana", "a@b.org")]
    assert [session.get_one(Correction, each).said["name"] for each in (1, 2, 3)] == ["", "Ana", ""]
    helped = [session.get_one(Assistance, each) for each in (1, 2, 3)]
    assert [(each.requester, each.reason) for each in helped] == [("", ""), ("Sol", "x"), ("Ana Peña", "x")]


@for_each("on_ballot, invited, stays", [(False, False, False), (True, False, True), (False, True, True)])
def test_what_an_erasure_leaves_of_a_nominee(rows: Rows, on_ballot: bool, invited: bool, stays: bool) -> None:
    values = {"round_id": 4, "key": "n", "name": "Ana", "delegate": "Sol", "email": MINE, "address_form": "x"}
    values |= dict.fromkeys(("post", "given_name", "family_name", "phone"), "x")
    found = rows.put(Nominee, 1, **values, about="x", languages=["es"], on_ballot=on_ballot)
    for each in (1, 2):
        rows.put(Nomination, each, nominee_id=each, said={"name": "Ana", "about": "x"}, state="admitted")
    if invited:
        rows.put(Invitation, 1, nominee_id=1, round_id=4)
    rows.put(Invitation, 2, nominee_id=2, round_id=4)
    for each in (1, 2):
        rows.put(InvitationEvent, each, invitation_id=each)
        rows.put(InvitationWords, event_id=each, note="x")
    erase(rows, "nominee", found)
    assert (found.email, found.address_form, found.about, found.languages) == ("", "", "", [])
    assert found.post == found.given_name == found.family_name == found.phone == ""
    name = "Ana" if stays else "— 1"
    assert (found.name, found.delegate) == (name, "Sol" if stays else "")
    said = [rows.session.get_one(Nomination, each).said for each in (1, 2)]
    assert said == [{"name": name}, {"name": "Ana", "about": "x"}]
    assert (rows.session.get(InvitationWords, 1) is None) == invited
    assert rows.session.get(InvitationWords, 2) is not None
    rows.session.rollback()


def test_what_an_erasure_leaves_of_every_other_row(rows: Rows) -> None:
    for each in (1, 2):
        person = {"name": "Ana", "email": f"{each}@b.org"}
        rows.put(FocalPoint, each, **person, phone="1", shows="both")
        rows.put(FollowUpRequest, each, **person, focal_point_id=each, organisation="Red")
        rows.put(Institution, each, person="Ana", role="R", email="x", phone="1", name="I")
        rows.put(Nomination, each, said=person | {"about": "x"}, state="admitted")
        rows.put(EvaluationPerson, each, **person, organisation="Red")
        rows.put(Staff, each, **person, role="mail")
        rows.put(SignedIn, each, staff_id=each)
    tables = {
        "focal_point": FocalPoint,
        "institution": Institution,
        "nomination": Nomination,
        "evaluation_person": EvaluationPerson,
        "staff": Staff,
    }
    gone, kept = ({kind: rows.session.get_one(of, each) for kind, of in tables.items()} for each in (1, 2))
    for kind, found in gone.items():
        erase(rows, kind, found)
    point, of = (gone[kind] for kind in ("focal_point", "institution"))
    assert (point.name, point.email, point.phone, point.shows) == ("— 1", "", "", "unlisted")
    asked = [rows.session.get_one(FollowUpRequest, each) for each in (1, 2)]
    assert [(each.name, each.email, each.organisation) for each in asked] == [
        ("— 1", "erased:1", "Red"),
        ("Ana", "2@b.org", "Red"),
    ]
    assert (of.person, of.role, of.email, of.phone, of.name) == ("", "", "", "", "I")
    assert gone["nomination"].said == {"name": "— 1"}
    one = gone["evaluation_person"]
    assert (one.name, one.email, one.organisation) == ("— 1", "erased:1", "")
    assert (gone["staff"].name, gone["staff"].email) == ("— 1", "erased:1")
    assert [rows.session.get(SignedIn, each) is None for each in (1, 2)] == [True, False]
    assert [each.email for kind, each in kept.items() if kind not in {"nomination", "institution"}] == [
        "2@b.org"
    ] * 3
    assert kept["institution"].person == "Ana"
    assert kept["nomination"].said["about"] == "x"
