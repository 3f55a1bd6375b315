"""What the rules of a draft mean for its roll: every figure against the count of the same ballots."""

from __future__ import annotations

import hashlib
import json
import math
import random  # noqa: TID251 - examples, the same in each run
import re
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.counting import bundle as bundles
from consulta.core.counting.count import count
from consulta.core.counting.rules import parse_rules
from consulta.core.texts import Text
from consulta.desk import foresight, opening
from consulta.desk.foresight import Turnout, Voter
from consulta.desk.pages import prospect as words
from consulta.platform.labels import name_of
from consulta.platform.models import Round
from consulta.platform.web.language import local, speaking
from consulta.platform.work import COMMAND
from consulta.rounds import themes
from tests.cases import for_each
from tests.core.build import encoded
from tests.deep import examples
from tests.desk.test_rounds import DESK, KEY, ROUND, WHOLE, draft, members
from tests.drafts import do_now, theme_command
from tests.factories import moment
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from flask import Flask

    from consulta.core.values import Rules
    from consulta.desk.foresight import Prospect
    from consulta.platform.work import Bench
    from tests.benches import Visitor

SUBREGIONS, SECTORS = ("caribbean", "south_america", "mexico_central"), ("ngo", "academia", "union", "faith")
TITLE = Text.name("Antes")


def rolls(chance: random.Random) -> list[Voter]:
    """Return a roll in which some groups are small, some bases large, and a few cannot vote."""
    return [
        Voter(
            number,
            chance.choice(("PE", "CL", "MX", "JM")),
            {
                "subregion": chance.choice(SUBREGIONS),
                "sector": chance.choices(SECTORS, (9, 4, 2, 1))[0],
            },
            chance.choice((1, 1, 1, 1, 5, 60)),
            can_vote=chance.random() < 0.9,
        )
        for number in range(1, chance.randint(4, 60))
    ]


def drawn_rules(chance: random.Random) -> Rules:
    balance = {"subregion": "equal", "sector": chance.choice(("sqrt", "roll"))}
    return parse_rules(
        {
            "balance": chance.choice((balance, {"country": "equal"}, {})),
            "spread": chance.choice(({"subregion": 500, "sector": 600}, {"country": 400}, {})),
            "max_ballot": chance.choice((10, 30, 80)),
            "support_min": chance.choice((1, 3, 6)),
        }
    )


def of_the_core(rules: Rules, roll: list[Voter], voting: list[Voter]) -> dict[str, Any]:
    """Return the whole result of a round in which these vote, as its file has it."""
    themes = [{"key": key, "title": {"es": key}, "objectives": [1]} for key in ("a", "b")]
    bundle = {
        "format": "consulta-bundle/3",
        "round": {"key": "r", "title": {"es": "r"}, "closed_at": "2027-01-01T00:00:00Z"},
        "rules": {
            "version": 3,
            "balance": dict(rules.balance),
            "spread": dict(rules.spread),
            "max_ballot": rules.max_ballot,
            "support_min": rules.support_min,
        },
        "themes": themes,
        "seats": [
            {"seat": f"s{v.number}", "country": v.country, "categories": dict(v.categories), "base": v.base}
            for v in roll
        ],
        "ballots": [
            {"seat": f"s{v.number}", "ranking": [["b"], ["a"]], "objectives": [], "endorsements": []}
            for v in voting
        ],
        "nominees": [],
        "seed": {
            "commitment": hashlib.sha256(bytes(32)).hexdigest(),
            "secret": bytes(32).hex(),
            "public": "",
        },
    }
    found: dict[str, Any] = json.loads(count(bundles.parse(encoded(bundle)), 0).to_json())
    return found


