"""What became of earlier recommendations on the objectives of a theme, for ballots and pages of rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import url_for

from consulta.follow_up import figures
from consulta.follow_up.pages import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from consulta.follow_up.figures import Brief
    from consulta.rounds.values import ThemeLine

Became = tuple[str, str]
"""The line, and the address of the page with these recommendations."""


def became(
    found: Iterable[Brief],
    themes: Sequence[ThemeLine],
    *,
    example: bool,
    before: datetime | None = None,
) -> Mapping[str, Became]:
    """Return the line of each theme, by its key; a theme without earlier recommendations has none."""
    known = tuple(found)
    lines = {}
    for theme in themes:
        said = sentences.of_theme(figures.of_theme(known, theme.objectives, example=example, before=before))
        if said:
            args = {"kind": "recommendation", "objective": ".".join(map(str, sorted(theme.objectives)))}
            lines[theme.key] = (said, f"{url_for('public.follow_up')}?{urlencode(args)}")
    return lines
