"""No page of a member, a guest or a stranger can reach a column that is not in its value.

Every test that asks for such a page stands on it: its template is given named values and never a row of the
database, through which all columns and relations could be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from flask import before_render_template, request
from wtforms import Form

from consulta.platform import access
from consulta.platform.models import Base
from consulta.platform.web.pages import VIEWS

if TYPE_CHECKING:
    from flask import Flask
    from jinja2 import Template


WITH_ACCOUNT = access.SIGNED_IN | access.NEWCOMERS | access.CLOCK | access.COMMANDS


class RowShownError(RuntimeError):
    """A template for readers outside the secretariat was given a row of the database."""


def watch() -> None:
    """Look at what each template is given, in this process."""
    before_render_template.connect(_look)


def is_public() -> bool:
    """Return whether the page that answers is for people without an account: members, guests, strangers."""
    endpoint = request.endpoint or ""
    view = None if endpoint.startswith("secretariat.") else VIEWS.get(endpoint)
    return view is not None and not access.ACTIONS[view.action] <= WITH_ACCOUNT


def row_in(value: Any, name: str, seen: set[int] | None = None) -> str | None:
    """Return how a template reaches a row from `value`, such as `view.guests[].nominee`, or None."""
    seen = set() if seen is None else seen
    if isinstance(value, Base):
        return f"{name} ({type(value).__name__})"
    if id(value) in seen or value is None or isinstance(value, (str, bytes, int, float)):
        return None
    seen.add(id(value))
    if is_dataclass(value) and not isinstance(value, type):
        parts = [(f"{name}.{each.name}", getattr(value, each.name)) for each in fields(value)]
    elif isinstance(value, Mapping):
        parts = [(f"{name}[]", each) for pair in value.items() for each in pair]
    elif isinstance(value, (list, tuple, set, frozenset)):
        parts = [(f"{name}[]", each) for each in value]
    elif isinstance(value, Form):
        parts = [(f"{name}.{each}", part) for each, part in vars(value).items() if each != "meta"]
    else:
        return None
    found = (row_in(part, place, seen) for place, part in parts)
    return next((each for each in found if each is not None), None)


def _look(_app: Flask, template: Template, context: dict[str, Any], **_more: Any) -> None:
    if is_public():
        for name, value in context.items():
            found = row_in(value, name)
            if found is not None:
                raise RowShownError(f"{template.name} is given a row: {found}. Give it a value instead")
