"""Mails around a vote: the invitation to it, more time, the receipt, and what its result is.

The entries of these kinds, whether a message that waits still holds, and the words that they alone have.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.platform import door
from consulta.platform.data import ballot_fields, catalogue
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.platform.messages import N_
from consulta.platform.models import VOTE
from consulta.rounds import addresses, heads, links, notices
from consulta.rounds.notices import YOUR_VOTE
from consulta.vote import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.platform.mailer.kinds import Reader, Sample, Words
    from consulta.platform.models import Ballot, Message, Round
    from consulta.platform.work import Work

WAY_OF_YOUR_VOTE = "y"
UNKNOWN = "\N{BLACK SQUARE}"
NO_RECEIPT = "-".join([UNKNOWN * 4] * 3)
NO_WORDS = UNKNOWN * 8
PLACES_OF_A_VOTE = (
    "sender",
    "sent",
    "ranking",
    "marks",
    "receipt",
    "lookup",
    "new_link",
    "questions",
    "head",
)


# -- whether a message that waits still holds


def _voting_over(work: Work, message: Message) -> str | None:
    found = message.round
    return "mail.over" if found.state != State.OPEN or work.now >= found.closes_at else None


def _moved_again(work: Work, message: Message) -> str | None:
    moved = message.facts["until"] != round(message.round.closes_at.timestamp())
    return _voting_over(work, message) or ("mail.overtaken" if moved else None)


def _voted_meanwhile(work: Work, message: Message) -> str | None:
    voted = message.seat is not None and message.seat.current is not None
    return _voting_over(work, message) or ("mail.voted" if voted else None)


def _not_published(_work: Work, message: Message) -> str | None:
    return "mail.over" if message.round.state != State.PUBLISHED else None


def _not_cancelled(_work: Work, message: Message) -> str | None:
    return None if message.round.state == State.CANCELLED else "mail.over"


# -- what they say


def _before(work: Work, message: Message, reader: Reader) -> Words:
    before = datetime.fromtimestamp(message.facts["before"], UTC)
    return {
        language: {"before": moments.on_clocks(before, reader.zone, language)} for language in work.languages
    }


def _sample_before(work: Work, sample: Sample) -> Words:
    before = sample.round.closes_at
    return {
        language: {"before": moments.on_clocks(before, sample.reader.zone, language)}
        for language in work.languages
    }


def _reopened(work: Work, message: Message, reader: Reader) -> Words:
    closed = datetime.fromtimestamp(message.facts["closed"], UTC)
    return _of_reopening(work, closed, message.facts["reason"], reader)


def _sample_reopened(work: Work, sample: Sample) -> Words:
    found = sample.round
    said = {language: catalogue.mail_words(language)["sample_reason_reopened"] for language in work.languages}
    return {
        language: words | {"reason": said[language]}
        for language, words in _of_reopening(
            work, found.closed_at or found.closes_at, "", sample.reader
        ).items()
    }


def _of_reopening(work: Work, closed: datetime, reason: str, reader: Reader) -> dict[str, dict[str, str]]:
    """Return when a round was closed by mistake, and why it is open again, in each language."""
    return {
        language: {"closed": moments.on_clocks(closed, reader.zone, language), "reason": reason}
        for language in work.languages
    }


def _why(work: Work, message: Message, _reader: Reader) -> Words:
    return {language: {"reason": message.facts["reason"]} for language in work.languages}


def _why_registered(work: Work, message: Message, _reader: Reader) -> Words:
    """Return the reason of a late registration, in the reader's language where it was written in it."""
    said = Text(message.facts.get("reasons") or {work.languages[0]: message.facts.get("reason", "")})
    return {language: {"reason": work.best(said, language)} for language in work.languages}


def _sample_why(work: Work, _sample: Sample) -> Words:
    return {
        language: {"reason": catalogue.mail_words(language)["sample_reason_cancelled"]}
        for language in work.languages
    }


def _sample_registered(work: Work, _sample: Sample) -> Words:
    return {
        language: {"reason": catalogue.mail_words(language)["sample_reason_registered"]}
        for language in work.languages
    }


