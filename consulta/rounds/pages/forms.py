"""A round as one form: what it asks, who votes, until when, who may read, and every rule of the count.

Figures that people think of in per cent are asked for in per cent; the rules keep thousandths.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from wtforms import Field, FloatField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from consulta.core.counting.rules import parse_rules
from consulta.core.problems import Problem
from consulta.core.ranges import RANGES
from consulta.core.values import VERSION
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.deadlines import resolve
from consulta.platform.labels import name_of
from consulta.platform.settings import OBJECTION_MOST
from consulta.platform.web import dimension_words, secrecy
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.fields import Boxes, Form, HourField, InEachLanguage, Needed, beside
from consulta.platform.web.language import alphabetical, city, current, local, percent, say
from consulta.rounds.secrecy import MODES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from consulta.rounds.service import RoundCommand


EVERYBODY, SOME = "all", "some"  # who votes
NO_BALANCE = "none"
GIVEN = "given"  # balance by shares that were negotiated, one for each category
AS_THEY_ARE = (
    "max_ranks",
    "max_objectives",
    "max_endorsements",
    "method",
    "topics",
)  # rules, entered as kept
HOURS = ("deadline.form", "deadline.gap")  # an hour that is none, or that the clocks jump over
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


class RoundForm(Form):
    """A round: what it asks, who votes, until when, who may read, and every rule of the count."""

    roll: Mapping[str, Sequence[str]] = {}  # by dimension, the categories that organisations have
    places = beside(
        "deadline.zone",
        "round.key",
        "round.secrecy",
        "round.title",
        closes=("deadline.past", "plan.late"),
        key="round.duplicate",
        public_from="public.before",
        public_source="public.incomplete",
    )
    title = InEachLanguage(_l("Title"), 200, required=True)
    question = InEachLanguage(_l("Question"), 600, area=True)
    closes = HourField(_l("Voting ends"))
    zone = SelectField(_l("Time zone of that hour"), [InputRequired()])
    key = StringField(_l("Key"), [InputRequired(), Length(max=32)])
    who = RadioField(_l("Who votes"), [InputRequired()])
    objection_hours = IntegerField(
        _l("Hours in which organisations can object"), [InputRequired(), NumberRange(0, OBJECTION_MOST)]
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
    secrecy = RadioField(_l("Who may read the votes"), [InputRequired()])
    public_source = InEachLanguage(_l("Source"), 300)
    public_from = HourField(_l("From when on"), [Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone.choices = zone_choices()
        self.who.choices = {
            EVERYBODY: _("All organisations of the members' list"),
            SOME: _("Only organisations of some subregions, countries or sectors"),
        }
        for dimension in dimensions.every():
            self[_voters_name(dimension)].choices = {
                category: local(name_of(dimension, category)) for category in self.roll[dimension]
            }
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
    def voter_fields(self) -> list[Field]:
        """Return the boxes of who votes, for each dimension in which organisations have categories."""
        return [self[_voters_name(dimension)] for dimension in dimensions.every() if self.roll[dimension]]

    @property
    def voters(self) -> dict[str, list[str]]:
        """Return who votes, as it was entered: dimension -> categories; empty where all do."""
        if self.who.data != SOME:
            return {}
        chosen = {dimension: self[_voters_name(dimension)].data for dimension in dimensions.every()}
        return {dimension: [*keys] for dimension, keys in chosen.items() if keys}

    @property
    def negotiated(self) -> list[str]:
        """Return the dimensions that are balanced by negotiated shares."""
        return [d for d in dimensions.every() if self[f"balance_{d}"].data == GIVEN]

    def validate(self, extra_validators: Any = None) -> bool:
        """Return whether all is right; negotiated shares must be there and make 100 %."""
        is_right: bool = super().validate(extra_validators)
        if self.who.data == SOME and not self.voters:
            self.who.errors = [*self.who.errors, _("Tick which organisations vote, or choose all.")]
            is_right = False
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
        if problem.code in HOURS:  # of the end of voting, unless that one is a proper hour
            wrong = self.closes if is_gap(self.closes.local, self.zone.data or "") else self.public_from
            wrong.errors = [*wrong.errors, say(problem)]
        elif problem.code == "rules.bounds":
            self.weight_least.errors = [
                _("The smallest weight must be above 0 and at most 1, the largest at least 1.")
            ]
        else:
            super().refuse(problem)

    def into(self, command: RoundCommand) -> RoundCommand:
        """Return the command with what this form says, and all else as it was."""
        return replace(
            command,
            key=(self.key.data or "").strip(),
            title=self.words_of("title"),
            question=self.words_of("question"),
            closes_local=self.closes.local,
            zone=self.zone.data or "",
            voters=self.voters,
            objection_hours=self.objection_hours.data,
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


Asking = TypeVar("Asking", bound=RoundForm)


def round_form(
    command: RoundCommand,
    roll: Mapping[str, Collection[str]],
    usual_hours: int,
    kind: type[Asking],
    *,
    is_new: bool = False,
) -> Asking:
    """Return the form of a round, filled with a command: with stored values, unless `is_new`.

    `roll` has by dimension the categories of the organisations that would be on the roll now: each can be
    chosen to vote or given a share, and so can those that are chosen or have one already. `usual_hours` for
    objections are those of the installation.
    """
    rules = parse_rules(command.rules)
    given = {d: target for d, target in rules.balance.items() if not isinstance(target, str)}
    voters = command.voters
    shown = {
        d: _in_order(d, {*roll.get(d, ()), *given.get(d, ()), *voters.get(d, ())}) for d in dimensions.every()
    }
    added: dict[str, Any] = {"roll": shown}
    for dimension, categories in shown.items():
        boxes = Boxes(dimension_words.by(dimension), [Optional()])
        added[_voters_name(dimension)] = boxes
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
    filled: dict[str, Any] = {
        "title": command.title,
        "question": command.question,
        "closes": datetime.fromisoformat(command.closes_local),
        "zone": command.zone,
        "key": command.key,
        "who": SOME if voters else EVERYBODY,
        **{_voters_name(dimension): list(voters.get(dimension, ())) for dimension in shown},
        "objection_hours": usual_hours if command.objection_hours is None else command.objection_hours,
        **_filled_rules(command),
    }
    made = type(kind.__name__, (kind,), added)
    return made(proposed=filled) if is_new else made(data=filled)


def _filled_rules(command: RoundCommand) -> dict[str, Any]:
    """Return the values of the fields of rules, as they are entered."""
    rules = parse_rules(command.rules)
    given = {d: target for d, target in rules.balance.items() if not isinstance(target, str)}
    least, most = rules.weight_bounds
    return {
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
        **{f"spread_{d}": rules.spread[d] / TEN if d in rules.spread else None for d in dimensions.every()},
        "secrecy": command.secrecy,
        "public_source": command.public_source,
        "public_from": datetime.fromisoformat(command.public_local) if command.public_local else None,
    }


def _voters_name(dimension: str) -> str:
    """Return the name of the boxes with the categories of a dimension that vote."""
    return f"voters_{dimension}"


def _share_name(dimension: str, category: str) -> str:
    """Return the name of the field with the share of a category, whose key may have any letters."""
    return f"share_{dimension}_{category.encode().hex()}"


def _in_order(dimension: str, categories: Collection[str]) -> list[str]:
    return sorted(categories, key=lambda key: alphabetical(local(name_of(dimension, key))))


def is_gap(local: str, zone: str) -> bool:
    """Return whether an hour is none in this zone."""
    try:
        resolve(local, zone)
    except Problem:
        return True
    return False


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
