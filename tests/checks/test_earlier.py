"""What an earlier state of the program left behind: its database is brought up to date, its archive accepted.

`earlier/` has a round that the code of then lived and published under migration 0005, as it wrote it: the
database, and the public archive with the verifier of then in it. Neither is ever made anew.
"""

from __future__ import annotations

import io
import lzma
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from consulta.checks import service as checks
from consulta.infra import database as db
from consulta.infra.models import Ballot, Link, Nominee, Organisation
from consulta.infra.work import ANONYMOUS, COMMAND, Bench
from consulta.results import page as result_page
from tests.checks.published import PUBLISHED, archive_of, live, unpacked, verify
from tests.depth import left
from tests.drafts import KEY
from tests.texts import TWO

if TYPE_CHECKING:
    from collections.abc import Iterator

EARLIER = Path(__file__).parent / "earlier"
TABLES = ("organisations", "contacts", "rounds", "seats", "ballots", "log", "documents", "heads")


def kept(name: str) -> bytes:
    return lzma.decompress((EARLIER / f"{name}.xz").read_bytes())


def sizes(bench: Bench) -> dict[str, int]:
    with bench.engine.connect() as connection:
        return {
            table: connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608 - names of ours
            for table in TABLES
        }


def links_of_own_votes(bench: Bench) -> int:
    """How many links there are to what a vote did."""
    with bench.read(COMMAND, PUBLISHED) as work:
        query = select(func.count()).select_from(Link).where(Link.purpose == "your_vote")
        return work.session.scalar(query) or 0


def require_verifiable(bench: Bench, lost: int = 0) -> dict[str, bytes]:
    """All that is stored holds together, and the archive that is built now is accepted: its files.

    So many links are `lost`, and nothing else.
    """
    with bench.read(COMMAND, PUBLISHED) as work:
        faults = [fault for check in checks.whole(work) for fault in check.faults]
    assert len(faults) == lost, faults
    assert all(fault.startswith("a link that the log tells of is not there") for fault in faults), faults
    files = unpacked(archive_of(bench))
    status, said = verify(files)
    assert status == 0, said
    return files


@pytest.fixture
def inherited(tmp_path: Path) -> Iterator[Bench]:
    """The database of then, in a file of its own; nothing was done to it yet."""
    path = tmp_path / "consulta.sqlite3"
    path.write_bytes(kept("0005.sqlite3"))
    bench = Bench(db.connect(f"sqlite:///{path}"), TWO)
    yield bench
    bench.engine.dispose()


def test_a_database_of_then_comes_up_to_date_with_all_it_holds(inherited: Bench) -> None:
    before = sizes(inherited)
    assert min(before.values()) > 0
    db.upgrade(inherited.engine)
    db.require_current(inherited.engine)
    assert sizes(inherited) == before | {"documents": before["documents"] + 1}, "the summary of its count"
    assert db.integrity(inherited.engine) == []
    with inherited.read(ANONYMOUS, PUBLISHED) as work:
        assert work.session.scalar(select(func.count()).select_from(Ballot)) == 11
        assert work.session.scalars(select(Organisation)).all(), "every column is there"
        assert list(work.session.scalars(select(Nominee))) == []
        assert result_page.published_page(work, KEY).card.key == KEY


def test_its_rounds_verify_and_their_documents_are_the_same_bytes(inherited: Bench) -> None:
    db.upgrade(inherited.engine)
    files, then = require_verifiable(inherited), unpacked(kept("0005.zip"))
    for name in ("bundle.json", "result.json", "receipts.csv"):
        assert files[name] == then[name], name


def test_an_archive_of_then_is_accepted_now() -> None:
    status, said = verify(unpacked(kept("0005.zip")))
    assert status == 0, said


def test_a_changed_archive_of_then_is_not() -> None:
    files = unpacked(kept("0005.zip"))
    files["bundle.json"] = files["bundle.json"].replace(b"tema_numero_4", b"tema_numero_2", 1)
    assert verify(files)[0] == 1


def test_the_verifier_of_then_accepts_its_archive_still(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(kept("0005.zip"))) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", "verificar.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("revision", ["0005", left("0009")])
def test_a_published_round_outlives_the_way_down_and_up(either: Bench, revision: str) -> None:
    """On both databases: the migrations themselves make the earlier state."""
    live(either)
    before, files = sizes(either), unpacked(archive_of(either))
    mine = links_of_own_votes(either)
    db.downgrade(either.engine, revision)
    db.upgrade(either.engine)
    assert sizes(either) == before
    # Links to what a vote did have no place in a schema of before: they end, and the check says which.
    assert mine
    assert require_verifiable(either, lost=mine) == files
