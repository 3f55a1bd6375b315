"""Mails about proposed themes that the secretariat reviews: a question, and what became of the proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.platform.mailer import news as mailer_news
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_
from consulta.themes.proposals import links, queries
from consulta.themes.review import news
from consulta.themes.review.service import QUESTION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.platform.mailer.kinds import Reader, Sample, Words
    from consulta.platform.models import Message
    from consulta.platform.work import Work


# -- a question


def _answered(work: Work, message: Message) -> str | None:
    row = queries.find(work.session, message.round_id, message.facts["proposal"])
    asked = row is not None and row.state == "returned" and row.question == message.facts["question"]
    return None if asked and message.round.state == "draft" else "mail.overtaken"


def _question(work: Work, message: Message, _reader: Reader) -> Words:
    row = queries.find(work.session, message.round_id, message.facts["proposal"])
    if row is None:
        raise RuntimeError("a mail about a proposal that is not there")
    return {
        language: {"theme": row.title.best(language, row.language), "question": message.facts["question"]}
        for language in work.languages
    }


def _sample_question(work: Work, _sample: Sample) -> Words:
    words = {language: catalogue.mail_words(language) for language in work.languages}
    return {
        language: {"theme": said["sample_theme"], "question": said["sample_question"]}
        for language, said in words.items()
    }


# -- what became of the proposals


def _overtaken(work: Work, message: Message) -> str | None:
    return None if news.is_current(work, message) else "mail.overtaken"


def _decided(work: Work, message: Message, _reader: Reader) -> Words:
    return _in_words(work, mailer_news.items_of(message))


def _sample_decided(work: Work, sample: Sample) -> Words:
    """Return what the reader would be told now, or an invented decision."""
    untold = news.untold(work, sample.round)
    theirs = next((each.items for each in untold if each.contact and each.contact.id == sample.contact), None)
    if theirs is not None:
        return _in_words(work, theirs)
    return {
        language: {
            "decision": _said(
                language,
                {
                    "proposed": {language: catalogue.mail_words(language)["sample_theme"]},
                    "decision": "admitted",
                },
            )
        }
        for language in work.languages
    }


def _in_words(work: Work, items: Sequence[Mapping[str, Any]]) -> Words:
    return {
        language: {"decision": "\n\n".join(_said(language, each) for each in items)}
        for language in work.languages
    }


def _said(language: str, facts: Mapping[str, Any]) -> str:
    """Return a proposal by its title, and what became of it."""
    words = catalogue.mail_words(language)
    decision = str(facts["decision"])
    fate = decision.removeprefix("merged_")
    parts = [words[f"theme_{fate}"]]
    if fate != decision:
        parts.insert(0, words["theme_merged"].format(into=_title(language, facts["into"])))
    elif fate == "split":
        titles = "; ".join(_quoted(words, _title(language, each)) for each in facts["into"])
        parts = [words["theme_split"].format(into=titles)]
    reason = facts.get("reason")
    if reason:
        parts.append(words["theme_reason"].format(reason=Text(reason).best(language)))
    return f"{_quoted(words, _title(language, facts['proposed']))}:\n{' '.join(parts)}"


def _title(language: str, words: Mapping[str, str]) -> str:
    return Text(words).best(language)


def _quoted(words: Mapping[str, str], said: str) -> str:
    return words["quoted_theme"].format(theme=said)


KINDS = (
    MailKind(
        QUESTION,
        N_("Question about a proposed theme"),
        N_("When you return a proposed theme with a question, to the contact who proposed it."),
        places=("link", "theme", "question"),
        needed=("link", "question"),
        before_opening=True,
        told_of="proposal",
        overtaken=_answered,
        opens=(links.PROPOSE_THEMES,),
        words=_question,
        sample=_sample_question,
    ),
    MailKind(
        news.KIND,
        N_("What became of proposed themes"),
        N_("When you send it: one to each organisation, about all themes it proposed and you decided since."),
        places=("decision",),
        needed=("decision",),
        before_opening=True,
        overtaken=_overtaken,
        words=_decided,
        sample=_sample_decided,
        asked_on=("secretariat.tell_theme_proposers",),
    ),
)
