"""The page of a round says what is missing: on random states of an open round, every sentence holds."""

from __future__ import annotations

import random  # noqa: TID251 - invented states, the same for one seed
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from consulta.desk import overview, reminders
from consulta.panel import dialogues
from consulta.platform.models import (
    Contact,
    CurrentBallot,
    Dialogue,
    Nomination,
    Organisation,
    Reminder,
    Round,
    Seat,
)
from consulta.platform.work import COMMAND
from tests.cases import for_each
from tests.desk.test_guidance import (
    factsheet_public,
    next_step,
    panel_chosen,
    planned,
    session_set,
)
from tests.desk.test_rounds import KEY, ROUND, opened, vote
from tests.drafts import do_now
from tests.factories import moment
from tests.invited import session_command
from tests.lived import once
from tests.vote.test_vote import HTML, Page

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

COUNTRIES = ("PE", "PE", "MX", "JM", "JM", "CL")
DAY = timedelta(days=1)


@once
def six(bench: Bench) -> None:
    opened(bench, *COUNTRIES)


def shaken(bench: Bench, seed: int) -> None:
    """Bring an open round of six organisations into a random state."""
    chance = random.Random(seed)  # noqa: S311 - as above
    six(bench)
    names = [f"Red {number:03d}" for number in range(1, len(COUNTRIES) + 1)]
    voting = chance.sample(names, chance.choice([0, 2, 4, 6]))
    if voting:
        vote(bench, *voting)
    for days in chance.sample(range(1, 5), chance.choice([0, 0, 1, 3])):
        do_now(bench, reminders.plan_reminder, KEY, (moment() + days * DAY).strftime("%Y-%m-%dT%H:%M"))
    if chance.random() < 0.5:
        do_now(bench, dialogues.save, KEY, session_command(topics=("tema_numero_1",)))
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        for contact in work.session.scalars(select(Contact).order_by(Contact.id)):
            contact.active = chance.random() < 0.7
        for _ in range(chance.choice([0, 1, 3])):
            said = {
                "kind": "person", "name": "Rosa", "organisation": "Red", "role": "gov_national",
                "country": "PE", "sector": "gov_national",
            }  # fmt: skip
            row = Nomination(round_id=found.id, said=said, state="waiting", proposed_at=moment())
            row.organisation_id = row.contact_id = 1
            work.session.add(row)


def facts(bench: Bench) -> dict[str, int]:
    """Count in plain loops what the page counts with its queries."""
    with bench.read(COMMAND, moment()) as work:
        session = work.session
        seats = list(session.scalars(select(Seat)))
        voted = set(session.scalars(select(CurrentBallot.seat_id)))
        active = {each.organisation_id for each in session.scalars(select(Contact)) if each.active}
        missing = [seat for seat in seats if seat.id not in voted]
        heard = {seat.country for seat in seats if seat.id in voted}
        assert len(list(session.scalars(select(Organisation)))) == len(seats)
        return {
            "missing": len(missing),
            "silent": sum(seat.organisation_id not in active for seat in missing),
            "unheard": len({seat.country for seat in seats} - heard),
            "countries": len({seat.country for seat in seats}),
            "reminders": len(list(session.scalars(select(Reminder)))),
            "proposals": len(list(session.scalars(select(Nomination)))),
            "sessions": len(list(session.scalars(select(Dialogue)))),
        }


def listed(page: Page) -> dict[str, list[str]]:
    """Return the entries of the checklist by their kind."""
    found: dict[str, list[str]] = {"open": [], "care": [], "done": []}
    for part in page.main.iter(f"{HTML}ul"):
        if part.get("class") == "todo":
            for entry in part:
                said = next(iter(entry.iter(f"{HTML}span")))
                found[entry.get("class", "")].append(" ".join("".join(said.itertext()).split()))
    return found


def has(entries: list[str], part: str) -> bool:
    return any(part in entry for entry in entries)


@for_each("seed", range(8), fresh=True)
def test_every_sentence_about_an_open_round_is_true(bench: Bench, staff_visitor: Visitor, seed: Any) -> None:
    check_sentences(bench, staff_visitor, seed)


def check_sentences(bench: Bench, staff_visitor: Visitor, seed: int) -> None:
    shaken(bench, seed)
    true = facts(bench)
    page = Page(staff_visitor.get(ROUND))
    found, missing = listed(page), true["missing"]
    step = next_step(page)[0]
    if missing and not true["reminders"]:
        assert step.startswith("Programe los recordatorios: ")
        assert f" {missing} organizaci" in step
    elif true["proposals"]:
        assert step.startswith(f"Decida sobre {true['proposals']} propuesta")
    else:
        assert step == "Las organizaciones están votando"
    assert has(found["open"], "Recordatorios: ninguno previsto") == (missing > 0 and not true["reminders"])
    assert has(found["done"], "recordatorio") == (missing > 0 and true["reminders"] > 0)
    assert has(found["done"], "Todas las organizaciones votaron") == (missing == 0)
    assert has(found["open"], "aún no vota") == (missing > 0 and not true["reminders"])
    assert has(found["open"], "sin contacto que pueda votar") == (true["silent"] > 0)
    if true["silent"]:
        assert has(found["open"], f"{true['silent']} organiza")
    assert has(found["open"], "Sin ningún voto") == (true["unheard"] > 0)
    if true["unheard"]:
        assert has(found["open"], f"{true['unheard']} de {true['countries']} países")
    assert has(found["open"], "en espera") == (true["proposals"] > 0)
    assert has(found["open"], "Sesión sin fecha") == (not true["sessions"])
    assert has(found["done"], "La sesión es el") == (true["sessions"] > 0)
    assert has(found["care"], "Sin servidor de correo")
    every = [entry for entries in found.values() for entry in entries]
    assert len(every) == len(set(every))
    assert f"{len(found['done'])} de {len(every)} hechas" in page.text
    assert not [entry for entry in every if entry.startswith("0 ") or " 0 " in entry]


@for_each(
    "state, kinds",
    [
        (planned, ["opens", "closes"]),
        (six, ["opened", "closes"]),
        (panel_chosen, ["opened", "closed"]),
        (session_set, ["opened", "closed", "published", "session"]),
        (factsheet_public, ["opened", "session", "closed", "published"]),
    ],
    fresh=True,
)
def test_the_calendar_has_what_happens_in_a_round(
    bench: Bench, staff_visitor: Visitor, state: Any, kinds: Any
) -> None:
    state(bench)
    with bench.read(COMMAND, moment()) as work:
        events = overview.agenda(work)
        found = work.session.scalars(select(Round)).one()
        session = work.session.scalars(select(Dialogue)).first()
        moments = {
            "opens": found.opens_at,
            "opened": found.opened_at,
            "closes": found.closes_at,
            "closed": found.closed_at,
            "published": found.published_at,
            "session": session.starts_at if session else None,
        }
    assert sorted(event.kind for event in events) == sorted(kinds)
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert all(event.at == moments[event.kind] for event in events)
    for lang in ("es", "en"):
        page = Page(staff_visitor.get(f"/{lang}/secretariat/calendar"))
        assert page.status == 200
        shown = [each for each in page.main.iter(f"{HTML}span") if each.get("class") == "when"]
        assert len(shown) == len(events)
        for link in page.links():
            assert staff_visitor.get(link).status_code == 200, link


def test_a_cancelled_round_leaves_the_calendar(bench: Bench) -> None:
    six(bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.scalars(select(Round)).one().state = "cancelled"
    with bench.read(COMMAND, moment()) as work:
        assert overview.agenda(work) == ()
