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
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from consulta.core.texts import Text
from consulta.data import tongues
from consulta.data.folding import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Found = TypeVar("Found")

Scheme = Literal["scheme3", "scheme4", "m49"]
"""Ways to part the 33 States: three subregions (the usual one), four, or those of the UN's M49 list."""

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
class Sector(Entry):
    """What kind of organisation it is: one main sector each, so that sums match totals."""

    group: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Role(Entry):
    """The capacity in which a person sits on a panel."""

    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language(Entry):
    """A language that a person on a panel may speak."""

    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gender(Entry):
    """One of the four answers that the Mechanism's own publications use, in their order."""

    plural: Text
    aliases: tuple[str, ...]


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
        names = _called(entry, entry.aliases) if entry else ()
        for name in (code, tongues.of(code).own, *tongues.of(code).short, *names):
            known[fold(name)] = code
    return known


@cache
def mail_text(kind: str, language: str) -> tuple[str, str]:
    """Return the subject and the body of a kind of mail, as they are before changes for a round."""
    path = resources.files("consulta.data") / "mail" / f"{kind}.{language}.txt"
    subject, _, body = path.read_text(encoding="utf-8").partition("\n")
    return subject, body.strip()


@cache
def mail_words(language: str) -> Mapping[str, str]:
    """Return the texts of mails, by key, that cannot be changed for a round."""
    path = resources.files("consulta.data") / "mail" / "words.toml"
    words: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return words[language]


@cache
def organiser_draft(notice: str, language: str) -> str:
    """Return the text that is proposed for a notice of the organiser, `privacy` or `accessibility`."""
    path = resources.files("consulta.data") / "organiser" / f"{notice}.{language}.txt"
    return path.read_text(encoding="utf-8").strip()


@cache
def letter_style() -> str:
    """Return the style sheet of letters on paper."""
    return (resources.files("consulta.data") / "mail" / "letter.css").read_text(encoding="utf-8")


def demo_file(name: str) -> bytes:
    """Return the bytes of a file of the demonstration, for the same import that people use."""
    return (resources.files("consulta.data") / "demo" / name).read_bytes()


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
            {"scheme3": row["subregion"], "scheme4": row["scheme4"], "m49": row["m49"]},
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
        Sector(row["key"], _text(row, "name"), row["group"], _list(row["aliases"]))
        for row in _rows("sectors.csv")
    )


@cache
def sector_groups() -> tuple[Entry, ...]:
    """Return the groups of sectors."""
    return tuple(Entry(row["key"], _text(row, "name")) for row in _rows("sector_groups.csv"))


@cache
def roles() -> tuple[Role, ...]:
    """Return the roles on a panel."""
    return tuple(Role(row["key"], _text(row, "name"), _list(row["aliases"])) for row in _rows("roles.csv"))


@cache
def languages() -> tuple[Language, ...]:
    """Return the languages that people on a panel may name as spoken."""
    return tuple(
        Language(row["key"], _text(row, "name"), _list(row["aliases"])) for row in _rows("languages.csv")
    )


@cache
def genders() -> tuple[Gender, ...]:
    """Return the four answers to the question of gender, in the order in which pages show them."""
    return tuple(
        Gender(row["key"], _text(row, "name"), _text(row, "plural"), _list(row["aliases"]))
        for row in _rows("genders.csv")
    )


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
    folder = resources.files("consulta.data") / "panel_presets"
    files = [
        tomllib.loads(file.read_text(encoding="utf-8")) for file in folder.iterdir() if _is_toml(file.name)
    ]
    return tuple(_preset(content) for content in sorted(files, key=lambda content: content["position"]))


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
def objectives_by_number() -> Mapping[int, Objective]:
    """Return a mapping from number to objective."""
    return {objective.number: objective for objective in objectives()}


@cache
def countries_by_code() -> Mapping[str, Country]:
    """Return a mapping from ISO 3166 two-letter code to country."""
    return {country.iso2: country for country in countries()}


@cache
def subregions_by_key(scheme: Scheme = "scheme3") -> Mapping[str, Subregion]:
    """Return a mapping from key to subregion, for one scheme."""
    return {subregion.key: subregion for subregion in subregions(scheme)}


@cache
def sectors_by_key() -> Mapping[str, Sector]:
    """Return a mapping from key to sector."""
    return {sector.key: sector for sector in sectors()}


