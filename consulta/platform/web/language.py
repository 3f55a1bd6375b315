"""The reader's language: from the address, else negotiated; how a Problem, a date, a number is said in it."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import get_day_names
from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol
from babel.support import NullTranslations, Translations
from flask import current_app, g, has_request_context, redirect, request, url_for
from jinja2 import pass_context, pass_eval_context
from markupsafe import Markup, escape

from consulta.core.texts import ANY, Text
from consulta.platform import parts, telephones
from consulta.platform.alphabet import order
from consulta.platform.data import catalogue, tongues
from consulta.platform.deadlines import DEFAULT_ZONE
from consulta.platform.formats import moments
from consulta.platform.messages import MESSAGES, N_, REASONS
from consulta.platform.paths import resource
from consulta.platform.web.babel import Babel, Domain, force_locale, gettext
from consulta.platform.web.request import house, now

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from flask import Flask
    from jinja2.nodes import EvalContext
    from jinja2.runtime import Context
    from werkzeug.wrappers import Response

    from consulta.core.problems import Problem
    from consulta.platform.data.tongues import Tongue

PARTED = 1000  # from which whole number on digits are parted, in languages that part four
DESK = frozenset({"secretariat", "account", "staff"})  # parts of the web that are not in every language


def speak(app: Flask, languages: tuple[str, ...]) -> None:
    """Register languages, filters and redirects in `app`; the first of `languages` is the default."""
    app.config["BABEL_DEFAULT_LOCALE"] = tongues.of(languages[0]).language
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(resource("translations"))
    Babel(app, locale_selector=_locale).domain_instance = _Texts()
    app.jinja_env.globals.update(_=_said, gettext=_said, ngettext=_counted)
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_add_language)
    app.before_request(_lead_to_desk)
    app.context_processor(_for_templates)
    app.jinja_env.globals["N_"] = N_
    app.jinja_env.globals["example_mark"] = example_mark
    app.jinja_env.globals["by_first_language"] = by_first_language
    app.jinja_env.globals["desk_zone"] = DEFAULT_ZONE  # of what at the desk belongs to no round
    app.jinja_env.tests["foreign"] = is_foreign
    app.jinja_env.filters.update(
        calendar_day=calendar_day,
        city=city,
        day_and_hour=day_and_hour,
        dialled=telephones.dialled,
        everywhere=everywhere,
        in_words=in_words,
        lang_of=lang_of,
        language_name=language_name,
        language_said=language_said,
        local=local,
        long_day=long_day,
        moment=moment,
        brief=brief,
        number=number,
        percent=percent,
        say=say,
        short_day=short_day,
        telephone=telephones.shown,
        spoken=spoken,
        whatsapp=telephones.whatsapp,
    )


@cache
def _catalogue(lang: str) -> NullTranslations:
    return Translations.load(str(resource("translations")), [tongues.of(lang).language])


@lru_cache(maxsize=10_000)
def _words(lang: str, message: str) -> Markup:
    return Markup(_catalogue(lang).gettext(message))  # noqa: S704 - our own texts


@pass_eval_context
def _said(context: EvalContext, message: str, /, **values: object) -> str:
    """Return a text of a template in the reader's language; values are escaped where the template's are."""
    words = _words(current(), message)
    if not context.autoescape:
        return str(words) % _figures(values)
    return words % _figures(values) if values or "%" in words else words


@pass_context
def _counted(context: Context, one: str, many: str, count: int, /, **values: object) -> str:
    """Return a text of a template that depends on a count, which is its `num` where none is given."""
    words = str(_catalogue(current()).ngettext(one, many, count))
    figures = _figures({"num": count, **values})
    return Markup(words) % figures if context.eval_ctx.autoescape else words % figures  # noqa: S704 - our own texts


class _Texts(Domain):
    """The texts of pages, in which whole numbers have the reader's signs for thousands."""

    def gettext(self, string: str, **variables: object) -> str:
        return str(super().gettext(string, **_figures(variables)))

    def ngettext(self, singular: str, plural: str, num: int, **variables: object) -> str:
        words = str(self.get_translations().ungettext(singular, plural, num))
        return words % _figures({"num": num, **variables})

    def pgettext(self, context: str, string: str, **variables: object) -> str:
        return str(super().pgettext(context, string, **_figures(variables)))


def _figures(values: dict[str, object]) -> dict[str, object]:
    """Return the values of a text, with whole numbers written as the reader writes them."""
    return {
        name: number(value) if isinstance(value, int) and abs(value) >= PARTED else value
        for name, value in values.items()
    }


def example_mark() -> str:
    """Return the word that marks an invented round, or any round in a place for practice."""
    return gettext("PRACTICE") if house().settings.practice else gettext("EXAMPLE")


def offered() -> tuple[str, ...]:
    """Return the codes of the installation's languages, the first one first."""
    return house().settings.languages


def current() -> str:
    """Return the language of this request; the first of the installation where none is set."""
    if "lang" not in g:
        g.lang = negotiate() if has_request_context() else offered()[0]
    return cast("str", g.lang)


