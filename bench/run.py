"""What is measured, in which order: each section makes its data, asks everybody and compares.

It decides sizes and when a peer is given up: once it takes longer than the limit at one size, or would by its
last time, larger sizes are "not run". It knows no library; those are in `peers` and `programs`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench import compare, data
from bench.measure import Failed, Measured, Patience, measure, own
from bench.peers import COUNTING, PANELS, PROGRAMS, RANKINGS, WEIGHING, WEIGHTS, Installed, Peer, R, Task
from bench.table import Row, markdown, power, seconds, section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.measure import Answers

WINNING_VOTES = {"votelib", "schulze-voting"}
"""Peers that take a link of Schulze's method to be as strong as the votes of its winner."""

OURS = "**consulta**"
LARGE = 100_000
"""From here on the cost is that of ballots, no longer that of cells."""


@dataclass
class Run:
    """The state of a whole run: what is installed, how patient it is, who has been given up."""

    sizes: tuple[int, ...]
    patience: Patience
    installed: dict[str, Installed]
    ends: float
    firm: int
    gone: dict[tuple[str, str, str], str] = field(default_factory=dict)
    last: dict[tuple[str, str, str], tuple[int, float]] = field(default_factory=dict)
    linear: list[tuple[int, str, Measured, int]] = field(default_factory=list)

    def ask(self, peer: Peer, task: Task, case: str, size: int, inputs: Path) -> Measured | Failed:
        """Measure a peer unless it has been given up or time is over."""
        key = (peer.name, task.name, case)
        known = self.installed[peer.name]
        if known.program is None:
            return Failed(f"not installed: {known.reason}")
        if key in self.gone:
            return Failed(f"not run: {self.gone[key]}")
        if time.monotonic() > self.ends:
            return Failed("not run: the time of the whole bench is over")
        if key in self.last:
            before, took = self.last[key]
            if took * size / before > 2 * self.patience.limit:
                return Failed(f"not run: {took:.0f} s for {before:,}")
        found = measure([known.program, str(PROGRAMS / peer.script)], task.name, inputs, self.patience)
        if isinstance(found, Measured):
            self.last[key] = (size, found.total)
        elif found.too_long:
            self.gone[key] = f"{found.reason} for {size:,}"
        say(f"  {size:>10,} {case:12} {peer.name} {task.label}: {_brief(found)}")
        return found


def say(text: str) -> None:
    """Print progress, apart from the table."""
    print(text, file=sys.stderr, flush=True)


def _brief(found: Measured | Failed) -> str:
    return found.reason if isinstance(found, Failed) else f"{found.total:.4f} s"


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for inputs that vanishes."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        yield Path(name)


def counting(run: Run) -> str:
    """Measure the count."""
    parts = []
    for case in RANKINGS:
        rows = [row for size in run.sizes for row in _count(run, case, size)]
        parts.append(
            section(
                f"Counting, {'full rankings' if case == 'full' else 'the best five of each ballot'}",
                "Weighted ballots over twelve themes. Ours: the whole result (weights on subregion × sector, "
                "points, relevance, spread, three methods, unweighted order, margin, each subregion and "
                "sector left out). Peers: the one method named, with our weights given.",
                rows,
            )
        )
    return "\n".join(parts)


def _count(run: Run, case: str, size: int) -> Iterator[Row]:
    drawn = data.make_round(size, top=data.TOP if case == "top-5" else None)
    with folder() as inputs:
        data.save_round(drawn, inputs, ("subregion", "sector"))
        mine = measure(own("ours_count.py"), "count", inputs, run.patience)
        say(f"  {size:>10,} {case:12} ours: {_brief(mine)}")
        if isinstance(mine, Failed):
            yield Row(size, OURS, "whole result", mine.reason)
            return
        right = compare.reference(drawn.ranks, mine.answers["values"])
        verdict = compare.judge_own(right, mine.answers)
        yield _row(size, OURS, "whole result", mine, verdict, 1.0)
        run.linear.append((size, f"count, {case}", mine, data.size_of(drawn, ("subregion", "sector"))))
        floor = measure(own("numpy_pass.py"), "pass", inputs, run.patience)
        yield _floor(size, floor, mine)
        data.save_values(mine.answers["values"], inputs)
        for peer, task in _tasks(COUNTING, case):
            found = run.ask(peer, task, case, size, inputs)
            judge = partial(compare.judge_count, right, winning_votes=peer.name in WINNING_VOTES)
            yield _judged(run, peer, task, size, found, mine, judge)


