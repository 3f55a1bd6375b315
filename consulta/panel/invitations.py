"""Invitations to the panel: sent, answered, told of news; and who could take a place that became free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from consulta.core.invitations import ANSWERABLE, COMING, MOVES, WAITING, Invited, move
from consulta.core.panel import choose as choosing
from consulta.core.panel.rows import Row, rows_of
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.problems import Problem, or_problem
from consulta.panel import dialogues, invitation_mails, memory, public_panel
from consulta.panel import documents as panel_documents
from consulta.panel import service as panels
from consulta.panel.documents import members_of
from consulta.panel.invitation_mails import of_round
from consulta.panel.reading import blocked, rule_row
from consulta.panel.values import STANDING
from consulta.platform import documents, door
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.deadlines import of_text
from consulta.platform.door import Given, Purpose
from consulta.platform.labels import name_of
from consulta.platform.log import chain
from consulta.platform.mailer.outbox import GuestLetter, queue_for_guests
from consulta.platform.models import (
    ANSWER,
    Document,
    Invitation,
    InvitationEvent,
    InvitationWords,
    Message,
    Nominee,
)
from consulta.platform.texts import line, paragraphs
from consulta.platform.work import DESK, Actor
from consulta.results import service as results
from consulta.results.service import nominees_of
from consulta.rounds.letters.mass_mail import Readers, Recipient
from consulta.rounds.queries import rounds as round_queries
from consulta.rounds.service import line_of, sized

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.core.counting.result import PanelResult
    from consulta.core.texts import Text
    from consulta.core.values import Nominee as values_Nominee
    from consulta.core.values import PanelRules
    from consulta.panel.dialogues import DialogueView
    from consulta.panel.documents import KeptPanel
    from consulta.panel.service import Ground
    from consulta.panel.values import BlockedPanel, NomineeLine, RuleRow
    from consulta.platform.formats.letter_page import LetterPage
    from consulta.platform.models import Link, Round
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Post
    from consulta.rounds.values import RoundLine


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule of the panel and who keeps it: those who accepted, and those who have not said no."""

    rule: RuleRow
    waiting: int
    is_open: bool  # not met by those who accepted, and met if those who have not answered accept too


@dataclass(frozen=True, slots=True)
class Substitute:
    """Who could take a place alone: what that does to the rules, and whether mail may go to them."""

    person: NomineeLine
    changes: tuple[RuleRow, ...]
    reachable: bool


@dataclass(frozen=True, slots=True)
class Again:
    """What choosing the panel again would bring: names that come and leave, or why it cannot be."""

    holding: str  # asked, accepted
    came: tuple[str, ...]
    left: tuple[str, ...]
    changes: tuple[RuleRow, ...]
    blocked: BlockedPanel | None
    refused: Problem | None

    @property
    def possible(self) -> bool:
        """Return whether there is such a panel."""
        return self.blocked is None and self.refused is None


@dataclass(frozen=True, slots=True)
class FreePlace:
    """A place on the panel whose person declined or did not answer, and who could take it, the best first."""

    leaving: Invitation
    others: int  # how many more places are free
    substitutes: tuple[Substitute, ...]  # none for a person designated outside of this tool
    again: tuple[Again, ...]


@dataclass(frozen=True, slots=True)
class LeftView:
    """A person who left the panel, with the code of why; the name is empty if it was never public."""

    name: str
    role: Text
    reason: str


@dataclass(frozen=True, slots=True)
class ReplacementView:
    """People of the panel who were replaced: when, who left and why, who came, and what it changed."""

    version: int
    at: datetime
    left: tuple[LeftView, ...]
    came: tuple[str, ...]
    said: Text
    changes: tuple[RuleRow, ...] = ()


@dataclass(frozen=True, slots=True)
class GuestsPage:
    """The invitations of a round: who is asked, how the panel stands, and what remains to be done."""

    round: RoundLine
    panel_version: int | None
    session: DialogueView | None
    guests: tuple[Invitation, ...]
    mails: Mapping[int, Message]  # the newest to each, by invitation
    standing: tuple[Standing, ...]
    come: tuple[str, ...]  # names on the decided panel that have no invitation yet
    leave: tuple[str, ...]  # names that are invited and not on it any more
    untold: int  # to how many the newest hours of the session have not been written
    unaware: int  # how many were not told that the published panel was replaced
    remindable: int  # how many have not answered and can be reminded now
    remind_from: datetime | None  # when the first of the others can be, who had a mail shortly before
    free: tuple[FreePlace, ...]
    replaced: tuple[ReplacementView, ...]  # the newest first
    over: bool  # the session has begun, or is cancelled

    def of(self, *states: str) -> tuple[Invitation, ...]:
        """Return the invitations in one of these states."""
        return tuple(each for each in self.guests if each.state in states)

    @property
    def may_have_come(self) -> tuple[Invitation, ...]:
        """Return the people of whom it can still be recorded that they took part.

        Empty before the session, and if it is cancelled.
        """
        held = self.over and self.session is not None and not self.session.cancelled
        return self.of("accepted", "invited", "opened", "no_answer") if held else ()

    def reachable(self, one: Invitation) -> bool:
        """Return whether mail may go to a person, and the newest mail is not known to have failed."""
        mail = self.mails.get(one.id)
        return invitation_mails.may_be_written_to(one.nominee) and (mail is None or mail.state != "failed")

    @property
    def unasked(self) -> int:
        """Return how many people are proposed and can be written to."""
        return sum(map(self.reachable, self.of("proposed")))

    @property
    def unreached(self) -> tuple[Invitation, ...]:
        """Return the people who are still to answer and whom mail cannot reach, or may not."""
        asked = self.of("proposed", "invited", "no_answer")
        return tuple(each for each in asked if not self.reachable(each))

    @property
    def due(self) -> Due | None:
        """Return what to do next; None where all people asked have accepted.

        Once the session has begun or is cancelled, only those who do not know its newest state are told.
        """
        asks, waiting = not self.over, self.of("invited", "opened", "no_answer")
        steps: dict[Due, object] = {
            "panel": asks and self.panel_version is None,
            "take_over": asks and (self.come or self.leave),
            "tell_replaced": self.unaware,
            "tell": self.untold,
            "session": asks and self.unasked and self.session is None,
            "invite": asks and self.unasked,
            "free": asks and any(place.leaving.state == "declined" for place in self.free),
            "reach": asks and self.unreached,
            "remind": asks and waiting and self.remindable,
            "wait": asks and waiting,
        }
        return next((step for step, is_due in steps.items() if is_due), None)


