"""What became of earlier recommendations on the objectives of themes, for ballots and pages of rounds.

The follow-up knows it and stands above: it registers what tells it with the application.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from flask import Flask

    from consulta.platform.work import Work
    from consulta.rounds.values import ThemeLine

    Became = tuple[str, str]
    Teller = Callable[..., Mapping[str, Became]]

TELLER = "consulta.earlier"


def told_by(app: Flask, teller: Teller) -> None:
    """Ask `teller` from now on."""
    app.extensions[TELLER] = teller


def earlier(
    work: Work, themes: Sequence[ThemeLine], *, example: bool, before: datetime | None = None
) -> Mapping[str, Became]:
    """Return by key of a theme a line in words, and the address of the page with these recommendations.

    They are those of sessions held before a moment. A theme without any has no line.
    """
    teller: Teller = current_app.extensions[TELLER]
    return teller(work, themes, example=example, before=before)
