"""Notices of a change of who may vote: what they say, with a hint at the new address, and if they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_
from consulta.rounds import addresses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.mailer.kinds import Reader, Sample, Words
    from consulta.platform.models import AccessChange, Message
    from consulta.platform.work import Work

# By what became of a change, the subject that tells it; any other is that it is done.
_SUBJECTS = {"objected": "kept", "stopped": "kept", "withdrawn": "withdrawn"}
_LONGEST_HINT = 1  # letters of a mailbox's name that are shown


def hint(address: str) -> str:
    """Return an address so that people who know it recognise it: `p…@example.org`."""
    name, _, host = address.partition("@")
    return f"{name[:_LONGEST_HINT]}…@{host}"


def _words(work: Work, message: Message, reader: Reader) -> Words:
    """Return what stands in the places of a notice."""
    facts = message.facts
    change = addresses.alone(work.session, facts["change"]) if "change" in facts else None
    if change is None:
        return {language: _of_act(work, language, facts) for language in work.languages}
    return {language: _of_change(work, language, change, facts, reader.zone) for language in work.languages}


def _sample(work: Work, sample: Sample) -> Words:
    """Return what a sample of a notice says."""
    found: dict[str, Mapping[str, str]] = {}
    for language in work.languages:
        words = catalogue.mail_words(language)
        found[language] = {
            "headline": words["access_subject_withdrawn"],
            "change": words["sample_change"],
            "reason": words["sample_reason"],
            "outcome": words["sample_outcome"],
            "effect": moments.on_clocks(sample.round.closes_at, sample.reader.zone, language),
        }
    return found


def _of_change(
    work: Work, language: str, change: AccessChange, facts: Mapping[str, str], zone: str
) -> Mapping[str, str]:
    words = catalogue.mail_words(language)
    replaced = addresses.contact(work.session, change.replaces_id) if change.replaces_id is not None else None
    outcome = words[f"outcome_{facts['outcome']}"] if "outcome" in facts else ""
    return {
        "headline": words[f"access_subject_{_SUBJECTS.get(facts.get('outcome', ''), 'done')}"],
        "change": words[f"change_{change.kind}"].format(
            name=change.contact.name,
            address=hint(change.address),
            before=hint(change.before),
            replaced=replaced.name if replaced else "",
        ),
        "reason": change.reason,
        "effect": moments.on_clocks(change.due_at, zone, language),
        "outcome": outcome.format(reason=change.stopped if outcome_is_stop(facts) else change.decision),
    }


def outcome_is_stop(facts: Mapping[str, str]) -> bool:
    """Return whether a notice tells that a scrutineer stopped a change."""
    return facts.get("outcome") == "stopped"


def _of_act(work: Work, language: str, facts: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the words of a notice about an act without a wait: `change` and `outcome`, by name."""
    words = catalogue.mail_words(language)
    reason = work.best(Text(facts["reasons"]), language) if "reasons" in facts else facts["reason"]
    return {
        "headline": words[f"access_subject_{facts['act']}"],
        "change": words[f"change_{facts['act']}"].format(name=facts["who"], address=facts["hint"]),
        "outcome": words["outcome_now"].format(reason=reason),
    }


def _decided(work: Work, message: Message) -> str | None:
    """Return why a notice asks in vain: the change is decided, or voting is over; other notices tell."""
    change = addresses.alone(work.session, message.facts["change"])
    if message.round.state != State.OPEN:
        return "mail.over"
    return None if change is not None and change.state in {"waiting", "objected"} else "mail.decided"


KINDS = (
    MailKind(
        "access_asked",
        N_("Notice: who can vote will change"),
        N_(
            "When a change made while voting is open would allow another address to vote, to every "
            "address on file; its text is fixed."
        ),
        places=("link", "change", "reason", "effect"),
        needed=("link", "change", "effect"),
        fixed_text=True,
        link="r",
        sent_again=False,
        overtaken=_decided,
        words=_words,
        sample=_sample,
    ),
    MailKind(
        "access_decided",
        N_("Notice: who can vote has changed"),
        N_(
            "When such a change is decided, or a contact can no longer vote, to every address on "
            "file; its text is fixed."
        ),
        places=("headline", "change", "outcome"),
        needed=("change", "outcome"),
        fixed_text=True,
        link="r",
        sent_again=False,
        words=_words,
        sample=_sample,
    ),
)