@dataclass(frozen=True, slots=True)
class GuestPage:
    """One invitation: its steps, its mails, and who could take the place."""

    round: RoundLine
    guest: Invitation
    staff: Mapping[str, str]  # names of those who took its steps, by the actor of the step
    mails: tuple[Message, ...]  # the newest first
    moves: tuple[Invited, ...]
    free: FreePlace | None
    panel_version: int | None
    over: bool  # the session has begun


@dataclass(frozen=True, slots=True)
class OwnInvitation:
    """An invitation as the person invited sees it."""

    number: int
    round_title: Text
    name: str
    person: str
    institution: str
    topics: tuple[Text, ...]
    session: DialogueView | None
    zone: str
    state: Invited
    since: datetime
    closed: str | None  # the code of why it takes no answer any more
    example: bool


def find(session: Session, number: int, *, hold: bool = False) -> Invitation | None:
    """Return one invitation with its round, its person and its steps, or None."""
    query = (
        select(Invitation)
        .where(Invitation.id == number)
        .options(
            joinedload(Invitation.round),
            joinedload(Invitation.nominee),
            selectinload(Invitation.events).joinedload(InvitationEvent.words),
        )
    )
    return session.scalars(query.with_for_update(of=Invitation) if hold else query).first()


def alone(session: Session, number: int) -> Invitation | None:
    """Return an invitation without what `find` loads with it, or None."""
    return session.get(Invitation, number)


def nominees(session: Session, round_id: int, keys: list[str]) -> dict[str, Nominee]:
    """Return the nominees of a round that have these keys, by key."""
    query = select(Nominee).where(Nominee.round_id == round_id, Nominee.key.in_(keys))
    return {nominee.key: nominee for nominee in session.scalars(query)}


def newest_mails(session: Session, round_id: int) -> dict[int, Message]:
    """Return a mapping from invitation id to the newest mail to its person."""
    newest = (
        select(func.max(Message.id))
        .where(Message.round_id == round_id, Message.invitation_id.is_not(None))
        .group_by(Message.invitation_id)
    )
    found = session.scalars(select(Message).where(Message.id.in_(newest)))
    return {each.invitation_id: each for each in found if each.invitation_id is not None}


def told_of_versions(session: Session, round_id: int, kind: str) -> dict[int, int]:
    """Return the newest version of the panel of which mails of a kind tell, by invitation."""
    query = select(Message).where(Message.round_id == round_id, Message.kind == kind).order_by(Message.id)
    return {
        each.invitation_id: each.facts["version"]
        for each in session.scalars(query)
        if each.invitation_id is not None
    }


def mail_rows(session: Session, invitation_id: int) -> list[Message]:
    """Return all mails to one invited person, the newest first."""
    query = select(Message).where(Message.invitation_id == invitation_id).order_by(Message.id.desc())
    return list(session.scalars(query))


NOTE_LONGEST, NAME_LONGEST = 1000, 200
Due = Literal[
    "panel", "take_over", "tell_replaced", "tell", "session", "invite", "free", "reach", "remind", "wait"
]


def propose(work: Work, round_id: int, nominee: Nominee) -> Invitation:
    """Create an invitation of a nominee, in state `proposed`, and return it.

    The nominee sits on the panel as decided last.
    """
    invitation = Invitation(
        round_id=round_id,
        nominee_id=nominee.id,
        state=Invited.PROPOSED.value,
        changed_at=work.now,
        told=None,
        created_at=work.now,
    )
    invitation.nominee = nominee
    work.session.add(invitation)
    work.session.flush()
    _keep(work, invitation, "", "", "")
    return invitation


def take(
    work: Work,
    invitation: Invitation,
    wanted: Invited,
    note: str = "",
    colleague: str = "",
    colleague_contact: str = "",
) -> None:
    """Let an invitation come to `wanted`.

    Problems: `invitation.move`, `invitation.note`, `invitation.colleague`.
    """
    note, colleague, contact = paragraphs(note), line(colleague), line(colleague_contact)
    if len(note) > NOTE_LONGEST:
        raise Problem("invitation.note", most=NOTE_LONGEST)
    if len(colleague) > NAME_LONGEST or len(contact) > NAME_LONGEST or (contact and not colleague):
        raise Problem("invitation.colleague")
    invitation.state = move(Invited(invitation.state), wanted).value
    invitation.changed_at = work.now
    _keep(work, invitation, note, colleague, contact)


def _keep(work: Work, invitation: Invitation, note: str, colleague: str, contact: str) -> None:
    event = InvitationEvent(
        invitation_id=invitation.id, state=invitation.state, at=work.now, actor=str(work.actor)
    )
    work.session.add(event)
    work.session.flush()
    if note or colleague:
        work.session.add(
            InvitationWords(event_id=event.id, note=note, colleague=colleague, colleague_contact=contact)
        )
    # Without the words, which may have to go one day; and without the name, which the number leads to.
    work.record(
        "invitations.changed",
        f"round:{invitation.round_id}",
        {"invitation": invitation.id, "state": invitation.state},
    )


