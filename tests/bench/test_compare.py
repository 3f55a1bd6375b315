"""What the bench believes: answers that plain NumPy finds as well, and weights that do what was asked."""

from __future__ import annotations

from typing import Any

import numpy as np

from bench import compare, data
from consulta.core.counting.count import count_arrays
from consulta.core.values import Rules
from tests.cases import for_each

SIZE = 1_000
ROUND = data.make_round(SIZE)
SHORT = data.make_round(SIZE, top=data.TOP)
VALUES = np.random.default_rng(1).integers(250_000, 4_000_000, SIZE)

# The example of Schulze's paper (2011): 45 voters, A to E; order E A C B D.
SCHULZE = {"ACBED": 5, "ADECB": 5, "BEDAC": 8, "CABED": 3, "CAEBD": 7, "CBADE": 2, "DCEBA": 7, "EBADC": 8}


def of_text(ballots: dict[str, int]) -> compare.Reference:
    themes = sorted(set("".join(ballots)))
    ranks = [[ballot.find(theme) + 1 for theme in themes] for ballot in ballots]
    return compare.reference(np.array(ranks, dtype=np.int8), np.array(list(ballots.values())))


@for_each("drawn", [ROUND, SHORT])
def test_pairs_are_those_of_counting_ballot_by_ballot(drawn: data.Round) -> None:
    part, values = drawn.ranks[:40], VALUES[:40]
    found = compare.reference(part, values)
    for x in range(data.THEMES):
        for y in range(data.THEMES):
            above = sum(
                int(value)
                for ballot, value in zip(part.tolist(), values, strict=True)
                if ballot[x] and (not ballot[y] or ballot[x] < ballot[y])
            )
            assert found.above[x, y] == above
            if x != y:
                assert found.pairs[x, y] + found.pairs[y, x] == 2 * found.total


def test_schulze_s_own_example_is_ordered_as_he_has_it() -> None:
    beaten = compare.schulze(of_text(SCHULZE).pairs)
    assert "".join(sorted("ABCDE", key=lambda theme: -beaten["ABCDE".index(theme)])) == "EACBD"


def test_margins_and_winning_votes_can_differ() -> None:
    # A beats B 5:4, B beats C 7:2 … where half the ballots say nothing of two themes, votes are not margins.
    found = of_text({"AB": 6, "BC": 7, "CA": 4, "CB": 2, "AC": 1, "C": 5})
    margins = compare.schulze(found.pairs)
    votes = compare.schulze(found.above, winning_votes=True)
    assert margins != votes


def test_a_run_off_eliminates_the_least_and_passes_votes_on() -> None:
    assert compare.runoff(of_text({"AB": 4, "BA": 3, "CB": 2})) == [1, 0, 2]


def own_answers(drawn: data.Round) -> dict[str, Any]:
    numbers = [
        [bit + 1 for bit in range(data.OBJECTIVES) if int(mask) >> bit & 1] for mask in drawn.theme_objectives
    ]
    dimensions = ("subregion", "sector")
    result = count_arrays(
        drawn.ranks,
        {name: drawn.categories[name] for name in dimensions},
        {name: drawn.seats[name] for name in dimensions},
        Rules(),
        seed="5eed" * 16,
        objectives=drawn.objectives,
        theme_objectives=numbers,
    )
    micro = np.zeros((3, 12), dtype=np.int64)
    for cell in result.weights.cells:
        micro[int(cell.categories["subregion"]), int(cell.categories["sector"])] = cell.micro
    return {
        "values": micro[drawn.categories["subregion"], drawn.categories["sector"]],
        "pairs": np.array(result.pairs),
        "points": np.array([float(theme.points) for theme in result.themes]),
        "schulze": np.array([int(key) for key in result.order.schulze]),
        "runoff": np.array([int(key) for key in result.order.runoff]),
    }


@for_each("drawn", [ROUND, SHORT])
def test_our_count_is_what_plain_numpy_finds(drawn: data.Round) -> None:
    answers = own_answers(drawn)
    found = compare.reference(drawn.ranks, answers["values"])
    assert compare.judge_own(found, answers).agrees
    for name in ("pairs", "points", "schulze", "runoff"):
        wrong = answers | {name: np.roll(answers[name], 1, axis=0)}
        verdict = compare.judge_own(found, wrong)
        assert not verdict.agrees
        assert verdict.said.startswith("DIFFERS")


