"""The demonstration as the code under migration 0014 filled it: it is brought up to date and stays as it was.

`earlier/0014.sqlite3` holds a published round with panel, invitations and factsheet, a published round of
totals, an open round with votes and a draft; beside it lie the public archives of the two published rounds.
None of these files is ever made anew.
"""

from __future__ import annotations

import lzma
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from consulta.app import create_app
from consulta.checks import service as checks
from consulta.core.counting.choice import Choice, entries_of
from consulta.door import service as door
from consulta.infra import database as db
from consulta.infra.models import Contact, Message, Round, Seat, SeatAddress
from consulta.infra.work import ANONYMOUS, COMMAND, Bench
from consulta.lifecycle import closing
from consulta.objections import service as objections
from consulta.results import archive
from consulta.results import service as results
from consulta.voting import service as voting
from consulta.voting.values import CastBallot
from tests.benches import Visitor
from tests.checks.published import require_accepted_then_and_now, unpacked, verify
from tests.depth import left
from tests.objecting import by_link, leave, people
from tests.texts import TWO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.infra.settings import Settings

EARLIER = Path(__file__).parent / "earlier"
FILLED = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
PUBLISHED = ("ejemplo-1", "ejemplo-4")
LINK = "OJ20OJl0LvrjRpQ5Xz-IfKYa9MU0EoAx5xmk6eOE9a0"  # of an organisation that had not voted yet
FIRST = ("", "/result", "/result/figures", "/panel", "/factsheet", "/verify")
PAGES = (
    *(f"rounds/ejemplo-1{page}" for page in FIRST),
    "rounds/ejemplo-2",
    "rounds/ejemplo-4/result",
    "heard",
)


def kept(name: str) -> bytes:
    return lzma.decompress((EARLIER / f"{name}.xz").read_bytes())


