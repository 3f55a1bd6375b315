"""What became of earlier recommendations on the objectives of a theme, for ballots and pages of rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import url_for

from consulta.rounds.pages.earlier import told_by
from consulta.sessions.follow_up import figures, service
from consulta.sessions.pages import follow_up_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from flask import Flask

    from consulta.platform.work import Work
    from consulta.rounds.values import ThemeLine
    from consulta.sessions.follow_up.figures import Brief


def init_app(app: Flask) -> None:
    """Tell it to ballots and to pages of rounds."""
    told_by(app, _earlier)


def _earlier(
    work: Work, themes: Sequence[ThemeLine], *, example: bool, before: datetime | None
) -> Mapping[str, tuple[str, str]]:
    return became(service.briefs(work), themes, example=example, before=before)


def became(
    found: Iterable[Brief],
    themes: Sequence[ThemeLine],
    *,
    example: bool,
    before: datetime | None = None,
) -> Mapping[str, tuple[str, str]]:
    """Return the line of each theme that has earlier recommendations, by its key, and the page with them."""
    known = tuple(found)
    lines = {}
    for theme in themes:
        said = follow_up_words.of_theme(
            figures.of_theme(known, theme.objectives, example=example, before=before)
        )
        if said:
            args = {"kind": "recommendation", "objective": ".".join(map(str, sorted(theme.objectives)))}
            lines[theme.key] = (said, f"{url_for('public.follow_up')}?{urlencode(args)}")
    return lines
