"""What an installation needs before its first consultation, and which of it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from consulta.accounts import staff
from consulta.operations import backups
from consulta.platform import desk_settings
from consulta.platform.access import may, require
from consulta.platform.mailer import trial
from consulta.platform.organiser import service as organiser

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Work

Key = Literal["languages", "name", "mail", "second", "copies"]


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps, and whether it is done."""

    key: Key
    is_done: bool


def steps(work: Work, settings: Settings) -> tuple[Step, ...]:
    """Return the first steps in their order; `settings` are those as they are now."""
    require(work, "settings.write")
    stored = desk_settings.stored_values(work)
    done: dict[Key, bool] = {
        "languages": "languages" in stored or desk_settings.is_fixed(settings, "languages"),
        "name": organiser.profile(work).written,
        "mail": settings.link_files or is_mail_tested(settings, stored.get(desk_settings.TESTED, "")),
        "second": len(staff.able(work, "settings.second")) > 1,
        "copies": backups.newest(settings.backups, work.now) is not None,
    }
    return tuple(Step(key, is_done) for key, is_done in done.items())


def is_mail_tested(settings: Settings, tested: str) -> bool:
    """Return whether a mail on trial went well with the present mail settings."""
    return bool(settings.mail.host) and tested == trial.digest(settings.mail)


def missing(work: Work, settings: Settings) -> tuple[Step, ...]:
    """Return the first steps that wait for the actor: none for who may not do them, and in a practice."""
    if settings.practice or not may(work.actor, "settings.write"):
        return ()
    return tuple(step for step in steps(work, settings) if not step.is_done)


def invited(work: Work) -> list[str]:
    """Return the addresses of invited people who could be the second person and have not begun yet."""
    require(work, "staff.read")
    return [
        each.person.email
        for each in staff.listed(work)
        if each.person.active and not each.began and each.person.role in {"admin", "secretariat"}
    ]
