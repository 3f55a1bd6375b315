"""Write what a release leaves behind: its demo as a data folder, archives of each secrecy, and their digests.

    python -m tests.past.make

It is run once for a release, and what it wrote is committed: later releases must read it
(docs/upgrading.md). A folder that is there is never written again.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from consulta import __version__
from consulta.platform import database as db
from consulta.platform.formats import zipped
from tests.results.checks.published import archive_of, live, opened
from tests.results.checks.test_everything import everything

HERE = Path(__file__).parent
SUMS = "SHA256SUMS"
LEFT_OUT = ("demo.log",)


class Folders:
    """As the fixture of pytest: a new folder for each name."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def mktemp(self, name: str) -> Path:
        """Return a new folder of this name."""
        folder = self.place / name
        folder.mkdir()
        return folder


def demo(place: Path) -> Path:
    """Return the data folder of a new demo."""
    data = place / "data"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CONSULTA_")}
    command = (sys.executable, "-m", "consulta", "demo", "--no-serve")
    subprocess.run(command, check=True, env={**environ, "CONSULTA_DATA": str(data)})
    for name in LEFT_OUT:
        (data / name).unlink()
    return data


def archives(place: Path) -> dict[str, bytes]:
    """Return archives by name: a round of each secrecy, and one with all that can happen."""
    folders: Any = Folders(place)
    empty = folders.mktemp("empty") / "empty.sqlite3"
    engine = db.connect(f"sqlite:///{empty}")
    db.upgrade(engine)
    engine.dispose()
    made = {}
    for secrecy in ("open", "pseudonymous", "aggregate"):
        bench = opened(empty.read_bytes(), folders.mktemp(secrecy))
        live(bench, secrecy, endorsed=("n1", "n2"))
        made[f"{secrecy}.zip"] = archive_of(bench)
        made[f"{secrecy}-complete.zip"] = archive_of(bench, complete=True)
        bench.engine.dispose()
    found = everything(empty.read_bytes(), folders)
    for name, files in (("everything", found.public), ("everything-complete", found.complete)):
        made[f"{name}.zip"] = zipped.write({file: files[file] for file in files if file != zipped.SUMS})
    return made


def main() -> None:
    """Write the folder of this version."""
    folder = HERE / __version__
    try:
        folder.mkdir()
    except FileExistsError:
        sys.exit(f"{folder.name} is there already: what a release left behind is not written again")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        with tarfile.open(folder / "data.tar.xz", "w:xz", preset=9) as tar:
            tar.add(demo(place), "data")
        for file, content in archives(place).items():
            (folder / file).write_bytes(content)
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(folder.iterdir())
    ]
    (folder / SUMS).write_text("".join(lines), "ascii")


if __name__ == "__main__":
    main()
