"""A round as two forms, one a step: its texts and its deadline; every rule of the count.

Figures that people think of in per cent are asked for in per cent; the rules keep thousandths.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, FloatField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from consulta.core.counting.rules import parse_rules
from consulta.core.ranges import RANGES
from consulta.core.values import VERSION
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.labels import name_of
from consulta.platform.web import dimension_words, secrecy
from consulta.platform.web.fields import Form, HourField, InEachLanguage, Needed, beside
from consulta.platform.web.language import alphabetical, city, current, local, percent
from consulta.rounds.secrecy import MODES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from consulta.core.problems import Problem
    from consulta.rounds.service import RoundCommand


NO_BALANCE = "none"
GIVEN = "given"  # balance by shares that were negotiated, one for each category
AS_THEY_ARE = (
    "max_ranks",
    "max_objectives",
    "max_endorsements",
    "method",
    "topics",
)  # rules, entered as kept
TEN = 10  # thousandths in one per cent
WHOLE = 100  # per cent


class FigureField(FloatField):
    """A number with decimals, written with a point or, as most of the region does, with a comma."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a number with a point or a comma as decimal sign. Raise ValueError if it is not finite."""
        super().process_formdata([value.strip().replace(",", ".") for value in valuelist])
        if self.data is not None and not math.isfinite(self.data):
            self.data = None
            raise ValueError(_("Enter a number."))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:g}"


def _whole(kind: str, label: Any) -> IntegerField:
    least, most = RANGES[kind]
    return IntegerField(label, [InputRequired(), NumberRange(least, most)])


def _require_tenths(_form: object, field: Field) -> None:
    """Raise ValidationError if a percentage has more than one decimal: the rules store thousandths."""
    if field.data is not None and Decimal(repr(field.data)) * TEN % 1:
        raise ValidationError(_("One decimal at most."))


def _require_hundredths(_form: object, field: Field) -> None:
    """Raise ValidationError if a share has more than two decimals."""
    if field.data is not None and Decimal(repr(field.data)) * WHOLE % 1:
        raise ValidationError(_("Two decimals at most."))


def _percent(label: Any, *, required: bool = False) -> FigureField:
    asked = InputRequired() if required else Optional()
    return FigureField(label, [asked, NumberRange(0, 100), _require_tenths])


