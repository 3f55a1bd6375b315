"""The proof that a dimension is data: an installation adds language and size in its settings, no more.

Members come from a file with these columns; a round is balanced by size and asks for support in it; what is
shown, protected, left out and verified is checked. No code knows the two words.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, defaultdict
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.counting import bundle as core
from consulta.core.counting import count as counting
from consulta.core.counting.choice import Choice
from consulta.core.counting.summary import Summary
from consulta.core.problems import Problem
from consulta.desk import opening
from consulta.people import members
from consulta.platform import documents
from consulta.platform.data import dimensions
from consulta.platform.data.joined import is_joined
from consulta.platform.listing import Wanted
from consulta.platform.models import AnswerSheet, Seat
from consulta.platform.settings import SMALL_CELL
from consulta.platform.work import COMMAND, WORKER
from consulta.results import checks, your_vote
from consulta.results import service as results
from consulta.rounds import ballots, links
from consulta.rounds import service as rounds
from consulta.rounds.queries import rounds as rounds_queries
from consulta.vote import answers, answers_export, participation
from tests.added import added
from tests.asking import ONE, ask
from tests.drafts import BASE, KEY, NOW, make_draft, writing
from tests.factories import build_organisation, moment
from tests.results.checks.forging import edit_json
from tests.results.checks.published import (
    CLOSED,
    OPENED,
    PUBLISHED,
    STAFF,
    archive_of,
    unpacked,
    verify,
    vote,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.core.values import Bundle
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Visitor

FILE = """
[[dimension]]
key = "language"
names = {es = "Idioma de trabajo", en = "Working language"}
headings = ["Idioma de la organización"]
list = "open"
category = [
  {key = "es", names = {es = "Español", en = "Spanish"}, aliases = ["castellano"]},
  {key = "pt", names = {es = "Portugués", en = "Portuguese"}},
]

[[dimension]]
key = "size"
names = {es = "Tamaño", en = "Size", pt = "Tamanho"}

