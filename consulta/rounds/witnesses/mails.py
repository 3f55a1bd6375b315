"""What the mail with heads of the log says to scrutineers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.data import catalogue
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_
from consulta.rounds.queries import rounds
from consulta.rounds.witnesses import queries
from consulta.rounds.witnesses.telling import KIND

if TYPE_CHECKING:
    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.models import Message
    from consulta.platform.work import Work


def _heads(work: Work, message: Message, reader: Reader) -> Words:
    return {language: {"heads": _told(work, message, reader, language)} for language in work.languages}


def _told(work: Work, message: Message, reader: Reader, language: str) -> str:
    """Return why the mail is sent, the heads, and where the newest ones are public."""
    facts, words = message.facts, catalogue.mail_words(language)
    found = rounds.find(work.session, facts["round"])
    title = work.best(found.title, language) if found is not None else facts["round"]
    lines = [words[f"heads_{facts['why']}"].format(round=title)]
    for each in queries.heads(work.session, facts["heads"]):
        at = moments.moment(each.at, moments.UNIVERSAL, language)
        lines.append(words["heads_one"].format(at=at, rows=each.size, head=f"{each.size}:{each.root}"))
    return "\n\n".join([*lines, words["heads_page"].format(page=f"{reader.base_url}/{language}/log")])


KINDS = (
    MailKind(
        KIND,
        N_("Log seals for scrutineers"),
        N_(
            "By itself: at the opening, the closing and the publication, and once a day while voting is open."
        ),
        places=("heads",),
        needed=("heads",),
        readers="others",
        unnamed=True,
        fixed_text=True,
        words=_heads,
    ),
)
