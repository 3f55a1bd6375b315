"""The log of a round: who acted, by whichever door, and what was done, in words and in both languages."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, get_args

import pytest
from sqlalchemy import select

from consulta.core.invitations import Invited
from consulta.desk.pages.acts import ACTS, FILES, NOBODY, ROLES
from consulta.desk.pages.rounds import A_PAGE
from consulta.panel import invitations
from consulta.panel.replacements import REASONS
from consulta.platform import accounts, door
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.models import PROPOSE, Contact, Invitation, Link, Round, Seat, Staff
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER, Actor, Bench, Role
from consulta.results import checks
from consulta.vote.pages.calls import ANSWERS
from tests.benches import STAFF, Visitor
from tests.drafts import do_now
from tests.factories import moment
from tests.house.test_acts import recorded
from tests.invited import KEY, invited, number_of
from tests.vote.test_vote import HTML, Page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

LOG = f"secretariat/rounds/{KEY}/log"
HOUR = "2027-03-05T22:00:00+00:00"
# A detail of an act → the codes, numbers and texts that it can have. Others are numbers.
SAMPLES: dict[str, tuple[object, ...]] = {
    "after": (HOUR,),
    "at": (HOUR,),
    "before": (HOUR,),
    "starts_at": (HOUR,),
    "until": (HOUR,),
    "by": ("La institución.",),
    "act": ("Nota 12.",),
    "on": ("2027-03-05",),
    "contact": (1,),
    "gender": ("without_gender", "gender"),
    "invitation": (1,),
    "language": ("es", "en"),
    "list": ("own", "participants", "governments"),
    "local": ("2027-03-05T17:00",),
    "nomination": (1,),
    "nominee": ("n02",),
    "into": ("n04", "1"),
    "reason": ("Huracán en dos países.", "Huracán"),
    "staff": (1,),
    "state": tuple(each.value for each in Invited),
    "theme": ("t1",),
    "value": ("4711",),
    "zone": ("America/Panama",),
}
BY_ACT: dict[str, dict[str, tuple[object, ...]]] = {
    "calls.noted": {"answer": tuple(ANSWERS)},
    "results.downloaded": {"kind": tuple(FILES)},
    "mail.text_changed": {"kind": tuple(mail_kinds.kinds())},
    "mail.text_restored": {"kind": tuple(mail_kinds.kinds())},
    "invitations.replaced": {"reason": tuple(REASONS)},
    "rounds.opening_refused": {"code": ("opening.nobody",), "params": ({},)},
}
CODES = (*(each.value for each in Invited), *REASONS, "bundle", "archive", "panel_\\w+", "t1", "America/\\w+")
RAW = re.compile(rf"\b(?:{'|'.join(CODES)}|(?<!Persona )n0\d|2027-\d\d-\d\dT)\b|%\(|\.\.|\. \.")


def variants(details: frozenset[str], act: str) -> Iterator[dict[str, object]]:
    """The details of an act, once for each code that one of them can have."""
    given = {name: BY_ACT.get(act, {}).get(name, SAMPLES.get(name, (7,))) for name in sorted(details)}
    for number in range(max((len(each) for each in given.values()), default=1)):
        yield {name: each[number % len(each)] for name, each in given.items()}


@pytest.fixture
def people(bench: Bench, staff_visitor: Visitor) -> dict[str, tuple[Actor, str]]:
    """Each role → a person who has it, and how the log is to name them."""
    invited(bench)
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "ojo@example.org", "Olga Ojo", "una frase bastante larga", "scrutineer")
        accounts.add_staff(work, "jefa@example.org", "Julia Jefa", "una frase bastante larga", "admin")
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        seat = work.session.scalars(select(Seat).order_by(Seat.id)).first()
        assert seat is not None
        contact = work.session.scalars(
            select(Contact).where(Contact.organisation_id == seat.organisation_id)
        ).one()
        link = Link(
            purpose=PROPOSE,
            subject_id=found.id,
            contact_id=contact.id,
            token_sha256="0" * 64,
            created_at=moment(),
            expires_at=moment(),
        )
        work.session.add(link)
        work.session.flush()
        ids = {person.email: person.id for person in work.session.scalars(select(Staff))}
        member = f"{contact.name} ({seat.name})"
        guest = work.session.scalars(select(Invitation).order_by(Invitation.id.desc())).first()
        assert guest is not None
        return {
            "secretariat": (Actor("secretariat", ids[STAFF]), "Secretaría de prueba"),
            "admin": (Actor("admin", ids["jefa@example.org"]), "Julia Jefa"),
            "scrutineer": (Actor("scrutineer", ids["ojo@example.org"]), "Olga Ojo"),
            "voter": (Actor("voter", contact.id, seat_id=seat.id), member),
            "proposer": (Actor("proposer", link.id), member),
            "guest": (Actor("guest", guest.id), guest.nominee.name),
            "command": (COMMAND, "un comando en el servidor"),
            "worker": (WORKER, "sin intervención, a la hora fijada"),
            "anonymous": (ANONYMOUS, "alguien sin iniciar sesión"),
        }


def lines(visitor: Visitor, lang: str = "es") -> list[tuple[str, str]]:
    """Who and what, the newest first, on all pages of the log."""
    cells: list[list[Element]] = []
    for number in count(1):
        page = Page(visitor.get(f"/{lang}/{LOG}?page={number}"))
        rows = [list(row) for row in page.main.iter(f"{HTML}tr")][1:]
        cells += rows
        if len(rows) < A_PAGE:
            break
    return [
        (" ".join("".join(row[1].itertext()).split()), " ".join("".join(row[2].itertext()).split()))
        for row in cells
    ]


def test_every_act_of_every_role_is_told_in_words_and_of_the_right_person(
    bench: Bench, staff_visitor: Visitor, people: dict[str, tuple[Actor, str]]
) -> None:
    acts: dict[str, frozenset[str]] = {}
    for act, _where, details in recorded():
        acts[act] = acts.get(act, frozenset()) | (details or frozenset())
    placed = re.compile(r"%\((\w+)\)s")
    walked = [
        (act, each, role)
        for number, act in enumerate(ACTS)
        for each in variants(acts.get(act, frozenset()) | {*placed.findall(str(ACTS[act]))}, act)
        for role in (list(people)[number % len(people)],)
    ]
    assert {role for _act, _details, role in walked} == set(people)
    for start in range(0, len(walked), 400):
        some = walked[start : start + 400]
        with bench.work(COMMAND, moment()) as work:
            found = work.session.scalars(select(Round)).one()
            subject = f"round:{found.id}"
        for act, details, role in some:
            with bench.work(people[role][0], moment()) as work:
                work.record(act, subject, details)
        for lang in ("es", "en"):
            shown = lines(staff_visitor, lang)[: len(some)][::-1]
            for (act, details, role), (who, what) in zip(some, shown, strict=True):
                if lang == "es":
                    assert who.startswith(people[role][1]), (act, who)
                    assert not RAW.search(what), (act, details, what)
                    assert what.count("Motivo") <= 1, (act, what)
                    assert what.count("Huracán") <= 1, (act, what)
                assert "%(" not in what
                assert act not in what


@pytest.mark.gate
def test_every_role_has_its_words() -> None:
    assert {*ROLES, *NOBODY, "secretariat", "admin"} >= set(get_args(Role)), (
        "ROLES of consulta/desk/pages/acts.py"
    )


def test_the_page_of_the_round_has_no_digest_and_no_code(bench: Bench, staff_visitor: Visitor) -> None:
    """The log has the digests in full."""
    invited(bench)
    digest = "ab12" * 16
    acts = [act for act in ACTS if re.search(r"(?:sha256|commitment)\)s", str(ACTS[act]))]
    assert len(acts) > 5

    def record(act: str, details: dict[str, object]) -> None:
        with bench.work(COMMAND, moment()) as work:
            work.record(act, f"round:{work.session.scalars(select(Round)).one().id}", details)

    for act in acts:
        names = re.findall(r"%\((\w+)\)s", str(ACTS[act]))
        record(act, {name: digest if name.endswith(("sha256", "commitment")) else 7 for name in names})
        for lang in ("es", "en"):
            page = Page(staff_visitor.get(f"/{lang}/secretariat/rounds/{KEY}"))
            newest = next(each for each in page.main.iter(f"{HTML}li") if is_act(each))
            shown = "".join(newest.itertext())
            assert digest not in shown, shown
            assert shown == shown.rstrip(" :,"), shown
            assert digest in newest_of_log(staff_visitor, lang), act
    for field, value, *words in (
        ("gender", "woman", "Género", "mujer"),
        ("role", "mechanism", "Rol", "Mecanismo"),
    ):
        record("nominees.understood", {"field": field, "as": value, "rows": 1})
        said = newest_of_log(staff_visitor, "es")
        assert value not in said
        assert field not in said
        assert all(word.casefold() in said.casefold() for word in words), said


def is_act(element: Element) -> bool:
    """Whether this is a line of what was done last, which begins with a moment."""
    return any(one.get("class") == "when" for one in element.iter(f"{HTML}span"))


def newest_of_log(visitor: Visitor, lang: str) -> str:
    """What the newest row of the log says, on its first page."""
    row = list(Page(visitor.get(f"/{lang}/{LOG}")).main.iter(f"{HTML}tr"))[1]
    return " ".join("".join(row.itertext()).split())


def test_what_a_guest_does_is_told_of_the_guest(
    bench: Bench, staff_visitor: Visitor, people: dict[str, tuple[Actor, str]]
) -> None:
    """By their own doors, beside an account of the same number."""
    number = number_of(bench, "n02")
    with bench.work(COMMAND, moment()) as work:
        token = invitations.give(work, [work.session.get_one(Invitation, number)])[0]
    with bench.work(ANONYMOUS, moment()) as work:
        opened = door.enter(work, "a", token)
    assert opened is not None
    who, what = lines(staff_visitor)[0]
    assert who == "Persona n02, por el enlace de la invitación"
    assert what == "invitación de Persona n02: enlace abierto"
    do_now(bench, checks.appoint, KEY, people["scrutineer"][0].id or 0)
    assert lines(staff_visitor)[0] == (
        "un comando en el servidor",
        "designó a Olga Ojo como persona escrutadora",
    )
    with bench.work(people["secretariat"][0], moment()) as work:
        invitations.mark(work, KEY, number, "declined", "")
    assert lines(staff_visitor)[0] == ("Secretaría de prueba", "invitación de Persona n02: declinó")


def test_the_log_is_filtered_by_who_by_organisation_and_by_day(
    bench: Bench, staff_visitor: Visitor, people: dict[str, tuple[Actor, str]]
) -> None:
    with bench.work(COMMAND, moment()) as work:
        seat, other = work.session.scalars(select(Seat).order_by(Seat.id)).all()[:2]
        seat.name, other.name = "Red Andina", "Casa del Sur"
        names, keys = (seat.name, other.name), (seat.key, other.key)
        subject = f"round:{seat.round_id}"
    late = moment() + timedelta(days=3)
    for role, key, at in (
        ("secretariat", keys[0], moment()),
        ("admin", keys[1], late),
        ("worker", keys[1], late),
    ):
        with bench.work(people[role][0], at) as work:
            work.record("calls.noted", subject, {"seat": key, "answer": "again"})

    def told(query: str) -> set[str]:
        text = staff_visitor.get(f"/es/{LOG}?action=calls.noted&{query}").text
        assert "s001" not in text.partition("<table")[2]
        return {name for name in names if f"llamó a {name}" in text}

    actor = people["secretariat"][0]
    assert told("") == {*names}
    assert told(f"who=secretariat:{actor.id}") == {names[0]}
    assert told("who=worker") == {names[1]}
    assert told(f"q={names[0]}") == {names[0]}
    assert told("q=Julia") == {names[1]}
    day = (moment() + timedelta(days=1)).date().isoformat()
    assert told(f"until={day}") == {names[0]}
    assert told(f"since={day}") == {names[1]}
    assert told(f"since={day}&until={day}") == set()
    assert told("since=2027-02-30&until=x&who=nobody") == {*names}
