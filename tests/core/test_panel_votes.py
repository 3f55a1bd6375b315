"""What a vote did to the panel, against the choice over the changed ballots: by every panel tried."""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from consulta.core.counting.effects import Effects
from consulta.core.counting.result import PanelResult
from consulta.core.panel import steady
from consulta.core.panel import votes as panel_votes
from consulta.core.panel.choose import choose
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.panel.steady import PARTS, Known, Proof, Steady
from consulta.core.panel.votes import Panel, PanelEffects
from consulta.core.trust import chance
from consulta.core.values import Nominee
from tests.cases import for_each
from tests.core import counted
from tests.core.build import PLAIN, USUAL, election
from tests.core.elections import panel_bundles, pools
from tests.core.test_effects import AWAY, parsed, questions, slow_table, slowly
from tests.deep import examples

TRIED = settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def effects_of(bundle):
    found = parsed(bundle)
    effects = Effects(found)
    endorsed = {ballot.seat: ballot.endorsements for ballot in found.ballots}
    return found, effects, PanelEffects(effects, found.rules.panel, found.nominees, endorsed)


def by_trying(bundle, ballots, one=None):
    """The members that every panel tried gives, or None where nothing is left to count."""
    table, decided = slow_table(bundle, ballots, one), slowly(bundle, ballots, one)
    if table is None or decided is None:
        return None
    rules, values, _ = table
    told = counted.panel_report(bundle, rules["panel"], decided.topics, values, counted.seed_of(bundle))
    return tuple(told["members"])


@TRIED
@given(panel_bundles(), st.sampled_from([PLAIN, USUAL]))
def test_every_panel_is_that_of_the_choice_over_the_changed_ballots(bundle, rules):
    bundle["rules"] |= rules
    _, effects, panels = effects_of(bundle)
    assert panels.official.members == by_trying(bundle, bundle["ballots"])
    for ballot in bundle["ballots"]:
        seat = ballot["seat"]
        effect = effects.of_seat(seat, [d for d in AWAY if d in _dimensions(bundle, seat)])
        told = panels.of_seat(effect, AWAY)
        for question, ballots in questions(bundle, seat):
            answer = told.without if question == "without" else told.away.get(question)
            assert (answer and answer.members) == by_trying(bundle, ballots), (seat, question)
            event(f"{question}: {'same' if answer == panels.official else 'another'}")
        assert told.average.members == by_trying(bundle, bundle["ballots"], seat), seat


def _dimensions(bundle, seat):
    return {"country", *counted.seats_by_name(bundle)[seat]["categories"]}


@settings(max_examples=examples(80), deadline=None)
@given(pools(), st.integers(0, 2**32), st.integers(0, 4))
def test_a_panel_that_is_shown_to_stay_is_the_one_that_would_be_chosen(pool, luck, step):
    """With support changed a little or much: what is shown is what a choice gives."""
    nominees, rules, topics = [Nominee(**each) for each in pool[0]], parse_panel_rules(pool[1]), ["t0"]
    seed = "5eed" * 16
    support = {each.key: each.support or 0 for each in nominees}
    chosen = choose(rules, nominees, support, topics, seed)
    stays = Steady.of(rules, nominees, topics, chosen)
    if stays is None:
        return
    changed = {
        key: max(0, own + int(chance.tie_number(seed, str(luck), key)) % (2 * step + 1) - step)
        for key, own in support.items()
    }
    for first in (support, changed):
        prices = stays.prices(stays.gains(first))
        if prices is not None and stays.is_shown(stays.gains(changed), prices):
            event("shown")
            assert choose(rules, nominees, changed, topics, seed).members == chosen.members


def network(rules, *, north=None, south=None):
    """Five themes, six ballots; a network of base three alone wants n2, and one seat is left."""
    votes = [(1, "a b c d e"), (1, "b a c d e"), (2, "a c b e d"), (1, "c a b d e"), (1, "a e d c b")]
    places = [south or {}, north or {}, *[south or {}] * 3]
    bundle = election(
        [(*vote, where) for vote, where in zip(votes, places, strict=True)],
        objective_share=0,
    )
    bundle["seats"][1]["base"] = 3
    for ballot, said in zip(bundle["ballots"], (["n1"], ["n2"], ["n1"], [], ["n3"], ["n3"]), strict=True):
        ballot["endorsements"] = said
    bundle["nominees"] = [
        {
            "key": key,
            "name": key,
            "organisation": key,
            "role": "mechanism",
            "country": "PE",
            "categories": {"subregion": "south_america", "sector": "ngo"},
            "topics": [],
            "recent": recent,
            "support": None,
        }
        for key, recent in (("n1", 0), ("n2", 0), ("n3", 1))
    ]
    bundle["rules"]["panel"] = {
        "size": 1,
        "roles": {},
        "quotas": [],
        "shares": [],
        "at_most": {},
        "mixed": [],
        "locked": [],
        "barred": [],
    }
    bundle["rules"] |= rules | {"max_ballot": 1000}
    return bundle


