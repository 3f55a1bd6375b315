"""What notices say of a change of who may vote: with the new address only hinted at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.data import catalogue
from consulta.formats import moments
from consulta.store.models import AccessChange, Contact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.services.work import Work
    from consulta.store.models import Message

KINDS = frozenset({"access_asked", "access_decided"})
_LONGEST_HINT = 1  # letters of a mailbox's name that are shown


def hint(address: str) -> str:
    """Return an address so that people who know it recognise it: `p…@example.org`."""
    name, _, host = address.partition("@")
    return f"{name[:_LONGEST_HINT]}…@{host}"


def of_message(work: Work, message: Message, zone: str) -> Mapping[str, Mapping[str, str]]:
    """Return what stands in the places of a notice; nothing for other kinds of mail."""
    if message.kind not in KINDS:
        return {}
    facts = message.facts
    change = work.session.get(AccessChange, facts["change"]) if "change" in facts else None
    if change is None:
        return {language: _of_act(language, facts) for language in work.languages}
    return {language: _of_change(work, language, change, facts, zone) for language in work.languages}


def sample(work: Work, kind: str, effect: datetime, zone: str) -> Mapping[str, Mapping[str, str]]:
    """Return what a sample of a notice says."""
    if kind not in KINDS:
        return {}
    found: dict[str, Mapping[str, str]] = {}
    for language in work.languages:
        words = catalogue.mail_words(language)
        found[language] = {
            "change": words["sample_change"],
            "reason": words["sample_reason"],
            "outcome": words["sample_outcome"],
            "effect": _hours(effect, zone, language),
        }
    return found


def _of_change(
    work: Work, language: str, change: AccessChange, facts: Mapping[str, str], zone: str
) -> Mapping[str, str]:
    words = catalogue.mail_words(language)
    replaced = work.session.get(Contact, change.replaces_id) if change.replaces_id is not None else None
    outcome = words[f"outcome_{facts['outcome']}"] if "outcome" in facts else ""
    return {
        "change": words[f"change_{change.kind}"].format(
            name=change.contact.name,
            address=hint(change.address),
            before=hint(change.before),
            replaced=replaced.name if replaced else "",
        ),
        "reason": change.reason,
        "effect": _hours(change.due_at, zone, language),
        "outcome": outcome.format(reason=change.decision),
    }


def _of_act(language: str, facts: Mapping[str, str]) -> Mapping[str, str]:
    """What was done at once."""
    words = catalogue.mail_words(language)
    return {
        "change": words[f"change_{facts['act']}"].format(name=facts["who"], address=facts["hint"]),
        "outcome": words["outcome_now"].format(reason=facts["reason"]),
    }


def _hours(moment: datetime, zone: str, language: str) -> str:
    return "\n".join(moments.everywhere(moment, (zone,), language))
