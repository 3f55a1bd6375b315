"""Views that say who may open them: a view without an action cannot be registered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from flask import Blueprint

from consulta.platform.mailer import kinds as mail_kinds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

TwoPersons = Literal["no", "by setting", "always"]


@dataclass(frozen=True, slots=True)
class View:
    """What the guards know of an endpoint.

    `action` is what a sender must be allowed to do (`platform/access.py`). `password`: the password is asked
    for again when it was given more than ten minutes ago; `password_to_send`: only when the form is sent.
    `two_persons`: what cannot be undone, so that one person asks for it and another one confirms, if the
    installation's setting says so or always. Without `session`, the page knows nobody and sets no cookie.
    `part`: the part of the program (`platform/parts.py`) that it belongs to; where that is not used, the
    address answers 404. `for_good`: its answers are public, never change and are never withdrawn, so
    browsers and proxies keep them.
    """

    action: str
    password: bool = False
    password_to_send: bool = False
    two_persons: TwoPersons = "no"
    session: bool = True
    part: str = ""
    for_good: bool = False


VIEWS: dict[str, View] = {}
"""Every endpoint; filled as the modules of pages are imported."""


class Pages(Blueprint):
    """A blueprint whose views say who may open them.

    `under` is where its addresses begin, after the language if it has one. `also` has, by another name under
    which the blueprint is registered too, the action that all its views have there, and where they begin.

    A module all whose views belong to one part of the program says so once, with a constant `BELONGS_TO`.
    """

    def __init__(
        self,
        name: str,
        module: str,
        *,
        under: str = "",
        in_languages: bool = True,
        also: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        super().__init__(name, module)
        self.under = under
        self.in_languages = in_languages
        self.also = dict(also or {})

    def join(self, app: Flask, language: str) -> None:
        """Register these pages with `app`; `language` is the first part of addresses that have one."""
        first = language if self.in_languages else ""
        app.register_blueprint(self, url_prefix=first + self.under)
        for other, (_action, under) in self.also.items():
            app.register_blueprint(self, url_prefix=first + under, name=other)

    def add_url_rule(  # type: ignore[override]  # an action is required, on purpose
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Any = None,
        *,
        may: str,
        password: bool = False,
        password_to_send: bool = False,
        two_persons: TwoPersons = "no",
        session: bool = True,
        part: str | None = None,
        for_good: bool = False,
        **options: Any,
    ) -> None:
        """Add a rule as Flask does, and remember what the guards have to know of its view.

        Raise ValueError where the view was registered before with another answer.
        """
        name = endpoint or view_func.__name__
        part = view_func.__globals__.get("BELONGS_TO", "") if part is None else part
        view = View(may, password, password_to_send, two_persons, session, part, for_good)
        if VIEWS.setdefault(f"{self.name}.{name}", view) != view:
            raise ValueError(f"{self.name}.{name}: two answers to who may open it")
        for other, (action, _under) in self.also.items():
            VIEWS[f"{other}.{name}"] = replace(view, action=action)
        super().add_url_rule(rule, endpoint, view_func, **options)


def asks_when_sent() -> frozenset[str]:
    """Return the endpoints whose form can be read without the password and whose sending asks for it.

    The form has a field for it (`fields.password_again`) where it is due when the form is drawn, else the
    answer asks in its place. They are the acts that write to many, which the kinds of mail name
    in `asked_on`, and the views with `password_to_send`.
    """
    mails = {page for name in mail_kinds.mails() for page in mail_kinds.find(name).asked_on}
    return frozenset({*mails, *(name for name, view in VIEWS.items() if view.password_to_send)})


def action_of(endpoint: str | None) -> str:
    """Return what a sender must be allowed to do for an endpoint; empty where there is none, for nobody."""
    view = VIEWS.get(endpoint or "")
    return view.action if view else ""


def part_of(endpoint: str | None) -> str:
    """Return the part of the program to which an endpoint belongs; empty where it belongs to none."""
    view = VIEWS.get(endpoint or "")
    return view.part if view else ""


def takes_two(endpoint: str | None) -> bool:
    """Return whether one person asks for what an endpoint does, and another one may have to confirm it."""
    view = VIEWS.get(endpoint or "")
    return view is not None and view.two_persons != "no"
