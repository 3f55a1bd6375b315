"""Writing to focal points alone: a mail in the secretariat's own words, once to each person in term."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.focal_points import news, queries
from consulta.focal_points.service import today
from consulta.infra.access import require
from consulta.letters import plain
from consulta.letters.mass_mail import Readers, Recipient
from consulta.members import mails as circulars

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.infra.work import Work
    from consulta.letters.service import Post, Preview
    from consulta.members.writing import Words

KIND = "focal_circular"


def readers(words: Words | None = None) -> Callable[[Work], Readers]:
    """Return the act that says who would be written to, and what they would read."""

    def act(work: Work) -> Readers:
        require(work, "mail.write")
        people = [
            Recipient(
                each.id,
                each.name,
                each.organisation.name,
                each.email,
                each.language,
                each.organisation.country,
            )
            for each in news.one_a_person(work, today(work))
        ]
        return Readers(KIND, people, preview=partial(_preview, words))

    return act


def write(work: Work, words: Words) -> int:
    """Queue the mail for each person in term, once; return how many.

    Problems: `circular.subject`, `circular.text`, `focal.no_one`.
    """
    require(work, "mail.write")
    said = words.checked(work.languages[0])
    rows = news.one_a_person(work, today(work))
    if not rows:
        raise Problem("focal.no_one")
    at = round(work.now.timestamp())
    news.write(work, rows, {"subject": said.subject, "text": said.text}, str(at))
    title = said.subject[work.languages[0]]
    work.record("focal_points.written", "focal_points", {"count": len(rows), "title": title})
    return len(rows)


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
    row = queries.find(work.session, reader or 0)
    if row is None:
        raise Problem("mail.unknown")
    subject, text = (words.subject, words.text) if words is not None else ({}, {})
    if not any(said.strip() for said in subject.values()):
        subject = dict.fromkeys(work.languages, "…")
    said = circulars.words(work, subject, text)
    return plain.shown(work, kind, language, post, (row.name, row.organisation.name), said)
