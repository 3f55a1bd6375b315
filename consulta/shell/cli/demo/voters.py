"""The votes of the demonstration's invented organisations, computed from the roll and stated tendencies.

It decides nothing about real organisations. Hashes of the seed, the seat and the question take the place
of chance, and only whole numbers are added, so that the votes are the same on every machine. The module
does not know how votes are cast.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from consulta.core.counting.choice import Choice
from consulta.platform.data import ballot_fields, catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.platform.models import Nominee
    from consulta.rounds.values import ThemeLine
    from consulta.vote.values import SeatLine

PER_CENT = 100
# Four bytes of a hash, added up, lie around this middle; their standard deviation is a little under 148.
_MIDDLE, _DEVIATION = 4 * 255 // 2, 148


@dataclass(frozen=True, slots=True)
class Leaning:
    """Points for several things: those for all organisations, and what a subregion and a sector add."""

    common: Mapping[str, int]
    subregion: Mapping[str, Mapping[str, int]]
    sector: Mapping[str, Mapping[str, int]]

    def points(self, seat: SeatLine, thing: str) -> int:
        """Return the points that the organisation of a seat gives to `thing`."""
        tables = (
            self.common,
            self.subregion.get(seat.categories["subregion"], {}),
            self.sector.get(seat.categories["sector"], {}),
        )
        return sum(table.get(thing, 0) for table in tables)


@dataclass(frozen=True, slots=True)
class Renown:
    """What makes nominees known and wanted, in points."""

    same_country: int
    same_subregion: int
    wanted_topic: int
    fame: int
    role: Mapping[str, int]
    gender: Mapping[str, int]
    known: Mapping[str, int] = field(default_factory=dict)  # by name


@dataclass(frozen=True, slots=True)
class Together:
    """Two themes that organisations place side by side, in so many of a hundred ballots that rank either."""

    themes: Sequence[str]
    chance: int


@dataclass(frozen=True, slots=True)
class Tendencies:
    """What the organisations lean to; `preferences.toml` explains each figure."""

    whim: int
    turnout: Leaning
    lengths: Mapping[str, Sequence[int]]
    themes: Leaning
    objectives: Leaning
    ranked: Sequence[int]
    nominees: Renown
    together: Together = Together((), 0)
    rounds: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def of_round(self, key: str) -> Tendencies:
        """Return the same with the points that themes gain or lose in one round."""
        common = Counter(self.themes.common)
        common.update(self.rounds.get(key, {}))
        return replace(self, themes=replace(self.themes, common=common))


@dataclass(frozen=True, slots=True)
class _Hashes:
    """Figures that stand for chance: the same question always has the same answer."""

    seed: str

    def per_cent(self, *question: str) -> int:
        """Return a whole number from 0 to 99, fixed by the question."""
        return int.from_bytes(self._bytes(question)[:8]) % PER_CENT

    def swing(self, deviation: int, *question: str) -> int:
        """Return a whole number around 0, fixed by the question, seldom over twice `deviation` away."""
        return (sum(self._bytes(question)[:4]) - _MIDDLE) * deviation // _DEVIATION

    def turn(self, seat: str) -> bytes:
        """Return the bytes by which seats are sorted into an order that carries no information."""
        return self._bytes((seat, "turn"))

    def _bytes(self, question: Iterable[str]) -> bytes:
        return hashlib.sha256("|".join((self.seed, *question)).encode()).digest()


def read_tendencies(data: bytes) -> Tendencies:
    """Return the tendencies in the bytes of a file like `preferences.toml`."""
    content: dict[str, Any] = tomllib.loads(data.decode())
    turnout, themes, objectives = content["turnout"], content["themes"], content["objectives"]
    return Tendencies(
        whim=content["whim"],
        turnout=Leaning(
            {"vote": turnout["any"]},
            {key: {"vote": points} for key, points in turnout["subregion"].items()},
            {key: {"vote": points} for key, points in turnout["sector"].items()},
        ),
        lengths=content["lengths"],
        themes=Leaning(themes["any"], themes["subregion"], themes["sector"]),
        objectives=Leaning(objectives["any"], objectives["subregion"], objectives["sector"]),
        ranked=objectives["ranked"],
        nominees=Renown(**content["nominees"]),
        together=Together(**content["together"]),
        rounds=content["rounds"],
    )


def ballots(
    seed: str,
    seats: Iterable[SeatLine],
    themes: Sequence[ThemeLine],
    nominees: Sequence[Nominee],
    tendencies: Tendencies,
    *,
    together: bool = False,
) -> dict[str, Choice]:
    """Return the choice of every seat that votes, by seat, in the order in which they vote.

    Another seed gives other votes of the same tendencies. With `together` two themes are mostly side by side.
    """
    hashes = _Hashes(seed)
    voting = (
        seat
        for seat in seats
        if hashes.per_cent(seat.seat, "turnout") < tendencies.turnout.points(seat, "vote")
    )
    return {
        seat.seat: _choice(
            hashes, seat, themes, nominees, tendencies, tendencies.together if together else None
        )
        for seat in sorted(voting, key=lambda seat: hashes.turn(seat.seat))
    }


def _choice(
    hashes: _Hashes,
    seat: SeatLine,
    themes: Sequence[ThemeLine],
    nominees: Sequence[Nominee],
    tendencies: Tendencies,
    together: Together | None,
) -> Choice:
    ranking = _best(
        {
            theme.key: tendencies.themes.points(seat, theme.key)
            + hashes.swing(tendencies.whim, seat.seat, "theme", theme.key)
            for theme in themes
        },
        _length(hashes, seat, tendencies.lengths["ranking"], "ranking", least=1),
    )
    if together is not None and hashes.per_cent(seat.seat, "together") < together.chance:
        ranking = _beside(ranking, together.themes)
    objectives = _best(
        _objectives(hashes, seat, themes, ranking, tendencies),
        _length(hashes, seat, tendencies.lengths["objectives"], "objectives", least=0),
    )
    endorsements = _best(
        {
            nominee.key: _renown(hashes, seat, nominee, ranking, tendencies.nominees)
            + hashes.swing(tendencies.whim, seat.seat, "nominee", nominee.key)
            for nominee in nominees
        },
        _length(hashes, seat, tendencies.lengths["endorsements"], "endorsements", least=0),
    )
    return Choice(
        ranking, tuple(sorted(map(int, objectives))), tuple(sorted(endorsements)), _fields(hashes, seat)
    )


def _fields(hashes: _Hashes, seat: SeatLine) -> dict[str, str]:
    """Return an answer in each field that the installation adds to the ballot; of some seats none."""
    answers = {
        key: (*options, "")[hashes.per_cent(seat.seat, "field", key) * (len(options) + 1) // 100]
        for key, options in ballot_fields.options(ballot_fields.as_kept()).items()
    }
    return {key: option for key, option in answers.items() if option}


def _beside(ranking: tuple[str, ...], themes: Sequence[str]) -> tuple[str, ...]:
    """Return a ranking in which all of `themes` follow the first of them that it names; it gets no longer."""
    first = next((theme for theme in ranking if theme in themes), None)
    if first is None:
        return ranking
    rest = [theme for theme in ranking if theme not in themes]
    place = ranking.index(first)
    return (*rest[:place], first, *(each for each in themes if each != first), *rest[place:])[: len(ranking)]


def _objectives(
    hashes: _Hashes,
    seat: SeatLine,
    themes: Sequence[ThemeLine],
    ranking: Sequence[str],
    tendencies: Tendencies,
) -> dict[str, int]:
    """Return the points of every objective, by its number as text.

    Each theme that the seat ranks adds to the points of the theme's objectives.
    """
    by_key = {theme.key: theme for theme in themes}
    points = {
        str(objective.number): tendencies.objectives.points(seat, str(objective.number))
        + hashes.swing(tendencies.whim, seat.seat, "objective", str(objective.number))
        for objective in catalogue.objectives()
    }
    for key, gain in zip(ranking, tendencies.ranked, strict=False):
        for number in by_key[key].objectives:
            points[str(number)] += gain
    return points


def _renown(hashes: _Hashes, seat: SeatLine, nominee: Nominee, ranking: Sequence[str], renown: Renown) -> int:
    """Return the points that a nominee has with a seat, without the whim of the seat."""
    return (
        renown.same_country * (nominee.country == seat.categories["country"])
        + renown.same_subregion * (catalogue.subregion_of(nominee.country) == seat.categories["subregion"])
        + renown.wanted_topic * len({*nominee.topics} & {*ranking[:2]})
        + renown.role.get(nominee.role, 0)
        + renown.gender.get(nominee.gender or "", 0)
        + renown.known.get(nominee.name, 0)
        + hashes.swing(renown.fame, "fame", nominee.key)
    )


def _length(hashes: _Hashes, seat: SeatLine, shares: Sequence[int], of: str, *, least: int) -> int:
    """Return how many things a seat names.

    It is `least` for the first share of a hundred, one more for the next share, and so on.
    """
    drawn, length = hashes.per_cent(seat.seat, "length", of), least
    for share in shares:
        if drawn < share:
            break
        drawn, length = drawn - share, length + 1
    return min(length, least + len(shares) - 1)


def _best(points: Mapping[str, int], count: int) -> tuple[str, ...]:
    """Return the `count` things with the most points, most points first; of equals the first by name."""
    return tuple(sorted(points, key=lambda thing: (-points[thing], thing))[:count])
