"""Objections as pages show them: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from consulta.accounts import staff
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State as rounds_State
from consulta.core.texts import Text
from consulta.core.trust import record
from consulta.platform import documents, door
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import catalogue
from consulta.platform.door import Purpose
from consulta.platform.formats import moments
from consulta.platform.log import checkpoints, heads
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.platform.messages import N_
from consulta.platform.models import BallotExclusion, Objection, Round
from consulta.platform.texts import line, paragraphs
from consulta.rounds import acts, addresses, ballots, ending, links, notices, public_rounds
from consulta.rounds.ballots import awaits_objections, objections_end
from consulta.rounds.service import hold, line_of, sized, subject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.platform.mailer.kinds import Reader, Sample, Words
    from consulta.platform.models import Ballot, Link, Message, Seat, SeatAddress
    from consulta.platform.work import Work
    from consulta.rounds.ballots import Numbers
    from consulta.rounds.values import RoundCard, RoundLine


Claim = Literal["not_ours", "missing", "other"]
State = Literal["open", "withdrawn", "asked", "upheld", "rejected"]


@dataclass(frozen=True, slots=True)
class Appearance:
    """How an organisation appears after the closing; without a receipt it did not vote."""

    receipt: str = ""
    cast_at: datetime | None = None
    sender: str = ""
    assisted: bool = False
    young: bool = False  # sent by a contact or from an address that is new
    excluded: bool = False  # taken out of the count since
    restored: bool = False  # the last vote that the organisation had sent itself counts in its place
    own_behind: bool = False  # there is such a vote, which counts if this one is taken out
    abstains: bool = False  # what was recorded is an abstention

    @property
    def voted(self) -> bool:
        """Return whether a vote was recorded at the closing."""
        return bool(self.receipt)


@dataclass(frozen=True, slots=True)
class ObjectionLine:
    """One objection, what it is about and what was decided."""

    number: int
    seat: str
    organisation: str
    claim: Claim
    appears: Appearance
    address: str
    at_opening: bool  # that address was on file when the round opened
    who: str
    text: str
    state: State
    reason: str
    asker: str
    asker_id: int | None
    decider: str
    made_at: datetime
    decided_at: datetime | None
    alone: bool = False  # upheld by one person, since there was no second one
    mine: bool = False  # made by the link with which the page is open

    @property
    def takes_out(self) -> bool:
        """Return whether upholding the objection takes a ballot out of the count."""
        return self.claim == "not_ours"


@dataclass(frozen=True, slots=True)
class ObjectionsView:
    """The objections of a round at the desk."""

    round: RoundLine
    until: datetime | None
    over: bool  # no objection can be made any more
    numbers: Numbers
    lines: tuple[ObjectionLine, ...]
    stale: bool  # a ballot was taken out and the ballots were not counted again since
    second: bool  # upholding one takes two people
    contradicted: frozenset[int]  # objections of organisations that sent more than one


@dataclass(frozen=True, slots=True)
class ObjectionDoor:
    """What the reader of a closing mail sees by its link."""

    card: RoundCard
    question: Text
    organisation: str
    reader: str
    zone: str
    appears: Appearance
    until: datetime
    over: bool
    lines: tuple[ObjectionLine, ...]  # of the organisation, the oldest first


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a result waits for before it may be published."""

    until: datetime | None
    over: bool
    numbers: Numbers
    stale: bool
    recounted: bool  # there is a count before the newest one
    mails: int  # closing mails that have not left yet
    unseen_by: tuple[str, ...]  # the witnesses at the closing, by organisation, where none signed it since

    @property
    def ready(self) -> bool:
        """Return whether the result may be published now, with a reason if objections are undecided."""
        return self.over and not self.stale and not self.numbers.asked


WHO_MAX, TEXT_MAX, REASON_MAX = 120, 3000, 2000
MOST = 20  # objections from one address: more than that are no objections, and they stop no other address
UNDECIDED = ("open", "asked")
WITHDRAW = "withdraw"
"""Answer by a link that takes an objection back."""
PURPOSES = (
    Purpose(
        notices.OBJECTING,
        way="r",
        subject=Round,
        role="addressee",
        page="consulta.vote.pages.objections",
        texts="links/notice.html",
        reader=door.addressee,
        session=False,
    ),
)