@pytest.fixture(scope="module")
def brought_up_to_date(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The database after all migrations, as bytes to copy."""
    path = tmp_path_factory.mktemp("landed") / "consulta.sqlite3"
    path.write_bytes(kept("0014.sqlite3"))
    engine = db.connect(f"sqlite:///{path}")
    db.upgrade(engine)
    engine.dispose()
    return path.read_bytes()


@pytest.fixture
def landed(settings: Settings, brought_up_to_date: bytes) -> Iterator[Bench]:
    path = Path(settings.database.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(brought_up_to_date)
    bench = Bench(db.connect(settings.database), TWO)
    yield bench
    bench.engine.dispose()


def test_it_is_current_and_its_database_is_whole(landed: Bench) -> None:
    db.require_current(landed.engine)
    assert db.integrity(landed.engine) == []


@pytest.mark.deep  # in `make test` all of it is checked once its open round is published, below
def test_everything_in_it_holds_together_after_the_migration(landed: Bench) -> None:
    with landed.read(COMMAND, FILLED) as work:
        assert {check.name: check.faults for check in checks.whole(work) if check.faults} == {}


@pytest.mark.parametrize("key", PUBLISHED)
def test_its_archives_are_built_with_the_same_bytes(landed: Bench, key: str) -> None:
    with landed.read(ANONYMOUS, FILLED) as work:
        assert archive.public_archive(work, key)[1] == kept(f"0014-{key}.zip")


@pytest.mark.parametrize("key", [left("ejemplo-1"), "ejemplo-4"])
def test_its_archives_are_accepted_by_the_verifier_of_then_and_of_now(tmp_path: Path, key: str) -> None:
    require_accepted_then_and_now(tmp_path, kept(f"0014-{key}.zip"))


@pytest.mark.parametrize("lang", [left("es"), "en"])
def test_its_pages_are_still_there(landed: Bench, settings: Settings, lang: str) -> None:
    visitor = Visitor(create_app(settings, landed).test_client())
    for page in PAGES:
        assert visitor.get(f"/{lang}/{page}").status_code == 200, page


def test_who_is_told_of_votes_is_true_for_a_round_of_then(landed: Bench, settings: Settings) -> None:
    page = Visitor(create_app(settings, landed).test_client()).get("/en/rounds/ejemplo-2").text
    assert "addresses of which there is a record" in page
    assert "every address that the organisation has, or has had" not in page


def test_a_link_of_then_still_casts_a_vote(landed: Bench) -> None:
    with landed.work(ANONYMOUS, FILLED) as work:
        entrance = door.enter(work, "v", LINK)
        assert entrance is not None
        voter = door.resume(work, "voter", entrance.token)
    assert voter is not None
    choice = Choice(("integracion_socioeconomica", "trata_trafico"), (7, 10), ())
    with landed.work(voter, FILLED + timedelta(minutes=3)) as work:
        cast = voting.cast(work, "ejemplo-2", entries_of(choice), "a key of its own")
    assert isinstance(cast, CastBallot)
    assert cast.counts


SENT = """\
UPDATE messages SET address = 'antes@example.org', state = 'sent', token = NULL
WHERE id = (SELECT min(id) FROM messages WHERE round_id = :round AND seat_id = :seat)"""


def test_addresses_that_were_switched_off_or_given_up_before_the_upgrade_are_told(settings: Settings) -> None:
    path = Path(settings.database.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept("0014.sqlite3"))
    bench = Bench(db.connect(settings.database), TWO)
    opened = text("SELECT id FROM rounds WHERE key = 'ejemplo-2'")
    seat_of = text("SELECT min(seat_id) FROM messages WHERE round_id = :round")
    off = text("UPDATE contacts SET active = false WHERE id = :contact")
    of_seat = text(
        "SELECT min(contacts.id) FROM contacts JOIN seats ON seats.organisation_id = contacts.organisation_id"
        " WHERE seats.round_id = :round AND seats.id <> :seat"
    )
    with bench.engine.begin() as connection:
        number = connection.scalar(opened)
        seat = connection.scalar(seat_of, {"round": number})
        contact = connection.scalar(of_seat, {"round": number, "seat": seat})
        connection.execute(text(SENT), {"round": number, "seat": seat})
        connection.execute(off, {"contact": contact})
    db.upgrade(bench.engine)
    with bench.read(COMMAND, FILLED) as work:
        rows = work.session.scalars(
            select(SeatAddress).join(SeatAddress.seat).where(Seat.round_id == number, ~SeatAddress.votes)
        ).all()
        (email,) = [work.session.get_one(Contact, contact).email]
        found = {(each.address, each.at_opening) for each in rows}
    assert {(email, True), ("antes@example.org", True)} <= found
    bench.engine.dispose()


NOT_OURS = objections.Said("not_ours", "Ana", "Nadie de la organización lo envió.")


@pytest.mark.slow
def test_its_open_round_is_voted_closed_objected_counted_again_and_published(landed: Bench) -> None:
    """An open round of before goes on under this version until its archive, and the archive is accepted."""
    key = "ejemplo-2"
    test_a_link_of_then_still_casts_a_vote(landed)
    with landed.read(COMMAND, FILLED) as work:
        ends = work.session.scalars(select(Round.closes_at).where(Round.key == key)).one()
    closed = ends + timedelta(minutes=1)
    with landed.work(COMMAND, closed) as work:
        closing.close(work, key, objection_hours=24)
        given = next(each for each in closing.hand_out(work, key) if each.voted)
    leave(landed, closed + timedelta(minutes=2), key)
    with landed.work(COMMAND, closed + timedelta(minutes=5)) as work:
        results.count(work, key)
    number = by_link(landed, given.token, closed + timedelta(hours=1), objections.make, NOT_OURS)
    first, second = people(landed, "Ana", "Luz")
    with landed.work(first, closed + timedelta(hours=2)) as work:
        assert not objections.uphold(work, key, number, "La organización no lo envió."), "it takes two"
    with landed.work(second, closed + timedelta(hours=2, minutes=5)) as work:
        objections.confirm(work, key, number)
    with landed.work(COMMAND, closed + timedelta(hours=3)) as work:
        results.count(work, key)
    published = closed + timedelta(hours=25)
    with landed.work(COMMAND, published) as work:
        results.publish(work, key)
    with landed.read(COMMAND, published) as work:
        assert {check.name: check.faults for check in checks.whole(work) if check.faults} == {}
        public = archive.public_archive(work, key)[1]
        told = work.session.scalars(select(Message.id).where(Message.kind == "closing")).all()
    assert told
    status, words = verify(unpacked(public))
    assert status == 0, words
