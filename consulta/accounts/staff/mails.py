"""Mails to people with an account: the link to begin it, and what happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.accounts.staff.service import JOIN
from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.platform.deadlines import of_text
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.models import Message
    from consulta.platform.work import Work


# Acts on an account of which its owner is told, whether the owner or another person did them.
_OWN = frozenset({"device", "codes", "password", "factor", "confirmed", "refused", "unconfirmed"})
# Their sentences say themselves whom to tell.
_ADVISED = frozenset(
    {
        "seat_withdrawn",
        "scrutineer_dismissed",
        "witness_ended",
        "registration_asked",
        "mail_text",
        "organiser",
        "data_objected",
    }
)


def _told(work: Work, message: Message, _reader: Reader) -> Words:
    return {language: _words(work, message, language) for language in work.languages}


def _words(work: Work, message: Message, language: str) -> Mapping[str, str]:
    what, words = message.facts["what"], catalogue.mail_words(language)
    act = message.facts.get("act", {}).get(language, "")
    advice = words["staff_advice_own" if what in _OWN else "staff_advice_other"]
    return {
        "headline": words[f"staff_subject_{what}"].format(act=act),
        "changed": _sentence(work, message, language),
        "advice": "" if what in _ADVISED else advice,
    }


def _sentence(work: Work, message: Message, language: str) -> str:
    """Return what happened, in a sentence or two, with the reason where one was given."""
    facts, words = message.facts, catalogue.mail_words(language)
    at = of_text(facts["at"]) if "at" in facts else message.queued_at
    where = ", ".join(filter(None, (facts.get("browser"), facts.get("network"))))
    told = words[f"staff_{facts['what']}"].format(
        at=moments.moment(at, moments.UNIVERSAL, language),
        where=where or words["staff_no_browser"],
        role=words.get(f"staff_as_{facts.get('role')}", ""),
        who=facts.get("who", ""),
        act=facts.get("act", {}).get(language, ""),
        page=facts.get("page", "").format(language=language),
        until=moments.moment(of_text(facts["until"]), moments.UNIVERSAL, language)
        if "until" in facts
        else "",
    )
    written = facts.get("reasons")
    reason = work.best(Text(written), language) if written else facts.get("reason")
    return f"{told} {words['staff_reason'].format(reason=reason)}" if reason else told


KINDS = (
    MailKind(
        "staff_link",
        N_("Link to begin an account"),
        N_("When an administrator invites a person of the staff, or sends such a link again."),
        places=("headline", "changed", "link"),
        needed=("changed", "link"),
        readers="others",
        unnamed=True,
        fixed_text=True,
        urgent=True,
        opens=(JOIN,),
        words=_told,
    ),
    MailKind(
        "staff_notice",
        N_("News of an account"),
        N_("When something happens to an account of the staff, to its owner."),
        places=("headline", "changed", "advice"),
        needed=("changed",),
        readers="others",
        unnamed=True,
        fixed_text=True,
        urgent=True,
        words=_told,
    ),
)
