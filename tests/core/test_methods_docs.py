"""The worked examples of docs/methods are read and counted: the pages say what the core does."""

import json
import re
from dataclasses import is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import get_args, get_type_hints

from consulta.core.counting.count import count
from consulta.core.counting.result import Result
from consulta.core.counting.robustness import Robustness
from consulta.core.panel import choose as panel
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.values import Bundle, Nominee, Rules
from tests.cases import for_each
from tests.core.build import election, parsed, seat

METHODS = Path(__file__).resolve().parents[2] / "docs" / "methods"


def page(name):
    return (METHODS / f"{name}.md").read_text("utf-8")


def tables(text):
    """Every table of a page, as a list of rows by column."""
    found = []
    for block in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        head, _, *rows = [
            [cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines()
        ]
        found.append([dict(zip(head, row, strict=True)) for row in rows])
    return found


def test_weights():
    text = page("weights")
    cells, margins = tables(text.partition("## A worked example")[2])
    votes, silent = [], []
    for cell in cells:
        categories = {"subregion": cell["subregion"], "sector": cell["sector"]}
        votes.append((int(cell["ballots"]), "A B", categories))
        silent += [categories] * (int(cell["seats"]) - int(cell["ballots"]))
    balance = json.loads(re.search(r"`(\{.*?\})`", text)[1])
    bundle = election(votes, balance=balance, seats=[seat(f"x{n}", has) for n, has in enumerate(silent)])
    found = count(parsed(bundle)).weights
    weights = {(cell.categories["subregion"], cell.categories["sector"]): cell.micro for cell in found.cells}
    expected = {(cell["subregion"], cell["sector"]): cell["weight"] for cell in cells if cell["weight"]}
    assert {key: f"{micro / 1e6:.4f}" for key, micro in weights.items()} == expected
    assert [
        {
            "dimension": margin.dimension,
            "category": margin.category,
            "seats": str(margin.seats),
            "ballots": str(margin.ballots),
            "share of ballots": f"{float(100 * margin.share):.2f}",
            "target": f"{100 * margin.target:.2f}",
            "after balance": f"{float(100 * margin.weighted):.2f}",
        }
        for margin in found.margins
    ] == margins
    assert f"is {found.design_effect:.2f}, so" in text
    assert f"like {found.effective_ballots:.1f} of" in text


@for_each("method", ["points", "schulze", "runoff"])
def test_topic(method):
    text = page("topic")
    votes, themes, orders = tables(text)
    rules = json.loads(re.search(r"`(\{.*?\})`", text)[1])
    bundle = election(
        [(int(vote["ballots"]), vote["ranking"], {"subregion": vote["subregion"]}) for vote in votes],
        objectives={"work": [6], "ways": [5], "protection": [7, 8]},
        method=method,
        **rules,
    )
    named = [[*map(int, vote["objectives"].split())] for vote in votes for _ in range(int(vote["ballots"]))]
    for ballot, objectives in zip(bundle["ballots"], named, strict=True):
        ballot["objectives"] = objectives
    result = count(parsed(bundle))
    expected = next(row["order"] for row in orders if row["method"] == method)
    assert " ".join(result.order.by(method)) == expected
    told = {theme["theme"]: theme for theme in themes}
    for theme in result.themes:
        row = told[theme.key]
        assert [theme.points, theme.relevance, theme.score] == [
            Fraction(row[name]) for name in ("points", "relevance", "score")
        ]
        assert " ".join(theme.supported["subregion"]) == row["supported by"]
        assert row["spread"] == ("yes" if theme.spread_met else "no")
        if method == "points":
            assert str(theme.place) == row["place"]
            assert f"The topic is **{result.topics[0].key}**" in text


def panel_page():
    """The page of the panel, its tables, and its rules; people and their support are in the first table."""
    text = page("panel")
    return text, tables(text), json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1])


def chosen(people, rules):
    nominees = [
        Nominee(
            key=person["key"],
            name=person["key"],
            organisation=person["organisation"],
            role=person["role"],
            country="PE",
            categories={"gender": person["gender"]},
            recent=int(person["recent"]),
        )
        for person in people
    ]
    support = {person["key"]: int(person["support"]) for person in people}
    return panel.choose(parse_panel_rules(rules), nominees, support, [], "00")


def test_panel():
    text, (people, members, rows, *_), rules = panel_page()
    result = chosen(people, rules)
    support = {person["key"]: person["support"] for person in people}
    assert [
        {"member": key, "support": support[key], "helps": " ".join(result.helps[key])}
        for key in result.members
    ] == members
    assert [{"row": row.row, "asked": row.asked, "met": str(row.met)} for row in result.rows] == rows
    assert f"Support is {result.support}; no person is missing." in text
    assert result.shortfall == 0


