"""Mails of the phase of proposing themes: that it has opened, a reminder, and what confirms a proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform import deadlines
from consulta.platform.data import catalogue
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_
from consulta.themes.proposals import links, queries
from consulta.themes.proposals.reading import phase_view
from consulta.themes.proposals.service import RECEIVED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from consulta.platform.mailer.kinds import Reader, Sample, Words
    from consulta.platform.models import Message, Round
    from consulta.platform.work import Work

SAMPLE = "T-7K3M-9PXR"


def _over(work: Work, message: Message) -> str | None:
    """Return why a mail with a link is not sent; one that was asked for is sent until the round opens."""
    phase = phase_view(work, message.round)
    open_yet = phase is not None and (phase.on or (message.facts.get("asked") and phase.stage == "over"))
    return None if open_yet and message.round.state == "draft" else "mail.over"


def _moved_again(work: Work, message: Message) -> str | None:
    """Return why a mail about a later end is not sent: the phase is over, or its end has moved again."""
    phase = phase_view(work, message.round)
    if phase is not None and deadlines.as_text(phase.closes_at) != message.facts["until"]:
        return "mail.overtaken"
    return _over(work, message)


def _phase(work: Work, found: Round, zone: str) -> Words:
    phase = phase_view(work, found)
    ends = phase.closes_at if phase else found.closes_at
    said: dict[str, Mapping[str, str]] = {}
    for language in work.languages:
        words = catalogue.mail_words(language)
        limits = [
            words["theme_most" if phase is None or phase.most > 1 else "theme_most_one"].format(
                most=phase.most if phase else 3
            )
        ]
        if phase is not None and phase.supports:
            limits.append(
                words["theme_supports" if phase.supports > 1 else "theme_supports_one"].format(
                    supports=phase.supports
                )
            )
        said[language] = {
            "deadline": moments.on_clocks(ends, zone, language),
            "until": moments.brief(ends, zone, language),
            "limits": " ".join(limits),
        }
    return said


def _received(work: Work, message: Message, reader: Reader) -> Words:
    row = queries.find(work.session, message.round_id, message.facts["proposal"])
    if row is None:
        raise RuntimeError("a mail about a proposal that is not there")
    return _of_proposal(
        work, row.title.best(row.language), row.reference, moments_of=row.proposed_at, zone=reader.zone
    )


def _sample_received(work: Work, sample: Sample) -> Words:
    said = _of_proposal(work, "", SAMPLE, moments_of=work.now, zone=sample.reader.zone)
    return {
        language: {**words, "theme": catalogue.mail_words(language)["sample_theme"]}
        for language, words in said.items()
    }


def _of_proposal(work: Work, title: str, reference: str, *, moments_of: datetime, zone: str) -> Words:
    return {
        language: {
            "theme": title,
            "reference": reference,
            "sent": moments.moment(moments_of, zone, language),
        }
        for language in work.languages
    }


def _taken_back(work: Work, message: Message) -> str | None:
    row = queries.find(work.session, message.round_id, message.facts["proposal"])
    return None if row is not None and row.state != "withdrawn" else "mail.overtaken"


def _call(
    name: str,
    label: str,
    when: str,
    overtaken: Callable[[Work, Message], str | None],
    asked_on: tuple[str, ...],
) -> MailKind:
    """Return the entry of a kind whose link opens the proposing of themes."""
    return MailKind(
        name,
        label,
        when,
        places=("link", "limits"),
        needed=("link", "deadline"),
        before_opening=True,
        overtaken=overtaken,
        opens=(links.PROPOSE_THEMES,),
        words=lambda work, message, reader: _phase(work, message.round, reader.zone),
        sample=lambda work, sample: _phase(work, sample.round, sample.reader.zone),
        asked_on=asked_on,
    )


KINDS = (
    _call(
        links.CALL,
        N_("Proposing themes opens"),
        N_("When members can propose themes, to every contact who may vote."),
        _over,
        ("secretariat.open_theme_phase", "secretariat.write_theme_phase"),
    ),
    _call(
        links.REMINDER,
        N_("Reminder to propose themes"),
        N_("When you remind the organisations that have neither proposed nor supported a theme."),
        _over,
        ("secretariat.remind_theme_phase",),
    ),
    _call(
        links.EXTENSION,
        N_("Proposing themes ends later"),
        N_("When you moved the end of proposing themes and tell every contact who may vote."),
        _moved_again,
        ("secretariat.tell_theme_phase",),
    ),
    MailKind(
        RECEIVED,
        N_("Theme proposal received"),
        N_("When a member proposes a theme, to the contact who proposed it."),
        places=("theme", "reference", "sent"),
        needed=("theme", "reference"),
        before_opening=True,
        told_of="proposal",
        urgent=True,
        overtaken=_taken_back,
        words=_received,
        sample=_sample_received,
    ),
)
