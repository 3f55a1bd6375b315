"""What may not be public is in no package: not in its figures, not between its files, versions and pages."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import select, update

from consulta.operations.open_data import service
from consulta.platform import documents
from consulta.platform.models import (
    Ballot,
    Contact,
    Document,
    Nominee,
    Organisation,
    Round,
    Seat,
    Staff,
)
from consulta.platform.organiser import service as organiser
from consulta.platform.organiser.service import Profile
from consulta.platform.work import ANONYMOUS, COMMAND
from tests.closed import counted
from tests.deep import deep
from tests.factories import moment
from tests.operations.open_data.made import KEY, PLACE, files, renew, round_of, tables, votes
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Demo, Visitor

HUNDRED = 100
Rows = dict[str, list[dict[str, Any]]]
FIGURES = ("themes", "objectives", "support", "pairs", "orders", "checks", "left_out", "participation")


def facts(bench: Bench) -> dict[str, Any]:
    with bench.read(ANONYMOUS, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == KEY)).one()
        kept = documents.find(work.session, found.id, "public")
        assert kept is not None
        return cast("dict[str, Any]", json.loads(kept.content))


def percent(value: float | None) -> int | None:
    """Return a share as `public.json` has it; a share that is no whole number of hundredths fails."""
    if value is None:
        return None
    assert HUNDRED * value == pytest.approx(round(HUNDRED * value), abs=1e-9)
    return round(HUNDRED * value)


@pytest.mark.parametrize(
    ("seed", "size"), [(1, 80), (2, 33), deep(3, 150), deep(4, 60), (6, 14), deep(8, 20)]
)
def test_of_a_round_of_totals_a_package_tells_what_public_json_tells_and_no_figure_more(
    bench: Bench, seed: int, size: int
) -> None:
    """The attacks on `public.json` (tests/results) are then attacks on the package."""
    round_of(bench, "aggregate", seed, size)
    told, rows = facts(bench), tables(files(bench))
    (head,) = rows["round"]
    assert {head[name] for name in ("weight_smallest", "weight_largest", "heaviest_to_lightest")} == {None}
    assert {head[name] for name in ("result_sha256", "countries_voting", "heaviest_share")} == {None}
    assert head["ballots"] == told["ballots"]
    assert not {"ballots", "runoff"} & rows.keys()
    if told["detail"] == "topics":
        assert head["detail"] == "topics"
        _has_topics_alone(rows)
    else:
        assert head["small_cell"] == told["small_cell"]
        _has_figures(rows, told)
        _has_lines(rows, told)


def _has_topics_alone(rows: Rows) -> None:
    for row in rows["themes"]:
        assert {row[name] for name in ("place", "score", "points", "first", "mentions")} == {None}
    assert not {"pairs", "participation", "support"} & rows.keys()
    assert {row["share"] for row in rows["objectives"]} == {None}


def _has_figures(rows: Rows, told: dict[str, Any]) -> None:
    themes = {theme["key"]: theme for theme in told["themes"]}
    for row in rows["themes"]:
        theme = themes[row["theme"]]
        assert (row["first"], row["mentions"]) == (theme["first"], theme["mentions"])
        assert percent(row["score"]) == theme["score_percent"]
        assert percent(row["points"]) == theme["points_percent"]
        assert percent(row["relevance"]) == theme["relevance_percent"]
        assert percent(row["unweighted_score"]) == theme["unweighted_percent"]
        assert (row["place_best"], row["place_worst"]) == (None, None)
        assert row["mean_place"] is None or float(row["mean_place"]).is_integer()
    pairs = {(row["theme"], row["rival"]): percent(row["share"]) for row in rows.get("pairs", ())}
    for one, line in zip(themes, told["pairs"], strict=True):
        for other, share in zip(themes, line, strict=True):
            assert one == other or pairs.pop((one, other), None) == share
    assert pairs == {}


def _has_lines(rows: Rows, told: dict[str, Any]) -> None:
    assert {row["objective"]: percent(row["share"]) for row in rows["objectives"]} == {
        line["number"]: line["percent"] for line in told["objectives"]
    }
    lines = {(line["dimension"], ";".join(line["categories"])): line for line in told["participation"]}
    for row in rows["participation"]:
        line = lines.pop((row["dimension"], row["categories"]))
        assert (row["organisations"], row["ballots"]) == (line["seats"], line["ballots"])
        assert percent(row["weighted_share"]) == line["weighted_percent"]
        assert percent(row["target"]) == line["target_percent"]
    assert lines == {}
    there = {name for name, kept in told["order"].items() if kept}
    assert {row["order"] for row in rows.get("orders", ())} <= there


@pytest.mark.parametrize("size", [12, 40])
def test_a_package_of_totals_is_made_without_ballots_bundle_or_result(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Where everything that is not public is taken away, the bytes are the same: none of it is in them."""
    counted(bench, KEY, votes(3, size), secrecy="aggregate")
    with bench.read(ANONYMOUS, moment()) as work:
        before = service.build(work, PLACE, "rounds", KEY).files
    find = documents.find

    def shut(session: Any, round_id: int, kind: str, version: int | None = None) -> Document | None:
        found = find(session, round_id, kind, version)
        if found is None or kind not in {"bundle", "result", "robustness"}:
            return found
        return Document(
            round_id=round_id, kind=kind, version=found.version, content="not for readers", sha256="0" * 64
        )

    monkeypatch.setattr(documents, "find", shut)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Seat).values(name="Otra", country="PE", base=9))
    with bench.read(ANONYMOUS, moment()) as work:
        after = service.build(work, PLACE, "rounds", KEY).files
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"round.csv", "datapackage.json"}, "how many countries the roll has is of the roll"
    assert before["themes.csv"] == after["themes.csv"]


