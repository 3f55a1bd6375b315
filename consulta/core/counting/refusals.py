"""Checks of a bundle for inconsistency, in the order of section 7.

The module decides what is refused before anything is counted; each function below is one family of
refusals. It knows nothing of files: a bundle made in memory is refused for the same reasons. Limits of
the web ballot (`max_ranks` and similar) are not checked here, but by the web.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

from consulta.core.counting.rules import check_rules
from consulta.core.panel.rules import check_panel_names
from consulta.core.problems import Problem
from consulta.core.ranges import check_range

if TYPE_CHECKING:
    from consulta.core.values import Ballot, Bundle, Seat

OBJECTIVES = range(1, 24)
MOST_OBJECTIVES = 5
FEWEST_THEMES = 2


def check(bundle: "Bundle") -> None:
    """Raise the first problem of a bundle; return when it can be counted."""
    for refuse in CHECKS:
        refuse(bundle)


def _themes(bundle: "Bundle") -> None:
    if len(bundle.themes) < FEWEST_THEMES:
        raise Problem("themes.few", path="themes", count=len(bundle.themes))
    check_range(len(bundle.themes), "themes", "themes")
    _refuse_twins("themes.duplicate", "themes[{}].key", [theme.key for theme in bundle.themes])
    for index, theme in enumerate(bundle.themes):
        count = len(theme.objectives)
        if not 1 <= count <= MOST_OBJECTIVES or not named_once(theme.objectives, OBJECTIVES):
            raise Problem("theme.objectives", path=f"themes[{index}].objectives", key=theme.key)


def _seats(bundle: "Bundle") -> None:
    _refuse_twins("seat.duplicate", "seats[{}].seat", [seat.seat for seat in bundle.seats])
    named = [
        dimension for dimension in {**bundle.rules.balance, **bundle.rules.spread} if dimension != "country"
    ]
    for index, seat in enumerate(bundle.seats):
        for dimension in named:
            if dimension not in seat.categories:
                raise Problem(
                    "seat.category", path=f"seats[{index}].categories", key=seat.seat, dimension=dimension
                )


def _ballots(bundle: "Bundle") -> None:
    seats = {seat.seat for seat in bundle.seats}
    for index, ballot in enumerate(bundle.ballots):
        if ballot.seat not in seats:
            raise Problem("ballot.seat", path=f"ballots[{index}].seat", key=ballot.seat)
    _refuse_twins("ballot.duplicate", "ballots[{}].seat", [ballot.seat for ballot in bundle.ballots])
    themes = {theme.key for theme in bundle.themes}
    nominees = {nominee.key for nominee in bundle.nominees}
    for index, ballot in enumerate(bundle.ballots):
        _ballot(ballot, themes, nominees, f"ballots[{index}]")
    if not bundle.ballots:
        raise Problem("ballots.none", path="ballots")


def _ballot(ballot: "Ballot", themes: set[str], nominees: set[str], path: str) -> None:
    named = [key for tier in ballot.ranking for key in tier]
    if not named:
        raise Problem("ballot.empty", path=f"{path}.ranking", key=ballot.seat)
    if not named_once(named, themes):
        raise Problem("ballot.theme", path=f"{path}.ranking", key=ballot.seat)
    if not named_once(ballot.objectives, OBJECTIVES):
        raise Problem("ballot.objective", path=f"{path}.objectives", key=ballot.seat)
    if not named_once(ballot.endorsements, nominees):
        raise Problem("ballot.endorsement", path=f"{path}.endorsements", key=ballot.seat)


def _rules(bundle: "Bundle") -> None:
    check_rules(bundle.rules)
    if bundle.rules.topics > len(bundle.themes):
        raise Problem("rules.range", path="rules.topics", least=1, most=len(bundle.themes))
    voted = {ballot.seat for ballot in bundle.ballots}
    dimensions = {*bundle.rules.balance, "country"}
    met = {(each, category_of(seat, each)) for each in dimensions for seat in bundle.seats}
    check_range(len(met), "categories", "rules.balance")
    for dimension, target in bundle.rules.balance.items():
        if not isinstance(target, str):
            held = [(category_of(seat, dimension), seat.seat in voted) for seat in bundle.seats]
            check_shares_given(target, held, f"rules.balance.{dimension}")


def check_shares_given(target: Mapping[str, float], held: Iterable[tuple[str, bool]], path: str) -> None:
    """Raise Problem `rules.targets` if given shares miss a category of the roll.

    It is raised, too, if the shares leave nothing to the categories that voted. `held` holds for each
    seat or category of the roll its category and whether it voted.
    """
    held = tuple(held)
    for category, _ in held:
        if category not in target:
            raise Problem("rules.targets", path=path)
    if not any(target[category] > 0 for category, voted in held if voted):
        raise Problem("rules.targets", path=path)


def _figures(bundle: "Bundle") -> None:
    for index, seat in enumerate(bundle.seats):
        check_range(seat.base, "base", f"seats[{index}].base")
    for index, nominee in enumerate(bundle.nominees):
        check_range(nominee.recent, "recent", f"nominees[{index}].recent")
        if nominee.support is not None:
            check_range(nominee.support, "support", f"nominees[{index}].support")


def _seed(bundle: "Bundle") -> None:
    if sha256(bytes.fromhex(bundle.seed.secret)).hexdigest() != bundle.seed.commitment:
        raise Problem("seed.commitment", path="seed.commitment")


def _nominees(bundle: "Bundle") -> None:
    _refuse_twins("panel.rule", "nominees[{}].key", [nominee.key for nominee in bundle.nominees])
    themes = {theme.key for theme in bundle.themes}
    for index, nominee in enumerate(bundle.nominees):
        if not named_once(nominee.topics, themes):
            raise Problem("panel.rule", path=f"nominees[{index}].topics")
    if bundle.rules.panel is not None:
        check_panel_names(bundle.rules.panel, bundle.nominees)


CHECKS: tuple[Callable[["Bundle"], None], ...] = (
    _themes,
    _seats,
    _ballots,
    _rules,
    _figures,
    _seed,
    _nominees,
)
"""Every refusal, in the order in which they are looked for."""


def category_of(seat: "Seat", dimension: str) -> str:
    """Return a seat's category in a dimension, which may be its country; nothing where it has none."""
    return seat.country if dimension == "country" else seat.categories.get(dimension, "")


def _refuse_twins(code: str, path: str, keys: list[str]) -> None:
    seen: set[str] = set()
    for index, key in enumerate(keys):
        if key in seen:
            raise Problem(code, path=path.format(index), key=key)
        seen.add(key)


def named_once(names: Iterable[object], known: Iterable[object]) -> bool:
    """Return whether each of these names is known and none is repeated."""
    names = list(names)
    return len(set(names)) == len(names) and set(names) <= set(known)