def test_a_peer_s_scores_are_compared_by_its_own_convention() -> None:
    found = compare.reference(SHORT.ranks, VALUES)
    places = np.where(SHORT.ranks == 0, 0, 13 - SHORT.ranks).astype(np.int64)
    bottom = VALUES @ places
    order = np.argsort(compare.schulze(found.pairs))[::-1]
    assert compare.judge_count(found, {"bottom": bottom}, winning_votes=False).agrees
    assert compare.judge_count(found, {"pairs": found.above, "order": order}, winning_votes=False).agrees
    assert not compare.judge_count(found, {"linear": bottom}, winning_votes=False).agrees
    assert not compare.judge_count(found, {"order": order[::-1]}, winning_votes=False).agrees
    assert not compare.judge_count(found, {}, winning_votes=False).agrees


def test_full_ballots_have_one_borda_score_by_every_convention() -> None:
    found = compare.reference(ROUND.ranks, VALUES)
    bottom = VALUES @ (13 - ROUND.ranks.astype(np.int64))
    linear = bottom - found.total
    assert compare.judge_count(
        found,
        {"bottom": bottom, "linear": linear, "symmetric": 2 * linear - 11 * found.total},
        winning_votes=True,
    ).agrees


def raked(sample: data.Sample) -> np.ndarray:
    """Plain raking, until it changes nothing."""
    weights = np.ones(len(sample.categories["sector"]))
    for _ in range(200):
        for name, shares in sample.targets.items():
            codes = sample.categories[name]
            now = np.bincount(codes, weights=weights, minlength=len(shares)) / len(weights)
            weights *= np.divide(shares, now, out=np.ones_like(now), where=now > 0)[codes]
    return weights


def test_weights_that_meet_their_margins_are_believed_and_others_are_not() -> None:
    sample = data.make_sample("free", SIZE)
    weights = raked(sample)
    own = compare.fit(sample, weights)
    assert own.miss < 1e-9
    assert compare.judge_weights(sample, "free", {"weights": 7 * weights}, own).agrees
    missed = compare.judge_weights(sample, "free", {"weights": np.ones(SIZE)}, own)
    assert not missed.agrees
    assert missed.said.startswith("MISSES")


def test_free_weights_break_bounds_where_there_are_any() -> None:
    sample = data.make_sample("bounded", SIZE)
    verdict = compare.judge_weights(sample, "bounded", {"weights": raked(sample)}, None)
    assert not verdict.agrees
    assert verdict.said.startswith("BOUNDS BROKEN")


def test_where_targets_conflict_only_the_least_cost_is_believed() -> None:
    sample = data.make_sample("conflicting", SIZE)
    equal, uneven = np.ones(SIZE), np.linspace(0.9, 1.1, SIZE)
    fits = sorted((compare.fit(sample, weights).cost, at) for at, weights in enumerate((equal, uneven)))
    best, worst = ((equal, uneven)[at] for _, at in fits)
    own = compare.fit(sample, best)
    assert compare.judge_weights(sample, "conflicting", {"weights": best}, own).agrees
    verdict = compare.judge_weights(sample, "conflicting", {"weights": worst}, own)
    assert not verdict.agrees
    assert verdict.said.startswith("NOT THE LEAST")


def test_a_pool_has_a_panel_and_one_person_changed_breaks_it() -> None:
    crowd = data.make_crowd(120, 12)
    # A panel that is drawn with the limits keeps them; a panel of the first twelve does not.
    assert not compare.judge_panel(crowd, {"members": np.arange(12)}, None).agrees
    twice = {"members": np.zeros(12, dtype=int)}
    assert compare.judge_panel(crowd, twice, None).said == "BREAKS A LIMIT"


def test_a_panel_with_less_support_is_not_believed() -> None:
    crowd = data.make_crowd(30, 5)
    for name, limits in crowd.limits.items():
        crowd.limits[name] = [(0, 5)] * len(limits)
    members = np.unique(crowd.organisation, return_index=True)[1][:5]
    support = compare.support_of(crowd, {"members": members})
    assert compare.judge_panel(crowd, {"members": members}, support).agrees
    assert not compare.judge_panel(crowd, {"members": members}, support + 1).agrees
