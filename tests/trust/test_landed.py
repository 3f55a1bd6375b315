"""The demonstration as the code under migration 0014 filled it: it is brought up to date and stays as it was.

`earlier/0014.sqlite3` holds a published round with panel, invitations and factsheet, a published round of
totals, an open round with votes and a draft; beside it lie the public archives of the two published rounds.
None of these files is ever made anew.
"""

from __future__ import annotations

import lzma
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from consulta.app import create_app
from consulta.core.choice import Choice, entries_of
from consulta.services import accounts, archive, checks, voting
from consulta.services.views import CastBallot
from consulta.services.work import ANONYMOUS, COMMAND, Bench
from consulta.store import db
from tests.benches import Visitor
from tests.trust.published import unpacked, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.settings import Settings

EARLIER = Path(__file__).parent / "earlier"
FILLED = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
PUBLISHED = ("ejemplo-1", "ejemplo-4")
LINK = "OJ20OJl0LvrjRpQ5Xz-IfKYa9MU0EoAx5xmk6eOE9a0"  # of an organisation that had not voted yet
FIRST = ("", "/result", "/panel", "/factsheet", "/verify")
PAGES = (
    *(f"rounds/ejemplo-1{page}" for page in FIRST),
    "rounds/ejemplo-2",
    "rounds/ejemplo-4/result",
    "heard",
)


def kept(name: str) -> bytes:
    return lzma.decompress((EARLIER / f"{name}.xz").read_bytes())


@pytest.fixture
def landed(settings: Settings) -> Iterator[Bench]:
    path = Path(settings.database.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept("0014.sqlite3"))
    bench = Bench(db.connect(settings.database))
    db.upgrade(bench.engine)
    yield bench
    bench.engine.dispose()


def test_everything_in_it_holds_together_after_the_migration(landed: Bench) -> None:
    db.require_current(landed.engine)
    assert db.integrity(landed.engine) == []
    with landed.read(COMMAND, FILLED) as work:
        assert {check.name: check.faults for check in checks.whole(work) if check.faults} == {}


@pytest.mark.parametrize("key", PUBLISHED)
def test_its_archives_are_built_with_the_same_bytes(landed: Bench, key: str) -> None:
    with landed.read(ANONYMOUS, FILLED) as work:
        assert archive.public_archive(work, key)[1] == kept(f"0014-{key}.zip")


@pytest.mark.parametrize("key", PUBLISHED)
def test_its_archives_are_accepted_by_the_verifier_of_then_and_of_now(tmp_path: Path, key: str) -> None:
    status, said = verify(unpacked(kept(f"0014-{key}.zip")))
    assert status == 0, said
    with zipfile.ZipFile(BytesIO(kept(f"0014-{key}.zip"))) as then:
        then.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", "verificar.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("lang", ["es", "en"])
def test_its_pages_are_still_there(landed: Bench, settings: Settings, lang: str) -> None:
    visitor = Visitor(create_app(settings, landed).test_client())
    for page in PAGES:
        assert visitor.get(f"/{lang}/{page}").status_code == 200, page


def test_a_link_of_then_still_casts_a_vote(landed: Bench) -> None:
    with landed.work(ANONYMOUS, FILLED) as work:
        entrance = voting.enter(work, LINK)
        assert entrance is not None
        voter = accounts.resume(work, entrance.token)
    assert voter is not None
    choice = Choice(("integracion_socioeconomica", "trata_trafico"), (7, 10), ())
    with landed.work(voter, FILLED + timedelta(minutes=3)) as work:
        cast = voting.cast(work, "ejemplo-2", entries_of(choice), "a key of its own")
    assert isinstance(cast, CastBallot)
    assert cast.counts
