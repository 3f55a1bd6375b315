"""What is handed out to run consulta fits the program: image, compose file, unit, the path of the guide."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import urllib.request
from typing import TYPE_CHECKING

import click
import pytest
import yaml

from consulta.platform.formats import lockfile
from consulta.platform.settings import Settings, SettingsError
from consulta.shell import cli
from tests.house.source import ROOT
from tests.servers import Server

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.work import Bench

DEPLOY = ROOT / "docs" / "deploy"
GUIDE = (ROOT / "docs" / "operate.md").read_text("utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
UNIT = (DEPLOY / "consulta.service").read_text("utf-8")
RUN = (DEPLOY / "consulta-run").read_text("utf-8")
INSTALLER = (DEPLOY / "install.sh").read_text("utf-8")
LOCK = lockfile.read((ROOT / "requirements.lock").read_text("utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
OURS = {name: each for name, each in COMPOSE["services"].items() if each.get("image") == "consulta"}

FAKE = """#!PYTHON
import os, pathlib, sys
if sys.argv[1:3] == ["-m", "venv"]:
    place = pathlib.Path(sys.argv[3], "bin")
    place.mkdir(parents=True)
    os.symlink(__file__, place / "python")
    os.symlink("/bin/true", place / "consulta")
elif "pip" in sys.argv:
    given = pathlib.Path(sys.argv[-1])
    inside = given.read_text().count("==") if given.is_file() else sorted(os.listdir(given))
    with open("SAID", "a") as file:
        print(*sys.argv[1:-1], inside, file=file)
else:
    os.execv("PYTHON", ["PYTHON", *sys.argv[1:]])
