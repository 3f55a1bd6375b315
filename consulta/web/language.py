"""The reader's language: from the address, else negotiated; how a Problem, a date, a number is said in it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, cast

from babel.numbers import format_decimal
from flask import current_app, g, request, url_for
from flask_babel import Babel, force_locale, gettext
from markupsafe import Markup, escape

from consulta.core.bundle import LocalText
from consulta.formats import moments
from consulta.messages import MESSAGES, REASONS
from consulta.paths import resource
from consulta.services.deadlines import DEFAULT_ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from flask import Flask

    from consulta.core.problems import Problem

Lang = Literal["es", "en"]
LANGUAGES: tuple[Lang, Lang] = ("es", "en")


def speak(app: Flask) -> None:
    """Teach `app` its two languages."""
    app.config["BABEL_DEFAULT_LOCALE"] = "es"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(resource("translations"))
    Babel(app, locale_selector=current)
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_add_language)
    app.context_processor(_for_templates)
    app.jinja_env.globals["desk_zone"] = DEFAULT_ZONE  # of what at the desk belongs to no round
    app.jinja_env.filters.update(
        calendar_day=calendar_day,
        city=city,
        everywhere=everywhere,
        lang_of=lang_of,
        local=local,
        long_day=long_day,
        moment=moment,
        number=number,
        percent=percent,
        say=say,
        spoken=spoken,
    )


def current() -> Lang:
    """The language of this request."""
    return cast("Lang", g.get("lang", "es"))


@contextmanager
def speaking(lang: Lang) -> Iterator[None]:
    """Say everything in one language meanwhile, whatever the request's is."""
    before = current()
    g.lang = lang
    try:
        with force_locale(lang):
            yield
    finally:
        g.lang = before


def negotiate() -> Lang:
    """The language for an address that names none, or names one and leads nowhere."""
    first = request.path.split("/", 2)[1]
    if first in LANGUAGES:
        return first
    return cast("Lang", request.accept_languages.best_match(LANGUAGES, "es"))


def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.lang = (values or {}).pop("lang", None) or negotiate()


def _add_language(endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and "lang" in g and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = g.lang


def other_language_url() -> str | None:
    """This page in the other language; None where it cannot be asked for again."""
    if request.endpoint is None or request.method != "GET":
        return None
    if not current_app.url_map.is_endpoint_expecting(request.endpoint, "lang"):
        return None
    other = "en" if current() == "es" else "es"
    # `url_for` has parameters of its own: a question that is called like one of them is left out.
    asked = {
        name: values
        for name, values in request.args.to_dict(flat=False).items()
        if name != "endpoint" and not name.startswith("_")
    }
    return url_for(request.endpoint, **{**asked, **(request.view_args or {}), "lang": other})


def _for_templates() -> dict[str, object]:
    return {"lang": current(), "other_lang_url": other_language_url()}


def say(problem: Problem) -> str:
    """A Problem in the reader's language; its parameters that are codes or in both languages are said too."""
    params = {name: _in_words(name, value) for name, value in problem.params.items()}
    said: str = gettext(MESSAGES[problem.code], **params)
    return said


def _in_words(name: str, value: object) -> object:
    if name == "reason" and value in REASONS:
        return gettext(REASONS[str(value)])
    if isinstance(value, LocalText):
        return local(value)
    if name in {"now", "wanted"}:
        return gettext(MESSAGES[f"state.{value}"])
    return gettext(MESSAGES[value]) if isinstance(value, str) and value in MESSAGES else value


class Spanish(str):
    """A text in Spanish on a page that is not: whoever shows it asks `lang_of` for the attribute."""

    __slots__ = ()


def local(pair: object) -> str:
    """The half of a text in two languages that the reader reads: the Spanish one where there is no other."""
    said = getattr(pair, current())
    return str(said) if said else (str if current() == "es" else Spanish)(pair.es)  # type: ignore[attr-defined]


def spoken(pair: LocalText) -> Markup:
    """`local(pair)` inside a sentence or a list, marked where it is not in the page's language."""
    said = escape(local(pair))
    return Markup("<span{}>{}</span>").format(lang_of(pair), said) if is_foreign(pair) else said


def behind(mark: str, title: str) -> str:
    """A title behind a number or a sign, still in its own language."""
    return type(title)(f"{mark}{title}")


def is_foreign(pair: LocalText) -> bool:
    """Whether the reader is shown a text in Spanish because it has no English half."""
    return current() != "es" and bool(pair.es) and not getattr(pair, current())


def lang_of(shown: object) -> Markup:
    """The attribute of the element that shows a text, or `local` of it, where that is Spanish elsewhere."""
    foreign = is_foreign(shown) if isinstance(shown, LocalText) else isinstance(shown, Spanish)
    return Markup(' lang="es"') if foreign else Markup("")


def moment(value: datetime, zone: str = moments.UNIVERSAL) -> str:
    """A moment with its date, its hour and the name of its zone: never a bare hour."""
    return moments.moment(value, zone, current())


def calendar_day(text: str) -> str:
    """A day of the calendar that belongs to no clock, such as that of a decision."""
    return moments.calendar_day(text, current())


def long_day(value: datetime, zone: str) -> str:
    """The day on which a moment falls there, with its year."""
    return moments.long_day(value, zone, current())


def everywhere(value: datetime, *zones: str) -> tuple[str, ...]:
    """A moment as the clocks of `zones` show it, and in universal time."""
    return moments.everywhere(value, zones, current())


def by_hour(value: datetime, zones: Iterable[tuple[str, str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A moment as each hour that clocks show then, and whose clocks these are: pairs of a zone and a name."""
    return moments.by_hour(value, zones, current())


def city(zone: str) -> str:
    """The city by which people know a zone."""
    return moments.city(zone, current())


def number(value: float, pattern: str | None = None) -> str:
    """A number as the reader's language writes it; in Spanish, thousands stand apart by a space.

    The region writes them with a comma here and a point there, and each reads the other as decimals.
    """
    if current() == "en":
        return format_decimal(value, pattern, locale="en")
    return format_decimal(value, pattern, locale="es_419").replace(",", "\N{NO-BREAK SPACE}")


def percent(value: float, *, whole: bool = True) -> str:
    """A share (0 to 1) as a whole percentage: no decimal sign, which the region writes in two ways.

    A figure of a rule must not be rounded: with `whole` false it keeps the decimals that it has.
    """
    sign = "\N{NO-BREAK SPACE}%" if current() == "es" else "%"
    return f"{round(value * 100) if whole else hundredths(value)}{sign}"


def hundredths(value: float) -> str:
    """So many of a hundred, with the decimals that a rule gives it."""
    return number(value * 100, "#,##0.######")
