"""An election: all that a count needs except the ballots."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from consulta.core.counting import firmness, weights
from consulta.core.counting.asking import Asked
from consulta.core.counting.contest import Contest
from consulta.core.counting.weights import Standing
from consulta.core.trust import chance
from consulta.core.values import Bundle, Rules


@dataclass(frozen=True, slots=True)
class Election:
    """All that a count needs except the ballots: rules, themes, roll and seed.

    The roll is a mapping of dimension to category to standing; `root` is that of the ballots, and `digest`
    that of the bundle's file. `others` is the same for the dimensions
    in `other_dimensions`.
    """

    rules: Rules
    keys: tuple[str, ...]
    objectives: tuple[tuple[int, ...], ...]
    roll: Mapping[str, Mapping[str, Standing]]
    seed: str
    root: str
    digest: str
    others: Mapping[str, Mapping[str, Standing]] = field(default_factory=dict)

    @property
    def dimensions(self) -> list[str]:
        """Return the dimensions that the ballots need as columns."""
        return sorted({*self.roll, *self.others})


def dimensions_of(rules: Rules, known: Iterable[str]) -> list[str]:
    """Return the dimensions that a count looks at, of those that seats have."""
    return sorted({*rules.balance, *rules.spread, *({*firmness.LEFT_OUT} & {*known})})


def other_dimensions(known: Iterable[str]) -> list[str]:
    """Return the dimensions of seats whose categories no result leaves out: the robustness figures do."""
    return sorted({*known} - {*firmness.LEFT_OUT})


def election_of(bundle: Bundle, root: str, digest: str) -> Election:
    """Return the election of a bundle with this root of its ballots and this digest of its file."""
    known = {name for seat in bundle.seats for name in seat.categories} | {"country"}
    return Election(
        rules=bundle.rules,
        keys=tuple(theme.key for theme in bundle.themes),
        objectives=tuple(theme.objectives for theme in bundle.themes),
        roll=weights.roll_of(bundle.seats, dimensions_of(bundle.rules, known)),
        seed=chance.seed(bundle.seed, root),
        root=root,
        digest=digest,
        others=weights.roll_of(bundle.seats, other_dimensions(known)),
    )


def contest_of(election: Election, asked: Asked) -> Contest:
    """Return the contest of an election between its themes on the ballots that are asked."""
    in_tie_order = chance.tie_order(election.keys, election.seed, "theme")
    place_of = {key: place for place, key in enumerate(in_tie_order)}
    return Contest(
        keys=election.keys,
        objectives=election.objectives,
        rules=election.rules,
        ties=tuple(place_of[key] for key in election.keys),
        asked=asked,
        survey=asked.survey(),
    )
