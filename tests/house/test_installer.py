"""`install.sh` on what looks like a bare Debian: its questions, what it writes, what it refuses.

Programs of the system that would change this machine are replaced by small ones that note their call. The
consulta that is run is the real one, with the settings that the installer wrote.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cases import for_each
from tests.house.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = ROOT / "docs" / "deploy" / "install.sh"
# A Python that makes no environment and fetches nothing, and says that the site answers.
PYTHON = """#!REAL
import os, pathlib, sys
if sys.argv[1:3] == ["-m", "venv"]:
    place = pathlib.Path(sys.argv[3], "bin")
    place.mkdir(parents=True)
    os.symlink(__file__, place / "python")
    os.symlink("/bin/true", place / "consulta")
elif sys.argv[1] != "-c" and "pip" not in sys.argv:
    os.execv("REAL", ["REAL", *sys.argv[1:]])
"""
# What runs a command with the settings and secrets of the service.
SYSTEMD_RUN = """#!REAL
import os, pathlib, sys
root = pathlib.Path(os.environ["INSTALL_ROOT"])
words = sys.argv[sys.argv.index("/opt/consulta/bin/consulta") + 1 :]
given = dict(each[9:].split("=", 1) for each in sys.argv if each.startswith("--setenv="))
for line in (root / "etc/consulta/consulta.env").read_text().splitlines():
    if not line.startswith("#"):
        given.update([line.split("=", 1)])
given["CONSULTA_DATA"] = str(root / "var/lib/consulta")
for name in ("secret", "smtp"):
    variable = {"secret": "CONSULTA_SECRET_FILE", "smtp": "CONSULTA_SMTP_PASSWORD_FILE"}[name]
    given[variable] = str(root / "etc/consulta" / name)
if "backup" in words:
    words[-1] = str(root) + words[-1]
with open(root / "calls", "a") as file:
    print("consulta", *words[:1], file=file)
os.execve("REAL", ["REAL", "-m", "consulta", *words], {**os.environ, **given, "PYTHONPATH": "SOURCE"})
"""
NOTED = '#!/bin/sh\necho "$(basename "$0") $*" >> "$INSTALL_ROOT/calls"\n'
ANSWERS = "consulta.example.org\nana@example.org\nlater\n\n"


class Machine:
    """A folder that looks like the root of a machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.programs = root / "programs"
        self.programs.mkdir(parents=True)
        for name in ("apt-get", "useradd", "systemctl", "dpkg"):
            self.program(name, NOTED)
        self.program("getent", "#!/bin/sh\nexit 2\n")
        self.program("id", "#!/bin/sh\necho 0\n")
        # A folder for another user cannot be made here.
        self.program(
            "install", '#!/bin/sh\nexec /usr/bin/install $(echo "$@" | sed "s/-o consulta -g consulta//")\n'
        )
        self.program("python", PYTHON)
        self.program("systemd-run", SYSTEMD_RUN)
        (root / "run/systemd/system").mkdir(parents=True)
        (root / "etc").mkdir()
        self.release("debian", "13")

    def program(self, name: str, text: str) -> None:
        path = self.programs / name
        path.write_text(text.replace("REAL", sys.executable).replace("SOURCE", str(ROOT)))
        path.chmod(0o755)

    def release(self, system: str, version: str) -> None:
        (self.root / "etc/os-release").write_text(f'NAME="X"\nVERSION_ID="{version}"\nID={system}\n')

    def install(self, answers: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: text for name, text in os.environ.items() if not name.startswith(("CONSULTA_", "INSTALL_"))
        }
        environ = {
            **kept,
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHON": str(self.programs / "python"),
            "INSTALL_ROOT": str(self.root),
            **more,
        }
        return subprocess.run(
            ["/bin/sh", str(SCRIPT)], input=answers, env=environ, capture_output=True, text=True, check=False
        )

    def read(self, path: str) -> str:
        return (self.root / path).read_text("utf-8")

    @property
    def calls(self) -> list[str]:
        return self.read("calls").splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def test_four_answers_install_it_and_the_last_line_is_the_link(machine: Machine) -> None:
    done = machine.install(ANSWERS)
    assert done.returncode == 0, done.stderr + done.stdout
    assert [done.stdout.count(f"\n{number}/4") for number in range(1, 6)] == [1, 1, 1, 1, 0]
    assert re.fullmatch(r"https://consulta\.example\.org/es/j/\S{43}", done.stdout.splitlines()[-1])
    assert machine.read("etc/consulta/consulta.env").splitlines()[1:] == [
        "CONSULTA_BASE_URL=https://consulta.example.org",
        "CONSULTA_BEHIND_PROXY=yes",
        "CONSULTA_BACKUP_FOLDER=/var/lib/consulta/backups",
    ]
    service = machine.read("etc/systemd/system/consulta.service").splitlines()
    assert {"ProtectSystem=strict", "StateDirectory=consulta"} <= set(service), "so it may write the backups"
    assert not (machine.root / "etc/systemd/system/consulta.service.d").exists()
    assert len(machine.read("etc/consulta/secret")) == 64
    for each in (machine.root / "etc/consulta").iterdir():
        assert each.stat().st_mode & 0o077 == 0, each
    assert "{$CONSULTA_HOST:consulta.example.org} {" in machine.read("etc/caddy/Caddyfile")
    assert any("caddy" in call for call in machine.calls if call.startswith("apt-get install"))
    assert machine.calls.index("consulta init") < machine.calls.index("systemctl start consulta")
    for told in ("No mail leaves yet", "on this disk only", "leads nowhere yet"):
        assert told in done.stdout