@for_each("rules", [PLAIN, USUAL])
def test_by_hand_a_network_that_alone_wants_a_person(rules):
    """n2 has 3 of 8. Without that ballot n1 and n3 have two of five each, and n1 sat on no recent panel."""
    bundle = network(rules)
    _, effects, panels = effects_of(bundle)
    told = {
        ballot["seat"]: panels.of_seat(effects.of_seat(ballot["seat"], []), [])
        for ballot in bundle["ballots"]
    }
    first, second, *rest = [ballot["seat"] for ballot in bundle["ballots"]]
    assert panels.official.members == ("n2",)
    assert told[second].without.members == ("n1",)
    assert {told[seat].without.members for seat in (first, *rest)} == {("n2",)}
    assert {each.average for each in told.values()} == {Panel(("n2",), proven=True)}
    assert panels.behind().ballots == 5
    assert panels.behind().heaviest.limit_denominator() == pytest.approx(3 / 7)
    assert panels.is_endorsed


def test_hardly_anything_is_searched_for(monkeypatch):
    """Of many ballots one changes little: most panels are shown to stay, without a choice."""
    searched = []

    def choosing(*given, **named) -> PanelResult:
        searched.append(given)
        return choose(*given, **named)

    monkeypatch.setattr(panel_votes, "choose", choosing)
    bundle = json.loads(json.dumps(network(USUAL)))
    many = [(number, seat, ballot) for number in range(20) for seat, ballot in _pairs(bundle)]
    seats = [{**seat, "seat": f"{seat['seat']}-{number}"} for number, seat, _ in many]
    ballots = [{**ballot, "seat": f"{ballot['seat']}-{number}"} for number, _, ballot in many]
    _, effects, panels = effects_of({**bundle, "seats": seats, "ballots": ballots})
    for ballot in ballots:
        assert panels.of_seat(effects.of_seat(ballot["seat"], []), []).without == Panel(("n2",), proven=True)
    assert len(searched) == 1


def _pairs(bundle):
    seats = counted.seats_by_name(bundle)
    return [(seats[ballot["seat"]], ballot) for ballot in bundle["ballots"]]


# -- by hand, what a category and a figure from outside do

NORTH, SOUTH = {"subregion": "north"}, {"subregion": "south"}


def test_by_hand_what_was_left_without_a_category():
    """The network alone is the north: without it n1 and n3 have two of five each; it alone leaves n2."""
    bundle = network(PLAIN, north=NORTH, south=SOUTH)
    _, effects, panels = effects_of(bundle)
    first, second, *_ = seats = [ballot["seat"] for ballot in bundle["ballots"]]
    dimensions = ["country", "subregion"]
    told = {seat: panels.of_seat(effects.of_seat(seat, dimensions), dimensions).away for seat in seats}
    assert told[second] == {"country": None, "subregion": Panel(("n1",), proven=True)}
    assert told[first] == {"country": None, "subregion": Panel(("n2",), proven=True)}
    assert panels.of_seat(effects.of_seat(first, []), dimensions).away == {}
    assert panels.behind_away(second, "subregion") == (4, Fraction(1, 4))
    assert panels.behind_away(first, "subregion") == (1, Fraction(1))
    assert panels.behind_away(first, "country") is None


def test_by_hand_the_heaviest_of_those_who_endorse():
    """North and south count half each: what is heaviest of value is not what is heaviest of base."""
    bundle = network(PLAIN, north=NORTH, south=SOUTH)
    bundle["rules"]["balance"] = {"subregion": "equal"}
    _, effects, panels = effects_of(bundle)
    north, south = (effects.values().worth[effects.block_of(seat)] for seat in ("v0001", "v0000"))
    assert (north, south) == (3 * 1_333_333, 800_000)
    assert panels.behind() == (5, Fraction(north, north + 4 * south))
    bundle["seats"][1]["base"] = 30  # 30 of 34 of base, but held to four times less of value
    _, effects, panels = effects_of(bundle)
    assert panels.behind() == (5, Fraction(30, 34))


def test_by_hand_fewest_and_figures_from_outside():
    """The panel of two: n2 with one ballot, n1 with two. A figure from outside is no ballot's."""
    bundle = network(PLAIN)
    bundle["rules"]["panel"]["size"] = 2
    assert effects_of(bundle)[2].official.members == ("n1", "n2")
    assert effects_of(bundle)[2].fewest() == 1
    bundle["nominees"][1]["support"] = 5000
    _, _, panels = effects_of(bundle)
    assert panels.official.members == ("n1", "n2")
    assert panels.fewest() == 2
    assert panels.is_endorsed
    assert panels.behind() == (4, Fraction(1, 4))
    found, effects, _ = effects_of(bundle)
    said = {"v0001": ["n2", "n3", "nobody"], "nowhere": ["n1"]}
    assert PanelEffects(effects, found.rules.panel, found.nominees, said).behind() == (1, Fraction(1))
    for nominee in bundle["nominees"]:
        nominee["support"] = 5000
    _, _, panels = effects_of(bundle)
    assert (panels.is_endorsed, panels.behind()) == (False, None)
    assert panels.fewest() == 6