class Said(NamedTuple):
    """Content of an objection as its author writes it."""

    claim: str
    who: str
    text: str


class Sent(NamedTuple):
    """What is sent with an answer by the link: words of an objection, or the number of one to withdraw."""

    who: str
    text: str
    number: int


def is_over(work: Work, found: Round) -> bool:
    """Return whether no objection can be made any more."""
    mails = ballots.closing_mails(work.session, found.id)
    return found.state != rounds_State.CLOSED.value or not awaits_objections(found, mails, work.now)


def end_of(work: Work, found: Round) -> datetime | None:
    """Return until when objections can be made; later than was fixed where closing mails left late."""
    return objections_end(found, ballots.closing_mails(work.session, found.id), work.now)


# -- by the link of a closing mail


def question(work: Work, link: Link) -> ObjectionDoor:
    """Return how the organisation of a link appears, and its objections so far."""
    require(work, "links.open")
    reader = door.address_of(link)
    seat = reader.seat
    found = seat.round
    return ObjectionDoor(
        card=public_rounds.card_of(work, found),
        question=found.question,
        organisation=seat.name,
        reader=reader.name,
        zone=catalogue.countries_by_code()[seat.country].zone,
        appears=_appearance(work, ballots.current_ballot(work.session, seat.id)),
        until=end_of(work, found) or found.closed_at or work.now,
        over=is_over(work, found),
        lines=tuple(_line(work, each, link) for each in ballots.of_seat(work.session, seat.id)),
    )


def answer(work: Work, link: Link, choice: str, sent: Sent) -> None:
    """Object, or withdraw an objection. Problems: those of `make` and `withdraw`."""
    if choice == WITHDRAW:
        withdraw(work, link, sent.number)
    else:
        make(work, link, Said(choice, sent.who, sent.text))


def make(work: Work, link: Link, said: Said) -> int:
    """Object to how an organisation appears; the objection's number is returned.

    Every address of the organisation is told. Problems: `objection.over`, `objection.claim`, `objection.who`,
    `objection.text`, `objection.many`.
    """
    require(work, "replies.answer")
    seat, found = _seat(work, link)
    if is_over(work, found):
        raise Problem("objection.over")
    ballot = ballots.current_ballot(work.session, seat.id)
    claim = "not_ours" if ballot is not None else "missing"
    who, text = line(said.who), paragraphs(said.text)
    if said.claim not in {claim, "other"}:
        raise Problem("objection.claim")
    if not who or len(who) > WHO_MAX:
        raise Problem("objection.who", most=WHO_MAX)
    if not text or len(text) > TEXT_MAX:
        raise Problem("objection.text", most=TEXT_MAX)
    before = ballots.of_seat(work.session, seat.id)
    if sum(each.seat_address_id == link.seat_address_id for each in before) >= MOST:
        raise Problem("objection.many", most=MOST)
    made = Objection(
        round_id=found.id,
        seat_id=seat.id,
        ballot_id=ballot.id if ballot else None,
        claim=said.claim,
        seat_address_id=link.seat_address_id,
        who=who,
        text=text,
        made_at=work.now,
    )
    work.session.add(made)
    work.session.flush()
    work.record("objections.made", subject(found), {"objection": made.id, "seat": seat.key})
    notices.objection_made(work, found, made)
    return made.id


def withdraw(work: Work, link: Link, number: int) -> None:
    """Take an objection back by the link with which it was made; every address of the organisation is told.

    Problems: `objection.unknown`, `objection.decided`.
    """
    require(work, "replies.answer")
    _, found = _seat(work, link)
    made = ballots.find(work.session, found.id, number)
    if made is None or made.seat_address_id != link.seat_address_id:
        raise Problem("objection.unknown")
    if made.state != "open":
        raise Problem("objection.decided")
    made.state, made.decided_at = "withdrawn", work.now
    work.record("objections.withdrawn", subject(found), {"objection": made.id})
    notices.objection_decided(work, found, made)


# -- at the desk


