"""What pages about checking show: heads, receipts, digests. Frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from consulta.core.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.services.electorate import ElectorateNumbers
    from consulta.services.views import DeadlineMove, Ending, RoundCard


Ranking = tuple[tuple[Text, ...], ...]
"""Tiers of themes by title, best first."""


@dataclass(frozen=True, slots=True)
class HeadView:
    """The log as it stood at a moment: how many rows, and the root over all of them."""

    size: int
    root: str
    at: datetime
    after_vote: bool = False  # the last of these rows tells of the vote that it is shown for


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """How many ballots put first a theme of each third of their page; and if that made no difference."""

    stood: tuple[int, ...]
    expected: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ObjectionFacts:
    """What a publication said of objections: how long they could be made, and what became of them."""

    hours: int
    made: int
    withdrawn: int
    rejected: int
    upheld: int
    undecided: int
    excluded: int  # ballots that the published count leaves out
    alone: int = 0  # of those upheld, by one person of the secretariat
    because: str = ""  # why it was published though some were undecided


@dataclass(frozen=True, slots=True)
class TrustFacts:
    """What a published round says of itself so that others can check it; numbers are those of the log."""

    key: str
    complete: bool  # the public archive holds every ballot
    ballots: int
    replaced: int  # versions that a later one took the place of
    assisted: int  # entered by the secretariat for somebody
    late: int  # organisations whose vote came after the end and was refused
    head: HeadView
    bundle_sha256: str
    result_sha256: str | None  # None where its figures are not public
    archive_sha256: str
    archive_size: int
    code_version: str
    moves: tuple[DeadlineMove, ...]  # of the end of voting
    order: OrderFacts | None = None  # None where it may not be told
    ending: Ending | None = None  # of the voting
    objections: ObjectionFacts | None = None  # None where the round closed before there were any
    electorate: ElectorateNumbers | None = None  # None where the round was published before it was told
    # By subregion: votes entered by the secretariat, and by contacts of after the opening.
    marked: tuple[tuple[Text, int, int], ...] = ()

    @property
    def file_name(self) -> str:
        """What the archive is called when it is downloaded."""
        return archive_name(self.key)


def archive_name(key: str, *, complete: bool = False) -> str:
    """The name of a round's archive: the public one, or the complete one that stays with few."""
    return f"consulta-{key}-completo.zip" if complete else f"consulta-{key}.zip"


@dataclass(frozen=True, slots=True)
class VerifyView:
    """What the page on checking needs."""

    card: RoundCard
    facts: TrustFacts


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation on the public roll of a round."""

    name: str
    categories: Mapping[str, str]  # in every dimension, the country too
    base: int


@dataclass(frozen=True, slots=True)
class RollView:
    """The roll of a round for whoever looks at it, and the digest of its file as the log has it."""

    card: RoundCard
    shown: str | None  # "public" or "members"; None where the round opened before there was a public roll
    members: tuple[Member, ...] | None  # None where the names are not for the eyes of whoever looks
    # By dimension, but for countries: how many there are of each category, "" for small ones together.
    numbers: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    sha256: str | None

    @property
    def file_name(self) -> str:
        """What the roll is called when it is downloaded."""
        return f"consulta-{self.card.key}-padron.csv"


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A counted ballot by its code; `ranking` is empty where ballots are not public."""

    code: str
    ranking: Ranking = ()
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptsView:
    """The codes of the ballots that count, in an order that tells nothing; `shown`: with what they say."""

    card: RoundCard
    shown: bool
    total: int
    lines: tuple[ReceiptLine, ...]  # none where there are too many for a page


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What became of the vote with a code: counted, replaced by a later one, taken out after an objection.

    Or unknown, or no code at all.
    """

    code: str | None
    state: Literal["counted", "replaced", "excluded", "altered", "unknown", "malformed"]
    ranking: Ranking = ()  # none where it is not for the eyes of whoever asks