def test_by_hand_a_part_is_of_what_is_left():
    """Without the network n1 has two of five, more than the 3,500 from outside; of all eight it has not."""
    bundle = network(PLAIN)
    bundle["nominees"][2]["support"] = 3500
    _, effects, panels = effects_of(bundle)
    assert panels.official.members == ("n2",)
    assert panels.of_seat(effects.of_seat("v0001", []), []).without.members == ("n1",)
    bundle["nominees"][2]["support"] = 3000
    _, effects, panels = effects_of(bundle)
    assert panels.official.members == ("n2",)
    # The network alone counts once more: were it two of seven, n3 had more.
    assert panels.of_seat(effects.of_seat("v0001", []), []).average.members == ("n2",)


# -- by hand, what shows that a panel stays


def two_of_four(memory=50, heard="", **more):
    """Two seats, one of them for a woman: the men a and b have 10 and 8, the women c and d 5 and 3."""
    people = [
        Nominee(key, key, key, "mechanism", "PE", {"gender": gender}, (), int(key in heard), support)
        for key, gender, support in (("b", "man", 8), ("a", "man", 10), ("c", "woman", 5), ("d", "woman", 3))
    ]
    quota = {"attribute": "gender", "value": "woman", "min": 1, "max": 2, "hard": True}
    rules = parse_panel_rules({"size": 2, "quotas": [quota | more], "memory": memory})
    chosen = choose(rules, people, {each.key: each.support for each in people}, [], "5eed" * 16)
    return rules, people, chosen


RULES, PEOPLE, CHOSEN = two_of_four()


def steady_one(memory=50):
    return Steady.of(replace(RULES, memory=memory), PEOPLE, [], CHOSEN)


def proof(*prices, memory=50):
    """Prices of the limits, the same for all that is shown; without memory recent seats are no limit."""
    own = PARTS * np.array([*prices, 0] if memory else prices)
    return Proof(own, own, own)


def gains(*numbers):
    return steady_one().gains(dict(zip("abcd", numbers, strict=True)))


def test_by_hand_a_panel_as_limits_and_what_is_left_of_each():
    one = steady_one()
    assert (one.keys, one.members, one.sits.tolist()) == (
        ("a", "b", "c", "d"),
        ("a", "c"),
        [True, False, True, False],
    )
    limits = [[1, 1, 1, 1], [-1, -1, -1, -1], [0, 0, 1, 1], [0, 0, -1, -1]]
    assert (one.limits.tolist(), one.slack.tolist()) == ([*limits, [0, 0, 0, 0]], [0, 0, 0, 1, 0])
    forgetful = steady_one(memory=0)
    assert (forgetful.limits.tolist(), forgetful.slack.tolist()) == (limits, [0, 0, 0, 1])
    rules, people, chosen = two_of_four(heard="ad")
    one = Steady.of(rules, people, [], chosen)
    assert (one.limits[-1].tolist(), one.slack[-1], one.heard) == ([-1, 0, 0, -1], 0, 1)
    assert gains(4, 3, 2, 1).tolist() == [4, 3, 2, 1]


def test_what_is_not_proven_best_or_misses_a_row_is_not_asked():
    assert Steady.of(RULES, PEOPLE, [], replace(CHOSEN, proven=False)) is None
    assert Steady.of(RULES, PEOPLE, [], replace(CHOSEN, feasible=False)) is None
    assert Steady.of(*two_of_four(min=0, hard=False)[:2], [], CHOSEN).slack.tolist() == [0, 0, 1, 1, 0]
    rules, people, chosen = two_of_four(min=2, hard=False, value="other")
    assert chosen.shortfall == 2
    assert Steady.of(rules, people, [], chosen) is None


@for_each(
    "support, shown",
    [
        ((10, 8, 5, 3), True),  # a and c count 10 and 5 + 5, b and d 8 and 3 + 5
        ((9, 8, 5, 3), True),
        ((8, 8, 5, 3), False),  # b is as good as a
        ((10, 9, 5, 3), True),
        ((10, 10, 5, 3), False),
        ((10, 8, 4, 3), True),
        ((10, 8, 3, 3), False),  # d is as good as c
        ((10, 8, 5, 4), True),
        ((10, 8, 5, 5), False),
    ],
)
def test_by_hand_a_price_of_five_for_a_woman_shows_that_a_panel_stays(support, shown):
    for memory in (0, 50):
        one = steady_one(memory)
        assert one.is_shown(gains(*support), proof(0, 0, 5, 0, memory=memory)) is shown
        assert one.is_shown(gains(*support), one.prices(gains(*support))) is shown
    one = steady_one(memory=0)
    assert one.is_shown(gains(*support), one.prices(gains(10, 8, 5, 3))) is shown


