"""What of the admitted proposals goes on the ballot, by the rule that the opening of the phase froze.

By support, the themes are computed (`core.ballot_themes`); else the secretariat chooses, and says of each
that it does not take why not. Both become themes of the draft in one act, which can be taken back until the
round opens. Who stands behind a theme is kept with it, as it may be told, since the countries of
organisations change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.core.ballot_themes import Candidate, most_supported
from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.core.texts import NOTHING, Text
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.settings import SMALL_CELL
from consulta.platform.texts import paragraphs
from consulta.rounds import themes
from consulta.rounds.service import draft, subject
from consulta.rounds.themes import ThemeCommand
from consulta.themes.proposals import queries
from consulta.themes.proposals.reading import backing, chosen, phase_view
from consulta.themes.proposals.shown import told
from consulta.themes.review.service import REASON_MAX
from consulta.themes.review.values import Choice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from consulta.core.ballot_themes import Placed
    from consulta.platform.models import Round, ThemePhase, ThemeProposal
    from consulta.platform.work import Work

CHOSEN = ("taken", "chosen")
"""Of a placed proposal: that it goes on the ballot, by the rule or by the secretariat's choice."""


def of_round(work: Work, found: Round) -> Choice | None:
    """Return what goes on the ballot of a round, as chosen or as it would be; None without a phase."""
    phase = queries.phase(work.session, found.id)
    if phase is None or phase.opened_at is None:
        return None
    rows = queries.of_round(work.session, found.id)
    if phase.choice:
        made = chosen(phase)
        return Choice(
            deadlines.of_text(made.at),
            phase.rule,
            phase.themes,
            phase.subregions,
            made.placed,
            _last_step(rows),
            (),
        )
    return Choice(
        None,
        phase.rule,
        phase.themes,
        phase.subregions,
        _placed(work, found, phase, rows),
        _last_step(rows),
        tuple(_hindrances(work, found, rows)),
    )


def choose(
    work: Work,
    round_key: str,
    seen: int,
    taken: Collection[int] = (),
    reasons: Mapping[int, Text] | None = None,
    least: int = SMALL_CELL,
) -> int:
    """Put the themes on the ballot of a draft, and return how many.

    `taken` and `reasons` count only where the secretariat chooses. `seen` is the last step that was seen of
    any proposal. Problems: `round.unknown`, `round.frozen`, `theme_review.none`, `theme_review.chosen`,
    `theme_review.changed_any`, `theme_review.phase_on`, `theme_review.waiting`, `theme_review.no_admitted`,
    `theme_review.take`, `theme_review.many`, `theme_review.not_taken`, `theme_review.untranslated`, those
    of `rounds.themes.save_theme`.
    """
    require(work, "theme_proposals.review")
    found = draft(work, round_key)
    phase = queries.phase(work.session, found.id)
    if phase is None or phase.opened_at is None:
        raise Problem("theme_review.none")
    if phase.choice:
        raise Problem("theme_review.chosen")
    rows = queries.of_round(work.session, found.id)
    if _last_step(rows) != seen:
        raise Problem("theme_review.changed_any")
    for problem in _hindrances(work, found, rows):
        raise problem
    placed = _placed(work, found, phase, rows)
    said: dict[int, Text] = {}
    if phase.rule == "secretariat":
        placed, said = _by_hand(work, phase, placed, taken, reasons or {})
    by_number = {row.number: row for row in rows}
    going = [by_number[each.number] for each in placed if each.why in CHOSEN]
    _require_first_language(work, going)
    behind = queries.backers(work.session, found.id)
    for row in going:
        words = ThemeCommand(row.title, row.why, tuple(row.objectives))
        key = themes.save_theme(work, round_key, words)
        theme = next(each for each in found.themes if each.key == key)
        row.theme_id = theme.id
        theme.backing = _backing(found, behind[row.id], least)
    for number, reason in said.items():
        by_number[number].not_taken = reason
    phase.choice = {"at": deadlines.as_text(work.now), "placed": [list(each) for each in placed]}
    work.session.flush()
    numbers = [row.number for row in going]
    work.record("theme_review.chosen", subject(found), {"themes": len(numbers), "proposals": numbers})
    return len(numbers)


