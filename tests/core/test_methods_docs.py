"""The worked examples of docs/methods are read and counted: the pages say what the core does."""

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from consulta.core.counting.count import count
from consulta.core.panel import choose as panel
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.values import Nominee
from tests.core.build import election, parsed, seat, sensible
from tests.core.results import result_of as first_result
from tests.core.second import result_of as second_result
from tests.core.second import upgraded

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
    cells, margins = tables(text)
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


@pytest.mark.parametrize("method", ["points", "schulze", "runoff"])
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


BY_DATA = {"categories", "required", "too_few", "supported", "targets", "helps", "alternates", "bounds"}
"""Objects of a result whose keys are dimensions, categories, people or stages."""


def fields_of(value):
    """Every field of a result, those of parts without their percentages."""
    if isinstance(value, dict):
        for name, content in value.items():
            if name.removesuffix("_percent") not in value or not name.endswith("_percent"):
                yield name
            if name not in BY_DATA:
                yield from fields_of(content)
    elif isinstance(value, list):
        for each in value:
            yield from fields_of(each)


def results():
    """Results of both versions, with a panel and with one that cannot be."""
    possible, impossible = sensible(), sensible()
    impossible["rules"]["panel"]["quotas"] = [
        {"attribute": "country", "value": impossible["nominees"][0]["country"], "min": 4, "hard": True}
    ]
    impossible["rules"]["panel"]["at_most"] = {"country": 1}
    for bundle in (possible, impossible):
        yield 1, first_result(bundle, 1)
        yield 2, second_result(upgraded(bundle), 1)


def test_every_field_of_a_result_is_on_its_page_and_no_other():
    found = {1: set(), 2: set()}
    for version, result in results():
        found[version] |= set(fields_of(result))
    rows = [line.split("|")[1:3] for line in page("result").splitlines() if line.startswith("| `")]
    named = re.compile(r"`([a-z_0-9]+)`")
    said = {name for row in rows for cell in row for name in named.findall(cell)}
    heads = {name for head, _ in rows for name in named.findall(head)}
    assert (found[1] | found[2]) - said == set(), "not on the page"
    assert heads - (found[1] | found[2]) == set(), "on the page alone"
    of_version_2 = {name for head, _ in rows for name in re.findall(r"`([a-z_0-9]+)`\*? \(2\)", head)}
    assert of_version_2 - found[2] == set()
    assert of_version_2 & found[1] == {"support"}, "in the panel of version 1 `support` is another field"
