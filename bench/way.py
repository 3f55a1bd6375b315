"""The way of a vote through the code: for each request, the files, changes of folder and functions that run.

    python -m bench.way                                     # this version, over SQLite
    python -m bench.way --before v1.2 --database postgresql
    python -m bench.way --page send                         # each change of folder of a request, in order

One vote is traced in a process that has taken one already. A change of folder is a call from one folder of
`consulta/` into another, what is not ours (Flask, SQLAlchemy, Jinja) passed over; templates are files too. A
generator counts each time that it goes on. What is traced does not depend on how fast the machine is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench.load import PAGES
from bench.pages import options, told_by
from bench.table import markdown

PROGRAM = Path(__file__).parent / "programs" / "vote_way.py"


def report(told: dict[str, dict[str, Any]], page: str = "") -> str:
    """Return a table of requests, those of the version before first; of `page` each change of folder too."""
    rows = []
    for each in (*PAGES, "all"):
        row = [each]
        for version in told.values():
            traces = [version[name] for name in (PAGES if each == "all" else (each,))]
            files = {file for trace in traces for file in trace["files"]}
            changes = sum(len(trace["changes"]) for trace in traces)
            row += [str(len(files)), str(changes), str(sum(sum(t["functions"].values()) for t in traces))]
        rows.append(tuple(row))
    names = [f"{name}: {what}" for name in told for what in ("files", "changes of folder", "functions")]
    table = markdown(("request", *names), rows, {0})
    return "\n".join([table, *(["", *told["now"][page]["changes"]] if page else [])])


def main() -> None:
    """Trace what is asked for."""
    parser = options("way", __doc__)
    parser.add_argument("--page", choices=PAGES, default="", help="a request whose changes are listed")
    chosen = parser.parse_args()
    print(report(told_by(PROGRAM, chosen), chosen.page))


if __name__ == "__main__":
    main()