def take_back(work: Work, round_key: str) -> int:
    """Take the themes of members off the ballot of a draft, so that proposals can be reviewed again.

    Return how many. Problems: `round.unknown`, `round.frozen`, `theme_review.not_chosen`, `theme.in_use`.
    """
    require(work, "theme_proposals.review")
    found = draft(work, round_key)
    phase = queries.phase(work.session, found.id)
    if phase is None or not phase.choice:
        raise Problem("theme_review.not_chosen")
    for row in queries.of_round(work.session, found.id):
        row.theme_id, row.not_taken = None, NOTHING
    work.session.flush()
    keys = [theme.key for theme in found.themes if theme.backing]
    for key in keys:
        themes.take_out(work, found, key)
    phase.choice = {}
    work.session.flush()
    work.record("theme_review.taken_back", subject(found), {"themes": len(keys)})
    return len(keys)


# -- parts


def _placed(work: Work, found: Round, phase: ThemePhase, rows: Iterable[ThemeProposal]) -> tuple[Placed, ...]:
    """Return the admitted proposals as the rule by support places them."""
    behind = queries.backers(work.session, found.id)
    counted = ((row, backing(behind[row.id])) for row in rows if row.state == "admitted")
    candidates = [Candidate(row.number, each.organisations, each.subregions) for row, each in counted]
    return most_supported(candidates, phase.themes, phase.subregions)


def _by_hand(
    work: Work,
    phase: ThemePhase,
    placed: Sequence[Placed],
    taken: Collection[int],
    reasons: Mapping[int, Text],
) -> tuple[tuple[Placed, ...], dict[int, Text]]:
    """Return the candidates as the secretariat placed them, and why it does not take the others."""
    numbers = {each.number for each in placed}
    if not taken or not set(taken) <= numbers:
        raise Problem("theme_review.take")
    if len(set(taken)) > phase.themes:
        raise Problem("theme_review.many", most=phase.themes)
    said = {number: reasons.get(number, NOTHING).map(paragraphs) for number in sorted(numbers - set(taken))}
    lacking = [number for number, words in said.items() if not words.into(work.languages[0])]
    if lacking:
        raise Problem("theme_review.not_taken", numbers=", ".join(map(str, lacking)))
    if any(len(words) > REASON_MAX for text in said.values() for words in text.values()):
        raise Problem("theme_review.reason_long", most=REASON_MAX)
    going = [each._replace(why="chosen") for each in placed if each.number in taken]
    others = [each._replace(why="declined") for each in placed if each.number not in taken]
    return (*going, *others), said


def _hindrances(work: Work, found: Round, rows: Sequence[ThemeProposal]) -> Iterable[Problem]:
    """Yield why nothing can be chosen now, whatever the choice."""
    view = phase_view(work, found)
    if found.state != State.DRAFT.value or view is None:
        yield Problem("round.frozen", key=found.key)
        return
    if view.on:
        yield Problem("theme_review.phase_on")
    waiting = sum(row.state in {"submitted", "returned"} for row in rows)
    if waiting:
        yield Problem("theme_review.waiting", count=waiting)
    if not any(row.state == "admitted" for row in rows):
        yield Problem("theme_review.no_admitted")


def _require_first_language(work: Work, rows: Iterable[ThemeProposal]) -> None:
    first = work.languages[0]
    lacking = [str(row.number) for row in rows if not (row.title.into(first) and row.why.into(first))]
    if lacking:
        raise Problem("theme_review.untranslated", numbers=", ".join(lacking))


def _backing(found: Round, organisations: Collection[tuple[int, str]], least: int) -> dict[str, Any]:
    """Return what may be told of who stands behind a theme, as the theme keeps it."""
    said = told(backing(organisations), found.secrecy, least)
    if said.organisations is None:
        return {"fewer": said.fewer}
    return {"organisations": said.organisations, "subregions": said.subregions}


def _last_step(rows: Iterable[ThemeProposal]) -> int:
    return max((row.events[-1].id for row in rows), default=0)
