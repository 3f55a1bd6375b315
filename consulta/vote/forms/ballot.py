"""What the ballot's forms carry beside its entries: the token, and the box that says yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired, Length

from consulta.platform.web.fields import Form
from consulta.vote.forms.entries import KEY_MAX, as_number

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict


class BallotForm(Form):
    """A form with nothing but its token: a ballot's fields are as many as its themes (`read_entries`)."""


class SendForm(Form):
    """The end of the review: `key` makes a vote that is sent twice one vote."""

    key = HiddenField(validators=[Length(max=KEY_MAX)])
    confirm = BooleanField("", [InputRequired(_l("Tick this box to send the vote."))])

    def ask_for_the_box(self) -> None:
        """Say beside the box that it must be ticked, on the page that shows a vote that was not sent."""
        self.confirm.errors = [_("Tick this box to send the vote.")]

    def about(self, organisation: str) -> SendForm:
        """Return this form for the vote of `organisation`."""
        self.confirm.label.text = _(
            "I confirm that this is the vote of “%(organisation)s”", organisation=organisation
        )
        return self


class AbstainForm(Form):
    """The box that says yes to abstaining."""

    key = HiddenField(validators=[Length(max=KEY_MAX)])
    confirm = BooleanField("", [InputRequired(_l("Tick this box to abstain."))])

    def about(self, organisation: str) -> AbstainForm:
        """Return this form for `organisation`."""
        self.confirm.label.text = _("I confirm that “%(organisation)s” abstains", organisation=organisation)
        return self


def version_of(asked: MultiDict[str, str]) -> int | None:
    """Return the version of a ballot that an address asks for; None where it names none."""
    text = asked.get("version")
    return None if text is None else as_number(text)
