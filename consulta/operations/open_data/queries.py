"""The kept versions of data packages, and what tells that a package is to be made anew."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from consulta.platform.models import (
    Agreement,
    DataFile,
    DataPackage,
    DataWithdrawal,
    Dialogue,
    Document,
    Evaluation,
    MinutesVersion,
    Recommendation,
    Report,
    Round,
    SynthesisVersion,
    Withdrawal,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Select
    from sqlalchemy.orm import Session


class Standing(NamedTuple):
    """A published round, with the numbers of what was published of it since."""

    round_id: int
    key: str
    panel: int | None
    synthesis: int | None
    factsheet: int | None
    followed: int | None  # grows with each change of a published recommendation
    reports: int | None  # the newest report of one of them
    withdrawn: int | None  # the newest withdrawal of an answer
    minutes: int | None  # the newest version of the minutes
    agreements: int | None  # grows with each change of an agreement
    evaluation: int | None  # its number, once it is published


def published(session: Session) -> list[Standing]:
    """Return every published round, the newest first."""
    query = _standing().order_by(Round.closed_at.desc(), Round.id.desc())
    return [Standing(*(*row,)) for row in session.execute(query)]


def published_round(session: Session, key: str) -> Standing | None:
    """Return a published round, or None."""
    row = session.execute(_standing().where(Round.key == key)).first()
    return None if row is None else Standing(*(*row,))


def _standing() -> Select[Any]:
    synthesis = (
        select(func.max(SynthesisVersion.version))
        .where(SynthesisVersion.round_id == Round.id)
        .correlate(Round)
        .scalar_subquery()
    )
    factsheet = (
        select(func.max(Document.version))
        .where(Document.round_id == Round.id, Document.kind == "factsheet")
        .correlate(Round)
        .scalar_subquery()
    )
    rows = (
        select(func.sum(Recommendation.version))
        .join(Dialogue, Dialogue.id == Recommendation.dialogue_id)
        .where(Dialogue.round_id == Round.id, Recommendation.published_at.is_not(None))
        .correlate(Round)
        .scalar_subquery()
    )
    reports = (
        select(func.max(Report.id))
        .join(Recommendation, Recommendation.id == Report.recommendation_id)
        .join(Dialogue, Dialogue.id == Recommendation.dialogue_id)
        .where(Dialogue.round_id == Round.id)
        .correlate(Round)
        .scalar_subquery()
    )
    withdrawn = (
        select(func.max(Withdrawal.id))
        .join(Recommendation, Recommendation.id == Withdrawal.recommendation_id)
        .join(Dialogue, Dialogue.id == Recommendation.dialogue_id)
        .where(Dialogue.round_id == Round.id, Withdrawal.report_id.is_not(None))
        .correlate(Round)
        .scalar_subquery()
    )
    minutes, agreements, evaluation = (
        select(what).where(*where).correlate(Round).scalar_subquery()
        for what, where in (
            (func.max(MinutesVersion.version), [MinutesVersion.round_id == Round.id]),
            (func.sum(Agreement.version), [Agreement.round_id == Round.id]),
            (Evaluation.id, [Evaluation.round_id == Round.id, Evaluation.published_at.is_not(None)]),
        )
    )
    told = (synthesis, factsheet, rows, reports, withdrawn, minutes, agreements, evaluation)
    query = select(Round.id, Round.key, Round.panel_version, *told)
    return query.where(Round.state == "published")


def stamps(session: Session) -> dict[tuple[str, int], str]:
    """Return for each package, by kind and round, of what its newest version was made."""
    return {(row.kind, row.round_id): row.stamp for row in session.scalars(_newest())}


def newest(session: Session) -> list[tuple[DataPackage, str]]:
    """Return the newest version of each package of a published round with the round's key."""
    query = (
        _newest()
        .add_columns(Round.key)
        .join(Round, Round.id == DataPackage.round_id)
        .where(Round.state == "published")
        .order_by(DataPackage.kind, Round.closed_at.desc(), Round.id.desc())
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _newest() -> Select[DataPackage]:
    latest = (
        select(DataPackage.kind, DataPackage.round_id, func.max(DataPackage.version).label("version"))
        .group_by(DataPackage.kind, DataPackage.round_id)
        .subquery()
    )
    return select(DataPackage).join(
        latest,
        (latest.c.kind == DataPackage.kind)
        & (latest.c.round_id == DataPackage.round_id)
        & (latest.c.version == DataPackage.version),
    )


def versions(session: Session, kind: str, round_id: int) -> list[DataPackage]:
    """Return all versions of a package, the newest first."""
    query = select(DataPackage).where(DataPackage.kind == kind, DataPackage.round_id == round_id)
    return list(session.scalars(query.order_by(DataPackage.version.desc())))


def withdrawals(session: Session, numbers: Iterable[int]) -> dict[int, DataWithdrawal]:
    """Return which of these versions were withdrawn."""
    query = select(DataWithdrawal).where(DataWithdrawal.package_id.in_(list(numbers)))
    return {each.package_id: each for each in session.scalars(query)}


def by_digest(session: Session, sha256: str) -> tuple[DataPackage, str] | None:
    """Return the newest version with this digest and its round's key, or None."""
    query = (
        select(DataPackage, Round.key)
        .join(Round, Round.id == DataPackage.round_id)
        .where(DataPackage.sha256 == sha256, Round.state == "published")
        .order_by(DataPackage.id.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return None if row is None else (row[0], row[1])


def keep_files(session: Session, files: Mapping[str, bytes]) -> None:
    """Keep files by their digests; one that is kept is left as it is."""
    known = set(session.scalars(select(DataFile.sha256).where(DataFile.sha256.in_(list(files)))))
    for sha256, content in files.items():
        if sha256 not in known:
            session.add(DataFile(sha256=sha256, content=zlib.compress(content, 6)))
    session.flush()


def contents(session: Session, digests: Iterable[str]) -> dict[str, bytes]:
    """Return kept files by their digests."""
    query = select(DataFile.sha256, DataFile.content).where(DataFile.sha256.in_(list(digests)))
    return {row.sha256: zlib.decompress(row.content) for row in session.execute(query)}
