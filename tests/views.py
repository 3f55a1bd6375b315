"""The views of the whole program, by what the guards know of them."""

from __future__ import annotations

from consulta.platform.web.pages import VIEWS
from consulta.platform.web.pages import asks_when_sent as confirmed_acts
from consulta.shell.site import modules_of_pages

tuple(modules_of_pages())  # VIEWS is filled as they are read
ROUTES = {name: view.action for name, view in VIEWS.items()}
CONFIRMED = frozenset(name for name, view in VIEWS.items() if view.password)
TWO_PERSONS = frozenset(name for name, view in VIEWS.items() if view.two_persons != "no")
WITHOUT_SESSION = frozenset(name for name, view in VIEWS.items() if not view.session)
CHANGES_ROLL = frozenset(name for name, view in VIEWS.items() if view.password_to_send)

__all__ = ["CHANGES_ROLL", "CONFIRMED", "ROUTES", "TWO_PERSONS", "WITHOUT_SESSION", "confirmed_acts"]
