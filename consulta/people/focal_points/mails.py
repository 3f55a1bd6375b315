"""Mails to focal points and about them: what they say besides their texts, and whether they still hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.people.focal_points import queries
from consulta.people.focal_points.news import FOCAL, territory_of
from consulta.people.members import mails as circulars
from consulta.platform.data import catalogue
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_

if TYPE_CHECKING:
    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.models import FocalPoint, Message
    from consulta.platform.work import Work


def _row(work: Work, message: Message) -> FocalPoint | None:
    return queries.find(work.session, message.facts["focal_point"])


def _not_asked(work: Work, message: Message) -> str | None:
    row = _row(work, message)
    return None if row is not None and row.state == "asked" else "mail.over"


def _asked(work: Work, message: Message, _reader: Reader) -> Words:
    row = _row(work, message)
    if row is None:
        return {}
    return {
        language: {
            "territory": work.best(territory_of(row), language),
            "term": catalogue.mail_words(language)["focal_term"].format(
                starts=moments.calendar_day(row.starts or "", language),
                ends=moments.calendar_day(row.ends or "", language),
            ),
        }
        for language in work.languages
    }


def _told(work: Work, message: Message, _reader: Reader) -> Words:
    row = _row(work, message)
    facts = message.facts
    if row is None:
        return {}
    return {
        language: {
            "headline": catalogue.mail_words(language)[f"focal_subject_{facts['what']}"],
            "territory": work.best(territory_of(row), language),
            "told": catalogue.mail_words(language)[f"focal_{facts['what']}"].format(
                person=facts["person"],
                territory=work.best(territory_of(row), language),
                reason=facts["reason"],
                ends=moments.calendar_day(facts["ends"], language) if facts["ends"] else "",
            ),
        }
        for language in work.languages
    }


def _written(work: Work, message: Message, _reader: Reader) -> Words:
    return circulars.words(work, message.facts["subject"], message.facts["text"])


KINDS = (
    MailKind(
        "focal_asked",
        N_("Focal point asked"),
        N_("When you confirm or name a focal point, to that person."),
        places=("territory", "term", "link"),
        needed=("link",),
        readers="others",
        overtaken=_not_asked,
        opens=(FOCAL,),
        words=_asked,
    ),
    MailKind(
        "focal_news",
        N_("News of a focal point"),
        N_("When a focal point is declined, accepts or does not, ends early or is replaced."),
        places=("headline", "territory", "told"),
        needed=("told",),
        readers="others",
        words=_told,
    ),
    MailKind(
        "focal_circular",
        N_("Message to focal points in your own words"),
        N_("When you write to all focal points who are in their term."),
        places=("subject", "text"),
        needed=("text",),
        readers="others",
        fixed_text=True,
        words=_written,
        asked_on=("secretariat.write_focal_points",),
    ),
)
