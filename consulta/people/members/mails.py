"""The mail in which the secretariat writes its own words to organisations chosen in the members' list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.data import catalogue
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_

if TYPE_CHECKING:
    from consulta.platform.mailer.kinds import Reader, Sample, Words
    from consulta.platform.models import Message
    from consulta.platform.work import Work

CIRCULAR = "circular"


def words(work: Work, subject: dict[str, str], text: dict[str, str]) -> Words:
    """Return what was written in each language; where a language is empty, the first one's words."""
    first = work.languages[0]
    return {
        language: {
            "subject": subject.get(language) or subject.get(first, ""),
            "text": text.get(language) or text.get(first, ""),
        }
        for language in work.languages
    }


def _written(work: Work, message: Message, _reader: Reader) -> Words:
    return words(work, message.facts["subject"], message.facts["text"])


def _sample(work: Work, _sample: Sample) -> Words:
    return {
        language: {"subject": said["sample_subject"], "text": said["sample_text"]}
        for language in work.languages
        for said in (catalogue.mail_words(language),)
    }


KINDS = (
    MailKind(
        CIRCULAR,
        N_("Message in your own words"),
        N_("When you write to organisations that you chose in the members' list."),
        places=("subject", "text"),
        needed=("text",),
        before_opening=True,
        told_of="at",
        words=_written,
        sample=_sample,
        asked_on=("secretariat.write_members",),
    ),
)
