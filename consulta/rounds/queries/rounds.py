"""What the desk asks of rounds, their themes, their roll and their links."""

from __future__ import annotations

import json
from collections import ChainMap
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import selectinload

from consulta.platform import door, parts
from consulta.platform.data.dimensions import is_among
from consulta.platform.documents import newest_count, still_holds
from consulta.platform.listing import alphabetical, by_name, page_of, says
from consulta.platform.mailer.queries import mail
from consulta.platform.models import (
    PROPOSE,
    VOTE,
    Agreement,
    Attendance,
    Ballot,
    BallotExclusion,
    Contact,
    CurrentBallot,
    Dialogue,
    Document,
    Evaluation,
    EvaluationPerson,
    FollowUpCall,
    FollowUpRhythm,
    Instant,
    Invitation,
    Link,
    LogEntry,
    MailText,
    Message,
    Nomination,
    Nominee,
    Objection,
    Organisation,
    PendingAct,
    ProposingPhase,
    Question,
    Recommendation,
    Reminder,
    Round,
    Scrutineer,
    Seat,
    Staff,
    TextVersion,
    Theme,
    ThemeProposal,
    Upload,
)
from consulta.platform.models.conditions import may_get_links, still_counts
from consulta.rounds.ballots import CLOSING_LEFT, CLOSING_WAITS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.platform.listing import Found, Wanted


DRAWN = "rounds.drawn"  # the act that rounds/public_value.py records


Sizes: TypeAlias = Any  # a row with a column for each size, or what stands for one
"""How much there is of everything in a round, by the names in `_sizes`."""


class KindTurnout(NamedTuple):
    """Seats with the same categories and base value, and how many of them voted."""

    categories: Mapping[str, str]
    base: int
    seats: int
    voted: int


def find(session: Session, key: str, *, hold: bool = False) -> Round | None:
    """Return a round, or None; with `hold` every other writer of it waits for this transaction."""
    query = select(Round).where(Round.key == key)
    return session.scalars(query.with_for_update() if hold else query).first()


def with_id(session: Session, round_id: int) -> Round | None:
    """Return a round by its id, or None."""
    return session.get(Round, round_id)


def unused_number(session: Session) -> int | None:
    """Return a number for a new round that no deleted draft had, since its log is kept; None: any is.

    SQLite gives the number of a deleted last row again, PostgreSQL never does.
    """
    if session.get_bind().dialect.name != "sqlite":
        return None
    deleted = session.scalars(select(LogEntry.subject).where(LogEntry.action == "rounds.deleted"))
    newest = session.scalar(select(func.max(Round.id))) or 0
    return max([newest, *(int(each.partition(":")[2]) for each in deleted)]) + 1


# By the tables with a key to `rounds`: what of a draft has reached other people or names them, and keeps it.
REACHED = (Message, Nomination, ThemeProposal, Invitation, Scrutineer)
# What stands for a draft alone, and is deleted with it, in this order.
OF_A_DRAFT = (
    *(MailText, TextVersion, Question, Reminder, Upload, Agreement, FollowUpRhythm, FollowUpCall),
    *(Evaluation, Dialogue, ProposingPhase, Theme, Nominee),
)


def is_used(session: Session, round_id: int) -> bool:
    """Return whether anything of a draft has reached other people, or names them as scrutineers."""
    asked = [select(each.round_id).where(each.round_id == round_id).limit(1) for each in REACHED]
    attended = select(Dialogue.round_id).join(Dialogue.attendances).where(Dialogue.round_id == round_id)
    judged = select(Evaluation.round_id).where(
        Evaluation.round_id == round_id, Evaluation.opened_at.is_not(None)
    )
    told = (
        select(Dialogue.round_id)
        .join(Recommendation, Recommendation.dialogue_id == Dialogue.id)
        .where(Dialogue.round_id == round_id, Recommendation.reference.is_not(None))
    )
    called = select(FollowUpCall.round_id).where(
        FollowUpCall.round_id == round_id, FollowUpCall.state == "sent"
    )
    further = [each.limit(1) for each in (attended, judged, told, called)]
    return any(session.scalar(each) for each in (*asked, *further))


