"""What the program under migration 0024 left behind: a database and archives that go on under this one.

`earlier/0024.sqlite3` holds three rounds of eleven ballots, each with a panel: of `2027-1`, without names, a
ballot was taken out after an objection and counted again, and its panel was published twice, the second time
around a person held by hand; of `2027-2` only totals are public; `2027-3`, with names, is not published yet.
None of these files is ever made anew.
"""

from __future__ import annotations

import json
import lzma
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from consulta.accounts import service as accounts
from consulta.app import create_app
from consulta.checks import service as checks
from consulta.infra import database as db
from consulta.infra.work import ANONYMOUS, COMMAND, Bench
from consulta.panel import service as panels
from consulta.results import archive
from consulta.results import service as results
from tests.benches import PASSWORD, STAFF, Visitor
from tests.checks.published import VERIFIER, require_accepted_then_and_now, unpacked, verify
from tests.depth import left
from tests.drafts import NOW
from tests.factories import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.infra.settings import Settings

EARLIER = Path(__file__).parent / "earlier"
AFTER = NOW + timedelta(days=12)
PUBLISHED = ("2027-1", "2027-2")
PLACE = re.compile(r"\{\w+\}")
ARCHIVES = ("2027-1", "2027-2", "2027-2-complete")


def kept(name: str) -> bytes:
    return lzma.decompress((EARLIER / f"{name}.xz").read_bytes())


@pytest.fixture
def before(settings: Settings) -> Iterator[Bench]:
    """The database of then, brought up to date."""
    path = Path(settings.database.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept("0024.sqlite3"))
    bench = Bench(db.connect(settings.database))
    db.upgrade(bench.engine)
    yield bench
    bench.engine.dispose()


def faults(bench: Bench) -> dict[str, list[str]]:
    with bench.read(COMMAND, AFTER) as work:
        return {check.name: list(check.faults) for check in checks.whole(work) if check.faults}


def test_everything_in_it_holds_together_after_the_migration(before: Bench) -> None:
    db.require_current(before.engine)
    assert db.integrity(before.engine) == []
    assert faults(before) == {}


@pytest.mark.parametrize("key", PUBLISHED)
def test_its_archives_are_built_with_the_same_bytes(before: Bench, key: str) -> None:
    with before.read(ANONYMOUS, AFTER) as work:
        assert archive.public_archive(work, key)[1] == kept(f"0024-{key}.zip")


@pytest.mark.parametrize("name", ARCHIVES)
def test_its_archives_are_accepted_by_the_verifier_of_then_and_of_now(tmp_path: Path, name: str) -> None:
    require_accepted_then_and_now(tmp_path, kept(f"0024-{name}.zip"))


@pytest.mark.parametrize("lang", ["es", left("en")])
@pytest.mark.parametrize("key", PUBLISHED)
def test_its_pages_are_still_there(before: Bench, settings: Settings, lang: str, key: str) -> None:
    visitor = Visitor(create_app(settings, before).test_client())
    for page in ("", "/result", "/result-letter", "/panel", "/verify", "/receipts", "/roll", "/method"):
        assert visitor.get(f"/{lang}/rounds/{key}{page}").status_code in {200, 404}, page
    assert visitor.get(f"/{lang}/rounds/{key}/panel").status_code == 200


def test_its_desk_shows_result_and_panel(before: Bench, settings: Settings) -> None:
    with before.work(COMMAND, moment()) as work:
        accounts.add_staff(work, STAFF, "Secretaría", PASSWORD, "secretariat")
    visitor = Visitor(create_app(settings, before).test_client())
    visitor.submit("/en/account/sign-in", {"email": STAFF, "password": PASSWORD})
    for key in (*PUBLISHED, "2027-3"):
        for page in ("result", "panel"):
            assert visitor.get(f"/en/secretariat/rounds/{key}/{page}").status_code == 200, (key, page)


def test_its_round_that_waits_is_published_with_a_panel_chosen_again(before: Bench) -> None:
    key = "2027-3"
    with before.work(COMMAND, AFTER) as work:
        chosen = panels.panel_page(work, key)
        assert chosen.decision is not None
        assert panels.choose(work, key, chosen.rules)
        results.publish(work, key)
    assert faults(before) == {}
    with before.read(COMMAND, AFTER) as work:
        status, said = verify(unpacked(archive.public_archive(work, key)[1]))
    assert status == 0, said


NEWER = {"archive.json": 9, "bundle.json": 3, "first-result.json": 3, "robustness.json": 3}


@pytest.mark.parametrize("name", NEWER)
def test_a_file_of_a_version_that_the_verifier_does_not_know_is_refused_in_these_words(name: str) -> None:
    files = unpacked(kept("0024-2027-1.zip"))
    family = name.removesuffix(".json").removeprefix("first-")
    content = json.loads(files[name])
    assert content["format"].startswith(f"consulta-{family}/")
    newer = f"consulta-{family}/{NEWER[name]}"
    files[name] = json.dumps(content | {"format": newer}).encode()
    status, said = verify(files)
    assert status == 1
    assert f"{name} is of a version that this program does not know: {newer}" in said
    assert said.count("[") == 1, "nothing else is said of it"


def test_the_verifier_says_everything_in_each_of_its_languages() -> None:
    texts = VERIFIER.TEXTS
    assert len(texts) >= 3
    for language, said in texts.items():
        assert said.keys() == texts["es"].keys(), language
        for code, text in said.items():
            assert set(PLACE.findall(text)) == set(PLACE.findall(texts["es"][code])), (language, code)