def tongue() -> Tongue:
    """Return the language of this request, with all that depends on it."""
    return tongues.of(current())


def alphabetical(text: str) -> tuple[str, str]:
    """Return a key for sorting in the alphabetical order of the language of this request."""
    return order(text, current())


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Set the language of all texts to `lang` within the block, independent of the request's."""
    before = current()
    g.lang = lang
    try:
        with force_locale(tongues.of(lang).language):
            yield
    finally:
        g.lang = before


def negotiate() -> str:
    """Return the language of a request whose address has none, or has one but leads to no page.

    It is the language in the address, else the one that the browser prefers, else the installation's
    first.
    """
    first = request.path.split("/", 2)[1]
    if first in offered():
        return first
    return str(request.accept_languages.best_match(offered(), offered()[0]))


def _locale() -> str:
    return tongue().language


def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take the language of an address out of what its view gets; another is negotiated where it is needed."""
    if lang := (values or {}).pop("lang", None):
        g.lang = lang


def _add_language(endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = tongues.first_of(current(), _languages_of(endpoint))


def _languages_of(endpoint: str | None) -> tuple[str, ...]:
    """Return the codes of the languages in which a page exists."""
    is_desk = (endpoint or "").partition(".")[0] in DESK
    return tongues.with_desk(offered()) if is_desk else offered()


def _lead_to_desk() -> Response | None:
    """Return a redirect (307) for a page in a language that is not offered (any more), or has no desk.

    It leads to the same page in the first language that has it, so that links in mails lead on. None for all
    other pages.
    """
    if request.url_rule is None or "lang" not in request.url_rule.arguments:
        return None
    languages = _languages_of(request.endpoint)
    if current() in languages:
        return None
    path = request.full_path.removesuffix("?").removeprefix(f"/{current()}")
    return redirect(f"{request.script_root}/{languages[0]}{path}", 307)


def other_languages() -> tuple[tuple[Tongue, str], ...]:
    """Return the address of this page in each other language; empty if it cannot be requested again.

    That is so unless the request is a GET for a page with its language in the address.
    """
    endpoint = request.endpoint
    if endpoint is None or request.method != "GET":
        return ()
    if not current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        return ()
    # `url_for` has parameters of its own: a question that is called like one of them is left out.
    asked = {
        name: values
        for name, values in request.args.to_dict(flat=False).items()
        if name != "endpoint" and not name.startswith("_")
    }
    return in_other_languages(endpoint, **{**asked, **(request.view_args or {})})


def in_other_languages(endpoint: str, **values: Any) -> tuple[tuple[Tongue, str], ...]:
    """Return each other language in which a page exists, with the page's address in it."""
    return tuple(
        (tongues.of(code), url_for(endpoint, **{**values, "lang": code}))
        for code in _languages_of(endpoint)
        if code != current()
    )


def _for_templates() -> dict[str, object]:
    return {
        "lang": current(),
        "tongue": tongue(),
        "languages": offered(),
        "other_langs": other_languages(),
        "in_other_languages": in_other_languages,
    }


