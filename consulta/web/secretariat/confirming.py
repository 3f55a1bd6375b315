"""Forms for what cannot be undone: the name of the thing, typed; the reason, and the password with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, PasswordField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from consulta.services.access_changes import REASON_MAX, Asked
from consulta.web.fields import Form
from consulta.web.request import confirm_again, house

if TYPE_CHECKING:
    from consulta.services.views import MemberView


class TypedKeyForm(Form):
    """Asks for the key of the round that is about to change for good."""

    typed = StringField(_l("Key of the round"), [InputRequired()], render_kw={"autocomplete": "off"})

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def validate_typed(self, field: Field) -> None:
        """Refuse anything but the key itself."""
        if (field.data or "").strip() != self.expected:
            raise ValidationError(_("This is not the key of this round; it is %(key)s.", key=self.expected))


class PasswordAgain(Form):
    """A form with a reason and the password, which go where neither is needed.

    The password is asked for in the form itself, always: a person who left a desk open is not enough.
    """

    places: ClassVar[dict[str, str]] = {"access.reason": "why"}

    why = TextAreaField(_l("Reason for the change"), [Optional(), Length(max=REASON_MAX)])
    password = PasswordField(
        _l("Your password"), [Optional(), Length(max=200)], render_kw={"autocomplete": "current-password"}
    )

    def guarded(self, view: MemberView | None) -> Self:
        """This form for an organisation; without reason and password where no round of its is open."""
        return self.asking(needed=view is not None and bool(view.open_rounds))

    def asking(self, *, needed: bool) -> Self:
        """This form with reason and password, or without."""
        if not needed:
            del self.why, self.password
        else:  # the form says so; whether it is so, depends on what is changed
            self.why.flags.required = self.password.flags.required = True
        return self

    @property
    def wait_hours(self) -> int:
        """How many hours others have to object."""
        return house().settings.change_wait_hours

    def is_confirmed(self, *, needed: bool = True) -> bool:
        """Whether the form carries the right password, where it asks and it is needed; else it says so."""
        if "password" not in self or not needed:
            return True
        if confirm_again(self.password.data or ""):
            return True
        self.password.errors = [_("This is not your password. Check it and write it again.")]
        return False

    def asked(self) -> Asked | None:
        """Why the change is made, and how long it waits; None where nothing was asked."""
        if "why" not in self:
            return None
        return Asked(self.why.data or "", house().settings.change_wait)
