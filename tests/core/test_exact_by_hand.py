"""The parts of integer programming one by one, by hand: bounds, limits, halves, rows, the end of effort."""

from itertools import combinations, islice

import numpy as np
from scipy import sparse

from consulta.core.panel import exact
from consulta.core.panel.exact import FAR, SAFE_BITS, Best, Effort, Open, Program
from tests.cases import for_each
from tests.core.test_exact import program, whole

NONE = np.zeros(2)


def small(low=-FAR, high=3):
    """Two columns from 0 to 2, and one row about their sum."""
    return program([[1, 1]], [low], [high], [2, 2])


def looked(bound, reduced=(0, 0), guess=(0, 0)):
    return exact._Look(bound, 0, whole(reduced), np.array(reduced, float), np.array(guess, float))


def test_a_point_is_admitted_within_all_limits_alone():
    asked = small(1, 3).within(whole([1, 0]), whole([2, 2]))
    points = {(x, y) for x in range(-1, 4) for y in range(-1, 4) if asked.admits(whole([x, y]))}
    assert points == {(1, 0), (1, 1), (1, 2), (2, 0), (2, 1)}


def test_effort_is_counted_by_solves_and_their_size():
    effort = Effort(10)
    effort.spend(Program(sparse.csr_array((200, 300)), *[whole([])] * 4))
    assert effort.left == 10 - 1 - 3
    effort.renew(4)
    assert (effort.left, effort.over) == (6, False)
    effort.renew(8)
    assert effort.left == 8
    assert [Effort(left).over for left in (-1, 0, 1)] == [True, True, False]


def test_prices_between_nothing_and_one_prove_their_bound():
    for asked, price, total, reduced in (
        (small(), 0.5, 3.5, 0.5),  # a half of 3, and a half of 2 of each column
        (small(), -0.5, 4.0, 1.0),  # no least sum: no such price
        (small(1, FAR), -0.5, 5.5, 1.5),
        (small(1, FAR), 0.5, 4.0, 1.0),
        (small(1, 3), 0.0, 4.0, 1.0),
        (small(0, 0), 1.5, 0.0, -0.5),  # at their least: 0
    ):
        told, bits, found = exact._bound(asked, whole([1, 1]), np.array([price]))
        assert (told, found.tolist()) == (total * 2**bits, [reduced * 2**bits] * 2), (price, total)
        assert 20 <= bits <= exact.MOST_BITS
    shifted = small().within(whole([1, 1]), whole([2, 2]))
    assert exact._bound(shifted, whole([-3, 1]), np.array([0.0]))[0] >> exact.MOST_BITS == -3 + 2


def test_a_hint_leans_towards_what_it_names():
    """It moves no bound, and of two that gain the same the one that is named stays."""
    for hint in ([0.1, 0], [0, 0.1]):
        seen = exact._look(small(), whole([1, 1]), np.array(hint), Effort())
        assert seen.bound == 3
        assert (seen.guess.tolist(), seen.leaning[0] > seen.leaning[1]) == (
            ([2, 1], True) if hint[0] else ([1, 2], False)
        )


@for_each("digits", [20, 40, 58])
def test_a_bound_of_large_gains_has_fewer_parts_and_stays_within_the_numbers(digits):
    """Of gains of 2^58 a part is a whole one, and prices that are too large for any part count as none."""
    one, gains = program([[1]], [0], [1], [1]), whole([1 << digits])
    for price in (0.0, 3.0):
        told, bits, reduced = exact._bound(one, gains, np.array([price]))
        assert told == (1 << digits) << bits, "the gain itself, and no sum that ran over"
        assert bits == {20: 30, 40: 19, 58: 2}[digits]
        assert reduced.tolist() == [(1 << digits) - int(price) << bits]
    for price in (2.0**59, 2.0**62):
        told, bits, found = exact._bound(one, gains, np.array([price]))
        assert (told, bits, found.tolist()) == (1 << digits, 0, gains.tolist())