"""


def instructions(word: str) -> list[str]:
    return [
        line.removeprefix(word).strip() for line in DOCKERFILE.splitlines() if line.startswith(f"{word} ")
    ]


def test_the_lock_is_read_whole_and_an_installation_gets_no_tool_of_development() -> None:
    wanted = lockfile.installed(LOCK, PROJECT)
    names = {each.name for each in wanted}
    assert len(LOCK) == len(
        re.findall(r"^\S+==", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    )
    assert {"flask", "psycopg", "weasyprint", "pyrage", "hatchling", "mako", "markupsafe"} <= names
    assert names.isdisjoint({"pytest", "mypy", "ruff", "playwright", "hypothesis", "distributed"})
    assert "distributed" in {each.name for each in lockfile.installed(LOCK, PROJECT, ["cluster"])}
    assert all(each.hashes for each in wanted)


def test_the_image_is_made_by_the_script_and_runs_as_a_user_without_rights() -> None:
    assert instructions("RUN")[0] == "sh docs/deploy/install.sh /src /opt/consulta"
    assert len(instructions("FROM")) == 2
    user = instructions("USER")
    assert user == ["10001:10001"]
    assert DOCKERFILE.index("USER ") < DOCKERFILE.index("ENTRYPOINT ")
    packages = set(re.findall(r"\b(?:lib|fonts-)[a-z0-9.-]+", instructions("RUN")[1].split("&& rm")[0]))
    assert packages <= set(re.search(r'wanted="(.+)"', INSTALLER)[1].split()), (
        "the same libraries as on a machine"
    )
    copied = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    for name in re.search(r"for part in (.+);", INSTALLER)[1].split():  # type: ignore[index]
        assert f"!{name}" in copied
        assert (ROOT / name).exists()


def test_images_are_named_by_digest_and_all_that_runs_has_its_bounds() -> None:
    named = [line.partition(" AS ")[0] for line in instructions("FROM")]
    named += [each["image"] for name, each in COMPOSE["services"].items() if name not in OURS]
    assert len(named) == 4
    assert [each for each in named if not re.fullmatch(r"\S+:[0-9.a-z-]+@sha256:[0-9a-f]{64}", each)] == []
    assert {
        name for name, each in COMPOSE["services"].items() if not {"mem_limit", "pids_limit"} <= set(each)
    } == set()
    assert re.search(r"^MemoryMax=\d+G$", UNIT, re.MULTILINE)
    assert re.search(r"^TasksMax=\d+$", UNIT, re.MULTILINE)


def test_a_cluster_is_reached_by_nobody_outside() -> None:
    """Whoever reaches a scheduler can run code on it."""
    cluster = yaml.safe_load((DEPLOY / "compose.cluster.yaml").read_text("utf-8"))
    assert cluster["networks"] == {"cluster": {"internal": True}}
    for each in cluster["services"].values():
        assert each["networks"] == ["cluster"]
        assert "ports" not in each
        assert {"mem_limit", "pids_limit", "read_only"} <= set(each)
        assert each["volumes"] == ["${CONSULTA_PARTS:-./ballots}:/ballots:ro"]
        assert each["user"] == "10001:10001"


def test_the_script_installs_what_is_there(tmp_path: Path) -> None:
    """Its steps, with a pip that only notes what it is asked for."""
    said, fake = tmp_path / "said", tmp_path / "python"
    fake.write_text(FAKE.replace("PYTHON", sys.executable).replace("SAID", str(said)))
    fake.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", str(DEPLOY / "install.sh"), str(ROOT), str(tmp_path / "opt")],
        env={**os.environ, "PYTHON": str(fake)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second = said.read_text().splitlines()
    assert "--require-hashes --no-deps" in first
    assert 30 < int(first.split()[-1]) < len(LOCK)
    assert "--no-deps --no-build-isolation" in second
    assert "'consulta', 'hatch_build.py', 'pyproject.toml', 'templates', 'translations'" in second


def test_the_services_of_the_compose_file_write_nowhere_and_call_commands_that_exist() -> None:
    assert {"setup", "web", "worker"} == set(OURS)
    for name, each in OURS.items():
        assert each["read_only"], name
        assert each["cap_drop"] == ["ALL"], name
        assert each["user"] == "10001:10001", name
        context = click.Context(cli.main)
        command = cli.main.get_command(context, each["command"][0])
        assert command is not None, name
        if name != "setup":
            command.make_context(each["command"][0], list(each["command"][1:]))
    assert (ROOT / "docs" / "proxy" / "Caddyfile").exists()
    for variable in ("CONSULTA_HOST", "CONSULTA_UPSTREAM"):
        assert variable in COMPOSE["services"]["proxy"]["environment"]
        assert f"{{${variable}:" in (ROOT / "docs" / "proxy" / "Caddyfile").read_text("utf-8")


def test_what_is_set_there_is_a_setting_and_is_taken(tmp_path: Path) -> None:
    written = set(re.findall(r'say "(CONSULTA_[A-Z_]+)=', INSTALLER))
    named = {*written, *COMPOSE["x-consulta"]["environment"]} - {"PGPASSWORD"}
    assert {each for each in named if f"| `{each}` |" not in GUIDE} == set()
    more = {"CONSULTA_SECRET": "a secret of the tests, long enough", "CONSULTA_DATA": str(tmp_path)}
    told = COMPOSE["x-consulta"]["environment"].items()
    filled = {name: re.sub(r"\$\{[^}]*\}", "", value) for name, value in told}  # as with an empty .env
    filled["CONSULTA_BASE_URL"] += "consulta.example.org"
    assert Settings.from_env({**filled, **more}).base_url == "https://consulta.example.org"


def test_the_unit_is_hardened_and_its_command_has_the_same_rights() -> None:
    for line in ("DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet="):
        assert f"\n{line}\n" in UNIT
    for line in UNIT.splitlines():
        if line.startswith(("DynamicUser", "User=", "State", "EnvironmentFile", "LoadCredential", "UMask")):
            assert f"--property={line}" in RUN, line
    # systemd expands specifiers in a unit file, and in nothing that systemd-run is given.
    told = "\n".join(line for line in RUN.splitlines() if not line.startswith("#"))
    assert "%" not in told
    assert "unit=consulta-run-$$\ncredentials=/run/credentials/$unit.service\n" in told
    environment = next(line for line in UNIT.splitlines() if line.startswith("Environment="))
    for setting in environment.removeprefix("Environment=").split():
        name, _, value = setting.partition("=")
        wanted = value.replace("%d", "$credentials")
        assert f"--setenv={name}={wanted} " in told.replace('"', "").replace("\\", " "), setting
    if analyse := shutil.which("systemd-analyze"):
        done = subprocess.run(
            [analyse, "verify", "--man=no", str(DEPLOY / "consulta.service")],
            capture_output=True,
            text=True,
            check=False,
        )
        said = [line for line in done.stderr.splitlines() if "consulta.service" in line]
        assert [line for line in said if "not executable" not in line] == []


def test_a_credential_of_systemd_is_taken_whatever_its_mode_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "credentials"
    place.mkdir()
    (place / "secret").write_text("a secret of the tests, long enough and varied")
    (place / "secret").chmod(0o440)
    environ = {"CONSULTA_DATA": str(tmp_path), "CONSULTA_SECRET_FILE": str(place / "secret")}
    with pytest.raises(SettingsError, match="others can read"):
        Settings.from_env(environ)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(place))
    assert Settings.from_env(environ).secret


@pytest.mark.slow
def test_the_health_check_of_the_image_tells_a_server_that_answers(settings: Settings, bench: Bench) -> None:
    program = yaml.safe_load(re.search(r"HEALTHCHECK .*CMD (\[.+\])", DOCKERFILE)[1])[2]  # type: ignore[index]
    bench.engine.dispose()
    server = Server(settings)
    program = program.replace(":8000", f":{server.port}")
    call = [sys.executable, "-c", program]
    assert subprocess.run(call, capture_output=True, check=False).returncode != 0
    server.start()
    try:
        assert subprocess.run(call, capture_output=True, check=False).returncode == 0
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/live", timeout=5) as answer:
            assert answer.status == 200
    finally:
        server.kill()
