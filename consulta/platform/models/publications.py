"""What is published and kept: documents, open data, what a vote did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consulta.core.texts import Text
from consulta.platform.models.base import AS_ROW, HASHED, OURS, PUBLISHED, Base, Kept, Row, stays, until


class Document(Row):
    """A finished document of a round, kept byte for byte: bundle, result, panel, factsheet …"""

    __tablename__ = "documents"
    kept = Kept(
        "Bundles, results, panels, archives and factsheets, byte for byte.",
        "people in published panels",
        stays(HASHED),
    )
    written_once = True
    __table_args__ = (
        UniqueConstraint("round_id", "kind", "version"),
        CheckConstraint(
            "kind IN ('bundle', 'result', 'unweighted', 'panel', 'public', 'archive', 'factsheet',"
            " 'robustness', 'summary')",
            name="kind",
        ),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    kind: Mapped[str]
    version: Mapped[int]
    content: Mapped[str] = mapped_column(info=AS_ROW)
    sha256: Mapped[str] = mapped_column(info=AS_ROW)
    created_at: Mapped[datetime]


class DocumentJob(Row):
    """A document that the worker is to make, and what it is made from until it is made; then the row goes."""

    __tablename__ = "document_jobs"
    kept = Kept(
        "Documents that the worker is to make, with the pages that they are made from.",
        "whom a letter, a receipt or a ballot on paper names",
        until("the document is made; what could not be made, after a day at most"),
    )

    digest: Mapped[str] = mapped_column(unique=True)  # names the document
    shared: Mapped[bool]  # whether any reader may have asked: those of one person are kept for an hour
    said: Mapped[bytes] = mapped_column(LargeBinary)  # page and styles, compressed
    asked_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    until: Mapped[datetime | None]  # lent to a worker until then
    failed_at: Mapped[datetime | None]


class MadeDocument(Row):
    """A PDF document or a picture that was made: any machine hands it out. Backups leave these rows out."""

    __tablename__ = "made_documents"
    kept = Kept(
        "PDF documents and pictures that were made.",
        "whom a letter, a receipt or a ballot on paper names",
        until("an hour has passed; what is public, until 64 newer ones were made"),
    )

    digest: Mapped[str] = mapped_column(unique=True)  # of what it was made from
    ending: Mapped[str]  # pdf or png
    shared: Mapped[bool]  # whether any reader may have it: those of one person are kept for an hour
    content: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]


class VoteEffect(Base):
    """What the vote of a seat did, as its organisation may read it; worked out once, after publication."""

    __tablename__ = "vote_effects"
    kept = Kept("What the vote of an organisation did.", "", stays(OURS))

    seat_id: Mapped[int] = mapped_column(ForeignKey("seats.id"), primary_key=True)
    told: Mapped[str] = mapped_column(info=AS_ROW)  # JSON, `results/your_vote/values.py`
    panel: Mapped[str | None] = mapped_column(info=AS_ROW)  # JSON, there too; once a panel is public
    made_at: Mapped[datetime]


class DataPackage(Row):
    """A version of the open data of a round or its session: which files it has, by their digests."""

    __tablename__ = "data_packages"
    kept = Kept("Versions of open data.", "", stays(PUBLISHED))
    __table_args__ = (
        UniqueConstraint("kind", "round_id", "version"),
        Index("ix_data_packages_sha256", "sha256"),
    )

    kind: Mapped[str] = mapped_column(info=AS_ROW)
    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(info=AS_ROW)  # of the list of its files
    title: Mapped[Text] = mapped_column(info=AS_ROW)
    example: Mapped[bool]
    files: Mapped[list[Any]] = mapped_column(info=AS_ROW)  # name, digest, size
    # Of what it was made, by which is known when it is to be made anew
    stamp: Mapped[str] = mapped_column(info=AS_ROW)
    made_at: Mapped[datetime]


class DataWithdrawal(Base):
    """A version of open data that the desk withdrew: it is handed out no more. Never changed (trigger)."""

    __tablename__ = "data_withdrawals"
    kept = Kept("Versions of open data that were withdrawn, and why.", "", stays(PUBLISHED))
    written_once = True

    package_id: Mapped[int] = mapped_column(
        ForeignKey("data_packages.id"), primary_key=True, autoincrement=False
    )
    reason: Mapped[Text] = mapped_column(info=AS_ROW)  # public
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class ReplacedVersion(Row):
    """A published panel, or published figures of a session, that a later version replaced. Never changed.

    `version` is what was replaced, `by_version` what took its place; a trigger keeps the row as it is.
    """

    __tablename__ = "replaced_versions"
    kept = Kept(
        "Published panels and figures of sessions that a later version replaced, and why.",
        "",
        stays(PUBLISHED),
    )
    written_once = True
    __table_args__ = (
        UniqueConstraint("round_id", "what", "by_version"),
        CheckConstraint("what IN ('panel', 'figures')", name="what"),
        CheckConstraint("by_version > version", name="later"),
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("rounds.id"), index=True)
    what: Mapped[str]
    version: Mapped[int]
    by_version: Mapped[int]
    reason: Mapped[Text] = mapped_column(info=AS_ROW)  # public
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]


class DataFile(Base):
    """A file of open data, compressed; versions of packages share those that are the same."""

    __tablename__ = "data_files"
    kept = Kept("Files of open data.", "", stays(PUBLISHED))

    sha256: Mapped[str] = mapped_column(primary_key=True, info=AS_ROW)
    content: Mapped[bytes] = mapped_column(info=AS_ROW)


class PanelPreset(Row):
    """Rules of a panel that the installation keeps under a name of its own."""

    __tablename__ = "panel_presets"
    kept = Kept("Rules of panels under a name.", "", stays(OURS))
    __table_args__ = (UniqueConstraint("name_key"),)

    # Its title in the language that was the first one when it was named
    name_key: Mapped[str] = mapped_column(info=AS_ROW)
    title: Mapped[Text] = mapped_column(default=Text, server_default="{}", info=AS_ROW)
    rules: Mapped[dict[str, Any]] = mapped_column(info=AS_ROW)  # section 5.1, no person held or kept out
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # none: by a command
    created_at: Mapped[datetime]
