"""The dimensions of an organisation: country, subregion, sector, and those that an installation adds.

A dimension is a way to put organisations into categories. What can be balanced, required in support, left
out in the robustness figures, shown and protected comes from this one registry, but for the two marks beside
a reason (decision 91). Country, subregion and sector are always there; an installation writes its own into a
file (`docs/dimensions.md`), which is read once when the program starts. It does not know who has which
category.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NoReturn

from consulta.platform.data import catalogue, tongues
from consulta.platform.data.folding import fold, mixes_scripts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COUNTRY, SUBREGION, SECTOR = "country", "subregion", "sector"
BUILT_IN = (SUBREGION, SECTOR, COUNTRY)
RESERVED = frozenset(
    {
        *(*BUILT_IN, "gender", "organisation", "role"),  # what the rules of a panel name
        *(
            "active",
            "base",
            "contact",
            "contacts",
            "kind",
            "name",
            "order",
            "page",
            "q",
            "sort",
            "tags",
            "voted",
        ),
    }
)
"""Keys that mean something else beside a dimension, in rules, files or addresses."""
KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")
MOST = 8  # dimensions of an installation
FEWEST = 2  # categories of a list that is not open
CATEGORY_MAX = 60  # characters of a category of an open list

Names = dict[str, str]
"""Language -> words."""


class DimensionsError(ValueError):
    """The file of dimensions cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category: its key, its names, other spellings in files, and the countries that it follows from."""

    key: str
    names: Mapping[str, str] = field(hash=False)
    aliases: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension that an installation adds.

    With an open list any short text is a category, and `categories` are those that have names. With
    `from_country` every country belongs to one category, and the category is never entered.

    `names` of a dimension and of its categories are in the same languages. `unnamed` says for each other
    language that the installation offers what has no name in it.
    """

    key: str
    names: Mapping[str, str] = field(hash=False)
    headings: tuple[str, ...] = ()  # of columns in files, beside the names
    categories: tuple[Category, ...] = ()
    is_open: bool = False
    from_country: bool = False
    unnamed: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    def category(self, key: str) -> Category | None:
        """Return the category with this key, where the list has it."""
        return next((each for each in self.categories if each.key == key), None)

    def find(self, text: str, known: Iterable[str] = ()) -> str | None:
        """Return the key of what was written; None where the list has no such category.

        `known` are the categories that organisations have: of an open list the same word is not taken twice.
        """
        folded = fold(text)
        for each in self.categories:
            if folded in {fold(each.key), *map(fold, each.names.values()), *map(fold, each.aliases)}:
                return each.key
        if not self.is_open or not folded or len(text) > CATEGORY_MAX or mixes_scripts(text):
            return None
        return next((each for each in known if fold(each) == folded), text)

    def closest(self, text: str) -> str | None:
        """Return the key of the category whose name looks most like `text`: to be offered, never taken."""
        spellings = {
            fold(name): each.key
            for each in self.categories
            for name in (each.key, *each.names.values(), *each.aliases)
        }
        return catalogue.closest(fold(text), spellings)

    def of_country(self, country: str) -> str:
        """Return the category of a country in a dimension that follows from it."""
        return next(each.key for each in self.categories if country in each.countries)


_own: list[Dimension] = []


def use(dimensions: Sequence[Dimension]) -> None:
    """Let these be the dimensions that the installation adds, for this process."""
    _own[:] = dimensions


def own() -> tuple[Dimension, ...]:
    """Return the dimensions that the installation adds, in their order."""
    return tuple(_own)


def own_by_key() -> dict[str, Dimension]:
    """Return key -> dimension of those that the installation adds."""
    return {each.key: each for each in _own}


def entered_keys() -> tuple[str, ...]:
    """Return the keys of the dimensions that are entered for each organisation, the sector first."""
    return (SECTOR, *(each.key for each in _own if not each.from_country))


def every() -> tuple[str, ...]:
    """Return the keys of all dimensions in the order in which they are shown: countries last."""
    return (SUBREGION, SECTOR, *(each.key for each in _own), COUNTRY)


def columns() -> tuple[str, ...]:
    """Return the keys of all dimensions in the order of the columns of a table: countries first."""
    return (COUNTRY, *every()[:-1])