@pytest.mark.deep
@for_each("number", range(examples(20)))
def test_figures_before_opening_are_those_of_the_count(number: int) -> None:
    chance = random.Random(number)  # noqa: S311 - nobody is to be kept from guessing them
    rules, roll = drawn_rules(chance), rolls(chance)
    before = chance.choice((None, Turnout(TITLE, {v.number: chance.random() < 0.5 for v in roll[::2]})))
    seen = foresight.prospect(rules, roll, before)
    reachable = [voter for voter in roll if voter.can_vote]
    if not reachable:
        assert seen is None
        return
    assert seen is not None
    likely = foresight.likely_voters(roll, before)
    assert (seen.likely is None) is (not likely)
    for told, voting in ((seen.full, reachable), (seen.likely, likely)):
        if told is None:
            continue
        core = of_the_core(rules, roll, voting)
        weights, support = core["weights"], core["support"]
        assert told.ballots == len(voting)
        assert told.heaviest == Fraction(weights["heaviest"]["share"])
        assert told.times == Fraction(weights["heaviest"]["times"])
        assert told.cap == weights["cap"]
        assert told.reduced is any(cell["at_bound"] == "cap" for cell in weights["cells"])
        assert told.limit == (weights["ballot_limit"] and Fraction(weights["ballot_limit"]))
        assert bool(told.missed) is not weights["met"]
        assert max((g.missed for g in told.groups), default=0) == pytest.approx(
            0 if weights["met"] else weights["largest_miss"]
        )
        for group, line in zip(told.groups, weights["margins"], strict=True):
            assert (group.category, group.ballots) == (line["category"], line["ballots"])
            if group.weight is not None:
                assert group.weight * Fraction(line["share"]) == Fraction(line["weighted"])
        assert {name: list(few) for name, few in told.too_few.items()} == support["too_few"]
        assert {name: required for name, (_, required) in told.counted.items()} == support["required"]


FIGURE = r"(\d[\d,]*\.?\d*)"


def figures(pattern: str, said: str) -> list[float]:
    """Return the figures of a sentence where the pattern has `#`."""
    found = re.search(pattern.replace("#", FIGURE), said)
    assert found, (pattern, said)
    return [float(each.replace(",", "")) for each in found.groups()]


def said_of(app: Flask, seen: Prospect, rules: Rules, reach: list[dict[str, Any]]) -> tuple[list[str], Any]:
    """Return the sentences in English, and the lines of what groups need by the names of the groups."""
    with app.test_request_context("/en/"), speaking("en"):
        return words.in_short(seen, rules), {
            local(name_of(line["dimension"], line["category"])): line for line in reach
        }


