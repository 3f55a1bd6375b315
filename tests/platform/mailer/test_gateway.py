"""Links by SMS and WhatsApp: the program of the installation, its queue, and what nobody may see."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from consulta.core.problems import Problem
from consulta.desk import mail as desk_mail
from consulta.desk import opening
from consulta.operations import retention
from consulta.platform.mailer import gateway, outbox
from consulta.platform.mailer.gateway import TEXT_MAX, GatewayMessage
from consulta.platform.mailer.transport import Outcome
from consulta.platform.models import Contact, Delivery, Message
from consulta.platform.settings import Settings, SettingsError
from consulta.rounds import notices
from consulta.rounds.letters import again as mail_again
from consulta.rounds.letters.to_numbers import fitted
from consulta.shell.worker.loop import Worker
from tests.cases import for_each
from tests.drafts import KEY, NOW, make_draft, reading, writing
from tests.factories import build_organisation
from tests.house.source import ROOT
from tests.platform.mailer.desk import (
    Clock,
    change_contacts,
    deliveries,
    messages,
    settings_for,
    working,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from consulta.platform.work import Bench

EXAMPLE = ROOT / "docs" / "deploy" / "message-to-folder"
DAY = timedelta(hours=24)
LINK = re.compile(r"https://voto\.example\.org/es/v/([A-Za-z0-9_-]{43})")
ONE = GatewayMessage(
    "0" * 32, "+50761234567", "es", "invitation", "Vote: https://voto.example.org/es/v/" + "x" * 43
)


def number(place: int) -> str:
    return f"+5076123{place:04d}"


def choose(bench: Bench, members: int, since: timedelta = DAY) -> None:
    """Let the first contact of each organisation have chosen its number some time before the opening."""
    with writing(bench) as work:
        for contact in work.session.query(Contact).filter(Contact.email.like("c%.1@example.org")):
            place = int(contact.email[1:].partition(".")[0])
            if place <= members:
                contact.phone = contact.messages_to = number(place)
                contact.messages_since = NOW - since


@pytest.fixture
def ready(bench: Bench, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """A round that opened when contacts had chosen; settings with a program."""

    def made(members: int = 3, since: timedelta = DAY, command: str = str(EXAMPLE)) -> Settings:
        with writing(bench) as work:
            for place in range(1, members + 1):
                build_organisation(work.session, f"Red {place:03d}", email=f"c{place}.1@example.org")
        choose(bench, members, since)
        key = make_draft(bench)
        with writing(bench) as work:
            opening.open_round(work, key)
        monkeypatch.setenv("MESSAGE_FOLDER", str(settings.data / "messages"))
        return replace(settings_for(settings), message_command=command)

    return made


def to_numbers(bench: Bench) -> list[Message]:
    return messages(bench, channel="gateway")


def written(settings: Settings) -> list[dict[str, str]]:
    return [
        json.loads(each.read_text("utf-8")) for each in sorted((settings.data / "messages").glob("*.json"))
    ]


# -- the program


def program(folder: Path, body: str) -> str:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    path.chmod(0o700)
    return str(path)


@for_each(
    "body, result, code, said",
    [
        ("cat > /dev/null", "sent", 0, ""),
        ("exit 0", "sent", 0, ""),  # it may leave the message unread
        ("echo slow >&2; exit 75", "later", 75, "slow"),
        ("cat >&2; exit 1", "refused", 1, "…"),
        ("kill -9 $$", "later", None, "the program was ended by signal 9."),
    ],
)
def test_the_exit_code_says_what_became_of_a_message(
    tmp_path: Path, body: str, result: str, code: int | None, said: str
) -> None:
    outcome = gateway.send(program(tmp_path, body), ONE)
    assert (outcome.result, outcome.code) == (result, code)
    assert said in outcome.said
    assert "x" * 43 not in outcome.said, "no link is kept of what it writes"


def test_a_program_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    outcome = gateway.send(program(tmp_path, f"(sleep 1; touch {mark}) & sleep 30"), ONE, limit=0.2)
    assert (outcome.result, outcome.ours, outcome.unanswered) == ("later", True, True)
    time.sleep(1.2)
    assert not mark.exists()


def test_a_program_that_cannot_be_run_makes_all_wait(tmp_path: Path) -> None:
    outcome = gateway.send(str(tmp_path / "gone"), ONE)
    assert (outcome.result, outcome.ours) == ("later", True)


def test_the_program_gets_one_message_and_none_of_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSULTA_SECRET", "a secret")
    gateway.send(program(tmp_path, f"cat > {tmp_path}/in; env > {tmp_path}/env"), ONE)
    got = json.loads((tmp_path / "in").read_text("utf-8"))
    assert got == {"id": ONE.id, "to": ONE.to, "language": "es", "kind": "invitation", "text": ONE.text}
    assert "CONSULTA_" not in (tmp_path / "env").read_text("utf-8")


def test_only_the_whole_path_of_a_program_is_taken(settings: Settings) -> None:
    environ = {"CONSULTA_DATA": str(settings.data), "CONSULTA_SECRET": settings.secret}
    for wrong in ("send", "/no/such/program", "/bin/sh -c true"):
        with pytest.raises(SettingsError, match="CONSULTA_MESSAGE_COMMAND must be the whole path"):
            Settings.from_env(environ | {"CONSULTA_MESSAGE_COMMAND": wrong})
    assert Settings.from_env(environ | {"CONSULTA_MESSAGE_COMMAND": "/bin/sh"}).message_command == "/bin/sh"


def test_the_example_writes_a_retry_once(tmp_path: Path) -> None:
    environ = {**os.environ, "MESSAGE_FOLDER": str(tmp_path / "out")}
    for _ in range(2):
        done = subprocess.run(
            [EXAMPLE],
            input=json.dumps({"id": "a1", "to": "+507", "text": "x"}),
            text=True,
            env=environ,
            check=False,
        )
        assert done.returncode == 0
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["a1.json"]
    (tmp_path / "file").write_text("")
    blocked = {**environ, "MESSAGE_FOLDER": str(tmp_path / "file")}
    again = subprocess.run(
        [EXAMPLE], input='{"id": "a1"}', text=True, env=blocked, capture_output=True, check=False
    )
    assert again.returncode == 75
    assert again.stderr


# -- what is sent


def test_an_invitation_goes_to_the_number_that_was_chosen_too(
    bench: Bench, ready: Callable[..., Settings], caplog: pytest.LogCaptureFixture
) -> None:
    settings = ready(3)
    change_contacts(bench, "c3.1@example.org", messages_to="+50769999999")  # chosen for another number
    Worker(bench, settings, clock=Clock()).look()
    sent = written(settings)
    assert sorted(each["to"] for each in sent) == [number(1), number(2)]
    assert {each["kind"] for each in sent} == {"invitation"}
    tokens = [LINK.search(each["text"])[1] for each in sent]  # type: ignore[index]
    assert len(set(tokens)) == 2
    assert all(len(each["text"]) <= TEXT_MAX for each in sent)
    kept = {each.address: each for each in to_numbers(bench)}
    assert kept[number(3)].reason == "message.not_chosen"
    for one in (kept[number(1)], kept[number(2)]):
        assert (one.state, one.transport, one.token) == ("sent", "gateway", None)
        assert one.message_id in {each["id"] for each in sent}
    everything = " ".join(filter(None, [*(each.body for each in kept.values()), caplog.text]))
    assert not any(token in everything for token in tokens), "neither kept nor logged"
    assert all(each.state == "sent" for each in messages(bench, channel="mail")), "mail goes as ever"


def test_a_contact_whom_mail_does_not_reach_gets_the_link_at_the_number(
    bench: Bench, ready: Callable[..., Settings]
) -> None:
    settings = ready(1)
    Worker(bench, settings, clock=Clock()).look()
    change_contacts(bench, "c1.1@example.org", bounced_at=NOW)
    with working(bench) as work:
        (found,) = work.session.query(Message).filter(Message.channel == "mail")
        assert notices.remind(work, found.round, NOW + timedelta(hours=1)) == 1
    Worker(bench, settings, clock=Clock()).look()
    assert [each.state for each in messages(bench, "reminder", channel="mail")] == ["cancelled"]
    reminder = next(each for each in written(settings) if each["kind"] == "reminder")
    assert "Falta el voto de Red 001" in reminder["text"]
    assert LINK.search(reminder["text"])


def test_a_number_that_was_chosen_now_waits_a_day(bench: Bench, ready: Callable[..., Settings]) -> None:
    settings, clock = ready(1, since=timedelta()), Clock()
    worker = Worker(bench, settings, clock=clock)
    worker.look()
    clock.forward(hours=23)
    worker.look()
    assert written(settings) == []
    clock.forward(hours=1)
    worker.look()
    assert len(written(settings)) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"phone": "+50760000000", "messages_to": "+50760000000"}, "message.other_number"),
        ({"messages_to": ""}, "message.not_chosen"),
        ({"active": False}, "mail.inactive"),
        ({"paused": True}, "mail.paused"),
    ],
)
def test_what_changed_meanwhile_is_not_sent(
    bench: Bench, ready: Callable[..., Settings], change: dict[str, object], reason: str
) -> None:
    settings = ready(1)
    change_contacts(bench, "c1.1@example.org", **change)
    Worker(bench, settings, clock=Clock()).look()
    assert written(settings) == []
    assert [(each.state, each.reason) for each in to_numbers(bench)] == [("cancelled", reason)]


def test_without_a_program_and_with_an_address_for_tests_nothing_is_sent(
    bench: Bench, ready: Callable[..., Settings]
) -> None:
    settings = ready(2, command="")
    Worker(bench, settings, clock=Clock()).look()
    assert {each.reason for each in to_numbers(bench)} == {"message.no_program"}


def test_with_an_address_for_tests_nothing_goes_to_numbers(
    bench: Bench, ready: Callable[..., Settings]
) -> None:
    settings = ready(1)
    settings = replace(settings, mail=replace(settings.mail, test_address="prueba@example.org"))
    Worker(bench, settings, clock=Clock()).look()
    assert written(settings) == []
    assert [each.reason for each in to_numbers(bench)] == ["message.test"]


def test_a_pause_of_mail_holds_messages_too(bench: Bench, ready: Callable[..., Settings]) -> None:
    settings = ready(2)
    with writing(bench) as work:
        desk_mail.pause_mail(work)
    Worker(bench, settings, clock=Clock()).look()
    assert written(settings) == []
    with writing(bench) as work:
        desk_mail.resume_mail(work)
    Worker(bench, settings, clock=Clock()).look()
    assert len(written(settings)) == 2


def test_a_program_that_refuses_everything_is_not_believed(
    bench: Bench, ready: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = ready(4, command=program(tmp_path, "echo wrong key >&2; exit 1"))
    Worker(bench, settings, clock=Clock()).look()
    found = to_numbers(bench)
    assert [each.state for each in found].count("failed") == outbox.ALL_REFUSED
    assert {each.reason for each in found if each.state == "failed"} == {"message.refused"}
    assert all("wrong key" in (each.said or "") for each in found if each.attempts)
    assert all(each.state == "sent" for each in messages(bench, channel="mail"))


def test_a_number_that_cannot_be_reached_stops_no_other(
    bench: Bench, ready: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = ready(4, command=program(tmp_path, "exit 67"))
    Worker(bench, settings, clock=Clock()).look()
    assert {each.state for each in to_numbers(bench)} == {"failed"}


def test_what_failed_at_a_number_goes_there_again_and_by_no_mail(
    bench: Bench, ready: Callable[..., Settings], tmp_path: Path
) -> None:
    settings, clock = ready(2), Clock()
    wrong = replace(settings, message_command=program(tmp_path, "exit 67"))
    Worker(bench, wrong, clock=clock).look()
    change_contacts(bench, "c2.1@example.org", messages_to="")
    with reading(bench) as work:
        failed = mail_again.again_page(work, KEY).failed
        assert [each.hindrance for each in failed] == [None, "message.not_chosen"]
    with writing(bench) as work:
        assert mail_again.send_again(work, KEY) == 1
    with writing(bench) as work, pytest.raises(Problem, match=r"mail\.nothing_again"):
        mail_again.send_again(work, KEY)
    mails = len(messages(bench, channel="mail"))
    Worker(bench, settings, clock=clock).look()
    (sent,) = written(settings)
    assert sent["to"] == number(1)
    assert LINK.search(sent["text"])
    assert len(messages(bench, channel="mail")) == mails


def test_names_are_cut_and_never_the_link() -> None:
    values = {"organisation": "O" * 200, "round": "R" * 200, "until": "mañana", "link": "L" * 76}
    said = fitted("{organisation} en «{round}» hasta {until}. {link}", values)
    assert len(said) <= TEXT_MAX
    assert "L" * 76 in said
    assert "mañana" in said
    assert "OOO…" in said
    assert "RRR…" in said


# -- nothing lost, nothing twice


class Crash(BaseException):
    """The worker dies at once."""


class Provider:
    """A program with a record of its own, that fails in every way by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        self.record: dict[str, str] = {}
        self.calls = 0
        self.calm = False

    def send(self, _command: str, message: GatewayMessage, _limit: float = 0) -> Outcome:
        self.calls += 1
        fate = "sent" if self.calm else str(self.chance.choice(["sent", "later", "hangs", "died", "crash"]))
        takes = fate == "sent" or (fate in {"hangs", "died", "crash"} and self.chance.random() < 0.5)
        if takes:
            assert self.record.setdefault(message.id, message.to) == message.to
        if fate == "crash":
            raise Crash
        if fate == "later":
            return Outcome("later", 75, "busy")
        if fate in {"hangs", "died"}:
            return Outcome("later", said="it did not end", ours=fate == "hangs", unanswered=True)
        return Outcome("sent", 0)