[[dimension.category]]
key = "small"
names = {es = "Pequeña", en = "Small", pt = "Pequena"}
aliases = ["chica"]
[[dimension.category]]
key = "medium"
names = {es = "Mediana", en = "Medium", pt = "Média"}
[[dimension.category]]
key = "large"
names = {es = "Grande", en = "Large", pt = "Grande"}
[[dimension.category]]
key = "huge"
names = {es = "Muy grande", en = "Very large", pt = "Muito grande"}
"""
DESK = "/en/secretariat"
COUNTRIES = ("PE", "MX", "JM", "PE", "PE", "GT", "PE", "BB")
SECTORS = ("ngo", "academia")
SIZES = ("Pequeña", "chica", "mediana empresa", "Grande")
LANGUAGES = ("Español", "Portugués", "Quechua", "quechua")
MEMBERS, VOTES = 80, 64
NOBODY = 4  # of every five organisations, the one that does not vote
# Small organisations make the first theme the topic; without them it is the second.
WANTED = {
    "Pequeña": (1, 3, 4, 2),
    "chica": (1, 3, 4, 2),
    "mediana empresa": (2, 1),
    "Grande": (2, 1),
    "Muy grande": (1, 2),
}
RULES: dict[str, Any] = {
    "balance": {"size": "equal", "subregion": "equal"},
    "spread": {"size": 500, "sector": 500},
    "support_min": 1,
}


@pytest.fixture
def settings(settings: Settings) -> Iterator[Settings]:
    """Settings that add the two dimensions; the process forgets them afterwards."""
    with added(settings, FILE) as found:
        yield found


def _size_of(number: int) -> str:
    return "Muy grande" if number in {5, 21} else SIZES[number // 2 % 4]


def members_file() -> bytes:
    """A file of eighty organisations: one size is rare, one is written in another way."""
    out = io.StringIO()
    lines = csv.writer(out, delimiter=";")
    lines.writerow(["Organización", "País", "Sector", "Idioma de la organización", "Size", "Correo"])
    for number in range(MEMBERS):
        place = (COUNTRIES[number % 8], SECTORS[number // 8 % 2], LANGUAGES[number // 16 % 4])
        lines.writerow([f"Red {number:03d}", *place, _size_of(number), f"c{number}@example.org"])
    return out.getvalue().encode()


def bring_in(visitor: Visitor) -> None:
    """Import the file by the pages: one value is not understood, and is answered for all its rows."""
    page = f"{DESK}/members/import"
    optional = visitor.get(page).text.partition("Optional columns:")[2].partition("</p>")[0]
    optional, _, to_fill = optional.partition("Can be filled in later, but no consultation can open")
    assert "Size" not in optional
    assert to_fill.endswith(": Working language, Size.")
    here = visitor.submit(page, {"file": (BytesIO(members_file()), "lista.csv")}).headers["Location"]
    shown = visitor.get(here).text
    assert "“mediana empresa” is not one of the categories of “Size”" in shown
    meaning = {"field": "category_size", "text": "mediana empresa", "meaning": "medium"}
    assert visitor.submit(here, meaning, to=f"{here}/meaning").status_code == 303
    shown = visitor.get(here).text
    seen = shown.partition('name="seen"')[2].partition('value="')[2].partition('"')[0]
    assert visitor.submit(here, {"seen": seen}).status_code == 303


def lived(bench: Bench, secrecy: str, *, asked: bool = False) -> Bundle:
    """Open, vote in, close and publish a round of the members; its bundle as it is counted."""
    make_draft(bench, 5, secrecy=secrecy, rules=RULES)
    if asked:
        ask(bench, [ONE], KEY)
    with bench.work(STAFF, OPENED) as work:
        opening.open_round(work, KEY)
        issued = links.issue_links(work, KEY, BASE, revoke=True)
    by_name = sorted(issued, key=lambda link: link.organisation)
    voting = [(number, link) for number, link in enumerate(by_name) if number % 5 != NOBODY]
    for number, link in voting:
        themes = tuple(f"tema_numero_{each}" for each in WANTED[_size_of(number)])
        vote(bench, KEY, link, Choice(themes, (1 + number % 5,), ()), OPENED)
    with bench.work(STAFF, CLOSED) as work:
        rounds.close_round(work, KEY, "")
        results.count(work, KEY)
    if asked:
        with bench.work(COMMAND, CLOSED) as work:
            for seat in work.session.scalars(select(Seat)):
                said = {ONE.key: 1 + seat.position % 2}
                sheet = AnswerSheet(round_id=seat.round_id, seat_id=seat.id, said=said, answered_at=CLOSED)
                work.session.add(sheet)
    with bench.work(STAFF, PUBLISHED) as work:
        results.publish(work, KEY)
    return core.parse(document(bench, "bundle"))


def document(bench: Bench, kind: str) -> bytes:
    """A kept document of the round."""
    with bench.read(COMMAND, moment()) as work:
        found = rounds_queries.find(work.session, KEY)
        assert found is not None
        kept = documents.find(work.session, found.id, kind)
        assert kept is not None
        return kept.content.encode()


def without(bundle: Bundle, dimension: str, category: str) -> list[str]:
    """The topics of a bundle without the ballots of a category, counted by itself."""
    there = {seat.seat for seat in bundle.seats if seat.categories[dimension] == category}
    rest = tuple(ballot for ballot in bundle.ballots if ballot.seat not in there)
    found = counting.count(replace(bundle, ballots=rest, digest=""), resamples=0)
    return [topic.key for topic in found.topics]


def lines_of(figures: dict[str, Any], dimension: str) -> list[dict[str, Any]]:
    return [line for line in figures["participation"] if line["dimension"] == dimension]


def test_a_house_adds_language_and_size(bench: Bench, staff_visitor: Visitor, visitor: Visitor) -> None:
    bring_in(staff_visitor)
    check_members(bench, staff_visitor)
    bundle = lived(bench, "aggregate", asked=True)
    check_count(bench, bundle)
    check_answers(bench, bundle, staff_visitor)
    check_own_page(bench)
    check_figures(bench, bundle)
    check_pages(bench, staff_visitor, visitor)
    check_archive(bench)
    check_form(bench, staff_visitor)


def check_members(bench: Bench, desk: Visitor) -> None:
    """The members' list has the categories, finds by them, and asks for them."""
    with bench.read(COMMAND, moment()) as work:
        lines = members.list_members(work, Wanted(chosen={"size": "huge"})).rows
    assert [line.name for line in lines] == ["Red 005", "Red 021"]
    assert {line.categories["language"] for line in lines} == {"es", "pt"}
    listed = desk.get(f"{DESK}/members?language=Quechua").text
    assert "Working language" in listed
    assert "Red 032" in listed
    assert "Red 000" not in listed
    form = desk.get(f"{DESK}/members/{lines[0].id}/edit").text
    assert 'name="category_size"' in form
    assert 'name="category_language"' in form
    entries = {"name": "Red 005", "country": "PE", "sector": "ngo", "base": "1", "tags": ""}
    sent = {**entries, "category_language": "QUECHUA", "category_size": ""}
    assert desk.submit(f"{DESK}/members/{lines[0].id}/edit", sent).status_code == 422
    with bench.read(COMMAND, moment()) as work:
        line = members.member_page(work, lines[0].id).member
    assert (line.name, line.categories) == (lines[0].name, lines[0].categories)
    assert (
        desk.submit(f"{DESK}/members/{lines[0].id}/edit", {**sent, "category_size": "huge"}).status_code
        == 303
    )
    with bench.read(COMMAND, moment()) as work:
        line = members.member_page(work, lines[0].id).member
    assert line.categories["language"] == "Quechua"  # as it was first written


