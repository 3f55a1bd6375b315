"""From a closed round in the database to its bundle's file and the columns that are counted.

The file is written line by line and the ballots are counted in groups, both as the database hands them out:
a round of a million ballots takes some text and some arrays, and no object for each. What a ballot says is
read once for all ballots that say the same. The small document that pages read of a count is kept here too;
see `core.summary`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import numpy as np

from consulta.core.counting import bundle as core
from consulta.core.counting import count as counting
from consulta.core.counting import profile
from consulta.core.counting.repetitions import MOST_BALLOTS
from consulta.core.counting.rules import check_rules
from consulta.core.counting.summary import Alike, Ranked, Summary, summary_of, tells_heard
from consulta.core.counting.weights import Standing
from consulta.core.problems import Problem, or_problem
from consulta.core.trust import chance, record
from consulta.core.values import Ballot, Seat
from consulta.platform import documents, seen
from consulta.results import public_figures
from consulta.results.parts import files
from consulta.rounds import ballots as ballots_acts
from consulta.rounds import public_rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import numpy.typing as npt

    from consulta.core.counting.divided import Manifest
    from consulta.core.counting.result import Result
    from consulta.core.counting.robustness import Robustness
    from consulta.core.texts import Text
    from consulta.core.values import Bundle
    from consulta.platform.models import Document, Round
    from consulta.platform.work import Work


class Counted(NamedTuple):
    """A round counted: its bundle's file, the result, how few could have changed it, the ballots' root."""

    file: str
    result: Result
    robustness: Robustness
    ballots: int
    ballots_root: str


def file(work: Work, found: Round, head: Bundle, *, at_closing: bool) -> str:
    """Return the text of the bundle's file.

    With `at_closing` it includes ballots that were taken out since.
    """
    codes = ballots_acts.codes_of(work, found, at_closing=at_closing)
    return _Writing(work, found.id, record.Growing(), codes, at_closing=at_closing).file(head)


def count(work: Work, found: Round, head: Bundle) -> Counted:
    """Count a round whose bundle is `head` but for seats and ballots. Problem: `ballots.none`."""
    round_id, codes = found.id, ballots_acts.codes_of(work, found)
    writing = _Writing(work, round_id, record.Growing(), codes)
    file = writing.file(head)
    if not writing.count:
        raise Problem("ballots.none", path="ballots")
    root = writing.tree.root()
    check_rules(head.rules)
    roll = _roll(_seated(row, codes, row.each) for row in ballots_acts.roll(work.session, round_id))
    election = counting.Election(
        rules=head.rules,
        keys=tuple(theme.key for theme in head.themes),
        objectives=tuple(theme.objectives for theme in head.themes),
        roll={name: roll[name] for name in counting.dimensions_of(head.rules, roll)},
        seed=chance.seed(head.seed, root),
        root=root,
        digest=record.digest(file.encode()),
        others={name: roll[name] for name in counting.other_dimensions(roll)},
    )
    # Ballots are drawn by the names of their seats; of so many that none are drawn, equal ones come together.
    read = ballots_acts.groups if writing.count > MOST_BALLOTS else ballots_acts.one_by_one
    ballots = _profile(read(work.session, round_id), codes, election.keys, list(roll))
    result, robustness = counting.count_columns(election, ballots)
    return Counted(file, result, robustness, writing.count, root)


def cut(work: Work, found: Round, head: Bundle, folder: Path) -> Manifest:
    """Write a round whose bundle is `head` but for seats and ballots into a new folder, in parts.

    Problems: those of `parts.files.write`.
    """
    writing = _Writing(work, found.id, record.Growing(), ballots_acts.codes_of(work, found))
    roll = (Seat(**json.loads(line)) for line in writing.seats())
    return files.write(folder, head, roll, writing.ballots())


def summary(work: Work, found: Round, result: Result, result_sha256: str) -> Summary:
    """Return the summary of a result that was counted just now."""
    return summary_of(
        result,
        result_sha256,
        endorsed(work, found),
        _ranked(work, found, ballots_acts.codes_of(work, found)) if tells_heard(result) else (),
    )


def ground(work: Work, found: Round, head: Bundle) -> public_figures.Ground:
    """Return what the public figures of a closed round are made of; its bundle is `head` but for the rest."""
    codes = ballots_acts.codes_of(work, found)
    voted = {
        ballots_acts.group_of(*kind): ballots
        for kind, ballots in ballots_acts.ballots_by_kind(work.session, found.id)
    }
    roll = []
    for row in ballots_acts.roll(work.session, found.id):
        places, _row = _seated(row, codes, row.each)
        kind = ballots_acts.group_of(json.loads(row.categories), row.each, row.country)
        roll.append(public_figures.Alike(places, row.each, row.seats, voted.get(kind, 0)))
    dimensions = sorted({dimension for alike in roll for dimension in alike.places})
    rows = ballots_acts.one_by_one(work.session, found.id)
    ballots = _profile(rows, codes, [theme.key for theme in head.themes], dimensions)
    return public_figures.Ground(head, roll, ballots)


def endorsed(work: Work, found: Round) -> Iterator[Alike]:
    """Yield the ballots of a round that count, by whom they endorse."""
    codes, told = ballots_acts.codes_of(work, found), _Numbers(json.loads)
    for row in ballots_acts.endorsed(work.session, found.id):
        places, _row = _seated(row, codes, row.base)
        yield Alike(places, row.base, told.meanings[told[row.endorsements]], row.ballots)


def _ranked(work: Work, found: Round, codes: ballots_acts.Codes) -> Iterator[Ranked]:
    """Yield the ballots of a round by what they rank."""
    said = _Numbers(json.loads)
    for row in ballots_acts.groups(work.session, found.id):
        places, _row = _seated(row, codes, row.base)
        yield Ranked(places, row.base, said.meanings[said[row.ranking]], row.ballots)


@dataclass(slots=True)
class _Writing:
    """The lines of seats and ballots; on the way, ballots are counted and become leaves of their tree."""

    work: Work
    round_id: int
    tree: record.Growing
    codes: ballots_acts.Codes
    count: int = 0
    at_closing: bool = False

    def file(self, head: Bundle) -> str:
        """Return the text of the bundle's file."""
        return "".join(core.written(head, self.seats(), self.ballots()))

    def seats(self) -> Iterator[str]:
        """Yield the lines of the roll."""
        ends: dict[tuple[str, str, int], str] = {}
        for row in ballots_acts.seats(self.work.session, self.round_id):
            alike = row[1:]
            if alike not in ends:
                categories = json.loads(row.categories)
                country = _country(self.codes, categories, row.base, row.country)
                line = core.seat_line(Seat("", country, categories, row.base))
                ends[alike] = line.removeprefix('{"seat": ""')
            yield f'{{"seat": {json.dumps(row.pseudonym, ensure_ascii=False)}{ends[alike]}'

    def ballots(self) -> Iterator[str]:
        """Yield the lines of the ballots, each its canonical JSON."""
        told: dict[str, str] = {}

        def canonical(text: str) -> str:
            if text not in told:
                told[text] = record.canonical(json.loads(text)).decode()
            return told[text]

        found = ballots_acts.current_ballots(self.work.session, self.round_id, at_closing=self.at_closing)
        for seat, ranking, objectives, endorsements in found:
            line = (
                f'{{"endorsements":{canonical(endorsements)},"objectives":{canonical(objectives)},'
                f'"ranking":{canonical(ranking)},"seat":{json.dumps(seat, ensure_ascii=False)}}}'
            )
            self.tree.add(line.encode())
            self.count += 1
            yield line


