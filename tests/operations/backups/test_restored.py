"""After a restore nothing is sent again unasked; and the commands prove a backup on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.operations import backups, monitoring
from consulta.platform import dump
from consulta.platform.models import Message
from consulta.platform.settings import BackupSettings
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from consulta.shell.cli import main
from consulta.shell.worker.loop import Worker
from tests.apps import app_over
from tests.benches import Visitor, _add_staff, signed_in
from tests.desk.round_life import STAFF, House
from tests.platform.mailer.desk import Clock, messages, open_round

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from consulta.platform.settings import Settings

PLAIN = BackupSettings()


def lived(bench: Bench, settings: Settings) -> House:
    house = House(bench, settings)
    house.import_members(3)
    house.open()
    house.work_on_mail("sent")
    house.vote(0, ("tema_numero_1", "tema_numero_2"), 1)
    return house


@pytest.fixture
def again(bench: Bench, settings: Settings, tmp_path: Path) -> Iterator[Bench]:
    """A database restored from a backup in which three invitations waited, which left afterwards."""
    open_round(bench, 3)
    with bench.read(COMMAND, Clock().now) as work:
        start = work.now
    made = backups.take(bench, PLAIN, tmp_path / "kept", start)
    assert Worker(bench, settings, clock=Clock(start)).mail.send_due() == 3
    to = str(tmp_path / "to.sqlite3")
    assert backups.restore(made.path, to, start + timedelta(minutes=1)).is_sound
    found = Bench(dump.engine_of(to))
    yield found
    found.engine.dispose()


@pytest.mark.parametrize("act", ["send", "call_off"])
def test_what_waited_in_the_backup_is_held_until_the_desk_releases_it(
    again: Bench, settings: Settings, act: str
) -> None:
    later = Clock().now + timedelta(hours=2)
    worker = Worker(again, settings, clock=Clock(later))
    assert worker.mail.send_due() == 0
    with again.read(COMMAND, later) as work:
        assert not monitoring.mail_lags(work), "no process is restarted for mail that is held"
    _add_staff(again)
    desk = Visitor(signed_in(app_over(settings, again), again))
    assert "its e-mail is on hold" in desk.get("/en/secretariat/").text
    page = desk.get("/en/secretariat/mail/restored")
    assert "3 messages were waiting in the backup" in page.text
    done = desk.submit("/en/secretariat/mail/restored", {"act": act})
    assert done.status_code == 303
    assert "its e-mail is on hold" not in desk.get("/en/secretariat/").text
    assert worker.mail.send_due() == (3 if act == "send" else 0)
    assert {each.reason for each in messages(again)} == ({None} if act == "send" else {"mail.restored"})
    with again.read(COMMAND, later) as work:
        assert [each.faults for each in checks.whole(work) if each.faults] == []
    with pytest.raises(Problem, match=r"mail\.not_restored"), again.work(STAFF, later) as work:
        backups.release(work, call_off=True)


def test_what_is_owed_and_what_was_asked_for_since_go_in_any_case(again: Bench, settings: Settings) -> None:
    later = Clock().now + timedelta(hours=2)
    with again.work(COMMAND, later) as work:
        first, second, _third = work.session.scalars(select(Message).order_by(Message.id))
        first.to_address = True
        values = {each.key: getattr(second, each.key) for each in Message.__mapper__.column_attrs}
        values |= {"id": None, "once": "since", "message_id": "since"}
        work.session.add(Message(**values))
    with again.work(STAFF, later) as work:
        held = backups.held(work)
        assert held is not None
        assert (held.kinds, held.owed, held.since) == ((("invitation", 2),), 1, 1)
        assert backups.release(work, call_off=True) == 2
    assert Worker(again, settings, clock=Clock(later)).mail.send_due() == 2


def test_the_commands_prove_a_backup_of_either_database(
    either: Bench, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `.ci/run` asks of each of the two: a backup is taken, restored elsewhere and counted again."""
    house = lived(either, settings)
    house.close()
    kept = tmp_path / "kept"
    monkeypatch.setenv("CONSULTA_DATA", str(tmp_path))
    monkeypatch.setenv("CONSULTA_SECRET", settings.secret)
    monkeypatch.setenv("CONSULTA_DATABASE", either.engine.url.render_as_string(hide_password=False))
    taken = CliRunner().invoke(main, ["backup", str(kept)])
    assert taken.exit_code == 0, taken.output
    done = CliRunner().invoke(main, ["restore", "--drill", taken.stdout.strip()])
    assert done.exit_code == 0, done.output
    assert "results, counted again" in done.output
    assert done.output.endswith("sound\nnothing of it was kept\n")
    kept.joinpath("cut").write_bytes(next(kept.glob("*.backup")).read_bytes()[:-9])
    cut = CliRunner().invoke(main, ["restore", "--drill", str(kept / "cut")])
    assert (cut.exit_code, cut.output.count("\n")) == (2, 1)
    assert "is not a complete backup" in cut.output
