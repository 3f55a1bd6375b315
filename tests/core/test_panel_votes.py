"""What a vote did to the panel, against the choice over the changed ballots: by every panel tried."""

import json

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from consulta.core.counting.effects import Effects
from consulta.core.counting.result import PanelResult
from consulta.core.panel import votes as panel_votes
from consulta.core.panel.choose import choose
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.panel.steady import Steady
from consulta.core.panel.votes import PanelEffects
from consulta.core.trust import chance
from consulta.core.values import Nominee
from tests.core import naive
from tests.core.build import election
from tests.core.elections import panel_bundles, pools
from tests.core.second import upgraded
from tests.core.test_effects import AWAY, parsed, questions, slow_table, slowly
from tests.depth import examples

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
    told = naive.panel_report(bundle, rules["panel"], decided.topics, values, naive.seed_of(bundle))
    return tuple(told["members"])


@TRIED
@given(panel_bundles(), st.sampled_from([1, 2]))
def test_every_panel_is_that_of_the_choice_over_the_changed_ballots(bundle, version):
    bundle = upgraded(bundle) if version == 2 else bundle
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
    return {"country", *naive.seats_by_name(bundle)[seat]["categories"]}


@settings(max_examples=examples(80), deadline=None)
@given(pools(), st.integers(0, 2**32), st.integers(0, 4))
def test_a_panel_that_is_shown_to_stay_is_the_one_that_would_be_chosen(pool, luck, step):
    """With support changed a little or much: what is shown is what a choice gives."""
    nominees, rules, topics = [Nominee(**each) for each in pool[0]], parse_panel_rules(pool[1]), ["t0"]
    seed = "5eed" * 16
    support = {each.key: each.support or 0 for each in nominees}
    chosen = choose(rules, nominees, support, topics, seed)
    steady = Steady.of(rules, nominees, topics, chosen)
    if steady is None:
        return
    changed = {
        key: max(0, own + int(chance.tie_number(seed, str(luck), key)) % (2 * step + 1) - step)
        for key, own in support.items()
    }
    for first in (support, changed):
        prices = steady.prices(steady.gains(first))
        if prices is not None and steady.is_shown(steady.gains(changed), prices):
            event("shown")
            assert choose(rules, nominees, changed, topics, seed).members == chosen.members


def network(version):
    """Five themes, six ballots; a network of base three alone wants n2, and one seat is left."""
    bundle = election(
        [(1, "a b c d e"), (1, "b a c d e"), (2, "a c b e d"), (1, "c a b d e"), (1, "a e d c b")],
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
    return upgraded({**bundle, "rules": {**bundle["rules"], "max_ballot": 1000}}) if version == 2 else bundle


@pytest.mark.parametrize("version", [1, 2])
def test_by_hand_a_network_that_alone_wants_a_person(version):
    """n2 has 3 of 8. Without that ballot n1 and n3 have two of five each, and n1 sat on no recent panel."""
    bundle = network(version)
    _, effects, panels = effects_of(bundle)
    told = {
        ballot["seat"]: panels.of_seat(effects.of_seat(ballot["seat"], []), [])
        for ballot in bundle["ballots"]
    }
    first, second, *rest = [ballot["seat"] for ballot in bundle["ballots"]]
    assert panels.official.members == ("n2",)
    assert told[second].without.members == ("n1",)
    assert {told[seat].without.members for seat in (first, *rest)} == {("n2",)}
    assert {each.average.members for each in told.values()} == {("n2",)}
    assert panels.behind().ballots == 5
    assert panels.behind().heaviest.limit_denominator() == pytest.approx(3 / 7)
    assert panels.is_endorsed


def test_hardly_anything_is_searched_for(monkeypatch):
    """Of many ballots one changes little: most panels are shown to stay, without a choice."""
    searched = []

    def counted(*given, **named) -> PanelResult:
        searched.append(given)
        return choose(*given, **named)

    monkeypatch.setattr(panel_votes, "choose", counted)
    bundle = json.loads(json.dumps(network(2)))
    many = [(number, seat, ballot) for number in range(20) for seat, ballot in _pairs(bundle)]
    seats = [{**seat, "seat": f"{seat['seat']}-{number}"} for number, seat, _ in many]
    ballots = [{**ballot, "seat": f"{ballot['seat']}-{number}"} for number, _, ballot in many]
    _, effects, panels = effects_of({**bundle, "seats": seats, "ballots": ballots})
    for ballot in ballots:
        panels.of_seat(effects.of_seat(ballot["seat"], []), [])
    assert len(searched) == 1


def _pairs(bundle):
    seats = naive.seats_by_name(bundle)
    return [(seats[ballot["seat"]], ballot) for ballot in bundle["ballots"]]
