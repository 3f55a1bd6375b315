"""The three modes of secrecy: what the public may know of a published round in each. Nothing else decides it.

Pages and the archive ask `what_is_public`; a field that is not listed for a mode is not published in it.
`docs/methods/secrecy.md` explains the table, and a test holds the two together.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

from consulta.core.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

Mode = Literal["open", "pseudonymous", "aggregate"]
MODES: tuple[Mode, ...] = get_args(Mode)
USUAL: Mode = "aggregate"

Always = Literal[
    "question",  # texts, themes, rules, deadline, what was frozen's digest, the commitment
    "topics",  # the topics, their objectives, and whether they have the spread asked for
    "turnout",  # how many organisations voted, of how many; how many abstained as `abstentions_told` says
    "order_effect",  # in which third of the page the first themes had stood, where no ballot follows
    "panel",  # who sits on it and which rules it keeps
    "scrutineers",  # by name and organisation
    "heads",  # of the log's tree
    "bundle_sha256",
    "seed",
    "roll",  # who can vote, from the opening on: name, all categories, base; see `rounds/roll.py`
]
Totals = Literal["public_figures"]  # `public.json`: rounded, small categories joined
Ballots = Literal[
    "result",  # `result.json`, with exact fractions, and its digest
    "weights",  # the micro-weight of each cell
    "participation",  # seats and ballots of every category, however small
    "bundle",  # `bundle.json`: every ballot, with country, sector and base, and the secret of the seed
    "receipt_codes",  # of the ballots that count: a person who has a code may ask for what its ballot says
    "receipt_ballots",  # which ballot a receipt code belongs to
    "panel_support",  # how much of the vote endorses the panel, in exact figures
    "log",  # its rows; where it is not listed, only their digests
]
Names = Literal[
    "seats",  # which organisation has which seat of the bundle
    "package",  # the text of what was frozen at the opening, which names the roll
]
Field = Literal[Always, Totals, Ballots, Names]

WHAT_IS_PUBLIC: Mapping[Mode, frozenset[Field]] = MappingProxyType(
    {
        "open": frozenset((*get_args(Always), *get_args(Ballots), *get_args(Names))),
        "pseudonymous": frozenset((*get_args(Always), *get_args(Ballots))),
        "aggregate": frozenset((*get_args(Always), *get_args(Totals))),
    }
)


def what_is_public(mode: str) -> frozenset[Field]:
    """Return the fields that a published round in this mode shows to any reader.

    Raise Problem `round.secrecy` if there is no such mode.
    """
    return WHAT_IS_PUBLIC[as_mode(mode)]


def abstentions_told(mode: str, abstained: int, silent: int, least: int) -> int | None:
    """Return how many abstentions are published; None where the number would tell who abstained.

    Where ballots have names it is always told. Elsewhere both those who abstained and those who did nothing
    must be `least` at least, since which organisations did not vote may be known of a few.
    """
    told = as_mode(mode) == "open" or not abstained or min(abstained, silent) >= least
    return abstained if told else None


def as_mode(text: str) -> Mode:
    """Return the mode that a text names. Raise Problem `round.secrecy` if there is no such mode."""
    if text not in MODES:
        raise Problem("round.secrecy", modes=", ".join(MODES))
    return text
