"""What is written of a theme as a form: sentences in each language, and why texts are left over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from consulta.platform.web.fields import Form, InEachLanguage, TypedKeyForm
from consulta.platform.web.language import language_choices, offered
from consulta.results.synthesis.sentences import Typed, written
from consulta.results.synthesis.service import LEFT_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.results.synthesis.values import Section, Source, SynthesisDesk

LEFT = "left-"
TEXT_MAX = 30_000


class SectionForm(Form):
    """The sentences of a theme; `section_form` adds a line for each of its texts."""

    sources: tuple[Source, ...] = ()
    seen = HiddenField()
    original = SelectField(_l("Written in"), [InputRequired()])
    sentences = InEachLanguage(_l("Sentences"), TEXT_MAX, area=True)

    def lines(self) -> list[tuple[Source, Any]]:
        """Return each text with the field for why it is left over."""
        return [(source, self[f"{LEFT}{source.number}"]) for source in self.sources]

    def left_over(self) -> dict[int, str]:
        """Return why texts are left over, by number; empty where they are not."""
        return {source.number: field.data or "" for source, field in self.lines()}

    def typed(self) -> Mapping[str, str]:
        """Return the sentences as they were typed, by language."""
        return {code: field.data or "" for code, field in self.in_each_language("sentences")}


class PublishForm(TypedKeyForm):
    """The key of the round, and what stands for the draft that was looked at."""

    seen = HiddenField()


def section_form(view: SynthesisDesk, sources: Sequence[Source], section: Section | None) -> SectionForm:
    """Return the form of a theme, filled with what is stored."""
    fields: dict[str, Any] = {"sources": tuple(sources)}
    data: dict[str, Any] = {"seen": view.seen, "original": section.original if section else offered()[0]}
    for source in sources:
        label = _l("Why text %(number)s is left out", number=source.number)
        fields[f"{LEFT}{source.number}"] = StringField(label, [Optional(), Length(max=LEFT_MAX)])
        data[f"{LEFT}{source.number}"] = source.left_over
    for code in offered():
        told = section.sentences if section else ()
        lines = [Typed(each.text.into(code), each.sources) for each in told]
        data[f"sentences_{code}"] = written(lines) if any(each.words for each in lines) else ""
    form: SectionForm = type("OfTheme", (SectionForm,), fields)(data=data)
    form.original.choices = list(language_choices().items())
    return form