def test_alternates_and_choosing_again():
    text, (people, _, _, alternates, *_), rules = panel_page()
    result = chosen(people, rules)
    told = {
        row["in the place of"]: tuple(filter(None, (row["best"], row["second"], row["third"])))
        for row in alternates
    }
    assert result.alternates == told
    again = {name: json.loads(re.search(rf'`"{name}": (\[.*?\])`', text)[1]) for name in ("barred", "locked")}
    after = chosen(people, rules | again)
    assert f"{', '.join(after.members)}." in " ".join(text.split())
    assert panel.changes(result.members, after.members) == (("diego", "gloria"), ("bea", "elias"))


def test_who_holds_the_date_and_what_memory_gives_up():
    text, (people, *_), rules = panel_page()
    result = chosen(people, rules)
    said = re.search(
        r"hold the date are (\w+), (\w+) and (\w+)\. They mend (\d) of the 4 .* and (\d) of the 6", text
    )
    assert said.groups() == (*result.reserves.people, str(result.reserves.one), str(result.reserves.two))
    assert (result.support, result.recent, result.reserves.of) == (12_500, 1, 10)
    other = chosen(people, rules | {"memory": 200})
    assert (other.members, other.support, other.recent) == (("ana", "diego", "elias", "gloria"), 10_000, 0)
    assert chosen(people, rules | {"memory": 199}).members == result.members


def test_relaxation():
    text, (people, _, _, _, relaxation), rules = panel_page()
    (role, limits) = re.search(r'`"(gov_national)": (\[.*?\])`', text).groups()
    result = chosen(people, rules | {"size": 6, "roles": rules["roles"] | {role: json.loads(limits)}})
    assert not result.feasible
    assert [
        {
            "row": row.row,
            "asked": row.asked,
            "possible": str(row.possible),
            "gives way by": str(row.by),
            "in the pool": str(row.pool),
        }
        for row in result.relaxation
    ] == relaxation
    *others, last = result.relaxed_members
    assert f"{', '.join(others)} and {last} would sit." in " ".join(text.split())


def fields_of(kind):
    """Every field that a declared type and its parts have in a file: from the schema, not from samples."""
    found = set()
    for part in (kind, *get_args(kind)):
        if is_dataclass(part):
            for name, hint in get_type_hints(part, include_extras=True).items():
                found |= {name, *fields_of(hint)} - {"digest"}  # of the file, and not in it
        elif part is not kind and get_args(part):
            found |= fields_of(part)
    return found


def said_on(text):
    """The names in the tables of a page: in the first column, and in both."""
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]
    named = re.compile(r"`([a-z_0-9]+)`")
    heads = {name for head, _ in rows for name in named.findall(head)}
    return heads, {name for row in rows for cell in row for name in named.findall(cell)}


DOCUMENTS = [
    ("bundle", "# Every field", None, Bundle),
    ("result", "# Every field", "## The document", Result),
    ("result", "## The document", None, Robustness),
]


@for_each("name, begin, end, kind", DOCUMENTS)
def test_every_field_of_a_schema_is_on_its_page_and_no_other(name, begin, end, kind):
    text = page(name).partition(begin)[2].partition(end or "\0")[0]
    heads, both = said_on(text)
    assert fields_of(kind) - both == set(), "not on the page"
    assert heads - fields_of(kind) - {"format"} == set(), "on the page alone"


def test_the_page_of_a_bundle_has_its_defaults():
    """Rules as they are where a bundle says nothing of them."""
    rows = {row["field"].split(" (")[0]: row["what it is"] for row in tables(page("bundle"))[1]}
    rules = Rules()
    for name in ("max_ballot", "objective_share", "support_min", "topics"):
        assert rows[f"`{name}`"].startswith(f"[{getattr(rules, name)}] ")
    for name in ("method", "topics_rule"):
        assert rows[f"`{name}`"].startswith(f"[`{getattr(rules, name)}`] ")
    assert rows["`weight_bounds`"].startswith(f"{[*rules.weight_bounds]} ")
    assert rows["`balance`"].startswith("[`subregion` equal, `sector` sqrt] ")
    assert rules.balance == {"subregion": "equal", "sector": "sqrt"}
    assert rows["`spread`"].startswith("[`subregion` 500, `sector` 500] ")
    assert rules.spread == {"subregion": 500, "sector": 500}