def _floor(size: int, found: Measured | Failed, mine: Measured) -> Row:
    if isinstance(found, Failed):
        return Row(size, "NumPy", "one pass over the bytes", found.reason)
    free = compare.Verdict(agrees=True, said="nothing: it only reads")
    return _row(size, "NumPy", "one pass over the bytes", found, free, found.total / mine.total)


def weighing(run: Run) -> str:
    """Measure the weights."""
    texts = {
        "free": "No bounds; targets that can be met.",
        "bounded": "Bounds 0.4 to 2.5; targets that can be met within them, some weights reach them.",
        "conflicting": "Bounds 0.4 to 2.5; targets that contradict one another and the bounds. Ours "
        "has the least cost (distance from equal plus κ/2 times the squared misses); no peer solves this.",
    }
    parts = []
    for case in WEIGHTS:
        rows = [row for size in run.sizes for row in _weigh(run, case, size)]
        parts.append(
            section(
                f"Weights, {case}",
                f"{texts[case]} Subregion × sector × country (33 countries in 3 subregions, 12 sectors); "
                "from arrays of codes to a weight for each respondent.",
                rows,
            )
        )
    return "\n".join(parts)


def _weigh(run: Run, case: str, size: int) -> Iterator[Row]:
    sample = data.make_sample(case, size)
    with folder() as inputs:
        data.save_sample(sample, inputs)
        if run.installed[R.name].program:
            data.save_raw(sample, inputs)
        mine = measure(own("ours_weights.py"), "weights", inputs, run.patience)
        say(f"  {size:>10,} {case:12} ours: {_brief(mine)}")
        if isinstance(mine, Failed):
            yield Row(size, OURS, "calibration", mine.reason)
            return
        fit = compare.fit(sample, mine.answers["weights"])
        verdict = compare.judge_weights(sample, case, mine.answers, None)
        yield _row(size, OURS, "calibration", mine, verdict, 1.0)
        run.linear.append((size, f"weights, {case}", mine, data.size_of(sample, data.DIMENSIONS)))
        for peer, task in _tasks((*WEIGHING, R), case):
            found = run.ask(peer, task, case, size, inputs)
            judge = partial(compare.judge_weights, sample, case, own=fit)
            yield _judged(run, peer, task, size, found, mine, judge)


def _tasks(peers: tuple[Peer, ...], case: str) -> Iterator[tuple[Peer, Task]]:
    for peer in peers:
        for task in peer.tasks:
            if case in task.cases:
                yield peer, task


def _judged(
    run: Run,
    peer: Peer,
    task: Task,
    size: int,
    found: Measured | Failed,
    mine: Measured,
    judge: Callable[[Answers], compare.Verdict],
) -> Row:
    name = f"{peer.name} {run.installed[peer.name].version}".strip()
    if isinstance(found, Failed):
        return Row(size, name, task.label, found.reason)
    return _row(size, name, task.label, found, judge(found.answers), found.total / mine.total)


def _row(size: int, name: str, computes: str, found: Measured, verdict: compare.Verdict, ratio: float) -> Row:
    return Row(
        size=size,
        program=name,
        computes=computes,
        compared=verdict.said,
        build=found.build,
        run=found.run,
        memory=found.memory,
        ratio=ratio,
        believed=verdict.agrees,
    )


