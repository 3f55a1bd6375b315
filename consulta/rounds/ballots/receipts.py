"""Receipts: the code of a stored ballot, computed from the stored data.

This module decides which columns of a ballot go into its record. `core.receipts` decides what the code
covers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.trust.receipts import Choices, Sealed, ballot_record, receipt_code, seal

if TYPE_CHECKING:
    from consulta.platform.models import Ballot


def seal_of(ballot: Ballot) -> str:
    """Return the seal over the unpublished data of a ballot."""
    return seal(
        Sealed(
            cast_at=ballot.cast_at.isoformat(timespec="microseconds"),
            key=ballot.idempotency_key,
            shown=ballot.shown,
            version=ballot.version,
            head=ballot.head,
            assisted=ballot.assisted,
            young=ballot.young,
            abstains=ballot.abstains,
            endorsements=ballot.endorsements if ballot.endorsements_sealed else None,
        )
    )


def record_of(ballot: Ballot, round_key: str, pseudonym: str) -> dict[str, object]:
    """Return the record that the receipt code of a ballot covers."""
    endorsements = [] if ballot.endorsements_sealed else ballot.endorsements
    said = Choices(ballot.ranking, ballot.objectives, endorsements)
    return ballot_record(round_key, pseudonym, said, seal_of(ballot))


def code_of(ballot: Ballot, round_key: str, pseudonym: str) -> str:
    """Return the receipt code computed from a ballot's stored data."""
    return receipt_code(record_of(ballot, round_key, pseudonym))
