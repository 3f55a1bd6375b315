"""Checks of a bundle for inconsistency, in the order of section 7.

The module decides what is refused before anything is counted; each function below is one family of
refusals. It knows nothing of files: a bundle made in memory is refused for the same reasons. Limits of
the web ballot (`max_ranks` and similar) are not checked here, but by the web.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
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


def check_themes(bundle: "Bundle") -> None:
    """Raise the first problem of a bundle's themes."""
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
    for index, seat in enumerate(bundle.seats):
        dimension = missing_dimension(bundle, seat)
        if dimension is not None:
            raise Problem(
                "seat.category", path=f"seats[{index}].categories", key=seat.seat, dimension=dimension
            )


def missing_dimension(bundle: "Bundle", seat: "Seat") -> str | None:
    """Return the first dimension that the rules name and of which a seat has no category."""
    named = (each for each in {**bundle.rules.balance, **bundle.rules.spread} if each != "country")
    return next((each for each in named if each not in seat.categories), None)


def _ballots(bundle: "Bundle") -> None:
    seats = {seat.seat for seat in bundle.seats}
    for index, ballot in enumerate(bundle.ballots):
        if ballot.seat not in seats:
            raise Problem("ballot.seat", path=f"ballots[{index}].seat", key=ballot.seat)
    _refuse_twins("ballot.duplicate", "ballots[{}].seat", [ballot.seat for ballot in bundle.ballots])
    themes = {theme.key for theme in bundle.themes}
    nominees = {nominee.key for nominee in bundle.nominees}
    for index, ballot in enumerate(bundle.ballots):
        check_ballot(ballot, themes, nominees, f"ballots[{index}]")
    if not bundle.ballots:
        raise Problem("ballots.none", path="ballots")


def check_ballot(ballot: "Ballot", themes: set[str], nominees: set[str], path: str) -> None:
    """Raise the first problem of a ballot."""
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
    voted = {ballot.seat for ballot in bundle.ballots}
    check_rules_for(bundle, [(seat, seat.seat in voted) for seat in bundle.seats])


def check_rules_for(bundle: "Bundle", seats: Sequence[tuple["Seat", bool]]) -> None:
    """Raise the first problem of a bundle's rules beside its themes and these seats.

    `seats` has each with whether it voted. Seats that are alike may be told once.
    """
    check_rules(bundle.rules)
    if bundle.rules.topics > len(bundle.themes):
        raise Problem("rules.range", path="rules.topics", least=1, most=len(bundle.themes))
    dimensions = {*bundle.rules.balance, "country"}
    met = {(each, category_of(seat, each)) for each in dimensions for seat, _ in seats}
    check_range(len(met), "categories", "rules.balance")
    for dimension, target in bundle.rules.balance.items():
        if not isinstance(target, str):
            held = [(category_of(seat, dimension), voted) for seat, voted in seats]
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
    check_figures_of_nominees(bundle)


def check_figures_of_nominees(bundle: "Bundle") -> None:
    """Raise the first problem of the figures that nominees have."""
    for index, nominee in enumerate(bundle.nominees):
        check_range(nominee.recent, "recent", f"nominees[{index}].recent")
        if nominee.support is not None:
            check_range(nominee.support, "support", f"nominees[{index}].support")


def check_seed(bundle: "Bundle") -> None:
    """Raise Problem `seed.commitment` if the secret is not the one committed to."""
    if sha256(bytes.fromhex(bundle.seed.secret)).hexdigest() != bundle.seed.commitment:
        raise Problem("seed.commitment", path="seed.commitment")


def check_nominees(bundle: "Bundle") -> None:
    """Raise the first problem of the nominees, or of the rules of the panel beside them."""
    _refuse_twins("panel.rule", "nominees[{}].key", [nominee.key for nominee in bundle.nominees])
    themes = {theme.key for theme in bundle.themes}
    for index, nominee in enumerate(bundle.nominees):
        if not named_once(nominee.topics, themes):
            raise Problem("panel.rule", path=f"nominees[{index}].topics")
    if bundle.rules.panel is not None:
        check_panel_names(bundle.rules.panel, bundle.nominees)


CHECKS: tuple[Callable[["Bundle"], None], ...] = (
    check_themes,
    _seats,
    _ballots,
    _rules,
    _figures,
    check_seed,
    check_nominees,
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
