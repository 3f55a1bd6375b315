"""What becomes of reasons when they are parted from their seats, worked out by hand."""

from __future__ import annotations

from consulta.platform.models import SeatReason
from consulta.vote.reasons import Said, SeatRow, _numbered, _shown, _that_count

IDS = {"t1": 11, "t2": 12, "t3": 13}
NGO = {"subregion": "south", "sector": "ngo"}


def seat(number: int, *placed: str, version: int = 1, **categories: str) -> SeatRow:
    """A seat that placed these themes, each in a tier of its own."""
    return SeatRow(number, f"Red {number}", categories or NGO, version, [[key] for key in placed])


def test_only_what_came_with_the_vote_that_counts_for_a_theme_that_it_places_is_kept() -> None:
    seats = {1: seat(1, "t1", "t2", version=2), 2: seat(2, "t3")}
    written = [
        SeatReason(seat_id=number, theme_id=theme, version=version, text=f"{number}{theme}", consent="read")
        for number, theme, version in ((1, 11, 2), (1, 12, 1), (1, 13, 2), (2, 13, 1), (3, 11, 1))
    ]
    assert _that_count(written, seats, IDS) == [Said(1, 11, "111", "read"), Said(2, 13, "213", "read")]


def test_a_reason_has_its_name_or_the_marks_of_enough_authors() -> None:
    """The first theme has six possible authors, the third five, and the second one: it takes the third."""
    seats = {number: seat(number, "t1", "t3") for number in range(1, 6)}
    seats[6] = seat(6, "t1", "t2", subregion="central", sector="faith")
    said = [
        Said(1, 11, "uno", "unnamed"),
        Said(6, 11, "dos", "read"),
        Said(2, 13, "tres", "unnamed"),
        Said(6, 12, "cuatro", "named"),
    ]
    told = [
        (row["theme_id"], row["text"], row["consent"], row["name"], row["subregion"], row["sector"])
        for row in _shown(said, seats, IDS, 5)
    ]
    assert told == [
        (11, "uno", "unnamed", "", "", ""),  # the one of Central America is alone, and all stand together
        (11, "dos", "read", "", "", ""),
        (13, "tres", "unnamed", "", "south", "ngo"),  # by name only, the second theme has no other author
        (12, "cuatro", "named", "Red 6", "central", "faith"),
    ]
    unnamed = [*said[:3], Said(6, 12, "cuatro", "unnamed")]
    assert [row["theme_id"] for row in _shown(unnamed, seats, IDS, 5)] == [11, 11, None, None]
    # Who is named for a theme is no possible author of it: the five that are left are of one cell.
    named = [Said(1, 11, "uno", "unnamed"), Said(6, 11, "dos", "named"), said[3]]
    assert [(row["subregion"], row["sector"]) for row in _shown(named, seats, IDS, 5)] == [
        ("south", "ngo"),
        ("central", "faith"),
        ("central", "faith"),
    ]


def test_they_are_numbered_by_theme_and_inside_a_theme_by_lot() -> None:
    rows = [
        {"theme_id": theme, "text": text} for theme, text in ((11, "d"), (None, "a"), (11, "c"), (13, "b"))
    ]
    asked: list[int] = []

    def first(below: int) -> int:
        asked.append(below)
        return 0

    # From a, b, c, d the lot takes the first to the end each time: b, c, d, a.
    numbered = _numbered(rows, 7, first)
    assert asked == [4, 3, 2]
    assert [(row["number"], row["theme_id"], row["text"], row["round_id"]) for row in numbered] == [
        (1, 11, "c", 7),
        (2, 11, "d", 7),
        (3, 13, "b", 7),
        (4, None, "a", 7),
    ]
    # Where the lot leaves each in its place they stand by their words.
    assert [row["text"] for row in _numbered(rows, 7, lambda below: below - 1)] == ["c", "d", "b", "a"]
    one = [{"theme_id": 11, "text": text} for text in "abcd"]
    assert [row["text"] for row in _numbered(one, 7, lambda _: 0)] == ["b", "c", "d", "a"]
    assert _numbered([], 7, first) == []