def check_form(bench: Bench, desk: Visitor) -> None:
    """The form of a round offers them; what the installation does not have is refused."""
    make_draft(bench, key="nueva")
    form = desk.get(f"{DESK}/rounds/nueva/edit").text
    for key in ("language", "size"):
        assert f'name="balance_{key}"' in form
        assert f'name="spread_{key}"' in form
    with pytest.raises(Problem, match=r"rules\.dimension"):
        make_draft(bench, key="otra", rules={"balance": {"colour": "equal"}})


def check_count(bench: Bench, bundle: Bundle) -> None:
    """They are frozen into the roll, balanced, required in support, and left out one by one."""
    assert {tuple(seat.categories) for seat in bundle.seats} == {("subregion", "sector", "language", "size")}
    assert {seat.categories["language"] for seat in bundle.seats} == {"es", "pt", "Quechua"}
    result = json.loads(document(bench, "result"))
    balanced = {cell["categories"]["size"] for cell in result["weights"]["cells"]}
    assert balanced == {"small", "medium", "large", "huge"}
    assert all("size" in theme["supported"] for theme in result["themes"])
    # A result leaves out its three dimensions; the others stand beside it.
    left_out = {line["dimension"] for line in result["firmness"]["leave_one_out"]}
    assert left_out == {"country", "sector", "subregion"}
    robustness = json.loads(document(bench, "robustness"))
    assert {(line["dimension"], line["category"]) for line in robustness["leave_one_out"]} == {
        (name, seat.categories[name]) for name in ("language", "size") for seat in bundle.seats
    }
    for line in robustness["leave_one_out"]:
        assert line["topics"] == without(bundle, line["dimension"], line["category"])
    assert result["topics"][0]["key"] == "tema_numero_1"
    small = {"dimension": "size", "category": "small", "topics": ["tema_numero_2"]}
    assert small in robustness["leave_one_out"]
    assert {voice["dimension"] for voice in robustness["voices"]} == {"language"}
    summary = Summary.parse(document(bench, "summary"))
    micro = {tuple(sorted(cell["categories"].items())): cell["micro"] for cell in result["weights"]["cells"]}
    seats = {seat.seat: {**seat.categories, "country": seat.country} for seat in bundle.seats}
    names = sorted(result["weights"]["cells"][0]["categories"])
    bases = {seat.seat: seat.base for seat in bundle.seats}
    worth = {
        bases[ballot.seat] * micro[tuple((name, seats[ballot.seat][name]) for name in names)]
        for ballot in bundle.ballots
    }
    assert (summary.lightest, summary.heaviest) == (min(worth), max(worth))


def check_figures(bench: Bench, bundle: Bundle) -> None:
    """No line of a few ballots is published, and none that follows from the others."""
    figures = json.loads(document(bench, "public"))
    for name in ("language", "size"):
        told = lines_of(figures, name)
        assert sum(line["ballots"] for line in told) == VOTES
        assert all(line["ballots"] >= SMALL_CELL for line in told)
        there = {key for line in told for key in line["categories"]}
        assert there == {seat.categories[name] for seat in bundle.seats}
    assert not any(line["categories"] == ["huge"] for line in lines_of(figures, "size"))
    single = {line["categories"][0] for line in figures["participation"] if len(line["categories"]) == 1}
    assert single & {"small", "medium", "large", "es", "pt", "Quechua"}
    told = figures["firmness"]["leave_one_out"]
    assert {line["category"] for line in told} <= single
    assert {"language", "size"} & {line["dimension"] for line in told}


