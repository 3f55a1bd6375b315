"""Forms with which a member proposes a person for the panel; no consent is ticked beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from consulta.core.problems import Problem
from consulta.panel.proposals.forms.nominees import NomineeForm
from consulta.panel.proposals.rules import NAME_MAX
from consulta.panel.proposals.values import NomineeCommand
from consulta.platform.texts import line
from consulta.platform.web.fields import Boxes, Form, beside
from consulta.platform.web.language import say

if TYPE_CHECKING:
    from collections.abc import Iterator


class WithdrawForm(Form):
    """A form with nothing but its token."""


class ProposalForm(NomineeForm):
    """Whom an organisation proposes. What only the secretariat knows is not asked."""

    places = NomineeForm.places | beside("nomination.agreed", name="nomination.twin")

    organisation = StringField(_l("Institution or organisation"), [Length(max=NAME_MAX)])
    role = SelectField(_l("In which capacity"), [InputRequired()])
    agreed = BooleanField(_l("The person knows of this proposal and agreed to what is ticked"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.recent, self.support, self.distinct, self.delegate, self.speaks_for
        del self.government  # the secretariat says it
        self.email.render_kw = {"autocomplete": "off"}
        self.organisation.flags.sometimes = True

    def validate_organisation(self, field: Field) -> None:
        """Raise ValidationError where a person has no organisation.

        An institution needs none, since its name says it.
        """
        if self.kind.data != "institution" and not line(field.data or ""):
            raise ValidationError(say(Problem("nominee.organisation", most=NAME_MAX)))

    def validate_agreed(self, field: Field) -> None:
        """Raise ValidationError where a consent is ticked, but not that the person agreed.

        A member cannot consent for a nominee.
        """
        consents = (self.consent_contact, self.consent_listed, self.consent_governments)
        if not field.data and any(consent.data for consent in consents):
            raise ValidationError(say(Problem("nomination.agreed")))

    def to_command(self) -> NomineeCommand:
        """Return the form as a command."""
        return NomineeCommand(
            kind=self.kind.data or "person",
            about=self.about.data or "",
            name=self.name.data or "",
            organisation=self.organisation.data or "",
            role=self.role.data or "",
            country=self.country.data or "",
            sector=self.sector.data or "",
            gender=self.gender.data or None,
            language=self.language.data or "",
            email=(self.email.data or "").strip(),
            topics=tuple(self.topics.data or ()),
            languages=tuple(self.languages.data or ()),
            address_form=self.address_form.data or "",
            consent_contact=self.consent_contact.data,
            consent_listed=self.consent_listed.data,
            consent_governments=self.consent_governments.data,
        )

    def written(self) -> Iterator[tuple[str, str]]:
        """Yield each field that was filled in (label, value in words).

        They are shown to be copied where the form cannot be sent.
        """
        for field in self:
            said = _said(field)
            if said and field.name != "csrf_token":
                yield str(field.label.text), said


def _said(field: Field) -> str:
    """Return the value of a field in the words of its page; "" where it is empty."""
    if isinstance(field, BooleanField):
        return "✓" if field.data else ""
    values = (field.data or ()) if isinstance(field, Boxes) else (field.data,)
    named: dict[str, str] = {}
    if isinstance(field, (SelectField, Boxes)):
        named = {str(value): str(label) for value, label, *_ in field.iter_choices()}
    return "; ".join(named.get(value, value) for value in values if value and value.strip())
