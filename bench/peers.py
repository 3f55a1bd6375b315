"""Which libraries we measure ourselves against, what is asked of each, and an environment for each.

Each Python library gets an environment of its own, so that none holds back another's versions. It is made
with the Python that runs this; where the library refuses that one, with another Python found. A library that
does not install is reported with the reason and never stops the run. R is used where it is there.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
ENVIRONMENTS = Path(sys.prefix) / "peers"
OTHER_PYTHONS = ("python3.13", "python3.12", "python3.14", "python3.11")
INSTALLED = "installed.json"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing asked of a program: its name in the script, and what it is called in the table."""

    name: str
    label: str
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Peer:
    """A library, what to install for it, the script that calls it, and what it is asked to do."""

    name: str
    script: str
    tasks: tuple[Task, ...]
    packages: tuple[str, ...] = ()

    @property
    def environment(self) -> Path:
        """Where its environment lies."""
        return ENVIRONMENTS / self.name

    @property
    def installs(self) -> tuple[tuple[str, ...], ...]:
        """What to install, step by step; NumPy, to read the inputs, last: it holds nobody back."""
        return (self.name, *self.packages), ("numpy",)


RANKINGS = ("full", "top-5")
WEIGHTS = ("free", "bounded", "conflicting")

COUNTING = (
    Peer(
        "votelib",
        "votelib_count.py",
        (Task("borda", "Borda", RANKINGS), Task("schulze", "Schulze", RANKINGS)),
    ),
    Peer("schulze-voting", "schulze_voting_count.py", (Task("schulze", "Schulze", RANKINGS),)),
    Peer(
        "pref-voting",
        "pref_voting_count.py",
        (Task("borda", "Borda", RANKINGS), Task("schulze", "Schulze", RANKINGS)),
    ),
    Peer(
        "votekit",
        "votekit_count.py",
        (Task("borda", "Borda", RANKINGS), Task("schulze", "Schulze", RANKINGS)),
    ),
    Peer("socialchoicekit", "socialchoicekit_count.py", (Task("borda", "Borda, unweighted", ("full",)),)),
)

WEIGHING = (
    Peer(
        "ipfn",
        "ipfn_weights.py",
        (Task("free", "IPF, its tolerance (1e-5)", ("free",)), Task("free-tight", "IPF to 1e-10", ("free",))),
    ),
    Peer("rimpy", "rimpy_weights.py", (Task("default", "RIM", WEIGHTS),), ("polars",)),
    Peer("svy", "svy_weights.py", (Task("default", "raking", WEIGHTS),)),
    Peer(
        "weightipy", "weightipy_weights.py", (Task("default", "RIM, upper cap only", WEIGHTS),), ("pandas",)
    ),
    Peer(
        "leafblower",
        "leafblower_weights.py",
        (
            Task("default", "ORIS", WEIGHTS),
            Task("raking", "raking", WEIGHTS),
            Task("logit", "logit", ("bounded", "conflicting")),
        ),
        ("pandas",),
    ),
)

PANELS = (
    Peer(
        "sortition-algorithms",
        "sortition_algorithms_panel.py",
        (Task("any", "any panel that keeps the limits", ("panel",)),),
    ),
)

R = Peer("R survey", "r_survey_weights.R", (Task("weights", "calibrate", WEIGHTS),))
R_VERSIONS = 'library(survey); library(MASS); cat(format(packageVersion("survey")), format(getRversion()))'


@dataclass(frozen=True, slots=True)
class Installed:
    """How a library stands: the program to run its script with and its version, or why it is not there."""

    program: str | None
    version: str = ""
    reason: str = ""


def install_all(part: str | None = None) -> dict[str, Installed]:
    """Install every peer, or those of one part, and say how each stands; what is there already is kept."""
    wanted = {"counting": COUNTING, "weights": WEIGHING, "panel": PANELS}
    peers = [peer for name, these in wanted.items() if part in {None, name} for peer in these]
    return {peer.name: install(peer) for peer in peers} | {R.name: find_r()}


def find_r() -> Installed:
    """Return how R stands: it is used with the packages it has, and nothing is installed."""
    program = shutil.which("Rscript")
    if program is None:
        return Installed(None, reason="there is no Rscript")
    asked = subprocess.run([program, "-e", R_VERSIONS], capture_output=True, text=True, check=False)
    if asked.returncode:
        return Installed(None, reason="R has no package survey, or no MASS")
    package, language = asked.stdout.split()
    return Installed(program, f"{package} (R {language})")


def install(peer: Peer) -> Installed:
    """Install one peer, with the first Python that it accepts."""
    note = peer.environment / INSTALLED
    if note.exists():
        return Installed(**json.loads(note.read_text("utf-8")))
    refusals: list[str] = []
    for python in _pythons():
        shutil.rmtree(peer.environment, ignore_errors=True)
        refusal = _try(peer, python)
        if refusal is None:
            found = Installed(str(_python_of(peer.environment)), _version(peer))
            note.write_text(json.dumps({"program": found.program, "version": found.version}), "utf-8")
            return found
        refusals.append(refusal)
    shutil.rmtree(peer.environment, ignore_errors=True)
    return Installed(None, reason=refusals[0])


def _pythons() -> list[str]:
    """Return the Python that runs this, then others on the path that start, newest versions first."""
    found = [sys.executable]
    for name in OTHER_PYTHONS:
        path = shutil.which(name)
        if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            found.append(path)
    return found


def _try(peer: Peer, python: str) -> str | None:
    """Make the environment and install; return why that failed, if it did."""
    uv = str(Path(sys.executable).with_name("uv"))
    environment, inside = str(peer.environment), str(_python_of(peer.environment))
    steps = [[uv, "venv", "--quiet", "--no-python-downloads", "--python", python, environment]]
    steps += [[uv, "pip", "install", "--quiet", "--python", inside, *packages] for packages in peer.installs]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            return short(done.stderr)
    return None


def short(said: str) -> str:
    """Return one line of what an installer said: the part that gives the reason."""
    lines = [line.strip(" ×╰─▶│") for line in said.splitlines() if line.strip(" ×╰─▶│")]
    reason = next(
        (line for line in lines if "because" in line.lower()), lines[-1] if lines else "no reason given"
    )
    return reason.removeprefix("cause: ")[:110]


def _python_of(environment: Path) -> Path:
    folder, name = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    return environment / folder / name


def _version(peer: Peer) -> str:
    """Return the peer's version and that of its Python."""
    ask = (
        "import sys; from importlib.metadata import version; "
        "print(version(sys.argv[1]) + f' (Python {sys.version_info[0]}.{sys.version_info[1]})')"
    )
    done = subprocess.run(
        [_python_of(peer.environment), "-c", ask, peer.name], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
