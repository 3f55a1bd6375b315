"""What a form says of an entry is ours, in both languages: the library's own words are never seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import wtforms
from babel.messages.pofile import read_po
from flask import g
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the types
    DateTimeLocalField,
    FloatField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange

from consulta.platform.web.fields import WORDS, Boxes, Form
from tests.cases import for_each

if TYPE_CHECKING:
    from flask import Flask


class Everything(Form):
    """Every kind of entry that our forms ask for."""

    name = StringField(validators=[InputRequired()])
    long = StringField(validators=[Length(max=3)])
    whole = IntegerField()
    part = FloatField()
    least = IntegerField(validators=[NumberRange(min=5)])
    most = IntegerField(validators=[NumberRange(max=5)])
    between = IntegerField(validators=[NumberRange(1, 5)])
    moment = DateTimeLocalField()
    country = SelectField(choices=[SelectChoice("PA"), SelectChoice("HN")])
    boxes = Boxes(choices=[SelectChoice("a"), SelectChoice("b")])


WRONG = {
    "long": "four",
    "whole": "x",
    "part": "x",
    "least": "4",
    "most": "6",
    "between": "6",
    "moment": "x",
    "country": "XX",
    "boxes": "c",
}
SAID = {
    "es": {
        "name": "Complete este campo.",
        "long": "Es demasiado largo: 3 caracteres como máximo.",
        "whole": "Escriba un número entero.",
        "part": "Escriba un número.",
        "least": "Escriba un número que no sea menor que 5.",
        "most": "Escriba un número que no sea mayor que 5.",
        "between": "Escriba un número de 1 a 5.",
        "moment": "Escriba una fecha con su hora.",
        "country": "Elija de la lista.",
        "boxes": "Elija de la lista.",
    },
    "en": {
        "name": "Fill this in.",
        "long": "This is too long: at most 3 characters.",
        "whole": "Enter a whole number.",
        "part": "Enter a number.",
        "least": "Enter a number that is not below 5.",
        "most": "Enter a number that is not above 5.",
        "between": "Enter a number from 1 to 5.",
        "moment": "Enter a date with a time.",
        "country": "Choose from the list.",
        "boxes": "Choose from the list.",
    },
}


@for_each("language", ["es", "en"])
def test_a_form_speaks_in_our_words(app: Flask, language: str) -> None:
    with app.test_request_context(f"/{language}/account/sign-in", method="POST", data=WRONG):
        g.lang = language
        form = Everything(meta={"csrf": False})
        assert not form.validate()
        assert {name: str(errors[0]) for name, errors in form.errors.items()} == SAID[language]


def test_the_library_still_says_what_we_reword() -> None:
    source = Path(wtforms.__file__).parent / "locale" / "wtforms.pot"
    with source.open("rb") as file:
        ids = {text.id if isinstance(text.id, str) else text.id[0] for text in read_po(file) if text.id}
    assert set(WORDS) - ids == set()
