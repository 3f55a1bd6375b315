"""The programs on the page of open data: the one in Python is run, the one in R is parsed."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from threading import Thread
from typing import TYPE_CHECKING

from werkzeug.serving import make_server

from tests.operations.open_data.made import KEY, files, round_of, tables

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

MOST_LINES = 15


def script(visitor: Visitor, name: str) -> str:
    """Return a program as a reader copies it from the page."""
    page = visitor.get("/es/data").text
    found = re.search(rf'data-script="{name}"><code>(.*?)</code></pre>', page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def test_the_program_in_python_loads_the_package_of_the_page(
    bench: Bench, app: Flask, visitor: Visitor, tmp_path: Path
) -> None:
    round_of(bench, "pseudonymous", 1, 60)
    text = script(visitor, "Python")
    assert len(text.splitlines()) <= MOST_LINES
    assert f"http://localhost/data/rounds/{KEY}/datapackage.json" in text
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        file = tmp_path / "load.py"
        file.write_text(text.replace("http://localhost", f"http://127.0.0.1:{server.server_port}"))
        done = subprocess.run(
            [sys.executable, "-X", "utf8", str(file)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{row['place']} {row['title_es']} {row['score']}" for row in tables(files(bench))["themes"]
    ]