@for_each("more, shown", [(0, True), (1, True), (2, False), (3, False)])
def test_by_hand_what_a_limit_leaves_has_its_price(more, shown):
    """A price of the upper limit, which is kept by one, is taken off the two by which others are behind."""
    one = steady_one(memory=0)
    assert one.is_shown(gains(10, 8, 5, 3), proof(0, 0, 5 + more, more, memory=0)) is shown


@for_each(
    "memory, members, support, shown",
    [
        (200, "bc", (10, 8, 5, 3), True),  # 13 of 15, and a fifth may be given up
        (200, "bc", (11, 8, 5, 3), True),  # 13 of 16
        (200, "bc", (12, 8, 5, 3), False),  # 13 of 17 is too little
        (100, "ac", (10, 8, 5, 3), True),  # b and c have 13 of 15: they give up more than a tenth
        (100, "ac", (10, 8.5, 5, 3), False),
        (100, "ac", (7, 8, 5, 3), False),
    ],
)
def test_by_hand_what_is_given_up_for_who_was_not_heard(memory, members, support, shown):
    """a was heard in the last panels: b takes the place where that costs no more than the rules give up."""
    rules, people, chosen = two_of_four(memory, heard="a")
    assert chosen.members == tuple(members)
    one = Steady.of(rules, people, [], chosen, "ac")
    changed = {key: int(2 * own) for key, own in zip("abcd", support, strict=True)}
    own = one.gains(changed)
    assert one.is_shown(own, one.prices(own)) is shown
    assert (choose(rules, people, changed, [], "5eed" * 16).members == chosen.members) is shown


def test_where_all_of_the_pool_sit_there_is_no_other_panel():
    rules, people, _ = two_of_four()
    own = [people[1], people[2]]
    chosen = choose(rules, own, {"a": 10, "c": 5}, [], "5eed" * 16)
    stays = Steady.of(rules, own, [], chosen)
    assert stays.is_shown(stays.gains({"a": 0, "c": 0}), proof(0, 0, 0, 0))


def test_what_showed_a_panel_before_is_asked_first_and_then_new_prices(monkeypatch):
    asked, prices = [], Steady.prices

    def counted(self, own):
        asked.append((self.members, own.tolist()))
        return prices(self, own)

    monkeypatch.setattr(Steady, "prices", counted)
    old, new, other = ({"a": 10, "b": 8, "c": c, "d": d} for c, d in ((5, 3), (1, 0), (3, 5)))
    known = Known()
    assert known.members(["t"], old) is None
    known.add(["t"], None, old)
    assert known.members(["t"], old) is None
    known.add(["t"], steady_one(), old)
    assert len(asked) == 1
    assert known.members(["t"], old) == ("a", "c")  # by the prices that are known
    assert known.members(["other"], old) is None
    assert len(asked) == 1
    assert known.members(["t"], new) == ("a", "c")  # by new ones
    assert len(asked) == 2
    assert [known.members(["t"], each) for each in (old, new)] == [("a", "c")] * 2
    known.add(["t"], steady_one(), old)  # the same again: nothing is computed
    assert len(asked) == 2
    assert known.members(["t"], other) is None  # b and d have more than a and c
    assert len(asked) == 3
    chosen = choose(RULES, PEOPLE, other, [], "5eed" * 16)
    known.add(["t"], Steady.of(RULES, PEOPLE, [], chosen), other)
    assert known.members(["t"], other) == ("a", "d")
    # With figures that no known price shows, the panel that was known first is tried.
    assert known.members(["t"], {"a": 90, "b": 80, "c": 5, "d": 3}) == ("a", "c")


def test_of_many_panels_the_first_and_the_newest_seven_are_known():
    people = [Nominee(f"p{place}", "", f"o{place}", "mechanism", "PE", {}, (), 0, 0) for place in range(10)]
    rules, known = parse_panel_rules({"size": 1}), Known()
    best = [{each.key: 10 * (each is one) for each in people} for one in people]
    for support in best:
        chosen = replace(CHOSEN, members=tuple(key for key, own in support.items() if own))
        known.add([], Steady.of(rules, people, [], chosen), support)
    told = [known.members([], support) for support in best]
    assert told == [("p0",), None, None, *((f"p{place}",) for place in range(3, 10))]


def test_how_many_of_a_panel_are_not_on_another():
    assert steady.differing(["a", "b", "c"], {"b", "d"}) == 2
