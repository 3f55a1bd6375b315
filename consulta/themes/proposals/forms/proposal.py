"""A theme as a member proposes it; lengths are checked by the use case, so that no typed text is cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from consulta.platform.data import catalogue
from consulta.platform.web.fields import Boxes, Form, beside
from consulta.platform.web.language import alphabetical, current, local, offered
from consulta.themes.proposals.rules import ThemeProposalCommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.themes.proposals.values import ThemeProposalLine


class ActForm(Form):
    """A form with nothing but its token."""


class ThemeProposalForm(Form):
    """What a theme is about, why, and whom it concerns, in one language."""

    places = beside(
        "theme_proposal.answer",
        "theme_proposal.countries",
        "theme_proposal.language",
        "theme_proposal.title",
        "theme_proposal.why",
        objectives="theme.choose",
        title="theme_proposal.twin",
    )

    answer = TextAreaField(_l("Your answer"))
    title = StringField(_l("Title of the theme"), [InputRequired()])
    why = TextAreaField(_l("Why it matters"), [InputRequired()])
    objectives = Boxes(_l("Objectives of the Global Compact"), coerce=int)
    countries = Boxes(_l("Countries that it concerns"))
    populations = Boxes(_l("Groups of people that it concerns"))
    language = SelectField(_l("Language in which you write"), [InputRequired()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reader = current()
        self.answer.flags.sometimes = self.objectives.flags.required = True
        self.objectives.choices = {
            str(each.number): f"{each.number}. {each.short.best(reader)}" for each in catalogue.objectives()
        }
        countries = [(each.iso2, local(each.name)) for each in catalogue.countries()]
        self.countries.choices = dict(sorted(countries, key=lambda one: alphabetical(one[1])))
        self.populations.choices = {key: local(name) for key, name in catalogue.terms("populations").items()}
        known = catalogue.languages_by_key()
        first = [code for code in offered() if code in known]
        codes = [*first, *(code for code in known if code not in first)]
        self.language.choices = {code: local(known[code].name).capitalize() for code in codes}

    def groups(self) -> list[tuple[str, list[Any]]]:
        """Return the boxes of the objectives, group by group, with the names of the groups."""
        boxes = {int(box.data): box for box in self.objectives}
        return [
            (group.name.best(current()), [boxes[each.number] for each in group.objectives])
            for group in catalogue.objective_groups()
        ]

    def to_command(self) -> ThemeProposalCommand:
        """Return the form as a command."""
        return ThemeProposalCommand(
            language=self.language.data or "",
            title=self.title.data or "",
            why=self.why.data or "",
            objectives=tuple(self.objectives.data or ()),
            countries=tuple(self.countries.data or ()),
            populations=tuple(self.populations.data or ()),
        )

    def carried(self) -> Iterator[tuple[str, str]]:
        """Yield the name and value of each entry, for hidden fields of the review."""
        for field in self:
            if field.name in {"csrf_token", "answer"}:
                continue
            for value in (field.data or ()) if isinstance(field, Boxes) else (field.data,):
                yield field.name, str(value)

    def written(self) -> Iterator[tuple[str, str]]:
        """Yield each field that was filled in (label, value in words), to be copied."""
        for field in self:
            said = _said(field)
            if said and field.name not in {"csrf_token", "language"}:
                yield str(field.label.text), said


def filled(made: ThemeProposalLine) -> dict[str, Any]:
    """Return the data of a form for a proposal, in the words in which it was written."""
    return {
        "title": made.title.into(made.language) or made.title.best(made.language),
        "why": made.why.into(made.language) or made.why.best(made.language),
        "objectives": list(made.objectives),
        "countries": list(made.countries),
        "populations": list(made.populations),
        "language": made.language,
    }


def _said(field: Field) -> str:
    if isinstance(field, Boxes):
        names = {str(value): str(label) for value, label, *_ in field.iter_choices()}
        return "; ".join(names.get(str(value), "") for value in field.data or ())
    return str(field.data or "").strip()
