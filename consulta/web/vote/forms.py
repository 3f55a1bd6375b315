"""What the ballot's forms carry: places, ticked boxes, and the box that says yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired, Length

from consulta.core.choice import Entries
from consulta.web.fields import Form

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

PLACE = "place-"
_NOWHERE = 0  # a place or a number that no ballot has
_DIGITS_MAX = 4
_KEY_MAX = 64  # ours has 22; it is kept with the vote for ever


class BallotForm(Form):
    """A form with nothing but its token: a ballot's fields are as many as its themes (`read_entries`)."""


class SendForm(Form):
    """The end of the review: `key` makes a vote that is sent twice one vote."""

    key = HiddenField(validators=[Length(max=_KEY_MAX)])
    confirm = BooleanField("", [InputRequired(_l("Tick this box to send the vote."))])

    def about(self, organisation: str) -> SendForm:
        """This form, confirming the vote of `organisation`."""
        self.confirm.label.text = _(
            "I confirm that this is the vote of “%(organisation)s”", organisation=organisation
        )
        return self


def read_entries(form: MultiDict[str, str]) -> Entries:
    """The entries of a ballot as they were sent; what is no number stands for a place that does not exist."""
    places = {
        name.removeprefix(PLACE): _number(value)
        for name, value in form.items()
        if name.startswith(PLACE) and value.strip()
    }
    return Entries(
        places,
        tuple(_number(value) for value in form.getlist("objectives")),
        tuple(form.getlist("endorsements")),
    )


def _number(text: str) -> int:
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= _DIGITS_MAX else _NOWHERE


def version_of(asked: MultiDict[str, str]) -> int | None:
    """The version of a ballot that an address asks for; None where it names none."""
    text = asked.get("version")
    return None if text is None else _number(text)
