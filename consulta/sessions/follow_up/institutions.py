"""Institutions that answer for recommendations: governments of States, local governments, agencies.

They are never deleted, as reports name them; one that does not answer any more is switched off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.core.problems import Problem, or_problem
from consulta.platform.access import require
from consulta.platform.alphabet import order
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.models import Institution
from consulta.platform.telephones import telephone
from consulta.platform.texts import address, line
from consulta.sessions.follow_up.values import INSTITUTION_KINDS

if TYPE_CHECKING:
    from consulta.platform.work import Work

NAME_MAX = 200


@dataclass(frozen=True, slots=True)
class InstitutionCommand:
    """An institution as written by the secretariat."""

    kind: str
    country: str
    name: str
    person: str = ""
    role: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    active: bool = True


def listed(work: Work, language: str) -> list[Institution]:
    """Return all institutions by State and name, in the order of a language."""
    require(work, "follow_up.read")
    rows = work.session.scalars(select(Institution).order_by(Institution.id))
    return sorted(rows, key=lambda each: (each.country, each.kind, order(each.name, language)))


def look(work: Work, number: int) -> Institution:
    """Return an institution. Problem: `institution.unknown`."""
    require(work, "follow_up.read")
    return or_problem(work.session.get(Institution, number), "institution.unknown")


def add(work: Work, command: InstitutionCommand, *, example: bool = False) -> int:
    """Write an institution down; return its number. Problems: `institution.duplicate`, those of `_write`."""
    require(work, "follow_up.write")
    row = Institution(created_at=work.now, example=example, version=1)
    _write(work, row, command)
    work.session.add(row)
    work.session.flush()
    work.record("institutions.written", "institutions", {"institution": row.id})
    return row.id


def change(work: Work, number: int, command: InstitutionCommand, seen: int) -> None:
    """Write an institution anew; its kind and its State stay.

    Problems: `institution.unknown`, `institution.stale`, `institution.duplicate`, those of `_write`.
    """
    require(work, "follow_up.write")
    row = or_problem(work.session.get(Institution, number, with_for_update=True), "institution.unknown")
    if seen != row.version:
        raise Problem("institution.stale")
    kind, country = row.kind, row.country
    _write(work, row, command)
    row.kind, row.country = kind, country  # reports under its number stay those of the same addressee
    row.version += 1
    work.session.flush()
    work.record("institutions.changed", "institutions", {"institution": row.id})


def _write(work: Work, row: Institution, command: InstitutionCommand) -> None:
    if command.kind not in INSTITUTION_KINDS:
        raise Problem("institution.kind")
    known = command.country in catalogue.countries_by_code()
    if not known and (command.kind != "agency" or command.country):
        raise Problem("institution.country")
    name = line(command.name)
    if not 1 <= len(name) <= NAME_MAX:
        raise Problem("institution.name", most=NAME_MAX)
    email = or_problem(
        address(command.email) if line(command.email) else "", "institution.email", text=line(command.email)
    )
    phone = line(command.phone)
    if phone and phone != row.phone:
        phone = or_problem(telephone(phone, command.country), "institution.phone", text=phone)
    row.kind, row.country, row.name, row.name_key = command.kind, command.country, name, fold(name)
    row.person, row.role = line(command.person)[:NAME_MAX], line(command.role)[:NAME_MAX]
    row.email, row.phone = email, phone
    row.language = work.language(command.language)
    row.active = command.active
