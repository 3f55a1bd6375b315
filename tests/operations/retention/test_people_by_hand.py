"""The rows of one person by hand: which are found, which guard it, and what an erasure leaves of each."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consulta.operations import retention_people
from consulta.platform.models import (
    AccessChange,
    Application,
    Assistance,
    Ballot,
    Call,
    Contact,
    Correction,
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
    LinkRequest,
    LogEntry,
    Message,
    Nomination,
    Nominee,
    Objection,
    Organisation,
    Organiser,
    Passkey,
    PendingAct,
    Practice,
    Round,
    Scrutineer,
    Seat,
    SeatAddress,
    SignedIn,
    Staff,
    ThemeProposal,
    Upload,
)

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
    return bare


def erase(rows: Rows, kind: str, found: Any, *, in_use: bool = False, address: str = MINE) -> None:
    retention_people.erase_rows(rows.session, kind, found, AT, in_use=in_use, address=address)


def numbers(found: Any) -> list[tuple[str, int]]:
    return [(kind, row.id) for kind, row in found]


def test_people_are_found_by_words_of_a_name_or_by_an_address(rows: Rows) -> None:
    persons = [{"name": "Iván Paz", "email": "ivan@b.org"}, {"name": "Ána Paz", "email": "Ana@b.org"}]
    rows.put(Application, 1, people=persons)
    rows.put(Application, 2, people=persons[:1])
    rows.put(Nomination, 1, said=persons[1])
    rows.put(Nomination, 2, said=persons[1], nominee_id=3)
    rows.put(Nomination, 3, said={})
    rows.put(Institution, 1, name="I", person="Ana Paz", email="Ana@b.org", created_at=AT)
    rows.put(Institution, 2, name="I", person="Eva Sol", email="sol@b.org", created_at=AT)
    found = [("nomination", 1), ("application", 1), ("institution", 1)]
    assert numbers(retention_people.matching(rows.session, "paz ana")) == found
    assert numbers(retention_people.matching(rows.session, "ANA@b.org")) == found
    assert numbers(retention_people.with_address(rows.session, "aNA@b.org")) == found
    assert numbers(retention_people.with_address(rows.session, "sol@b.org")) == [("institution", 2)]
    assert numbers(retention_people.matching(rows.session, "sol paz")) == []


def test_a_search_returns_sixty_of_a_kind(bare: Rows) -> None:
    bare.session.add_all(Institution(person="Ana", email="ana@b.org", created_at=AT) for _each in range(61))
    bare.session.add_all(Nomination(said={"name": "Ana"}) for _each in range(61))
    bare.session.flush()
    found = numbers(retention_people.matching(bare.session, "ana"))
    assert found == [("nomination", 1 + each) for each in range(60)] + [
        ("institution", 1 + each) for each in range(60)
    ]


def test_who_a_row_is_about_when_it_was_made_and_where(rows: Rows) -> None:
    rows.put(Evaluation, 1, round_id=4, created_at=AT - DAY)
    asked = rows.put(EvaluationPerson, 1, evaluation_id=1, name="Ana", email=MINE)
    contact = rows.put(Contact, 1, organisation_id=2, name="Ana", email=MINE, created_at=AT)
    focal = rows.put(FocalPoint, 1, organisation_id=3, name="Ana", email=MINE)
    nominee = rows.put(Nominee, 1, round_id=2, name="Ana", email=MINE)
    proposal = rows.put(Nomination, 1, round_id=3, said={})
    request = rows.put(FollowUpRequest, 1, organisation="Red", name="Ana", email=MINE)
    institution = rows.put(Institution, 1, name="I", person="Ana", email=MINE)
    application = rows.put(Application, 1, name="A", people=[{"name": "Ana", "email": MINE}, {}])
    assert (
        retention_people.who("contact", contact)
        == retention_people.who("institution", institution)
        == [("Ana", MINE)]
    )
    assert retention_people.who("application", application) == [("Ana", MINE), ("", "")]
    assert retention_people.who("nomination", proposal) == [("", "")]
    assert retention_people.made_at_row(rows.session, "evaluation_person", asked) == AT - DAY
    assert retention_people.made_at_row(rows.session, "contact", contact) == AT
    places = {
        "contact": (contact, "O2"),
        "focal_point": (focal, "O3"),
        "nominee": (nominee, "open"),
        "nomination": (proposal, "closed"),
        "evaluation_person": (asked, "published"),
        "follow_up_request": (request, "Red"),
        "application": (application, "A"),
        "institution": (institution, "I"),
    }
    for kind, (row, place) in places.items():
        assert retention_people.where_row(rows.session, kind, row) == place
    assert retention_people.personal_row(rows.session, "contact", 1) is retention_people.personal_row(
        rows.session, "contact", 1, hold=True
    )
    assert retention_people.personal_row(rows.session, "contact", 1) is contact
    assert retention_people.personal_row(rows.session, "contact", 2) is None
    assert retention_people.round_of(rows.session, nominee).key == "open"


def test_what_other_tables_have_of_a_contact(rows: Rows) -> None:
    mine, other = (
        rows.put(Contact, each, organisation_id=2, name="Ana", email=f"{each}@b.org") for each in (1, 2)
    )
    for number, each in enumerate((mine.id, other.id), 1):
        rows.put(Link, number, purpose=f"p{each}", contact_id=each)
        rows.put(SeatAddress, number, seat_id=2, contact_id=each, address=f"{each}@b.org", name="Ana")
        rows.put(Ballot, number, seat_id=2, contact_id=each, version=each)
        rows.put(Correction, number, kind=f"k{each}", asked_by_id=each, said={})
        rows.put(Call, number, contact_id=each, note=f"n{each}")
        rows.put(ThemeProposal, number, contact_id=each, reference=f"r{each}")
        rows.put(Nomination, number, contact_id=each, said={})
    rows.put(Link, 3, purpose="ended", contact_id=1, revoked_at=AT)
    rows.put(Correction, 3, kind="about", asked_by_id=2, contact_id=1, said={})
    rows.put(SeatAddress, 3, seat_id=2, contact_id=1, address="erased:3", name="")
    rows.put(SeatAddress, 4, seat_id=2, contact_id=1, address="erased:4", name="Ana")
    for number, each in enumerate(
        (
            {"contact_id": 1, "address": "x@b.org"},
            {"contact_id": 2, "address": "ANA@b.org"},
            {"contact_id": 2, "address": "x@b.org"},
            {"contact_id": 1, "address": ""},
            {"contact_id": 1, "address": "", "body": "x"},
            {"contact_id": 1, "address": "", "subject": "x"},
        ),
        1,
    ):
        rows.put(Message, number, kind=f"m{number}", facts={}, **each)
    told = retention_people.related(rows.session, "contact", mine, MINE)
    assert {
        subject: [each.get("kind") or each.get("address") or next(iter(each.values())) for each in found]
        for subject, found in told.items()
    } == {
        "links": ["p1"],
        "roll_addresses": ["1@b.org", "erased:4"],
        "votes_sent": ["open"],
        "corrections": ["k1", "about"],
        "calls": [None],
        "theme_proposals": ["r1"],
        "nominations": [1],
        "mails": ["m1", "m2", "m5", "m6"],
    }
    assert told["votes_sent"] == [{"round": "open", "version": 1, "cast_at": None}]
    assert told["calls"] == [{"answer": None, "note": "n1", "at": None}]
    assert [
        each["kind"] for each in retention_people.related(rows.session, "contact", mine, "")["mails"]
    ] == [
        "m1",
        "m5",
        "m6",
    ]
    institution = rows.put(Institution, 1, name="I", person="Ana", email=MINE)
    assert retention_people.related(rows.session, "institution", institution, "") == {}


def test_what_other_tables_have_of_a_nominee_and_of_an_account(rows: Rows) -> None:
    nominees = [rows.put(Nominee, each, round_id=4, name="Ana") for each in (1, 2)]
    for each in (1, 2):
        rows.put(Nomination, each, nominee_id=each, said={"name": f"{each}"})
        rows.put(Invitation, each, nominee_id=each, round_id=4)
        rows.put(InvitationEvent, each, invitation_id=each, state=f"s{each}")
        rows.put(InvitationWords, event_id=each, note=f"n{each}")
        rows.put(Message, each, kind=f"m{each}", invitation_id=each, address="x@b.org", facts={})
        rows.put(Staff, each, name="Ana", email=f"{each}@b.org", role="mail")
        rows.put(SignedIn, each, staff_id=each, network=f"w{each}")
        rows.put(Passkey, each, staff_id=each, name=f"p{each}")
        rows.put(LogEntry, seq=each, actor=f"mail:{each}", action=f"a{each}", subject="s")
    told = retention_people.related(rows.session, "nominee", nominees[0], "")
    assert told["nominations"] == [{"said": {"name": "1"}, "state": "waiting", "proposed_at": None}]
    assert told["invitation_steps"] == [{"state": "s1", "at": None}]
    assert [each["note"] for each in told["guest_notes"]] == ["n1"]
    assert [each["kind"] for each in told["mails"]] == ["m1"]
    told = retention_people.related(rows.session, "staff", rows.session.get_one(Staff, 2), "")
    assert [each["network"] for each in told["sessions"]] == ["w2"]
    assert [each["name"] for each in told["passkeys"]] == ["p2"]
    assert [each["action"] for each in told["log"]] == ["a2"]
    assert told.keys() == {"sessions", "passkeys", "log"}


def test_files_that_have_an_address(rows: Rows) -> None:
    for number, (cell, erased) in enumerate((("Ana@b.org", None), ("Ana@b.org", AT), ("anaxb.org", None)), 1):
        rows.put(Upload, number, filename=f"{number}.csv", rows=[[cell]], erased_at=erased)
    told = retention_people.by_address(rows.session, MINE)
    assert told == {"uploads": [{"filename": "1.csv", "created_at": None}]}
    assert (
        retention_people.by_address(rows.session, "")
        == retention_people.by_address(rows.session, "a_a@b.org")
        == {}
    )


def test_rounds_at_work_and_sessions_to_come(rows: Rows) -> None:
    found = [retention_people.at_work(rows.session, each) for each in range(1, 7)]
    assert found == [None, "open", "closed", None, None, None]
    states = ("proposed", "invited", "opened", "accepted", "declined", "withdrawn")
    for number, state in enumerate(states, 1):
        rows.put(Invitation, number, nominee_id=number, round_id=4, state=state)
    found = [retention_people.invited_to(rows.session, each, AT) for each in range(1, 7)]
    assert found == ["published"] * 4 + [None] * 2
    rows.put(Dialogue, 1, round_id=4, ends_at=AT + SECOND)
    assert retention_people.invited_to(rows.session, 1, AT) == "published"
    assert retention_people.invited_to(rows.session, 1, AT + SECOND) is None
    rows.put(Invitation, nominee_id=9, round_id=5, state="accepted")
    assert retention_people.invited_to(rows.session, 9, AT) is None


def test_who_was_on_a_panel_or_appointed_and_whether_rounds_are_practised(rows: Rows) -> None:
    rows.session.get_one(Round, 4).panel_named = {"members": ["n2"]}
    made = [rows.put(Nominee, each, round_id=4 if each < 4 else 3, key=f"n{each}") for each in (1, 2, 3, 4)]
    rows.put(Invitation, nominee_id=1, round_id=4)
    assert [retention_people.was_on_a_panel(rows.session, each) for each in made] == [
        True,
        True,
        False,
        False,
    ]
    rows.put(Scrutineer, round_id=4, staff_id=2)
    assert [retention_people.appointed(rows.session, each) for each in (1, 2)] == [False, True]
    assert not retention_people.practises(rows.session)
    rows.put(Practice, 1, live=None)
    assert not retention_people.practises(rows.session)
    rows.put(Practice, 2, live=True)
    assert retention_people.practises(rows.session)


def test_the_profile_of_the_organiser_names_a_person_with_accents(rows: Rows) -> None:
    rows.put(Organiser, 1, profile={"signer": "Íñigo Peña", "email": MINE, "about": "Ana"})
    people_of = {
        ("Íñigo Peña", ""): True,
        ("", MINE): True,
        ("Ana", "a@b.org"): False,
        ("Íñigo Pe", ""): False,
    }
    assert {(name, of): retention_people.signs(rows.session, name, of) for name, of in people_of} == people_of


def test_mails_of_rounds_at_work_stay(rows: Rows) -> None:
    contacts = [rows.put(Contact, each, organisation_id=1, name="Ana", email=MINE) for each in range(1, 6)]
    for each in contacts:
        rows.put(Message, each.id, contact_id=each.id, round_id=each.id, address="x@b.org", facts={})
    rows.put(Message, 6, contact_id=6, round_id=2, address="", facts={})
    found = [retention_people.mails_at_work(rows.session, "contact", each, "") for each in contacts]
    assert found == [False, True, True, False, False]
    assert not retention_people.mails_at_work(rows.session, "contact", Contact(id=6), "")
    assert not retention_people.mails_at_work(rows.session, "institution", contacts[1], "")
    assert retention_people.mails_at_work(rows.session, "institution", contacts[1], "X@b.org")


@pytest.mark.parametrize(
    ("state", "decided", "until", "waits"),
    [
        ("waiting", None, AT + SECOND, True),
        ("waiting", None, AT, False),
        ("waiting", AT - DAY, AT + SECOND, False),
        ("confirmed", None, AT + SECOND, False),
    ],
)
def test_a_form_that_can_still_be_confirmed_waits(
    bare: Rows, state: str, decided: datetime | None, until: datetime, waits: bool
) -> None:
    bare.put(PendingAct, 1, fields={"email": "Ana@b.org"}, state=state, decided_at=decided, expires_at=until)
    assert retention_people.waiting_with(bare.session, MINE, AT) == waits
    assert not retention_people.waiting_with(bare.session, "a_a@b.org", AT)
    assert not retention_people.waiting_with(bare.session, "", AT)
    erase(bare, "institution", bare.put(Institution, 1, name="I", person="", email=MINE))
    assert (bare.session.get(PendingAct, 1) is not None) == waits


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


@pytest.mark.parametrize(
    ("name", "said", "gone"),
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


@pytest.mark.parametrize("in_use", [False, True])
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


LINKS = {
    "nominee": ({"answer": 11}, Nominee),
    "focal_point": ({"focal_point": 1}, FocalPoint),
    "application": ({"apply": 1}, Application),
    "institution": ({"follow_up_reported": 12}, Institution),
    "evaluation_person": ({"evaluate": 1}, EvaluationPerson),
    "follow_up_request": ({"follow_up_reported": 1, "follow_up_seen": 1}, FollowUpRequest),
    "staff": ({"join": 1}, Staff),
}


@pytest.mark.parametrize("kind", LINKS)
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


@pytest.mark.parametrize(
    ("on_ballot", "invited", "stays"), [(False, False, False), (True, False, True), (False, True, True)]
)
def test_what_an_erasure_leaves_of_a_nominee(rows: Rows, on_ballot: bool, invited: bool, stays: bool) -> None:
    values = {"round_id": 4, "key": "n", "name": "Ana", "delegate": "Sol", "email": MINE, "address_form": "x"}
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
    name = "Ana" if stays else "— 1"
    assert (found.name, found.delegate) == (name, "Sol" if stays else "")
    said = [rows.session.get_one(Nomination, each).said for each in (1, 2)]
    assert said == [{"name": name}, {"name": "Ana", "about": "x"}]
    assert (rows.session.get(InvitationWords, 1) is None) == invited
    assert rows.session.get(InvitationWords, 2) is not None


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


def test_the_list_of_erasures_is_read_line_by_line(rows: Rows) -> None:
    line = {"kind": "contact", "number": 7, "made_at": "2027-03-01T12:00:00+00:00"}
    assert retention_people.read_line(json.dumps(line)) == ("contact", 7, AT)
    for other in (
        line | {"kind": "ballot"},
        line | {"number": "x"},
        line | {"made_at": "2027-03-01T12:00:00"},
        line | {"made_at": 7},
        {"kind": "contact"},
        [],
    ):
        assert retention_people.read_line(json.dumps(other)) is None
    assert retention_people.read_line("{") is None
    retention_people.keep(rows.session, "contact", 7, AT, AT + DAY, 3)
    found = retention_people.erased(rows.session, "contact", 7, AT)
    assert found is not None
    assert (found.erased_at, found.staff_id) == (AT + DAY, 3)
    for kind, number, made in (("staff", 7, AT), ("contact", 8, AT), ("contact", 7, AT + SECOND)):
        assert retention_people.erased(rows.session, kind, number, made) is None


def test_more_mails_than_are_erased_at_once(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention_people, "PORTION", 2)
    for number in range(1, 6):
        rows.put(Message, number, address=MINE, state="sent", body="x", facts={}, once="o")
        rows.put(Message, 10 + number, address="x@b.org", state="sent", body=MINE, facts={}, once="o")
    erase(rows, "institution", rows.put(Institution, 1, name="I", person="", email=MINE))
    found = [rows.session.get_one(Message, each) for each in (*range(1, 6), *range(11, 16))]
    assert [each.body for each in found] == [None] * 10
    assert [each.address for each in found] == [""] * 5 + ["x@b.org"] * 5