def standing(
    rules: PanelRules, people: Sequence[values_Nominee], coming: Collection[str], open_to: Collection[str]
) -> tuple[Standing, ...]:
    """Return each rule with how many of `coming` keep it, and how many more of `open_to` would."""
    places = {nominee.key: place for place, nominee in enumerate(people)}
    sure = frozenset(places[key] for key in coming if key in places)
    possible = sure | {places[key] for key in open_to if key in places}
    seated = [people[place] for place in sorted(possible)]
    return tuple(
        Standing(
            _rule(row, rules, seated, sure),
            max(row.counts(possible) - row.counts(sure), 0),
            is_open=bool(row.missing(sure)) and not row.missing(possible),
        )
        for row in rows_of(rules, people)
        if row.kind != "locked"
    )


def changes(
    rules: PanelRules, people: Sequence[values_Nominee], before: Collection[str], after: Collection[str]
) -> tuple[RuleRow, ...]:
    """Return the rules whose count of people, or fulfilment, differs between two panels.

    `before` and `after` are the keys of the people on them.
    """
    places = {nominee.key: place for place, nominee in enumerate(people)}
    was = frozenset(places[key] for key in before if key in places)
    now = frozenset(places[key] for key in after if key in places)
    seated = [people[place] for place in sorted(now)]
    return tuple(
        replace(_rule(row, rules, seated, now), was=row.counts(was))
        for row in rows_of(rules, people)
        if row.kind not in {"size", "locked"}
        and (row.counts(was) != row.counts(now) or bool(row.missing(was)) != bool(row.missing(now)))
    )


def _rule(row: Row, rules: PanelRules, seated: Sequence[values_Nominee], sure: frozenset[int]) -> RuleRow:
    return rule_row(row, rules, seated, have=row.counts(sure), ok=row.missing(sure) == 0)


def _guest(work: Work, link: Link) -> Actor | None:
    """Return the person invited by the invitation of a link."""
    invitation = alone(work.session, link.subject_id)
    return Actor("guest", invitation.id, invitation.nominee.name) if invitation is not None else None


def _entered(work: Work, link: Link) -> None:
    """Make an invitation in state `invited` `opened`, unless its session has begun or is cancelled."""
    invitation = find(work.session, link.subject_id, hold=True)
    guest = _guest(work, link)
    if invitation is not None and guest is not None and invitation.state == Invited.INVITED.value:
        session = dialogues.of_round(work, invitation.round.key)
        if not invitation_mails.is_over(session, work.now):
            take(replace(work, actor=guest), invitation, Invited.OPENED)


PURPOSES = (
    Purpose(
        ANSWER,
        way="a",
        subject=Invitation,
        role="guest",
        page="guest.invitation",
        texts="invitations/door.html",
        reader=_guest,
        life=timedelta(days=365),  # a session may be far ahead, and decides what the link opens
        entered=_entered,
    ),
)


def give(work: Work, invited: Sequence[Invitation]) -> list[str]:
    """Make a link to answer for each invitation, and return the tokens in the same order."""
    return door.give(work, ANSWER, [Given(each.id) for each in invited])


def further_link(work: Work, number: int) -> str:
    """Create one more link to an invitation, for an installation without mail, and return its token.

    Problem: `invitation.unknown`.
    """
    require(work, "links.hand_out")
    invitation = or_problem(find(work.session, number), "invitation.unknown")
    return give(work, [invitation])[0]


def own(work: Work) -> OwnInvitation:
    """Return the invitation of the person who came by its link. Problem: `invitation.unknown`."""
    require(work, "invitations.answer")
    invitation = _own(work)
    session = dialogues.of_round(work, invitation.round.key)
    found, guest = invitation.round, invitation.nominee
    countries = catalogue.countries_by_code()
    return OwnInvitation(
        number=invitation.id,
        round_title=found.title,
        name=guest.name,
        person=invitation_mails.addressed(guest),
        institution=guest.organisation,
        topics=invitation_mails.topics_of(work, found, session),
        session=session,
        zone=countries[guest.country].zone if guest.country in countries else found.zone,
        state=Invited(invitation.state),
        since=invitation.changed_at,
        closed=_closed(work, invitation, session),
        example=found.example,
    )


def answer(
    work: Work,
    said: Literal["accepted", "declined"],
    note: str = "",
    colleague: str = "",
    colleague_contact: str = "",
) -> None:
    """Say yes or no, once more where it changes; saying the same twice is one answer.

    Problems: `invitation.unknown`, `invitation.replaced`, `invitation.over`, `invitation.cancelled`,
    `invitation.note`, `invitation.colleague`.
    """
    require(work, "invitations.answer")
    invitation = _own(work, hold=True)
    closed = _closed(work, invitation, dialogues.of_round(work, invitation.round.key))
    if closed is not None:
        raise Problem(closed)
    if invitation.state != said:
        take(work, invitation, Invited(said), note, colleague, colleague_contact)


def own_letter(work: Work, post: Post) -> LetterPage:
    """Return the letter on paper of the person who came by the link. Problem: `invitation.unknown`."""
    require(work, "invitations.answer")
    invitation = _own(work)
    return invitation_mails.pages(work, invitation.round, [invitation], post)[0]


def own_entry(work: Work, language: str, post: Post) -> bytes:
    """Return the session as a calendar file (iCalendar) for the person who came by the link.

    Problems: `invitation.unknown`, `dialogue.unknown`.
    """
    require(work, "invitations.answer")
    session = or_problem(dialogues.of_round(work, _own(work).round.key), "dialogue.unknown")
    return invitation_mails.entry(work, session, language, post, work.now)


def _own(work: Work, *, hold: bool = False) -> Invitation:
    return or_problem(find(work.session, work.actor.id or 0, hold=hold), "invitation.unknown")


