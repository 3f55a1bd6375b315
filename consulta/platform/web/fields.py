"""The form every form descends from: its language, its summary of errors, and how it takes a Problem."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import wtforms
from flask import current_app, flash, g, request
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect
from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    FieldList,
    FileField,
    FormField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectFieldBase
from wtforms.fields.core import UnboundField
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.platform.deadlines import LOCAL_FORM, resolve
from consulta.platform.messages import N_
from consulta.platform.telephones import PHONE_MAX, shown, telephone
from consulta.platform.texts import file_name
from consulta.platform.web import meanwhile
from consulta.platform.web.babel import gettext, ngettext
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.language import local, moment, offered, say
from consulta.platform.web.meanwhile import Difference
from consulta.platform.web.pages import takes_two
from consulta.platform.web.request import confirm_again, house, recently_confirmed, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from consulta.platform.web.meanwhile import Saved
    from consulta.platform.work import Work

BY_TWO = "two_persons"  # the extension of the app that carries out what takes two persons

# What the library of forms says of an entry -> what we say. Its own Spanish calls entries "inválidos".
WORDS = {
    "This field is required.": N_("Fill this in."),
    "Not a valid choice.": N_("Choose from the list."),
    "'%(value)s' is not a valid choice for this field.": N_("Choose from the list."),
    "Invalid Choice: could not coerce.": N_("Choose from the list."),
    "Invalid choice(s): one or more data inputs could not be coerced.": N_("Choose from the list."),
    "Invalid email address.": N_("Enter an e-mail address, like name@example.org."),
    "Not a valid datetime value.": N_("Enter a date with a time."),
    "Not a valid integer value.": N_("Enter a whole number."),
    "Not a valid decimal value.": N_("Enter a number."),
    "Not a valid float value.": N_("Enter a number."),
    "Number must be at least %(min)s.": N_("Enter a number that is not below %(min)s."),
    "Number must be at most %(max)s.": N_("Enter a number that is not above %(max)s."),
    "Number must be between %(min)s and %(max)s.": N_("Enter a number from %(min)s to %(max)s."),
    "Field cannot be longer than %(max)d character.": N_("This is too long: at most %(max)d characters."),
}


class _Words:
    """The library's sentences in our own words, and in the reader's language."""

    def gettext(self, text: str) -> str:
        said: str = gettext(WORDS[text]) if text in WORDS else gettext(text)
        return said

    def ngettext(self, one: str, many: str, count: int) -> str:
        said: str = gettext(WORDS[one]) if one in WORDS else ngettext(one, many, count)
        return said


HUGE = 10**15  # from here on a whole number is none that any field asks for, and no database has room


def _refuse_huge(form: wtforms.Form) -> None:
    """Take numbers of any number of digits out of a form, and say at the field what is asked for."""
    for field in form:
        if isinstance(field, IntegerField) and isinstance(field.data, int) and abs(field.data) >= HUGE:
            field.data = None
            field.process_errors = [gettext("Enter a whole number.")]


class RowForm(wtforms.Form):
    """A row inside of a form, which speaks as the form does."""

    def process(self, *given: Any, **named: Any) -> None:
        """Read what was sent."""
        super().process(*given, **named)
        _refuse_huge(self)

    class Meta:
        """How the library speaks."""

        def get_translations(self, _form: object) -> _Words:
            """Return the texts of this application in place of those of the WTForms library."""
            return _Words()


class Boxes(SelectMultipleField):
    """Several choices as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


BY_MESSAGE = _l("Send personal links to this telephone too, by SMS or WhatsApp")
HOURS = [LOCAL_FORM, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]  # what browsers and people send


class HourField(DateTimeLocalField):
    """A day and an hour, on the clocks of a zone; needed, unless other checks are given."""

    def __init__(self, label: Any, validators: Any = None, **kwargs: Any) -> None:
        checks = [InputRequired()] if validators is None else validators
        super().__init__(label, checks, format=HOURS, **kwargs)

    @property
    def local(self) -> str:
        """Return the hour as `2027-03-05T17:00`; empty where none is entered."""
        return self.data.strftime(LOCAL_FORM) if self.data else ""