def check_answers(bench: Bench, bundle: Bundle, desk: Visitor) -> None:
    """Answers stand by each of them, in groups that are not small; a file has them beside each answer."""
    with bench.read(COMMAND, moment()) as work:
        published = answers.published(work, KEY).facts.questions
        told = answers.desk(work, KEY).facts.questions
        found = rounds_queries.whole(work.session, KEY)
        assert found is not None
        voters = [voter for voter, _said in answers.answers_of(work, found)]
    with bench.work(STAFF, PUBLISHED) as work:
        rows = answers_export.table(work, KEY, "tables", "en", SMALL_CELL).rows
    for (facts,) in (published, told):
        for name in ("language", "size"):
            groups = [group for group in facts.groups if group.dimension == name]
            assert len(groups) > 1, name
            assert all(group.answered >= SMALL_CELL for group in groups)
            there = {key for group in groups for key in group.categories}
            assert there == {seat.categories[name] for seat in bundle.seats}
        assert not any(group.categories == ("huge",) for group in facts.groups)
    assert {"Small", "Medium"} <= {name for row in rows for name in str(row[2]).split(", ")}
    page = desk.get(f"{DESK}/rounds/{KEY}/answers").text
    assert "By “Size”" in page
    assert re.search("By “Working language”|categories of “Working language”", page)
    marks = answers_export.marked(voters, SMALL_CELL)
    assert all(voter.categories["size"] != "huge" for voter, mark in zip(voters, marks, strict=True) if mark)


def check_own_page(bench: Bench) -> None:
    """What a vote did is told for each of them, in a round of totals only of lines that are public."""
    figures = json.loads(document(bench, "public"))
    lines = {
        (line["dimension"], line["category"]): line["topics"] for line in figures["firmness"]["leave_one_out"]
    }
    with bench.read(WORKER, PUBLISHED) as work:
        task = your_vote.task_of(work, KEY)
    assert task is not None
    told = task.telling
    seats = [told.seats[ballot.seat] for ballot in told.effects.bundle.ballots]
    some = {seat.categories["size"]: seat for seat in seats}
    for size, seat in some.items():
        changes = {change.dimension: change for change in told.of_seat(seat).changes if change.what == "away"}
        assert [*changes] == ["subregion", "sector", "language", "size"]
        assert changes["size"].category == size
        topics = lines.get(("size", size))
        assert (changes["size"].why, changes["size"].topics) == (
            ("", tuple(topics)) if topics else ("small", None)
        )


def check_pages(bench: Bench, desk: Visitor, visitor: Visitor) -> None:
    """The roll, the participation and the result show them."""
    roll = visitor.get(f"/en/rounds/{KEY}/roll").text
    assert all(word in roll for word in ("size", "working language", "Very large", "Quechua"))
    turnout = desk.get(f"{DESK}/rounds/{KEY}/participation?size=huge&voted=all").text
    assert all(word in turnout for word in ("Size", "Red 005", "Red 021"))
    assert "Red 006" not in turnout
    with bench.read(COMMAND, moment()) as work:
        view = participation.participation(work, KEY)
        found = rounds_queries.find(work.session, KEY)
        assert found is not None
        assert participation.turnout(work, found) == (view.voted, view.turnout[:-1])
    assert [name for name, _lines in view.turnout] == ["subregion", "sector", "language", "size", "country"]
    page = visitor.get(f"/en/rounds/{KEY}/result/figures").text
    assert "enough categories of “Size”" in page
    first = visitor.get(f"/en/rounds/{KEY}/result").text
    for each in (first, page):
        assert re.search("By “Size”|[Cc]ategories of “Size”", each)
        assert re.search("By “Working language”|[Cc]ategor(y|ies) of “Working language”", each)
    assert "Size: Small" in page
    assert re.search("By “Working language”|categories of “Working language”", page)
    method = visitor.get("/es/method").text
    assert "equilibrar categorías de «Idioma de trabajo» y categorías de «Tamaño»" in method
    assert "de 4 categorías de «Tamaño»" in desk.get(f"/es/secretariat/rounds/{KEY}/result").text


