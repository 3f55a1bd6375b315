"""Pages of the desk in states that the demonstration is not in: each act with what it needs, in one story."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from sqlalchemy import select, update

from consulta.core.counting.choice import Entries
from consulta.core.values import PanelRules
from consulta.desk import moves
from consulta.panel import candidates, presets
from consulta.panel.nominees_import import IMPORTER
from consulta.people import members_bulk
from consulta.platform.mailer.queries import outbox
from consulta.platform.models import Ballot, Dialogue, Evaluation, Registration, Round, Seat, Staff
from consulta.platform.work import COMMAND, Actor
from consulta.sessions import evaluation
from consulta.vote import assisted
from consulta.vote.values import CastBallot
from tests.browser.test_pages import LOOKS, Visit, asked_in, bench, faults, filled, sign_in
from tests.deep import DEEP
from tests.factories import moment
from tests.panel.nominees.test_nominees import HEADINGS, ROW
from tests.platform.mailer import fates
from tests.registering import newcomer, registered
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.browser.test_pages import Filled, OpenPage

__all__ = ["bench", "filled"]
PUBLISHED, OPEN, DRAFT, NEXT = (f"ejemplo-{number}" for number in (1, 2, 3, 6))


def while_voting(bench: Bench, settings: Settings) -> list[str]:
    """Bring rare acts about while a round is open, and return the pages that stand before or after them."""
    ago = moment() - timedelta(days=2)
    registered(bench, ago, newcomer(bench, ago), OPEN)
    filed = fates.write_file(bench, settings, OPEN)
    with bench.work(COMMAND, moment()) as work:
        late = work.session.scalars(select(Registration.id).order_by(Registration.id.desc())).first()
        number = IMPORTER.keep(work, "n.csv", "\n".join([HEADINGS, ROW]).encode(), DRAFT)
        IMPORTER.carry_out(work, number, IMPORTER.look(work, number, DRAFT).seen, DRAFT)
        presets.save(work, both("Las de 2027", "Those of 2027"), PanelRules(size=8))
        preset = next(each for each in presets.every(work) if each.number is not None).number
        tagged = members_bulk.carry_out(work, range(1, 20), "tag", "frontera")
        evaluation.prepare(work, NEXT)
        asked = select(Evaluation).join(Round).where(Round.key == NEXT)
        question = work.session.scalars(asked).one().questions[0]["key"]
        outbox.hold_all(work.session, moment())
    seat, version = by_telephone(bench)
    return [
        f"rounds/{OPEN}/registrations/{late}",
        f"rounds/{OPEN}/registrations/{late}/withdrawal",
        f"rounds/{OPEN}/mail/files/{filed}",
        f"rounds/{OPEN}/paper",
        f"rounds/{OPEN}/seats/{seat}/assisted/receipt?version={version}",
        f"rounds/{DRAFT}/nominees-file/{number}",
        f"rounds/{DRAFT}/nominees-file/{number}/undo",
        f"rounds/{NEXT}/evaluation/new-question/one",
        f"rounds/{NEXT}/evaluation/questions/{question}",
        f"rounds/{NEXT}/evaluation/questions/{question}/delete",
        f"panel-rules/{preset}",
        f"members/bulk/{tagged}",
        "practice/delete",
        "mail/restored",
    ]


def by_telephone(bench: Bench) -> tuple[str, int]:
    """Enter a vote on request, and return the key of its seat and its version."""
    with bench.read(COMMAND, moment()) as work:
        voted = select(Ballot.seat_id)
        of_round = select(Seat.key).join(Seat.round).where(Round.key == OPEN, Seat.id.not_in(voted))
        seat = work.session.scalars(of_round).first()
        person = work.session.scalars(select(Staff.id).where(Staff.role == "admin")).first()
        assert seat is not None
    with bench.work(Actor("admin", person, "Mariana"), moment()) as work:
        themes = assisted.ballot(work, OPEN, seat).paper.themes
        entries = Entries({theme: place for place, theme in enumerate(themes[:3], 1)}, (3, 7))
        why = assisted.Request("Rosa Quispe, directora", "Sin conexión hasta el viernes")
        cast = assisted.cast(work, OPEN, seat, entries, "by-telephone", why)
        assert isinstance(cast, CastBallot)
        return seat, cast.version


def once_closed(bench: Bench) -> list[str]:
    """Close the round by mistake, one that waits for a public value, and return the pages that follow.

    The session of another is still to come: the institutions that were named can be invited.
    """
    with bench.work(COMMAND, moment()) as work:
        moves.close(work, OPEN, "Ya votaron quienes querían.")
        source = both("Lotería Nacional, primer premio", "National lottery, first prize")
        announced = update(Round).where(Round.key == OPEN)
        work.session.execute(announced.values(public_at=moment(), public_source=source))
        later = moment() + timedelta(days=30)
        work.session.execute(update(Dialogue).values(starts_at=later, ends_at=later + timedelta(hours=4)))
    with bench.read(COMMAND, moment()) as work:
        named = next(each.named for each in candidates.wanted(work, PUBLISHED, 1) if not each.candidates)
    asked = f"kind={named.kind}&code={named.code or ''}&name={quote(named.name or '')}"
    return [
        f"rounds/{OPEN}/reopen",
        f"rounds/{OPEN}/public-value",
        f"rounds/{PUBLISHED}/panel/institution?{asked}",
    ]


def test_pages_before_and_after_rare_acts_fit_a_phone_and_every_eye(
    open_page: OpenPage, filled: Filled, bench: Bench, settings: Settings
) -> None:
    visit = Visit(open_page())
    sign_in(visit.page, filled)
    found: list[str] = []
    for bring_about in (partial(while_voting, bench, settings), partial(once_closed, bench)):
        for path in bring_about():
            visit.to(f"/es/secretariat/{path}")
            assert urlsplit(visit.page.url).path.endswith(path.partition("?")[0]), "it is not led elsewhere"
            if "/receipt" in path:
                code = visit.page.locator(".receipt").bounding_box()
                assert code is not None
                assert code["height"] < 40, "a code that is read out stands on one line"
            if "/questions/" in path:
                assert visit.page.locator(".mark a[href$='/evaluation']").count() == 1
            found += visit.too_tall(path)
            found += faults(visit.page, path, LOOKS["es"] if DEEP else [asked_in(path, LOOKS["es"])])
    assert found == []
