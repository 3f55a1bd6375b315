"""What of a result is taken away says what was kept: charts, picture, open data, factsheet."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from tests.cases import for_each
from tests.closed import Vote, counted, mixed
from tests.held_sessions import publish, session_over, write
from tests.operations.open_data.made import files, renew, tables
from tests.results.test_every_sentence import WORTH, WORTH_MOST
from tests.results.test_result_sentences import HEARD_BY, TONGUES, Known, hundred
from tests.results.test_sheets import sheets
from tests.results.test_slides import drawable, drawn, table

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

KEY = "2027-1"
RULES = {"topics": 2, "balance": {"subregion": "equal"}}


@pytest.fixture
def known(bench: Bench) -> Known:
    """A published round of two topics, with a network that the limit of one vote holds, and its factsheet."""
    votes = mixed(40, ("t1", "t2", "t3"), ("t1", "t2", "t4"), ("t5", "t4"), ("t2", "t1"))
    votes += [Vote("JM", "faith_based", ("t6", "t4", "t5", "t3"), (), 60)]
    counted(bench, KEY, votes, RULES, secrecy="open")
    found = Known(bench, KEY)
    chosen = tuple(topic["key"] for topic in found.result["topics"])
    session_over(bench, KEY, chosen)
    write(bench, KEY)
    publish(bench, KEY)
    renew(bench)
    assert len(chosen) == 2
    assert found.result["alike"]
    assert found.result["weights"]["cap"] == "held"
    return found


def heard(known: Known) -> dict[tuple[str, str], tuple[int, Fraction]]:
    """How many votes each category cast, and which part of them has one of the topics, from the ballots."""
    chosen = {topic["key"] for topic in known.result["topics"]}
    seats = {seat["seat"]: seat for seat in known.bundle["seats"]}
    micro = {
        (cell["categories"]["subregion"], cell["each"]): cell["micro"]
        for cell in known.result["weights"]["cells"]
    }
    sums: dict[tuple[str, str], list[int]] = {}
    for ballot in known.bundle["ballots"]:
        seat = seats[ballot["seat"]]
        value = seat["base"] * micro[seat["categories"]["subregion"], seat["base"]]
        has = any(key in chosen for tier in ballot["ranking"][:3] for key in tier)
        for place in seat["categories"].items():
            found = sums.setdefault(place, [0, 0, 0])
            found[0] += 1
            found[1] += value * has
            found[2] += value
    return {place: (number, Fraction(part, whole)) for place, (number, part, whole) in sums.items()}


@pytest.mark.deep
def test_charts_have_who_is_heard_what_is_held_together_and_what_one_vote_is_worth(
    known: Known, visitor: Visitor
) -> None:
    english, expected = TONGUES[1], heard(known)
    for dimension in ("subregion", "sector"):
        rows = table(visitor, KEY, f"heard-{dimension}")
        assert {row[0]: (int(row[1]), float(row[2])) for row in rows or []} == {
            english.name(*place): (number, pytest.approx(100 * float(share), abs=0.006))
            for place, (number, share) in expected.items()
            if place[0] == dimension
        }
    titles = {key: english.titled(key).strip("“”") for key in known.keys}
    assert table(visitor, KEY, "alike") == [
        [titles[x], titles[y], f"{round(100 * float(Fraction(part)), 2)}"]
        for x, y, part in known.result["alike"]
    ]
    weights = known.result["weights"]
    worth = [
        Fraction(1, known.ballots),
        Fraction(weights["heaviest"]["share"]),
        Fraction(weights["ballot_limit"]),
    ]
    told = [float(row[1]) for row in table(visitor, KEY, "one-vote") or []]
    assert told == [pytest.approx(100 * float(part), abs=0.0006) for part in worth]
    for name in ("heard-subregion", "heard-sector", "alike", "one-vote"):
        drawn(visitor, f"/es/rounds/{KEY}/result/charts/{name}.svg")
        assert f"/charts/{name}.csv" in visitor.get(f"/es/rounds/{KEY}/result/figures").text


def test_the_factsheet_says_how_the_topics_were_chosen(known: Known, visitor: Visitor) -> None:
    for tongue in TONGUES:
        page = " ".join(visitor.get(f"/{tongue.lang}/rounds/{KEY}/factsheet").text.split())
        (found,) = (each for text in HEARD_BY for each in tongue.find(page, text))
        assert int(found["num"]) == hundred(known.result["heard"]["shared"])
        (found,) = (each for text in (WORTH, WORTH_MOST) for each in tongue.find(page, text))
        told = float(re.sub(r"[^\d.]", "", found["worth"].replace(",", ".")))
        assert told == round(100 * float(Fraction(known.result["weights"]["heaviest"]["share"])), 1)
        assert str(known.ballots) in page


def test_open_data_have_what_the_topics_depend_on_and_who_is_heard(known: Known, bench: Bench) -> None:
    found, firm = tables(files(bench)), known.result["firmness"]
    (a_round,) = found["round"]
    assert (a_round["cap"], a_round["support_min"], a_round["topics_rule"]) == ("held", 3, "shared")
    assert a_round["heard_share"] == pytest.approx(float(Fraction(known.result["heard"]["shared"])), abs=1e-6)
    assert a_round["heard_share_other_rule"] == pytest.approx(
        float(Fraction(known.result["heard"]["order"])), abs=1e-6
    )
    assert a_round["without_theme_tried"] == len(firm["without_theme"])
    without = [row for row in found.get("depends", []) if row["on"] == "themes"]
    assert {(row["without_theme"], row["topics"]) for row in without} == {
        (line["theme"], ";".join(line["topics"]))
        for line in firm["without_theme"]
        if {*line["topics"]} != known.chosen
    }
    targets = [row["topics"] for row in found.get("depends", []) if row["on"] == "targets"]
    assert sorted(targets) == sorted(
        ";".join(line["topics"]) for line in firm["other_targets"] if {*line["topics"]} != known.chosen
    )
    assert {(row["theme"], row["rival"]) for row in found["alike"]} == {
        (x, y) for x, y, _part in known.result["alike"]
    }
    assert {(row["dimension"], row["category"]): row["ballots"] for row in found["heard"]} == {
        place: number for place, (number, _share) in heard(known).items()
    }
    too_few = [key for keys in known.result["support"]["too_few"].values() for key in keys]
    assert len(found.get("too_few", [])) == len(too_few)


@drawable
def test_the_summary_of_several_topics_and_many_themes_is_one_sheet(bench: Bench, visitor: Visitor) -> None:
    """Themes as many as in the demonstration, and all that is said beside them."""
    votes = mixed(60, ("t1", "t2", "t3"), ("t5", "t4", "t6"), ("t2", "t1"), ("t6", "t13", "t14"))
    votes += [Vote("JM", "faith_based", ("t6", "t4"), (), 60)]
    counted(bench, "hoja", votes, RULES, secrecy="open", themes=14)
    for lang in ("es", "en"):
        answer = visitor.get(f"/{lang}/rounds/hoja/result/summary.pdf")
        assert len(sheets(answer.get_data())) == 1


@drawable
@for_each("other", ["t1", "t2"])
def test_the_summary_names_the_group_on_which_the_topic_depends_as_the_page_does(
    bench: Bench, visitor: Visitor, other: str
) -> None:
    """All of one country vote for one theme, those of another for the same or for another one."""
    votes = [Vote("PE", "ngo", ("t1",), ())] * 30 + [Vote("MX", "ngo", (other,), ())] * 25
    counted(bench, other, votes, {"balance": {}}, secrecy="open")
    (sheet,) = sheets(visitor.get(f"/es/rounds/{other}/result/summary.pdf").get_data())
    page = visitor.get(f"/es/rounds/{other}/result").text
    assert "¿Depende de una subregión" in sheet
    yes = "Sí: de los votos"
    assert (yes in sheet) == (yes in page) == (other == "t2")
