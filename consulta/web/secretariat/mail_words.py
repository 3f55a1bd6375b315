"""Mail in words: its kinds, how it fares, why it did not arrive, and what holds for the whole house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from consulta.messages import MESSAGES
from consulta.services.labels import name_of
from consulta.services.letters import Post
from consulta.web.language import local
from consulta.web.request import house

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from consulta.services.mail_views import MailLine, MessageView

KINDS: Mapping[str, object] = {
    "invitation": _l("Invitation"),
    "reminder": _l("Reminder"),
    "receipt": _l("Receipt"),
    "replacement": _l("Vote replaced"),
    "new_link": _l("New link"),
    "extension": _l("More time"),
    "published": _l("Result published"),
    "thanks": _l("Thanks"),
    "panel_invitation": _l("Invitation to the panel"),
    "panel_reminder": _l("Reminder to the panel"),
    "panel_session": _l("The session has changed"),
    "panel_letter": _l("Letter of invitation (PDF)"),
    "nomination": _l("Proposals for the panel"),
    "proposal": _l("Decision on a proposal"),
    "closing": _l("Voting closed: how it appears"),
    "objection": _l("Objection received"),
    "objection_decided": _l("Objection decided"),
    "access_asked": _l("Notice: who can vote will change"),
    "access_decided": _l("Notice: who can vote has changed"),
}
# When each goes out, for whoever writes its text.
WHEN: Mapping[str, object] = {
    "invitation": _l("When the round opens, to every contact who may vote."),
    "reminder": _l("At the hours that you plan, to organisations that have not voted."),
    "receipt": _l("With the first vote of an organisation, to every address that it has on file."),
    "replacement": _l("With each further vote of an organisation, to every address that it has on file."),
    "new_link": _l("When a contact asks for a new link, or you send one."),
    "extension": _l("When the deadline moves, to every contact who may vote."),
    "published": _l("When the result is published, to every contact who could vote."),
    "thanks": _l("When you click for it after the publication, to those who voted."),
    "panel_invitation": _l("When you invite the panel, to each of its people, with the letter."),
    "panel_reminder": _l("When you click for it, to those of the panel who have not answered."),
    "panel_session": _l("When you tell the panel that the session has moved or is cancelled."),
    "panel_letter": _l("With the invitation to the panel, or printed by you."),
    "nomination": _l("When you let members propose before the vote, to every contact who may vote."),
    "proposal": _l("When you decide on a proposal for the panel, to the contact who made it."),
    "closing": _l(
        "When voting ends, to every address on file of every organisation, whether it voted or not."
    ),
    "objection": _l("When an organisation objects after the closing, to all its addresses on file."),
    "objection_decided": _l(
        "When an objection is decided or withdrawn, to all addresses on file of its organisation."
    ),
    "access_asked": _l(
        "When a change while voting is open would let another address vote, to every address on file;"
        " its text is fixed."
    ),
    "access_decided": _l(
        "When such a change is decided, or a contact cannot vote any more, to every address on file;"
        " its text is fixed."
    ),
}
# How mail to a contact fares: the shape of its badge, and its word.
CONDITIONS: Mapping[str, tuple[str, object]] = {
    "none": ("", _l("nothing written")),
    "waiting": ("", _l("waiting")),
    "retrying": ("over", _l("tried again")),
    "sent": ("met", _l("sent")),
    "failed": ("short", _l("refused")),
    "cancelled": ("", _l("called off")),
    "bounced": ("short", _l("does not arrive")),
    "paused": ("", _l("paused")),
    "held": ("", _l("a change waits")),
}
# What became of an attempt.
OUTCOMES: Mapping[str, tuple[str, object]] = {
    "sent": ("met", _l("accepted")),
    "later": ("over", _l("put off")),
    "refused": ("short", _l("refused")),
    "interrupted": ("over", _l("broken off")),
}
# What stands in each place of a text.
PLACES: Mapping[str, object] = {
    "contact": _l("name of the person written to"),
    "organisation": _l("name of the organisation"),
    "round": _l("title of the round"),
    "closed": _l("when voting closed, and why where it was early; takes a line of its own"),
    "appears": _l("whether it appears as having voted, with the receipt; takes a line of its own"),
    "objections": _l("how to object and until when, with the personal link; takes a line of its own"),
    "objector": _l("name of the person who objected"),
    "claim": _l("what the objection says is wrong; takes a line of its own"),
    "text": _l("what the person wrote; takes a line of its own"),
    "answer": _l("until when objections can be made; takes a line of its own"),
    "decision": _l("what was decided about the proposal or the objection; takes a line of its own"),
    "deadline": _l(
        "end of voting or of proposals, in the reader's zone and in universal time; takes a line of its own"
    ),
    "until": _l("end of voting or of proposals in short, for the subject"),
    "page": _l("address of the round's public page; takes a line of its own"),
    "link": _l("the personal link; takes a line of its own"),
    "sender": _l("who sent the vote"),
    "sent": _l("when the vote was sent"),
    "receipt": _l("code of the receipt; takes a line of its own"),
    "ranking": _l("order of the themes as voted; takes lines of its own"),
    "marks": _l("how many objectives and endorsements were marked"),
    "lookup": _l("address where a receipt code is looked up; takes a line of its own"),
    "new_link": _l("address where a contact asks for another link; takes a line of its own"),
    "head": _l("head of the log, for auditors; takes a line of its own"),
    "before": _l("the deadline before it moved; takes a line of its own"),
    "result": _l("address of the result; takes a line of its own"),
    "change": _l("what changes in who can vote; takes a line of its own"),
    "reason": _l("the secretariat's reason; takes a line of its own"),
    "effect": _l("when the change takes effect; takes a line of its own"),
    "outcome": _l("what became of the change; takes a line of its own"),
    "person": _l("how the person wants to be addressed; the name where they did not say"),
    "name": _l("name of the person"),
    "institution": _l("institution of the person"),
    "topic": _l("topic of the session"),
    "session": _l("title of the session"),
    "day": _l("day of the session in short, for the subject"),
    "date": _l("date and hour of the session, on several clocks; takes a line of its own"),
    "place": _l("place of the session"),
    "connection": _l("links to join the session; takes a line of its own"),
    "proposed": _l("who was proposed; takes a line of its own"),
    "news": _l("that the session has moved, or is cancelled; takes a line of its own"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """How mail leaves this house."""

    by_files: bool
    test_address: str
    rate: int
    sender: str


def way() -> Way:
    """How mail leaves, as the settings say."""
    mail = house().settings.mail
    return Way(not mail.host, mail.test_address, mail.rate, mail.sender)


def post() -> Post:
    """What texts of mails need to know of this house."""
    settings = house().settings
    return Post(
        settings.base_url,
        settings.mail.test_address,
        settings.mail.sender,
        objection_hours=settings.objection_hours,
    )


def folder() -> Path:
    """Where mails lie that became files."""
    return house().settings.mail_folder


def kind(name: str | None) -> str:
    """A kind of mail as a word."""
    return str(KINDS[name]) if name else ""


def country(code: str) -> str:
    """A country by its name."""
    return local(name_of("country", code))


def condition(name: str) -> tuple[str, str]:
    """How mail fares, as a badge."""
    shape, word = CONDITIONS[name]
    return shape, str(word)


def state(message: MessageView) -> tuple[str, str]:
    """How a message fares, as a badge."""
    if message.state == "queued":
        return condition("retrying" if message.attempts else "waiting")
    return condition(message.state)


def outcome(name: str) -> tuple[str, str]:
    """What became of an attempt, as a badge."""
    shape, word = OUTCOMES[name]
    return shape, str(word)


def code(name: str | None) -> str:
    """What a code says; nothing for none."""
    return str(_(MESSAGES[name])) if name else ""


def about(line: MailLine) -> str:
    """The state of a contact's mail in one sentence, with the server's words where it has some."""
    said = code(line.reason) if line.condition in {"failed", "cancelled"} else ""
    heard = line.said if line.condition in {"retrying", "failed"} else ""
    return " ".join(part for part in (said, heard) if part)