def delete_draft(session: Session, found: Round) -> None:
    """Delete a draft and all that stands for it alone."""
    sessions = select(Dialogue.id).where(Dialogue.round_id == found.id)
    evaluations = select(Evaluation.id).where(Evaluation.round_id == found.id)
    session.execute(delete(Recommendation).where(Recommendation.dialogue_id.in_(sessions)))
    session.execute(delete(EvaluationPerson).where(EvaluationPerson.evaluation_id.in_(evaluations)))
    for table in OF_A_DRAFT:
        session.execute(delete(table).where(table.round_id == found.id))
    session.flush()
    session.expire(found)
    session.delete(found)
    session.flush()


def withdraw_openings(session: Session, key: str, now: datetime) -> list[int]:
    """Withdraw what was asked for to open a draft, now or at an hour, and waits; return their numbers."""
    query = select(PendingAct).where(
        PendingAct.state == "waiting",
        PendingAct.expires_at > now,
        PendingAct.endpoint.in_(("secretariat.opening", "secretariat.opening_plan")),
    )
    waiting = [each for each in session.scalars(query) if f"/rounds/{key}/open" in each.path]
    for each in waiting:
        each.state, each.decided_at = "withdrawn", now
    return [each.id for each in waiting]


def whole(session: Session, key: str, *, hold: bool = False, roll: bool = False) -> Round | None:
    """Return a round with its themes and nominees, or None; with `roll` also with its seats.

    With `hold` other writers of the round wait until this transaction ends.
    """
    query = (
        select(Round)
        .where(Round.key == key)
        .options(selectinload(Round.themes), selectinload(Round.nominees))
    )
    if roll:
        query = query.options(selectinload(Round.seats))
    return session.scalars(query.with_for_update(of=Round) if hold else query).first()


def listed(session: Session, now: datetime) -> list[tuple[Round, Sizes]]:
    """Return all rounds with their sizes, the newest first."""
    query = _with_sizes().order_by(Round.created_at.desc(), Round.id.desc())
    query = query.options(selectinload(Round.phases))
    rows = session.execute(query, {"now": now}).all()
    return [(row[0], _of_used_parts(session, row)) for row in rows]


def sized(session: Session, key: str, now: datetime, *, contents: bool = False) -> tuple[Round, Sizes] | None:
    """Return one round with its sizes, or None; with `contents` also with its themes and nominees."""
    row = session.execute(_one_with_sizes(contents=contents), {"key": key, "now": now}).first()
    return None if row is None else (row[0], _of_used_parts(session, row))


# What a round is said to have of a part of the program that is not used.
_NONE_OF: Mapping[str, Mapping[str, object]] = {
    "theme_proposals": {"theme_waiting": 0, "theme_proposals": 0},
    "people_proposals": {"proposals": 0},
    "minutes": {"overdue": 0},
    "follow_up": {"followed": 0},
    "questions": {"questions": 0},
}


def _of_used_parts(session: Session, sizes: Sizes) -> Sizes:
    """Return the sizes of a round as they are without the parts of the program that are not used."""
    left = [_NONE_OF[part] for part in parts.unused_of(session) if part in _NONE_OF]
    return SimpleNamespace(**{**sizes._asdict(), **ChainMap(*map(dict, left))}) if left else sizes


@cache
def _one_with_sizes(*, contents: bool) -> Select[Any]:
    query = _with_sizes().where(Round.key == bindparam("key"))
    return query.options(selectinload(Round.themes), selectinload(Round.nominees)) if contents else query


@cache
def _with_sizes() -> Select[Any]:
    """Return rounds with their sizes as a statement with a parameter `now`.

    It is built once: its two dozen subqueries take ten times as long to build as to run.
    """
    return select(Round, *_sizes(bindparam("now", type_=Instant)))


