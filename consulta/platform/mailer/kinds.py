"""The registry of kinds of mail: one entry says what the program needs to know of a kind.

A kind is added by an entry in the `KINDS` of the module that it belongs to and by its
texts, `consulta/platform/data/mail/<name>.<language>.txt`. Desk, outbox, text editor, preview and sending
read the registry; none of them names a kind for what its entry says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from consulta.core.problems import Problem
from consulta.platform import declared, parts
from consulta.platform.messages import N_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.platform.models import Message, Round, SeatAddress
    from consulta.platform.work import Work

Words: TypeAlias = "Mapping[str, Mapping[str, str]]"
"""For each language, place of a text → what stands there."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text, such as `{deadline}`.

    `line`: takes whole lines of its own, so that mail programs keep it whole and readers find it.
    `subject`: may stand in a subject, which is shown to people who pass by.
    """

    label: str
    line: bool = False
    subject: bool = True


@dataclass(frozen=True, slots=True)
class Reader:
    """The person for whom a mail is made, as far as its words depend on it."""

    name: str
    zone: str
    base_url: str
    token: str
    hidden: bool = False  # for the copy that is kept: nothing of a ballot may be read in it


@dataclass(frozen=True, slots=True)
class Sample:
    """What a preview is made from: round, reader, and the hours to object by the settings.

    `contact` is the number of the reader; 0 where the reader is invented.
    """

    round: Round
    reader: Reader
    objection_hours: int
    contact: int = 0


def _none(*_given: object) -> None:
    return None


def _no_words(*_given: object) -> Words:
    return {}


@dataclass(frozen=True, slots=True)
class MailKind:
    """All that the program knows of a kind of mail.

    `name` is also that of its files with texts. `label` and `when` (when it is sent) are msgids for the desk.
    `places` are those of its texts beside the common ones of its readers, `needed` those without which a text
    is refused. `readers`: contacts of members, guests of the panel, or others, with mails about no round.
    """

    name: str
    label: str
    when: str
    places: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    at_end: tuple[str, ...] = ()  # places that stand at the end of a text that does not name them
    readers: Literal["members", "guests", "others"] = "members"
    is_mail: bool = True  # False: a letter on paper, which has a text and is not sent alone
    fixed_text: bool = False  # readers check the secretariat by it, so its text cannot be changed
    urgent: bool = False  # a reader waits for it: sent before others
    before_opening: bool = False  # there is no public page of the round yet
    opens: tuple[str, ...] = ()  # purposes of its link: a message whose link has ended is not sent
    link: str = "v"  # first part of its link's address, where `opens` names no purpose
    invites: bool = False  # its link opens the ballot of a seat
    unnamed: bool = False  # the desk's list of mails about no round does not say to whom
    about_vote: bool = False  # tells of one ballot, named by its fact `ballot`
    sent_again: bool = True  # False: other mails told what became of it meanwhile
    # Endpoints of the pages that ask before it is sent to many; empty
    # where it goes to one organisation, after an act of its own or about it.
    asked_on: tuple[str, ...] = ()
    voted: bool | None = None  # of the roll: only to those that voted (abstained too), or only to the others
    once: bool = False  # of the roll: who had one gets none
    hours_entered: bool = False  # it says an hour that the act is told, which its sample cannot know
    part: str = ""  # of the program; where it is not used, none is sent
    told_of: str = ""  # the fact that tells two messages of this kind to one reader apart
    overtaken: Callable[[Work, Message], str | None] = _none
    """Return why a message that waits is not sent any more, as a code; None while it holds."""
    words: Callable[[Work, Message, Reader], Words] = _no_words
    """Return what stands in the places that this kind alone has."""
    sample: Callable[[Work, Sample], Words] = _no_words
    """Return the same for a preview."""
    link_again: Callable[[Work, Message, SeatAddress | None], str | None] = _none
    """Return the token of a new link for a message that is sent again; None where it has none."""

    def outdated(self, work: Work, message: Message) -> str | None:
        """Return why a message that waits is not sent any more, as a code; None while it is to be sent."""
        return self.overtaken(work, message) if parts.uses(work, self.part) else "mail.part_unused"

    @property
    def has_link(self) -> bool:
        """Return whether its mails carry a personal link, so that no foreign address may stand beside it."""
        return bool(WITH_LINK & {*self.places, *self.at_end}) or bool(self.opens)


@cache
def _entries() -> dict[str, MailKind]:
    """Return all entries by name.

    They are read on first use, since the modules of entries import this one. Raise ValueError if a name
    is registered twice or an entry uses an unknown place or part.
    """
    found: dict[str, MailKind] = {}
    for kind in declared.entries("KINDS", MailKind):
        _add(found, kind)
    return found


def _add(found: dict[str, MailKind], kind: MailKind) -> None:
    parts.require_known(kind.part)
    unknown = {*kind.places, *kind.needed, *kind.at_end} - set(PLACES)
    if kind.name in found:
        raise ValueError(f"{kind.name}: a kind of mail with this name is there already")
    if unknown:
        raise ValueError(
            f"{kind.name}: places without an entry in PLACES of mailer/kinds.py: {sorted(unknown)}"
        )
    found[kind.name] = kind


def register(kind: MailKind) -> None:
    """Add a kind at run time, as an extension does. Raise ValueError if its name is taken."""
    _add(_entries(), kind)


def in_use(work: Work) -> tuple[MailKind, ...]:
    """Return the kinds of the parts of the program that are used, as the desk lists them."""
    return tuple(each for each in _entries().values() if parts.uses(work, each.part))


def kinds() -> Mapping[str, MailKind]:
    """Return all kinds by name, in the order in which the desk lists them."""
    return MappingProxyType(_entries())


def mails() -> tuple[str, ...]:
    """Return the names of the kinds that are sent."""
    return tuple(each.name for each in _entries().values() if each.is_mail)


def invitations() -> frozenset[str]:
    """Return the names of the kinds whose link opens the ballot of a seat."""
    return frozenset(each.name for each in _entries().values() if each.invites)


def find(name: str) -> MailKind:
    """Return a kind by its name. Raise Problem `mail.kind` if there is none."""
    try:
        return _entries()[name]
    except KeyError:
        raise Problem("mail.kind") from None


# Places that every mail to members has: `until` is the deadline for a subject, `page` the public page.
FOR_MEMBERS = ("contact", "organiser", "organisation", "round", "deadline", "until", "page")
FOR_OTHERS = ("contact", "organiser", "organisation")  # those of mails about no round
# Those of all that is written to people who are invited to the panel.
FOR_GUESTS = (
    "person",
    "organiser",
    "name",
    "institution",
    "topic",
    "session",
    "day",
    "date",
    "place",
    "connection",
    "answer_by",
    "round",
)


WITH_LINK = frozenset({"link", "own_link", "objections", "your_vote"})  # places that hold a personal link


def _line(label: str) -> Place:
    return Place(label, line=True, subject=False)


PLACES: Mapping[str, Place] = {
    "contact": Place(N_("the recipient's name")),
    "organiser": Place(N_("whole name of the organiser")),
    "organisation": Place(N_("name of the organisation")),
    "round": Place(N_("title of the consultation")),
    "closed": _line(N_("when voting closed and, if it was early, why; on its own line")),
    "appears": _line(N_("whether it is listed as having voted, with the receipt; on its own line")),
    "objections": _line(N_("how to object and until when, with the personal link; on its own line")),
    "objector": Place(N_("name of the person who objected")),
    "claim": _line(N_("what the objection states; on its own line")),
    "subject": Place(N_("subject written by the secretariat")),
    "headline": Place(N_("what happened, in a few words, for the subject")),
    "text": _line(N_("what the person wrote; on its own line")),
    "answer": _line(N_("until when objections can be made; on its own line")),
    "decision": _line(N_("what was decided about the proposals or the objection; on its own line")),
    "deadline": _line(
        N_("end of voting or of proposals, in the reader's time zone and in universal time; on its own line")
    ),
    "until": Place(N_("end of voting or of proposals in short form, for the subject")),
    "page": _line(N_("address of the consultation's public page; on its own line")),
    "link": _line(N_("the personal link; on its own line")),
    "sender": Place(N_("who sent the vote")),
    "sent": Place(N_("when the vote was sent"), subject=False),
    "receipt": _line(N_("receipt code; on its own line")),
    "ranking": _line(N_("order of the themes as voted; on their own lines")),
    "marks": Place(N_("how many objectives and endorsements were ticked"), subject=False),
    "lookup": _line(N_("address for looking up a receipt code; on its own line")),
    "new_link": _line(N_("address for requesting another link; on its own line")),
    "questions": _line(
        N_("that the consultation asks more questions, and where; on its own line, or omitted")
    ),
    "heads": _line(N_("why the log seals are sent, and the seals; on their own lines")),
    "head": _line(N_("log seal, for auditors; on its own line")),
    "before": _line(N_("the previous deadline; on its own line")),
    "result": _line(N_("address of the result; on its own line")),
    "change": _line(N_("what changes in who can vote; on its own line")),
    "reason": _line(N_("the secretariat's reason; on its own line")),
    "effect": _line(N_("when the change takes effect; on its own line")),
    "outcome": _line(N_("the outcome of the change; on its own line")),
    "person": Place(N_("how the person wishes to be addressed; the name if not stated")),
    "name": Place(N_("name of the person")),
    "institution": Place(N_("the person's institution")),
    "topic": Place(N_("topic of the session")),
    "session": Place(N_("title of the session")),
    "day": Place(N_("date of the session in short form, for the subject")),
    "date": _line(N_("date and time of the session, in several time zones; on its own line")),
    "place": Place(N_("place of the session")),
    "connection": _line(N_("links to join the session; on its own line")),
    "open_until": _line(N_("until when answers are accepted; on its own line")),
    "answer_by": Place(N_("when an answer is requested by: a date, or as soon as possible")),
    "theme": _line(N_("title of the proposed theme; on its own line")),
    "limits": _line(N_("how many proposals and supports an organisation has; on their own lines")),
    "reference": _line(N_("reference of the proposal; on its own line")),
    "changed": _line(N_("what was changed, and by whom; on its own line")),
    "advice": _line(N_("what to do if this was unexpected; on its own line, or omitted")),
    "applicant": Place(N_("name of the organisation applying")),
    "applicant_told": _line(N_("the organisation applying, with its country; on its own line")),
    "own_link": _line(N_("the applicant's personal link, if any; on its own line")),
    "territory": Place(N_("the country or territory of a focal point")),
    "term": _line(N_("the first and last day of a term; on its own line")),
    "told": _line(N_("what was decided about a focal point; on its own line")),
    "asks": _line(N_("what is asked about recommendations, and on whose behalf; on its own line")),
    "addressee": Place(N_("the State or institution on whose behalf the answer is given")),
    "said": _line(N_("what was answered about recommendations; on their own lines")),
    "proposed": _line(N_("who or what was proposed; on its own line")),
    "question": _line(N_("the secretariat's question about the theme; on its own line")),
    "your_vote": _line(
        N_(
            "the effect of the vote, with the personal link; on its own lines, or omitted; placed at "
            "the end if the text does not include it"
        )
    ),
    "news": _line(
        N_(
            "that the session has moved or been cancelled, or whether the person stays on the panel; "
            "on its own line"
        )
    ),
    "panel_page": _line(N_("address of the public page of the panel; on its own line")),
}