def of_group(lines: list[dict[str, Any]], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the line of a group."""
    names = ("dimension", "category")
    return next(each for each in lines if all(each[name] == wanted[name] for name in names))


@for_each("number", range(examples(20)))
def test_the_sentences_on_rules_say_what_the_core_counts(app: Flask, number: int) -> None:
    """Each figure is taken out of the sentences and held against the count of the same ballots."""
    chance = random.Random(number)  # noqa: S311 - nobody is to be kept from guessing them
    rules, roll = drawn_rules(chance), rolls(chance)
    before = chance.choice((None, Turnout(TITLE, {v.number: chance.random() < 0.5 for v in roll[::2]})))
    seen = foresight.prospect(rules, roll, before)
    if seen is None:
        return
    reachable = [voter for voter in roll if voter.can_vote]
    likely = foresight.likely_voters(roll, before)
    weights = of_the_core(rules, roll, likely or reachable)["weights"]
    said, names = said_of(app, seen, rules, weights["reach"])
    turnout = r"If # organisations? votes?, as is likely:" if likely else r"If all # organisations"
    for each in said[1:]:
        if "only organisation" not in each.partition(":")[0]:
            assert figures(turnout, each) == [len(likely or reachable)], "the turnout is named"
    worth, times = figures(r"worth #% of the whole, # times the lightest", said[-1])
    assert worth == pytest.approx(100 * float(Fraction(weights["heaviest"]["share"])), abs=0.051)
    assert times == pytest.approx(float(Fraction(weights["heaviest"]["times"])), abs=0.051)
    assert ("not applied" in said[-1]) is (weights["cap"] == "lifted")
    if not rules.balance:
        assert said[0] == "No group is balanced: votes count as they come in."
        return
    for name, share, seats in re.findall(r"([A-Z][^;:(]*?) ([\d.]+)% \((\d+) organisations?\)", said[0]):
        line = names[name]
        assert float(share) == pytest.approx(100 * line["target"], abs=0.051)
        assert int(seats) == sum(v.category(line["dimension"]) == line["category"] for v in roll)
    whole = of_the_core(rules, roll, reachable)["weights"] if likely else None
    if len(said) == 2:
        assert len({line["category"] for line in names.values()}) <= len(rules.balance), "one group alone"
        return
    check_group_at_risk(said[1].partition(": ")[2], names, weights, whole)


def check_group_at_risk(risk: str, names: Any, weights: dict[str, Any], whole: dict[str, Any] | None) -> None:
    """Hold the sentence on the group that has the fewest votes to spare against weights of the core.

    `whole` are the weights if all vote, where the sentence is of another turnout.
    """
    name = re.match(r"(.+?)(?: has the least margin| needs )", risk)
    assert name, risk
    line = names[name[1]]
    margin = of_group(weights["margins"], line)
    spare = {
        (each["dimension"], each["category"]): each["ballots"] - of_group(weights["reach"], each)["needed"]
        for each in weights["margins"]
        if each["dimension"] == line["dimension"]
    }
    needed, meant = figures(r"needs # votes?(?: of base value 1)? for its share of #%", risk)
    assert needed == line["needed"]
    assert meant == pytest.approx(100 * line["target"], abs=0.051)
    assert re.search(rf"(?:with|has) {margin['ballots']} votes?", risk)
    if "it gets" in risk:
        (gets,) = figures(r"it gets #%", risk)
        assert gets == pytest.approx(100 * float(Fraction(margin["weighted"])), abs=0.051)
        assert margin["ballots"] < needed
        assert float(Fraction(margin["weighted"])) < line["target"]
    else:
        assert margin["ballots"] - needed == min(spare.values())
    if whole is not None:
        (if_all,) = figures(r"do(?:es)?, it needs # votes?", risk)
        assert if_all == of_group(whole["reach"], line)["needed"]


@for_each("number", range(examples(20)))
def test_likely_voters_vote_as_before_and_others_at_the_same_rate(number: Any) -> None:
    chance = random.Random(number)  # noqa: S311 - nobody is to be kept from guessing them
    roll = rolls(chance)
    before = Turnout(TITLE, {v.number: chance.random() < 0.5 for v in roll if chance.random() < 0.6})
    for turnout in (before, None):
        likely = {voter.number for voter in foresight.likely_voters(roll, turnout)}
        known = turnout.voted if turnout else {}
        part = turnout.part if turnout else foresight.ASSUMED
        assert likely <= {voter.number for voter in roll if voter.can_vote}
        assert {n for n in likely if n in known} == {
            v.number for v in roll if v.can_vote and known.get(v.number)
        }
        new = [voter for voter in roll if voter.can_vote and voter.number not in known]
        assert abs(len(likely - set(known)) - part * len(new)) <= Fraction(1, 2)


def test_of_five_that_are_alike_three_are_taken_to_vote() -> None:
    """Three fifths, evenly: the first, the third and the fifth, as halves of one are enough."""
    roll = [Voter(number, "PE", {"sector": "ngo"}, 1) for number in range(1, 6)]
    assert [voter.number for voter in foresight.likely_voters(roll, None)] == [1, 3, 5]


def test_a_category_with_just_ballots_enough_is_counted() -> None:
    """Three of one sector and two of another, where three are enough; of one half is one."""
    rules: Any = parse_rules({"balance": {}, "spread": {"sector": 500}, "support_min": 3})
    sectors = ("ngo", "ngo", "ngo", "union", "union")
    roll = [Voter(number, "PE", {"sector": sector}, 1) for number, sector in enumerate(sectors)]
    told = foresight.foreseen(rules, roll, roll)
    assert told is not None
    assert told.counted == {"sector": (1, 1)}
    assert told.too_few == {"sector": ("union",)}


def test_the_largest_miss_of_a_target_is_said_at_the_check() -> None:
    seen: Any = SimpleNamespace(full=SimpleNamespace(groups=[SimpleNamespace(missed=m) for m in (0.02, 0.0)]))
    rules: Any = None
    (problem,) = opening._about_balance(rules, [], seen)
    assert (problem.code, problem.params) == ("opening.unmet", {"points": 2})
    seen.full.groups[0].missed = 0.0
    assert [*opening._about_balance(rules, [], seen)] == []


def test_themes_that_share_more_than_half_of_both_are_likely_clones() -> None:
    themes = [(Text.name(name), numbers) for name, numbers in (
        ("a", (1, 2, 3)), ("b", (2, 3, 4)), ("c", (1, 4)), ("d", (3,)), ("e", (3,)), ("f", (2, 3)),
    )]  # fmt: skip
    found = [
        (first.best("es"), other.best("es"), shared)
        for first, other, shared in foresight.likely_clones(themes)
    ]
    assert found == [("a", "b", 2), ("a", "f", 2), ("b", "f", 2), ("d", "e", 1)]


def test_rolls_that_cannot_be_weighed_have_no_prospect() -> None:
    chance = random.Random(1)  # noqa: S311 - nobody is to be kept from guessing them
    roll = rolls(chance)
    mute = [Voter(v.number, v.country, v.categories, v.base, can_vote=False) for v in roll]
    assert foresight.prospect(parse_rules({}), mute, None) is None
    lacking = [*roll, Voter(999, "PE", {"subregion": "south_america"}, 1)]
    assert foresight.prospect(parse_rules({}), lacking, None) is None


# -- in words


def one_decimal(part: Fraction | float) -> str:
    said = f"{100 * round(float(part), 3):.1f}"
    return f"{said.removesuffix('.0')}%"


def check_heaviest(rules: Rules, voting: list[Voter], weights: dict[str, Any], said: list[str]) -> None:
    """What the heaviest vote is worth, and whose it is: counted here vote by vote."""
    worth_said, whose = said
    assert worth_said == one_decimal(Fraction(weights["heaviest"]["share"]))
    micro = {(tuple(sorted(c["categories"].items())), c["each"]): c["micro"] for c in weights["cells"]}
    worth = [v.base * micro[tuple(sorted((d, v.category(d)) for d in rules.balance)), v.base] for v in voting]
    most = worth.count(max(worth))
    assert whose.startswith(f"{most} organisation")
    if ":" in whose:
        heaviest = voting[worth.index(max(worth))]
        assert whose.count(" · ") + 1 == len(rules.balance) + (heaviest.base > 1)


def check_limit(weights: dict[str, Any], limit: str) -> None:
    """The limit makes votes lighter where the heaviest would pass it, and only there."""
    bound = {cell["at_bound"] for cell in weights["cells"]}
    share, most = Fraction(weights["heaviest"]["share"]), Fraction(weights["ballot_limit"] or 1)
    assert ("it makes the heaviest lighter" in limit) is ("cap" in bound)
    assert share <= most + Fraction(1, 10**5)
    if "cap" in bound:
        assert share >= most - Fraction(1, 10**5)
    elif weights["ballot_limit"]:
        assert limit.endswith("no vote reaches it")


def check_shares(margins: list[dict[str, Any]], told: str, silent: str) -> None:
    """Who does not get just its share, with both shares; and which groups have no vote."""
    visible = {
        (one_decimal(Fraction(line["weighted"])), one_decimal(line["target"])): line["category"]
        for line in margins
        if line["miss"] > foresight.MISSED
        and one_decimal(Fraction(line["weighted"])) != one_decimal(line["target"])
    }
    found = re.findall(r": (\S+%) in place of (\S+?%)", told)
    assert set(found) <= set(visible)
    assert (told == "none") is (not visible)
    assert (0 if silent == "none" else silent.count(";") + 1) == sum(not m["ballots"] for m in margins)


@for_each("number", range(examples(20)))
def test_the_words_before_opening_are_what_the_figures_say(app: Flask, number: Any) -> None:
    chance = random.Random(number)  # noqa: S311 - nobody is to be kept from guessing them
    rules, roll = drawn_rules(chance), rolls(chance)
    seen = foresight.prospect(rules, roll, None)
    if seen is None:
        return
    with app.test_request_context("/en/"), speaking("en"):
        rows, advice = words.rows(seen), " ".join(words.advice(seen))
        applied = [each for each in (seen.full, seen.likely) if each is not None and each.cap != "lifted"]
        of_groups = any(words.seen(line) for each in applied for line in each.missed)
    assert ("More votes from the groups" in advice) is of_groups, "no advice where base values are the cause"
    for column, voting in (
        (1, [v for v in roll if v.can_vote]),
        (2, foresight.likely_voters(roll, None)),
    ):
        said = [row[column] for row in rows]
        if not voting:
            assert set(said) == {words.UNTOLD}
            continue
        weights = of_the_core(rules, roll, voting)["weights"]
        check_heaviest(rules, voting, weights, said[1:3])
        check_limit(weights, said[4])
        check_shares(weights["margins"], said[5], said[6])


SHORT = re.compile(
    r"(?P<name>.+): its share of (?P<meant>\S+%) takes "
    r"(?P<needed>1 vote|\d+ votes)(?P<one> of base value 1)?\. "
    r"(?P<whole>Even if all that may vote do, it has|With) (?P<votes>1 vote|\d+ votes)"
    r"(?:, as is likely, it| and) gets (?P<gets>\S+%)\."
)
MORE = re.compile(r"(\d+) more groups? (?:has|have) fewer votes than")


def in_votes(number: int) -> str:
    return f"{number} vote" if number == 1 else f"{number} votes"


def short_of(rules: Rules, roll: list[Voter], voting: list[Voter]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return what is said of each group that is short, worked out from the text of the method."""
    whole, upper = sum(v.base for v in voting), Fraction(repr(rules.weight_bounds[1]))
    most = max(Fraction(rules.max_ballot, 1000), Fraction(3, len(voting)))
    lifted = sum(min(v.base * upper, most * whole) for v in voting) < whole
    one = upper / whole if lifted else min(most, upper / whole)
    core = of_the_core(rules, roll, voting)["weights"]
    got = {(m["dimension"], m["category"]): Fraction(m["weighted"]) for m in core["margins"]}
    found = {}
    for dimension, kind in rules.balance.items():
        bases: dict[str, int] = {}
        for v in roll:
            bases[v.category(dimension)] = bases.get(v.category(dimension), 0) + v.base
        power = {"equal": 0.0, "sqrt": 0.5, "roll": 1.0}[str(kind)]
        parts = {name: base**power for name, base in bases.items()}
        for name, part in parts.items():
            meant = part / sum(parts.values())
            needed = math.ceil(round(meant / float(one), 12))
            votes, gets = sum(v.category(dimension) == name for v in voting), got[dimension, name]
            if votes < needed and one_decimal(gets) != one_decimal(meant) and gets < meant - foresight.MISSED:
                larger = any(v.base > 1 for v in roll if v.category(dimension) == name)
                said = one_decimal(meant), in_votes(needed), larger, in_votes(votes), one_decimal(gets)
                found[dimension, name] = said
    return found


@for_each("number", [*range(examples(60)), 1199, 1216])
def test_the_sentences_on_groups_with_too_few_votes_are_true(app: Flask, number: Any) -> None:
    chance = random.Random(1000 + number)  # noqa: S311 - nobody is to be kept from guessing them
    rules, roll = drawn_rules(chance), rolls(chance)
    seen = foresight.prospect(rules, roll, None)
    if seen is None:
        return
    full, likely = (
        short_of(rules, roll, voting) if voting else {}
        for voting in ([v for v in roll if v.can_vote], foresight.likely_voters(roll, None))
    )
    lines = {key: (*said, True) for key, said in full.items()}
    lines |= {key: (*said, False) for key, said in likely.items() if key not in full}
    with app.test_request_context("/en/"), speaking("en"):
        said = words.short(seen)
        names = {local(name_of(*key)): facts for key, facts in lines.items()}
    told = [match for each in said if (match := SHORT.fullmatch(each))]
    for match in told:
        counts = match["meant"], match["needed"], bool(match["one"]), match["votes"], match["gets"]
        assert names[match["name"]] == (*counts, match["whole"][0] == "E")
    assert len(told) == min(len(lines), words.NAMED)
    rest = [int(match[1]) for each in said if (match := MORE.match(each))]
    assert rest == ([len(lines) - words.NAMED] if len(lines) > words.NAMED else [])
    missed = [float(m["meant"][:-1]) - float(m["gets"][:-1]) for m in told]
    assert all(a >= b - 0.11 for a, b in pairwise(missed)), "those that lack most come first"


def test_of_one_organisation_that_was_not_there_it_is_said_whether_it_is_taken_to_vote(app: Flask) -> None:
    roll = [Voter(n, "PE", {"subregion": "south_america", "sector": "ngo"}, 1) for n in range(1, 5)]
    rules = parse_rules({})
    for voted, said in ((True, "se supone que vota la única"), (False, "se supone que no vota la única")):
        seen = foresight.prospect(rules, roll, Turnout(TITLE, {1: True, 2: voted, 3: voted}))
        assert seen is not None
        with app.test_request_context("/es/"), speaking("es"):
            assert said in words.basis(seen).lower()


# -- at the desk


def test_the_check_says_what_the_rules_mean_before_there_was_a_round(
    bench: Bench, staff_visitor: Visitor
) -> None:
    members(bench)
    draft(bench)
    page = Page(staff_visitor.get(f"{ROUND}/open")).text
    assert "Qué significan estas reglas para este padrón" in page
    assert "se supone que vota el 60" in page
    assert "Si votan 2 organizaciones, como es probable" in page


def test_likely_clones_are_named_at_the_check(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench)
    draft(bench)
    do_now(
        bench,
        themes.save_theme,
        KEY,
        theme_command(9, title=Text({"es": "Gemelo", "en": "Twin"}), objectives=(1, 7)),
    )
    page = Page(staff_visitor.get(f"{ROUND}/open")).text
    assert re.search(r"«Tema número 1» y «Gemelo» comparten 2 objetivos", page)


# -- the fields of the rules


def test_rules_are_kept_as_entered(bench: Bench, staff_visitor: Visitor) -> None:
    draft(bench)
    entered = {**WHOLE, "ballot_percent": "4,5", "support_min": "5", "topics_rule": "order", "topics": "2"}
    assert staff_visitor.submit(f"{ROUND}/edit", entered).status_code == 303
    found = stored(bench)
    assert (found["max_ballot"], found["support_min"], found["topics_rule"]) == (45, 5, "order")
    assert "4,5" in staff_visitor.get(f"{ROUND}/open").text.replace(".", ",")
    assert DESK in staff_visitor.get(f"{ROUND}/open").text


def stored(bench: Bench) -> dict[str, Any]:
    with bench.read(COMMAND, moment()) as work:
        return dict(work.session.scalars(select(Round.rules).where(Round.key == KEY)).one())