def desk(work: Work, key: str) -> ObjectionsView:
    """Return the objections of a round, the oldest first. Problem: `round.unknown`."""
    require(work, "objections.read")
    found, sizes = sized(work, key)
    lines = lines_of(work, found)
    made_by = [line.seat for line in lines if line.state != "withdrawn"]
    return ObjectionsView(
        round=line_of(found, sizes, work.now),
        until=end_of(work, found),
        over=is_over(work, found),
        numbers=ballots.numbers(work.session, found.id),
        lines=lines,
        stale=is_stale(work, found),
        second=takes_two(work),
        contradicted=frozenset(line.number for line in lines if made_by.count(line.seat) > 1),
    )


def lines_of(work: Work, found: Round) -> tuple[ObjectionLine, ...]:
    """Return all objections of a round; the caller has checked that they may be read."""
    return tuple(_line(work, each) for each in ballots.of_round(work.session, found.id))


def takes_two(work: Work) -> bool:
    """Return whether upholding takes two people: another active account could confirm."""
    return any(number != work.actor.id for number in ballots.deciders(work.session))


def reject(work: Work, key: str, number: int, reason: str) -> None:
    """Reject an objection, with a reason that every address on file for the organisation is told.

    Problems: `round.unknown`, `objection.unknown`, `objection.decided`, `objection.reason`.
    """
    require(work, "objections.decide")
    found, made = _open(work, key, number, UNDECIDED)
    made.reason = _reason(reason)
    made.state, made.decided_at, made.decided_by = "rejected", work.now, work.actor.id
    work.record("objections.rejected", subject(found), {"objection": made.id, "reason": made.reason})
    notices.objection_decided(work, found, made)


def uphold(work: Work, key: str, number: int, reason: str) -> bool:
    """Say that an objection is right; whether it is upheld already, or waits for a second person.

    Problems: those of `reject`, `objection.published` (the result is public), `objection.uncounted` (the
    first count, with all that was there at the closing, is still to come).
    """
    require(work, "objections.decide")
    found, made = _open(work, key, number, ("open",))
    _require_unpublished(found)
    if documents.digest(work.session, found.id, "result") is None:
        raise Problem("objection.uncounted")
    made.reason = _reason(reason)
    made.state, made.asked_at, made.asked_by = "asked", work.now, work.actor.id
    work.record("objections.asked", subject(found), {"objection": made.id, "reason": made.reason})
    if takes_two(work):
        return False
    _settle(work, found, made)
    return True


def confirm(work: Work, key: str, number: int) -> None:
    """Confirm an objection that another person asked to uphold: it is upheld.

    The person who asked can confirm only if there is no other account that could.
    Problems: `round.unknown`, `objection.unknown`, `objection.decided`, `objection.same_person`, `act.made`
    (see `staff.makers`), `objection.published`.
    """
    require(work, "objections.decide")
    found, made = _open(work, key, number, ("asked",))
    _require_unpublished(found)
    if made.asked_by == work.actor.id and takes_two(work):
        raise Problem("objection.same_person")
    if made.asked_by != work.actor.id:
        staff.require_two(work, made.asked_by, "objections.decide")
    _settle(work, found, made)


def send_back(work: Work, key: str, number: int, reason: str) -> None:
    """Decline to confirm that an objection is upheld: it is undecided again. The reason is in the log.

    Problems: those of `reject`.
    """
    require(work, "objections.decide")
    found, made = _open(work, key, number, ("asked",))
    said = _reason(reason)
    made.state, made.asked_at, made.asked_by, made.reason = "open", None, None, ""
    work.record("objections.sent_back", subject(found), {"objection": made.id, "reason": said})


# -- what a result waits for


