"""What came of a round's questions: for the desk once it is counted, for everybody once it is published.

Weights are those of the stored result. What is published is kept as it was on that day.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from consulta.core.counting.files import Cell, cells_of
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State, has_result
from consulta.core.trust import record
from consulta.platform import documents, seen
from consulta.platform.access import require
from consulta.platform.data.most_named import SIZES as MOST_NAMED
from consulta.platform.settings import SMALL_CELL
from consulta.rounds import public
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.secrecy import what_is_public
from consulta.rounds.service import line_of, sized, subject
from consulta.vote.questions import governments, kept, naming, queries
from consulta.vote.questions.figures import Rules, Standing, Voter, figures
from consulta.vote.questions.service import of_round
from consulta.vote.questions.values import NamedGovernment, PublishedAnswers, ResultsView

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from consulta.core.texts import Text
    from consulta.platform.models import Round
    from consulta.platform.work import Work
    from consulta.vote.questions.queries import Said
    from consulta.vote.questions.values import GovernmentLine

KIND = "result"


def desk(work: Work, round_key: str, small_cell: int = SMALL_CELL) -> ResultsView:
    """Return the figures of a counted round's answers for the secretariat.

    Problems: `round.unknown`, `round.not_closed`, `result.uncounted`.
    """
    require(work, "result.read")
    found, sizes = sized(work, round_key, contents=True)
    voters = [voter for voter, _said in answers_of(work, found)]
    questions = of_round(work, found)
    return ResultsView(
        round=line_of(found, sizes, work.now),
        secrecy=found.secrecy,
        questions=questions,
        facts=kept.read(
            _with_places(
                work,
                figures(
                    questions,
                    voters,
                    queries.ballots(work.session, found.id),
                    roll_of(work, found),
                    Rules(max(small_cell, 1), coarse=False, named=_named(found), desk=True),
                ),
            )
        ),
        themes=_titles(found),
    )


def named_for(
    work: Work, found: Round, topics: Collection[str], small_cell: int
) -> tuple[NamedGovernment, ...]:
    """Return the governments that organisations named for the topics of a counted round, most weight first.

    Of those named by fewer organisations than `small_cell`, the name alone. Empty where none was asked for.
    """
    require(work, "panel.read")
    return _figures_for(
        work, found, topics, Rules(max(small_cell, 1), coarse=False, named=_named(found), desk=True)
    )


def _figures_for(
    work: Work, found: Round, topics: Collection[str], rules: Rules
) -> tuple[NamedGovernment, ...]:
    questions = [each for each in of_round(work, found) if each.kind == "governments"]
    if not questions or documents.find(work.session, found.id, KIND) is None:
        return ()
    voters = [voter for voter, _said in answers_of(work, found)]
    made_of = figures(questions, voters, queries.ballots(work.session, found.id), [], rules)
    (told,) = kept.read(made_of).questions
    places = governments.roots(work)
    made: list[NamedGovernment] = []
    for theme in told.themes:
        if theme.theme not in topics:
            continue
        for kind in (naming.NATIONAL, naming.LOCAL):
            told_of = theme.of(kind)
            others = told_of.others if isinstance(told_of.others, tuple) else ()
            for row in (*told_of.rows, *(kept.NamedRow(name, None, None) for name in others)):
                count, weighted = row.count, row.weighted
                if isinstance(row.name, str):
                    made.append(NamedGovernment(kind, row.name, "", count, weighted))
                else:
                    line = places[row.name]
                    made.append(NamedGovernment(kind, line.country, line.name, count, weighted, line.number))
    return tuple(made)


def most_named(work: Work, found: Round, topics: Collection[str], small_cell: int) -> list[dict[str, Any]]:
    """Return the governments that organisations named most for the topics of a counted round, by rank.

    Only those that at least `small_cell` organisations named, by the weighted figures of `named_for`; equal
    ones have one rank. `keys` are what a nominee's government may be: each spelling of a local one.
    Empty where none was asked for.
    """
    require(work, "panel.read")
    spellings: dict[int, list[str]] = {}
    for number, root in governments.roots(work).items():
        spellings.setdefault(root.number, []).append(str(number))
    shares: dict[str, tuple[float, NamedGovernment]] = {}
    for each in _figures_for(
        work, found, topics, Rules(max(small_cell, 1), coarse=False, named=True, desk=True)
    ):
        if each.weighted is not None and each.weighted > shares.get(each.key, (-1.0, each))[0]:
            shares[each.key] = (each.weighted, each)
    ranked: list[dict[str, Any]] = []
    for share, each in sorted(shares.values(), key=lambda pair: (-pair[0], pair[1].kind, pair[1].key)):
        rank = 1 + sum(other > share for other, _ in shares.values())
        keys = [each.key] if each.number is None else spellings[each.number]
        ranked.append({"rank": rank, "kind": each.kind, "code": each.code, "name": each.name, "keys": keys})
    return [each for each in ranked if each["rank"] <= max(MOST_NAMED)]


def publish(work: Work, found: Round, small_cell: int) -> None:
    """Keep what is published of the answers with the result; nothing where the round asks no questions."""
    questions = of_round(work, found)
    if not questions:
        return
    voters = [voter for voter, _said in answers_of(work, found)]
    facts = figures(
        questions,
        voters,
        queries.ballots(work.session, found.id),
        roll_of(work, found),
        Rules(max(small_cell, 1), coarse=not _named(found), named=_named(found)),
    )
    content = (
        json.dumps({"round": found.key, **_with_places(work, facts)}, ensure_ascii=False, indent=1) + "\n"
    )
    sha256 = record.digest(content.encode())
    queries.keep_figures(work.session, found.id, content, sha256, work.now)
    work.record("questions.published", subject(found), {"figures_sha256": sha256})


def published(work: Work, round_key: str) -> PublishedAnswers:
    """Return what was published of the answers of a round. Problem: `round.unknown` where nothing was."""
    require(work, "published.read")
    found = public.opened(work, round_key)
    there = or_problem(
        queries.figures(work.session, found.id) if found.state == State.PUBLISHED else None,
        "round.unknown",
        key=round_key,
    )
    return PublishedAnswers(
        public.card_of(work, found),
        found.secrecy,
        of_round(work, found),
        kept.read(there.content),
        _titles(found),
    )


def are_published(work: Work, round_key: str) -> bool:
    """Return whether there is a public page of the answers of a round."""
    require(work, "published.read")
    found = public.opened(work, round_key)
    return found.state == State.PUBLISHED and queries.figures(work.session, found.id) is not None


def answers_of(work: Work, found: Round) -> list[tuple[Voter, Said]]:
    """Return the organisations whose votes count and that answered, each with its weight.

    Problems: `round.not_closed`, `result.uncounted`.
    """
    if not has_result(State(found.state)):
        raise Problem("round.not_closed", key=found.key)
    result = or_problem(documents.find(work.session, found.id, KIND), "result.uncounted")
    seen.note(work, found)
    weights = _Weights(cells_of(result.content))
    places = governments.roots(work)
    asked = [each.key for each in of_round(work, found) if each.kind == "governments"]
    return [
        (weights.voter(_under_roots(said, asked, places)), said)
        for said in queries.sheets(work.session, found.id)
    ]


def _under_roots(said: Said, asked: list[str], places: Mapping[int, GovernmentLine]) -> Said:
    """Return answers with each local government as the one with which it is joined."""
    answers = dict(said.said)
    for key in asked:
        if key in answers:
            answers[key] = {
                theme: {
                    naming.NATIONAL: kinds[naming.NATIONAL],
                    naming.LOCAL: [places[number].number for number in kinds[naming.LOCAL]],
                }
                for theme, kinds in answers[key].items()
            }
    return said._replace(said=answers)


def _with_places(work: Work, facts: dict[str, Any]) -> dict[str, Any]:
    """Return figures with name and country of the local governments in them alone, by number."""
    found = [theme.of(naming.LOCAL) for one in kept.read(facts).questions for theme in one.themes]
    told = {int(row.name) for kind in found for row in kind.rows}
    told |= {int(name) for kind in found if isinstance(kind.others, tuple) for name in kind.others}
    lines = governments.all_names(work)
    return facts | {"places": {str(each): [lines[each].name, lines[each].country] for each in sorted(told)}}


def _titles(found: Round) -> dict[str, Text]:
    return {theme.key: theme.title for theme in found.themes}


def roll_of(work: Work, found: Round) -> list[Standing]:
    """Return how many organisations of the same categories the roll of a round has."""
    kinds = rounds_queries.turnout_by_kind(work.session, found.id)
    return [Standing(kind.categories, kind.seats) for kind in kinds]


class _Weights:
    """The weights of a stored result, by the categories over which it balanced."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.micro = {(_key(cell.categories), cell.each): cell.micro for cell in cells}
        self.dimensions = tuple(cells[0].categories) if cells else ()
        self.numbers: dict[object, int] = {}

    def voter(self, said: Said) -> Voter:
        """Return an organisation with its weight."""
        categories = {**said.categories, "country": said.country}
        cell = _key({name: categories[name] for name in self.dimensions})
        micro = self.micro.get((cell, said.base), 0)
        number = self.numbers.setdefault((cell, said.base), len(self.numbers))
        placed = frozenset(key for tier in said.ranking for key in tier)
        return Voter(said.base * micro, number, categories, said.said, placed)


def _key(categories: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(categories.items()))


def _named(found: Round) -> bool:
    return "seats" in what_is_public(found.secrecy)