def _of_ballot(work: Work, message: Message, reader: Reader) -> Words:
    """Return who voted, when, what the vote says, and its receipt with the head of the log after it."""
    told = message.facts.get("ballot")
    ballot = outbox_queries.ballot(work.session, told) if told is not None else None
    if ballot is None:
        raise RuntimeError("a receipt without a ballot")
    sender = addresses.sender_of(work.session, ballot)
    sealed = bool(message.facts.get("sealed"))
    head, questions = heads.of_receipt(work, ballot).root, answers.asks(work, message.round)
    said: dict[str, Mapping[str, str]] = {}
    for language in work.languages:
        said[language] = {
            "sender": _sender(language, ballot, sender),
            "sent": moments.on_clocks(ballot.cast_at, reader.zone, language),
            "head": head,
            "questions": _asked(questions, language, message.round, reader),
            **(_unread() if reader.hidden else _read(work, language, message.round, ballot)),
            **(_sealed(language) if sealed else {}),
        }
    return said


def _sample_ballot(work: Work, sample: Sample) -> Words:
    sent = sample.round.opened_at or sample.round.created_at
    questions = answers.asks(work, sample.round)
    return {
        language: {
            "sender": sample.reader.name,
            "sent": moments.on_clocks(sent, sample.reader.zone, language),
            "head": NO_WORDS,
            "questions": _asked(questions, language, sample.round, sample.reader),
            **_unread(),
        }
        for language in work.languages
    }


def _asked(count: int, language: str, found: Round, reader: Reader) -> str:
    """Return that the round asks so many questions more, and where they are answered; empty for none."""
    if not count:
        return ""
    address = f"{reader.base_url}/{language}/ballot/{found.key}/questions"
    words = catalogue.mail_words(language)
    return words["questions_one" if count == 1 else "questions"].format(count=count, address=address)


def _sender(language: str, ballot: Ballot, name: str) -> str:
    words = catalogue.mail_words(language)
    if ballot.assistance is not None:
        return words["assisted"].format(name=ballot.assistance.requester)
    return words["young"].format(name=name) if ballot.young else name


def _unread() -> dict[str, str]:
    return {"receipt": NO_RECEIPT, "ranking": f"1. {NO_WORDS}", "marks": NO_WORDS}


def _sealed(language: str) -> dict[str, str]:
    """Return what stands for the order of a vote where the address could never vote."""
    return {"ranking": catalogue.mail_words(language)["order_sealed"], "marks": ""}


def _read(work: Work, language: str, found: Round, ballot: Ballot) -> dict[str, str]:
    """Return what a vote says: its order, a line a place, and how much else was marked."""
    titles = {theme.key: work.best(theme.title, language) for theme in found.themes}
    lines = (
        f"{place}. {' = '.join(titles[key] for key in tier)}"
        for place, tier in enumerate(ballot.ranking, start=1)
    )
    marks = catalogue.mail_words(language)["marks"].format(
        objectives=len(ballot.objectives), endorsements=len(ballot.endorsements)
    )
    fields = (
        f"{work.best(name, language)}: {work.best(option, language)}"
        for name, option in ballot_fields.in_words(found.ballot_fields, ballot.fields | ballot.fields_sealed)
    )
    return {"receipt": ballot.receipt, "ranking": "\n".join(lines), "marks": "\n".join((marks, *fields))}


def _your_vote(work: Work, message: Message, reader: Reader) -> Words:
    """Return where the organisation reads what its vote did; empty where the link opens nothing."""
    opens = message.token is not None and door.works(work, message.token, YOUR_VOTE)
    return _line_of_your_vote(work, reader, told=opens)


def _sample_your_vote(work: Work, sample: Sample) -> Words:
    return _line_of_your_vote(work, sample.reader, told=True)


def _line_of_your_vote(work: Work, reader: Reader, *, told: bool) -> Words:
    said: dict[str, Mapping[str, str]] = {}
    for language in work.languages:
        link = links.url(reader.base_url, language, reader.token, WAY_OF_YOUR_VOTE)
        words = catalogue.mail_words(language)["your_vote"].format(link=link)
        said[language] = {"your_vote": words if told else ""}
    return said


def _your_vote_again(work: Work, message: Message, _reader: object) -> str | None:
    """Return a new link for a mail that is sent again, where the organisation's vote counts."""
    seat, contact = message.seat, message.contact
    if seat is None or contact is None or not outbox_queries.counted(work.session, seat.round_id, seat.id):
        return None
    return notices.links_to_your_vote(work, [(seat, contact)])[contact.id]