def by_first_language(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return lines of a page: for each language, how many mails have it first.

    `counts` is by language code; a language that is not offered counts under the one shown in its place.
    """
    lines: dict[str, int] = dict.fromkeys(offered(), 0)
    for code, count in counts.items():
        lines[tongues.first_of(code, offered())] += count
    return [
        (gettext("First in %(language)s", language=local(catalogue.tongue_name(code))), count)
        for code, count in lines.items()
    ]


def language_choices() -> dict[str, str]:
    """Return the names of the installation's languages by code, as choices of a form."""
    return {code: language_name(code) for code in offered()}


def language_said(code: str) -> str:
    """Return the name of a language of the program as it stands inside a sentence."""
    return local(catalogue.tongue_name(code))


def language_name(code: str) -> str:
    """Return the name of a language with a capital letter, for a heading or an entry of a list."""
    name = language_said(code)
    return name[:1].upper() + name[1:]


def say(problem: Problem) -> str:
    """Return a Problem as a sentence in the reader's language, with its parameters translated too."""
    params = {name: _in_words(name, value) for name, value in problem.params.items()}
    said: str = gettext(MESSAGES[problem.code], **params)
    return said


def _in_words(name: str, value: object) -> object:
    if name == "reason" and value in REASONS:
        return gettext(REASONS[str(value)])
    if isinstance(value, Text):
        return local(value)
    if name == "part_name":
        return gettext(parts.known()[str(value)].label)
    if name in {"language", "first"} and value in tongues.codes():
        return local(catalogue.tongue_name(str(value)))
    if name in {"now", "wanted"}:
        return gettext(MESSAGES[f"state.{value}"])
    return gettext(MESSAGES[value]) if isinstance(value, str) and value in MESSAGES else value


class Foreign(str):
    """A text in another language than the page's: who shows it asks `lang_of` for the attribute."""

    lang: str

    def __new__(cls, words: str, lang: str) -> Foreign:
        """Make it of its words and their language."""
        made = super().__new__(cls, words)
        made.lang = lang
        return made


def local(text: Text) -> str:
    """Return a text in the reader's language, else in the first of the installation's that it has.

    The result is a `Foreign` if it is not in the reader's language; empty for a text without words.
    """
    lang = current()
    if words := text.into(lang):
        return words
    found = text.language(lang, *offered())
    words = text.best(lang, *offered())
    return words if found in {None, ANY} else Foreign(words, str(found))


def spoken(text: Text) -> Markup:
    """Return `local(text)`, escaped, for use in a sentence or list; marked up if in another language."""
    said = local(text)
    shown = escape(str(said))
    return Markup("<span{}>{}</span>").format(lang_of(said), shown) if isinstance(said, Foreign) else shown


def behind(mark: str, title: str) -> str:
    """Return the title with a number or a sign before it.

    The type stays the same, so that the language of the title stays known.
    """
    said = f"{mark}{title}"
    return Foreign(said, title.lang) if isinstance(title, Foreign) else said


def is_foreign(text: Text) -> bool:
    """Return whether a text is shown in another language, since it has no words in the reader's."""
    return isinstance(local(text), Foreign)


def lang_of(shown: object) -> Markup:
    """Return the `lang` attribute of an element that shows a text in another language; else empty.

    `shown` is a text, or the result of `local`.
    """
    said = local(shown) if isinstance(shown, Text) else shown
    return Markup(' lang="{}"').format(said.lang) if isinstance(said, Foreign) else Markup("")


def moment(value: datetime, zone: str = moments.UNIVERSAL) -> str:
    """Return a moment with its date, its hour and the name of its time zone.

    An hour never stands without its zone.
    """
    return moments.moment(value, zone, current())


def brief(value: datetime, zone: str) -> str:
    """Return a moment in few words, for a row of the desk, whose pages say once whose hours they show."""
    return moments.short(value, zone, current(), of_year=_year(zone))


def day_and_hour(value: datetime, zone: str) -> str:
    """Return day, hour and city of a moment soon to come, in few words, for a reader in `zone`."""
    return moments.brief(value, zone, current())


def short_day(value: datetime, zone: str) -> str:
    """Return the day on which a moment falls in `zone`, in few words; with its year if it is not this one."""
    return moments.short_day(value, zone, current(), of_year=_year(zone))


def weekdays() -> tuple[str, ...]:
    """Return the short names of the days of the week, from Monday on."""
    names = get_day_names("abbreviated", "stand-alone", locale=tongue().language)
    return tuple(names[number].rstrip(".") for number in range(7))


def _year(zone: str) -> int:
    return now().astimezone(ZoneInfo(zone)).year


def calendar_day(text: str) -> str:
    """Return a calendar date, given as `2027-03-05`, in words.

    It has no time zone; an example is the date of a decision.
    """
    return moments.calendar_day(text, current())


def long_day(value: datetime, zone: str) -> str:
    """Return the day, with its year, on which a moment falls in `zone`."""
    return moments.long_day(value, zone, current())


def everywhere(value: datetime, *zones: str) -> tuple[str, ...]:
    """Return a moment on the clocks of each of `zones` and in UTC.

    Zones with the same hour share one text.
    """
    return moments.everywhere(value, zones, current())


def by_hour(value: datetime, zones: Iterable[tuple[str, str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each hour that clocks show at a moment, from west to east, with the names where it holds.

    `zones`: pairs of a time zone and a name.
    """
    return moments.by_hour(value, zones, current())


def city(zone: str) -> str:
    """Return the name of the city by which a time zone is known, in the reader's language."""
    return moments.city(zone, current())


def number(value: float, pattern: str | None = None) -> str:
    """Return a number in the reader's notation, with the signs of the list of languages.

    CLDR has a point for decimals in the Spanish of Latin America, which most of its countries write with a
    comma: the sign of the list holds. Spanish parts no whole number of four digits, which the list says too.
    """
    locale = Locale.parse(tongue().locale)
    written = str(format_decimal(value, pattern, locale=locale))
    whole, point, part = written.partition(get_decimal_symbol(locale))
    parted = sum(map(str.isdigit, whole)) >= tongue().grouped
    whole = whole.replace(get_group_symbol(locale), tongue().thousands if parted else "")
    return f"{whole}{tongue().decimal}{part}" if point else whole


def in_words(value: int, *, feminine: bool = False) -> str:
    """Return how many there are, in words from one to twelve and in figures else.

    In some languages the word depends on whether the word for what is counted is feminine.
    """
    numbers = tongue().numbers
    if not 1 <= value <= len(numbers):
        return number(value)
    word = numbers[value - 1]
    return tongue().feminine.get(word, word) if feminine else word


def percent(value: float, *, whole: bool = True) -> str:
    """Return a share (0 to 1) as a whole percentage.

    There is no decimal sign, since the region writes it in two ways. A figure of a rule must not be
    rounded: with `whole` false it keeps the decimals that it has.
    """
    return f"{round(value * 100) if whole else hundredths(value)}{tongue().percent}"


def hundredths(value: float) -> str:
    """Return a share (0 to 1) as a number of a hundred, with up to six decimals, as rules write it."""
    return number(value * 100, "#,##0.######")