Row = TypeVar("Row", ballots_acts.RollRow, ballots_acts.GroupRow, ballots_acts.EndorsedRow)
Places = dict[str, str]
"""Dimension → category, of every dimension, countries as they are counted."""


def _country(codes: ballots_acts.Codes, categories: Mapping[str, str], base: int, country: str) -> str:
    """Return a seat's country as it is counted: the code with which it is joined, where it is."""
    return codes.get(ballots_acts.group_of(categories, base, country), country) if codes else country


def _seated(row: Row, codes: ballots_acts.Codes, base: int) -> tuple[Places, Row]:
    """Return where seats that are alike stand, with their row."""
    categories = json.loads(row.categories)
    return {**categories, "country": _country(codes, categories, base, row.country)}, row


def _roll(found: Iterable[tuple[Places, ballots_acts.RollRow]]) -> dict[str, dict[str, Standing]]:
    """Return dimension → category → its standing, both sorted; without a category seats stand under ""."""
    rolled = list(found)
    roll: dict[str, dict[str, Standing]] = {}
    for dimension in sorted({dimension for places, _row in rolled for dimension in places}):
        sums: dict[str, Standing] = {}
        for places, row in rolled:
            name = places.get(dimension, "")
            so_far = sums.get(name, Standing(0, 0))
            sums[name] = Standing(so_far.seats + row.seats, so_far.base + row.base)
        roll[dimension] = {name: sums[name] for name in sorted(sums)}
    return roll


