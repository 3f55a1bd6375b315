"""The lists of the consultation as frozen values, read once from the files beside this module.

The module decides how a country, a sector, a role or a gender is recognised in what a person wrote. It
does not know the members, the rounds or the database, and it never guesses: the answer to unrecognised
text is None, and the nearest name is a suggestion that a person accepts or not.
"""

from __future__ import annotations

import csv
import difflib
import io
import tomllib
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from consulta.core.texts import Text
from consulta.platform.data import tongues
from consulta.platform.data.folding import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Found = TypeVar("Found")

Scheme = Literal["scheme3", "scheme4", "m49"]
"""Ways to part the 33 States: three subregions (the usual one), four, or those of the UN's M49 list."""

# The column of `countries.csv` for each; `subregions.csv` names them in its column `schemes`.
SCHEMES: Mapping[Scheme, str] = MappingProxyType({"scheme3": "subregion", "scheme4": "scheme4", "m49": "m49"})

# Names of up to this many letters are codes: nothing looks like a code by chance.
CODE_LETTERS = 3

# Words that stand before a country's name without being part of it, as `fold` writes them.
BEFORE_A_NAME = (
    "republica de la ",
    "republica del ",
    "republica do ",
    "republica da ",
    "republica de ",
    "republic of the ",
    "republic of ",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something with a key and a name."""

    key: str
    name: Text


@dataclass(frozen=True, slots=True)
class Named(Entry):
    """Something that is recognised by its key, one of its names or a usual synonym."""

    aliases: tuple[str, ...]

    @property
    def called(self) -> tuple[str, ...]:
        """Return everything that means it."""
        return (self.key, *self.name.values(), *self.aliases)


@dataclass(frozen=True, slots=True)
class Objective:
    """One of the 23 objectives of the Global Compact; titles are those of the resolution, never ours."""

    number: int
    title: Text
    short: Text
    round_table: int
    group: str


@dataclass(frozen=True, slots=True)
class ObjectiveGroup(Entry):
    """A handful of objectives that stand together on a ballot."""

    objectives: tuple[Objective, ...]


@dataclass(frozen=True, slots=True)
class Country:
    """A State, under the names that the United Nations use; `language` is the first to write to it in."""

    iso2: str
    iso3: str
    name: Text
    subregions: Mapping[Scheme, str] = field(hash=False)
    zone: str
    working_languages: tuple[str, ...]
    language: str
    aliases: tuple[str, ...]

    @property
    def called(self) -> tuple[str, ...]:
        """Return everything that means it."""
        return (self.iso2, self.iso3, *self.name.values(), *self.aliases)


@dataclass(frozen=True, slots=True)
class Subregion(Entry):
    """A part of the region under one or more schemes.

    Countries of it that are joined stand under one code, of the range that ISO 3166-1 leaves to users, and
    are called `others`; a sentence goes on with that name. A code never changes: kept bundles have it.
    """

    schemes: tuple[Scheme, ...]
    joined: str
    others: Text


@dataclass(frozen=True, slots=True)
class Sector(Named):
    """What kind of organisation it is: one main sector each, so that sums match totals.

    `civil`: an organisation of civil society may be of it, and its forms offer it. `short` is its name where
    a column of a table is narrow.
    """

    group: str
    civil: bool
    short: Text


@dataclass(frozen=True, slots=True)
class Gender(Named):
    """One of the four answers that the Mechanism's own publications use, in their order."""

    plural: Text

    @property
    def called(self) -> tuple[str, ...]:
        """Return everything that means it; a single letter does not."""
        return (self.key, *self.name.values(), *self.aliases, *self.plural.values())


Called = TypeVar("Called", bound=Named | Country)


@dataclass(frozen=True, slots=True)
class Preset:
    """Rules of a panel to start from, with where they come from."""

    key: str
    is_default: bool
    title: Text
    description: Text
    source: Text
    _panel: Mapping[str, Any] = field(repr=False, hash=False)

    @property
    def panel(self) -> dict[str, Any]:
        """Return the rules in their JSON form, as a copy that may be changed."""
        return deepcopy(dict(self._panel))


@dataclass(frozen=True, slots=True)
class DemoTheme:
    """A theme of the demonstration."""

    key: str
    title: Text
    description: Text
    objectives: tuple[int, ...]


def language_for(country: str, offered: tuple[str, ...]) -> str:
    """Return the language, one of `offered`, in which to write to a person in a country.

    It is the country's own language or else one of its working languages, if offered; else the first.
    """
    found = countries_by_code().get(country)
    own = (found.language, *found.working_languages) if found else ()
    return next((code for code in own if code in offered), offered[0])


def tongue_name(code: str) -> Text:
    """Return the name of a language of the program, in each language."""
    found = languages_by_key().get(code)
    return found.name if found else Text.name(tongues.of(code).own)


def tongue_spellings() -> Mapping[str, str]:
    """Return the code of a language of the program by each of its spellings, which are folded."""
    known: dict[str, str] = {}
    for code in tongues.codes():
        entry = languages_by_key().get(code)
        for name in (code, tongues.of(code).own, *tongues.of(code).short, *(entry.called if entry else ())):
            known[fold(name)] = code
    return known


@cache
def mail_text(kind: str, language: str) -> tuple[str, str]:
    """Return the subject and the body of a kind of mail, as they are before changes for a round."""
    path = resources.files("consulta.platform.data") / "mail" / f"{kind}.{language}.txt"
    subject, _, body = path.read_text(encoding="utf-8").partition("\n")
    return subject, body.strip()


@cache
def mail_words(language: str) -> Mapping[str, str]:
    """Return the texts of mails, by key, that cannot be changed for a round."""
    path = resources.files("consulta.platform.data") / "mail" / "words.toml"
    words: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return words[language]


@cache
def notice_drafts(languages: tuple[str, ...]) -> Mapping[str, Text]:
    """Return the texts that are proposed for the notices `criteria`, `privacy` and `accessibility`."""
    folder = resources.files("consulta.platform.data") / "organiser"
    return {
        notice: Text(
            (code, (folder / f"{notice}.{code}.txt").read_text(encoding="utf-8").strip())
            for code in languages
        )
        for notice in ("criteria", "privacy", "accessibility")
    }


@cache
def letter_style() -> str:
    """Return the style sheet of letters on paper."""
    return (resources.files("consulta.platform.data") / "mail" / "letter.css").read_text(encoding="utf-8")


DEMO_PASSWORDS = "demo.json"  # the file beside the data with the passwords and links of a demonstration
DEMO_ACCOUNTS: Mapping[Literal["secretariat", "admin", "scrutineer"], str] = {
    "secretariat": "secretaria@example.org",
    "admin": "administracion@example.org",
    "scrutineer": "escrutinio@example.org",
}
"""The accounts of a demonstration by role; `demo.json` has their passwords in the clear."""


def demo_file(name: str) -> bytes:
    """Return the bytes of a file of the demonstration, for the same import that people use."""
    return (resources.files("consulta.platform.data") / "demo" / name).read_bytes()


@cache
def objectives() -> tuple[Objective, ...]:
    """Return the 23 objectives, by number."""
    return tuple(
        Objective(
            int(row["number"]),
            _text(row, "title"),
            _text(row, "short"),
            int(row["round_table"]),
            row["group"],
        )
        for row in _rows("objectives.csv")
    )


@cache
def objective_groups() -> tuple[ObjectiveGroup, ...]:
    """Return the groups of objectives in the order of a ballot; every objective is in exactly one."""
    return tuple(
        ObjectiveGroup(
            row["key"],
            _text(row, "name"),
            tuple(objective for objective in objectives() if objective.group == row["key"]),
        )
        for row in _rows("objective_groups.csv")
    )


@cache
def countries() -> tuple[Country, ...]:
    """Return the 33 States of Latin America and the Caribbean, by code."""
    return tuple(
        Country(
            row["iso2"],
            row["iso3"],
            _text(row, "name"),
            {scheme: row[column] for scheme, column in SCHEMES.items()},
            row["zone"],
            _list(row["working_languages"]),
            row["language"],
            _list(row["aliases"]),
        )
        for row in _rows("countries.csv")
    )


@cache
def subregions(scheme: Scheme = "scheme3") -> tuple[Subregion, ...]:
    """Return the subregions of a scheme, from north to south and then the islands."""
    return tuple(subregion for subregion in all_subregions() if scheme in subregion.schemes)


@cache
def all_subregions() -> tuple[Subregion, ...]:
    """Return the subregions of every scheme, each once."""
    return tuple(
        Subregion(
            row["key"],
            _text(row, "name"),
            _schemes(row["schemes"]),
            row["joined"],
            _text(row, "others"),
        )
        for row in _rows("subregions.csv")
    )


@cache
def sectors() -> tuple[Sector, ...]:
    """Return the sectors, group by group."""
    return tuple(
        Sector(*_named(row), row["group"], row["civil"] == "yes", _text(row, "short"))
        for row in _rows("sectors.csv")
    )


@cache
def sector_groups() -> tuple[Entry, ...]:
    """Return the groups of sectors."""
    return tuple(Entry(row["key"], _text(row, "name")) for row in _rows("sector_groups.csv"))


@cache
def roles() -> tuple[Named, ...]:
    """Return the roles: the capacities in which people sit on a panel."""
    return tuple(Named(*_named(row)) for row in _rows("roles.csv"))


@cache
def languages() -> tuple[Named, ...]:
    """Return the languages that people on a panel may name as spoken."""
    return tuple(Named(*_named(row)) for row in _rows("languages.csv"))


@cache
def genders() -> tuple[Gender, ...]:
    """Return the four answers to the question of gender, in the order in which pages show them."""
    return tuple(Gender(*_named(row), _text(row, "plural")) for row in _rows("genders.csv"))


@cache
def terms(name: str) -> Mapping[str, Text]:
    """Return the words of one of the short lists in `terms.csv` (headings, names of groups) by key."""
    return {row["key"]: _text(row, "name") for row in _rows("terms.csv") if row["list"] == name}


def term(name: str, key: str) -> Text:
    """Return one entry of `terms`. Raise KeyError if the list has no such key."""
    return terms(name)[key]


@cache
def presets() -> tuple[Preset, ...]:
    """Return the panel presets, the default one first."""
    folder = resources.files("consulta.platform.data") / "panel_presets"
    files = [file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".toml")]
    return tuple(
        Preset(
            content["key"],
            content["default"],
            Text(content["title"]),
            Text(content["description"]),
            Text(content["source"]),
            content["panel"],
        )
        for content in sorted(map(tomllib.loads, files), key=lambda content: content["position"])
    )


