"""The rules of a panel: in words, as badges, and as a form with rows that a person can fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the types
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from consulta.core.ranges import RANGES
from consulta.core.values import PanelRules, Quota, Share
from consulta.panel.presets import TITLE_MAX
from consulta.panel.service import REASON_MAX
from consulta.platform.data import attributes as persons
from consulta.platform.data import catalogue, most_named
from consulta.platform.labels import keys_of, name_of, name_of_dimension
from consulta.platform.messages import MESSAGES
from consulta.platform.web import dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.fields import Boxes, Form, InEachLanguage, RowForm, beside
from consulta.platform.web.language import local, percent, say

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from flask import Flask

    from consulta.core.texts import Text
    from consulta.panel.values import NomineeLine, RuleRow


BADGES = {"accepted": "met", "attended": "met", "declined": "short", "no_answer": "over", "invited": "now"}


def state_name(state: str) -> str:
    """Return the name of a state of an invitation."""
    said: str = _(MESSAGES[f"invited.{state}"])
    return said


def badge(state: str) -> tuple[str, str]:
    """Return a state of an invitation as a badge: shape and word."""
    return BADGES.get(state, ""), state_name(state)


def init_app(app: Flask) -> None:
    """Give templates the filters that turn figures into words and rows."""
    app.jinja_env.filters.update(
        category=lambda dimension, key: local(name_of(dimension, key)),
        personal_names=personal_names,
        asked_words=_asked,
        said=say,
        why_replaced=lambda reason: _(MESSAGES[f"replaced.{reason}"]),
        rule_in_words=in_words,
        rule_asked=rule_asked,
        rule_label=rule_label,
        rule_name=rule_name,
        whole=round,
    )


def personal_names(keys: Iterable[str]) -> str:
    """Return what attributes of persons are called inside of a sentence, such as gender."""
    return ", ".join(_("gender") if key == "gender" else f"“{dimension_words.own(key)}”" for key in keys)


def _asked(row: RuleRow) -> str:
    if row.percent is not None:
        return _("at least %(percent)s in every 100", percent=row.percent)
    if row.low == row.high:
        return _("exactly %(low)s", low=row.low)
    if row.high is None:
        return _("at least %(low)s", low=row.low)
    if row.low == 0:
        return _("at most %(high)s", high=row.high)
    return _("%(low)s to %(high)s", low=row.low, high=row.high)


def in_words(row: RuleRow) -> str:
    """Return a rule and what it asks, in a few words."""
    if row.kind in {"share", "mixed"}:
        return rule_name(row)
    return _("%(rule)s: %(asked)s", rule=rule_name(row), asked=_asked(row))


def rule_name(row: RuleRow) -> str:
    """Return what a rule is about, in a few words."""
    if row.kind == "size":
        return _("All places")
    if row.kind == "share":
        return _("%(who)s, at least %(percent)s in every 100", who=local(row.value), percent=row.percent)
    if row.kind == "at_most":
        return {
            "organisation": _("People from the same organisation"),
            "country": _("People from the same country"),
        }.get(row.attribute, row.attribute)
    if row.kind == "mixed":
        return {
            "gender": _("Different genders"),
            "sector": _("Different sectors"),
        }.get(row.attribute) or _(
            "Different categories of “%(name)s”", name=dimension_words.own(row.attribute)
        )
    return local(row.value)


def rule_label(row: RuleRow) -> str:
    """Return what a rule is about, as short as it can be said."""
    return local(row.value) if row.kind == "share" else rule_name(row)


def rule_asked(row: RuleRow) -> str:
    """Return what a rule asks for, as short as it can be said."""
    if row.percent is not None:
        return _("at least %(percent)s", percent=percent(row.percent / 100))
    return _asked(row)


SPARE_QUOTAS, SPARE_SHARES = 3, 1
KNOWN_GENDERS = ("woman", "man", "non_binary")
SIZE_MAX = RANGES["size"][1]
THOUSANDTHS = 10
"""The form asks for hundredths; the rules have thousandths."""

_whole = [Optional(), NumberRange(0, SIZE_MAX)]


MOST_NAMED = tuple(f"{attribute}:{most_named.YES}" for attribute in most_named.ATTRIBUTES)


def _choices(*attributes: str) -> list[SelectChoice]:
    lists: dict[str, Iterable[Any]] = {
        "subregion": catalogue.subregions(),
        "sector": catalogue.sectors(),
        "gender": [g for g in catalogue.genders() if g.key in KNOWN_GENDERS],
        **{each.key: each.categories for each in persons.added()},
    }
    groups = {"subregion": _("Subregions"), "sector": _("Sectors"), "gender": _("Genders")}
    groups |= {each.key: local(name_of_dimension(each.key)) for each in persons.added()}
    rows = [SelectChoice("", "-")]
    for attribute in attributes:
        rows += [
            SelectChoice(
                f"{attribute}:{entry.key}", local(name_of(attribute, entry.key)), optgroup=groups[attribute]
            )
            for entry in lists[attribute]
        ]
    return rows


def _added() -> list[str]:
    """Return the keys of the attributes that the installation adds and that rules may name."""
    return [each.key for each in persons.added() if each.quotas]


def _most_named() -> list[SelectChoice]:
    group = _("Governments most named")
    return [
        SelectChoice(f"{each}:{most_named.YES}", local(name_of(each, most_named.YES)), optgroup=group)
        for each in most_named.ATTRIBUTES
    ]


class LimitsForm(RowForm):
    """From so many to so many."""

    least = IntegerField(_l("at least"), [InputRequired(), NumberRange(0, SIZE_MAX)])
    most = IntegerField(_l("at most"), [InputRequired(), NumberRange(0, SIZE_MAX)])


class QuotaForm(RowForm):
    """How many of a subregion, a sector or a gender, or of the governments most named."""

    what = SelectField(_l("Who"))
    least = IntegerField(_l("at least"), _whole)
    most = IntegerField(_l("at most"), _whole)
    hard = BooleanField(_l("must hold"), default=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer()

    def offer(self, without: Collection[str] = ()) -> None:
        """Offer every choice but those `without`."""
        every = [*_choices("subregion", "sector", "gender", *_added()), *_most_named()]
        self.what.choices = [each for each in every if each.value not in without]


class ShareForm(RowForm):
    """How large a part of those who answered."""

    what = SelectField(_l("Who"))
    percent = IntegerField(_l("at least, per cent"), [Optional(), NumberRange(0, 100)])
    of = HiddenField(default=",".join(KNOWN_GENDERS))  # of genders: among whom the share is taken
    hard = BooleanField(_l("must hold"), default=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.what.choices = _choices("gender", "subregion", "sector", *_added())


class PanelForm(Form):
    """All rules of a panel."""

    places = beside("panel.size", reason="panel.holds", name=("preset.title", "preset.duplicate"))

    size = IntegerField(_l("People on the panel"), [InputRequired(), NumberRange(1, SIZE_MAX)])
    roles = FieldList(FormField(LimitsForm))
    quotas = FieldList(FormField(QuotaForm))
    shares = FieldList(FormField(ShareForm))
    per_organisation = IntegerField(_l("People of one organisation, at most"), _whole)
    per_country = IntegerField(_l("People of one country, at most"), _whole)
    memory = IntegerField(
        _l("Support that may be given up for people who were not heard lately, per cent"),
        [InputRequired(), NumberRange(0, 100)],
    )
    reserves = IntegerField(
        _l("People asked to hold the date"), [InputRequired(), NumberRange(*RANGES["reserves"])]
    )
    mixed = Boxes(_l("Never everybody of the same"))
    locked = Boxes(_l("Are on the panel in any case"))
    barred = Boxes(_l("Cannot be on the panel"))
    reason = TextAreaField(_l("Why the secretariat holds them or keeps them out"), [Length(max=REASON_MAX)])
    name = InEachLanguage(_l("Name"), TITLE_MAX)
    save = SubmitField()

    def offer(self, nominees: Iterable[NomineeLine], *, named: bool) -> PanelForm:
        """Let nominees be held in or kept out, and rows be of the governments most named if any were `named`.

        A row that is of these already keeps its choice, so that it can be read and taken out.
        """
        for row in self.quotas:
            if not named and row.form.what.data not in MOST_NAMED:
                row.form.offer(MOST_NAMED)
        lines = [SelectChoice(n.key, f"{n.name}, {n.organisation}") for n in nominees]
        self.mixed.choices = [
            SelectChoice("gender", _("gender")),
            SelectChoice("sector", _("sector")),
            *(SelectChoice(key, local(name_of_dimension(key))) for key in _added()),
        ]
        self.locked.choices = lines
        self.barred.choices = lines
        return self

    def validate(self, extra_validators: Any = None) -> bool:
        """Return whether the rules can be read and are consistent.

        Errors are added to the form and name the place of each.
        """
        good = super().validate(extra_validators)
        for name, row in self.rows():
            wrong = [(field.id, f"{field.label.text}: {field.errors[0]}") for field in row if field.errors]
            least, most = (row[end].data if end in row else None for end in ("least", "most"))
            if least is not None and most is not None and least > most:
                both = _("at least %(least)s, at most %(most)s: it cannot be both", least=least, most=most)
                row.least.errors = [both]
                wrong = [(row.least.id, both)]
            self.faults += [(place, _("%(rule)s: %(asked)s", rule=name, asked=said)) for place, said in wrong]
        twice = {*(self.locked.data or ())} & {*(self.barred.data or ())}
        if twice:
            who = "; ".join(box.label.text for box in self.locked if box.data in twice)
            said_twice = _("Both on the panel in any case and kept out: %(names)s. Choose one.", names=who)
            self.barred.errors = [*self.barred.errors, said_twice]
        return good and not self.faults and not twice

    def rows(self) -> Iterator[tuple[str, Any]]:
        """Yield each row that can be filled in (name of the rule, form)."""
        roles = zip(catalogue.roles(), self.roles, strict=True)
        yield from ((local(role.name), row.form) for role, row in roles)
        for row in (*self.quotas, *self.shares):
            what = row.form.what
            chosen = next((each.label for each in what.choices if each.value == what.data), what.label.text)
            yield str(chosen), row.form

    @property
    def title(self) -> Text:
        """Return the name under which the rules are saved, where that is asked for."""
        return self.words_of("name")

    def to_command(self) -> PanelRules:
        """Return the rules in the form; empty rows are no rules."""
        quotas = [row.form for row in self.quotas if row.form.what.data]
        shares = [row.form for row in self.shares if row.form.what.data and row.form.percent.data is not None]
        caps = {"organisation": self.per_organisation.data, "country": self.per_country.data}
        return PanelRules(
            size=self.size.data or 0,
            roles={
                role.key: (row.form.least.data or 0, row.form.most.data or 0)
                for role, row in zip(catalogue.roles(), self.roles, strict=True)
            },
            quotas=tuple(_quota(row) for row in quotas),
            shares=tuple(_share(row) for row in shares),
            at_most={attribute: cap for attribute, cap in caps.items() if cap is not None},
            mixed=tuple(self.mixed.data or ()),
            locked=tuple(self.locked.data or ()),
            barred=tuple(self.barred.data or ()),
            memory=THOUSANDTHS * (self.memory.data or 0),
            reserves=self.reserves.data or 0,
        )


def _quota(row: Any) -> Quota:
    attribute, _, value = row.what.data.partition(":")
    return Quota(attribute, value, row.least.data or 0, row.most.data, row.hard.data)


def _share(row: Any) -> Share:
    attribute, _, value = row.what.data.partition(":")
    if attribute == "gender":
        among = tuple(name for name in KNOWN_GENDERS if name in row.of.data.split(",") or name == value)
    else:
        among = keys_of(attribute)
    return Share(attribute, value, row.percent.data * 10, among, row.hard.data)


def filled(rules: PanelRules) -> dict[str, Any]:
    """Return the form data of rules, with spare rows."""
    quotas = [
        {"what": f"{q.attribute}:{q.value}", "least": q.min, "most": q.max, "hard": q.hard}
        for q in rules.quotas
    ]
    shares = [
        {"what": f"{s.attribute}:{s.value}", "percent": s.min // 10, "of": ",".join(s.of), "hard": s.hard}
        for s in rules.shares
    ]
    return {
        "size": rules.size,
        "roles": [
            dict(zip(("least", "most"), rules.roles.get(role.key, (0, rules.size)), strict=True))
            for role in catalogue.roles()
        ],
        "quotas": [*quotas, *({"hard": True} for _ in range(SPARE_QUOTAS))],
        "shares": [*shares, *({"hard": True} for _ in range(SPARE_SHARES))],
        "per_organisation": rules.at_most.get("organisation"),
        "per_country": rules.at_most.get("country"),
        "memory": rules.memory // THOUSANDTHS,
        "reserves": rules.reserves,
        "mixed": list(rules.mixed),
        "locked": list(rules.locked),
        "barred": list(rules.barred),
    }
