"""Mails about proposals for the panel: that members can propose, and what became of the proposals."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from consulta.panel.dialogues import service as dialogues
from consulta.panel.nominees import institutions, queries
from consulta.panel.proposals import news as nomination_news
from consulta.platform.data import catalogue
from consulta.platform.formats import moments
from consulta.platform.mailer import news
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_
from consulta.platform.models import PROPOSE
from consulta.rounds import service as rounds_of
from consulta.rounds.letters import service as letters
from consulta.rounds.proposing import phase_of
from consulta.rounds.queries import public as public_queries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.platform.mailer.kinds import Reader, Sample, Words
    from consulta.platform.models import Message, Round
    from consulta.platform.work import Work


def _proposing_over(work: Work, message: Message) -> str | None:
    return None if phase_of(message.round, work.now).on else "mail.over"


def _until(work: Work, found: Round, zone: str) -> Words:
    ends = phase_of(found, work.now).until or found.closes_at
    return {language: letters.deadline(ends, zone, language) for language in work.languages}


def _ends_otherwise(_work: Work, message: Message) -> str | None:
    until = message.round.nominations_until
    said = message.facts["until"]
    return None if until is not None and round(until.timestamp()) == said else "mail.overtaken"


def _shorter(work: Work, message: Message, reader: Reader) -> Words:
    until, before = (datetime.fromtimestamp(message.facts[name], UTC) for name in ("until", "before"))
    return _hours(work, until, before, reader.zone)


def _sample_shorter(work: Work, sample: Sample) -> Words:
    found = sample.round
    until = found.nominations_until or found.closes_at
    return _hours(work, work.now if phase_of(found, work.now).on else until, until, sample.reader.zone)


def _hours(work: Work, until: datetime, before: datetime, zone: str) -> Words:
    return {
        language: {
            **letters.deadline(until, zone, language),
            "before": moments.on_clocks(before, zone, language),
        }
        for language in work.languages
    }


def _decided_otherwise(work: Work, message: Message) -> str | None:
    return None if nomination_news.is_current(work, message) else "mail.overtaken"


def _decisions(work: Work, message: Message, _reader: Reader) -> Words:
    names = nomination_news.names(work, message.round)
    told = [{**each, "proposed": names[each["number"]]} for each in news.items_of(message)]
    return _in_words(work, told)


def _sample_decisions(work: Work, sample: Sample) -> Words:
    """Return what the reader would be told now, or an invented decision."""
    untold = nomination_news.untold(work, sample.round)
    theirs = next((each.items for each in untold if each.contact and each.contact.id == sample.contact), None)
    if theirs is not None:
        return _in_words(work, theirs)
    facts = {"decision": "admitted", "reason": "", "into": "", "on_ballot": False}
    return {
        language: _said(language, [{**facts, "proposed": catalogue.mail_words(language)["sample_guest"]}])
        for language in work.languages
    }


def _in_words(work: Work, items: Sequence[Mapping[str, object]]) -> Words:
    return {language: _said(language, items) for language in work.languages}


def _said(language: str, items: Sequence[Mapping[str, object]]) -> dict[str, str]:
    """Return who was proposed, and what was decided about each."""
    words = catalogue.mail_words(language)
    return {
        "proposed": "; ".join(str(each["proposed"]) for each in items),
        "decision": "\n\n".join(f"{each['proposed']}:\n{_decision(words, each)}" for each in items),
    }


def _decision(words: Mapping[str, str], facts: Mapping[str, object]) -> str:
    name = "proposal_ballot" if facts["on_ballot"] else f"proposal_{facts['decision']}"
    if facts["decision"] == "merged" and facts["into"]:
        name = "proposal_joined"
    return words[name].format(reason=facts["reason"], into=facts["into"])


def _not_to_invite(work: Work, message: Message) -> str | None:
    """Return why an institution is not invited any more: it is no nominee, or the session has begun."""
    found = public_queries.round_of(work.session, message.facts["round"])
    gone = found is None or queries.find(work.session, found.id, message.facts["nominee"]) is None
    return "mail.over" if gone or (found is not None and dialogues.has_begun(work, found)) else None


def _institution(work: Work, message: Message, reader: Reader) -> Words:
    found = rounds_of.known(work, message.facts["round"])
    return institutions.words(work, found, reader.base_url)


KINDS = (
    MailKind(
        "nomination",
        N_("Proposals for the panel"),
        N_("When you let members propose before the vote, to every contact who may vote."),
        places=("link",),
        needed=("link", "deadline"),
        before_opening=True,
        overtaken=_proposing_over,
        opens=(PROPOSE,),
        words=lambda work, message, reader: _until(work, message.round, reader.zone),
        sample=lambda work, sample: _until(work, sample.round, sample.reader.zone),
        asked_on=("secretariat.nomination_phase", "secretariat.write_proposers"),
        hours_entered=True,
    ),
    MailKind(
        "nomination_end",
        N_("Less time for proposals"),
        N_("When you end the proposals earlier than announced, to all who got a link to propose."),
        places=("before",),
        needed=("deadline", "before"),
        before_opening=True,
        overtaken=_ends_otherwise,
        told_of="until",
        words=_shorter,
        sample=_sample_shorter,
        asked_on=("secretariat.end_proposals", "secretariat.nomination_phase"),
    ),
    MailKind(
        nomination_news.KIND,
        N_("What became of proposals for the panel"),
        N_("When you send it: one to each organisation, about all its proposals that were decided since."),
        places=("proposed", "decision"),
        needed=("decision",),
        overtaken=_decided_otherwise,
        words=_decisions,
        sample=_sample_decisions,
        asked_on=("secretariat.tell_proposers",),
    ),
    MailKind(
        institutions.KIND,
        N_("Institution of a named government"),
        N_("When you invite the institution of a government that organisations named to name a person."),
        places=("topic", "date", "page"),
        needed=("topic",),
        readers="others",
        overtaken=_not_to_invite,
        words=_institution,
    ),
)