def _closed(work: Work, invitation: Invitation, session: DialogueView | None) -> str | None:
    """Return the code of why an invitation takes no answer any more; None if it takes one."""
    state = Invited(invitation.state)
    if state is Invited.REPLACED:
        return "invitation.replaced"
    if session is not None and session.cancelled:
        return "invitation.cancelled"
    if state is Invited.ATTENDED or invitation_mails.is_over(session, work.now):
        return "invitation.over"
    return None if state in ANSWERABLE else "invitation.replaced"


PRINTING = timedelta(hours=1)  # in which letters that were taken out are handed out
PAUSE = timedelta(hours=20)  # no reminder is sent sooner after the last mail
# States that the desk may set by hand: not those that only the link can tell, nor what the panel decides.
NOT_BY_HAND = frozenset({Invited.OPENED, Invited.REPLACED, Invited.PROPOSED})
# States that cannot be set any more once the session has begun.
TOO_LATE = frozenset({Invited.ACCEPTED, Invited.DECLINED, Invited.NO_ANSWER})
TOLD_OF_NEWS = WAITING | {Invited.ACCEPTED}


def page(work: Work, key: str) -> GuestsPage:
    """Return the invitations of a round. Problems: `round.unknown`, `round.not_closed`."""
    require(work, "invitations.read")
    found = results.closed_round(work, key)
    line, sizes = sized(work, key)
    session = dialogues.of_round(work, key)
    panel = _panel(work, found)
    invited = of_round(work.session, found.id)
    come, leave = _difference(panel, invited)
    over = invitation_mails.is_over(session, work.now)
    names = {nominee.key: nominee.name for nominee in found.nominees}
    return GuestsPage(
        round=line_of(line, sizes, work.now),
        panel_version=panel.version if panel else None,
        session=session,
        guests=tuple(invited),
        mails=newest_mails(work.session, found.id),
        standing=(
            standing(
                panel.rules,
                results.nominees_of(found, gender=True),
                _keys(invited, COMING),
                _keys(invited, WAITING | {Invited.PROPOSED}),
            )
            if panel
            else ()
        ),
        come=tuple(names[each] for each in come if each in names),
        leave=tuple(each.nominee.name for each in leave),
        untold=len(_untold(invited, session, work)),
        unaware=sum(
            invitation_mails.may_be_written_to(each.nominee) for each in to_tell_replaced(work, found)
        ),
        remindable=sum(invitation_mails.may_be_written_to(each.nominee) for each in to_remind(work, found)),
        remind_from=remind_from(work, found),
        free=() if over else free_places(work, found, invited),
        replaced=replacements(work, found),
        over=over,
    )


def guest(work: Work, key: str, number: int) -> GuestPage:
    """Return one invitation with its steps and mails.

    Problems: `round.unknown`, `round.not_closed`, `invitation.unknown`.
    """
    require(work, "invitations.read")
    found = results.closed_round(work, key)
    line, sizes = sized(work, key)
    invitation = _of(work, found, number)
    panel = _panel(work, found)
    over = invitation_mails.is_over(dialogues.of_round(work, key), work.now)
    invited = () if over else of_round(work.session, found.id)
    free = free_places(work, found, invited, invitation.nominee.key)
    actors = {each.actor: each.actor.partition(":") for each in invitation.events}
    numbers = {actor: int(number) for actor, (role, _, number) in actors.items() if role in DESK and number}
    names = round_queries.staff_names(work.session, {*numbers.values()})
    return GuestPage(
        round=line_of(line, sizes, work.now),
        guest=invitation,
        staff={actor: names.get(number, "") for actor, number in numbers.items()},
        mails=tuple(mail_rows(work.session, invitation.id)),
        moves=_by_hand(Invited(invitation.state), over=over),
        free=free[0] if free else None,
        panel_version=panel.version if panel else None,
        over=over,
    )


def colleague(work: Work, key: str, number: int) -> tuple[Nominee, InvitationWords] | None:
    """Return an invited person, and whom they proposed last in their place; None without such a person.

    Problems: `round.unknown`, `round.not_closed`, `invitation.unknown`.
    """
    require(work, "invitations.read")
    invitation = _of(work, results.closed_round(work, key), number)
    words = (event.words for event in reversed(invitation.events))
    said = next((each for each in words if each and each.colleague), None)
    return (invitation.nominee, said) if said else None


def take_over(work: Work, key: str) -> tuple[int, int]:
    """Bring the invitations in step with the panel as decided last; return how many came and left.

    A person who came is proposed; the invitation of a person who left is replaced.

    Problems: `panel.unknown`, `round.unknown`, `round.not_closed`.
    """
    require(work, "invitations.write")
    found = results.closed_round(work, key, hold=True)
    panel = or_problem(_panel(work, found), "panel.unknown", key=key)
    invited = of_round(work.session, found.id, hold=True)
    come, leave = _difference(panel, invited)
    for each in leave:
        take(work, each, Invited.REPLACED)
    people = nominees(work.session, found.id, come)
    known = {each.nominee.key: each for each in invited}
    for nominee_key in come:
        if nominee_key in known:
            take(work, known[nominee_key], Invited.PROPOSED)
        else:
            propose(work, found.id, people[nominee_key])
    return len(come), len(leave)


