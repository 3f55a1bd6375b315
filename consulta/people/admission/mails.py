"""Mails about applications: what they say besides their texts, and whether they still hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.people.admission import queries
from consulta.people.admission.news import APPLY, CONTACT, SPONSOR, WAY
from consulta.platform.data import catalogue
from consulta.platform.formats import moments
from consulta.platform.labels import name_of
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_
from consulta.rounds.links import service as links

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.models import Application, Message
    from consulta.platform.work import Work

UNDECIDED = ("sponsors", "review", "returned")


def _application(work: Work, message: Message) -> Application | None:
    return queries.find(work.session, message.facts["application"])


def _gone(work: Work, message: Message) -> str | None:
    row = _application(work, message)
    return "mail.over" if row is None or row.state == "withdrawn" else None


def _not_to_confirm(work: Work, message: Message) -> str | None:
    row = _application(work, message)
    return None if row is not None and row.state == "unconfirmed" else "mail.over"


def _not_to_sponsor(work: Work, message: Message) -> str | None:
    row = _application(work, message)
    found = queries.sponsorship(work.session, message.facts["sponsorship"])
    open_still = row is not None and row.state in UNDECIDED and found is not None and found.state == "asked"
    return None if open_still else "mail.over"


def _overtaken(work: Work, message: Message) -> str | None:
    """Return why a decision is not told any more: the application was changed since it was made."""
    row = _application(work, message)
    if row is None or row.state == "withdrawn":
        return "mail.over"
    same = message.facts["what"] == "sponsor" or row.version == message.facts["version"]
    return None if same else "mail.overtaken"


def _not_to_ask(work: Work, message: Message) -> str | None:
    """Return why a further contact is not asked: it is not there any more, or may vote already."""
    contact = queries.contact(work.session, int(message.facts["contact"]))
    gone = contact is None or not contact.active or contact.may_vote
    return "mail.over" if gone else None


def _asked(work: Work, message: Message, _reader: Reader) -> Words:
    row = _application(work, message)
    if row is None:
        return {}
    return {
        language: {
            "applicant": row.name,
            "applicant_told": f"{row.name} ({work.best(name_of('country', row.country), language)})",
        }
        for language in work.languages
    }


def _said(work: Work, message: Message, reader: Reader) -> Words:
    return {language: _decision(message, reader, language) for language in work.languages}


def _decision(message: Message, reader: Reader, language: str) -> Mapping[str, str]:
    facts = message.facts
    words = catalogue.mail_words(language)
    since = moments.calendar_day(facts["since"], language) if facts.get("since") else ""
    return {
        "headline": words[f"admission_subject_{facts['what']}"],
        "decision": words[f"admission_{facts['what']}"].format(
            name=facts["organisation"],
            question=facts.get("question", ""),
            reason=facts.get("reason", ""),
            member=facts.get("member", ""),
            since=since,
        ),
        "own_link": links.url(reader.base_url, language, reader.token, WAY) if reader.token else "",
    }


KINDS = (
    MailKind(
        "admission_confirm",
        N_("Application to be confirmed"),
        N_("When an organisation applies, to the address that it gave."),
        places=("link",),
        needed=("link",),
        readers="others",
        urgent=True,
        overtaken=_not_to_confirm,
        opens=(APPLY,),
    ),
    MailKind(
        "admission_link",
        N_("Link to an application"),
        N_("When the same application is made again, or its link is asked for."),
        places=("link",),
        needed=("link",),
        readers="others",
        urgent=True,
        link=WAY,
        overtaken=_gone,
    ),
    MailKind(
        "admission_known",
        N_("Application from the address of a member"),
        N_("When a form gives the address of a contact of a member: no application is made."),
        readers="others",
    ),
    MailKind(
        "admission_sponsor",
        N_("Sponsor asked"),
        N_("When an application is confirmed, to the contacts of the members that it names as sponsors."),
        places=("applicant", "applicant_told", "link"),
        needed=("link",),
        readers="others",
        overtaken=_not_to_sponsor,
        opens=(SPONSOR,),
        words=_asked,
    ),
    MailKind(
        "admission_contact",
        N_("Address of a further contact to be confirmed"),
        N_("When an organisation is admitted, to the contacts that it named beside the one who applied."),
        places=("link",),
        needed=("link",),
        readers="others",
        overtaken=_not_to_ask,
        opens=(CONTACT,),
    ),
    MailKind(
        "admission_news",
        N_("Decision on an application"),
        N_("When an application is decided or returned, when that is undone, or a sponsor refuses."),
        places=("headline", "decision", "own_link"),
        needed=("decision",),
        readers="others",
        overtaken=_overtaken,
        words=_said,
    ),
)
