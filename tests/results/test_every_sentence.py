"""Every sentence of a result, held against the figures of random rounds.

The same pages as in `test_result_sentences`, with networks of other bases, groups of very few votes, both
rules for several topics; what rounds of totals do not tell.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from itertools import count as numbers
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from consulta.core.texts import Text
from consulta.platform.web.babel import gettext
from consulta.platform.web.language import percent, speaking
from consulta.platform.work import COMMAND
from consulta.results import service
from tests.closed import Vote, counted, mixed
from tests.deep import COSTLY, examples
from tests.factories import moment
from tests.results import test_result_sentences as sentences
from tests.results.test_result_sentences import (
    HEARD_BY,
    PASSED_MORE,
    PASSED_ONE,
    QUICK,
    TONGUES,
    First,
    Known,
    Letter,
    Page,
    Tongue,
    hundred,
    quoted_in,
    random_rounds,
)

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

SERIAL = numbers(1)
WAYS = "(the same for each group, by size, or by the square root of size)"
STAYS = (
    f"The groups' say could be set in %(num)s other way {WAYS}: the choice stays the same.",
    (f"The groups' say could be set in %(num)s other ways {WAYS}: in all of them the choice stays the same."),
)
CHANGES = (
    f"In %(num)s of %(all)s other ways to set the groups' say {WAYS}, the choice would be %(topics)s.",
) * 2
WITHOUT = "Without %(rival)s on the ballots, the choice would be %(themes)s."
WITHOUT_ANY = (
    "Without any one of %(num)s of the %(all)s other themes on the ballots, the choice would be different."
)
STAYS_WITHOUT = "Whichever other theme is removed from the ballots, the choice stays the same."
ALONE_SAME = "Without the objectives, by the comparisons alone, the choice is the same."
ALONE = "Without the objectives, by the comparisons alone, the choice would be %(themes)s."
TOGETHER = "Those who name %(rival)s or %(theme)s usually rank them side by side (%(share)s of these votes)."
OTHER = {
    "shared": (
        "Simply taking the first themes of the order would give %(topics)s, which %(num)s of every 100 "
        "votes have among their first three."
    ),
    "order": (
        "If votes that already have a chosen theme counted less for the next one, the choice would be "
        "%(topics)s, which %(num)s of every 100 votes have among their first three."
    ),
}  # fmt: skip
SAME = {
    "shared": "Simply taking the first themes of the order would give the same ones.",
    "order": (
        "If votes that already have a chosen theme counted less for the next one, the same themes would be"
        " chosen."
    ),
}
TOO_FEW = "Not considered here, because fewer than %(least)s votes came from each: %(names)s."


BY_LESS, BY_LESS_MORE = (
    f"In the order of all votes, %(titles)s {rank} higher. For this theme, votes that already had a chosen"
    " theme among their first three counted less, and on that count it came next."
    for rank in ("ranks", "rank")
)
IN_EACH = "%(by)s: %(most)s in each."
FROM_TO = "%(by)s: from %(least)s (%(last)s) to %(most)s (%(first)s)."
TIED = {
    added: tuple(
        f"{act} {numbers} {where} %(theme)s would make the choice %(themes)s."
        for numbers in ("objective %(numbers)s", "any one of the objectives %(numbers)s")
    )
    for added, act, where in ((True, "Adding", "to"), (False, "Removing", "from"))
}
STAYS_TIED = "Whichever single objective is removed from or added to a theme, the choice stays the same."
TIED_ANSWER = ("Yes: on a single objective, in %(num)s case", "Yes: on a single objective, in %(num)s cases")


def check_depends(known: Known, page: Page, tongue: Tongue) -> None:
    """On which other themes, ways of sharing out the voices and objectives the choice depends."""
    firm, found, chosen = page.section("firm"), known.firm, known.chosen
    without = [(line["theme"], line["topics"]) for line in found["without_theme"]]
    changing = {(x, tuple(then)) for x, then in without if {*then} != chosen}
    assert tongue.has(firm, STAYS_WITHOUT) is (bool(without) and not changing)
    told = {(each["rival"], tuple(quoted_in(each["themes"]))) for each in tongue.find(firm, WITHOUT)}
    assert told == (
        {(tongue.titled(x), tuple(map(tongue.titled, then))) for x, then in changing}
        if len(changing) <= 3 or type(page) is not First
        else set()
    )
    many = [(int(each["num"]), int(each["all"])) for each in tongue.find(firm, WITHOUT_ANY)]
    assert many == ([(len(changing), len(without))] if len(changing) > 3 else [])
    others = [line for line in found["other_targets"] if line["targets"] != known.rules["balance"]]
    instead = [line["topics"] for line in others if {*line["topics"]} != chosen]
    stays = [int(each["num"]) for each in tongue.find(firm, *STAYS)]
    assert stays == ([len(others)] if others and not instead else [])
    changes = tongue.find(firm, *CHANGES)
    assert [(int(each["num"]), int(each["all"])) for each in changes] == (
        [(len(instead), len(others))] if instead else []
    )
    for each in changes:
        assert {*quoted_in(each["topics"])} == {tongue.titled(key) for keys in instead for key in keys}
    alone = found["points_alone"] if known.rules["objective_share"] else None
    hangs = alone is not None and {*alone} != chosen
    assert tongue.has(firm, ALONE_SAME) is (alone is not None and not hangs)
    assert [quoted_in(each["themes"]) for each in tongue.find(firm, ALONE)] == (
        [[tongue.titled(key) for key in alone]] if hangs else []
    )
    parts = [
        tongue.texts.gettext(name)
        for name, depends in (
            ("on the other themes", changing),
            ("on each group's say", instead),
            ("on the objectives", hangs),
        )
        if depends
    ]
    event(f"depends: {len(parts)}")
    yes = tongue.texts.gettext("Yes: %(parts)s").partition("%")[0]
    if parts:
        assert yes + parts[0] in firm
    for part in parts:
        assert firm.count(part) >= 2, "in the question and in the answer"


def check_ties(known: Known, page: Page, tongue: Tongue) -> None:
    """Which single objectives, taken off a theme or added to it, would change the choice, and to what."""
    firm, found = page.section("firm"), known.firm
    ties = {
        (added, line["theme"], line["objective"], frozenset(line["topics"]))
        for added, name in ((False, "without_tie"), (True, "with_tie"))
        for line in found[name]
    }
    tried = known.rules["objective_share"] > 0 and found["points_alone"] is not None
    event(f"ties: {min(len(ties), 3)}, tried: {tried}")
    assert tongue.has(firm, STAYS_TIED) is (tried and not ties)
    assert {int(each["num"]) for each in tongue.find(firm, *TIED_ANSWER)} == ({len(ties)} if ties else set())
    titles = {tongue.titled(key): key for key in known.keys}
    told = {
        (added, titles[each["theme"]], int(number), frozenset(titles[t] for t in quoted_in(each["themes"])))
        for added, texts in TIED.items()
        for each in tongue.find(firm, *texts)
        for number in re.findall(r"\d+", each["numbers"])
    }
    assert told == ties


def check_stands_before(known: Known, page: Page, tongue: Tongue) -> None:
    """Which themes stand before a topic in the order, and why it was chosen all the same."""
    why, chosen = page.section("why"), [topic["key"] for topic in known.result["topics"]]
    shared = known.rules["topics_rule"] == "shared"
    lacking, less = [], []
    for number, topic in enumerate(known.result["topics"]):
        before = [key for key in known.order[: known.order.index(topic["key"])] if key not in chosen]
        if before and shared and number:
            less.append(", ".join(map(tongue.titled, before)))
        elif before and topic["spread_met"]:
            lacking.append(", ".join(map(tongue.titled, before)))
            assert not any(known.themes[key]["spread_met"] for key in before)
    event(f"before: {len(lacking)} lack support, {len(less)} by less")
    assert [each["titles"] for each in tongue.find(why, PASSED_ONE, PASSED_MORE)] == lacking
    assert [each["titles"] for each in tongue.find(why, BY_LESS, BY_LESS_MORE)] == less
    nothing = tongue.texts.gettext("No theme had all the support that the rules require")
    no_other = tongue.texts.gettext("No other theme had all the support that the rules require")
    if nothing in why:
        assert not any(theme["spread_met"] for theme in known.themes.values())
    if no_other in why:
        assert not any(theme["spread_met"] for key, theme in known.themes.items() if key not in chosen)
    full = tongue.find(why, "With every vote counted in full, it has less support than the rules require")
    later = [topic for topic in known.result["topics"][1:] if shared and not topic["spread_met"]]
    assert len(full) == len(later)


def check_heard(known: Known, page: Page, tongue: Tongue) -> None:
    """Which part of the votes of each subregion and sector has one of the topics among its first three."""
    why, chosen = page.section("why"), {topic["key"] for topic in known.result["topics"]}
    seats = {seat["seat"]: seat for seat in known.bundle["seats"]}
    cells = [
        (frozenset(cell["categories"].items()), cell["each"], cell["micro"])
        for cell in known.result["weights"]["cells"]
    ]
    parts: dict[tuple[str, str], list[int]] = {}
    for ballot in known.bundle["ballots"]:
        seat = seats[ballot["seat"]]
        groups = {"country": seat["country"], **seat["categories"]}
        (micro,) = {
            micro for cell, each, micro in cells if cell <= set(groups.items()) and each == seat["base"]
        }
        named = {key for tier in ballot["ranking"][:3] for key in tier}
        for place in seat["categories"].items():
            whole = parts.setdefault(place, [0, 0])
            whole[0] += seat["base"] * micro * bool(named & chosen)
            whole[1] += seat["base"] * micro
    shares = {place: hundred(Fraction(*whole)) for place, whole in parts.items()}
    for dimension, by in (("subregion", "By subregion"), ("sector", "By sector")):
        own = {tongue.name(*place): share for place, share in shares.items() if place[0] == dimension}
        told = len(chosen) > 1 and len(own) > 1 and type(page) is not First
        start = tongue.texts.gettext(by)
        level = [each for each in tongue.find(why, IN_EACH) if each["by"].endswith(start)]
        spread = [each for each in tongue.find(why, FROM_TO) if each["by"].endswith(start)]
        assert len(level) + len(spread) == told, (dimension, why)
        for each in level:
            assert set(own.values()) == {int(each["most"])}
        for each in spread:
            assert (int(each["least"]), int(each["most"])) == (min(own.values()), max(own.values()))
            for share, name in ((min(own.values()), each["last"]), (max(own.values()), each["first"])):
                alike = [one for one in own if own[one] == share]
                more = re.search(r" (?:and|y) (\d+) (?:more|más)$", name)
                assert (name[: more.start()] if more else name) in alike
                assert len(alike) == 1 + int(more[1] if more else 0)


def check_alike(known: Known, page: Page, tongue: Tongue) -> None:
    """The pairs of themes that voters hold together, with the part of those who name either."""
    told = tongue.find(page.section("firm"), TOGETHER)
    more = tongue.texts.gettext("more than %(num)s") % {"num": 50}
    pairs = [(tongue.titled(x), tongue.titled(y), hundred(part)) for x, y, part in known.result["alike"]]
    assert [(each["rival"], each["theme"], int(each["share"])) for each in told] == [
        pair for pair in pairs if pair[2] > 50
    ]
    assert page.section("firm").count(more) == len(pairs) - len(told)
    none = "No two themes are ranked side by side on most of the ballots that name either."
    if type(page) is not First:
        assert tongue.has(page.section("firm"), none) is (not known.result["alike"])


def check_several(known: Known, page: Page, tongue: Tongue) -> None:
    """For how much of the vote the topics speak, and what the other rule would have chosen."""
    why, by = page.section("why"), known.result["topics_by"]
    rule = known.rules["topics_rule"]
    other = "order" if rule == "shared" else "shared"
    several = len(known.result["topics"]) > 1
    assert [topic["key"] for topic in known.result["topics"]] == by[rule]
    weighted = not known.rules["balance"]
    heard = [int(each["num"]) for each in tongue.find(page.lead + why, HEARD_BY[weighted])]
    assert heard == ([hundred(known.result["heard"][rule])] if several else [])
    same = set(by[rule]) == set(by[other])
    event(f"several: {several}, same by the other rule: {same}")
    if type(page) is First:  # what else might have been chosen is among all figures
        return
    assert tongue.has(why, SAME[rule]) is (several and same)
    assert not tongue.has(why, SAME[other])
    told = tongue.find(why, OTHER[rule])
    assert [(quoted_in(each["topics"]), int(each["num"])) for each in told] == (
        [([tongue.titled(key) for key in by[other]], hundred(known.result["heard"][other]))]
        if several and not same
        else []
    )


def check_too_few(known: Known, page: Page, tongue: Tongue) -> None:
    """Which groups have too few votes to be counted in support."""
    too_few = known.result["support"]["too_few"]
    names = [tongue.name(dimension, key) for dimension, keys in too_few.items() for key in keys]
    told = tongue.find(page.section("why"), TOO_FEW)
    assert [(int(each["least"]), each["names"].split(" · ")) for each in told] == (
        [(known.rules["support_min"], names)] if names else []
    )


WORTH = "The heaviest vote is worth %(worth)s of the total."
WORTH_MOST = "The heaviest vote is worth %(worth)s of the total, the most that the rules allow."


def check_one_vote(known: Known, page: Page, tongue: Tongue) -> None:
    """How heavy the heaviest vote is, which is among all figures."""
    if type(page) is First:
        assert not any(tongue.has(page.text, sentence) for sentence in (WORTH, WORTH_MOST))
        return
    share = known.result["weights"]["heaviest"]["share"]
    exact = round(1000 * float(Fraction(share)))
    found = [
        round(10 * float(re.sub(r"[^\d.]", "", each["worth"].replace(",", "."))))
        for sentence in (WORTH, WORTH_MOST)
        for each in tongue.find(page.section("balance"), sentence)
    ]
    assert found == ([exact] if known.rules["balance"] else [])
    most = tongue.has(page.section("balance"), WORTH_MOST)
    limit, cap = known.result["weights"]["ballot_limit"], known.result["weights"]["cap"]
    if known.rules["balance"]:
        near = cap == "held" and abs(Fraction(limit) - Fraction(share)) < Fraction(1, 20000)
        assert most is (near and Fraction(limit) * known.ballots > Fraction(3000001, 1000000))


def check_supporters(known: Known, page: Page, tongue: Tongue) -> None:
    """The first page names each group with votes enough, and whether it supports the topic."""
    texts = tongue.texts.gettext
    yes, no, least = texts("yes"), texts("no"), known.rules["support_min"]
    lines = [
        (tongue.name(dimension, voice["category"]), voice["ballots"], voice["category"] in supported)
        for topic in known.result["topics"]
        for dimension, supported in known.themes[topic["key"]]["supported"].items()
        if dimension != "country"
        for voice in known.voices(dimension)
        if voice["ballots"] >= least
    ]
    why = page.section("why")
    for name, ballots, supports in lines:
        assert re.search(rf"{re.escape(name)}\s*{ballots}\s*{yes if supports else no}", why), (
            name,
            ballots,
            why,
        )


MARKS = {
    True: ("care", "Weakens the result"),
    False: ("passed", "Does not weaken the result"),
    None: ("noted", "Neither confirms nor weakens the result"),
}


def check_marks(known: Known, page: First, tongue: Tongue) -> None:
    """The mark of each question says whether its answer weakens the result; so does that of the shares."""
    say, found, chosen, margin = tongue.texts.gettext, known.firm, known.chosen, known.firm["margin"]
    alone = found["points_alone"] if known.rules["objective_share"] else None
    others = [line for line in found["other_targets"] if line["targets"] != known.rules["balance"]]
    instead = [line["topics"] for line in (*found["without_theme"], *others)]
    instead += [alone] if alone is not None else []
    asked: list[tuple[str, bool | None]] = [
        (say("Would other organisations like these have chosen the same?"), known.percent < 80)
    ]
    if any(line["topics"] for line in found["leave_one_out"]):
        asked.append(("", bool(known.left_out)))
    asked.append((say("Does it depend on the counting method?"), bool(known.differing)))
    if margin is not None:
        asked.append((say("Could one or two organisations have changed it?"), sentences.by_few(margin)))
    if instead:
        asked.append(("", any({*topics} != chosen for topics in instead)))
    if alone is not None:
        ties = bool(found["without_tie"] or found["with_tie"])
        asked.append((say("Does it depend on the objectives assigned to a theme?"), ties))
    if known.result["alike"]:
        asked.append((say("Which themes are often ranked side by side?"), None))
    event(f"marks: {[weakens for _question, weakens in asked]}")
    assert len(page.marks) == len(asked)
    for (heard, drawn, told), (question, weakens) in zip(page.marks, asked, strict=True):
        assert told.startswith(question)
        assert (drawn, heard) == (MARKS[weakens][0], say(MARKS[weakens][1])), told
    assert page.reached in ([], ["care" if known.short() else "passed"])
    assert page.reached or not known.short()


NEW = [
    check_depends,
    check_ties,
    check_stands_before,
    check_heard,
    check_alike,
    check_several,
    check_one_vote,
    check_too_few,
]
EVERY = [*sentences.EVERY, *NEW]
SHORT = [*sentences.SHORT, *NEW, check_supporters, check_marks]


def check_all(
    bench: Bench, visitor: Visitor, drawn: tuple[list[Vote], dict[str, Any]], kind: type[Page]
) -> None:
    """Count a round, and hold every sentence of its page or document against the figures."""
    votes, rules = drawn
    key = f"azar-{next(SERIAL)}"
    counted(bench, key, votes, rules, secrecy="open")
    known = Known(bench, key)
    event(f"method: {rules['method']}, spread: {known.result['topics'][0]['spread_met']}")
    for tongue in TONGUES:
        page = kind(visitor, tongue.lang, key)
        for check in SHORT if kind is First else EVERY:
            check(known, page, tongue)


@given(either=st.integers(1, 5000), beyond=st.integers(0, 60), lang=st.sampled_from(["es", "en", "pt"]))
@example(either=201, beyond=0, lang="es")  # 101 of 201 are 50.2 of a hundred
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_most_is_never_told_as_half(app: Flask, either: int, beyond: int, lang: str) -> None:
    """The figure beside "mostly" is above fifty, or says that it is more."""
    near = min(either, either // 2 + 1 + beyond)
    pair = [SimpleNamespace(title=Text({"es": name})) for name in "AB"]
    view: Any = SimpleNamespace(alike=((*pair, float(Fraction(near, either))),))
    with app.test_request_context(), speaking(lang):
        words = app.jinja_env.get_template("results/words.html").module
        said = words.alike(view, lambda _question, _answer, told, _weakens: told)  # type: ignore[attr-defined]
        more = gettext("more than %(num)s", num=percent(0.5))
    (figure,) = re.findall(r"\d+(?=\s?%)", said)
    assert int(figure) > 50 or more in said
    assert abs(int(figure) - 100 * near / either) <= 0.5 + 1e-9


SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@given(drawn=random_rounds())
@settings(max_examples=examples(25), deadline=None, phases=QUICK, suppress_health_check=SLOW)
def test_every_sentence_is_what_the_figures_say(
    bench: Bench, visitor: Visitor, drawn: tuple[list[Vote], dict[str, Any]]
) -> None:
    check_all(bench, visitor, drawn, Page)


@given(drawn=random_rounds())
@settings(max_examples=examples(25, few=COSTLY), deadline=None, phases=QUICK, suppress_health_check=SLOW)
def test_every_sentence_of_the_first_page_is_what_the_figures_say(
    bench: Bench, visitor: Visitor, drawn: tuple[list[Vote], dict[str, Any]]
) -> None:
    check_all(bench, visitor, drawn, First)


@pytest.mark.deep
@given(drawn=random_rounds())
@settings(max_examples=examples(6, few=COSTLY), deadline=None, phases=QUICK, suppress_health_check=SLOW)
def test_every_sentence_of_the_document_is_what_the_figures_say(
    bench: Bench, visitor: Visitor, drawn: tuple[list[Vote], dict[str, Any]]
) -> None:
    check_all(bench, visitor, drawn, Letter)


# -- what the public of a round of totals is not told

EXACT = (
    "heaviest",
    "alike",
    "heard",
    "topics_by",
    "without_theme",
    "other_targets",
    "points_alone",
    "too_few",
    "margin",
    "could_be_first",
    "resampling",
    "without_tie",
    "with_tie",
    "reach",
)


@pytest.mark.deep
def test_of_a_round_of_totals_no_new_figure_is_public(bench: Bench, visitor: Visitor) -> None:
    votes = mixed(120, ("t1", "t2", "t3"), ("t2", "t1"), ("t3", "t1", "t2"))
    votes += [Vote("JM", "faith_based", ("t4", "t5"), (), 40)]
    counted(bench, "totales", votes, {"topics": 2}, secrecy="aggregate")
    known = Known(bench, "totales")
    assert known.public is not None
    assert not [name for name in EXACT if f'"{name}"' in json.dumps(known.public)]
    for tongue in TONGUES:
        for kind in (Page, First, Letter):
            page = kind(visitor, tongue.lang, "totales")
            for texts in (STAYS, CHANGES):
                assert not tongue.find(page.text, *texts)
            for text in (
                WITHOUT,
                WITHOUT_ANY,
                STAYS_WITHOUT,
                ALONE,
                ALONE_SAME,
                TOGETHER,
                *HEARD_BY,
                TOO_FEW,
            ):
                assert not tongue.has(page.text, text), text
            assert not any(tongue.find(page.text, text) for text in (WORTH, WORTH_MOST))
    with bench.work(COMMAND, moment()) as work:
        assert "alike" in json.loads(service.document(work, "totales", "result")), "scrutineers read them"