def invite(work: Work, key: str, number: int | None = None) -> int:
    """Queue an invitation to each proposed person, or once more to one person; return how many.

    Only people who may be written to get one. `number` is the invitation of the one person.

    Problems: `invitation.nobody` (no such person, or none who may be written to), `invitation.over`,
    `invitation.cancelled`, `round.unknown`, `round.not_closed`.
    """
    require(work, "invitations.write")
    found, session = _open(work, key)
    wanted = (
        to_invite(work, found, hold=True)
        if number is None
        else [
            each
            for each in of_round(work.session, found.id, hold=True)
            if each.id == number and Invited(each.state) in WAITING | {Invited.PROPOSED}
        ]
    )
    asked = _write(work, "panel_invitation", wanted, session, f"{work.now:%Y-%m-%dT%H:%M}")
    for each in asked:
        if each.state == Invited.PROPOSED.value:
            take(work, each, Invited.INVITED)
    work.record("invitations.sent", f"round:{found.id}", {"count": len(asked)})
    return len(asked)


def remind(work: Work, key: str) -> int:
    """Write to those who have not answered, but for who had a mail within the last hours; how many.

    Problems: those of `invite`.
    """
    require(work, "invitations.write")
    found, session = _open(work, key)
    waiting = to_remind(work, found, hold=True)
    reminded = _write(work, "panel_reminder", waiting, session, f"{work.now:%Y-%m-%d}")
    work.record("invitations.reminded", f"round:{found.id}", {"count": len(reminded)})
    return len(reminded)


def tell(work: Work, key: str) -> int:
    """Queue news that the session has moved or is cancelled, to all who come or may come.

    Return how many. People who were told of the newest state of the session are left out.

    Problems: `dialogue.unknown`, `invitation.nobody`, `round.unknown`, `round.not_closed`.
    """
    require(work, "invitations.write")
    found = results.closed_round(work, key, hold=True)
    session = or_problem(dialogues.of_round(work, key), "dialogue.unknown")
    untold = to_tell(work, found, hold=True)
    facts = {"sequence": session.sequence}
    told = _write(work, "panel_session", untold, session, str(session.sequence), facts)
    work.record("invitations.told", f"round:{found.id}", {"count": len(told)})
    return len(told)


def tell_replaced(work: Work, key: str) -> int:
    """Tell those who were invited that the published panel was replaced, once; return how many.

    The invitation of a person who is not on the present version ends.

    Problems: `invitation.nobody`, `round.unknown`, `round.not_closed`.
    """
    require(work, "invitations.write")
    found = results.closed_round(work, key, hold=True)
    chosen = to_tell_replaced(work, found, hold=True)
    reached = [each for each in chosen if invitation_mails.may_be_written_to(each.nominee)]
    if not reached:
        raise Problem("invitation.nobody")
    version, members = found.panel_version, public_panel.members_now(work, found)
    for each in chosen:
        if each.nominee.key not in members and each.state != Invited.REPLACED.value:
            take(work, each, Invited.REPLACED)
    queue_for_guests(
        work,
        [
            GuestLetter(
                invitation_mails.REPLACED,
                each,
                f"{invitation_mails.REPLACED}:{each.id}:{version}",
                "",
                {"version": version},
            )
            for each in reached
        ],
    )
    work.record("invitations.told_replaced", f"round:{found.id}", {"count": len(reached), "version": version})
    return len(reached)


def mark(work: Work, key: str, number: int, wanted: str, note: str) -> None:
    """Record what a person said, or what became of the invitation, by another way than the link.

    Problems: `invitation.unknown`, `invitation.move`, `invitation.note`, `invitation.late`,
    `invitation.cancelled`, `round.unknown`, `round.not_closed`.
    """
    require(work, "invitations.write")
    found = results.closed_round(work, key, hold=True)
    invitation = _of(work, found, number, hold=True)
    said = or_problem(
        next((each for each in Invited if each.value == wanted and each not in NOT_BY_HAND), None),
        "invitation.unknown",
    )
    session = dialogues.of_round(work, key)
    if said in TOO_LATE and session is not None and invitation_mails.is_over(session, work.now):
        raise Problem("invitation.cancelled" if session.cancelled else "invitation.late")
    take(work, invitation, said, note)


def attended(work: Work, key: str, numbers: Collection[int]) -> int:
    """Write down of several at once that they took part in the session; how many.

    Problems: `invitation.not_yet`, `invitation.unknown`, `invitation.move`, `round.unknown`,
    `round.not_closed`.
    """
    require(work, "invitations.write")
    found = results.closed_round(work, key, hold=True)
    session = dialogues.of_round(work, key)
    if session is None or session.cancelled or session.starts_at > work.now:
        raise Problem("invitation.not_yet")
    invited = {each.id: each for each in of_round(work.session, found.id, hold=True)}
    if not numbers or not {*numbers} <= {*invited}:
        raise Problem("invitation.unknown")
    before = memory.recent_in_drafts(work, example=found.example)
    for number in sorted(numbers):
        take(work, invited[number], Invited.ATTENDED)
    work.session.flush()
    memory.correct_drafts(work, before, example=found.example)
    return len(numbers)


def agreed(work: Work, key: str, numbers: Collection[int]) -> int:
    """Write down of several people at once that they agree to be written to, and return how many.

    Problems: `invitation.unknown`, `round.unknown`, `round.not_closed`.
    """
    require(work, "nominees.write")
    found = results.closed_round(work, key, hold=True)
    invited = {each.id: each.nominee for each in of_round(work.session, found.id, hold=True)}
    if not numbers or not {*numbers} <= {*invited}:
        raise Problem("invitation.unknown")
    for number in sorted(numbers):
        invited[number].consent_contact = True
        work.record("nominees.corrected", f"round:{found.id}", {"nominee": invited[number].key})
    return len(numbers)


def export_letters(work: Work, key: str, number: int | None = None) -> None:
    """Record in the log that the actor takes out the letters of all invitations, or of one.

    Problems: `invitation.nobody` (no such invitation), `round.unknown`, `round.not_closed`.
    """
    require(work, "invitations.export")
    found = results.closed_round(work, key)
    details = {"count": len(_to_print(work, found, number))}
    work.record("invitations.letters", f"round:{found.id}", details)