Meaning = TypeVar("Meaning")


class _Numbers(dict[str, int], Generic[Meaning]):
    """Texts numbered as they come, each read once: `meanings` has what they say."""

    def __init__(self, read: Callable[[str], Meaning]) -> None:
        super().__init__()
        self.read = read
        self.meanings: list[Meaning] = []

    def __missing__(self, text: str) -> int:
        self.meanings.append(self.read(text))
        self[text] = len(self)
        return self[text]


def _profile(
    rows: Iterable[ballots_acts.GroupRow],
    codes: ballots_acts.Codes,
    keys: Sequence[str],
    dimensions: Sequence[str],
) -> profile.Profile:
    """Return the ballots of groups as columns by base, over these dimensions."""
    index = {key: place for place, key in enumerate(keys)}
    rankings = _Numbers(lambda text: profile.tiers_of(Ballot("", json.loads(text)), index))
    marks = _Numbers(lambda text: sum(1 << (number - 1) for number in json.loads(text)))
    names = [_Numbers(str) for _ in dimensions]
    seats: dict[tuple[str, int, str], tuple[int, ...]] = {}

    def numbers() -> Iterator[int]:
        for row in rows:
            kind = row.categories, row.base, row.country
            if kind not in seats:
                places, _row = _seated(row, codes, row.base)
                seats[kind] = tuple(
                    own[places.get(dimension, "")] for own, dimension in zip(names, dimensions, strict=True)
                )
            yield from (row.ballots, row.base, rankings[row.ranking], marks[row.objectives], *seats[kind])

    found = np.fromiter(numbers(), dtype=np.int64).reshape(-1, 4 + len(dimensions))
    found = np.repeat(found[:, 1:], found[:, 0], axis=0)
    columns: dict[str, npt.NDArray[Any]] = {}
    for column, dimension in enumerate(dimensions):
        order = np.argsort(np.argsort(names[column].meanings))
        columns[dimension] = order[found[:, 3 + column]]
    known = {dimension: sorted(own.meanings) for dimension, own in zip(dimensions, names, strict=True)}
    columns[profile.BASE], bases = profile.columns_of_base(found[:, 0])
    return profile.from_columns(
        np.array(rankings.meanings, dtype=np.int16)[found[:, 1]],
        columns,
        {**known, profile.BASE: bases},
        objectives=np.array(marks.meanings, dtype=np.uint32)[found[:, 2]],
    )


SUMMARY = "summary"
SUMMARISED = "rounds.summarised"


def keep_summary(work: Work, found: Round, result: Result, kept: Document) -> None:
    """Keep the summary of a result that was counted and kept just now.

    Its digest is in a row of the log of its own, which is not public: with little unknown, the support of
    nominees could be tried until it fits.
    """
    text = summary(work, found, result, kept.sha256).to_json().decode()
    written = documents.keep(work.session, found.id, SUMMARY, text, work.now)
    work.record(
        SUMMARISED, f"round:{found.id}", {"version": written.version, "summary_sha256": written.sha256}
    )


def find_summary(work: Work, found: Round) -> Summary | None:
    """Return the summary of the newest count; None where the round is not counted."""
    kept = documents.find(work.session, found.id, SUMMARY)
    if kept is not None:
        seen.note(work, found)
    return Summary.parse(kept.content.encode()) if kept else None


def kept_summary(work: Work, found: Round) -> Summary:
    """Return the summary of the newest count. Problem: `result.uncounted`."""
    return or_problem(find_summary(work, found), "result.uncounted")


def of_published(work: Work, *, example: bool, until: datetime | None) -> list[tuple[int, Summary]]:
    """Return the newest summary of each published round closed by `until`, after its round's id."""
    kept = documents.of_published(work.session, SUMMARY, example=example, until=until)
    return [(round_id, Summary.parse(content.encode())) for round_id, content in kept]


def titles_of_published(work: Work) -> dict[str, tuple[Text, ...]]:
    """Return the titles of the topics of each published round, by the key of the round."""
    known = public_rounds.theme_titles(work.session)
    found = {}
    for round_id, content in documents.of_published(work.session, SUMMARY):
        key, titles = known[round_id]
        topics = Summary.parse(content.encode()).topics
        found[key] = tuple(titles[topic.key] for topic in topics)
    return found


def topics_of(work: Work, found: Round) -> tuple[str, ...]:
    """Return the keys of the topics of the newest count; none where the round is not counted."""
    newest = find_summary(work, found)
    return tuple(topic.key for topic in newest.topics) if newest else ()