def test_a_bound_has_what_stands_still_once_and_where_columns_begin():
    """Columns from 1 to 3 that cost 2 and 1, and one that is 2 with a gain of 10; then a price of 1."""
    asked = program([[1, 1, 1]], [0], [9], [3, 3, 2]).within(whole([1, 1, 2]), whole([3, 3, 2]))
    seen = exact._look(asked, whole([-2, -1, 10]), np.zeros(3), Effort())
    assert (seen.bound, seen.guess.tolist()) == (-2 - 1 + 20, [1, 1, 2])
    seen = exact._look(small(), whole([2, 1]), NONE, Effort())
    assert (seen.bound, seen.guess.tolist(), seen.leaning.tolist()) == (5, [2, 1], [1, 0])
    assert (seen.reduced >> seen.bits).tolist() == [1, 0]


def test_better_points_lie_as_near_as_their_reduced_gain_allows():
    asked = program([[1] * 5], [-FAR], [FAR], [9] * 5).within(whole([1] * 5), whole([9] * 5))
    seen = exact._Look(40, 1, whole([6, -4, 0, 1, -1]), NONE, NONE)  # in halves: at most 20
    assert seen.bound == 20
    for above, least, most in (
        (12, [7, 1, 1, 1, 1], [9, 4, 9, 9, 9]),  # 14 halves: 2 of 6, 3 of 4, all of 1
        (18, [9, 1, 1, 7, 1], [9, 1, 9, 9, 3]),  # 2 halves
        (19, [9, 1, 1, 9, 1], [9, 1, 9, 9, 1]),
    ):
        assert [each.tolist() for each in seen.held(asked, above)] == [least, most]


def test_what_is_searched_counts_from_where_columns_begin_and_what_stands_still():
    """Columns 1 to 3, and one that is 2 with a gain of 10: the best is 3, 3 and 2."""
    asked = program([[1, 1, 1]], [0], [8], [3, 3, 2]).within(whole([1, 1, 2]), whole([3, 3, 2]))
    gains, hint = whole([2, 1, 10]), np.zeros(3)
    for above, point in ((28, [3, 3, 2]), (29, None), (-5, [3, 3, 2])):
        found = exact._search(asked, gains, hint, above, Effort())
        assert (None if found.point is None else found.point.tolist()) == point
        assert (found.passed, found.ended) == (max(above, 29), True)
    over = exact._search(asked, gains, hint, 5, Effort(0))
    assert (over.point, over.passed > 29, over.ended) == (None, True, False)
    impossible = program([[1, 1, 1]], [9], [9], [3, 3, 2])
    found = exact._search(impossible, gains, hint, 7, Effort())
    assert (found.point, found.passed, found.ended) == (None, 7, True)


def test_parts_grow_wider_until_all_is_looked_at(monkeypatch):
    """Forty columns that lean by their number: the first two that may move, eight, and then all."""
    monkeypatch.setattr(exact, "FIRST", 1)
    asked = program([[1] * 40], [-FAR], [FAR], [1] * 40)
    seen = looked(100, [place if place % 2 else -place for place in range(40)])
    parts = [*islice(exact._narrowed(asked, seen), 9)]
    assert [int((part.least < part.most).sum()) for part, _ in parts] == [2, 8, 40]
    assert [floor for _, floor in parts] == [100 - 2 - 2, 100 - 2 - 8, -(1 << SAFE_BITS)]
    first = parts[0][0]
    assert first.least.tolist() == [0, 0, *[place % 2 for place in range(2, 40)]]
    assert first.most.tolist() == [1, 1, *[place % 2 for place in range(2, 40)]]
    few = program([[1] * 4], [-FAR], [FAR], [1] * 4)
    assert len([*exact._narrowed(few, looked(9, [0, 1, 2, 3]))]) == 1, (
        "of fewer than twice as many all at once"
    )


