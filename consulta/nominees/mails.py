"""Mails about proposals for the panel: that members can propose, and what was decided about a proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.data import catalogue
from consulta.door import service as door
from consulta.infra.messages import N_
from consulta.infra.models import PROPOSE
from consulta.letters import service as letters
from consulta.mailer.kinds import MailKind
from consulta.proposals import news as nomination_news
from consulta.proposals import queries as nominations
from consulta.rounds.proposing import phase_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.infra.models import Message, Round
    from consulta.infra.work import Work
    from consulta.mailer.kinds import Reader, Sample, Words


def _proposing_over(work: Work, message: Message) -> str | None:
    return None if phase_of(message.round, work.now).on else "mail.over"


def _link_ended(work: Work, message: Message) -> bool:
    return not door.works(work, PROPOSE, message.token or "")


def _until(work: Work, found: Round, zone: str) -> Words:
    ends = phase_of(found, work.now).until or found.closes_at
    return {language: letters.deadline(ends, zone, language) for language in work.languages}


def _decided_otherwise(work: Work, message: Message) -> str | None:
    row = nominations.find(work.session, message.round.id, message.facts["nomination"])
    return None if nomination_news.is_current(row, message.facts) else "mail.overtaken"


def _decision(work: Work, message: Message, _reader: Reader) -> Words:
    row = nominations.find(work.session, message.round_id, message.facts["nomination"])
    name = row.said["name"] if row else ""
    return {language: _said(language, name, message.facts) for language in work.languages}


def _sample_decision(work: Work, _sample: Sample) -> Words:
    facts = {"decision": "admitted", "reason": "", "into": "", "on_ballot": False}
    return {
        language: _said(language, catalogue.mail_words(language)["sample_guest"], facts)
        for language in work.languages
    }


def _said(language: str, proposed: str, facts: Mapping[str, object]) -> dict[str, str]:
    """Return who was proposed, and what was decided."""
    name = "proposal_ballot" if facts["on_ballot"] else f"proposal_{facts['decision']}"
    if facts["decision"] == "merged" and facts["into"]:
        name = "proposal_joined"
    words = catalogue.mail_words(language)[name]
    return {"proposed": proposed, "decision": words.format(reason=facts["reason"], into=facts["into"])}


KINDS = (
    MailKind(
        "nomination",
        N_("Proposals for the panel"),
        N_("When you let members propose before the vote, to every contact who may vote."),
        places=("link",),
        needed=("link", "deadline"),
        before_opening=True,
        link="p",
        overtaken=_proposing_over,
        link_ended=_link_ended,
        words=lambda work, message, reader: _until(work, message.round, reader.zone),
        sample=lambda work, sample: _until(work, sample.round, sample.reader.zone),
        asked_on=("secretariat.nomination_phase", "secretariat.write_proposers"),
    ),
    MailKind(
        nomination_news.KIND,
        N_("Decision on a proposal"),
        N_("When you decide on a proposal for the panel, to the contact who made it."),
        places=("proposed", "decision"),
        needed=("proposed", "decision"),
        told_of="nomination",
        overtaken=_decided_otherwise,
        words=_decision,
        sample=_sample_decision,
    ),
)