@pytest.mark.deep
def test_figures_are_the_same_in_every_version(bench: Bench) -> None:
    round_of(bench, "aggregate", 2, 33)
    found = [files(bench)]
    for licence in ("CC0-1.0", "CC-BY-SA-4.0"):
        with bench.work(COMMAND, moment()) as work:
            organiser.save(work, Profile(name=both("Mecanismo"), licence=licence))
        assert len(renew(bench)) == 1
        found.append(files(bench))
    for name in FIGURES:
        assert len({each.get(f"{name}.csv") for each in found}) == 1, name
    with bench.read(ANONYMOUS, moment()) as work:
        versions = service.newest(work, "rounds", KEY).versions
    assert len({each.sha256 for each in versions}) == 3


def test_a_smaller_limit_of_small_groups_changes_no_figure_that_was_published(bench: Bench) -> None:
    """Two roundings of the same ballots could be held against each other."""
    round_of(bench, "aggregate", 2, 33)
    before = files(bench)
    renew(bench, service.Place(PLACE.base_url, 2))
    assert {name: before[name] for name in before if name.endswith(".csv")} == {
        name: content for name, content in files(bench).items() if name.endswith(".csv")
    }


@pytest.mark.deep
def test_rounds_of_the_same_organisations_tell_no_more_together(bench: Bench) -> None:
    """Each package says what its own round's page says: a round more changes nothing in one that is there."""
    counted(bench, KEY, votes(1, 40), secrecy="aggregate")
    renew(bench)
    before = files(bench)
    counted(bench, "2027-2", votes(2, 40), secrecy="aggregate")
    assert [key for _kind, key, _version in renew(bench)] == ["2027-2"]
    with bench.read(ANONYMOUS, moment()) as work:
        assert service.build(work, PLACE, "rounds", KEY).files == before


