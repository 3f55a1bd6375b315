"""The installation itself: the organiser's profile, switches, signs of life and retention."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from consulta.platform.models.columns import Base, Row
from consulta.platform.models.kept import AS_ROW, OURS, Kept, stays, until


class Organiser(Base):
    """The profile of the body that holds the consultations: one row; none until an administrator is asked."""

    __tablename__ = "organiser"
    kept = Kept(
        "The profile of the body that holds the consultations.",
        "people whom the profile names, such as who signs",
        stays("while the organisation, the account or the body uses it"),
    )
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    profile: Mapped[dict[str, Any]] = mapped_column(info=AS_ROW)  # organiser.values.Profile.stored
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, info=AS_ROW)
    changed_at: Mapped[datetime]


class Switch(Base):
    """Something that is on while its row is there.

    `mail_paused`: the secretariat paused all mail. `mail_restored`: this database was restored from a backup,
    and no mail goes until it is released.
    """

    __tablename__ = "switches"
    kept = Kept("What is switched on.", "", stays(OURS))
    __table_args__ = (CheckConstraint("name IN ('mail_paused', 'mail_restored')", name="name"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Beat(Base):
    """When the worker was last seen: written by whichever worker runs, a few times a minute at most."""

    __tablename__ = "beats"
    kept = Kept("When the worker was seen.", "", stays(OURS))
    __table_args__ = (CheckConstraint("name IN ('worker')", name="name"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class RetentionKind(Base):
    """A kind of erasure: the period by which it runs, when that was announced, and from when on it runs."""

    __tablename__ = "retention_kinds"
    kept = Kept("Which erasures were announced.", "", stays(OURS))

    kind: Mapped[str] = mapped_column(primary_key=True, info=AS_ROW)
    days: Mapped[int]  # the period that was announced
    announced_at: Mapped[datetime | None]
    begins_at: Mapped[datetime | None]  # none while nothing was found that is to be erased
    looked_at: Mapped[datetime]  # when the worker looked last


class RetentionRun(Row):
    """An erasure by the worker: of which kind, and of how many rows."""

    __tablename__ = "retention_runs"
    kept = Kept("What was erased, as numbers.", "", stays(OURS))

    kind: Mapped[str] = mapped_column(info=AS_ROW)
    rows: Mapped[int]
    at: Mapped[datetime]


class RetentionMark(Base):
    """Since when a row is out of use, as the worker saw it: of an account, a contact, an institution."""

    __tablename__ = "retention_marks"
    kept = Kept(
        "Since when accounts, contacts and institutions are out of use.",
        "",
        until("the row is used again, or erased"),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[datetime]


class Erasure(Row):
    """A row whose person was erased on request: which one, by its number, and when it had been made.

    The same stands in a file beside the database, so that a backup that is restored is erased again.
    """

    __tablename__ = "erasures"
    kept = Kept("Which rows were erased on request, by number.", "", stays(OURS))
    __table_args__ = (UniqueConstraint("kind", "number", "made_at"),)

    kind: Mapped[str] = mapped_column(info=AS_ROW)
    number: Mapped[int]
    made_at: Mapped[datetime]
    erased_at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
