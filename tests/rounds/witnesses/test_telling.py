"""Heads of the log go to scrutineers by mail: when, to whom, in which words; and what they are good for."""

from __future__ import annotations

import email
import re
from datetime import UTC, timedelta
from email import policy
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from consulta.core.texts import Text
from consulta.desk import mail as mail_acts
from consulta.platform import accounts
from consulta.platform.log import heads
from consulta.platform.models import Head, Message, Round, Staff
from consulta.platform.settings import Settings, SettingsError
from consulta.platform.work import COMMAND, WORKER
from consulta.results import checks
from consulta.rounds import witnesses
from consulta.rounds.letters.service import Finished, Post
from consulta.shell.cli import main
from consulta.shell.worker.loop import Worker
from tests.benches import PASSWORD
from tests.cases import for_each
from tests.platform.mailer.desk import Clock
from tests.rounds.witnesses.watched import Watched, begin

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from consulta.platform.settings import HeadMails
    from consulta.platform.work import Bench, Work


@pytest.fixture
def watched(bench: Bench, settings: Settings) -> Watched:
    """An open round with a head of its opening, two scrutineers of it, and one of no round."""
    found = begin(bench, settings)
    with bench.work(COMMAND, found.at) as work:
        a_round = work.session.scalars(select(Round)).one()
        for name, language in (("Elena", "es"), ("Rui", "pt"), ("Ann", "en")):
            person = accounts.add_staff(work, f"{name.lower()}@example.org", name, PASSWORD, "scrutineer")
            work.session.get_one(Staff, person.id).language = language
            if name != "Ann":
                checks.appoint(work, a_round.key, person.id)
        heads.take(work.session, found.at, "opening", a_round.id)
    return found


def told(bench: Bench, now: datetime, rhythm: HeadMails = "daily") -> list[str]:
    """Write the mails that are due now, as the worker does; return their names."""
    with bench.read(WORKER, now) as work:
        due = witnesses.due(work, rhythm)
    for name in due:
        with bench.work(WORKER, now) as work:
            assert witnesses.tell(work, name, rhythm)
            assert not witnesses.tell(work, name, rhythm)
    return [name.removeprefix("log_heads:") for name in due]


def mails(bench: Bench, now: datetime) -> list[Finished]:
    post = Post("https://consulta.example.org", "", "voto@example.org")
    with bench.read(WORKER, now) as work:
        written = select(Message.id).where(Message.kind == "log_heads").order_by(Message.id)
        numbers = work.session.scalars(written)
        made = [mail_acts.finish(work, number, post) for number in numbers]
    assert all(isinstance(each, Finished) for each in made)
    return [each for each in made if isinstance(each, Finished)]


def morning(now: datetime, days: int = 1) -> datetime:
    """Half past seven in Panama, some days later."""
    return (now.astimezone(UTC) + timedelta(days=days)).replace(hour=12, minute=30)


def test_the_opening_is_told_once_to_each_scrutineer_of_the_round(bench: Bench, watched: Watched) -> None:
    with bench.read(COMMAND, watched.at) as work:
        opening = select(Head.id).where(Head.reason == "opening").order_by(Head.id.desc())
        head = work.session.scalars(opening).first()
    assert told(bench, watched.at, "acts") == [f"{head}:1", f"{head}:2"]
    assert told(bench, watched.at, "acts") == []
    addresses = {each.mail.address for each in mails(bench, watched.at)}
    assert addresses == {"elena@example.org", "rui@example.org"}


def test_a_day_of_an_open_round_is_one_mail_with_the_heads_of_every_hour(
    bench: Bench, watched: Watched
) -> None:
    told(bench, watched.at, "acts")
    sizes = [watched.hour() for _ in range(5)]
    later = morning(watched.at)
    day = later.date().isoformat()
    with bench.work(COMMAND, later) as work:
        heads.begin_day(work.session, work.now)
    assert told(bench, later) == [f"day:{day}:1", f"day:{day}:2"]
    assert told(bench, later + timedelta(hours=3)) == [], "one a day"
    spanish = next(each for each in mails(bench, later)[::-1] if each.mail.address == "elena@example.org")
    assert "sigue abierta. Desde el mensaje anterior" in spanish.kept
    found = checks.written_in(spanish.kept)
    assert set(sizes) <= {size for size, _ in found}
    with bench.read(COMMAND, later) as work:
        for size, root in found:
            assert list(checks.against(work, size, root)) == []


@for_each("rhythm, expected", [("no", 0), ("acts", 0), ("daily", 2), ("hourly", 2)])
def test_the_setting_says_how_often(bench: Bench, watched: Watched, rhythm: Any, expected: Any) -> None:
    told(bench, watched.at, "acts")
    watched.hour()
    later = morning(watched.at)
    with bench.work(COMMAND, later) as work:
        heads.begin_day(work.session, work.now)
    assert len(told(bench, later, rhythm)) == expected
    again = [] if rhythm != "hourly" else ["again"]
    watched.at = later
    watched.hour()
    assert bool(told(bench, watched.at, rhythm)) is bool(again)


