"""A form for what changes who may vote: with the reason, and the password with it."""

from __future__ import annotations

from typing import ClassVar, Protocol, Self

from flask import g
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import Length, Optional

from consulta.platform.web.fields import ConfirmedForm, own_password
from consulta.platform.web.request import house
from consulta.vote.changes.service import REASON_MAX
from consulta.vote.changes.values import Asked


class _OnRolls(Protocol):
    """An organisation, with the open rounds that have it on their roll."""

    @property
    def open_rounds(self) -> tuple[object, ...]:
        """Return the titles of the open rounds on whose rolls the organisation is."""


class PasswordAgain(ConfirmedForm):
    """A form with a reason and the password, which go where neither is needed.

    The password is asked for in the form itself, always: a person who left a desk open is not enough.
    """

    places: ClassVar[dict[str, str]] = {"access.reason": "why"}

    _is_guarded = False
    why = TextAreaField(_l("Reason for the change"), [Optional(), Length(max=REASON_MAX)])
    password = own_password(_l("Your password"), Optional)

    def guarded(self, view: _OnRolls | None) -> Self:
        """Return this form for an organisation.

        Without the fields of reason and password where none of its rounds is open.
        """
        return self.asking(needed=view is not None and bool(view.open_rounds))

    def asking(self, *, needed: bool) -> Self:
        """Return this form with reason and password (if needed), or without."""
        for name in ("why", "password"):
            if name in self and not needed:
                del self[name]
            elif name in self:  # the form says so; whether it is so, depends on what is changed
                self[name].flags.required = True
        return self

    @property
    def wait_hours(self) -> int:
        """Return how many hours a change waits, in which others can object."""
        return house().settings.change_wait_hours

    def is_confirmed(self, *, needed: bool = True) -> bool:
        """Return whether the password is right, or not needed; if wrong, add an error to the form."""
        self._is_guarded = needed and "why" in self
        return not needed or super().is_confirmed()

    def needs_two(self) -> bool:
        """Return whether what was sent changes who may vote now; known once `is_confirmed` was asked."""
        return self._is_guarded

    def asked(self) -> Asked | None:
        """Return the reason of the change and its wait; None where the form does not ask for them."""
        if "why" not in self:
            return None
        return Asked(self.why.data or "", house().settings.change_wait, by=g.get("asked_by"))