class AboutForm(Form):
    """What a round asks, and until when."""

    places = beside(
        "deadline.zone",
        "round.key",
        "round.title",
        closes=("deadline.form", "deadline.gap", "deadline.past", "plan.late", "public.before"),
        key="round.duplicate",
    )
    title = InEachLanguage(_l("Title"), 200, required=True)
    question = InEachLanguage(_l("Question"), 600, area=True)
    closes = HourField(_l("Voting ends"))
    zone = SelectField(_l("Time zone of that hour"), [InputRequired()])
    key = StringField(_l("Key"), [InputRequired(), Length(max=32)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone.choices = zone_choices()

    @property
    def chosen(self) -> list[str]:
        """Return what of an earlier round is copied: nothing, unless a form offers it."""
        return []

    def into(self, command: RoundCommand) -> RoundCommand:
        """Return the command with what this form says, and all else as it was."""
        return replace(
            command,
            key=(self.key.data or "").strip(),
            title=self.words_of("title"),
            question=self.words_of("question"),
            closes_local=self.closes.local,
            zone=self.zone.data or "",
        )


class RulesForm(Form):
    """Every rule of the count, the secrecy, and where a public value comes from."""

    roll: Mapping[str, Sequence[str]] = {}  # by dimension, the categories that may be given a share
    places = beside(
        "round.secrecy",
        public_from=("deadline.form", "deadline.gap", "public.before"),
        public_source="public.incomplete",
    )
    max_ranks = _whole("max_ranks", _l("Themes that a ballot may rank"))
    max_objectives = _whole("max_objectives", _l("Objectives that a ballot may mark as urgent"))
    max_endorsements = _whole("max_endorsements", _l("Nominees that a ballot may endorse"))
    balance_subregion = SelectField(_l("Voice of the subregions"), [InputRequired()])
    balance_sector = SelectField(_l("Voice of the sectors"), [InputRequired()])
    balance_country = SelectField(_l("Voice of the countries"), [InputRequired()])
    weight_least = FigureField(_l("Smallest weight"), [InputRequired(), NumberRange(0, 1)])
    weight_most = FigureField(_l("Largest weight"), [InputRequired(), NumberRange(1, 1_000_000)])
    method = RadioField(_l("Method"), [InputRequired()])
    objective_percent = _percent(_l("Share of the objectives, per cent"), required=True)
    spread_subregion = _percent(_l("Subregions that must support a topic, per cent"))
    spread_sector = _percent(_l("Sectors that must support a topic, per cent"))
    spread_country = _percent(_l("Countries that must support a topic, per cent"))
    topics = _whole("topics", _l("Topics of the session"))
    ballot_percent = FigureField(
        _l("The most that one vote may be worth, per cent of the whole"),
        [
            InputRequired(),
            NumberRange(RANGES["max_ballot"][0] / TEN, RANGES["max_ballot"][1] / TEN),
            _require_tenths,
        ],
    )
    support_min = _whole("support_min", _l("Votes from which a group is counted in support"))
    topics_rule = RadioField(_l("How several topics are chosen"), [InputRequired()])
    secrecy = RadioField(_l("Secrecy"), [InputRequired()])
    public_source = InEachLanguage(_l("Source"), 300)
    public_from = HourField(_l("From when on"), [Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for dimension in dimensions.every():
            self[f"balance_{dimension}"].choices = {
                NO_BALANCE: _("as votes come in"),
                "equal": _("the same for each"),
                "sqrt": _("by the square root of its number of organisations"),
                "roll": _("by its number of organisations"),
                GIVEN: _("as was negotiated: by the shares written below"),
            }
        self.method.choices = {
            "points": _("Points: each theme gets points for every theme that it stands above"),
            "schulze": _("Schulze: themes are compared two by two, and the strongest paths decide"),
            "runoff": _("Run-off: the weakest theme drops out, again and again, until one is left"),
        }
        self.topics_rule.choices = {
            "shared": _(
                "Shared: an organisation that has a chosen topic among its first three themes counts half"
                " for the next one, and a third once it has two"
            ),
            "order": _("In order: the topics are the first themes of the same order"),
        }
        self.secrecy.choices = {
            mode: f"{secrecy.name(mode)}. {secrecy.told(mode, opened=False)}" for mode in reversed(MODES)
        }

    @property
    def added(self) -> list[str]:
        """Return the keys of the dimensions that the installation adds."""
        return [each.key for each in dimensions.own()]

    def shares(self, dimension: str) -> list[Field]:
        """Return the fields of the negotiated shares of a dimension, one for each category."""
        return [self[_share_name(dimension, category)] for category in self.roll[dimension]]

    @property
    def negotiated(self) -> list[str]:
        """Return the dimensions that are balanced by negotiated shares."""
        return [d for d in dimensions.every() if self[f"balance_{d}"].data == GIVEN]

    def validate(self, extra_validators: Any = None) -> bool:
        """Return whether all is right; negotiated shares must be there and make 100 %."""
        is_right: bool = super().validate(extra_validators)
        for dimension in self.negotiated:
            fields = self.shares(dimension)
            missing = [field for field in fields if field.data is None]
            for field in missing:
                field.errors = [*field.errors, _("Write a share; 0 for none.")]
            if is_right and not missing:
                self._check_sum(dimension, sum((Decimal(repr(field.data)) for field in fields), Decimal(0)))
            is_right = is_right and not missing and not self[f"balance_{dimension}"].errors
        return is_right

    def _check_sum(self, dimension: str, total: Decimal) -> None:
        if total == WHOLE:
            return
        said, off = (percent(float(part / WHOLE), whole=False) for part in (total, abs(WHOLE - total)))
        self[f"balance_{dimension}"].errors = [
            _("The shares make %(total)s: %(off)s are missing.", total=said, off=off)
            if total < WHOLE
            else _("The shares make %(total)s: that is %(off)s too much.", total=said, off=off)
        ]

    def _balance_of(self, dimension: str) -> object:
        """Return the target of a dimension: the name of a rule, or the share of each category."""
        target = self[f"balance_{dimension}"].data
        if target != GIVEN:
            return target
        shares = {category: self[_share_name(dimension, category)].data for category in self.roll[dimension]}
        return {category: float(Decimal(repr(share)) / WHOLE) for category, share in shares.items()}

    def refuse(self, problem: Problem) -> None:
        """Show weights that the core refuses beside their field, in words that name no path of a file."""
        if problem.code == "rules.bounds":
            self.weight_least.errors = [
                _("The smallest weight must be above 0 and at most 1, the largest at least 1.")
            ]
        else:
            super().refuse(problem)

    def into(self, command: RoundCommand) -> RoundCommand:
        """Return the command with the rules of this form, and all else as it was."""
        return replace(
            command,
            rules={
                **{name: self[name].data for name in AS_THEY_ARE},
                "balance": {
                    d: target for d in dimensions.every() if (target := self._balance_of(d)) != NO_BALANCE
                },
                "weight_bounds": [self.weight_least.data, self.weight_most.data],
                "version": VERSION,
                "max_ballot": _thousandths(self.ballot_percent.data),
                "support_min": self.support_min.data,
                "topics_rule": self.topics_rule.data,
                "objective_share": _thousandths(self.objective_percent.data),
                "spread": {
                    d: _thousandths(self[f"spread_{d}"].data)
                    for d in dimensions.every()
                    if self[f"spread_{d}"].data
                },
            },
            secrecy=self.secrecy.data or "",
            public_source=self.words_of("public_source"),
            public_local=self.public_from.local,
        )


def about_form(
    command: RoundCommand, kind: type[AboutForm] = AboutForm, *, is_new: bool = False
) -> AboutForm:
    """Return the form of what a round asks, filled with a command: with stored values, unless `is_new`."""
    filled = {
        "title": command.title,
        "question": command.question,
        "closes": datetime.fromisoformat(command.closes_local),
        "zone": command.zone,
        "key": command.key,
    }
    return kind(proposed=filled) if is_new else kind(data=filled)


def rules_form(command: RoundCommand, roll: Mapping[str, Collection[str]]) -> RulesForm:
    """Return the form of the rules, filled with a command, with the dimensions of the installation.

    `roll` has by dimension the categories of the organisations that would be on the roll now: each can be
    given a share, and so can those that have one already.
    """
    rules = parse_rules(command.rules)
    given = {d: target for d, target in rules.balance.items() if not isinstance(target, str)}
    shown = {d: _in_order(d, {*roll.get(d, ()), *given.get(d, ())}) for d in dimensions.every()}
    added: dict[str, Any] = {"roll": shown}
    for dimension, categories in shown.items():
        for category in categories:
            added[_share_name(dimension, category)] = FigureField(
                _("%(name)s, per cent", name=local(name_of(dimension, category))),
                [Optional(), Needed("sometimes"), NumberRange(0, WHOLE), _require_hundredths],
            )
    for each in dimensions.own():
        name = dimension_words.own(each.key)
        added[f"balance_{each.key}"] = SelectField(
            _("Voice of the categories of “%(name)s”", name=name), [InputRequired()]
        )
        added[f"spread_{each.key}"] = _percent(
            _("Categories of “%(name)s” that must support a topic, per cent", name=name)
        )
    least, most = rules.weight_bounds
    return type("RulesForm", (RulesForm,), added)(
        data={
            **{name: getattr(rules, name) for name in AS_THEY_ARE},
            "ballot_percent": rules.max_ballot / TEN,
            "support_min": rules.support_min,
            "topics_rule": rules.topics_rule,
            **{
                f"balance_{d}": GIVEN if d in given else rules.balance.get(d, NO_BALANCE)
                for d in dimensions.every()
            },
            **{
                _share_name(d, category): float(Decimal(repr(share)) * WHOLE)
                for d, shares in given.items()
                for category, share in shares.items()
            },
            "weight_least": least,
            "weight_most": most,
            "objective_percent": rules.objective_share / TEN,
            **{
                f"spread_{d}": rules.spread[d] / TEN if d in rules.spread else None
                for d in dimensions.every()
            },
            "secrecy": command.secrecy,
            "public_source": command.public_source,
            "public_from": datetime.fromisoformat(command.public_local) if command.public_local else None,
        }
    )


def _share_name(dimension: str, category: str) -> str:
    """Return the name of the field with the share of a category, whose key may have any letters."""
    return f"share_{dimension}_{category.encode().hex()}"


def _in_order(dimension: str, categories: Collection[str]) -> list[str]:
    return sorted(categories, key=lambda key: alphabetical(local(name_of(dimension, key))))


def zone_choices() -> dict[str, str]:
    """Return the time zones of the region (zone, label), by the countries that use them."""
    language = current()
    named = sorted(
        ((c.name.best(language), c.zone) for c in catalogue.countries()),
        key=lambda pair: alphabetical(pair[0]),
    )
    return {zone: _place(name, zone) for name, zone in named}


def _thousandths(percent: float | None) -> int:
    return int(Decimal(repr(percent or 0.0)) * TEN)


def _place(country: str, zone: str) -> str:
    """Return a time zone by its country, and its city where the city has another name."""
    place = city(zone)
    return country if fold(place) in fold(country) else f"{country} ({place})"
