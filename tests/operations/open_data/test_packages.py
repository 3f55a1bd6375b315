"""Packages: strict tables, the figures of the pages, the same bytes each time, versions."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import frictionless
import pytest

from consulta.core.problems import Problem
from consulta.operations.open_data import packing, schemas, service
from consulta.operations.open_data import tables as words
from consulta.operations.open_data.tables import Field, Table, fill, rows_of, to_csv
from consulta.platform.formats import zipped
from consulta.platform.organiser import service as organiser
from consulta.platform.organiser.service import LICENCES, Profile
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER
from consulta.results import page
from consulta.sessions import evaluation, factsheets, minutes
from consulta.sessions.factsheets import Words
from tests.cases import for_each
from tests.closed import counted, mixed
from tests.deep import deep
from tests.factories import moment
from tests.held_sessions import publish, session_over, write
from tests.operations.open_data.made import KEY, MODES, PLACE, cells, files, renew, round_of, tables
from tests.sessions.evaluation import evaluating
from tests.texts import both

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Demo, Visitor

PACKAGES = [
    ("rounds", "ejemplo-1"),
    ("rounds", "ejemplo-4"),
    ("sessions", "ejemplo-1"),
    ("recommendations", "ejemplo-1"),
]


def held(bench: Bench) -> None:
    """A published round whose session has a public factsheet."""
    counted(bench, KEY, mixed(8, ("t3", "t1"), ("t3", "t2")))
    session_over(bench, KEY, ("t3",))
    write(bench, KEY)
    publish(bench, KEY)
    renew(bench)


# -- tables


@for_each(
    "of, value, said",
    [
        (Field("x", required=True), None, "is required"),
        (Field("x", "integer"), "1", "is no integer"),
        (Field("x", "integer"), True, "is no integer"),
        (Field("x", "boolean"), 1, "is no boolean"),
        (Field("x", "number", most=1), 1.5, "out of its limits"),
        (Field("x", enum=("a",)), "b", "is none of"),
    ],
)
def test_a_row_that_its_schema_contradicts_is_refused(of: Field, value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fill(Table("t", (of,), ()), [{"x": value}, {"x": value}], ("es",))


def test_texts_reach_the_file_and_come_back() -> None:
    fields = Field("x", translated=True), Field("n", "number"), Field("b", "boolean")
    table = Table("t", fields, ("n", "b"))
    assert not any((each.required, each.unique) != (False, False) for each in fields)
    hard = both('=HYPERLINK("http://x")', 'a "quoted", line\nand another; -1')
    filled = fill(table, [{"x": hard, "n": 1 / 3, "b": True}, {"n": 0.0, "b": False}, {}], ("es", "en"))
    content = to_csv(filled)
    assert content.count(b"\r\n") == 4
    assert not content.startswith(b"\xef\xbb\xbf")
    assert cells(content)[0]["x_es"].startswith("'="), "no spreadsheet runs it"
    schema = {
        "fields": [
            {"name": "x_es", "type": "string"},
            {"name": "x_en", "type": "string"},
            {"name": "n", "type": "number"},
            {"name": "b", "type": "boolean"},
        ]
    }
    assert list(rows_of(schema, content)) == list(filled.rows)
    assert filled.rows[0]["n"] == 0.333333


@for_each(
    "type_, cell, read",
    [
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("boolean", "yes", None),
        ("boolean", "True", None),
        ("string", "true", "true"),
        ("string", "7", "7"),
        ("integer", "-7", -7),
        ("integer", "7.0", None),
        ("date", "2027-03-05", "2027-03-05"),
        ("date", "5 March", None),
        ("datetime", "2027-03-05T22:00:00Z", "2027-03-05T22:00:00Z"),
        ("datetime", "2027-03-05", None),
    ],
)
def test_a_cell_is_of_the_type_that_the_schema_says(type_: str, cell: str, read: Any) -> None:
    """Of any other it is refused, with the number of its row where that is known."""
    schema = {"fields": [{"name": "x", "type": type_}]}
    content = f"x\r\n{cell}\r\n".encode()
    if read is not None:
        assert list(rows_of(schema, content)) == [{"x": read}]
        return
    with pytest.raises(ValueError, match=f"{cell}.*is no {type_}") as refused:
        list(rows_of(schema, content))
    assert str(refused.value).startswith("x: " if type_.startswith("date") else "row 1, x: ")


@for_each("language", ["es", "en", "pt"])
def test_every_table_and_column_is_described_in_every_language(language: str) -> None:
    for table in (each for kind in schemas.OF_KIND.values() for each in kind):
        assert words.table(table).into(language), table.name
        assert words.absent(table.name).into(language)
        for field in table.fields:
            assert words.column(table, field).into(language), (table.name, field.name)
        columns = {name for name, _field, _code in table.columns(("es",))}
        assert set(table.key) <= columns
        assert all(set(link.fields) <= columns for link in table.links)
    assert all(said.into(language) for said in words.card().values())


# -- read by another library


@pytest.mark.deep
def test_another_library_reads_every_package_of_the_demonstration(
    demo: Demo, settings: Settings, tmp_path: Path
) -> None:
    bench = demo.bench(settings)
    renew(bench)
    for kind, key in PACKAGES:
        folder = tmp_path / kind / key
        folder.mkdir(parents=True)
        found = files(bench, kind, key)
        for name, content in found.items():
            (folder / name).write_bytes(content)
        report = frictionless.Package(str(folder / "datapackage.json")).validate()
        assert report.valid, report.flatten(["type", "message"])
        ours = tables(found)
        for resource in frictionless.Package(str(folder / "datapackage.json")).resources:
            if resource.type == "table":
                theirs = [row.to_dict(json=True) for row in resource.read_rows()]
                _are_the_same(theirs, ours[str(resource.path).removesuffix(".csv")])
    bench.engine.dispose()


def _are_the_same(theirs: list[dict[str, Any]], ours: list[dict[str, Any]]) -> None:
    assert len(theirs) == len(ours)
    for one, other in zip(theirs, ours, strict=True):
        for column, value in other.items():
            if isinstance(value, float):
                assert float(one[column]) == value
            elif not column.endswith("_at"):
                assert str(one[column] or "").lstrip("'") == str(value or "").lstrip("'")


@pytest.mark.deep
@pytest.mark.parametrize("secrecy", MODES)
def test_every_reference_leads_to_a_row(bench: Bench, secrecy: str) -> None:
    round_of(bench, secrecy, 3, 60)
    found = files(bench)
    rows = tables(found)
    by_name = {each["name"]: each for each in json.loads(found["datapackage.json"])["resources"]}
    for each in by_name.values():
        for link in each.get("schema", {}).get("foreignKeys", ()):
            there = by_name[link["reference"]["resource"]]["path"].removesuffix(".csv")
            known = {tuple(row[name] for name in link["reference"]["fields"]) for row in rows[there]}
            for row in rows[each["path"].removesuffix(".csv")]:
                asked = tuple(row[name] for name in link["fields"])
                assert None in asked or asked in known


# -- the figures of the pages


@pytest.mark.parametrize("secrecy", MODES)
@pytest.mark.parametrize(("seed", "size"), [(1, 80), deep(2, 33), deep(5, 12), deep(7, 5)])
def test_the_figures_are_those_of_the_page(bench: Bench, secrecy: str, seed: int, size: int) -> None:
    round_of(bench, secrecy, seed, size)
    rows = tables(files(bench))
    with bench.read(ANONYMOUS, moment()) as work:
        view = page.published_page(work, KEY)
    (told,) = rows["round"]
    assert (told["ballots"], told["organisations"]) == (view.ballots, view.card.seats)
    assert told["verdict"] == view.firmness.verdict
    assert told["topics"].split(";") == [topic.key for topic in view.topics]
    for theme, row in zip(view.themes, rows["themes"], strict=True):
        assert row["theme"] == theme.key
        assert (row["place"], row["first"], row["mentions"]) == (theme.place, theme.first, theme.mentions)
        for name, value in (
            ("score", theme.score),
            ("points", theme.points),
            ("relevance", theme.relevance),
            ("unweighted_score", theme.unweighted_score),
            ("mean_place", theme.mean_place),
        ):
            assert row[name] == (None if value is None else pytest.approx(float(value), abs=1e-6))
        assert (row["place_best"], row["place_worst"]) == (theme.places or (None, None))
    shares = {(row["theme"], row["rival"]): row["share"] for row in rows.get("pairs", ())}
    keys = [theme.key for theme in view.themes]
    for key, line in zip(keys, view.pairs, strict=False):
        for rival, share in zip(keys, line, strict=True):
            assert shares.get((key, rival)) == (None if share is None else pytest.approx(share, abs=1e-6))
    lines = {(row["dimension"], row["categories"]): row for row in rows.get("participation", ())}
    shown = [(name, line) for name, found in view.categories for line in found]
    assert len(lines) == len(shown)
    for name, line in shown:
        row = lines[name, ";".join(line.members or (line.key,))]
        assert (row["organisations"], row["ballots"]) == (line.seats, line.ballots)
        reach = [each for each in (view.balance.reach if view.balance else ()) if each.line is line]
        told_of_it = [(each.needed, each.reached) for each in reach] or [(None, None)]
        assert [(row["votes_needed"], row["share_reached"])] == told_of_it
    repeated = view.firmness.repeated
    assert [(row["theme"], row["chosen"]) for row in rows.get("repetitions", ())] == [
        (theme.key, times) for theme, times in (repeated.chosen if repeated else ())
    ]
    assert (told["same_topics_percent"], told["same_topics_rounded"]) == (
        view.firmness.percent,
        None if view.firmness.percent is None else view.firmness.rounded,
    )
    assert ("ballots" in rows) == (secrecy != "aggregate")


def test_a_session_has_the_figures_and_texts_of_its_factsheet(bench: Bench) -> None:
    held(bench)
    rows = tables(files(bench, "sessions"))
    with bench.read(ANONYMOUS, moment()) as work:
        sheet = factsheets.published(work, KEY)
    assert sheet.figures is not None
    assert rows["session"][0]["people"] == sheet.figures.people
    assert rows["session"][0]["countries"] == sheet.figures.countries
    countries = [row for row in rows["attendance"] if row["dimension"] == "country"]
    assert [row["people"] for row in countries] == [line.people for line in sheet.figures.by_country]
    texts = [row["text_es"] for row in rows["session_texts"] if row["part"] == "recommendation"]
    assert texts == [text.into("es") for text in sheet.words.recommendations]


def test_a_session_has_its_minutes_and_the_evaluation_as_their_pages_tell_them(
    bench: Bench, visitor: Visitor
) -> None:
    evaluating.sent(bench, 20)
    write(bench, KEY)
    publish(bench, KEY)
    renew(bench)
    assert not {"agreements.csv", "evaluation.csv"} & set(files(bench, "sessions"))
    for number in range(1, 19):
        evaluating.answer(bench, number, evaluating.said_by(number))
    evaluating.over(bench)
    with bench.work(COMMAND, moment()) as work:
        minutes.save(work, KEY, both("Crear un grupo.", "Set up a group."), "Cancillería", "2037-08-31")
    assert renew(bench) == [], "a draft changes nothing"
    with bench.work(COMMAND, moment()) as work:
        minutes.publish(work, KEY)
        evaluation.publish(work, KEY)
        told = evaluation.published(work, KEY).figures.facts.questions
    assert renew(bench) == [("sessions", KEY, 2)]
    found = tables(files(bench, "sessions"))
    (row,) = found["agreements"]
    assert [row[name] for name in ("agreement", "text_es", "responsible", "due", "done_on")] == [
        *(1, "Crear un grupo.", "Cancillería", "2037-08-31", None)
    ]
    assert [each["answered"] for each in found["evaluation"]] == [each.answered for each in told]
    counts = [row.count for each in told for row in each.rows]
    assert sorted(filter(None, counts)) == sorted(
        each["count"] for each in found["evaluation_options"] if each["count"]
    )
    assert {each["asked"] for each in found["evaluation"]} == {20}
    whole = b"".join(files(bench, "sessions").values()).decode()
    assert not re.search("Texto 1|@example[.]org", whole), "words of answers are for the secretariat"
    answer = visitor.get(f"/data/sessions/{KEY}/agreements.json")
    assert answer.json[0]["responsible"] == "Cancillería"
    with bench.work(COMMAND, moment()) as work:
        minutes.done(work, KEY, 1, (moment() - timedelta(days=1)).date().isoformat())
    assert renew(bench) == [("sessions", KEY, 3)]


# -- bytes and versions


@pytest.mark.deep
def test_the_same_is_made_the_same_and_changes_only_with_what_is_published(bench: Bench) -> None:
    held(bench)
    before = files(bench), files(bench, "sessions")
    assert renew(bench) == []
    with bench.read(ANONYMOUS, moment()) as work:
        again = service.build(work, PLACE, "rounds", KEY)
    assert again.files == before[0]
    assert zipped.write(again.files) == zipped.write(before[0])
    write(bench, KEY, Words(number=7, period=both("2027", "2027"), achieved=both("Otro texto", "Other")))
    assert publish(bench, KEY) == 2
    made = renew(bench)
    assert ("sessions", KEY, 2) in made
    assert {kind for kind, _key, _version in made} <= {"sessions", "recommendations"}
    assert files(bench) == before[0]
    now = files(bench, "sessions")
    assert now["attendance.csv"] == before[1]["attendance.csv"], "figures are made once"
    assert now["session_texts.csv"] != before[1]["session_texts.csv"]
    with bench.read(ANONYMOUS, moment()) as work:
        view = service.newest(work, "sessions", KEY)
        assert [each.version for each in view.versions] == [2, 1]
        first = service.version(work, view.versions[1].sha256)
        assert service.files(work, first.line) == before[1]
        assert first.line.sha256 == packing.digest(before[1])
        assert not first.is_newest


def test_another_licence_is_another_version_of_all(bench: Bench) -> None:
    held(bench)
    assert json.loads(files(bench)["datapackage.json"])["licenses"][0]["name"] == "CC-BY-4.0"
    with bench.work(COMMAND, moment()) as work:
        organiser.save(work, Profile(name=both("Mecanismo", "Mechanism"), licence="CC0-1.0"))
    assert {version for _kind, _key, version in renew(bench)} == {2}
    found = files(bench)
    assert json.loads(found["datapackage.json"])["licenses"][0]["path"] == LICENCES[2].link
    assert "Mecanismo" in found["README.md"].decode()
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"organiser\.licence"):
        organiser.save(work, Profile(name=both("Mecanismo", "Mechanism"), licence="mine"))


def test_only_the_worker_keeps_packages_and_only_what_is_published_has_one(bench: Bench) -> None:
    counted(bench, KEY, mixed(8, ("t3", "t1")), publish=False)
    assert renew(bench) == []
    with bench.read(ANONYMOUS, moment()) as work:
        with pytest.raises(Problem, match=r"access\.denied"):
            service.due(work, PLACE)
        with pytest.raises(Problem, match=r"result\.unknown"):
            service.build(work, PLACE, "rounds", KEY)
        for kind, key in (("rounds", KEY), ("rounds", "none"), ("sessions", KEY), ("people", KEY)):
            with pytest.raises(Problem, match=r"data\.unknown"):
                service.newest(work, kind, key)


def test_a_package_that_was_kept_meanwhile_is_not_kept_twice(bench: Bench) -> None:
    counted(bench, KEY, mixed(8, ("t3", "t1")))
    with bench.read(WORKER, moment()) as work:
        (due,) = service.due(work, PLACE)
    with bench.read(ANONYMOUS, moment()) as work:
        made = service.build(work, PLACE, due.kind, due.key)
    kept = []
    for _ in range(2):
        with bench.work(WORKER, moment()) as work:
            kept.append(service.keep(work, made, due.stamp))
    assert kept == [1, None]
