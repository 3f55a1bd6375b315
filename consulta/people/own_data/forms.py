"""The forms by which contacts correct the data of their organisation, and by which that is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the types
    BooleanField,
    EmailField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from consulta.people.admission.service import WEB_MAX
from consulta.people.members import fields as members_fields
from consulta.people.members.forms import AContactForm, CategorisedForm, with_dimensions
from consulta.people.members.rows import NAME_MAX
from consulta.people.own_data.service import REASON_MAX
from consulta.platform.data import catalogue
from consulta.platform.texts import PHONE_MAX
from consulta.platform.web.fields import Form, beside
from consulta.platform.web.language import local
from consulta.vote.changes.forms import PasswordAgain

if TYPE_CHECKING:
    from consulta.people.members.values import MemberLine


class AddressForm(Form):
    """The address at which a contact is written to."""

    email = EmailField(_l("E-mail"), [InputRequired(), Length(max=254)], render_kw={"autocomplete": "email"})


class DetailsForm(Form):
    """The name and the web site of the organisation."""

    places = beside("member.name", "admission.web", name="member.duplicate")

    name = StringField(_l("Name of the organisation"), [InputRequired(), Length(max=NAME_MAX)])
    web = StringField(
        _l("Web site"), [Length(max=WEB_MAX)], render_kw={"inputmode": "url", "autocapitalize": "none"}
    )


class OwnContactForm(AContactForm):
    """A contact of the organisation; whether it may vote is asked only of a new one."""

    name = StringField(_l("Name"), [InputRequired(), Length(max=NAME_MAX)])
    email = EmailField(_l("E-mail"), [InputRequired(), Length(max=254)])
    phone = TelField(_l("Telephone"), [Length(max=PHONE_MAX)])
    language = RadioField(_l("Language to write in"), [InputRequired()])
    may_vote = BooleanField(_l("May vote for the organisation"), default=True)


class CategoriesForm(CategorisedForm):
    """The categories of the organisation, which decide how its vote is weighted."""

    places: ClassVar[dict[str, str]] = {"member.country": "country", "member.sector": "sector"}

    country = SelectField(_l("Country"), [InputRequired()])
    sector = SelectField(_l("Sector"), [InputRequired()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sector.choices = [
            SelectChoice("", _("Choose")),
            *(SelectChoice(each.key, local(each.name)) for each in catalogue.sectors()),
        ]


def categories_form(line: MemberLine) -> CategoriesForm:
    """Return the form of the categories of an organisation, with the dimensions that are added."""
    data = {
        "country": line.country,
        **{field: line.categories.get(key, "") for field, key in members_fields.entered().items()},
    }
    return with_dimensions(CategoriesForm)(data=data)


class CorrectionForm(PasswordAgain):
    """The decision on a correction; with the reason and the password where voting is open."""

    places: ClassVar[dict[str, str]] = PasswordAgain.places | {"correction.reason": "reason"}

    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=REASON_MAX)])
