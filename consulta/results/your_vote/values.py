"""What an organisation reads of its vote, as frozen values and as they are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 - `typed` reads the hints when the program runs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from consulta.core.typed import in_full, read_document

if TYPE_CHECKING:
    from consulta.core.texts import Text

FORMAT = "consulta-your-vote/1"
PANEL_FORMAT = "consulta-your-vote-panel/1"

Bound: TypeAlias = Literal["", "cap", "upper", "lower"]
Side: TypeAlias = Literal["fewer", "more", "even"]
Why: TypeAlias = Literal["", "few", "small", "nothing"]
"""Why something is not told: too few ballots in the round, too few in the group, nothing left to count."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a weight is what it is, in one dimension: what part of the votes a category cast, and of the say.

    `side` says how the part of the votes compares with that of the say. The parts are in per cent, None
    where only the side is told.
    """

    dimension: str
    category: str
    side: Side
    cast_percent: float | None
    say_percent: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """What would have been; `topics` and `order` are None where they are not told, and `why` says why."""

    what: Literal["without", "average", "away"]
    dimension: str
    category: str
    topics: tuple[str, ...] | None
    order: tuple[str, ...] | None
    why: Why


@dataclass(frozen=True, slots=True)
class Told:
    """What an organisation is told of its vote.

    `weight` is in millionths of the mean weight, rounded to quarters where `rounded`; None where it is not
    told. `order` is the result's, None where that is not public; then `pairs` and `kept` are None too.
    `places` has for each topic the place on the ballot, 0 where the ballot does not name it.
    """

    base: int
    weight: int | None
    rounded: bool
    bound: Bound
    reasons: tuple[Reason, ...]
    topics: tuple[str, ...]
    order: tuple[str, ...] | None
    places: Mapping[str, int]
    pairs: int | None
    kept: int | None
    changes: tuple[Change, ...]

    def to_text(self) -> str:
        """Return what is kept of it."""
        return json.dumps({"format": FORMAT, **in_full(self)}, ensure_ascii=False)

    @staticmethod
    def parse(text: str) -> Told:
        """Return it from what is kept. Problem: `your_vote.json`, with the path."""
        return read_document(Told, text.encode(), "your_vote.json", FORMAT)


WhyNot: TypeAlias = Literal["", "few", "small", "nothing", "none", "search"]
"""Why the panel is not told: as `Why`; no panel keeps the rules; or the search did not show which is best."""


@dataclass(frozen=True, slots=True)
class Places:
    """How many places of the panel would have gone to other people; None where `why` says why not."""

    what: Literal["without", "average", "away"]
    dimension: str
    category: str
    others: int | None
    why: WhyNot


@dataclass(frozen=True, slots=True)
class ToldPanel:
    """What an organisation is told of the panel: `size` places, which the rules fill from the votes.

    `endorsed`: whether any vote endorses people. Where `why` is not empty nothing is told of any change.
    `version`: which version of the panel was public when it was worked out.
    """

    size: int
    endorsed: bool
    why: Literal["", "none", "search", "changed"]
    changes: tuple[Places, ...]
    version: int

    def to_text(self) -> str:
        """Return what is kept of it."""
        return json.dumps({"format": PANEL_FORMAT, **in_full(self)}, ensure_ascii=False)

    @staticmethod
    def parse(text: str) -> ToldPanel:
        """Return it from what is kept. Problem: `your_vote.json`, with the path."""
        return read_document(ToldPanel, text.encode(), "your_vote.json", PANEL_FORMAT)


Standing: TypeAlias = Literal["told", "waiting", "silent", "abstained", "taken_out", "unpublished", "unread"]


@dataclass(frozen=True, slots=True)
class YourVote:
    """The page of an organisation. Without `told`, `state` says why there is nothing to tell.

    Without `panel` what votes did to it is still being worked out; without `panel_version` none is public.
    """

    organisation: str
    round_key: str
    round_title: Text
    titles: Mapping[str, Text]
    state: Standing
    told: Told | None
    panel: ToldPanel | None
    panel_version: int | None
    balanced: bool
    example: bool = False