def waiting(work: Work, key: str) -> Waiting:
    """Return what a counted round still waits for before its result may be published.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "objections.read")
    found, _ = sized(work, key)
    return Waiting(
        until=end_of(work, found),
        over=is_over(work, found),
        numbers=ballots.numbers(work.session, found.id),
        stale=is_stale(work, found),
        recounted=found.left_out > 0,
        mails=ballots.closing_mails(work.session, found.id).waiting,
        unseen_by=tuple(
            each.organisation
            for row in acts.rows(work, found, acts.CLOSED)[-1:]
            for each in checkpoints.unseen_by(work.session, row)
        ),
    )


def is_stale(work: Work, found: Round) -> bool:
    """Return whether a ballot was taken out that the newest count includes."""
    return ballots.numbers(work.session, found.id).excluded > found.left_out


def require_publishable(work: Work, found: Round, reason: str) -> dict[str, object]:
    """Return the facts on objections that the log row of a publication holds, if it is allowed now.

    Problems: `publish.mails` (closing mails wait), `publish.waits`, `publish.unconfirmed`,
    `publish.recount`, `publish.undecided`.
    """
    told = ballots.numbers(work.session, found.id)
    mails, until = ballots.closing_mails(work.session, found.id), end_of(work, found)
    if until is not None and awaits_objections(found, mails, work.now):
        if mails.waiting and (found.objections_until or until) <= work.now:
            raise Problem("publish.mails", count=mails.waiting)
        said = Text.each(work.languages, lambda language: moments.moment(until, found.zone, language))
        raise Problem("publish.waits", until=said)
    if told.asked:
        raise Problem("publish.unconfirmed", count=told.asked)
    if is_stale(work, found):
        raise Problem("publish.recount")
    because = paragraphs(reason)
    if told.open and (not because or len(because) > REASON_MAX):
        raise Problem("publish.undecided", count=told.open, most=REASON_MAX)
    closed, ended = found.closed_at or work.now, found.objections_until
    hours = 0.0 if ended is None else (ended - closed) / timedelta(hours=1)
    counted = ("made", "withdrawn", "rejected", "upheld", "excluded", "restored", "alone")
    return {
        "objections": {
            "hours": round(hours),
            "undecided": told.open,
            **{name: getattr(told, name) for name in counted},
        },
        **({"undecided_because": because} if told.open else {}),
    }


def _settle(work: Work, found: Round, made: Objection) -> None:
    """Mark an objection as upheld; if it is about a ballot, no later count includes that ballot.

    Where the organisation did not send that ballot itself, the last one that it did send counts again.
    """
    made.state, made.decided_at, made.decided_by = "upheld", work.now, work.actor.id
    act = "objections.upheld_alone" if made.asked_by == made.decided_by else "objections.upheld"
    work.record(act, subject(found), {"objection": made.id, "reason": made.reason})
    ballot = made.ballot
    if made.claim == "not_ours" and ballot is not None and not ballots.is_excluded(work.session, ballot.id):
        work.session.add(
            BallotExclusion(round_id=found.id, ballot_id=ballot.id, objection_id=made.id, at=work.now)
        )
        # This row is public: a digest that cannot be guessed, since the record holds a seal over random bits.
        covered = ballots.record_of(ballot, found.key, made.seat.pseudonym)
        own = ballots.earlier_own(work.session, ballot)
        if own is not None:
            ballots.make_current(work.session, own, first=False)
        work.record(
            "abstentions.excluded" if ballot.abstains else "ballots.excluded",
            subject(found),
            {
                "objection": made.id,
                "assisted": ballot.assisted,
                "young": ballot.young,
                "restored": own is not None,
                "record_sha256": record.digest(record.canonical(covered)),
            },
        )
        work.session.flush()
    notices.objection_decided(work, found, made)


def _require_unpublished(found: Round) -> None:
    if found.state != rounds_State.CLOSED.value:
        raise Problem("objection.published")


def _reason(text: str) -> str:
    said = paragraphs(text)
    if not said or len(said) > REASON_MAX:
        raise Problem("objection.reason", most=REASON_MAX)
    return said


def _open(work: Work, key: str, number: int, states: tuple[str, ...]) -> tuple[Round, Objection]:
    """Return an objection in one of these states, and its round, locked.

    Problems: `round.unknown`, `objection.unknown`, `objection.decided`.
    """
    found = hold(work, key)
    made = or_problem(ballots.find(work.session, found.id, number), "objection.unknown")
    if made.state not in states:
        raise Problem("objection.decided")
    return found, made


def _seat(work: Work, link: Link) -> tuple[Seat, Round]:
    found = ballots.seat_of(work.session, door.address_of(link).seat_id)
    if found is None:
        raise RuntimeError("an address of no seat")
    return found


def _appearance(work: Work, ballot: Ballot | None) -> Appearance:
    if ballot is None:
        return Appearance()
    asked = ballot.assistance
    return copied(
        Appearance,
        ballot,
        sender=asked.requester if asked else addresses.sender_of(work.session, ballot),
        excluded=ballots.is_excluded(work.session, ballot.id),
        restored=ballots.restored(work.session, ballot) is not None,
        own_behind=ballots.earlier_own(work.session, ballot) is not None,
    )


def _line(work: Work, made: Objection, link: Link | None = None) -> ObjectionLine:
    return copied(
        ObjectionLine,
        made,
        number=made.id,
        seat=made.seat.key,
        organisation=made.seat.name,
        appears=_appearance(work, made.ballot),
        address=made.seat_address.address,
        at_opening=made.seat_address.at_opening,
        asker=made.asker.name if made.asker else "",
        asker_id=made.asked_by,
        decider=made.decider.name if made.decider else "",
        alone=made.state == "upheld" and made.asked_by == made.decided_by,
        mine=link is not None and made.seat_address_id == link.seat_address_id,
    )


WAY = "r"  # what links that answer a question open
UNKNOWN = "\N{BLACK SQUARE}"


@dataclass(frozen=True, slots=True)
class _Vote:
    """How an organisation appears as having voted."""

    sender: str
    assisted: bool
    young: bool
    cast_at: datetime
    receipt: str
    abstains: bool = False


def _closing(work: Work, message: Message, reader: Reader) -> Words:
    """Return what a closing mail says of its round and its seat."""
    found = message.round
    number = message.facts.get("ballot")
    ballot = outbox_queries.ballot(work.session, number) if number is not None else None
    vote = _vote(work, ballot) if ballot else None
    head = heads.of_round(work.session, found.id, "closing")
    early = _early(work, found)
    mails = ballots.closing_mails(work.session, found.id)
    until = objections_end(found, mails, work.now) if message.token else None
    closed_at = found.closed_at or found.closes_at
    return {
        language: {
            "closed": _closed(found, closed_at, early, reader.zone, language),
            "appears": _appears(vote, reader.zone, language),
            "objections": _objections(until, reader, language),
            "head": head.root if head else "",
        }
        for language in work.languages
    }


def _objection(work: Work, message: Message, reader: Reader) -> Words:
    """Return what a mail about an objection says of it."""
    found = message.round
    made = ballots.find(work.session, found.id, message.facts["objection"])
    if made is None:
        raise RuntimeError("a mail about an objection that is not there")
    until = objections_end(found, ballots.closing_mails(work.session, found.id), work.now) or made.made_at
    restored = made.ballot is not None and ballots.restored(work.session, made.ballot) is not None
    return {
        language: _of_objection(made, until, reader.zone, language, restored=restored)
        for language in work.languages
    }


def _sample(work: Work, sample: Sample) -> Words:
    """Return what a sample of one of these mails says.

    Of a round that is open it says what the mail would if voting were closed now.
    """
    found, reader = sample.round, sample.reader
    early = found.state == rounds_State.OPEN.value and work.now < found.closes_at
    closed_at = found.closed_at or (work.now if early else found.closes_at)
    until = found.objections_until or closed_at + timedelta(hours=sample.objection_hours)
    receipt = "-".join([UNKNOWN * 4] * 3)
    vote = _Vote(reader.name, assisted=False, young=False, cast_at=closed_at, receipt=receipt)
    said: dict[str, Mapping[str, str]] = {}
    for language in work.languages:
        words = catalogue.mail_words(language)
        said[language] = {
            "closed": _closed(
                found, closed_at, words["sample_early"] if early else None, reader.zone, language
            ),
            "appears": _appears(vote, reader.zone, language),
            "objections": _objections(until if until > closed_at else None, reader, language),
            "head": UNKNOWN * 64,
            "objector": reader.name,
            "claim": words["claim_not_ours"],
            "text": words["sample_objection"],
            "answer": moments.on_clocks(until, reader.zone, language),
            "decision": words["decision_excluded"],
            "reason": words["sample_reason_given"],
        }
    return said


def _closed(found: Round, at: datetime, early: str | None, zone: str, language: str) -> str:
    hours = moments.on_clocks(at, zone, language)
    if early is None:
        return hours
    promised = moments.moment(found.closes_at, zone, language)
    words = catalogue.mail_words(language)["closed_early"]
    return f"{hours}\n{words.format(promised=promised, reason=early)}"


def _appears(vote: _Vote | None, zone: str, language: str) -> str:
    words = catalogue.mail_words(language)
    if vote is None:
        return str(words["appears_silent"])
    mark = "assisted" if vote.assisted else "young" if vote.young else None
    sender = words[mark].format(name=vote.sender) if mark else vote.sender
    sent = moments.on_clocks(vote.cast_at, zone, language)
    how = "appears_abstained" if vote.abstains else "appears_voted"
    return str(words[how].format(sender=sender, sent=sent, receipt=vote.receipt))


def _objections(until: datetime | None, reader: Reader, language: str) -> str:
    words = catalogue.mail_words(language)
    if until is None:
        return str(words["objections_none"])
    link = links.url(reader.base_url, language, reader.token, WAY)
    return str(
        words["objections_until"].format(link=link, until=moments.on_clocks(until, reader.zone, language))
    )


def _of_objection(
    made: Objection, until: datetime, zone: str, language: str, *, restored: bool
) -> Mapping[str, str]:
    words = catalogue.mail_words(language)
    decided = made.state if made.state in {"rejected", "withdrawn"} else "upheld"
    if decided == "upheld" and made.claim == "not_ours":
        decided = "restored" if restored else "excluded"
    return {
        "objector": made.who,
        "claim": words[f"claim_{made.claim}"],
        "text": made.text,
        "answer": moments.on_clocks(until, zone, language),
        "decision": words[f"decision_{decided}"],
        "reason": words["reason_withdrawn"] if decided == "withdrawn" else made.reason,
    }


def _early(work: Work, found: Round) -> str | None:
    """Return the reason given for ending the voting before its time; None if it did not end early."""
    if found.closed_at is None or found.closed_at >= found.closes_at:
        return None
    return ending.reason_of(work, found)


def _vote(work: Work, ballot: Ballot) -> _Vote:
    sender = ballot.assistance.requester if ballot.assistance else addresses.sender_of(work.session, ballot)
    return _Vote(sender, ballot.assisted, ballot.young, ballot.cast_at, ballot.receipt, ballot.abstains)


def _overtaken(_work: Work, message: Message) -> str | None:
    """Return why a closing mail holds no more: the round was cancelled, or opened again since."""
    found = message.round
    again = found.state == rounds_State.OPEN.value or message.facts.get("reopenings", 0) != found.reopenings
    return "mail.over" if again or found.state == rounds_State.CANCELLED else None


def _round_cancelled(_work: Work, message: Message) -> str | None:
    return "mail.over" if message.round.state == rounds_State.CANCELLED else None


def _link_again(work: Work, message: Message, reader: SeatAddress | None) -> str | None:
    return notices.link_to_object(work, message.round, reader) if reader is not None else None


KINDS = (
    MailKind(
        "closing",
        N_("Voting closed: how the organisation is listed"),
        N_("When voting ends, to every address on file of every organisation, whether or not it voted."),
        places=("closed", "appears", "objections", "head"),
        needed=("appears", "objections", "head"),
        fixed_text=True,
        overtaken=_overtaken,
        words=_closing,
        sample=_sample,
        link_again=_link_again,
        asked_on=("secretariat.closing",),
    ),
    MailKind(
        "objection",
        N_("Objection received"),
        N_("When an organisation objects after voting closes, to all its addresses on file."),
        places=("objector", "claim", "text", "answer"),
        needed=("objector", "text"),
        fixed_text=True,
        told_of="objection",
        overtaken=_round_cancelled,
        words=_objection,
        sample=_sample,
    ),
    MailKind(
        "objection_decided",
        N_("Objection decided"),
        N_("When an objection is decided or withdrawn, to all addresses on file of its organisation."),
        places=("objector", "decision", "reason"),
        needed=("decision", "reason"),
        fixed_text=True,
        told_of="objection",
        overtaken=_round_cancelled,
        words=_objection,
        sample=_sample,
    ),
)