@pytest.mark.slow
def test_it_asks_again_after_an_answer_that_cannot_be_and_says_why(machine: Machine) -> None:
    answers = "consulta_example\nhttps://Votos.Example.org/\nana\nana@example.org\na b\nsmtp.example.org\n"
    done = machine.install(f"{answers}voto@example.org\nuna clave de correo\nhere or there\n/mnt/copies\n")
    assert done.returncode == 0, done.stderr + done.stdout
    for told in (
        "a name has only letters",
        "ana@example.org.",
        "a server has a name",
        "a folder begins with /",
    ):
        assert told in done.stdout
    assert machine.read("etc/consulta/smtp") == "una clave de correo"
    assert "una clave de correo" not in done.stdout + machine.read("etc/consulta/consulta.env")
    assert machine.read("etc/consulta/consulta.env").splitlines()[1:] == [
        "CONSULTA_BASE_URL=https://votos.example.org",
        "CONSULTA_BEHIND_PROXY=yes",
        "CONSULTA_BACKUP_FOLDER=/mnt/copies",
        "CONSULTA_SMTP_HOST=smtp.example.org",
        "CONSULTA_SMTP_USER=voto@example.org",
        "CONSULTA_MAIL_SENDER=voto@example.org",
    ]
    assert "{$CONSULTA_HOST:votos.example.org} {" in machine.read("etc/caddy/Caddyfile")
    assert machine.read("etc/systemd/system/consulta.service.d/backups.conf").endswith("=-/mnt/copies\n")
    assert (machine.root / "mnt/copies").is_dir()


def test_without_questions_and_for_this_machine_only(machine: Machine) -> None:
    answers = {"SITE": "localhost", "ADMIN": "ana@example.org", "MAIL": "later", "BACKUPS": "here"}
    done = machine.install(**{f"INSTALL_{name}": answer for name, answer in answers.items()})
    assert done.returncode == 0, done.stderr
    assert "1/4" not in done.stdout
    assert done.stdout.splitlines()[-1].startswith("http://localhost:8000/es/j/")
    assert "Only this machine reaches the site" in done.stdout
    assert "BEHIND_PROXY" not in machine.read("etc/consulta/consulta.env")
    assert not (machine.root / "etc/caddy").exists()
    assert [call for call in machine.calls if "caddy" in call] == []


