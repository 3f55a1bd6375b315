"""Invitations to the panel, as the secretariat manages them: sent, reminded, replaced, told of news.

This module decides who is written to and when, and brings the invitations in step with the panel as
decided last. The text of a mail is decided when it is sent (`invitations.mails`), who could take a free
place in `substitutes`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from consulta.core.invitations import COMING, MOVES, WAITING, Invited
from consulta.core.problems import Problem, or_problem
from consulta.panel import documents as panel_documents
from consulta.panel import memory
from consulta.panel import public as public_panel
from consulta.panel.dialogues import service as dialogues
from consulta.panel.invitations import answering
from consulta.panel.invitations import mails as guest_letters
from consulta.panel.invitations import queries as invitations_queries
from consulta.panel.invitations import steps as guest_steps
from consulta.panel.invitations.replacements import replacements
from consulta.panel.invitations.standing import standing
from consulta.panel.invitations.substitutes import free_places, newest
from consulta.panel.invitations.values import Colleague, GuestLine, GuestMail, GuestPage, GuestsPage, StepView
from consulta.panel.values import STANDING
from consulta.platform.access import require
from consulta.platform.deadlines import of_text
from consulta.platform.labels import name_of
from consulta.platform.log import chain
from consulta.platform.mailer.outbox import GuestLetter, queue_for_guests
from consulta.platform.work import DESK
from consulta.results import service as results
from consulta.rounds.queries import rounds as round_queries
from consulta.rounds.service import line_of, sized

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from consulta.core.values import PanelRules
    from consulta.panel.dialogues.service import DialogueView
    from consulta.platform.formats.letter_page import LetterPage
    from consulta.platform.models import Invitation, InvitationEvent, Message, Round
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Post

PRINTING = timedelta(hours=1)  # in which letters that were taken out are handed out
PAUSE = timedelta(hours=20)  # no reminder is sent sooner after the last mail
# States that the desk may set by hand: not those that only the link can tell, nor what the panel decides.
NOT_BY_HAND = frozenset({Invited.OPENED, Invited.REPLACED, Invited.PROPOSED})
# States that cannot be set any more once the session has begun.
TOO_LATE = frozenset({Invited.ACCEPTED, Invited.DECLINED, Invited.NO_ANSWER})
TOLD_OF_NEWS = WAITING | {Invited.ACCEPTED}


class _Panel(NamedTuple):
    """The panel as decided last: version, rules, and the keys of its members."""

    version: int
    rules: PanelRules
    members: list[str]


def page(work: Work, key: str) -> GuestsPage:
    """Return the invitations of a round. Problems: `round.unknown`, `round.not_closed`."""
    require(work, "invitations.read")
    found = results.closed_round(work, key)
    line, sizes = sized(work, key)
    session = dialogues.of_round(work, key)
    panel = _panel(work, found)
    invited = invitations_queries.of_round(work.session, found.id)
    mails = invitations_queries.newest_mails(work.session, found.id)
    come, leave = _difference(panel, invited)
    over = guest_letters.is_over(session, work.now)
    names = {nominee.key: nominee.name for nominee in found.nominees}
    return GuestsPage(
        round=line_of(line, sizes, work.now),
        panel_version=panel.version if panel else None,
        size=panel.rules.size if panel else 0,
        topics=guest_letters.topics_of(work, found, session),
        session=session,
        guests=tuple(_line(each, mails.get(each.id)) for each in invited),
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
        unaware=sum(guest_letters.may_be_written_to(each.nominee) for each in to_tell_replaced(work, found)),
        remindable=sum(guest_letters.may_be_written_to(each.nominee) for each in to_remind(work, found)),
        remind_from=remind_from(work, found),
        free=() if over else free_places(work, found, invited),
        replaced=replacements(work, found),
        over=over,
        example=found.example,
    )


def guest(work: Work, key: str, number: int) -> GuestPage:
    """Return one invitation with its steps and mails.

    Problems: `round.unknown`, `round.not_closed`, `invitation.unknown`.
    """
    require(work, "invitations.read")
    found = results.closed_round(work, key)
    line, sizes = sized(work, key)
    invitation = _of(work, found, number)
    mails = invitations_queries.mails(work.session, invitation.id)
    panel = _panel(work, found)
    over = guest_letters.is_over(dialogues.of_round(work, key), work.now)
    invited = () if over else invitations_queries.of_round(work.session, found.id)
    free = free_places(work, found, invited, invitation.nominee.key)
    staff = round_queries.staff_names(work.session, _staff(invitation.events))
    return GuestPage(
        round=line_of(line, sizes, work.now),
        guest=_line(invitation, mails[0] if mails else None),
        steps=tuple(_step(event, staff) for event in reversed(invitation.events)),
        mails=tuple(_mail(each) for each in mails),
        moves=_by_hand(Invited(invitation.state), over=over),
        free=free[0] if free else None,
        panel_version=panel.version if panel else None,
        over=over,
        example=found.example,
    )


def colleague(work: Work, key: str, number: int) -> Colleague | None:
    """Return the person whom an invited person proposed last in their place; None without one.

    Problems: `round.unknown`, `round.not_closed`, `invitation.unknown`.
    """
    require(work, "invitations.read")
    invitation = _of(work, results.closed_round(work, key), number)
    words = (event.words for event in reversed(invitation.events))
    said = next((each for each in words if each and each.colleague), None)
    if said is None:
        return None
    guest = invitation.nominee
    return Colleague(said.colleague, said.colleague_contact, guest.organisation, guest.role, guest.language)


def take_over(work: Work, key: str) -> tuple[int, int]:
    """Bring the invitations in step with the panel as decided last; return how many came and left.

    A person who came is proposed; the invitation of a person who left is replaced.

    Problems: `panel.unknown`, `round.unknown`, `round.not_closed`.
    """
    require(work, "invitations.write")
    found = results.closed_round(work, key, hold=True)
    panel = or_problem(_panel(work, found), "panel.unknown", key=key)
    invited = invitations_queries.of_round(work.session, found.id, hold=True)
    come, leave = _difference(panel, invited)
    for each in leave:
        guest_steps.take(work, each, Invited.REPLACED)
    people = invitations_queries.nominees(work.session, found.id, come)
    known = {each.nominee.key: each for each in invited}
    for nominee_key in come:
        if nominee_key in known:
            guest_steps.take(work, known[nominee_key], Invited.PROPOSED)
        else:
            guest_steps.propose(work, found.id, people[nominee_key])
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
            for each in invitations_queries.of_round(work.session, found.id, hold=True)
            if each.id == number and Invited(each.state) in WAITING | {Invited.PROPOSED}
        ]
    )
    asked = _write(work, "panel_invitation", wanted, session, f"{work.now:%Y-%m-%dT%H:%M}")
    for each in asked:
        if each.state == Invited.PROPOSED.value:
            guest_steps.take(work, each, Invited.INVITED)
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
    reached = [each for each in chosen if guest_letters.may_be_written_to(each.nominee)]
    if not reached:
        raise Problem("invitation.nobody")
    version, members = found.panel_version, public_panel.members_now(work, found)
    for each in chosen:
        if each.nominee.key not in members and each.state != Invited.REPLACED.value:
            guest_steps.take(work, each, Invited.REPLACED)
    queue_for_guests(
        work,
        [
            GuestLetter(
                guest_letters.REPLACED,
                each,
                f"{guest_letters.REPLACED}:{each.id}:{version}",
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
    if said in TOO_LATE and session is not None and guest_letters.is_over(session, work.now):
        raise Problem("invitation.cancelled" if session.cancelled else "invitation.late")
    guest_steps.take(work, invitation, said, note)


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
    invited = {each.id: each for each in invitations_queries.of_round(work.session, found.id, hold=True)}
    if not numbers or not {*numbers} <= {*invited}:
        raise Problem("invitation.unknown")
    before = memory.recent_in_drafts(work, example=found.example)
    for number in sorted(numbers):
        guest_steps.take(work, invited[number], Invited.ATTENDED)
    work.session.flush()
    memory.correct_drafts(work, before, example=found.example)
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
    return guest_letters.pages(work, found, invited, post)


def _to_print(work: Work, found: Round, number: int | None) -> list[Invitation]:
    invited = [
        each
        for each in invitations_queries.of_round(work.session, found.id)
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
    return guest_letters.entry(work, session, language, post, work.now)


# -- who is meant


def to_invite(work: Work, found: Round, *, hold: bool = False) -> list[Invitation]:
    """Return the invitations that are proposed and were not sent yet."""
    invited = invitations_queries.of_round(work.session, found.id, hold=hold)
    return [each for each in invited if each.state == Invited.PROPOSED.value]


def to_remind(work: Work, found: Round, *, hold: bool = False) -> list[Invitation]:
    """Return the invitations without an answer whose person had no mail within the last 20 hours."""
    mails = invitations_queries.newest_mails(work.session, found.id)
    return [
        each
        for each in invitations_queries.of_round(work.session, found.id, hold=hold)
        if Invited(each.state) in WAITING
        and (each.id not in mails or mails[each.id].queued_at <= work.now - PAUSE)
    ]


def remind_from(work: Work, found: Round) -> datetime | None:
    """Return when the first of those can be reminded who had a mail within 20 hours; None: no one."""
    mails = invitations_queries.newest_mails(work.session, found.id)
    rested = [
        mails[each.id].queued_at + PAUSE
        for each in invitations_queries.of_round(work.session, found.id)
        if Invited(each.state) in WAITING and each.id in mails
    ]
    return min((at for at in rested if at > work.now), default=None)


def to_tell(work: Work, found: Round, *, hold: bool = False) -> list[Invitation]:
    """Return the invitations of people who come or may come and are not told of the newest state.

    It is the newest state of the session; empty without one, and once it has begun.
    """
    session = dialogues.of_round(work, found.key)
    return _untold(invitations_queries.of_round(work.session, found.id, hold=hold), session, work)


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
    told = invitations_queries.told_of_versions(work.session, found.id, guest_letters.REPLACED)
    return [
        each
        for each in invitations_queries.of_round(work.session, found.id, hold=hold)
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


def _panel(work: Work, found: Round) -> _Panel | None:
    """Return the newest panel that has members; None if there is none."""
    kept = newest(work, found)
    if kept is None:
        return None
    panel = panel_documents.of(kept)
    return _Panel(panel.version, panel.rules, [*panel.members])


def _difference(panel: _Panel | None, invited: Sequence[Invitation]) -> tuple[list[str], list[Invitation]]:
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
    if guest_letters.is_over(session, work.now):
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
    reached = [each for each in invited if guest_letters.may_be_written_to(each.nominee)]
    if not reached:
        raise Problem("invitation.nobody")
    tokens = answering.give(work, reached)
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
        and guest_letters.may_be_written_to(each.nominee)
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
    invitation = invitations_queries.find(work.session, number, hold=hold)
    if invitation is None or invitation.round_id != found.id:
        raise Problem("invitation.unknown")
    return invitation


# -- as it is shown


def _line(invitation: Invitation, mail: Message | None) -> GuestLine:
    nominee = invitation.nominee
    words = next((event.words for event in reversed(invitation.events) if event.words), None)
    return GuestLine(
        number=invitation.id,
        key=nominee.key,
        name=nominee.name,
        institution=nominee.organisation,
        role=name_of("role", nominee.role),
        country=name_of("country", nominee.country),
        language=nominee.language,
        email=nominee.email,
        agrees=nominee.consent_contact,
        state=Invited(invitation.state),
        since=invitation.changed_at,
        mail=_mail(mail) if mail else None,
        proposes=words.colleague if words else "",
    )


def _mail(message: Message) -> GuestMail:
    return GuestMail(
        kind=message.kind,
        state=message.state,
        at=message.left_at or message.queued_at,
        attempts=message.attempts,
        reason=message.reason,
        said=message.said or "",
    )


def _step(event: InvitationEvent, staff: Mapping[int, str]) -> StepView:
    role, _, number = event.actor.partition(":")
    words = event.words
    return StepView(
        state=Invited(event.state),
        at=event.at,
        role=role,
        who=staff.get(int(number), "") if number and role in DESK else "",
        note=words.note if words else "",
        colleague=words.colleague if words else "",
        colleague_contact=words.colleague_contact if words else "",
    )


def _staff(events: Sequence[InvitationEvent]) -> set[int]:
    parts = [event.actor.partition(":") for event in events]
    return {int(number) for role, _, number in parts if role in DESK and number}