def firmness(run: Run) -> str:
    """Measure what says how firm a result is: leaving out, and resampling. No peer has either."""
    rows = []
    size = min(run.sizes[-1], run.firm)
    for case in RANKINGS:
        drawn = data.make_round(size, top=data.TOP if case == "top-5" else None)
        with folder() as inputs:
            data.save_round(drawn, inputs, ("subregion", "sector"))
            plain = measure(own("ours_count.py"), "count", inputs, run.patience)
            drawn_again = measure(own("ours_count.py"), "resampling", inputs, Patience(600), runs=1)
            data.save_round(drawn, inputs, data.DIMENSIONS)
            countries = measure(own("ours_count.py"), "count", inputs, run.patience)
        rows += [
            _firm(size, f"whole result, {case}", plain, plain),
            _firm(size, "… with every country equal, and left out in turn", countries, plain),
            _firm(size, "… with 1,000 replicates", drawn_again, plain),
        ]
    return section(
        "Firmness",
        "Ours alone: no peer leaves out or draws again with weights computed anew.",
        rows,
    )


def _firm(size: int, computes: str, found: Measured | Failed, plain: Measured | Failed) -> Row:
    if isinstance(found, Failed) or isinstance(plain, Failed):
        return Row(
            size, OURS, computes, found.reason if isinstance(found, Failed) else "nothing to compare with"
        )
    said = f"{int(found.answers['left_out'][0])} categories left out"
    if same := int(found.answers["same"][0]):
        said += f"; {same} % of replicates choose the same topic"
    return _row(
        size, OURS, computes, found, compare.Verdict(agrees=True, said=said), found.total / plain.total
    )


CROWDS = ((300, 20), (1_000, 50), (2_000, 100), (5_000, 200), (10_000, 300), (20_000, 500))


def panels(run: Run) -> str:
    """Measure the choice of a panel."""
    rows = [row for people, seats in CROWDS for row in _choose(run, people, seats)]
    return section(
        "Panels",
        "Seven attributes with limits for each value (62 rows), one person at most of an organisation; "
        f"n nominees for {', '.join(str(seats) for _, seats in CROWDS)} seats. Ours: all four stages, each "
        "proven, with rows and substitutes. SciPy: one stage of these, as its solver reports it. Peers: "
        "any panel that keeps the limits.",
        rows,
    )


def _choose(run: Run, people: int, seats: int) -> Iterator[Row]:
    crowd = data.make_crowd(people, seats)
    with folder() as inputs:
        data.save_crowd(crowd, inputs)
        mine = measure(own("ours_panel.py"), "panel", inputs, run.patience)
        say(f"  {people:>10,} panel        ours: {_brief(mine)}")
        if isinstance(mine, Failed):
            yield Row(people, OURS, "four stages", mine.reason)
            return
        most = compare.support_of(crowd, mine.answers)
        yield _row(people, OURS, "four stages", mine, compare.judge_panel(crowd, mine.answers, None), 1.0)
        plain = measure(own("milp_panel.py"), "panel", inputs, run.patience)
        say(f"  {people:>10,} panel        SciPy: {_brief(plain)}")
        if isinstance(plain, Failed):
            yield Row(people, "SciPy milp", "most support", plain.reason)
        else:
            verdict = compare.judge_panel(crowd, plain.answers, most)
            yield _row(people, "SciPy milp", "most support", plain, verdict, plain.total / mine.total)
        for peer, task in _tasks(PANELS, "panel"):
            found = run.ask(peer, task, "panel", people, inputs)
            judge = partial(compare.judge_panel, crowd, most=None)
            yield _judged(run, peer, task, people, found, mine, judge)


def linearity(run: Run) -> str:
    """Return how our own cost grows with the number of ballots, and what memory it takes."""
    rows = []
    before: dict[str, tuple[int, float]] = {}
    for size, what, found, inputs in run.linear:
        if size < LARGE:
            continue
        step = ""
        if what in before:
            smaller, took = before[what]
            step = f"{found.total / took:.1f} for {size / smaller:.0f} times as many"
        before[what] = (size, found.total)
        each = f"{found.total / size * 1e9:.0f}"
        rows.append((what, power(size), seconds(found.total), each, step, f"{found.memory / inputs:.1f}"))
    if not rows:
        return ""
    headings = ("what", "n", "s", "ns each", "times the one before", "memory / input arrays")
    return (
        "## Our own cost\n\nIt is to grow as the number of ballots, and memory is to stay within six times "
        f"the input arrays (which are counted in it).\n\n{markdown(headings, rows, {0, 4})}\n"
    )


PARTS = {"counting": counting, "weights": weighing, "firmness": firmness, "panel": panels}
