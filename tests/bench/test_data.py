"""The made-up rounds of the bench: the same every time, like real ones, never ties."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench import data
from tests.cases import for_each

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 1_000


def test_a_seed_makes_the_same_round_again_and_another_seed_another() -> None:
    first, again, other = (data.make_round(SIZE, seed=seed) for seed in (7, 7, 8))
    assert np.array_equal(first.ranks, again.ranks)
    assert np.array_equal(first.objectives, again.objectives)
    assert all(np.array_equal(first.categories[name], again.categories[name]) for name in data.DIMENSIONS)
    assert not np.array_equal(first.ranks, other.ranks)


def test_a_smaller_round_begins_a_larger_one() -> None:
    small, large = data.make_round(SIZE), data.make_round(2 * SIZE)
    assert np.array_equal(small.ranks, large.ranks[:SIZE])
    assert np.array_equal(small.objectives, large.objectives[:SIZE])
    assert np.array_equal(small.categories["country"], large.categories["country"][:SIZE])


def test_a_round_of_more_than_one_chunk_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "CHUNK", 300)
    ranks = data.make_round(SIZE).ranks
    assert (np.sort(ranks, axis=1) == np.arange(1, data.THEMES + 1)).all()
    assert not np.array_equal(ranks[:300], ranks[300:600])


def test_full_ballots_rank_every_theme_once_and_short_ones_the_best_five() -> None:
    full, short = data.make_round(SIZE).ranks, data.make_round(SIZE, top=5).ranks
    assert (np.sort(full, axis=1) == np.arange(1, data.THEMES + 1)).all()
    assert np.array_equal(short, np.where(full > 5, 0, full))


def test_types_are_those_of_the_count() -> None:
    drawn = data.make_round(SIZE)
    assert (drawn.ranks.dtype, drawn.objectives.dtype) == (np.int8, np.uint32)
    assert {codes.dtype for codes in drawn.categories.values()} == {np.dtype(np.int32)}
    assert {seats.dtype for seats in drawn.seats.values()} == {np.dtype(np.int64)}
    assert data.size_of(drawn, ("subregion", "sector")) == SIZE * (12 + 4 + 4 + 4)


def test_nobody_casts_more_ballots_than_there_are_seats_and_dimensions_have_the_same_roll() -> None:
    drawn = data.make_round(SIZE)
    for name in data.DIMENSIONS:
        cast = np.bincount(drawn.categories[name], minlength=len(drawn.seats[name]))
        assert (cast <= drawn.seats[name]).all()
    assert len({int(seats.sum()) for seats in drawn.seats.values()}) == 1
    assert np.array_equal(data.SUBREGION_OF[drawn.categories["country"]], drawn.categories["subregion"])


def test_rolls_are_skewed_and_opinions_differ() -> None:
    drawn = data.make_round(20 * SIZE)
    by_country = np.bincount(drawn.categories["country"], minlength=data.COUNTRIES)
    assert by_country.max() > 50 * by_country.min() > 0
    first, second = np.sort(drawn.ranks.mean(axis=0))[:2]
    assert second - first > 0.3  # no tie at the top
    means = [drawn.ranks[drawn.categories["subregion"] == each].mean(axis=0) for each in range(3)]
    assert np.abs(means[0] - means[1]).max() > 0.5


def test_objectives_are_five_at_most_and_some_ballots_name_none() -> None:
    masks = data.make_round(SIZE).objectives
    counts = np.bitwise_count(masks)
    assert set(np.unique(counts)) == {0, data.MAX_OBJECTIVES}
    assert 0.05 < (counts == 0).mean() < 0.15
    assert masks.max() < 1 << data.OBJECTIVES
    tied = np.bitwise_count(data.make_round(10).theme_objectives)
    assert (tied >= 1).all()
    assert (tied <= 5).all()


@for_each("case", ["free", "bounded", "conflicting"])
def test_targets_are_shares_of_those_who_answered(case: str) -> None:
    sample = data.make_sample(case, SIZE)
    for name, shares in sample.targets.items():
        assert shares.sum() == pytest.approx(1)
        silent = np.bincount(sample.categories[name], minlength=len(shares)) == 0
        assert (shares[silent] == 0).all()
    assert (sample.bounds is None) == (case == "free")


@for_each("case", ["free", "bounded"])
def test_targets_that_can_be_met_agree_between_countries_and_subregions(case: str) -> None:
    targets = data.make_sample(case, SIZE).targets
    together = np.bincount(data.SUBREGION_OF, weights=targets["country"])
    assert together == pytest.approx(targets["subregion"])


def test_conflicting_targets_contradict_one_another() -> None:
    targets = data.make_sample("conflicting", SIZE).targets
    together = np.bincount(data.SUBREGION_OF, weights=targets["country"])
    assert np.abs(together - targets["subregion"]).max() > 0.05


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    drawn = data.make_round(SIZE)
    data.save_round(drawn, tmp_path, ("subregion", "sector"))
    assert np.array_equal(np.load(tmp_path / "ranks.npy"), drawn.ranks)
    assert not (tmp_path / "country.npy").exists()
    sample = data.make_sample("bounded", SIZE)
    data.save_sample(sample, tmp_path)
    data.save_raw(sample, tmp_path)
    problem = json.loads((tmp_path / "problem.json").read_text("utf-8"))
    assert problem["targets"]["sector"] == sample.targets["sector"].tolist()
    assert np.array_equal(np.fromfile(tmp_path / "country.i32", np.int32), sample.categories["country"])
    assert np.fromfile(tmp_path / "bounds.f64").tolist() == list(data.BOUNDS)