@cache
def demo_texts() -> Mapping[str, Text]:
    """Return the texts of the demonstration for its rounds and its session, by name."""
    found: dict[str, dict[str, str]] = tomllib.loads(demo_file("texts.toml").decode())
    return {name: Text(words) for name, words in found.items()}


@cache
def demo_themes() -> tuple[DemoTheme, ...]:
    """Return the themes of the demonstration."""
    return tuple(
        DemoTheme(
            row["key"],
            _text(row, "title"),
            _text(row, "description"),
            tuple(int(number) for number in _list(row["objectives"])),
        )
        for row in _rows("demo/themes.csv")
    )


@cache
def subregions_by_key(scheme: Scheme = "scheme3") -> Mapping[str, Subregion]:
    """Return a mapping from key to subregion, for one scheme."""
    return {subregion.key: subregion for subregion in subregions(scheme)}


def _by(name: str, entries: Callable[[], tuple[Found, ...]]) -> Callable[[], Mapping[Any, Found]]:
    """Return a function that returns the entries of a list by the field `name`."""
    return cache(lambda: {getattr(each, name): each for each in entries()})


objectives_by_number = _by("number", objectives)
countries_by_code = _by("iso2", countries)
sectors_by_key = _by("key", sectors)
roles_by_key = _by("key", roles)
languages_by_key = _by("key", languages)
genders_by_key = _by("key", genders)
presets_by_key = _by("key", presets)


