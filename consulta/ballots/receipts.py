"""Receipts: the code of a stored ballot, worked out from what is stored.

It decides which columns of a ballot go into its record. What the code covers is decided in `core.receipts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.trust.receipts import Choices, Sealed, ballot_record, receipt_code, seal

if TYPE_CHECKING:
    from consulta.infra.models import Ballot


def seal_of(ballot: Ballot) -> str:
    """The seal over what is not published of a ballot."""
    return seal(
        Sealed(
            cast_at=ballot.cast_at.isoformat(timespec="microseconds"),
            key=ballot.idempotency_key,
            shown=ballot.shown,
            version=ballot.version,
            head=ballot.head or "",
            assisted=ballot.assisted,
            young=ballot.young,
            endorsements=ballot.endorsements if ballot.endorsements_sealed else None,
        )
    )


def record_of(ballot: Ballot, round_key: str, pseudonym: str) -> dict[str, object]:
    """What the receipt code of a ballot covers."""
    endorsements = [] if ballot.endorsements_sealed else ballot.endorsements
    said = Choices(ballot.ranking, ballot.objectives, endorsements)
    return ballot_record(round_key, pseudonym, said, seal_of(ballot))


def code_of(ballot: Ballot, round_key: str, pseudonym: str) -> str:
    """The receipt code that belongs to a ballot as it is stored."""
    return receipt_code(record_of(ballot, round_key, pseudonym))
