"""Writing to focal points alone: a mail in the secretariat's own words, once to each person in term."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from typing import TYPE_CHECKING

from consulta.core.problems import Problem, or_problem
from consulta.people.focal_points import news, queries
from consulta.people.focal_points.service import today
from consulta.people.members import mails as circulars
from consulta.platform.access import require
from consulta.platform.mailer.readers import TOLD
from consulta.rounds.letters import plain
from consulta.rounds.letters.mass_mail import Readers, Recipient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.people.members.writing import Words
    from consulta.platform.models import FocalPoint
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Post, Preview

KIND = "focal_circular"


def readers(words: Words | None = None) -> Callable[[Work], Readers]:
    """Return the act that says who would be written to, and what they would read."""

    def act(work: Work) -> Readers:
        require(work, "mail.write")
        rows = _to_write(work, words)
        had = queries.written(work.session, list(rows))
        people = [
            Recipient(
                each.id,
                each.name,
                each.organisation.name,
                each.email,
                each.language,
                news.country_of(each),
            )
            for once, each in rows.items()
            if once not in had
        ]
        told = [(TOLD, f"{rows[each].name} ({rows[each].organisation.name})") for each in sorted(had)]
        return Readers(KIND, people, told, partial(_preview, words))

    return act


def write(work: Work, words: Words) -> int:
    """Queue the mail for each person in term, once; return how many.

    Who had the same words on the same day gets them once: the form was sent twice, or by two people.

    Problems: `circular.subject`, `.text`, `.told`, `focal.no_one`.
    """
    require(work, "mail.write")
    said = words.checked(work.languages[0])
    queries.hold(work.session)
    rows = _to_write(work, said)
    if not rows:
        raise Problem("focal.no_one")
    had = queries.written(work.session, list(rows))
    fresh = {once: each for once, each in rows.items() if once not in had}
    if not fresh:
        raise Problem("circular.told")
    news.write(work, fresh, {"subject": said.subject, "text": said.text})
    title = said.subject[work.languages[0]]
    work.record("focal_points.written", "focal_points", {"count": len(fresh), "title": title})
    return len(fresh)


def _to_write(work: Work, words: Words | None) -> dict[str, FocalPoint]:
    """Return who is in term, each person once, by what must not be sent twice: these words on this day."""
    try:
        said = words.checked(work.languages[0]) if words is not None else None
    except Problem:
        said = None
    text = json.dumps([said.subject, said.text] if said is not None else [], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return {
        f"{KIND}:{each.email.lower()}:{digest}:{today(work)}": each
        for each in news.one_a_person(queries.in_term(work.session, today(work)))
    }


def _preview(
    words: Words | None,
    work: Work,
    _round_key: str,
    kind: str,
    language: str,
    post: Post,
    texts: Mapping[str, tuple[str, str]] | None = None,
    reader: int | None = None,
) -> Preview:
    """Return the mail as a focal point would get it. Problem: `mail.unknown` if there is none."""
    del texts
    row = or_problem(queries.find(work.session, reader or 0), "mail.unknown")
    subject, text = (words.subject, words.text) if words is not None else ({}, {})
    if not any(said.strip() for said in subject.values()):
        subject = dict.fromkeys(work.languages, "…")
    said = circulars.words(work, subject, text)
    return plain.shown(work, kind, language, post, (row.name, row.organisation.name), said)