def in_order(found: Iterable[str]) -> tuple[str, ...]:
    """Return keys of dimensions in the order in which they are shown.

    Keys of dimensions that the installation does not have now follow in alphabetical order; the country
    stands last.
    """
    there = set(found)
    place = {key: number for number, key in enumerate(every()[:-1])}
    last = len(place)
    return tuple(sorted(there, key=lambda key: (key == COUNTRY, place.get(key, last), key)))


def grouped(found: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Return the keys of the dimensions by which organisations with these categories are shown in groups.

    They are those that each of them has, in their order, but for the country: in most there are too few.
    """
    shared: set[str] | None = None
    for keys in found:
        shared = {*keys} if shared is None else shared & {*keys}
    return in_order((shared or set()) - {COUNTRY})


def field_name(key: str) -> str:
    """Return the name of a dimension in an address or a file that has fields of other things.

    An installation's dimension may have the key of one of them, such as the language of a contact.
    """
    return key if key in BUILT_IN else f"category_{key}"


def others(found: Iterable[str]) -> tuple[str, ...]:
    """Return the keys that are none of country, subregion and sector, by name."""
    return tuple(sorted({*found} - {*BUILT_IN}))


def categories_of(country: str, entered: Mapping[str, str]) -> dict[str, str]:
    """Return all categories of an organisation but its country, as a seat keeps them.

    Subregion and sector come first, then the others by name: one order for files and digests.
    """
    added = {
        each.key: each.of_country(country) if each.from_country else entered.get(each.key, "")
        for each in _own
    }
    return {
        SUBREGION: catalogue.subregion_of(country),
        SECTOR: entered[SECTOR],
        **{key: added[key] for key in others(added) if added[key]},
    }


def is_among(chosen: Mapping[str, Sequence[str]], country: str, entered: Mapping[str, str]) -> bool:
    """Return whether an organisation has one of the chosen categories in each dimension that is named."""
    categories = {COUNTRY: country, **categories_of(country, entered)}
    return all(categories.get(dimension, "") in keys for dimension, keys in chosen.items())


# -- the file of an installation


def read(text: str, offered: Sequence[str] | None = None) -> tuple[Dimension, ...]:
    """Return the dimensions of a file. DimensionsError where something in it is no good.

    `offered` are the languages that the installation offers; by default all. A name is required in those of
    them that have pages of the secretariat. Where one is missing in another, the file is read nevertheless:
    files from before that language was asked for stay usable, and `Dimension.unnamed` says what is missing.
    """
    found = tuple(declared(each, "dimension", offered) for each in tables_of(text, "dimension"))
    require_few([each.key for each in found], "dimensions")
    return found


def tables_of(text: str, name: str) -> list[dict[str, Any]]:
    """Return the tables of a file that has only tables with this name. DimensionsError where it has not."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DimensionsError(f"it is no TOML: {error}") from error
    _only(content, {name}, "the file")
    return _tables(content.get(name, []), name)


def declared(
    given: dict[str, Any], kind: str, offered: Sequence[str] | None = None, fewest: int = FEWEST
) -> Dimension:
    """Return the dimension of a table, with `fewest` categories at least; `kind` is what messages call it.

    Raise DimensionsError where something in it is no good.
    """
    languages = tongues.codes() if offered is None else tuple(offered)
    found = _dimension(given, kind, languages)
    _check(found, f"{kind} {found.key}", fewest)
    return _in_whole_languages(found, languages)


def require_few(keys: Sequence[str], what: str) -> None:
    """Raise DimensionsError if keys are not different, or too many."""
    _differ(keys, what, "key")
    if len(keys) > MOST:
        _refuse("the file", f"has more than {MOST} {what}")


def _dimension(given: dict[str, Any], kind: str, languages: Sequence[str]) -> Dimension:
    key = _key(given, f"a{'n' if kind[0] in 'aeiou' else ''} {kind}")
    where = f"{kind} {key}"
    if key in RESERVED:
        _refuse(where, "has a key that is taken: choose another")
    _only(given, {"key", "names", "headings", "list", "from_country", "category"}, where)
    kind = given.get("list", "closed")
    if kind not in {"closed", "open"}:
        _refuse(where, 'has a list that is neither "closed" nor "open"')
    from_country = given.get("from_country", False)
    if not isinstance(from_country, bool):
        _refuse(where, "has a from_country that is neither true nor false")
    categories = tuple(
        _category(each, where, languages) for each in _tables(given.get("category", []), where)
    )
    names = _names(given, where, languages)
    headings = _texts(given, "headings", where)
    return Dimension(key, names, headings, categories, kind == "open", from_country)


def _in_whole_languages(found: Dimension, offered: Sequence[str]) -> Dimension:
    """Return a dimension whose names are only in the languages in which it and each category have one.

    A page never has its words in two languages then: all of a dimension is shown in another one. A name that
    is not shown is still understood in files.
    """
    named = {"": found.names, **{each.key: each.names for each in found.categories}}
    whole = [language for language in found.names if all(language in names for names in named.values())]
    unnamed = {
        language: tuple(key for key, names in named.items() if language not in names)
        for language in offered
        if language not in whole
    }

    def kept(names: Mapping[str, str]) -> Names:
        return {language: names[language] for language in whole}

    def others(names: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(name for language, name in names.items() if language not in whole)

    return replace(
        found,
        names=kept(found.names),
        headings=(*found.headings, *others(found.names)),
        categories=tuple(
            replace(each, names=kept(each.names), aliases=(*each.aliases, *others(each.names)))
            for each in found.categories
        ),
        unnamed=unnamed,
    )


def _category(given: dict[str, Any], where: str, languages: Sequence[str]) -> Category:
    key = _key(given, f"a category of {where}")
    place = f"category {key} of {where}"
    _only(given, {"key", "names", "aliases", "countries"}, place)
    countries = _texts(given, "countries", place)
    for code in countries:
        if code not in catalogue.countries_by_code():
            _refuse(place, f"names {code!r}, which is no country of the list")
    return Category(key, _names(given, place, languages), _texts(given, "aliases", place), countries)


def _check(found: Dimension, where: str, fewest: int) -> None:
    if not found.is_open and len(found.categories) < fewest:
        _refuse(where, f"needs {fewest} categories or more, or an open list")
    if found.is_open and found.from_country:
        _refuse(where, "has an open list: then it cannot follow from the country")
    _differ([each.key for each in found.categories], where, "key")
    spellings = [
        {fold(name) for name in (each.key, *each.names.values(), *each.aliases)} for each in found.categories
    ]
    _differ([name for each in spellings for name in sorted(each)], where, "spelling")
    _differ([code for each in found.categories for code in each.countries], where, "country")
    placed = {code for each in found.categories for code in each.countries}
    missing = sorted({*catalogue.countries_by_code()} - placed)
    if found.from_country and missing:
        _refuse(where, f"follows from the country, but has no category for {', '.join(missing)}")
    if placed and not found.from_country:
        _refuse(where, "has categories with countries, but from_country is not true")


def _differ(texts: Sequence[str], where: str, what: str) -> None:
    twice = sorted({text for text in texts if texts.count(text) > 1})
    if twice:
        _refuse(where, f"has the same {what} twice: {', '.join(twice)}")


def _key(given: dict[str, Any], where: str) -> str:
    key = given.get("key")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        _refuse(where, f"needs a key of small letters, digits and _, not {key!r}")
    return key


def _names(given: dict[str, Any], where: str, languages: Sequence[str]) -> Names:
    names = given.get("names")
    if not isinstance(names, dict) or not all(
        isinstance(name, str) and fold(name) for name in names.values()
    ):
        _refuse(where, 'needs names: a language and words, such as names = {es = "…", en = "…"}')
    unknown = sorted({*names} - {*tongues.codes()})
    if unknown:
        known = ", ".join(tongues.codes())
        _refuse(where, f"has a name in {', '.join(unknown)}, which is no language of the program ({known})")
    missing = [language for language in tongues.with_desk(languages) if language not in names]
    if missing:
        _refuse(where, f"has no name in {', '.join(_language(code) for code in missing)}")
    return dict(names)


def _language(code: str) -> str:
    return f"{code} ({tongues.of(code).own})"


def _texts(given: dict[str, Any], name: str, where: str) -> tuple[str, ...]:
    texts = given.get(name, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):
        _refuse(where, f"has {name} that are no list of texts")
    return tuple(texts)


def _tables(given: object, where: str) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        _refuse(where, "is no list of tables: write [[…]]")
    return given


def _only(given: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted({*given} - known)
    if unknown:
        _refuse(where, f"has something unknown: {', '.join(unknown)}")


def _refuse(where: str, why: str) -> NoReturn:
    raise DimensionsError(f"{where} {why}")