def _invitation(
    name: str,
    label: str,
    when: str,
    overtaken: Callable[[Work, Message], str | None] = _voting_over,
    **more: Any,
) -> MailKind:
    """Return the entry of a kind whose link opens the ballot."""
    return MailKind(
        name,
        label,
        when,
        invites=True,
        overtaken=overtaken,
        opens=(VOTE,),
        **{"places": ("link",), "needed": ("link", "deadline"), **more},
    )


def _receipt(name: str, label: str, when: str, places: tuple[str, ...] = PLACES_OF_A_VOTE) -> MailKind:
    """Return the entry of a kind that confirms a vote."""
    return MailKind(
        name,
        label,
        when,
        places=places,
        needed=("receipt",),
        fixed_text=True,
        urgent=True,
        about_vote=True,
        told_of="ballot",
        words=_of_ballot,
        sample=_sample_ballot,
    )


KINDS = (
    _invitation(
        "invitation",
        N_("Invitation"),
        N_("When the consultation opens, to every contact who may vote."),
        asked_on=("secretariat.opening", "secretariat.opening_plan"),
    ),
    _invitation(
        "reminder",
        N_("Reminder"),
        N_("At the times you schedule, to organisations that have not voted."),
        _voted_meanwhile,
        voted=False,
        asked_on=("secretariat.remind",),
    ),
    _receipt(
        "receipt",
        N_("Receipt"),
        N_("With an organisation's first vote, to every address on file."),
    ),
    _receipt(
        "replacement",
        N_("Vote replaced"),
        N_("With each further vote by an organisation, to every address on file."),
    ),
    _receipt(
        "abstention",
        N_("Abstention"),
        N_("When an organisation abstains, to every address on file."),
        tuple(place for place in PLACES_OF_A_VOTE if place not in {"ranking", "marks", "questions"}),
    ),
    _invitation(
        "new_link",
        N_("New link"),
        N_("When a contact requests a new link, or you send one."),
        urgent=True,
    ),
    _invitation(
        "extension",
        N_("More time"),
        N_("When the deadline is extended, to every contact who may vote."),
        _moved_again,
        places=("link", "before"),
        words=_before,
        sample=_sample_before,
        asked_on=("secretariat.deadline",),
        hours_entered=True,
    ),
    _invitation(
        "reopened",
        N_("Voting reopened"),
        N_("When a consultation closed by mistake is reopened, to every contact who may vote."),
        _moved_again,
        places=("link", "closed", "reason"),
        needed=("link", "deadline", "reason"),
        words=_reopened,
        sample=_sample_reopened,
        asked_on=("secretariat.reopening",),
        hours_entered=True,
    ),
    _invitation(
        "registered",
        N_("Registered after the opening"),
        N_(
            "When an organisation is added to the roll while voting is open, to each of its contacts "
            "who may vote; its text is fixed."
        ),
        places=("link", "reason"),
        needed=("link", "deadline", "reason"),
        fixed_text=True,
        words=_why_registered,
        sample=_sample_registered,
    ),
    MailKind(
        "published",
        N_("Result published"),
        N_("When the result is published, to every contact who could vote."),
        places=("result", "your_vote", "head"),
        at_end=("your_vote",),
        needed=("result",),
        overtaken=_not_published,
        link=WAY_OF_YOUR_VOTE,
        words=_your_vote,
        sample=_sample_your_vote,
        link_again=_your_vote_again,
        asked_on=("secretariat.publish",),
    ),
    MailKind(
        "thanks",
        N_("Thanks"),
        N_("When you choose to send it after publication, to those who voted."),
        places=("head",),
        voted=True,
        once=True,
        asked_on=("secretariat.thanks",),
    ),
    MailKind(
        "cancelled",
        N_("Consultation cancelled"),
        N_(
            "When you cancel a consultation, to everyone who may vote; for a draft, to those already "
            "contacted."
        ),
        places=("reason",),
        needed=("reason",),
        before_opening=True,
        overtaken=_not_cancelled,
        words=_why,
        sample=_sample_why,
        asked_on=("secretariat.cancelling",),
    ),
)
