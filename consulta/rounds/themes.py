"""The themes of a draft, each with one to five objectives of the Global Compact."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from consulta.core.problems import Problem
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.models import Theme
from consulta.platform.texts import line, paragraphs, slug
from consulta.rounds.public_rounds import theme_line
from consulta.rounds.service import draft, line_of, sized, subject, whole
from consulta.rounds.values import ThemesView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.core.texts import Text
    from consulta.platform.models import Round
    from consulta.platform.work import Work

KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
MOST_OBJECTIVES = 5
MOST_THEMES = 100


@dataclass(frozen=True, slots=True)
class ThemeCommand:
    """The values of a theme as entered; if the key is empty, one is made from the title."""

    title: Text
    description: Text
    objectives: tuple[int, ...]
    key: str = ""


def list_themes(work: Work, round_key: str) -> ThemesView:
    """Return the themes of a round in their order. Problem: `round.unknown`."""
    require(work, "rounds.read")
    found, sizes = sized(work, round_key, contents=True)
    return ThemesView(line_of(found, sizes, work.now), tuple(theme_line(theme) for theme in found.themes))


def save_theme(work: Work, round_key: str, command: ThemeCommand, theme_key: str | None = None) -> str:
    """Add a theme at the end, or replace the one named; its key (perhaps a new one) is returned.

    Problems: `round.unknown`, `round.frozen`, `theme.unknown`, `theme.title`, `theme.key`, `theme.duplicate`,
    `theme.choose` (not one to five objectives), `themes.many`.
    """
    require(work, "rounds.write")
    found = draft(work, round_key)
    _check(work, command)
    theme = _new(found) if theme_key is None else _find(found, theme_key)
    others = {each.key for each in found.themes if each is not theme}
    key = command.key or (theme_key or slug(command.title.best(*work.languages), others))
    if not KEY.fullmatch(key):
        raise Problem("theme.key")
    if key in others:
        raise Problem("theme.duplicate")
    if theme_key is not None and key != theme_key:
        _rename_topic(found, theme_key, key)
    theme.key = key
    theme.title, theme.description = command.title.map(line), command.description.map(paragraphs)
    theme.objectives = sorted(command.objectives)
    work.session.flush()
    work.record("themes.added" if theme_key is None else "themes.edited", subject(found), {"theme": key})
    return key


def delete_theme(work: Work, round_key: str, theme_key: str) -> None:
    """Delete a theme of a draft.

    Problems: `round.unknown`, `round.frozen`, `theme.unknown`, `theme.proposed` (members proposed it: it goes
    with all of those), those of `take_out`.
    """
    require(work, "rounds.write")
    found = draft(work, round_key)
    if _find(found, theme_key).backing:
        raise Problem("theme.proposed")
    take_out(work, found, theme_key)


def take_out(work: Work, found: Round, theme_key: str) -> None:
    """Delete a theme of a draft that is locked and loaded.

    Problems: `theme.unknown`, `theme.in_use` (nominees are proposed for it: without it some would be
    proposed for every topic, which was not intended).
    """
    theme = _find(found, theme_key)
    proposed = [nominee.name for nominee in found.nominees if theme_key in nominee.topics]
    if proposed:
        raise Problem("theme.in_use", count=len(proposed), names=", ".join(proposed[:5]))
    found.themes.remove(theme)
    work.session.delete(theme)
    _number(found)
    work.record("themes.deleted", subject(found), {"theme": theme_key})


def move_theme(work: Work, round_key: str, theme_key: str, step: Literal[-1, 1]) -> None:
    """Move a theme one place up (-1) or down (1); at the end of the list it stays.

    Problems: `round.unknown`, `round.frozen`, `theme.unknown`.
    """
    require(work, "rounds.write")
    found = draft(work, round_key)
    theme = _find(found, theme_key)
    here = found.themes.index(theme)
    there = min(max(here + step, 0), len(found.themes) - 1)
    if there == here:
        return
    found.themes.insert(there, found.themes.pop(here))
    _number(found)
    work.record("themes.moved", subject(found), {"theme": theme_key})


def add_proposed_themes(work: Work, round_key: str) -> int:
    """Fill a draft that has no theme with the fourteen proposed ones; how many there are is returned.

    Problems: `round.unknown`, `round.frozen`, `themes.present`.
    """
    require(work, "rounds.write")
    found = draft(work, round_key)
    if found.themes:
        raise Problem("themes.present")
    proposed = catalogue.demo_themes()
    _fill(work, found, proposed)
    work.record("themes.proposed", subject(found), {"count": len(proposed)})
    return len(proposed)


def copy_themes(work: Work, round_key: str, source_key: str) -> int:
    """Fill a draft that has no theme with those of another round; how many there are is returned.

    Problems: `round.unknown`, `round.frozen`, `themes.present`.
    """
    require(work, "rounds.write")
    found = draft(work, round_key)
    if found.themes:
        raise Problem("themes.present")
    source = whole(work, source_key).themes
    _fill(work, found, source)
    work.record("themes.copied", subject(found), {"count": len(source), "source": source_key})
    return len(source)


def _fill(work: Work, found: Round, themes: Iterable[Theme | catalogue.DemoTheme]) -> None:
    for number, theme in enumerate(themes, start=1):
        found.themes.append(
            Theme(
                key=theme.key,
                position=number,
                title=theme.title,
                description=theme.description,
                objectives=sorted(theme.objectives),
            )
        )
    work.session.flush()


def _check(work: Work, command: ThemeCommand) -> None:
    if not line(command.title.into(work.languages[0])):
        raise Problem("theme.title")
    chosen = set(command.objectives)
    known = set(catalogue.objectives_by_number())
    if (
        len(chosen) != len(command.objectives)
        or not chosen <= known
        or not 1 <= len(chosen) <= MOST_OBJECTIVES
    ):
        raise Problem("theme.choose")


def _new(found: Round) -> Theme:
    if len(found.themes) >= MOST_THEMES:
        raise Problem("themes.many", most=MOST_THEMES)
    theme = Theme(key="", position=len(found.themes) + 1, objectives=[])
    found.themes.append(theme)
    return theme


def _find(found: Round, theme_key: str) -> Theme:
    for theme in found.themes:
        if theme.key == theme_key:
            return theme
    raise Problem("theme.unknown", key=theme_key)


def _rename_topic(found: Round, old: str, new: str) -> None:
    for nominee in found.nominees:
        if old in nominee.topics:
            nominee.topics = [new if topic == old else topic for topic in nominee.topics]


def _number(found: Round) -> None:
    for number, theme in enumerate(found.themes, start=1):
        theme.position = number