def letters(work: Work, key: str, post: Post, number: int | None = None) -> tuple[LetterPage, ...]:
    """Return the letters on paper for all invitations that are not replaced, or for one.

    They can be read for an hour after the actor took them out.

    Problems: `invitation.nobody` (no such invitation), `invitation.letters` (not taken out lately),
    `round.unknown`, `round.not_closed`.
    """
    require(work, "invitations.export")
    found = results.closed_round(work, key)
    invited = _to_print(work, found, number)
    taken = chain.acts(work.session, f"round:{found.id}", "invitations.letters")
    since = work.now - PRINTING
    if not any(each.actor == str(work.actor) and of_text(each.at) >= since for each in taken):
        raise Problem("invitation.letters")
    return invitation_mails.pages(work, found, invited, post)


def _to_print(work: Work, found: Round, number: int | None) -> list[Invitation]:
    invited = [
        each
        for each in of_round(work.session, found.id)
        if each.state != Invited.REPLACED.value and number in {None, each.id}
    ]
    if not invited:
        raise Problem("invitation.nobody")
    return invited


def entry(work: Work, key: str, language: str, post: Post) -> bytes:
    """Return the session as a calendar file (iCalendar) in one language.

    Problems: `round.unknown`, `dialogue.unknown`.
    """
    require(work, "invitations.read")
    session = or_problem(dialogues.of_round(work, key), "dialogue.unknown")
    return invitation_mails.entry(work, session, language, post, work.now)


# -- who is meant


def to_invite(work: Work, found: Round, *, hold: bool = False) -> list[Invitation]:
    """Return the invitations that are proposed and were not sent yet."""
    invited = of_round(work.session, found.id, hold=hold)
    return [each for each in invited if each.state == Invited.PROPOSED.value]


def to_remind(work: Work, found: Round, *, hold: bool = False) -> list[Invitation]:
    """Return the invitations without an answer whose person had no mail within the last 20 hours."""
    mails = newest_mails(work.session, found.id)
    return [
        each
        for each in of_round(work.session, found.id, hold=hold)
        if Invited(each.state) in WAITING
        and (each.id not in mails or mails[each.id].queued_at <= work.now - PAUSE)
    ]


def remind_from(work: Work, found: Round) -> datetime | None:
    """Return when the first of those can be reminded who had a mail within 20 hours; None: no one."""
    mails = newest_mails(work.session, found.id)
    rested = [
        mails[each.id].queued_at + PAUSE
        for each in of_round(work.session, found.id)
        if Invited(each.state) in WAITING and each.id in mails
    ]
    return min((at for at in rested if at > work.now), default=None)


def to_tell(work: Work, found: Round, *, hold: bool = False) -> list[Invitation]:
    """Return the invitations of people who come or may come and are not told of the newest state.

    It is the newest state of the session; empty without one, and once it has begun.
    """
    session = dialogues.of_round(work, found.key)
    return _untold(of_round(work.session, found.id, hold=hold), session, work)


def to_tell_replaced(work: Work, found: Round, *, hold: bool = False) -> list[Invitation]:
    """Return the invitations of people who were invited and are not told of the last replacement.

    They were on a version that was replaced, and their invitation stands; or it ended, since they are not on
    the present version. Empty if no published panel was replaced.
    """
    since: dict[str, int] = {}  # by key: the last version that replaced one on which the person was
    for each in public_panel.replacements(work, found):
        before = public_panel.members_of_version(work, found, each.version)
        since |= dict.fromkeys(before, each.by_version)
    if not since:
        return []
    members = public_panel.members_now(work, found)
    told = told_of_versions(work.session, found.id, invitation_mails.REPLACED)
    return [
        each
        for each in of_round(work.session, found.id, hold=hold)
        if each.nominee.key in since
        and (
            Invited(each.state) in STANDING
            or (
                Invited(each.state) is Invited.REPLACED
                and each.nominee.key not in members
                and _was_asked(each)
            )
        )
        and told.get(each.id, 0) < since[each.nominee.key]
    ]


def _was_asked(invitation: Invitation) -> bool:
    """Return whether an invitation that ended had been sent, and was not declined last."""
    states = [event.state for event in invitation.events if event.state != Invited.REPLACED.value]
    return bool(states) and Invited(states[-1]) in STANDING


def _panel(work: Work, found: Round) -> KeptPanel | None:
    """Return the newest panel that has members; None if there is none."""
    kept = newest(work, found)
    return panel_documents.of(kept) if kept else None


def _difference(panel: KeptPanel | None, invited: Sequence[Invitation]) -> tuple[list[str], list[Invitation]]:
    """Return the keys of panel members who are not invited, and the invitations of former members.

    A replaced invitation counts as none. Invitations of people who took part are in neither list. Both
    are empty without a panel.
    """
    if panel is None:
        return [], []
    active = {each.nominee.key: each for each in invited if each.state != Invited.REPLACED.value}
    come = [key for key in panel.members if key not in active]
    return come, [
        each
        for key, each in active.items()
        if key not in panel.members and each.state != Invited.ATTENDED.value
    ]


def require_before(work: Work, found: Round) -> DialogueView | None:
    """Return the session of a round, which must not have begun; None if none is written.

    Problems: `invitation.cancelled`, `invitation.over`.
    """
    session = dialogues.of_round(work, found.key)
    if session is not None and session.cancelled:
        raise Problem("invitation.cancelled")
    if invitation_mails.is_over(session, work.now):
        raise Problem("invitation.over")
    return session


def _open(work: Work, key: str) -> tuple[Round, DialogueView | None]:
    """Return a round whose panel may still be written to, locked, and its session.

    Problems: those of `results.closed_round` and `require_before`.
    """
    found = results.closed_round(work, key, hold=True)
    return found, require_before(work, found)


