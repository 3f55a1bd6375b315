"""Mails about the data of a member: what they say besides their texts, and whether they still hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.people.own_data.news import OWN
from consulta.platform.data import catalogue
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_
from consulta.platform.models import OBJECTING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.models import Message
    from consulta.platform.work import Work

WAY = "m"


def _changed(work: Work, message: Message, _reader: Reader) -> Words:
    return {
        language: {
            "headline": catalogue.mail_words(language)[f"own_subject_{_subject(message.facts['what'])}"],
            "changed": _said(message.facts, language),
        }
        for language in work.languages
    }


def _subject(what: str) -> str:
    """Return which subject tells of an act: of a decision, of what was asked, or of what has changed."""
    if what.startswith("objection_"):
        return "objection"
    if what.endswith(("_accepted", "_declined")):
        return what.rpartition("_")[2]
    if what.startswith("asked_"):
        return "asked"
    return what if what in {"activated", "deactivated"} else "changed"


def _said(facts: Mapping[str, Any], language: str) -> str:
    what = facts["what"]
    if what.endswith("_declined") and what != "objection_declined":
        what = "declined"
    words = catalogue.mail_words(language)
    who = words["own_desk"] if facts.get("desk") else facts.get("who", "")
    acts = [(what, facts.get("about", "")), *facts.get("also", ())]
    return "\n".join(
        words[f"own_{each}"].format(who=who, about=about, reason=facts.get("reason", ""))
        for each, about in acts
    )


KINDS = (
    MailKind(
        "own_data_link",
        N_("Link to the data of an organisation"),
        N_("When a contact asks for it with its address."),
        places=("link",),
        needed=("link",),
        readers="others",
        urgent=True,
        opens=(OWN,),
    ),
    MailKind(
        "own_data_yearly",
        N_("Data to be looked at"),
        N_("When you ask all contacts who may vote to look at the data of their organisation."),
        places=("link",),
        needed=("link",),
        readers="others",
        opens=(OWN,),
        asked_on=("secretariat.write_own_data",),
    ),
    MailKind(
        "own_data_changed",
        N_("Data of an organisation changed"),
        N_("When you or a contact change its data, to all its contacts and an address that is given up."),
        places=("headline", "changed", "link"),
        needed=("changed", "link"),
        readers="others",
        fixed_text=True,
        opens=(OBJECTING,),
        words=_changed,
    ),
    MailKind(
        "own_data_decided",
        N_("Decision on a correction"),
        N_("When you decide on a change that a contact asked for, to that contact."),
        places=("headline", "changed"),
        needed=("changed",),
        readers="others",
        words=_changed,
    ),
)
