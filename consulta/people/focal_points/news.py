"""What is written to focal points, and to the members that named them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.core.texts import Text
from consulta.platform.door import service as door
from consulta.platform.door.service import Given
from consulta.platform.labels import name_of
from consulta.platform.mailer.outbox import PlainLetter, hindrance, queue_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consulta.platform.models import FocalPoint
    from consulta.platform.work import Work

FOCAL = "focal_point"  # the purpose of links; their subject is the focal point
WAY = "r"


def territory_of(row: FocalPoint) -> Text:
    """Return the name of a territory: of a State in each language, else as it was written."""
    return name_of("country", row.country) if row.kind == "state" else Text.name(row.place)


def country_of(row: FocalPoint) -> str:
    """Return the country by whose clocks a focal point reads: its State, else that of the member."""
    return row.country or row.organisation.country


def ask(work: Work, row: FocalPoint) -> None:
    """Ask the person, by a link, whether it accepts and what of it may be public."""
    work.session.flush()
    (token,) = door.give(work, FOCAL, [Given(row.id)])
    queue_plain(work, [letter(row, "focal_asked", f"{row.version}", {}, token)])


def tell_person(work: Work, row: FocalPoint, what: str) -> None:
    """Tell the person what was decided; `what` names a sentence (`focal_...`) of the words of mails."""
    queue_plain(work, [letter(row, "focal_news", f"{what}:{row.version}", _facts(row, what))])


def tell_member(work: Work, row: FocalPoint, what: str) -> None:
    """Tell the contact who named the person, or else all who may vote, what became of it."""
    by = [row.named_by] if row.named_by is not None and hindrance(row.named_by) is None else []
    voting = [each for each in row.organisation.contacts if each.may_vote and hindrance(each) is None]
    queue_plain(
        work,
        [
            PlainLetter(
                "focal_news",
                each.name,
                row.organisation.name,
                row.organisation.country,
                each.email,
                each.language,
                f"focal_news:{row.id}:{what}:{row.version}:{each.id}",
                None,
                _facts(row, what) | {"focal_point": row.id},
                each,
            )
            for each in by or voting
        ],
    )


def write(work: Work, rows: Mapping[str, FocalPoint], facts: Mapping[str, object]) -> None:
    """Send these focal points, by what must not be sent twice, a mail in the secretariat's own words."""
    letters = [replace(letter(each, "focal_circular", "", facts), once=once) for once, each in rows.items()]
    queue_plain(work, letters)


def letter(
    row: FocalPoint, kind: str, once: str, facts: Mapping[str, object], token: str | None = None
) -> PlainLetter:
    """Return a mail to a focal point."""
    return PlainLetter(
        kind,
        row.name,
        row.organisation.name,
        country_of(row),
        row.email,
        row.language,
        f"{kind}:{row.id}:{once}",
        token,
        {**facts, "focal_point": row.id},
    )


def one_a_person(rows: Iterable[FocalPoint]) -> list[FocalPoint]:
    """Return of these focal points the first of each address."""
    found: dict[str, FocalPoint] = {}
    for each in rows:
        found.setdefault(each.email.lower(), each)
    return list(found.values())


def _facts(row: FocalPoint, what: str) -> dict[str, object]:
    return {"what": what, "person": row.name, "reason": row.reason, "ends": row.ends or ""}