@cache
def roles_by_key() -> Mapping[str, Role]:
    """Return a mapping from key to role."""
    return {role.key: role for role in roles()}


@cache
def languages_by_key() -> Mapping[str, Language]:
    """Return a mapping from key to language."""
    return {language.key: language for language in languages()}


@cache
def genders_by_key() -> Mapping[str, Gender]:
    """Return a mapping from key to gender."""
    return {gender.key: gender for gender in genders()}


@cache
def presets_by_key() -> Mapping[str, Preset]:
    """Return a mapping from key to panel preset."""
    return {preset.key: preset for preset in presets()}


def subregion_of(country: str, scheme: Scheme = "scheme3") -> str:
    """Return the key of the subregion of a country given by its two-letter code.

    Raise KeyError if there is no such country.
    """
    return countries_by_code()[country].subregions[scheme]


def find_country(text: str) -> Country | None:
    """Return the country meant by an ISO code or by one of its usual names; None if there is none."""
    return _country_names().get(_bare(text))


def find_sector(text: str) -> Sector | None:
    """Return the sector that its key, one of its names or a usual synonym means, or None."""
    return _sector_names().get(_one_spelling(text))


def find_role(text: str) -> Role | None:
    """Return the role that its key, one of its names or a usual synonym means, or None."""
    return _role_names().get(fold(text))


def find_language(text: str) -> Language | None:
    """Return the language that its key, one of its names or a usual synonym means, or None."""
    return _language_names().get(fold(text))


def find_gender(text: str) -> Gender | None:
    """Return the gender that its key, one of its names or a usual synonym means, or None.

    A single letter is not recognised.
    """
    return _gender_names().get(fold(text))


def closest_country(text: str) -> Country | None:
    """Return the country with the name most like `text`, as a suggestion for a person, or None.

    It is never to be used without asking.
    """
    return closest(_bare(text), _country_names())


def closest_sector(text: str) -> Sector | None:
    """Return the sector with the name most like `text`, as a suggestion for a person, or None.

    It is never to be used without asking.
    """
    return closest(_one_spelling(text), _sector_names())


@cache
def _country_names() -> Mapping[str, Country]:
    return _names(
        _bare,
        (
            ((country.iso2, country.iso3, *country.name.values(), *country.aliases), country)
            for country in countries()
        ),
    )


@cache
def _sector_names() -> Mapping[str, Sector]:
    return _names(_one_spelling, ((_called(sector, sector.aliases), sector) for sector in sectors()))


@cache
def _role_names() -> Mapping[str, Role]:
    return _names(fold, ((_called(role, role.aliases), role) for role in roles()))


@cache
def _language_names() -> Mapping[str, Language]:
    return _names(fold, ((_called(language, language.aliases), language) for language in languages()))


@cache
def _gender_names() -> Mapping[str, Gender]:
    called = (((*_called(gender, gender.aliases), *gender.plural.values()), gender) for gender in genders())
    return _names(fold, called)


def _called(entry: Entry, aliases: tuple[str, ...]) -> tuple[str, ...]:
    return (entry.key, *entry.name.values(), *aliases)


def _names(
    spelling: Callable[[str], str], called: Iterable[tuple[Iterable[str], Found]]
) -> Mapping[str, Found]:
    """Return a mapping from every spelling to the entry that it means.

    Raise ValueError if one spelling means two entries, which is a mistake in the files.
    """
    meanings: dict[str, Found] = {}
    for names, entry in called:
        for name in names:
            if meanings.setdefault(spelling(name), entry) is not entry:
                raise ValueError(f"{name!r} names two things")
    return meanings


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


def _preset(content: dict[str, Any]) -> Preset:
    return Preset(
        content["key"],
        content["default"],
        Text(content["title"]),
        Text(content["description"]),
        Text(content["source"]),
        content["panel"],
    )


def _is_toml(name: str) -> bool:
    return name.endswith(".toml")


def _rows(name: str) -> list[dict[str, str]]:
    text = (resources.files("consulta.data") / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _text(row: Mapping[str, str], name: str) -> Text:
    """Return the text that a row of a file has in the columns `name_es`, `name_en` and so on."""
    return Text({code: row.get(f"{name}_{code}", "") for code in tongues.codes()})


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(";") if part)


def _schemes(cell: str) -> tuple[Scheme, ...]:
    schemes: tuple[Scheme, ...] = ("scheme3", "scheme4", "m49")
    return tuple(scheme for scheme in schemes if scheme in _list(cell))
