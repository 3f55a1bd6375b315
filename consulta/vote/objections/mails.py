"""The closing mail and mails about objections: what they say besides their texts, and if they hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.core.rounds import State
from consulta.platform.data import catalogue
from consulta.platform.formats import moments
from consulta.platform.log import heads as kept_heads
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.platform.messages import N_
from consulta.rounds import ending
from consulta.rounds.addresses.queries import addresses as seat_addresses
from consulta.rounds.ballots.objection_time import objections_end
from consulta.rounds.ballots.queries import exclusions as objections
from consulta.rounds.links import service as links
from consulta.rounds.notices import service as notices

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.platform.mailer.kinds import Reader, Sample, Words
    from consulta.platform.models import Ballot, Message, Objection, Round, SeatAddress
    from consulta.platform.work import Work

WAY = "r"  # what links that answer a question open
UNKNOWN = "\N{BLACK SQUARE}"


@dataclass(frozen=True, slots=True)
class _Vote:
    """How an organisation appears as having voted."""

    sender: str
    assisted: bool
    young: bool
    cast_at: datetime
    receipt: str
    abstains: bool = False


def _closing(work: Work, message: Message, reader: Reader) -> Words:
    """Return what a closing mail says of its round and its seat."""
    found = message.round
    number = message.facts.get("ballot")
    ballot = outbox_queries.ballot(work.session, number) if number is not None else None
    vote = _vote(work, ballot) if ballot else None
    head = kept_heads.of_round(work.session, found.id, "closing")
    early = _early(work, found)
    mails = objections.closing_mails(work.session, found.id)
    until = objections_end(found, mails, work.now) if message.token else None
    closed_at = found.closed_at or found.closes_at
    return {
        language: {
            "closed": _closed(found, closed_at, early, reader.zone, language),
            "appears": _appears(vote, reader.zone, language),
            "objections": _objections(until, reader, language),
            "head": head.root if head else "",
        }
        for language in work.languages
    }


def _objection(work: Work, message: Message, reader: Reader) -> Words:
    """Return what a mail about an objection says of it."""
    found = message.round
    made = objections.find(work.session, found.id, message.facts["objection"])
    if made is None:
        raise RuntimeError("a mail about an objection that is not there")
    until = objections_end(found, objections.closing_mails(work.session, found.id), work.now) or made.made_at
    restored = made.ballot is not None and objections.restored(work.session, made.ballot) is not None
    return {
        language: _of_objection(made, until, reader.zone, language, restored=restored)
        for language in work.languages
    }


def _sample(work: Work, sample: Sample) -> Words:
    """Return what a sample of one of these mails says.

    Of a round that is open it says what the mail would if voting were closed now.
    """
    found, reader = sample.round, sample.reader
    early = found.state == State.OPEN.value and work.now < found.closes_at
    closed_at = found.closed_at or (work.now if early else found.closes_at)
    until = found.objections_until or closed_at + timedelta(hours=sample.objection_hours)
    receipt = "-".join([UNKNOWN * 4] * 3)
    vote = _Vote(reader.name, assisted=False, young=False, cast_at=closed_at, receipt=receipt)
    said: dict[str, Mapping[str, str]] = {}
    for language in work.languages:
        words = catalogue.mail_words(language)
        said[language] = {
            "closed": _closed(
                found, closed_at, words["sample_early"] if early else None, reader.zone, language
            ),
            "appears": _appears(vote, reader.zone, language),
            "objections": _objections(until if until > closed_at else None, reader, language),
            "head": UNKNOWN * 64,
            "objector": reader.name,
            "claim": words["claim_not_ours"],
            "text": words["sample_objection"],
            "answer": moments.on_clocks(until, reader.zone, language),
            "decision": words["decision_excluded"],
            "reason": words["sample_reason_given"],
        }
    return said


def _closed(found: Round, at: datetime, early: str | None, zone: str, language: str) -> str:
    hours = moments.on_clocks(at, zone, language)
    if early is None:
        return hours
    promised = moments.moment(found.closes_at, zone, language)
    words = catalogue.mail_words(language)["closed_early"]
    return f"{hours}\n{words.format(promised=promised, reason=early)}"


def _appears(vote: _Vote | None, zone: str, language: str) -> str:
    words = catalogue.mail_words(language)
    if vote is None:
        return str(words["appears_silent"])
    mark = "assisted" if vote.assisted else "young" if vote.young else None
    sender = words[mark].format(name=vote.sender) if mark else vote.sender
    sent = moments.on_clocks(vote.cast_at, zone, language)
    how = "appears_abstained" if vote.abstains else "appears_voted"
    return str(words[how].format(sender=sender, sent=sent, receipt=vote.receipt))


def _objections(until: datetime | None, reader: Reader, language: str) -> str:
    words = catalogue.mail_words(language)
    if until is None:
        return str(words["objections_none"])
    link = links.url(reader.base_url, language, reader.token, WAY)
    return str(
        words["objections_until"].format(link=link, until=moments.on_clocks(until, reader.zone, language))
    )


def _of_objection(
    made: Objection, until: datetime, zone: str, language: str, *, restored: bool
) -> Mapping[str, str]:
    words = catalogue.mail_words(language)
    decided = made.state if made.state in {"rejected", "withdrawn"} else "upheld"
    if decided == "upheld" and made.claim == "not_ours":
        decided = "restored" if restored else "excluded"
    return {
        "objector": made.who,
        "claim": words[f"claim_{made.claim}"],
        "text": made.text,
        "answer": moments.on_clocks(until, zone, language),
        "decision": words[f"decision_{decided}"],
        "reason": words["reason_withdrawn"] if decided == "withdrawn" else made.reason,
    }


def _early(work: Work, found: Round) -> str | None:
    """Return the reason given for ending the voting before its time; None if it did not end early."""
    if found.closed_at is None or found.closed_at >= found.closes_at:
        return None
    return ending.reason_of(work, found)


def _vote(work: Work, ballot: Ballot) -> _Vote:
    sender = (
        ballot.assistance.requester if ballot.assistance else seat_addresses.sender_of(work.session, ballot)
    )
    return _Vote(sender, ballot.assisted, ballot.young, ballot.cast_at, ballot.receipt, ballot.abstains)


def _overtaken(_work: Work, message: Message) -> str | None:
    """Return why a closing mail holds no more: the round was cancelled, or opened again since."""
    found = message.round
    again = found.state == State.OPEN.value or message.facts.get("reopenings", 0) != found.reopenings
    return "mail.over" if again or found.state == State.CANCELLED else None


def _round_cancelled(_work: Work, message: Message) -> str | None:
    return "mail.over" if message.round.state == State.CANCELLED else None


def _link_again(work: Work, message: Message, reader: SeatAddress | None) -> str | None:
    return notices.link_to_object(work, message.round, reader) if reader is not None else None


KINDS = (
    MailKind(
        "closing",
        N_("Voting closed: how it appears"),
        N_("When voting ends, to every address on file of every organisation, whether it voted or not."),
        places=("closed", "appears", "objections", "head"),
        needed=("appears", "objections", "head"),
        fixed_text=True,
        overtaken=_overtaken,
        words=_closing,
        sample=_sample,
        link_again=_link_again,
        asked_on=("secretariat.closing",),
    ),
    MailKind(
        "objection",
        N_("Objection received"),
        N_("When an organisation objects after the closing, to all its addresses on file."),
        places=("objector", "claim", "text", "answer"),
        needed=("objector", "text"),
        fixed_text=True,
        told_of="objection",
        overtaken=_round_cancelled,
        words=_objection,
        sample=_sample,
    ),
    MailKind(
        "objection_decided",
        N_("Objection decided"),
        N_("When an objection is decided or withdrawn, to all addresses on file of its organisation."),
        places=("objector", "decision", "reason"),
        needed=("decision", "reason"),
        fixed_text=True,
        told_of="objection",
        overtaken=_round_cancelled,
        words=_objection,
        sample=_sample,
    ),
)