def test_closed_accounts_old_rounds_and_strangers_get_none(bench: Bench, watched: Watched) -> None:
    with bench.work(COMMAND, watched.at) as work:
        accounts.disable_staff(work, "rui@example.org")
    assert [name.rpartition(":")[2] for name in told(bench, watched.at, "acts")] == ["1"]
    with bench.work(COMMAND, watched.at) as work:
        accounts.enable_staff(work, "rui@example.org")
    assert told(bench, watched.at + timedelta(days=4), "acts") == [], "an upgrade writes about no old round"


def test_each_language_says_why_with_a_subject_that_fits(bench: Bench, watched: Watched) -> None:
    with bench.work(COMMAND, watched.at) as work:
        a_round = work.session.scalars(select(Round)).one()
        a_round.title = Text({"es": "Consulta de prueba", "en": "Trial round", "pt": "Consulta de teste"})
        for reason in ("closing", "publication"):
            heads.take(work.session, watched.at, reason, a_round.id)
    told(bench, watched.at, "acts")
    made = mails(bench, watched.at)
    assert all(len(each.mail.subject) <= 70 for each in made)
    text = "\n".join(half.text for each in made for half in each.mail.halves)
    for words in (
        "Se abrió la votación de «Consulta de prueba»",
        "Se cerró la votación de «Consulta de prueba»",
        "Se publicó el resultado de «Consulta de prueba»",
        "Voting on “Trial round” has closed",
        "https://consulta.example.org/es/log",
    ):
        assert words in text, words
    assert "{" not in text


def test_the_worker_sends_them_and_looks_once_a_minute(
    bench: Bench, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[HeadMails] = []
    due = witnesses.due

    def seen(work: Work, rhythm: HeadMails) -> tuple[str, ...]:
        looked.append(rhythm)
        return due(work, rhythm)

    monkeypatch.setattr(witnesses, "due", seen)
    clock = Clock(watched.at)
    worker = Worker(bench, watched.settings, clock=clock)
    worker.look()
    worker.look()
    assert looked == ["daily"]
    clock.forward(minutes=1)
    worker.look()
    assert looked == ["daily"] * 2
    with bench.read(COMMAND, clock.now) as work:
        states = work.session.scalars(select(Message.state).where(Message.kind == "log_heads")).all()
    assert set(states) == {"sent"}


@pytest.fixture
def kept(bench: Bench, watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """What a person may have kept: the mail as it came, its text, a checkpoint, a line of a log."""
    watched.hour()
    Worker(bench, watched.settings, clock=Clock(watched.at)).look()
    monkeypatch.setenv("CONSULTA_DATA", str(watched.settings.data))
    monkeypatch.setenv("CONSULTA_DATABASE", str(bench.engine.url))
    monkeypatch.setenv("CONSULTA_SECRET", "a secret of the tests, long enough and varied")
    (mail, *_) = sorted(watched.settings.mail_folder.glob("*log_heads*"))
    body = email.message_from_bytes(mail.read_bytes(), policy=policy.default).get_body(("plain",))
    assert body is not None
    with bench.read(COMMAND, watched.at) as work:
        note = witnesses.note(work)
        size, root = checks.standing_head(work)
    line = f'{{"message": "log.head {size}:{root}"}}'
    texts = {"copied": body.get_content(), "checkpoint": note, "log": line}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    return {"mail": mail, **{name: tmp_path / name for name in texts}}


def test_a_head_in_what_was_kept_finds_what_was_cut_off(bench: Bench, kept: dict[str, Path]) -> None:
    assert checks.in_file(kept["mail"].read_bytes()) == checks.in_file(kept["copied"].read_bytes())
    asked = [word for path in kept.values() for word in ("--head", str(path))]
    whole = CliRunner().invoke(main, ["check", *asked])
    assert re.findall(r"ok     the head of \d+ rows that was kept elsewhere", whole.stdout), whole.output
    assert "FAULT  the head" not in whole.stdout
    with bench.engine.begin() as connection:
        for act in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER log_no_{act}")
        connection.exec_driver_sql("DELETE FROM log WHERE seq > 2")
    for name, path in kept.items():
        cut = CliRunner().invoke(main, ["check", "--head", str(path)])
        assert cut.exit_code == 1
        assert "its last rows were cut off" in cut.stderr, name


def test_a_file_without_a_head_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nothing").write_text("no head here")
    for wrong in ("nothing", "missing"):
        assert CliRunner().invoke(main, ["check", "--head", str(tmp_path / wrong)]).exit_code == 2


def test_how_often_is_a_setting(tmp_path: Path) -> None:
    environ = {"CONSULTA_DATA": str(tmp_path), "CONSULTA_SECRET": "a secret of the tests, long enough"}
    assert Settings.from_env(environ).head_mails == "daily"
    for value in ("hourly", "acts", "no"):
        assert Settings.from_env({**environ, "CONSULTA_HEAD_MAILS": value}).head_mails == value
    with pytest.raises(SettingsError, match="CONSULTA_HEAD_MAILS must be daily or hourly or acts or no"):
        Settings.from_env({**environ, "CONSULTA_HEAD_MAILS": "never"})