@pytest.mark.deep
def test_everything_of_the_demonstration_is_searched_for_what_is_not_public(
    demo: Demo, settings: Settings
) -> None:
    bench = demo.bench(settings)
    renew(bench)
    with bench.read(ANONYMOUS, moment()) as work:
        packages = [service.files(work, each) for each in service.packages(work)]
        keys = [f"{each.kind}/{each.key}" for each in service.packages(work)]
        session = work.session
        secret: set[str] = set()
        for contact in session.scalars(select(Contact)):
            secret |= {contact.name, contact.email, contact.phone or ""}
        for staff in session.scalars(select(Staff)):
            secret |= {staff.email}
        for nominee in session.scalars(select(Nominee)):
            secret |= {nominee.name, nominee.email or "", nominee.delegate or ""}
        secret |= set(session.scalars(select(Ballot.receipt)))
        secret |= {each for each in session.scalars(select(Round.secret)) if each}
        names = set(session.scalars(select(Organisation.name)))
        told = {
            key: set(
                session.scalars(select(Seat.pseudonym).join(Round).where(Round.key == key.split("/")[1]))
            )
            for key in keys
        }
    assert len(secret) > 100
    for key, package in zip(keys, packages, strict=True):
        text = "\n".join(content.decode() for content in package.values())
        found = [each for each in secret if len(each) > 5 and each in text]
        assert found == [], (key, found)
        secrecy = json.loads(package["datapackage.json"]).get("secrecy")
        assert ("ballots.csv" in package) == (secrecy in {"open", "pseudonymous"})
        if secrecy == "aggregate":
            assert not [each for each in told[key] if each in text]
        if key.startswith("rounds/"):
            spoken = {row["organisation"] for row in tables(package).get("reasons", ())} - {None}
            without = "\n".join(
                content.decode()
                for name, content in package.items()
                if name not in {"reasons.csv", "question_texts.csv"}
            )
            named = {each for each in names if each in without}
            assert named <= spoken, "an organisation stands only where it let itself be quoted by name"
        assert not re.search(r"[\w.+-]+@[\w-]+\.\w+", text.replace("datapackage.json", ""))
    bench.engine.dispose()


def test_a_person_on_the_panel_is_in_no_file(demo: Demo, settings: Settings) -> None:
    bench = demo.bench(settings)
    renew(bench)
    found = files(bench, "rounds", "ejemplo-1")
    rows = tables(found)["panel"]
    assert rows
    assert set(rows[0]) == {
        *("round", "place", "role", "role_label_es", "role_label_en"),
        *("subregion", "subregion_label_es", "subregion_label_en"),
    }
    assert [(row["role"], row["subregion"]) for row in rows] == sorted(
        (row["role"], row["subregion"]) for row in rows
    )
    assert "gender" not in json.dumps(tables(found)["panel_rules"])
    bench.engine.dispose()


def test_what_is_not_published_cannot_be_told_from_what_does_not_exist(
    bench: Bench, visitor: Visitor
) -> None:
    counted(bench, KEY, votes(1, 12), secrecy="aggregate", publish=False)
    renew(bench)
    for address in (
        "/data/rounds/{}.zip",
        "/data/rounds/{}/themes.csv",
        "/data/sessions/{}/datapackage.json",
        "/es/data/rounds/{}",
        "/data/rounds/{}/themes.json",
    ):
        here, none = (visitor.get(address.format(key)) for key in (KEY, "2099-9"))
        assert here.status_code == none.status_code == 404
        assert here.text.replace(KEY, "") == none.text.replace("2099-9", "")
        own = {name: here.headers[name] for name in ("Content-Length", "X-Request-ID")}
        assert dict(here.headers) == dict(none.headers) | own
    assert f"/data/rounds/{KEY}" not in visitor.get("/es/data").text
    assert visitor.get("/data/all.zip").status_code == 404


def test_the_file_of_everything_has_the_packages_and_nothing_else(bench: Bench, visitor: Visitor) -> None:
    round_of(bench, "aggregate", 2, 33)
    container = zipfile.ZipFile(io.BytesIO(visitor.get("/data/all.zip").data))
    assert container.testzip() is None
    found = files(bench)
    assert {name for name in container.namelist() if "/" in name} == {
        f"rounds/{KEY}/{name}" for name in found
    }
    for name, content in found.items():
        assert container.read(f"rounds/{KEY}/{name}") == content
