"""What the pages of a vote cost the version that runs this: processor seconds by page, and statements.

Run by `bench.pages` with the number of votes and the address of a database.
"""

from __future__ import annotations

import json
import re
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from consulta.app import create_app, create_bench
from consulta.platform import database as db
from consulta.platform.settings import Settings
from tests.polling import open_round

HOST = "http://127.0.0.1:8000"
BALLOT = "/es/ballot/2027-1"
FIRST = 10  # votes that are not measured: what is done once is done in them
FIELD = re.compile(r'<input[^>]*\bname="(csrf_token|key)"[^>]*\bvalue="([^"]*)"')


class Pages:
    """The application, asked page by page; what it takes is kept by page."""

    def __init__(self, app: Any) -> None:
        self.app, self.times, self.statements = app, {}, 0
        self._inner, self._took = app.wsgi_app, 0.0
        app.wsgi_app = self._timed
        event.listen(Engine, "before_cursor_execute", self._count)

    def _timed(self, environ: Any, start: Any) -> list[bytes]:
        began = time.thread_time()
        answer = self._inner(environ, start)
        body = list(answer)
        if hasattr(answer, "close"):
            answer.close()
        self._took = time.thread_time() - began
        return body

    def _count(self, *_: object) -> None:
        self.statements += 1

    def vote(self, token: str) -> None:
        """Go from a link to its receipt."""
        client = self.app.test_client()

        def ask(page: str, method: str, path: str, form: dict[str, str] | None = None) -> dict[str, str]:
            answer = client.open(path, method=method, data=form, base_url=HOST)
            if answer.status_code not in {200, 303}:
                raise RuntimeError(f"{page}: {answer.status}")
            self.times.setdefault(page, []).append(self._took)
            return dict(FIELD.findall(answer.text))

        ask("link", "GET", f"/es/v/{token}")
        ask("enter", "POST", f"/es/v/{token}", {})
        form = ask("ballot", "GET", BALLOT) | {"place-t1": "1", "place-t3": "2"}
        ask("entries", "POST", f"{BALLOT}/review", form)
        review = ask("review", "GET", f"{BALLOT}/review")
        ask("send", "POST", f"{BALLOT}/cast", form | review | {"confirm": "y"})
        ask("receipt", "GET", f"{BALLOT}/receipt")


def main() -> None:
    """Vote, and print what it took."""
    votes, url = int(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        url = url or f"sqlite:///{name}/consulta.sqlite3"
        settings = Settings(data=Path(name), database=url, secret=secrets.token_urlsafe(32), base_url=HOST)
        bench = create_bench(settings)
        db.upgrade(bench.engine)
        tokens = [voter.token for voter in open_round(bench, seats=votes + FIRST)]
        pages = Pages(create_app(settings, bench))
        for token in tokens[:FIRST]:
            pages.vote(token)
        pages.times.clear()
        pages.statements = 0
        for token in tokens[FIRST:]:
            pages.vote(token)
        print(json.dumps({"times": pages.times, "statements": pages.statements / votes}))
        bench.engine.dispose()


if __name__ == "__main__":
    main()