def subregion_of(country: str, scheme: Scheme = "scheme3") -> str:
    """Return the key of the subregion of a country given by its two-letter code.

    Raise KeyError if there is no such country.
    """
    return countries_by_code()[country].subregions[scheme]


def _bare(text: str) -> str:
    folded = fold(text)
    for words in BEFORE_A_NAME:
        if folded.startswith(words):
            return folded.removeprefix(words)
    return folded


def _one_spelling(text: str) -> str:
    """Return `text` folded, with "organiz" (as in UN documents) written as the British "organis"."""
    return fold(text).replace("organiz", "organis")


def closest(folded: str, names: Mapping[str, Found]) -> Found | None:
    """Return what the name that looks most like a folded text means; None where none does."""
    likely = difflib.get_close_matches(
        folded, [name for name in names if len(name) > CODE_LETTERS], n=1, cutoff=0.75
    )
    return names[likely[0]] if likely else None


class _Finder(Generic[Called]):
    """Which entry of a list is meant by what was written: called with it, returns the entry or None."""

    def __init__(self, entries: Callable[[], tuple[Called, ...]], spelling: Callable[[str], str]) -> None:
        self._entries, self._spelling = entries, spelling

    @cached_property
    def names(self) -> Mapping[str, Called]:
        """Return a mapping from every spelling to the entry that it means.

        Raise ValueError if one spelling means two entries, which is a mistake in the files.
        """
        meanings: dict[str, Called] = {}
        for entry in self._entries():
            for name in entry.called:
                if meanings.setdefault(self._spelling(name), entry) is not entry:
                    raise ValueError(f"{name!r} names two things")
        return meanings

    def __call__(self, text: str) -> Called | None:
        return self.names.get(self._spelling(text))

    def closest(self, text: str) -> Called | None:
        """Return the entry with the name most like `text`, as a suggestion for a person, or None.

        It is never to be used without asking.
        """
        return closest(self._spelling(text), self.names)

    def likely(self, text: str) -> Called | None:
        """Return the entry that is probably meant, as `closest` does, or None.

        It is the one with the longest name that stands in `text`, else the closest, else the only one in a
        name of which `text` stands: "Academia / research" is academia.
        """
        written = f" {self._spelling(text)} "
        held = [name for name in self.names if len(name) >= CODE_LETTERS and f" {name} " in written]
        if held:
            return self.names[max(held, key=len)]
        if near := self.closest(text):
            return near
        within = [
            entry
            for entry in self._entries()
            if any(written in f" {self._spelling(each)} " for each in entry.called)
        ]
        return within[0] if len(within) == 1 else None


find_country = _Finder(countries, _bare)
find_sector = _Finder(sectors, _one_spelling)
find_role = _Finder(roles, fold)
find_language = _Finder(languages, fold)
find_gender = _Finder(genders, fold)
closest_country, closest_sector = find_country.closest, find_sector.likely


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("consulta.platform.data") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _text(row: Mapping[str, str], name: str) -> Text:
    """Return the text that a row of a file has in the columns `name_es`, `name_en` and so on."""
    return Text({code: row.get(f"{name}_{code}", "") for code in tongues.codes()})


def _named(row: Mapping[str, str]) -> tuple[str, Text, tuple[str, ...]]:
    return row["key"], _text(row, "name"), _list(row["aliases"])


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(";") if part)


def _schemes(cell: str) -> tuple[Scheme, ...]:
    """Return the schemes that a cell names. Raise ValueError if it names one that is not in `SCHEMES`."""
    named = _list(cell)
    if unknown := set(named) - SCHEMES.keys():
        raise ValueError(f"subregions.csv: no scheme of SCHEMES in catalogue.py: {sorted(unknown)}")
    return tuple(scheme for scheme in SCHEMES if scheme in named)