def test_a_program_is_halved_where_its_guess_is_most_open_and_counts_come_first():
    asked = program([[1, 1, 1]], [0], [9], [3, 3, 3])
    for guess, first, halves in (
        ([0, 1.4, 2.1], None, [(1, 2, 3), (1, 0, 1)]),
        ([0, 1.6, 2.1], None, [(1, 0, 1), (1, 2, 3)]),
        ([0, 1.4, 2.1], [True, False, True], [(2, 3, 3), (2, 0, 2)]),
        ([0, 1.4, 2.0], [True, False, True], [(1, 2, 3), (1, 0, 1)]),  # counts are clear
        ([3, 3, 3], None, [(0, 0, 2), (0, 3, 3)]),
    ):
        part = Program(asked.matrix, asked.low, asked.high, asked.least, asked.most,
                       None if first is None else np.array(first))  # fmt: skip
        found = exact._halves(part, np.array(guess, float))
        told = []
        for half in found:
            (column,) = np.flatnonzero((half.least > 0) | (half.most < 3))
            told.append((int(column), int(half.least[column]), int(half.most[column])))
        assert told == halves
    point = asked.within(whole([1, 1, 1]), whole([1, 1, 1]))
    assert exact._halves(point, np.ones(3)) == [point]


def test_rows_are_divided_and_those_that_nothing_breaks_left_out():
    matrix = [[4, 6], [1, 1], [2, 2]]
    asked = program(matrix, [5, -9, -FAR], [13, 9, 5], [3, 3])
    assert exact._rows_that_bind(asked).tolist() == [True, False, True]
    columns, found = exact._squeezed(asked)
    assert columns.tolist() == [0, 1]
    assert np.asarray(found.matrix).tolist() == [[2, 3], [1, 1]]
    assert (found.low.tolist(), found.high.tolist()) == ([3, -FAR], [6, 2])
    _, same = exact._squeezed(asked.within(whole([0, 1]), whole([3, 1])))
    assert np.asarray(same.matrix).tolist() == [[1], [1]]
    assert (same.low.tolist(), same.high.tolist()) == ([0, -FAR], [1, 1]), "less what stands still"
    _, open_ = exact._squeezed(program([[1, 1]], [2], [FAR], [3, 3]).within(whole([0, 1]), whole([3, 1])))
    assert (open_.low.tolist(), open_.high.tolist()) == ([1], [FAR]), "no limit stays none"
    for found in (np.array([[2, 4]]), sparse.csr_array(np.array([[2, 4]]))):
        limits = exact._divided(found, whole([-FAR]), whole([FAR]))[1:]
        assert [each.tolist() for each in limits] == [[-FAR], [FAR]]
    assert exact._squeezed(program([[2, 2]], [3], [3], [3, 3])) is None, "no whole sum between"
    for low, high, most in (([7], [9], [3, 3]), ([-9], [-1], [3, 3])):
        assert exact._rows_that_bind(program([[1, 1]], low, high, most)) is None
    sparse_rows = exact._divided(sparse.csr_array(np.array(matrix)), *whole([[5, -9, -FAR], [13, 9, 5]]))
    assert sparse_rows[0].toarray().tolist() == [[2, 3], [1, 1], [1, 1]]
    assert [each.tolist() for each in sparse_rows[1:]] == [[3, -9, -FAR], [6, 9, 2]]


def test_what_a_row_can_come_to_is_counted_from_where_columns_begin():
    """A row of 2x - 3y, of 1 to 3 and of 2 to 4: from -10 to 0; dense and sparse."""
    rows = [[2, -3]] * 6
    low, high = whole([-10, -9, -11, -99, -10, -99]), whole([0, 0, 9, -1, 0, 1])
    sparse_one = program(rows, low, high, [3, 4]).within(whole([1, 2]), whole([3, 4]))
    dense = Program(np.array(rows), low, high, whole([1, 2]), whole([3, 4]))
    for asked in (sparse_one, dense):
        assert exact._rows_that_bind(asked).tolist() == [False, True, False, True, False, False]
    for limits in (([1], [9]), ([-99], [-11])):
        one = program([[2, -3]], *limits, [3, 4]).within(whole([1, 2]), whole([3, 4]))
        assert exact._rows_that_bind(one) is None
    for limits in (([0], [9]), ([-99], [-10])):
        one = program([[2, -3]], *limits, [3, 4]).within(whole([1, 2]), whole([3, 4]))
        assert exact._rows_that_bind(one).tolist() == [True]


