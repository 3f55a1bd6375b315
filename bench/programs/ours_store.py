"""Our own count of a closed round in a database: from the address in `database.txt` to a kept result."""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from harness import peak_memory

from consulta.platform import database as db
from consulta.platform import documents
from consulta.platform.work import COMMAND, Bench
from consulta.results import service as results
from consulta.rounds.queries import rounds

KEY = "bench"


def main() -> None:
    """Count, and hand the pairs of the kept result over."""
    folder, out = Path(sys.argv[2]), Path(sys.argv[5])
    bench = Bench(db.connect((folder / "database.txt").read_text("utf-8")))
    now = datetime(2027, 3, 6, tzinfo=UTC)
    before = peak_memory(reset=True)
    start = time.perf_counter()
    with bench.work(COMMAND, now) as work:
        results.count(work, KEY)
    took = time.perf_counter() - start
    peak = peak_memory()
    with bench.work(COMMAND, now) as work:
        found = rounds.find(work.session, KEY)
        kept = documents.find(work.session, found.id, "result")
        np.save(out / "pairs.npy", np.array(json.loads(kept.content)["pairs"]))
    print(json.dumps({"build": [0.0], "run": [took], "memory": peak - before}))


if __name__ == "__main__":
    main()