def _write(
    work: Work,
    kind: str,
    invited: Sequence[Invitation],
    session: DialogueView | None,
    when: str,
    facts: Mapping[str, object] | None = None,
) -> list[Invitation]:
    """Queue a letter with a new link for each who has an address; who they are."""
    reached = [each for each in invited if invitation_mails.may_be_written_to(each.nominee)]
    if not reached:
        raise Problem("invitation.nobody")
    tokens = give(work, reached)
    queue_for_guests(
        work,
        [
            GuestLetter(kind, each, f"{kind}:{each.id}:{when}", token, facts or {})
            for each, token in zip(reached, tokens, strict=True)
        ],
    )
    for each in reached:
        each.told = session.sequence if session else None
    return reached


def _untold(invited: Sequence[Invitation], session: DialogueView | None, work: Work) -> list[Invitation]:
    """Return the invitations whose person comes or may come and was not sent the session's newest state.

    Empty without a session, and once it has begun. People who may not be written to are left out.
    """
    if session is None or session.starts_at <= work.now:
        return []
    return [
        each
        for each in invited
        if Invited(each.state) in TOLD_OF_NEWS
        and invitation_mails.may_be_written_to(each.nominee)
        and each.told != session.sequence
    ]


def _by_hand(state: Invited, *, over: bool) -> tuple[Invited, ...]:
    """Return the states that staff may record by hand for an invitation in this state.

    With `over`, none that can only come before the session.
    """
    return tuple(each for each in MOVES[state] if each not in NOT_BY_HAND and not (over and each in TOO_LATE))


def _keys(invited: Sequence[Invitation], states: Collection[Invited]) -> frozenset[str]:
    return frozenset(each.nominee.key for each in invited if Invited(each.state) in states)


def _of(work: Work, found: Round, number: int, *, hold: bool = False) -> Invitation:
    invitation = find(work.session, number, hold=hold)
    if invitation is None or invitation.round_id != found.id:
        raise Problem("invitation.unknown")
    return invitation


def inviting(work: Work, found: Round) -> Readers:
    """Return who would be invited now. Problems: those of `invitations.service.require_before`."""
    require_before(work, found)
    return _guests(work, found, "panel_invitation", to_invite(work, found))


def reminding(work: Work, found: Round) -> Readers:
    """Return who would be reminded now. Problems: those of `invitations.service.require_before`."""
    require_before(work, found)
    readers = _guests(work, found, "panel_reminder", to_remind(work, found))
    return readers._replace(again=remind_from(work, found))


def telling(work: Work, found: Round) -> Readers:
    """Return who would be told of news of the session now."""
    return _guests(work, found, "panel_session", to_tell(work, found))


def replacing(work: Work, found: Round) -> Readers:
    """Return who would be told now that the published panel was replaced."""
    return _guests(work, found, invitation_mails.REPLACED, to_tell_replaced(work, found))


def _guests(work: Work, found: Round, kind: str, invited: Iterable[Invitation]) -> Readers:
    chosen = list(invited)
    reached = [each for each in chosen if invitation_mails.may_be_written_to(each.nominee)]
    others = {each.id for each in chosen}
    return Readers(
        kind,
        [
            Recipient(
                each.id,
                each.nominee.name,
                each.nominee.organisation,
                each.nominee.email,
                each.nominee.language,
                each.nominee.country,
            )
            for each in reached
        ],
        [
            *(("mail.guest_address", each.nominee.name) for each in chosen if each not in reached),
            *(
                (each.state, each.nominee.name)
                for each in of_round(work.session, found.id)
                if each.id not in others
            ),
        ],
        invitation_mails.preview,
    )


def replacements_of(work: Work, key: str) -> tuple[ReplacementView, ...]:
    """Return who was replaced on the panel, the newest first. Problems: those of `closed_round`."""
    require(work, "panel.read")
    return replacements(work, results.closed_round(work, key))


def replacements(work: Work, found: Round) -> tuple[ReplacementView, ...]:
    """Return all replacements of a round, the newest first."""
    people = nominees_of(found, gender=True)
    by_key = {nominee.key: nominee for nominee in people}
    before: tuple[str, ...] = ()
    told = []
    for kept in panel_documents.every(work, found):
        if said := kept.replacement:
            told.append(
                ReplacementView(
                    version=kept.version,
                    at=kept.at,
                    left=tuple(
                        LeftView(by_key[key].name, name_of("role", by_key[key].role), reason)
                        for key, reason in said.left.items()
                    ),
                    came=tuple(by_key[key].name for key in said.came),
                    said=said.said,
                    changes=changes(kept.rules, people, before, kept.members),
                )
            )
        before = kept.members or before
    return tuple(reversed(told))