@pytest.mark.slow
def test_again_is_an_upgrade_that_asks_nothing_and_keeps_secrets(machine: Machine) -> None:
    assert machine.install(ANSWERS).returncode == 0
    kept = {each: each.read_bytes() for each in (machine.root / "etc/consulta").iterdir()}
    former = (machine.root / "opt/consulta").resolve()
    former.rename(former.with_name("consulta-20260101T000000Z"))
    (machine.root / "opt/consulta").unlink()
    (machine.root / "opt/consulta").symlink_to(former.with_name("consulta-20260101T000000Z"))
    (machine.root / "calls").unlink()
    done = machine.install()
    assert done.returncode == 0, done.stderr + done.stdout
    assert {each: each.read_bytes() for each in (machine.root / "etc/consulta").iterdir()} == kept
    order = ["consulta backup", "systemctl stop consulta", "consulta migrate", "systemctl start consulta"]
    assert [call for call in machine.calls if call in order] == order
    assert list((machine.root / "var/lib/consulta/backups/before-upgrade").glob("*.backup"))
    assert (machine.root / "opt/consulta").resolve() != former.with_name("consulta-20260101T000000Z")


@pytest.mark.slow
def test_an_upgrade_that_fails_leaves_the_former_version(machine: Machine) -> None:
    assert machine.install(ANSWERS).returncode == 0
    former = (machine.root / "opt/consulta").resolve()
    moved = former.rename(former.with_name("consulta-20260101T000000Z"))
    (machine.root / "opt/consulta").unlink()
    (machine.root / "opt/consulta").symlink_to(moved)
    machine.program(
        "systemd-run", SYSTEMD_RUN.replace('if "backup"', 'if "migrate" in words: sys.exit(1)\nif "backup"')
    )
    done = machine.install()
    assert done.returncode == 1
    assert "The former version runs again" in done.stderr
    assert (machine.root / "opt/consulta").resolve() == moved
    assert machine.calls[-1] == "systemctl start consulta"


@pytest.mark.slow
def test_it_leaves_a_proxy_that_is_for_something_else(machine: Machine) -> None:
    (machine.root / "etc/caddy").mkdir()
    (machine.root / "etc/caddy/Caddyfile").write_text("other.example.org {\n}\n")
    machine.program("dpkg", "#!/bin/sh\necho '??5?????? c /etc/caddy/Caddyfile'\n")
    done = machine.install(ANSWERS)
    assert done.returncode == 0, done.stderr
    assert machine.read("etc/caddy/Caddyfile") == "other.example.org {\n}\n"
    assert "stays as it is" in done.stdout


@for_each(
    "why",
    ["user", "debian", "old", "systemd", "way", "answers", "wrong"],
)
def test_it_refuses_in_a_sentence_and_changes_nothing(tmp_path: Path, why: str) -> None:
    machine = Machine(tmp_path / why)
    answers = ANSWERS
    if why == "user":
        machine.program("id", "#!/bin/sh\necho 1000\n")
    elif why == "debian":
        machine.release("fedora", "43")
    elif why == "old":
        machine.release("debian", "11")
    elif why == "systemd":
        (machine.root / "run/systemd/system").rmdir()
    elif why == "way":
        (machine.root / "opt/consulta").mkdir(parents=True)
    elif why == "answers":
        answers = "consulta.example.org\n"
    said = {
        "user": "as root",
        "debian": "Debian 13",
        "old": "Debian 13",
        "systemd": "compose.yaml",
        "way": "move it elsewhere",
        "answers": "set INSTALL_ADMIN",
        "wrong": "INSTALL_SITE is 'no name'",
    }[why]
    done = machine.install(answers, **({"INSTALL_SITE": "no name"} if why == "wrong" else {}))
    assert done.returncode == 1
    assert done.stderr.startswith("Not installed: ")
    assert said in done.stderr
    assert not (machine.root / "calls").exists()
    assert not (machine.root / "etc/consulta").exists()