class TelephoneField(TelField):
    """A telephone number, shown in its form for people and still as it was typed where it is none.

    What was entered is read as a number at once, so that it can be compared with what is stored.
    """

    def __init__(self, label: Any, validators: Any = (), **kwargs: Any) -> None:
        super().__init__(label, [*validators, Length(max=PHONE_MAX)], **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was entered."""
        super().process_formdata(valuelist)
        self.read_as("")

    def read_as(self, country: str) -> None:
        """Read what was entered as a number of a country, where it says none itself."""
        self.data = telephone(self.data or "", country) or self.data

    def _value(self) -> str:
        return shown(self.data or "")


class Needed:
    """No check, but a mark of a field that may be empty now and is not optional.

    `sometimes`: it is needed in some cases, which its help says. `later`: it is needed to publish.
    """

    def __init__(self, when: Literal["sometimes", "later"]) -> None:
        self.field_flags = {when: True}

    def __call__(self, _form: object, _field: object) -> None:
        """Check nothing."""


class InEachLanguage:
    """A text of a form: an entry for each language of the installation, named `title_es` and so on.

    What it is called, and its language, make the label. The first language is needed where the text is
    `required`; the others may wait, unless `all_required`. `needed`: when the first language is needed where
    the form itself does without (`Needed`).
    """

    _formfield = True

    def __init__(
        self,
        label: Any,
        most: int | None = None,
        *,
        area: bool = False,
        required: bool = False,
        all_required: bool = False,
        needed: Literal["sometimes", "later"] | None = None,
        render_kw: Mapping[str, Any] | None = None,
    ) -> None:
        UnboundField.creation_counter += 1
        self.creation_counter = UnboundField.creation_counter
        self._label, self._most, self._area = label, most, area
        self._required, self._all, self._needed = required, all_required, needed
        self._render_kw = dict(render_kw or {})

    def entries(self, name: str) -> Iterator[tuple[str, Any]]:
        """Yield the name and the unbound field of the entry in each language of the installation."""
        kind = TextAreaField if self._area else StringField
        for code in offered():
            needed = self._all or (self._required and code == offered()[0])
            checks = [
                InputRequired() if needed else Optional(),
                *([Length(max=self._most)] if self._most else []),
                *([Needed(self._needed)] if self._needed and code == offered()[0] else []),
            ]
            label = gettext(
                "%(what)s in %(language)s", what=str(self._label), language=local(catalogue.tongue_name(code))
            )
            yield entry_name(name, code), kind(label, checks, render_kw=self._render_kw)


def entry_name(name: str, language: str) -> str:
    """Return the name of a text's entry in one language, such as `title_es`."""
    return f"{name}_{language}"


def beside(*codes: str, **others: str | tuple[str, ...]) -> dict[str, str]:
    """Return beside which field each Problem is shown, by its code, for `Form.places`.

    `codes` go to the field that their last word names, `others` to the one that they are given for.
    """
    told = ((name, given if isinstance(given, tuple) else (given,)) for name, given in others.items())
    return {code: code.rpartition(".")[2] for code in codes} | {
        code: name for name, given in told for code in given
    }


class Form(FlaskForm):
    """A form that keeps what was entered and can show a service's refusal beside the field it is about."""

    class Meta(FlaskForm.Meta):
        """How the library speaks."""

        def get_translations(self, _form: object) -> _Words:
            """Return the texts of this application in place of those of the WTForms library."""
            return _Words()

    # code of a Problem -> name of the field beside which it is shown; all others stand above the form
    places: ClassVar[dict[str, str]] = {}

    def __init__(
        self,
        *args: Any,
        data: Mapping[str, Any] | None = None,
        proposed: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Fill the form with `data`, the values that are stored, or with those `proposed` for something new.

        At the desk, stored values are compared when the form is sent: see `_is_overtaken`.
        """
        self._unbound_fields: list[tuple[str, Any]] = [
            entry
            for name, field in self._unbound_fields
            for entry in (field.entries(name) if isinstance(field, InEachLanguage) else [(name, field)])
        ]
        given = data if data is not None else proposed
        self._stored = _spread(data) if data is not None and request.blueprint == "secretariat" else None
        self._reads = kwargs.get("formdata", self) is not None
        self.overtaken: list[Difference] = []  # what another person saved meanwhile
        self.overtaken_by: Saved | None = None
        super().__init__(*args, data=None if given is None else _spread(given), **kwargs)
        self.refusals: list[str] = []
        self.faults: list[tuple[str, str]] = []  # of rows inside the form: id of the control, sentence
        self.problem: Problem | None = None  # the last one that was refused
        self.outcome: Any = None  # of what the form did
        # What a second person is shown before confirming, where the fields alone do not say it all.
        self.tells: Callable[[], Sequence[tuple[str, str]]] | None = None
        # Label and value, before the fields; called in each language where it is a function.
        self.concerning: Sequence[tuple[str, str]] | Callable[[], Sequence[tuple[str, str]]] = ()
        # Of a second person who confirms this: the action, where it is another than that of the page, and the
        # account that it is about, which does not make a second person needed.
        self.second_action: str = ""
        self.about_staff: int | None = None
        self.clocks = ""  # on whose clocks the hours of the form are

    def in_each_language(self, name: str) -> list[tuple[str, Any]]:
        """Return the entries of a text, each with the code of its language."""
        return [(code, self[entry_name(name, code)]) for code in offered()]

    def words_of(self, name: str) -> Text:
        """Return a text as it was entered, with its words in each language."""
        return Text({code: field.data or "" for code, field in self.in_each_language(name)})

    def process(self, *given: Any, **named: Any) -> None:
        """Read what was sent."""
        super().process(*given, **named)
        _refuse_huge(self)

    def validate_on_submit(self, extra_validators: Any = None) -> bool:
        """Return whether the form was sent and is right.

        Problem: `act.unfit`, where a second person confirms it and it is not: what they see is the page of
        the request, not this form; `act.changed`, where another person changed meanwhile what it is about.
        """
        if g.get("only_fill") and self.is_submitted():  # shown with what was entered before signing in again
            flash(
                _("Nothing has been saved yet. This is what you had entered: check it and send it."), "warn"
            )
            return False
        is_right: bool = super().validate_on_submit(extra_validators)
        if not is_right and g.get("second_person") and self.is_submitted():
            raise Problem("act.unfit", why=self._first_error())
        return is_right and not self._is_overtaken()

    def _is_overtaken(self) -> bool:
        """Return whether another person saved something since this form was opened that it would overwrite.

        Then `overtaken` tells both values of each such field. In the form stays what this person entered;
        a field that this person did not touch takes what was saved.
        """
        sent = request.form.get(self._prefix + meanwhile.FIELD)
        if self._stored is None or sent is None:
            return False
        before, now = meanwhile.from_text(sent), self._digests()
        entered = {name: meanwhile.digest(self[name].data) for name in now}
        changed = [name for name in now if now[name] not in {before.get(name), entered[name]}]
        if changed and g.get("second_person"):
            raise Problem("act.changed")
        self.overtaken_by = house().edits.find(meanwhile.page(), {name: now[name] for name in changed})
        self.overtaken = [self._difference(name, entered[name] != before.get(name)) for name in changed]
        g.edit = entered
        return bool(changed)

    def _difference(self, name: str, is_kept: bool) -> Difference:  # noqa: FBT001 - one call
        """Return what was entered in a field and what was saved; put the latter in it, unless `is_kept`."""
        field = self[name]
        yours, entered, raw = shown_value(field, self.clocks), field.data, getattr(field, "raw_data", None)
        field.raw_data = None
        if isinstance(field, FormField | FieldList):
            saved, is_kept = _listed(field.object_data), True
        else:
            field.process_data(self._stored.get(name) if self._stored else None)
            saved = shown_value(field, self.clocks)
            if is_kept:
                field.data = entered
        if is_kept:
            field.raw_data = raw
        return Difference(str(field.label.text), yours, saved, is_kept)

    def _digests(self) -> dict[str, str]:
        """Return a digest of what is stored of each field that a person sees."""
        stored = self._stored or {}
        unseen = HiddenField | PasswordField | FileField
        return {
            field.short_name: meanwhile.digest(stored.get(field.short_name))
            for field in self
            if not isinstance(field, unseen)
        }

    @property
    def filled_with(self) -> Markup:
        """Return the hidden entry by which the form is compared when it is sent; empty where it is not.

        A form that was refused keeps the one that it came with, until its person has seen what was saved.
        """
        if self._stored is None:
            return Markup()
        name = self._prefix + meanwhile.FIELD
        value = meanwhile.as_text(self._digests())
        if self._reads and self.is_submitted() and not self.overtaken:
            value = request.form.get(name, value)
        return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)

    def _first_error(self) -> str:
        """Return what is wrong with the first field that is wrong, with its label."""
        wrong = [field for field in self if field.errors]
        return next(
            (f"{each.label.text}: {each.errors[0]}" for each in wrong if isinstance(each.errors[0], str)), ""
        )

    def accepts(self, action: Callable[[], object]) -> bool:
        """Run `action` and return whether it succeeded; what it returned is in `outcome`.

        A Problem that it raises is shown in the form; where a second person confirms, it is raised, since
        what they see is the page of the request. Raise RuntimeError where another person may have to
        confirm what is done: `carries_out` is for that.
        """
        if takes_two(request.endpoint):
            raise RuntimeError("an act for two persons must be carried out by `carries_out`")
        return self._accepts(action)

    def _accepts(self, action: Callable[[], object]) -> bool:
        try:
            self.outcome = action()
        except Problem as problem:
            if g.get("second_person"):
                raise
            self.refuse(problem)
            return False
        return True

    def carries_out(self, act: Callable[[Work], object]) -> bool:
        """Do `act` in a unit of work of its own, as `accepts` does, and return whether it was done.

        What takes two persons is kept until the second one confirms it (`accounts/pages/pending.py`).
        """
        if takes_two(request.endpoint):
            by_two: Callable[[Form, Callable[[Work], object]], object] = current_app.extensions[BY_TWO]
            return self._accepts(lambda: by_two(self, act))
        return self._accepts(lambda: write(act))

    def is_confirmed(self) -> bool:
        """Return whether the signed-in person has confirmed the act; forms that ask for it say more."""
        return True

    def needs_two(self) -> bool:
        """Return whether what was sent is for two persons, where its endpoint can be."""
        return True

    def does(self, act: Callable[[Work], object]) -> bool:
        """Return whether the form was sent, is right and confirmed, and `act` was done.

        The act has a unit of work of its own. A Problem that it raises is shown in the form.
        """
        return self.validate_on_submit() and self.is_confirmed() and self.carries_out(act)

    def refuse(self, problem: Problem) -> None:
        """Show `problem` beside its field, or above the form."""
        self.problem = problem
        name = self.places.get(problem.code)
        field = (self._fields.get(name) or self._fields.get(entry_name(name, offered()[0]))) if name else None
        if field is None:
            self.refusals.append(say(problem))
        else:
            field.errors = [*field.errors, say(problem)]

    @property
    def lost(self) -> list[tuple[str, str]]:
        """Return the id of each field with a file, and its name: a browser sends it once.

        A form with the field `held`, where that is filled in, has the file waiting.
        """
        if "held" in self and self["held"].data:
            return []
        files = (
            (each.id, getattr(each.data, "filename", "")) for each in self if isinstance(each, FileField)
        )
        return [(place, file_name(str(name))) for place, name in files if name]

    @property
    def status(self) -> int:
        """Return the HTTP status: 422 with errors, faults or refusals, 409 where overtaken, else 200."""
        if self.overtaken:
            return 409
        return 422 if self.errors or self.faults or self.refusals else 200


def shown_value(field: Field, zone: str) -> str:
    """Return what was entered in a field in words; empty where nothing was. Its hours are those of `zone`."""
    if isinstance(field, BooleanField):
        return _("yes") if field.data else _("no")
    if isinstance(field, SelectFieldBase):
        return ", ".join(str(label) for _value, label, is_chosen, *_more in field.iter_choices() if is_chosen)
    if isinstance(field, HourField) and field.local:
        with suppress(Problem):  # an hour that the clocks leave out: the act itself refuses it
            return moment(resolve(field.local, zone), zone) if zone else field.local.replace("T", " ")
    return _listed(field.data)


def _listed(value: Any) -> str:
    """Return a value in words, its parts one after another where it has parts."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_listed(each)}" for name, each in value.items() if each)
    if isinstance(value, list | tuple):
        return "; ".join(_listed(each) for each in value)
    return str(value) if value else ""


def _spread(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a form by entry: a text is split into its words in each language."""
    return {
        entry: value
        for name, whole in data.items()
        for entry, value in (
            [(entry_name(name, code), whole.into(code)) for code in offered()]
            if isinstance(whole, Text)
            else [(name, whole)]
        )
    }


csrf = CSRFProtect()


def own_password(label: Any, needed: Any = InputRequired) -> PasswordField:
    """Return a field for the password of the signed-in person."""
    return PasswordField(label, [needed(), Length(max=200)], render_kw={"autocomplete": "current-password"})


class ConfirmedForm(Form):
    """A form that asks for the password of the signed-in person, where it has the field `password`.

    A second person who confirms it gave the password on the way to it: it has no such field then.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if g.get("second_person") and "password" in self:
            del self.password

    def unless_recent(self) -> Self:
        """Return this form, without the password where it was given recently."""
        if recently_confirmed():
            del self.password
        return self

    def is_confirmed(self) -> bool:
        """Return whether the password is right, or not asked for; if wrong, add an error to the form."""
        if "password" not in self or confirm_again(self.password.data or ""):
            return True
        self.password.errors = [_("This is not your password. Check it and enter it again.")]
        return False


class TypedKeyForm(Form):
    """Asks for the key of the round that is about to change for good."""

    typed = StringField(_l("Key of the consultation"), [InputRequired()], render_kw={"autocomplete": "off"})

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def validate_typed(self, field: Field) -> None:
        """Raise ValidationError where the text typed is not the key of the round."""
        if (field.data or "").strip() != self.expected:
            raise ValidationError(
                _("This is not the key of this consultation; it is %(key)s.", key=self.expected)
            )
