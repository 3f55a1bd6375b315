"""The way of a vote through the code that runs this: files, changes of folder, functions.

Run by `bench.way` with the address of a database. The first vote is not traced: it does also what is done
once in a process.
"""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import consulta
from bench.programs.vote_pages import HOST, Pages
from consulta.app import create_app, create_bench
from consulta.platform import database as db
from consulta.platform.settings import Settings
from tests.polling import open_round

if TYPE_CHECKING:
    from types import FrameType

CODE = Path(consulta.__file__).parent
PLACES = {f"{CODE}/": "consulta/", f"{CODE.parent / 'templates'}/": "templates/"}


class Trace:
    """What ran while one page was asked for."""

    def __init__(self) -> None:
        self.functions: Counter[str] = Counter()
        self.changes: list[str] = []

    @property
    def files(self) -> set[str]:
        """Return the files of which a function or a template ran."""
        return {name.partition(":")[0] for name in self.functions}

    def note(self, frame: FrameType, event: str, _argument: object) -> None:
        """Note a call of a function of ours: what Python tells of all calls (`sys.setprofile`)."""
        code = frame.f_code
        file = _file(code.co_filename) if event == "call" and code.co_name != "<module>" else None
        if file is None:
            return
        self.functions[f"{file}:{code.co_qualname}"] += 1
        caller, above = None, frame.f_back
        while above is not None and caller is None:  # what is not ours, such as Flask, is passed over
            caller, above = _file(above.f_code.co_filename), above.f_back
        if caller and caller.startswith("consulta/") and file.startswith("consulta/"):
            came, went = _folder(caller), _folder(file)
            if came != went:
                self.changes.append(f"{came} > {went} {code.co_qualname}")


def _file(path: str) -> str | None:
    return next((short + path[len(long) :] for long, short in PLACES.items() if path.startswith(long)), None)


def _folder(file: str) -> str:
    return file.split("/")[1]


def main() -> None:
    """Vote twice, and print the way of the second vote."""
    url = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        url = url or f"sqlite:///{name}/consulta.sqlite3"
        settings = Settings(data=Path(name), database=url, secret=secrets.token_urlsafe(32), base_url=HOST)
        bench = create_bench(settings)
        db.upgrade(bench.engine)
        first, second = (voter.token for voter in open_round(bench, seats=2))
        app = create_app(settings, bench)
        pages, traces = Pages(app), []
        pages.vote(first)
        answered = app.wsgi_app

        def traced(environ: Any, start: Any) -> Any:
            traces.append(Trace())
            sys.setprofile(traces[-1].note)
            try:
                return answered(environ, start)
            finally:
                sys.setprofile(None)

        app.wsgi_app = traced  # type: ignore[method-assign]
        pages.vote(second)
        bench.engine.dispose()
    told = {
        page: {"files": sorted(each.files), "changes": each.changes, "functions": each.functions}
        for page, each in zip(pages.times, traces, strict=True)
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
