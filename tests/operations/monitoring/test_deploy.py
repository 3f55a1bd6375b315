"""Before an installation is opened to the public: what is unsafe is refused, what is weak is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from consulta.app import create_app
from consulta.core.problems import Problem
from consulta.operations import backups, monitoring
from consulta.platform import accounts
from consulta.platform.data import catalogue
from consulta.platform.log import checkpoints, heads, signing
from consulta.platform.mailer import trial
from consulta.platform.models import Cosignature, Staff, Witness
from consulta.platform.settings import (
    OBJECTION_HOURS,
    BackupSettings,
    MailSettings,
    Settings,
    SettingsError,
)
from consulta.platform.work import COMMAND, WORKER, Bench
from consulta.results import checks
from consulta.rounds import witnesses
from consulta.shell.cli import main
from tests.benches import PASSWORD
from tests.cases import for_each
from tests.factories import moment
from tests.polling import open_round

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

PUBLIC = "https://consulta.example.org"
MAIL = MailSettings(host="smtp.example.org", sender="voto@example.org")


def cosign(bench: Bench, settings: Settings, at: datetime, *, held: bool = True) -> None:
    """Let the head of a moment be signed, and `held` by all witnesses."""
    with bench.work(WORKER, at) as work:
        heads.fill(work.session, at)
        heads.take(work.session, at, "hourly")
        signer = signing.signer_of(settings.data, checkpoints.verifiers(work.session))
        assert signer is not None
        checkpoints.sign(work.session, at, signer)
        newest = checkpoints.newest(work.session)
        assert newest is not None
        for each in checkpoints.witnesses(work.session) if held else ():
            told = {"line": "-", "time": at, "at": at, "log_size": newest.size}
            work.session.add(Cosignature(checkpoint_id=newest.id, witness_id=each.id, **told))


@pytest.fixture
def opened(bench: Bench, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of an installation with which nothing is weak, and its database."""
    start = moment()
    kept = BackupSettings(tmp_path / "kept", ("age1" + "q" * 58,), "/bin/true")
    monkeypatch.delenv("PGHOST", raising=False)
    settings = replace(
        settings,
        base_url=PUBLIC,
        behind_proxy=True,
        link_files=False,
        objection_hours=OBJECTION_HOURS,
        second_factor="required",
        two_persons="auto",
        mail=MAIL,
        backups=kept,
    )
    settings.data.chmod(0o700)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(monitoring, "disk_usage", lambda _: SimpleNamespace(free=10**12))
    with bench.work(COMMAND, start) as work:
        for name in ("ana", "eva"):
            person = accounts.add_staff(work, f"{name}@example.org", name, PASSWORD, "admin")
            work.session.get_one(Staff, person.id).second_factor = work.keys.encrypt(
                "A" * 32, f"codes of {person.id}"
            )
        elena = accounts.add_staff(work, "elena@example.org", "Elena", PASSWORD, "scrutineer").id
        trial.keep(work, MAIL)
        witnesses.make_first(work, settings)
        work.session.add(
            Witness(name="w.example.org", organisation="Red", key="k", registered_at=start, ended_at=None)
        )
    open_round(bench)
    cosign(bench, settings, start)
    with bench.work(COMMAND, start) as work:
        checks.appoint(work, "2027-1", elena)
    with bench.work(WORKER, start) as work:
        monitoring.beat(work)
    made = backups.take(bench, replace(kept, recipients=()), tmp_path / "kept", start)
    made.path.rename(f"{made.path}.age")
    for path in (settings.data, *settings.data.glob("*.sqlite3*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return settings


def found(bench: Bench, settings: Settings, **environ: str) -> list[tuple[str, str, str]]:
    with bench.read(COMMAND, moment()) as work:
        return [
            (each.grade, each.subject, each.told) for each in monitoring.findings(work, settings, environ)
        ]


WEAK: dict[str, dict[str, Any]] = {
    "CONSULTA_BASE_URL": {"base_url": "http://127.0.0.1:8000"},
    "CONSULTA_BEHIND_PROXY=yes": {"behind_proxy": False},
    "CONSULTA_SECOND_FACTOR": {"second_factor": "optional"},
    "CONSULTA_TWO_PERSONS": {"two_persons": "no"},
    "CONSULTA_OBJECTION_HOURS=0": {"objection_hours": 0},
    "CONSULTA_CHANGE_WAIT_HOURS=1": {"change_wait_hours": 1},
    "CONSULTA_SMALL_CELL=2": {"small_cell": 2},
    "CONSULTA_LINK_FILES=yes": {"link_files": True},
    "CONSULTA_HEAD_MAILS=no": {"head_mails": "no"},
    "CONSULTA_SMTP_HOST": {"mail": MailSettings()},
    "consulta mail test": {"mail": replace(MAIL, user="voto", password="other")},
    "CONSULTA_MAIL_TEST_ADDRESS": {"mail": replace(MAIL, test_address="x@example.org")},
    "CONSULTA_BACKUP_FOLDER": {"backups": BackupSettings()},
}


@pytest.mark.attack("A10")
def test_each_weak_setting_is_told_with_the_way_out_and_nothing_else(bench: Bench, opened: Settings) -> None:
    assert found(bench, opened) == [("well", subject, told) for subject, told in monitoring.WELL.items()]
    for way_out, values in WEAK.items():
        weak = [told for grade, _, told in found(bench, replace(opened, **values)) if grade != "well"]
        assert len(weak) == 1, weak
        assert way_out in weak[0]


@pytest.mark.attack("A10")
def test_what_a_demonstration_left_is_told_until_it_is_gone(bench: Bench, opened: Settings) -> None:
    kept = opened.data / "demo.json"
    kept.write_text("administracion@example.org …", encoding="utf-8")
    with bench.work(COMMAND, moment()) as work:
        for role, address in catalogue.DEMO_ACCOUNTS.items():
            accounts.add_staff(work, address, role, PASSWORD, role)
            work.session.scalars(select(Staff).where(Staff.email == address)).one().second_factor = "x"

    def weak() -> list[str]:
        return [
            told for grade, subject, told in found(bench, opened) if (grade, subject) == ("weak", "promises")
        ]

    left, signs_in = weak()
    assert f"{kept} has passwords" in left
    assert "administracion@example.org, escrutinio@example.org, secretaria@example.org" in signs_in
    kept.unlink()
    with bench.work(COMMAND, moment()) as work:
        for address in catalogue.DEMO_ACCOUNTS.values():
            accounts.disable_staff(work, address)
    assert weak() == []


@for_each(
    "address, host",
    [
        ("postgresql://u:p@db.example.org/c", "db.example.org"),
        ("postgresql://u@/c?host=db1.example.org&host=db2.example.org", "db1.example.org, db2.example.org"),
        ("postgresql://u@/c?host=db1.example.org:5432,localhost:5432", "db1.example.org"),
        ("postgresql://u@db.example.org/c?sslmode=prefer", "db.example.org"),
        ("postgresql://u@db.example.org/c?sslmode=require", ""),
        ("postgresql://u@/c?host=/run/postgresql", ""),
        ("postgresql://u@[::1]:5432/c", ""),
        ("postgresql://u@/c", ""),
    ],
)
def test_a_connection_in_the_clear_is_told_however_the_address_names_its_host(
    bench: Bench, opened: Settings, address: str, host: str
) -> None:
    told = [
        told for grade, subject, told in found(bench, replace(opened, database=address)) if grade == "weak"
    ]
    assert [each.partition(" in the clear")[0] for each in told] == ([f"votes go to {host}"] if host else [])


def test_a_database_that_takes_no_changes_is_a_fault(
    bench: Bench, opened: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    faults = [(subject, told) for grade, subject, told in found(bench, opened) if grade == "unsafe"]
    assert [subject for subject, _ in faults] == ["database"]
    assert "so no vote is taken: run this as the user of the service" in faults[0][1]


def test_clear_mail_backups_in_the_clear_and_on_the_same_disk_are_told(
    bench: Bench, opened: Settings
) -> None:
    settings = replace(
        opened, mail=replace(MAIL, tls="none"), backups=replace(opened.backups, recipients=(), command="")
    )
    told = "\n".join(told for grade, _, told in found(bench, settings) if grade == "weak")
    for words in (
        "in the clear: set CONSULTA_SMTP_TLS",
        "CONSULTA_BACKUP_RECIPIENT",
        "CONSULTA_BACKUP_COMMAND",
    ):
        assert words in told


def test_what_the_database_lacks_is_told(bench: Bench, settings: Settings) -> None:
    open_round(bench)
    told: dict[str, str] = {}
    for grade, subject, words in found(bench, settings):
        told[subject] = told.get(subject, "") + (words if grade == "weak" else "")
    assert "consulta init" in told["people"]
    assert "no witness holds the heads of the log" in told["log"]
    assert "no worker was ever seen" in told["worker"]
    assert "round 2027-1 has no scrutineer who can sign in" in told["rounds"]


def test_a_scrutineer_who_cannot_sign_in_and_a_witness_that_holds_nothing_are_told(
    bench: Bench, opened: Settings
) -> None:
    """What is registered is not yet done: appointed is not looking on, registered is not holding."""
    with bench.work(COMMAND, moment()) as work:
        accounts.disable_staff(work, "elena@example.org")
    told = {subject: told for grade, subject, told in found(bench, opened) if grade == "weak"}
    assert "round 2027-1 has no scrutineer who can sign in" in told.pop("rounds")
    assert told == {}
    with bench.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER cosignatures_no_delete")
        connection.exec_driver_sql("DELETE FROM cosignatures")
    told = {subject: told for grade, subject, told in found(bench, opened) if grade == "weak"}
    assert "none has cosigned a head:" in told["log"]


def test_witnesses_that_stopped_cosigning_are_told(bench: Bench, opened: Settings) -> None:
    for hours, is_told in ((23, False), (25, True)):
        cosign(bench, opened, moment() + timedelta(hours=hours), held=False)
        told = [told for grade, subject, told in found(bench, opened) if subject == "log" and grade != "well"]
        assert bool(told) is is_told
    assert told[0].startswith("no witness has cosigned a head since that of 20")


def test_backups_that_were_not_copied_or_are_in_the_clear_are_told_until_they_are_not(
    bench: Bench, opened: Settings, tmp_path: Path
) -> None:
    """The command is set, and that says nothing of whether it works; so is the recipient."""
    made = backups.take(bench, replace(opened.backups, recipients=()), tmp_path / "other", moment())
    kept = made.path.rename(tmp_path / "kept" / made.path.name)
    broken = replace(opened.backups, command="/bin/false")
    with pytest.raises(Problem):
        backups.hand_over(broken, replace(made, path=kept))
    told = [told for grade, subject, told in found(bench, opened) if grade == "weak"]
    assert told[0].startswith("1 of the backups kept are not encrypted")
    assert f"did not copy the newest backup ({kept.name}: exit code 1)" in told[1]
    assert len(told) == 2
    with bench.work(WORKER, moment()) as work:
        assert monitoring.report(work, 10**12, opened.backups).state == "warning"
    backups.hand_over(opened.backups, replace(made, path=kept))
    kept.unlink()
    assert [grade for grade, _, _ in found(bench, opened) if grade != "well"] == []
    with bench.work(WORKER, moment()) as work:
        assert monitoring.report(work, 10**12, opened.backups).state == "ok"


def test_one_administrator_and_one_without_a_second_step_are_told(bench: Bench, opened: Settings) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.disable_staff(work, "ana@example.org")
        work.session.get_one(Staff, 2).second_factor = None
    told = [told for grade, subject, told in found(bench, opened) if (grade, subject) == ("weak", "people")]
    assert "there is one administrator" in told[0]
    assert "(accounts 2)" in told[1]


def test_a_late_backup_a_lost_key_and_a_silent_worker_are_told(
    bench: Bench, opened: Settings, tmp_path: Path
) -> None:
    for path in (tmp_path / "kept").glob("*.backup*"):
        path.unlink()
    (opened.data / "checkpoint-key.pem").unlink()
    with bench.work(WORKER, moment().replace(year=2020)) as work:
        monitoring.beat(work)
    told = {subject: told for grade, subject, told in found(bench, opened) if grade == "weak"}
    assert "there is none yet" in told["backups"]
    assert "consulta key rotate" in told["log"]
    assert "Start consulta worker" in told["worker"]


@for_each("folder, file, grade", [(0o755, 0o644, "unsafe"), (0o755, 0o600, "weak")])
def test_files_that_others_read_are_refused_or_told(
    bench: Bench, opened: Settings, folder: int, file: int, grade: str
) -> None:
    opened.data.chmod(folder)
    (opened.data / "consulta.sqlite3").chmod(file)
    grades = {grade for grade, _, _ in found(bench, opened)}
    assert grade in grades
    assert ("unsafe" in grades) is (grade == "unsafe")
    if grade == "unsafe":
        with pytest.raises(SettingsError, match="chmod 700"):
            create_app(opened, bench)
    else:
        create_app(opened, bench)


def test_debugging_is_refused(bench: Bench, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(SettingsError, match="FLASK_DEBUG is set"):
        create_app(settings, bench)
    monkeypatch.setenv("FLASK_DEBUG", "0")
    create_app(settings, bench)


# -- the commands


@pytest.fixture
def environment(bench: Bench, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULTA_DATA", str(settings.data))
    monkeypatch.setenv("CONSULTA_DATABASE", str(bench.engine.url))
    monkeypatch.setenv("CONSULTA_SECRET", "a secret of the tests, long enough and varied")


@pytest.mark.usefixtures("environment")
def test_the_command_ends_with_what_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = CliRunner().invoke(main, ["check", "--deploy"])
    assert weak.exit_code == 1, weak.output
    assert "WEAK   backups: no backups are taken: set CONSULTA_BACKUP_FOLDER" in weak.stderr
    assert weak.stdout.splitlines()[-1] == "it can be served: mend what is weak before people vote"
    monkeypatch.setenv("FLASK_DEBUG", "1")
    unsafe = CliRunner().invoke(main, ["check", "--deploy"])
    assert unsafe.exit_code == 2
    assert "FAULT  debug: FLASK_DEBUG is set" in unsafe.stderr
    assert unsafe.stdout.splitlines()[-1] == "it must not be opened like this: mend each fault first"
    monkeypatch.delenv("FLASK_DEBUG")
    monkeypatch.setattr(monitoring, "disk_usage", lambda _: SimpleNamespace(free=0))
    full = CliRunner().invoke(main, ["check", "--deploy"])
    assert full.exit_code == 2
    assert "FAULT  disk: 0 MB are free" in full.stderr
    assert "can be opened" not in full.output
    monkeypatch.setattr(monitoring, "findings", lambda *_: [monitoring.Finding("well", "mail", "tried")])
    well = CliRunner().invoke(main, ["check", "--deploy"])
    assert (well.exit_code, well.stdout) == (0, "ok     mail: tried\nnothing to mend: it can be opened\n")


@pytest.mark.usefixtures("environment")
@for_each("host", ["::", "192.0.2.1"])
def test_serving_the_network_in_the_clear_is_refused(host: str) -> None:
    done = CliRunner().invoke(main, ["serve", "--host", host])
    assert done.exit_code == 2
    assert "put a proxy with https before it" in done.output