@pytest.mark.parametrize("seed", range(4))
def test_none_is_lost_and_none_acknowledged_twice(
    bench: Bench, ready: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    members = 8
    settings, clock, provider = ready(members), Clock(), Provider(seed)
    monkeypatch.setattr("consulta.platform.mailer.gateway.send", provider.send)
    worker = Worker(bench, settings, clock=clock)
    for turn in range(40):
        provider.calm = turn > 25
        paused = turn in {3, 4}
        with writing(bench) as work, suppress(Problem):
            (desk_mail.pause_mail if paused else desk_mail.resume_mail)(work)
        calls = provider.calls
        try:
            worker.to_numbers.paused_until = 0.0  # the clock of the pause between failures is the real one
            worker.look()
        except Crash:
            worker = Worker(bench, settings, clock=clock)  # what it had in hand is lent again after its lease
        assert not paused or provider.calls == calls, "a pause holds"
        clock.forward(minutes=30)
    found = to_numbers(bench)
    assert len(found) == members
    assert {each.state for each in found} == {"sent"}
    assert {each.message_id: each.address for each in found} == provider.record
    ends = [each for each in deliveries(bench) if each.outcome == "sent"]
    numbers = {each.id for each in found}
    assert sorted(each.message_id for each in ends if each.message_id in numbers) == sorted(numbers)


def test_numbers_and_texts_are_erased_with_those_of_mail(
    bench: Bench, ready: Callable[..., Settings]
) -> None:
    settings = ready(1)
    Worker(bench, settings, clock=Clock()).look()
    (sent,) = to_numbers(bench)
    assert sent.address
    assert sent.body
    with writing(bench) as work:
        retention.blank_mail_texts(work.session, [sent.id], NOW)
        retention.blank_mail_addresses(work.session, [sent.id], NOW)
    (gone,) = to_numbers(bench)
    assert (gone.address, gone.body, gone.subject) == ("", None, None)
    with reading(bench) as work:
        assert {each.said for each in work.session.query(Delivery).filter_by(message_id=sent.id)} == {""}
