"""Where this machine has Chromium or Chrome, for the tests that drive one; `make test` installs it if it may.

Plain standard library, so that it can be asked before anything is installed: python tests/chromium.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SHELL = "chromium-headless-shell"  # Chromium without windows: two thirds of its work
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ASK = (
    "The browser tests need Chromium or Chrome and find neither.\n"
    f"Install one (Debian: apt-get install {SHELL}), or name it: CONSULTA_TEST_BROWSER=PATH make test"
)


def find() -> str | None:
    """Path of the browser to drive: the one named by CONSULTA_TEST_BROWSER, else the first that runs."""
    if named := os.environ.get("CONSULTA_TEST_BROWSER"):
        return named if _runs(named) else None
    candidates = [*map(shutil.which, NAMES), *PLACES]
    return next((path for path in candidates if path and Path(path).exists() and _runs(path)), None)


def arguments() -> list[str]:
    """What the browser must be told on this machine: it has no sandbox for root."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def _runs(path: str) -> bool:
    """Whether it answers: some systems ship a stub of that name that only says how to get the real one."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def install(what: str, *packages: str, seconds: int | None = None) -> None:
    """Debian's packages, where apt-get is there and we may use it; otherwise nothing happens.

    It is given up after so many `seconds`, if they are given.
    """
    apt = shutil.which("apt-get")
    if apt is None:
        return
    if os.geteuid() == 0:
        rights = []
    elif (sudo := shutil.which("sudo")) and _allowed(sudo):
        rights = [sudo, "-n"]
    else:
        return
    print(f"Installing {what} ...", flush=True)  # noqa: T201  # a command speaks so
    for words in (["update", "-q"], ["install", "-q", "-y", *packages]):
        command = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", apt, *words]
        try:
            subprocess.run(
                command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            return


def _allowed(sudo: str) -> bool:
    return subprocess.run([sudo, "-n", "true"], check=False, capture_output=True).returncode == 0


def main() -> None:
    """Say where the browser is, after installing one if need be; stop where there is none.

    In a container, where all is root's, the lighter one is installed beside another.
    """
    path = find()
    if not os.environ.get("CONSULTA_TEST_BROWSER"):
        if path is None:
            install(f"{SHELL} for the browser tests", SHELL)
            path = find()
        elif not shutil.which(SHELL) and hasattr(os, "geteuid") and os.geteuid() == 0:
            install(f"{SHELL}, lighter than {Path(path).name}", SHELL, seconds=60)
            path = find()
        if path is None:
            install("chromium for the browser tests", "chromium")
            path = find()
    if path is None:
        sys.exit(ASK)
    print(path)  # noqa: T201  # this is the answer of the command


if __name__ == "__main__":
    main()
