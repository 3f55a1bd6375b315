"""A count on several processes and on a cluster: the same bytes, whatever is lost on the way."""

import json
import os
import signal
import threading
import time
from functools import partial
from io import BytesIO

import pytest
from click.testing import CliRunner

from consulta.core.counting import columns, count, repetitions
from consulta.core.problems import Problem
from consulta.results.parts import counting, engines, files
from consulta.shell.cli import main
from tests.core.build import busy, encoded

distributed = pytest.importorskip("distributed")

pytestmark = [
    pytest.mark.slow,
    # Dask leaves sockets and processes to the end of its own threads.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@pytest.fixture(name="folder")
def a_round_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(repetitions, "MOST_BALLOTS", 0)
    files.write(tmp_path / "ballots", *columns.cut(BytesIO(encoded(busy(4)))), size=4)
    return tmp_path / "ballots"


def slowly(task, started, part):
    """Count a part, long enough for somebody to end the process; say which process does."""
    with (started / part.name).open("a") as file:
        file.write(f"{os.getpid()}\n")
    time.sleep(0.5)
    return task(part)


def deadly(task, part):
    """Count a part, unless it is the third: the process dies over that."""
    if part.name == "ballots-00002":
        os.kill(os.getpid(), signal.SIGKILL)
    return task(part)


def kill_first(started):
    while not [*started.iterdir()]:
        time.sleep(0.01)
    (first, *_others) = (int(file.read_text().split()[0]) for file in started.iterdir())
    os.kill(first, signal.SIGKILL)


def test_processes_of_this_machine_give_the_same_bytes(folder):
    assert counting.count(folder, "processes", workers=2) == counting.count(folder, "here")
    found = files.open_folder(folder)
    with engines.processes(2) as run, pytest.raises(Problem, match=r"engine\.lost"):
        run(
            partial(deadly, partial(engines.answer, str(folder), found.rest.digest, [])), found.manifest.parts
        )


def test_a_cluster_gives_the_same_bytes_also_when_a_worker_is_killed(folder, tmp_path):
    whole = counting.count(folder, "here")
    started = tmp_path / "started"
    started.mkdir()
    with engines.dask(None, 2) as run:

        def slow(task, parts):
            return run(partial(slowly, task, started), parts)

        killer = threading.Thread(target=kill_first, args=(started,))
        killer.start()
        found = files.open_folder(folder)
        counted = count.count(found.divided(engines.asking(slow, found)))
        killer.join()
        assert counted.to_json() == whole
        again = [len(file.read_text().split()) for file in started.iterdir()]
        assert max(again) > min(again), "a part of the worker that died was counted again"


def test_a_part_over_which_every_worker_dies_is_named(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "FAILURES", 1)
    found = files.open_folder(folder)
    with engines.dask(None, 2) as run, pytest.raises(Problem, match=r"engine\.part path='ballots-00002'"):
        # Alone: a worker that dies takes other parts with it, and one that it took twice could be blamed.
        run(
            partial(deadly, partial(engines.answer, str(folder), found.rest.digest, [])),
            found.manifest.parts[2:3],
        )


def test_workers_of_another_version_are_refused(folder, monkeypatch):
    monkeypatch.setattr(engines, "__version__", "0.0.0")
    with pytest.raises(Problem, match=r"engine\.version"), engines.dask(None, 1):
        pass


def test_the_command_counts_on_a_cluster_and_says_when_there_is_none(folder, tmp_path, monkeypatch):
    out = tmp_path / "result.json"
    command = ["count", str(folder), "--out", str(out)]
    with monkeypatch.context() as impatient:
        impatient.setattr(engines, "WAIT", 2)
        done = CliRunner().invoke(main, [*command, "--scheduler", "tcp://127.0.0.1:9"])
    assert (done.exit_code, out.exists()) == (2, False)
    assert done.stderr.startswith("error: engine.away: ")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        done = CliRunner().invoke(main, [*command, "--scheduler", cluster.scheduler_address])
    assert (done.exit_code, done.output) == (0, "")
    assert json.loads(out.read_bytes()) == json.loads(counting.count(folder, "here"))