def test_where_effort_ends_the_solver_is_asked_for_a_point_and_nothing_is_claimed(monkeypatch):
    asked, gains = program([[2, 2, 2], [3, 1, 2]], [2, 1], [5, 4], [3, 3, 3]), whole([3, 2, 2])
    monkeypatch.setattr(exact, "_halves", lambda part, guess: [part])  # a search that comes to nothing
    monkeypatch.setattr(exact, "_squeezed", whole_of)
    found = exact.best(asked, gains, effort=Effort(1))
    assert isinstance(found, Best)
    assert asked.admits(found.point)
    assert (found.value, int(gains @ found.point)) == (5, 5), "only the solver's own search looked"
    assert found.bound >= found.value
    start = whole([0, 1, 0])
    poor = exact.best(asked, gains, start=start, effort=Effort(1))
    assert (poor.value, poor.proven) == (2, False), "little was left, and a point is known"
    assert poor.bound == found.bound
    monkeypatch.setattr(exact, "ENOUGH", 1)
    assert exact.best(asked, gains, start=start, effort=Effort(1)).value == 5
    none = exact.best(program([[2] * 4], [3], [3], [1] * 4), whole([1] * 4), effort=Effort(1))
    assert isinstance(none, Open)
    assert 1 <= none.bound <= 4
    assert exact._by_solver(program([[2] * 4], [3], [3], [1] * 4), whole([1] * 4)) is None


def whole_of(asked):
    """A program as it is, without what makes it smaller."""
    return np.arange(len(asked.least)), asked


@for_each("limit, told", [(FAR, np.inf), (-FAR, -np.inf), (FAR - 1, FAR - 1), (0, 0)])
def test_a_limit_that_is_none_is_told_as_none(limit, told):
    assert exact._far(whole([limit])).tolist() == [told]


def test_of_a_known_point_that_nothing_can_gain_on_all_as_good_are_kept():
    asked = small(1, 3).within(whole([0, 2]), whole([2, 2]))
    found = exact.best(asked, whole([0, 5]), start=whole([1, 2]))
    assert (found.value, found.bound, found.point.tolist()) == (10, 10, [1, 2])
    assert found.equals.admits(whole([0, 2]))
    assert found.equals.matrix.toarray().tolist() == [[1, 1], [0, 5]]


def pairs(columns):
    """Of so many columns only one may be 1; in halves all of them together are half as many."""
    rows = [[int(place in pair) for place in range(columns)] for pair in combinations(range(columns), 2)]
    return program(rows, [-FAR] * len(rows), [1] * len(rows), [1] * columns)


@for_each(
    "gains, least, most, best",
    [([1, 1], [0, 0], [1, 3], 6), ([-1, -1], [1, 0], [3, 3], 0), ([1, -1], [0, 0], [2, 3], 3)],
)
def test_the_best_of_a_part_is_no_proof_for_what_lies_outside(monkeypatch, gains, least, most, best):
    """On whichever side of the part it lies."""
    asked = program([[1, 1]], [-FAR], [FAR], [3, 3])

    def narrowed(whole_program, _seen):
        yield whole_program.within(whole(least), whole(most)), -(1 << SAFE_BITS)

    monkeypatch.setattr(exact, "_narrowed", narrowed)
    found = exact.best(asked, whole(gains))
    assert (found.value, found.bound, found.proven) == (best, best, True)


def test_a_point_of_a_part_stays_the_best_where_nothing_outside_is_better(monkeypatch):
    def narrowed(whole_program, _seen):
        yield whole_program.within(whole([0] * 4), whole([0, 1, 0, 0])), -(1 << SAFE_BITS)

    monkeypatch.setattr(exact, "_narrowed", narrowed)
    found = exact.best(pairs(4), whole([1] * 4))
    assert (found.value, found.bound, found.point.tolist()) == (1, 1, [0, 1, 0, 0])
    assert all(found.equals.admits(whole(np.eye(4)[place])) for place in range(4))