@dataclass(frozen=True, slots=True)
class Grounds:
    """A round, and what its panels are chosen from."""

    found: Round
    base: Ground

    def solve(self, rules: PanelRules) -> tuple[PanelRules, PanelResult]:
        """Return `rules` with designated people held, and the panel under them; nothing is stored.

        Raise Problem `panel.designated` if the rules keep out a designated person.
        """
        rules = panels.adapted_rules(rules, self.found, self.base)
        return rules, panels.best(self.base, rules)

    def alternates(self, rules: PanelRules, members: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """Return who could take the place of each of `members`, by key, the best first."""
        rules = panels.adapted_rules(rules, self.found, self.base)
        nominees = self.base.nominees
        told = choosing.report_on_members(
            rules, nominees, self.base.support, self.base.topics, self.base.seed, members
        )
        return told.alternates


def newest(work: Work, found: Round) -> Document | None:
    """Return the newest panel that has members, or None.

    Rules that no panel meets leave the panel before in place.
    """
    kept = documents.find(work.session, found.id, "panel")
    if kept is None or members_of(kept.content):
        return kept
    every = documents.every(work.session, found.id, "panel")
    return next((each for each in reversed(every) if members_of(each.content)), None)


def seated(work: Work, found: Round, invited: Sequence[Invitation]) -> Seated | None:
    """Return the present panel; None if there is none."""
    kept = newest(work, found)
    if kept is None:
        return None
    return Seated(
        kept.version,
        members_of(kept.content),
        parse_panel_rules(found.panel_rules),
        {each.nominee.key: Invited(each.state) for each in invited},
    )


def free_places(
    work: Work, found: Round, invited: Sequence[Invitation], only: str | None = None
) -> tuple[FreePlace, ...]:
    """Return the free places with who could take each; with `only` one place, and new choices too."""
    panel = seated(work, found, invited)
    leaving = [each for each in invited if panel and panel.is_free(each.nominee.key)]
    wanted = [each for each in leaving if only is None or each.nominee.key == only]
    if panel is None or not wanted:
        return ()
    grounds = Grounds(found, panels.ground(work, found))
    people = {nominee.key: nominee for nominee in found.nominees}
    return tuple(
        FreePlace(
            each,
            others=len(leaving) - 1,
            substitutes=_substitutes(grounds, panel, each.nominee, people),
            again=() if only is None else _again(grounds, panel, each.nominee, people),
        )
        for each in wanted
    )


def _substitutes(
    grounds: Grounds, panel: Seated, leaving: Nominee, people: Mapping[str, Nominee]
) -> tuple[Substitute, ...]:
    if leaving.outside is not None:
        return ()
    rules = panel.standing([leaving.key])
    nominees = grounds.base.nominees
    lines = panels.lines_of(grounds.found, grounds.base, rules)
    return tuple(
        Substitute(
            person=lines[key],
            changes=changes(rules, nominees, panel.members, {*panel.members, key} - {leaving.key}),
            reachable=invitation_mails.may_be_written_to(people[key]),
        )
        for key in fitting(grounds, panel, leaving.key)
    )


def _again(
    grounds: Grounds, panel: Seated, leaving: Nominee, people: Mapping[str, Nominee]
) -> tuple[Again, ...]:
    """Return the outcomes of choosing the panel again, each once though other people are held.

    Empty if the person who leaves was designated.
    """
    if leaving.outside is not None:
        return ()
    found: dict[object, Again] = {}
    for holding in HOLDINGS:
        _, rules = panel.for_all(leaving.key, holding)
        outcome = _tried(grounds, panel, holding, rules, people)
        refused = outcome.refused and outcome.refused.code
        found.setdefault((outcome.came, outcome.left, outcome.blocked, refused), outcome)
    return tuple(found.values())


HOLDINGS: tuple[Holding, ...] = ("asked", "accepted")


@dataclass(frozen=True, slots=True)
class Seated:
    """A panel as it stands: who sits, the rules from now on, and how people answered."""

    version: int
    members: Sequence[str]
    rules: PanelRules
    states: Mapping[str, Invited]

    def is_free(self, key: str) -> bool:
        """Return whether a person is on the panel and is to leave it: declined or did not answer."""
        return key in self.members and self.states.get(key) in FREE

    def asked(self, states: Collection[Invited]) -> set[str]:
        """Return the keys of the panel's members whose invitation is in one of these states."""
        return {key for key in self.members if self.states.get(key) in states}

    def standing(self, leaving: Collection[str]) -> PanelRules:
        """Return the rules that hold when these have left: who accepted is held, who left is barred."""
        return choosing.after_declining(self.rules, leaving, self.asked(COMING))

    def for_one(self, key: str, instead: str) -> PanelRules:
        """Return the rules under which `instead` takes the place of `key`, and all others stay."""
        others = [each for each in (*self.members, instead) if each != key]
        return choosing.after_declining(self.rules, [key], others)

    def for_place(self, key: str) -> PanelRules:
        """Return the rules under which the place of `key` is free, and all others stay."""
        return choosing.after_declining(self.rules, [key], [each for each in self.members if each != key])

    def for_all(self, key: str, holding: Holding) -> tuple[list[str], PanelRules]:
        """Return who leaves for good when the panel is chosen again, and the rules of that choice.

        `key` leaves, with all who declined. `holding` says whether people who were asked are held too.
        """
        leaving = [each for each in self.members if each == key or self.states.get(each) is Invited.DECLINED]
        held = self.asked(COMING | WAITING if holding == "asked" else COMING) - {*leaving}
        return leaving, choosing.after_declining(self.rules, leaving, held)


def fitting(grounds: Grounds, panel: Seated, key: str) -> tuple[str, ...]:
    """Return who could take the place of `key` alone, the best first."""
    rules = panel.standing([])
    sitting = replace(
        rules,
        locked=tuple(each for each in rules.locked if each != key),
        barred=tuple(each for each in rules.barred if each not in panel.members),
    )
    return grounds.alternates(sitting, panel.members).get(key, ())


def _tried(
    grounds: Grounds,
    panel: Seated,
    holding: Holding,
    rules: PanelRules,
    people: Mapping[str, Nominee],
) -> Again:
    try:
        rules, chosen = grounds.solve(rules)
    except Problem as problem:
        return Again(holding, (), (), (), None, problem)
    if not chosen.feasible:
        return Again(holding, (), (), (), blocked(chosen, rules), None)
    left, came = choosing.changes(panel.members, chosen.members)
    return Again(
        holding,
        came=tuple(people[key].name for key in came),
        left=tuple(people[key].name for key in left),
        changes=changes(rules, grounds.base.nominees, panel.members, chosen.members),
        blocked=None,
        refused=None,
    )


FREE = frozenset({Invited.DECLINED, Invited.NO_ANSWER})


Holding = Literal["asked", "accepted"]