def check_archive(bench: Bench) -> None:
    """The archive carries them, and the verifier counts them itself: for the public and for scrutineers."""
    for complete in (False, True):
        files = unpacked(archive_of(bench, complete=complete))
        status, said = verify(files)
        assert status == 0, said
    headings = files["roll.csv"].decode("utf-8-sig").splitlines()[0]
    assert headings == "organisation,country,sector,language,size,base"
    named = {each["key"]: each for each in json.loads(files["opening.json"])["dimensions"]}
    assert named["size"]["name"] == {"es": "Tamaño", "en": "Size", "pt": "Tamanho"}
    huge = {"key": "huge", "name": {"es": "Muy grande", "en": "Very large", "pt": "Muito grande"}}
    assert huge in named["size"]["categories"]
    # The file gives the language no name in Portuguese, as files from before: it starts nevertheless.
    assert named["language"]["name"] == {"es": "Idioma de trabajo", "en": "Working language"}
    for part in ("leave_one_out", "voices"):
        status, said = verify(edit_json(files, "robustness.json", lambda told, name=part: told[name].pop()))
        assert (status, f"robustness.json {part}" in said) == (1, True), said


def test_names_in_further_languages_are_no_change_of_what_was_frozen(bench: Bench) -> None:
    """Packages of before have Spanish and English; a file of dimensions may get more languages later."""
    with writing(bench) as work:
        build_organisation(work.session, categories={"language": "es", "size": "huge"})
    make_draft(bench, rules=RULES)
    with writing(bench) as work:
        opening.open_round(work, KEY)

    def said() -> list[str]:
        with bench.read(COMMAND, NOW) as work:
            return [each for each in checks.faults(work) if "dimensions" in each]

    assert said() == []
    for changed, fault in (
        (re.sub(', pt = "[^"]*"', "", FILE), False),
        (FILE.replace('en = "Working language"', 'en = "Working language", pt = "Língua"'), False),
        (FILE.replace("Tamanho", "Porte"), True),
        (FILE.replace("Muy grande", "Enorme"), True),
        (FILE, False),
    ):
        dimensions.use(dimensions.read(changed))
        assert bool(said()) == fault


@pytest.mark.deep
def test_what_is_shown_of_ballots_narrows_the_groups_in_which_countries_stand_alone(
    bench: Bench, staff_visitor: Visitor
) -> None:
    bring_in(staff_visitor)
    bundle = lived(bench, "pseudonymous")
    voted = {ballot.seat for ballot in bundle.ballots}
    cells: dict[Any, Counter[str]] = defaultdict(Counter)
    for seat in bundle.seats:
        cells[tuple(sorted(seat.categories.items())), seat.base][seat.country] += seat.seat in voted
    for told in cells.values():
        whole = len(told) == 1 and all(is_joined(country) for country in told)
        assert whole or min(told.values()) >= SMALL_CELL
    # By subregion, sector and base alone, countries would stand by themselves that do not.
    with bench.read(COMMAND, moment()) as work:
        found = rounds_queries.whole(work.session, KEY)
        assert found is not None
        real = {seat.pseudonym: seat.country for seat in found.seats}
    groups = {
        seat.seat: ballots.group_of(
            {name: seat.categories[name] for name in ("subregion", "sector")}, seat.base, real[seat.seat]
        )
        for seat in bundle.seats
    }
    codes = ballots.joined(groups.values(), Counter(groups[seat] for seat in voted), SMALL_CELL)
    alone = {seat for seat, group in groups.items() if group not in codes}
    assert any(is_joined(seat.country) for seat in bundle.seats if seat.seat in alone)
    status, said = verify(unpacked(archive_of(bench)))
    assert status == 0, said


@pytest.mark.usefixtures("settings")
def test_an_organisation_without_a_category_keeps_a_round_from_opening(bench: Bench) -> None:
    make_draft(bench, rules=RULES)
    with writing(bench) as work:
        build_organisation(work.session, "Red de antes")
        build_organisation(work.session, "Red vieja", categories={"language": "aymara", "size": "tiny"})
    with bench.read(COMMAND, NOW) as work:
        refusals = opening.opening_report(work, KEY).refusals
    told = [problem.params for problem in refusals if problem.code == "opening.without_category"]
    assert [(each["dimension"].into("en"), each["names"]) for each in told] == [
        ("Working language", "Red de antes"),
        ("Size", "Red de antes, Red vieja"),
    ]