def test_a_rival_gains_as_much_as_is_asked_and_not_less():
    """No two of six may be chosen, and in halves three would be."""
    asked, gains = pairs(6), whole([1] * 6)
    assert exact.rival(asked, gains, 1).sum() == 1
    assert exact.rival(asked, gains, 2) is None
    assert exact.rival(asked, gains, 3) is None
    one = program([[3, 4, 5]], [-FAR], [6], [1] * 3)  # 6 in parts, 5 in whole numbers
    assert exact.rival(one, whole([3, 4, 5]), 5).tolist() == [0, 0, 1]
    assert exact.rival(one, whole([3, 4, 5]), 6) is None
    assert exact.rival(asked, gains, 2, Effort(2)) == Open(3), "not searched through: nothing is proven"


def test_where_a_search_is_ended_what_it_left_out_is_what_no_point_passes():
    """After one solve both halves are open, of which none passes 3; after two the best is found."""
    asked, gains, hint = program([[3, 2], [2, 3]], [-FAR] * 2, [8, 8], [3, 3]), whole([1, 1]), np.zeros(2)
    for effort, told in ((0, (None, 1 << SAFE_BITS, False)), (1, (None, 3, False)), (2, (3, 3, True))):
        found = exact._search_all(asked, gains, hint, 0, Effort(effort))
        value = None if found.point is None else int(gains @ found.point)
        assert (value, found.passed, found.ended) == told


@for_each(
    "start, searched, above, told",
    [
        ([1, 2], [(None, 7, True), (None, 5, True)], [7, 5], ([1, 2], 99, True)),
        ([1, 2], [([0, 4], 8, True)], [7], ([0, 4], 99, True)),
        ([1, 2], [(None, 60, False)], [7], ([1, 2], 99, False)),
        (None, [(None, 7, True), (None, 3, True), (None, -9, True)], [7, 3, -9], (None, -9, True)),
        (None, [(None, 7, True), ([1, 2], 4, True)], [7, 3], ([1, 2], 99, True)),
        (None, [(None, 7, True), ([1, 0], 1, True), ([2, 0], 2, True)], [7, 3, 1], ([2, 0], 2, True)),
    ],
)
def test_parts_are_searched_until_one_has_a_point_as_good_as_is_likely(
    monkeypatch, start, searched, above, told
):
    """For more than is known in any case; what a part that is not all says of the others is nothing."""
    asked, gains, answers, seen = small(), whole([1, 2]), iter(searched), []
    start = None if start is None else whole(start)

    def narrowed(whole_program, _seen):
        part = whole_program.within(whole([0, 0]), whole([2, 1]))
        yield from ((part, 7), (part, 3), (whole_program, -9))

    def search(_part, _gains, _hint, above, _effort):
        seen.append(above)
        point, passed, ended = next(answers)
        return exact._Found(None if point is None else whole(point), passed, ended)

    monkeypatch.setattr(exact, "_narrowed", narrowed)
    monkeypatch.setattr(exact, "_search", search)
    found, _ = exact._good(asked, gains, NONE, looked(99, [1, 1]), start, Effort())
    point = None if found.point is None else found.point.tolist()
    assert (seen, (point, found.passed, found.ended)) == (above, told)


def test_of_what_was_left_out_the_largest_bound_is_what_no_point_passes(monkeypatch):
    """One half of a bound of 9 is open when the effort ends, and two parts of the other one, of 4."""
    bounds = iter([9, 4])

    def look(_part, _gains, _hint, effort):
        effort.left -= 1
        return looked(next(bounds), guess=(9, 9))

    monkeypatch.setattr(exact, "_look", look)
    monkeypatch.setattr(exact, "_halves", lambda part, _guess: [part, part])
    found = exact._search_all(small(), whole([1, 1]), NONE, 0, Effort(2))
    assert (found.point, found.passed, found.ended) == (None, 9, False)
