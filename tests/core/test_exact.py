"""The best whole point of a program: as trying all of them says, and whatever the solver says."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from scipy import optimize, sparse

from consulta.core.panel import exact
from consulta.core.panel.exact import FAR, Program
from tests.cases import for_each


def program(matrix, low, high, most):
    return Program(
        matrix=sparse.csr_array(np.array(matrix, dtype=np.int64).reshape(len(low), len(most))),
        low=np.array(low, dtype=np.int64),
        high=np.array(high, dtype=np.int64),
        least=np.zeros(len(most), dtype=np.int64),
        most=np.array(most, dtype=np.int64),
    )


def whole(numbers):
    return np.array(numbers, dtype=np.int64)


def best_of_all(matrix, low, high, most, gains):
    """The largest gain of any point, and every point that has it, by trying all."""
    reached = {}
    for point in itertools.product(*(range(end + 1) for end in most)):
        sums = [sum(a * z for a, z in zip(row, point, strict=True)) for row in matrix]
        if all(least <= total <= end for least, total, end in zip(low, sums, high, strict=True)):
            reached.setdefault(sum(g * z for g, z in zip(gains, point, strict=True)), []).append(point)
    return max(reached.items(), default=(None, []))


@st.composite
def programs(draw):
    """Matrix, limits, largest values and gains, small enough to be tried through."""
    most = draw(st.lists(st.sampled_from([1, 1, 1, 2, 3]), min_size=1, max_size=7))
    lines = draw(st.integers(0, 4))
    figures = draw(st.sampled_from([[0, 1], [-1, 0, 1], [600, -400, 0], [1, 7, 12_345]]))
    matrix = [[draw(st.sampled_from(figures)) for _ in most] for _ in range(lines)]
    low, high = [], []
    for row in matrix:
        top = sum(max(a, 0) * end for a, end in zip(row, most, strict=True))
        least = draw(st.one_of(st.just(-FAR), st.integers(-2, top + 1)))
        low.append(least)
        high.append(draw(st.one_of(st.just(FAR), st.integers(max(least, -3), top + 2), st.just(least))))
    size = draw(st.sampled_from([1, 5, 10_000, 2**20]))
    return matrix, low, high, most, [draw(st.integers(-size, size)) for _ in most]


@given(programs())
def test_as_trying_all_points_says(drawn):
    matrix, low, high, most, gains = drawn
    value, points = best_of_all(*drawn)
    found = exact.best(program(matrix, low, high, most), whole(gains))
    event(f"points: {min(len(points), 3)}")
    if value is None:
        assert found is None
    else:
        assert found is not None
        assert found.value == value
        assert tuple(found.point) in points
        assert all(found.equals.admits(whole(point)) for point in points)


@given(programs(), st.data())
def test_a_hint_or_a_known_point_changes_nothing(drawn, data):
    matrix, low, high, most, gains = drawn
    value, _ = best_of_all(*drawn)
    _, others = best_of_all(matrix, low, high, most, [0] * len(most))
    if value is None:
        return
    start = whole(data.draw(st.sampled_from(others)))
    hint = np.array([data.draw(st.floats(-0.1, 0.1)) for _ in most]) / len(most)
    found = exact.best(program(matrix, low, high, most), whole(gains), hint, start)
    assert found is not None
    assert found.value == value


def drawn(number):
    """A small program of a number, as `programs` makes them: matrix, limits, largest values and gains."""
    luck = np.random.default_rng(number)
    most = luck.choice([1, 1, 1, 2, 3], size=int(luck.integers(3, 7))).tolist()
    figures = ([0, 1], [-1, 0, 1], [600, -400, 0], [1, 7, 12_345])[number % 4]
    matrix = luck.choice(figures, size=(int(luck.integers(1, 5)), len(most))).tolist()
    # Limits about what some point comes to; of every fourth program one row asks for more than all have.
    sums = (np.array(matrix) @ luck.integers(0, np.array(most) + 1)).tolist()
    low = [int(luck.choice([-FAR, total, total - 2])) for total in sums]
    high = [int(luck.choice([FAR, total, total + 1])) for total in sums]
    if number % 4 == 3:
        low[0], high[0] = sum(max(a, 0) * end for a, end in zip(matrix[0], most, strict=True)) + 1, FAR
    size = (5, 10_000, 2**20)[number % 3]
    return matrix, low, high, most, luck.integers(-size, size + 1, size=len(most)).tolist()


def is_right(number, found, value, points):
    if value is None:
        assert found is None, number
    else:
        assert (found.value, found.bound, found.proven) == (value, value, True), number
        assert tuple(found.point) in points, number
        assert all(found.equals.admits(whole(point)) for point in points), number


def test_of_some_programs_the_best_point_is_that_of_trying_all():
    for number in range(12):
        matrix, low, high, most, gains = drawn(number)
        value, points = best_of_all(matrix, low, high, most, gains)
        is_right(number, exact.best(program(matrix, low, high, most), whole(gains)), value, points)


def test_from_a_known_point_it_is_the_same_and_so_are_its_equals_and_rivals():
    for number in range(5):
        matrix, low, high, most, gains = drawn(number)
        value, points = best_of_all(matrix, low, high, most, gains)
        _, others = best_of_all(matrix, low, high, most, [0] * len(most))
        asked = program(matrix, low, high, most)
        for start in (*others[:1], *points[:1]):
            found = exact.best(asked, whole(gains), None, whole(start))
            is_right(number, found, value, points)
            assert {point for point in others if found.equals.admits(whole(point))} == {*points}
        if points:
            assert tuple(exact.rival(asked, whole(gains), value)) in points
            assert exact.rival(asked, whole(gains), value + 1) is None


@for_each("gains", [[-5, -7], [5, -7], [-7, 5]])
def test_columns_that_begin_above_nothing_count_from_there(gains):
    """Two columns from 1 to 3 that are 4 together at least and 5 at most, by hand."""
    asked = program([[1, 1]], [4], [5], [3, 3]).within(whole([1, 1]), whole([3, 3]))
    points = [point for point in itertools.product((1, 2, 3), repeat=2) if 4 <= sum(point) <= 5]
    value = max(int(whole(point) @ whole(gains)) for point in points)
    found = exact.best(asked, whole(gains))
    assert (found.value, found.bound) == (value, value)
    assert tuple(found.point) in points


def test_by_a_lying_solver_it_is_the_same(monkeypatch):
    for number in range(4):
        matrix, low, high, most, gains = drawn(number)
        monkeypatch.setattr(optimize, "linprog", liar(np.random.default_rng(number).integers))
        found = exact.best(program(matrix, low, high, most), whole(gains))
        is_right(number, found, *best_of_all(matrix, low, high, most, gains))


def liar(say):
    """A solver whose point and prices are made up, and which calls possible what is not, and not what is."""

    def solve(c, *, A_ub, A_eq, **_):  # noqa: N803 - the solver's own names
        status = say(3)
        if status:
            return SimpleNamespace(status=(2, 4)[status - 1], x=None)
        return SimpleNamespace(
            status=0,
            x=np.array([noise(say) for _ in c]),
            ineqlin=SimpleNamespace(marginals=[noise(say) for _ in range(A_ub.shape[0])]),
            eqlin=SimpleNamespace(marginals=[noise(say) for _ in range(A_eq.shape[0])]),
        )

    return solve


def noise(say):
    return [0.0, 1.0, -1.0, 0.5, 1e-9, -37.3, 1e5, -1e5, 1e30, float("nan"), float("inf")][say(11)]


@given(programs(), st.integers(0, 2**32))
def test_a_lying_solver_changes_nothing(drawn, seed):
    matrix, low, high, most, gains = drawn
    state = [seed]

    def say(choices):
        state[0] = (state[0] * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state[0] >> 33) % choices

    value, _ = best_of_all(*drawn)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optimize, "linprog", liar(say))
        found = exact.best(program(matrix, low, high, most), whole(gains))
    assert (None if found is None else found.value) == value


def test_large_numbers_stay_exact():
    """Gains that differ by one in a million, and tie numbers up to 2^20, among three hundred people."""
    people, seats = 300, 100
    for gains in (
        [1_000_000 - (place * 7919) % 301 for place in range(people)],
        [(place * 2_654_435_761) % 2**20 for place in range(people)],
    ):
        asked = program([[1] * people], [seats], [seats], [1] * people)
        found = exact.best(asked, whole(gains))
        assert found is not None
        assert found.value == sum(sorted(gains)[-seats:])


def test_a_sum_is_held_to_the_last_unit():
    """Among people whose support adds up to exactly what was reached, the second goal chooses."""
    support = [10_000 - place for place in range(40)]
    matrix = [[1] * 40, support]
    reached = sum(support[place] for place in range(0, 40, 2))
    asked = program(matrix, [20, reached], [20, reached], [1] * 40)
    found = exact.best(asked, whole([(place * place) % 97 for place in range(40)]))
    assert found is not None
    assert sum(int(z) * s for z, s in zip(found.point, support, strict=True)) == reached


def test_no_column_and_no_row():
    empty = program([], [], [], [])
    found = exact.best(empty, whole([]))
    assert found is not None
    assert (found.value, found.point.tolist()) == (0, [])
    assert exact.best(program([[]], [1], [1], []), whole([])) is None


def test_parity_that_no_price_can_see_is_searched_through():
    """2x + 2y + … = odd has a solution in fractions and none in whole numbers."""
    assert exact.best(program([[2] * 12], [7], [7], [1] * 12), whole([1] * 12)) is None
