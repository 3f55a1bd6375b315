"""Before an installation is opened to the public: what is unsafe is refused, what is weak is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from consulta.accounts import service as accounts
from consulta.app import create_app
from consulta.backups import service as backups
from consulta.checks import scrutineers
from consulta.cli import main
from consulta.infra.models import Staff, Witness
from consulta.infra.settings import BackupSettings, MailSettings, Settings, SettingsError
from consulta.infra.work import COMMAND, WORKER
from consulta.mailer import trial
from consulta.monitoring import deploy, health
from consulta.witnesses import keys
from tests.benches import PASSWORD
from tests.factories import moment
from tests.polling import open_round

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.infra.work import Bench

PUBLIC = "https://consulta.example.org"
MAIL = MailSettings(host="smtp.example.org", sender="voto@example.org")


@pytest.fixture
def opened(bench: Bench, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of an installation with which nothing is weak, and its database."""
    start = moment()
    kept = BackupSettings(tmp_path / "kept", ("age1" + "q" * 58,), "/bin/true")
    settings = replace(
        settings,
        base_url=PUBLIC,
        behind_proxy=True,
        link_files=False,
        second_factor="required",
        two_persons="auto",
        mail=MAIL,
        backups=kept,
    )
    settings.data.chmod(0o700)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(deploy, "disk_usage", lambda _: type("Usage", (), {"free": 10**12}))
    with bench.work(COMMAND, start) as work:
        for name in ("ana", "eva"):
            person = accounts.add_staff(work, f"{name}@example.org", name, PASSWORD, "admin")
            work.session.get_one(Staff, person.id).second_factor = work.keys.encrypt(
                "A" * 32, f"codes of {person.id}"
            )
        elena = accounts.add_staff(work, "elena@example.org", "Elena", PASSWORD, "scrutineer").id
        trial.keep(work, MAIL)
        keys.make_first(work, settings)
        work.session.add(
            Witness(name="w.example.org", organisation="Red", key="k", registered_at=start, ended_at=None)
        )
    open_round(bench)
    with bench.work(COMMAND, start) as work:
        scrutineers.appoint(work, "2027-1", elena)
    with bench.work(WORKER, start) as work:
        health.beat(work)
    backups.take(bench, replace(kept, recipients=()), tmp_path / "kept", start)
    for path in (settings.data, *settings.data.glob("*.sqlite3*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return settings


def found(bench: Bench, settings: Settings, **environ: str) -> list[tuple[str, str, str]]:
    with bench.read(COMMAND, moment()) as work:
        return [(each.grade, each.subject, each.told) for each in deploy.findings(work, settings, environ)]


def test_an_installation_as_it_should_be_has_nothing_to_mend(bench: Bench, opened: Settings) -> None:
    assert found(bench, opened) == [("well", subject, told) for subject, told in deploy.WELL.items()]


WEAK: dict[str, dict[str, Any]] = {
    "CONSULTA_BASE_URL": {"base_url": "http://127.0.0.1:8000"},
    "CONSULTA_BEHIND_PROXY=yes": {"behind_proxy": False},
    "sslmode=verify-full": {"database": "postgresql://u:p@db.example.org/c"},
    "CONSULTA_SECOND_FACTOR": {"second_factor": "optional"},
    "CONSULTA_TWO_PERSONS": {"two_persons": "no"},
    "CONSULTA_SMTP_HOST": {"mail": MailSettings()},
    "consulta mail test": {"mail": replace(MAIL, user="voto", password="other")},
    "CONSULTA_MAIL_TEST_ADDRESS": {"mail": replace(MAIL, test_address="x@example.org")},
    "CONSULTA_BACKUP_FOLDER": {"backups": BackupSettings()},
}


@pytest.mark.parametrize("way_out", WEAK)
def test_each_weak_setting_is_told_with_the_way_out_and_nothing_else(
    bench: Bench, opened: Settings, way_out: str
) -> None:
    weak = [told for grade, _, told in found(bench, replace(opened, **WEAK[way_out])) if grade != "well"]
    assert len(weak) == 1, weak
    assert way_out in weak[0]


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
    assert "consulta staff add" in told["people"]
    assert "testigo.py" in told["log"]
    assert "no worker was ever seen" in told["worker"]
    assert "round 2027-1 has no scrutineer" in told["rounds"]


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
        health.beat(work)
    told = {subject: told for grade, subject, told in found(bench, opened) if grade == "weak"}
    assert "there is none yet" in told["backups"]
    assert "consulta key rotate" in told["log"]
    assert "Start consulta worker" in told["worker"]


def test_where_the_disk_is_nearly_full_it_says_to_make_room(
    bench: Bench, opened: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deploy, "disk_usage", lambda _: type("Usage", (), {"free": 900_000_000}))
    told = {subject: told for grade, subject, told in found(bench, opened) if grade == "weak"}
    assert "900 MB are free where the data are: make room" in told["worker"]


@pytest.mark.parametrize(("folder", "file", "grade"), [(0o755, 0o644, "unsafe"), (0o755, 0o600, "weak")])
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
    assert weak.stdout.splitlines()[-1] == "it can be opened, and is weak"
    monkeypatch.setenv("FLASK_DEBUG", "1")
    unsafe = CliRunner().invoke(main, ["check", "--deploy"])
    assert unsafe.exit_code == 2
    assert "FAULT  debug: FLASK_DEBUG is set" in unsafe.stderr
    monkeypatch.setattr(deploy, "findings", lambda *_: [deploy.Finding("well", "mail", "tried")])
    well = CliRunner().invoke(main, ["check", "--deploy"])
    assert (well.exit_code, well.stdout) == (0, "ok     mail: tried\nit can be opened\n")


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("host", ["::", "192.0.2.1"])
def test_serving_the_network_in_the_clear_is_refused(host: str) -> None:
    done = CliRunner().invoke(main, ["serve", "--host", host])
    assert done.exit_code == 2
    assert "put a proxy with https before it" in done.output


@pytest.mark.usefixtures("environment")
def test_serving_the_public_says_how_much_there_is_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULTA_BASE_URL", PUBLIC)
    monkeypatch.setattr("consulta.cli.serve.run", lambda *_: None)
    done = CliRunner().invoke(main, ["serve", "--no-worker"])
    assert done.exit_code == 0, done.output
    assert "things to look at before people vote: consulta check --deploy" in done.stderr
