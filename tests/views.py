"""The views of the whole program, by what the guards know of them."""

from __future__ import annotations

import consulta.shell.site  # noqa: F401  # imports every module of pages
from consulta.platform.web.pages import VIEWS
from consulta.platform.web.pages import asks_when_sent as confirmed_acts

ROUTES = {name: view.action for name, view in VIEWS.items()}
CONFIRMED = frozenset(name for name, view in VIEWS.items() if view.password)
TWO_PERSONS = frozenset(name for name, view in VIEWS.items() if view.two_persons != "no")
WITHOUT_SESSION = frozenset(name for name, view in VIEWS.items() if not view.session)
CHANGES_ROLL = frozenset(name for name, view in VIEWS.items() if view.password_to_send)

__all__ = ["CHANGES_ROLL", "CONFIRMED", "ROUTES", "TWO_PERSONS", "WITHOUT_SESSION", "confirmed_acts"]