def _sizes(now: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Return the subqueries over the rows of a round, each under its name."""

    def rows(model: type[Any]) -> Any:
        return select(func.count()).select_from(model)

    of_ballot = (
        rows(CurrentBallot)
        .join(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .where(Ballot.round_id == Round.id, still_counts(CurrentBallot.ballot_id))
    )
    of_link = (
        select(func.count(Link.contact_id.distinct()))
        .join(Seat, Seat.id == Link.subject_id)
        .join(Contact, Contact.id == Link.contact_id)
        .where(
            Link.purpose == VOTE,
            Seat.round_id == Round.id,
            Link.revoked_at.is_(None),
            Link.expires_at > now,
            Contact.active,
            Contact.may_vote,
        )
    )
    of_document = rows(Document).where(Document.round_id == Round.id)
    of_guest = rows(Invitation).where(Invitation.round_id == Round.id)
    of_message = rows(Message).where(Message.round_id == Round.id)
    of_draw = rows(LogEntry).where(
        LogEntry.subject == literal("round:") + cast(Round.id, String), LogEntry.action == DRAWN
    )
    of_proposal = rows(ThemeProposal).where(ThemeProposal.round_id == Round.id)
    of_objection = rows(Objection).where(Objection.round_id == Round.id)
    counted: dict[str, Any] = {
        "themes": rows(Theme).where(Theme.round_id == Round.id),
        "nominees": rows(Nominee).where(Nominee.round_id == Round.id),
        "seats": rows(Seat).where(Seat.round_id == Round.id),
        # organisations that sent a vote or abstained on purpose
        "ballots": of_ballot,
        # contacts who have a personal link that opens now
        "links": of_link,
        "results": of_document.where(Document.kind == "result", Document.id > Round.void_until),
        "panels": of_document.where(Document.kind == "panel", Document.id > newest_count()),
        # of the newest panel
        "panel_version": select(func.max(Document.version)).where(
            Document.round_id == Round.id, Document.kind == "panel", Document.id > newest_count()
        ),
        # that wait
        "proposals": rows(Nomination).where(Nomination.round_id == Round.id, Nomination.state == "waiting"),
        # asked to sit on the panel, or to be asked
        "guests": of_guest.where(Invitation.state != "replaced"),
        # of them, those to be asked
        "unasked": of_guest.where(Invitation.state == "proposed"),
        # of them, those who were asked and have not answered
        "unanswered": of_guest.where(Invitation.state.in_(("invited", "opened", "no_answer"))),
        # of them, those who accepted or came
        "accepted": of_guest.where(Invitation.state.in_(("accepted", "attended"))),
        # of them, those who declined and keep a place free
        "declined": of_guest.where(Invitation.state == "declined"),
        "sessions_cancelled": rows(Dialogue).where(Dialogue.round_id == Round.id, Dialogue.cancelled),
        # messages
        "mail_waiting": of_message.where(Message.state == "queued"),
        # of the session that takes place
        "session_starts": select(Dialogue.starts_at).where(
            Dialogue.round_id == Round.id, Dialogue.cancelled.is_(False)
        ),
        "session_ends": select(Dialogue.ends_at).where(
            Dialogue.round_id == Round.id, Dialogue.cancelled.is_(False)
        ),
        # its version that is public
        "factsheet": select(Dialogue.factsheet_version).where(Dialogue.round_id == Round.id),
        # without those withdrawn
        "objections": of_objection.where(Objection.state != "withdrawn"),
        "undecided": of_objection.where(Objection.state.in_(("open", "asked"))),
        # ballots that were taken out after an objection
        "excluded": rows(BallotExclusion)
        .join(Ballot, Ballot.id == BallotExclusion.ballot_id)
        .where(BallotExclusion.round_id == Round.id, Ballot.abstains.is_(False)),
        # chosen on an earlier count
        "former_panels": of_document.where(Document.kind == "panel", Document.id < newest_count()),
        # closing mails that have not left
        "closing_waits": of_message.where(*CLOSING_WAITS),
        # when the last closing mail that was delivered left
        "closing_left": select(func.max(Message.left_at)).where(Message.round_id == Round.id, *CLOSING_LEFT),
        # planned, or sent to any contact
        "reminders": rows(Reminder).where(
            Reminder.round_id == Round.id, or_(Reminder.done_at.is_(None), Reminder.queued > 0)
        ),
        # proposed themes that wait for the secretariat
        "theme_waiting": of_proposal.where(ThemeProposal.state == "submitted"),
        # without those that were taken back
        "theme_proposals": of_proposal.where(ThemeProposal.state != "withdrawn"),
        "questions": rows(Question).where(Question.round_id == Round.id),
        # agreements of the session whose day is past and that are not done
        "overdue": rows(Agreement).where(
            Agreement.round_id == Round.id,
            Agreement.removed.is_(False),
            Agreement.done_on.is_(None),
            Agreement.due < func.substr(cast(now, String), 1, 10),  # days as 2027-08-31
        ),
        # rows of who took part in the session
        "attended": rows(Attendance)
        .join(Dialogue, Dialogue.id == Attendance.dialogue_id)
        .where(Dialogue.round_id == Round.id),
        # recommendations that are public and not withdrawn
        "followed": rows(Recommendation)
        .join(Dialogue, Dialogue.id == Recommendation.dialogue_id)
        .where(
            Dialogue.round_id == Round.id,
            Recommendation.reference.is_not(None),
            Recommendation.withdrawn_at.is_(None),
        ),
        # people of the panel of whom it is written down that they took part
        "came": of_guest.where(Invitation.state == "attended"),
    }
    drawn = case((Round.public_at.is_(None), 0), else_=of_draw.correlate(Round).scalar_subquery())
    sizes = {name: query.correlate(Round).scalar_subquery() for name, query in counted.items()}
    sizes |= {"undelivered": mail.undelivered(), "drawn": drawn}
    return [query.label(name) for name, query in sizes.items()]


EVERYBODY: Mapping[str, Sequence[str]] = {}


def electorate(session: Session, voters: Mapping[str, Sequence[str]] = EVERYBODY) -> list[Organisation]:
    """Return the organisations, with contacts, that the roll of a round opened now would have.

    `voters` are those of the round (`Round.voters`).
    """
    query = select(Organisation).where(Organisation.active).order_by(Organisation.id)
    found = session.scalars(query.options(selectinload(Organisation.contacts)))
    return [each for each in found if is_among(voters, each.country, each.categories)]


def electorate_names(
    session: Session, voters: Mapping[str, Sequence[str]] = EVERYBODY
) -> list[tuple[str, str, int]]:
    """Return name, country and number of the organisations that `electorate` returns."""
    query = select(Organisation.name, Organisation.country, Organisation.id, Organisation.categories)
    rows = session.execute(query.where(Organisation.active))
    return [(row[0], row[1], row[2]) for row in rows if is_among(voters, row[1], row[3])]


def electorate_marks(
    session: Session, voters: Mapping[str, Sequence[str]] = EVERYBODY
) -> list[tuple[int, str, dict[str, str], int]]:
    """Return number, country, categories and base of the organisations that `electorate` returns."""
    query = select(Organisation.id, Organisation.country, Organisation.categories, Organisation.base)
    rows = session.execute(query.where(Organisation.active))
    return [(row[0], row[1], row[2], row[3]) for row in rows if is_among(voters, row[1], row[2])]


def due_to_open(session: Session, now: datetime) -> list[str]:
    """Return the keys of drafts whose planned opening is due."""
    query = select(Round.key).where(Round.state == "draft", Round.opens_at <= now)
    return list(session.scalars(query.order_by(Round.opens_at, Round.id)))


def due_to_close(session: Session, now: datetime) -> list[str]:
    """Return the keys of open rounds whose deadline has passed."""
    query = select(Round.key).where(Round.state == "open", Round.closes_at <= now)
    return list(session.scalars(query.order_by(Round.closes_at, Round.id)))


def uncounted(session: Session, now: datetime) -> list[str]:
    """Return the keys of rounds closed by `now` that have ballots and no result."""
    counted = select(Document.round_id).where(Document.kind == "result", still_holds())
    voted = (
        select(Seat.round_id)
        .join(CurrentBallot, CurrentBallot.seat_id == Seat.id)
        .join(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .where(still_counts(CurrentBallot.ballot_id), Ballot.abstains.is_(False))
    )
    query = select(Round.key).where(Round.state == "closed", Round.id.not_in(counted), Round.id.in_(voted))
    return list(session.scalars(query.where(Round.closed_at <= now).order_by(Round.id)))


def turnout(session: Session, round_id: int) -> list[tuple[Seat, datetime | None]]:
    """Return every seat in the order of the roll, with when its ballot was cast, never its content.

    A ballot that was taken out after an objection counts as none.
    """
    counts = and_(CurrentBallot.seat_id == Seat.id, still_counts(CurrentBallot.ballot_id))
    rows = session.execute(
        select(Seat, Ballot.cast_at)
        .select_from(Seat)
        .outerjoin(CurrentBallot, counts)
        .outerjoin(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .where(Seat.round_id == round_id)
        .order_by(Seat.position)
    )
    return [(seat, cast_at) for seat, cast_at in rows]


def turnout_by_kind(session: Session, round_id: int) -> list[KindTurnout]:
    """Return how many seats of the same categories and base there are, and how many have a counted vote."""
    kind = cast(Seat.categories, Text)
    counts = and_(CurrentBallot.seat_id == Seat.id, still_counts(CurrentBallot.ballot_id))
    query = (
        select(Seat.country, kind, Seat.base, func.count(), func.count(CurrentBallot.ballot_id))
        .select_from(Seat)
        .outerjoin(CurrentBallot, counts)
        .where(Seat.round_id == round_id)
        .group_by(Seat.country, kind, Seat.base)
    )
    return [
        KindTurnout({"country": country, **json.loads(categories)}, base, seats, voted)
        for country, categories, base, seats, voted in session.execute(query)
    ]


def seats_wanted(
    session: Session,
    round_id: int,
    wanted: Wanted,
    names: Mapping[str, Mapping[str, str]],
    told: Callable[[Seat, datetime | None, str], Any],
    named: ColumnElement[bool] | None = None,
) -> Found:
    """Return the seats that `wanted` names, in the order of the roll where it names none.

    Each is what `told` makes of the seat and of its ballot that counts: when it was cast, and "assisted"
    where staff entered it or "young" where its sender is new.
    They are chosen by `voted` ("yes", "no") and by the keys of dimensions; `names` has by dimension the names
    of categories, by which they are sorted, and `voted` sorts by the moment of the vote. The text must occur
    in the name, or `named` hold.
    """
    categories = {
        name: Seat.country if name == "country" else Seat.categories[name].as_string() for name in names
    }
    where = [categories[name] == wanted.choice(name) for name in names if wanted.choice(name)]
    if wanted.choice("voted") in {"yes", "no"}:
        where.append(Ballot.id.is_not(None) if wanted.choice("voted") == "yes" else Ballot.id.is_(None))
    if wanted.text:
        where.append(says(wanted.text, Seat.name) if named is None else named)
    query = (
        select(Seat, Ballot.cast_at, case((Ballot.assisted, "assisted"), (Ballot.young, "young"), else_=""))
        .select_from(Seat)
        .outerjoin(
            CurrentBallot, and_(CurrentBallot.seat_id == Seat.id, still_counts(CurrentBallot.ballot_id))
        )
        .outerjoin(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .where(Seat.round_id == round_id)
    )
    sorts = {
        "organisation": (alphabetical(Seat.name, wanted.language),),
        "voted": (case((Ballot.id.is_(None), 0), else_=1), Ballot.cast_at),
        **{name: (by_name(categories[name], names[name], wanted.language),) for name in names},
    }
    ties = (alphabetical(Seat.name, wanted.language), Seat.position) if wanted.sort else (Seat.position,)
    return page_of(session, query, wanted, where, sorts, ties, told)


def without_voters(session: Session, round_id: int, names: int) -> tuple[int, tuple[str, ...]]:
    """Return how many seats have neither a vote nor a contact who may get a link, and `names` of them."""
    reached = select(Contact.id).where(
        Contact.organisation_id == Seat.organisation_id, Contact.active, Contact.may_vote, may_get_links()
    )
    voted = select(CurrentBallot.seat_id).where(
        CurrentBallot.seat_id == Seat.id, still_counts(CurrentBallot.ballot_id)
    )
    where = (Seat.round_id == round_id, Seat.withdrawn_at.is_(None), ~reached.exists(), ~voted.exists())
    count = session.scalar(select(func.count()).select_from(Seat).where(*where)) or 0
    query = select(Seat.name).where(*where).order_by(Seat.position).limit(names)
    return count, tuple(session.scalars(query))


def voters(session: Session, round_id: int, contact_id: int | None = None) -> list[tuple[Seat, Contact]]:
    """Return the contacts who may get a link to each seat, in the order of the roll.

    With `contact_id` only those of one contact.
    """
    query = (
        select(Seat, Contact)
        .join(Contact, Contact.organisation_id == Seat.organisation_id)
        .where(Seat.round_id == round_id, Contact.active, Contact.may_vote, may_get_links())
        .order_by(Seat.position, Contact.id)
    )
    if contact_id is not None:
        query = query.where(Contact.id == contact_id)
    return [(seat, contact) for seat, contact in session.execute(query)]


def links_and_files(session: Session, round_id: int) -> tuple[list[Link], bool]:
    """Return the links of a round that are not revoked, and whether staff have had any of them.

    Staff have had links if they got them as a file or on the screen. Without links the second value is
    False.
    """
    as_file = and_(LogEntry.action == "links.issued", LogEntry.details.contains('"file":true'))
    handed_out = (
        select(LogEntry.seq)
        .where(LogEntry.subject == f"round:{round_id}", or_(LogEntry.action == "links.reissued", as_file))
        .exists()
    )
    query = (
        select(Link, handed_out)
        .join(Seat, Seat.id == Link.subject_id)
        .where(Link.purpose == VOTE, Seat.round_id == round_id, Link.revoked_at.is_(None))
    )
    found = session.execute(query).all()
    return [link for link, _ in found], any(handed for _, handed in found)


def revoke_links(
    session: Session,
    round_id: int,
    at: datetime,
    contact_id: int | None = None,
    seat_id: int | None = None,
) -> int:
    """End the links to vote of a round, or those of one contact or seat; return how many."""
    seats = select(Seat.id).where(Seat.round_id == round_id)
    if seat_id is not None:
        seats = seats.where(Seat.id == seat_id)
    of_contact = [] if contact_id is None else [Link.contact_id == contact_id]
    return door.end(session, at, Link.purpose == VOTE, Link.subject_id.in_(seats), *of_contact)


def add_all(session: Session, rows: Sequence[Seat] | Sequence[Nominee]) -> None:
    """Write new rows of one kind, made with the same columns, in one statement; ids are not read back."""
    if rows:
        values = [{name: value for name, value in vars(row).items() if name[0] != "_"} for row in rows]
        session.execute(insert(type(rows[0])), values)


NamesOf: TypeAlias = "Callable[[Session, Collection[int]], dict[int, str]]"
"""A query of the names of so many people or things, by id."""


def staff_names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Return the names of the members of staff with these ids, by id."""
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def contact_names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Return the names of the contacts with these ids, each with its organisation, by id."""
    query = select(Contact.id, Contact.name, Organisation.name).join(Contact.organisation)
    rows = session.execute(query.where(Contact.id.in_(set(ids))))
    return {number: f"{name} ({organisation})" for number, name, organisation in rows}


def proposer_names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Return the names of the contacts, with organisations, who have these links to propose.

    The mapping is from the id of a link to the text.
    """
    query = (
        select(Link.id, Contact.name, Organisation.name)
        .join(Contact, Contact.id == Link.contact_id)
        .join(Contact.organisation)
        .where(Link.purpose == PROPOSE, Link.id.in_(set(ids)))
    )
    return {number: f"{name} ({organisation})" for number, name, organisation in session.execute(query)}


def guest_names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Return the names of the people invited by the invitations with these ids, by id."""
    query = select(Invitation.id, Nominee.name).join(Nominee).where(Invitation.id.in_(set(ids)))
    return {row.id: row.name for row in session.execute(query)}


def nomination_names(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Return the names of the people or institutions proposed in the proposals with these ids, by id."""
    query = select(Nomination.id, Nomination.said).where(Nomination.id.in_(set(ids)))
    return {row.id: row.said["name"] for row in session.execute(query)}


def seat_names(session: Session, round_id: int, keys: Collection[str]) -> dict[str, str]:
    """Return the names of the organisations at these seats of a round, by the key of the seat."""
    query = select(Seat.key, Seat.name).where(Seat.round_id == round_id, Seat.key.in_(keys))
    return {row.key: row.name for row in session.execute(query)} if keys else {}


MOST_NAMED = 50  # organisations, and people of each kind, that words are looked for in the log with


def named(session: Session, round_id: int, text: str) -> tuple[list[str], list[int], list[int]]:
    """Return the seats of a round (keys), contacts and staff (ids) whose names have the words of `text`."""
    seats = select(Seat.key, Seat.organisation_id).where(Seat.round_id == round_id, says(text, Seat.name))
    found = session.execute(seats.order_by(Seat.position).limit(MOST_NAMED)).all()
    of_roll = Contact.organisation_id.in_(select(Seat.organisation_id).where(Seat.round_id == round_id))
    contacts = select(Contact.id).where(
        or_(
            Contact.organisation_id.in_([number for _key, number in found]),
            and_(of_roll, says(text, Contact.name)),
        )
    )
    staff = select(Staff.id).where(says(text, Staff.name))
    return (
        [key for key, _number in found],
        list(session.scalars(contacts.order_by(Contact.id).limit(MOST_NAMED))),
        list(session.scalars(staff.order_by(Staff.id).limit(MOST_NAMED))),
    )


def any_open(session: Session) -> bool:
    """Return whether any round is open, also if its deadline has passed and it is about to be closed."""
    return session.scalar(select(Round.id).where(Round.state == "open").limit(1)) is not None
