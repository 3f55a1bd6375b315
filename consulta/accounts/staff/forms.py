"""What the pages of accounts ask for."""

from __future__ import annotations

from typing import ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import Email as Address
from wtforms.validators import InputRequired, Length, Optional

from consulta.accounts.staff.service import NAME_MAX, REASON_MAX
from consulta.platform.accounts.service import PASSWORD_MAX
from consulta.platform.web.fields import ConfirmedForm, Form, beside, own_password

ROLES = {
    "reader": _l("Read only: sees the desk, changes nothing"),
    "mail": _l("Mail and participation: writes to members, notes calls, sends links again"),
    "secretariat": _l("Secretariat: everything about rounds, members and sessions"),
    "admin": _l("Administration: the secretariat's tasks, and accounts of staff"),
    "scrutineer": _l("Scrutineer: reads what decides the count of the rounds where appointed"),
}
CHANGEABLE = ("reader", "mail", "secretariat", "admin")


def _new_password() -> PasswordField:
    return PasswordField(
        _l("New password"),
        [InputRequired(), Length(max=PASSWORD_MAX)],
        render_kw={"autocomplete": "new-password"},
    )


class JoinForm(Form):
    """How a person is called, and the password of the account."""

    places = beside("staff.name", "staff.password") | {"staff.guessed": "password"}
    name = StringField(
        _l("Your name"), [InputRequired(), Length(max=NAME_MAX)], render_kw={"autocomplete": "name"}
    )
    password = _new_password()


class PasswordForm(ConfirmedForm):
    """Another password, and the one of before."""

    places: ClassVar[dict[str, str]] = {"staff.password": "new", "staff.guessed": "new"}
    password = own_password(_l("Present password"))
    new = _new_password()


class CodesForm(Form):
    """The first code of a new key."""

    places: ClassVar[dict[str, str]] = {"factor.code": "code", "factor.late": "code"}
    offered = HiddenField()
    code = StringField(
        _l("Code of six digits"),
        [InputRequired(), Length(max=12)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )


class InviteForm(Form):
    """A person to be invited, and what it may do."""

    places: ClassVar[dict[str, str]] = {"staff.duplicate": "email", "staff.disabled": "email"}
    email = EmailField(
        _l("E-mail"), [InputRequired(), Length(max=254), Address()], render_kw={"autocomplete": "off"}
    )
    name = StringField(_l("Name"), [InputRequired(), Length(max=NAME_MAX)], render_kw={"autocomplete": "off"})
    role = RadioField(_l("Role"), [InputRequired()], choices=[SelectChoice(*each) for each in ROLES.items()])
    organisation = StringField(
        _l("Organisation, for a scrutineer"),
        [Optional(), Length(max=NAME_MAX)],
        render_kw={"autocomplete": "off"},
    )


class AccountForm(Form):
    """What an administrator does with an account, and why."""

    places: ClassVar[dict[str, str]] = {"staff.reason": "reason"}
    role = RadioField(
        _l("Role"), [Optional()], choices=[SelectChoice(role, ROLES[role]) for role in CHANGEABLE]
    )
    anew = BooleanField(_l("Take away all second steps too: the person lost telephone and recovery codes"))
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=REASON_MAX)])


class RefuseForm(Form):
    """Why what another person asked for is not done."""

    places: ClassVar[dict[str, str]] = {"staff.reason": "reason"}
    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=REASON_MAX)])
