"""Invitations to the panel: taken over, sent once each, reminded, told of news, answered, kept in steps."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.invitations import Invited
from consulta.core.problems import Problem
from consulta.panel import dialogues, invitations
from consulta.platform import door
from consulta.platform.models import ANSWER, InvitationEvent, Link, LogEntry, SignedIn
from consulta.platform.work import ANONYMOUS, COMMAND, Actor
from tests.factories import moment
from tests.invited import KEY, PANEL, invited, number_of, panelled, session_command, starts_at, states
from tests.platform.mailer.desk import messages

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.panel.invitations import GuestsPage
    from consulta.platform.work import Bench


def token_of(bench: Bench, key: str) -> str:
    """The token of the newest mail to a person that still waits."""
    number = number_of(bench, key)
    return next(str(m.token) for m in reversed(messages(bench)) if m.invitation_id == number)


def enter(bench: Bench, key: str, now: datetime | None = None) -> Actor:
    """By the link, and its button: who that is."""
    with bench.work(ANONYMOUS, now or moment()) as work:
        opened = door.enter(work, "a", token_of(bench, key))
    assert opened is not None
    with bench.read(ANONYMOUS, now or moment()) as work:
        actor = door.resume(work, "guest", opened.token)
    assert actor is not None
    return actor


def say(bench: Bench, actor: Actor, said: Any, *words: str, now: datetime | None = None) -> None:
    with bench.work(actor, now or moment()) as work:
        invitations.answer(work, said, *words)


def desk(bench: Bench, now: datetime | None = None) -> GuestsPage:
    with bench.read(COMMAND, now or moment()) as work:
        return invitations.page(work, KEY)


def steps(bench: Bench, key: str) -> list[tuple[str, str]]:
    number = number_of(bench, key)
    with bench.read(COMMAND, moment()) as work:
        query = select(InvitationEvent).where(InvitationEvent.invitation_id == number)
        return [(each.state, each.actor) for each in work.session.scalars(query.order_by(InvitationEvent.id))]


def test_a_panel_is_taken_over_once_and_each_gets_one_mail(bench: Bench) -> None:
    panelled(bench)
    assert (desk(bench).come, desk(bench).guests) == (tuple(f"Persona {key}" for key in PANEL), ())
    for expected in ((4, 0), (0, 0)):
        with bench.work(COMMAND, moment()) as work:
            assert invitations.take_over(work, KEY) == expected
    assert states(bench) == dict.fromkeys(PANEL, "proposed")
    with bench.work(COMMAND, moment()) as work:
        assert invitations.invite(work, KEY) == 4
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"invitation\.nobody"):
        invitations.invite(work, KEY)
    assert states(bench) == dict.fromkeys(PANEL, "invited")
    sent = messages(bench, "panel_invitation")
    assert sorted(m.address for m in sent) == [f"{key}@example.org" for key in PANEL]
    assert len({m.token for m in sent}) == 4
    with bench.read(COMMAND, moment()) as work:
        kept = set(work.session.scalars(select(Link.token_sha256).where(Link.purpose == ANSWER)))
        logged = "".join(row.details for row in work.session.scalars(select(LogEntry)))
    assert not kept & {str(m.token) for m in sent}, "only digests are kept"
    assert not any(str(m.token) in logged or "Persona" in logged for m in sent)


def test_who_has_no_address_or_did_not_agree_is_not_written_to(bench: Bench) -> None:
    panelled(bench, consent_contact=False)
    with bench.work(COMMAND, moment()) as work:
        invitations.take_over(work, KEY)
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"invitation\.nobody"):
        invitations.invite(work, KEY)
    assert not messages(bench, "panel_invitation")
    assert [each.nominee.name for each in desk(bench).unreached] == [f"Persona {key}" for key in PANEL]
    with bench.work(COMMAND, moment()) as work:
        invitations.mark(work, KEY, number_of(bench, "n04"), "accepted", "Por teléfono")
    assert states(bench)["n04"] == "accepted"


def test_an_answer_is_kept_with_its_time_and_its_person(bench: Bench) -> None:
    invited(bench)
    actor = enter(bench, "n04")
    assert states(bench)["n04"] == "opened"
    enter(bench, "n04")  # the link goes on working, and is opened once
    say(bench, actor, "declined", "Estoy de viaje", "Rosa Pérez, directora", "rosa@example.org")
    say(bench, actor, "declined", "Estoy de viaje")
    say(bench, actor, "accepted")
    number = number_of(bench, "n04")
    assert steps(bench, "n04") == [
        ("proposed", "command"),
        ("invited", "command"),
        ("opened", f"guest:{number}"),
        ("declined", f"guest:{number}"),
        ("accepted", f"guest:{number}"),
    ]
    with bench.read(COMMAND, moment()) as work:
        view = invitations.guest(work, KEY, number)
        logged = "".join(row.details for row in work.session.scalars(select(LogEntry)))
    told = view.guest.events[-2].words
    assert told is not None
    assert (told.note, told.colleague, told.colleague_contact) == (
        "Estoy de viaje",
        "Rosa Pérez, directora",
        "rosa@example.org",
    )
    assert "viaje" not in logged
    assert "Rosa" not in logged


def test_a_link_opens_its_own_invitation_and_nothing_else(bench: Bench) -> None:
    invited(bench)
    for token in ("", "x" * 43, token_of(bench, "n04")[:-1]):
        with bench.work(ANONYMOUS, moment()) as work:
            assert door.enter(work, "a", token) is None
    later = moment() + timedelta(days=366)
    with bench.work(ANONYMOUS, later) as work:
        assert door.enter(work, "a", token_of(bench, "n04")) is None
    actor = enter(bench, "n04")
    with bench.read(actor, moment()) as work:
        assert invitations.own(work).name == "Persona n04"
    with bench.read(Actor("voter", number_of(bench, "n04")), moment()) as work, pytest.raises(Problem):
        invitations.own(work)
    with bench.work(actor, moment()) as work, pytest.raises(Problem, match=r"access\.denied"):
        invitations.invite(work, KEY)
    with bench.read(ANONYMOUS, moment()) as work:
        (session,) = work.session.scalars(select(SignedIn))
        assert door.resume(work, "guest", session.token_sha256) is None, "the digest opens nothing"


def replace_by_hand(bench: Bench, key: str) -> None:
    """Let a person's place be another's: the panel is decided without them, and taken over."""
    from consulta.panel import invitations  # noqa: PLC0415  # noqa: PLC0415 - only here

    with bench.work(COMMAND, moment()) as work:
        found = invitations.find(work.session, number_of(bench, key), hold=True)
        assert found is not None
        invitations.take(work, found, Invited.REPLACED)


def test_reminders_go_to_who_has_not_answered_and_not_at_once(bench: Bench) -> None:
    invited(bench)
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"invitation\.nobody"):
        invitations.remind(work, KEY)
    say(bench, enter(bench, "n04"), "accepted")
    say(bench, enter(bench, "n08"), "declined")
    enter(bench, "n02")
    later = moment() + timedelta(days=2)
    with bench.work(COMMAND, later) as work:
        assert invitations.remind(work, KEY) == 2
    with bench.work(COMMAND, later) as work, pytest.raises(Problem, match=r"invitation\.nobody"):
        invitations.remind(work, KEY)
    assert sorted(m.address for m in messages(bench, "panel_reminder")) == [
        "n02@example.org",
        "n07@example.org",
    ]


def test_news_of_the_session_go_once_to_whom_they_concern(bench: Bench) -> None:
    invited(bench)
    say(bench, enter(bench, "n08"), "declined")
    assert desk(bench).untold == 0
    with bench.work(COMMAND, moment()) as work:
        dialogues.save(
            work, KEY, session_command(starts_local="2099-05-20T10:00", ends_local="2099-05-20T11:00")
        )
    assert desk(bench).untold == 3
    with bench.work(COMMAND, moment()) as work:
        assert invitations.tell(work, KEY) == 3
    assert desk(bench).untold == 0
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"invitation\.nobody"):
        invitations.tell(work, KEY)
    assert [m.facts for m in messages(bench, "panel_session")] == [{"sequence": 1}] * 3


@pytest.mark.parametrize("cancelled", [True, False])
def test_nobody_is_invited_to_what_does_not_take_place(bench: Bench, cancelled: bool) -> None:
    invited(bench)
    now = moment() if cancelled else starts_at(bench)
    if cancelled:
        with bench.work(COMMAND, now) as work:
            dialogues.save(work, KEY, session_command(cancelled=True))
    for act in (invitations.invite, invitations.remind):
        with bench.work(COMMAND, now) as work, pytest.raises(Problem) as refused:
            act(work, KEY)
        assert refused.value.code == ("invitation.cancelled" if cancelled else "invitation.over")


def test_by_hand_only_what_the_desk_can_hear(bench: Bench) -> None:
    invited(bench)
    number = number_of(bench, "n04")
    for wanted in ("opened", "replaced", "proposed", "nonsense"):
        with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"invitation\.unknown"):
            invitations.mark(work, KEY, number, wanted, "")
    with bench.work(COMMAND, moment()) as work:
        invitations.mark(work, KEY, number, "no_answer", "")
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"invitation\.note"):
        invitations.mark(work, KEY, number, "accepted", "x" * 1001)
    with bench.work(COMMAND, moment()) as work:
        invitations.mark(work, KEY, number, "attended", "")
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"invitation\.move"):
        invitations.mark(work, KEY, number, "declined", "")
