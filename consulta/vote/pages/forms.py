"""What the ballot's forms carry beside its entries: the token, and the box that says yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired, Length

from consulta.core.counting.choice import Entries
from consulta.platform.data.folding import fold
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.fields import Form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.datastructures import MultiDict

    from consulta.vote.values import Candidate

KEY_MAX = 64  # of what makes a vote sent twice one vote: ours has 22, and it is kept with the vote for ever


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


PLACE, FIELD = "place-", "field-"
_NOWHERE = 0  # a place or a number that no ballot has
_DIGITS_MAX = 4


def read_entries(form: MultiDict[str, str]) -> Entries:
    """Return the entries of a ballot as they were sent.

    A value that is not a whole number becomes 0, a place or an objective that does not exist.
    """
    places = {
        name.removeprefix(PLACE): as_number(value)
        for name, value in form.items()
        if name.startswith(PLACE) and value.strip()
    }
    return Entries(
        places,
        tuple(as_number(value) for value in form.getlist("objectives")),
        tuple(form.getlist("endorsements")),
        {name.removeprefix(FIELD): value for name, value in form.items() if name.startswith(FIELD) and value},
    )


def as_number(text: str) -> int:
    """Return the text as a whole number; 0 where it is not one, or has too many digits."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= _DIGITS_MAX else _NOWHERE


FILTERS = ("role", "country", "q")
A_PART = 11_000
"""Letters that a page of people can have, so that it stays below 20 kB with the stylesheet and the script."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom an address asks for; empty: all."""

    role: str = ""
    country: str = ""
    q: str = ""

    def has(self, one: Candidate) -> bool:
        """Return whether a person is among those asked for; of `q`, each word must be there."""
        said = fold(f"{one.name} {one.organisation} {one.about}")
        return (
            self.role in {"", one.role}
            and self.country in {"", one.country}
            and all(word in said for word in fold(self.q).split())
        )


def in_parts(people: Sequence[Candidate], most: int = A_PART) -> tuple[tuple[Candidate, ...], ...]:
    """Return people in their order, in as few parts of about the same length as their texts need."""
    lengths = [len(one.name) + len(one.organisation) + len(one.about) for one in people]
    count = max(1, -(-sum(lengths) // most))
    parts: list[list[Candidate]] = [[] for _part in range(count)]
    before = 0
    for one, length in zip(people, lengths, strict=True):
        parts[min(before * count // max(1, sum(lengths)), count - 1)].append(one)
        before += length
    return tuple(tuple(part) for part in parts if part) or ((),)
