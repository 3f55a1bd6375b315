"""The registry of dimensions: what its file may say, and what an organisation's categories are then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consulta.app import use_dimensions
from consulta.operations import monitoring
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.dimensions import DimensionsError
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.settings import Settings, SettingsError
from tests.cases import for_each

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = 'names = {es = "Tamaño", en = "Size"}'
SMALL = '{key = "small", names = {es = "Pequeña", en = "Small"}, aliases = ["chica"]}'
LARGE = '{key = "large", names = {es = "Grande", en = "Large"}}'
SIZE = f'[[dimension]]\nkey = "size"\n{NAMES}\ncategory = [{SMALL}, {LARGE}]\n'
OPEN = (
    '[[dimension]]\nkey = "tongue"\nnames = {es = "Lengua materna", en = "Mother tongue"}\nlist = "open"\n'
    'category = [{key = "es", names = {es = "Español", en = "Spanish"}}]\n'
)
ISLANDS = ("AG", "BB", "JM")


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Let the process forget the dimensions of a test."""
    yield
    dimensions.use(())


def sea() -> str:
    """A dimension that follows from the country."""
    rest = [land.iso2 for land in catalogue.countries() if land.iso2 not in ISLANDS]
    return (
        '[[dimension]]\nkey = "sea"\nnames = {es = "Mar", en = "Sea"}\nfrom_country = true\ncategory = [\n'
        f'{{key = "island", names = {{es = "Isla", en = "Island"}}, countries = {list(ISLANDS)}}},\n'
        f'{{key = "land", names = {{es = "Tierra", en = "Land"}}, countries = {rest}}}]\n'
    )


def test_a_file_is_read_and_gives_every_organisation_its_categories() -> None:
    dimensions.use(dimensions.read(SIZE + sea() + OPEN))
    assert dimensions.every() == ("subregion", "sector", "size", "sea", "tongue", "country")
    assert dimensions.columns()[0] == "country"
    assert dimensions.entered_keys() == ("sector", "size", "tongue")
    entered = {"tongue": "Quechua", "size": "small", "sector": "ngo", "gone": "x"}
    # As a bundle writes them: what was always there first, then by key.
    assert [*dimensions.categories_of("JM", entered).items()] == [
        ("subregion", "caribbean"),
        ("sector", "ngo"),
        ("sea", "island"),
        ("size", "small"),
        ("tongue", "Quechua"),
    ]
    assert (name_of_dimension("size").into("es"), name_of("size", "small").into("en")) == ("Tamaño", "Small")
    assert name_of("tongue", "Quechua").into("en") == "Quechua"
    assert name_of("tongue", "es").into("en") == "Spanish"
    assert (name_of_dimension("gone").into("es"), name_of("gone", "x").into("es")) == ("gone", "x")


def test_without_a_file_there_are_the_three() -> None:
    assert dimensions.read("") == ()
    assert dimensions.every() == ("subregion", "sector", "country")
    found = dimensions.categories_of("PE", {"sector": "ngo"})
    assert [*found.items()] == [("subregion", "south_america"), ("sector", "ngo")]


def test_an_open_list_takes_a_word_once_however_it_is_spelt() -> None:
    (tongue,) = dimensions.read(OPEN)
    assert tongue.find("ESPAÑOL") == "es"
    assert tongue.find("Náhuatl", ["Quechua"]) == "Náhuatl"
    assert tongue.find("NAHUATL", ["Quechua", "Náhuatl"]) == "Náhuatl"
    assert tongue.find("x" * 61) is None
    assert tongue.find("¿?") is None
    (size,) = dimensions.read(SIZE)
    assert (size.find("Chica"), size.find("mediana"), size.closest("pequenas")) == ("small", None, "small")


@for_each(
    "text, said",
    [
        ("[[dimension", "no TOML"),
        ("[other]", "unknown: other"),
        (SIZE.replace("size", "Size"), "needs a key"),
        (SIZE.replace('"size"', '"sector"'), "taken"),
        (SIZE.replace(', en = "Size"', ""), r"dimension size has no name in en \(English\)"),
        (SIZE.replace(', en = "Small"', ""), r"category small of dimension size has no name in en"),
        (
            SIZE.replace('en = "Size"', 'en = "Size", po = "Tamanho"'),
            "in po, which is no language .*es, en, pt",
        ),
        (SIZE.replace("category", "categories"), "unknown: categories"),
        (SIZE.replace(f", {LARGE}", ""), "2 categories"),
        (SIZE.replace("large", "small"), "same key twice"),
        (SIZE.replace("Grande", "CHICA"), "same spelling twice: chica"),
        (SIZE + SIZE, "same key twice: size"),
        (SIZE.replace("category", 'list = "half"\ncategory'), "neither"),
        (SIZE.replace("category", "from_country = 1\ncategory"), "neither true nor false"),
        (SIZE.replace("category", "from_country = true\ncategory"), "no category for AG"),
        (SIZE.replace('["chica"]}', '["chica"], countries = ["PE"]}'), "from_country is not true"),
        (SIZE.replace('["chica"]}', '["chica"], countries = ["ES"]}'), "no country"),
        (OPEN.replace("category", "from_country = true\ncategory"), "cannot follow"),
        (SIZE.replace('["chica"]', '"chica"'), "no list of texts"),
        ("dimension = 3", "no list of tables"),
        ("".join(SIZE.replace("size", f"size{number}") for number in range(9)), "more than 8"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(DimensionsError, match=said):
        dimensions.read(text)


PT = {"Size": "Tamanho", "Small": "Reduzida", "Large": "Grande"}


def in_portuguese(text: str, *words: str) -> str:
    """The file with names in Portuguese beside these English ones."""
    for word in words:
        text = text.replace(f'en = "{word}"', f'en = "{word}", pt = "{PT[word]}"')
    return text


def test_a_name_is_required_in_each_language_that_is_offered_where_files_from_before_have_it() -> None:
    with pytest.raises(DimensionsError, match=r"size has no name in es \(Español\)"):
        dimensions.read(SIZE.replace('es = "Tamaño", ', ""), ("es", "en"))
    (found,) = dimensions.read(SIZE.replace('es = "Tamaño", ', ""), ("en",))
    assert found.names == {"en": "Size"}
    only = in_portuguese(SIZE, *PT).replace(', en = "Size"', "")
    (found,) = dimensions.read(only, ("es", "pt"))
    assert (found.names, found.unnamed) == ({"es": "Tamaño", "pt": "Tamanho"}, {})


@for_each("given", [(), ("Size",), ("Size", "Large"), ("Small", "Large"), tuple(PT)])
def test_a_dimension_is_shown_in_a_language_whole_or_not_at_all(given: tuple[str, ...]) -> None:
    (found,) = dimensions.read(in_portuguese(SIZE, *given))
    shown = [found.names, *(each.names for each in found.categories)]
    assert all([*names] == (["es", "en", "pt"] if given == tuple(PT) else ["es", "en"]) for names in shown)
    keys = {"Size": "", "Small": "small", "Large": "large"}
    missing = tuple(keys[word] for word in PT if word not in given)
    assert found.unnamed == ({"pt": missing} if missing else {})
    # A name that is not shown is understood in files nevertheless.
    for word in ("Small", "Large"):
        assert (found.find(PT[word]) == keys[word]) == (word in given or word == "Large")


def test_the_deployment_check_says_which_names_are_missing_and_what_is_shown(tmp_path: Path) -> None:
    environ = {"CONSULTA_DATA": str(tmp_path), "CONSULTA_SECRET": "a secret of the tests, long and varied"}
    for given, missing in (
        ((), "its own, category small, category large"),
        (("Size", "Large"), "category small"),
        (tuple(PT), ""),
    ):
        (tmp_path / "dimensions.toml").write_text(in_portuguese(SIZE, *given), encoding="utf-8")
        found = monitoring.findings_without(Settings.from_env(environ), "", {})
        (one,) = [each for each in found if each.subject == "dimensions"]
        assert one.grade == ("weak" if missing else "well")
        if missing:
            assert f"dimension size are missing in pt ({missing}), so pages in it show" in one.told
            assert "all of its names in es" in one.told
    missing_es = SIZE.replace('es = "Tamaño", ', "")
    (tmp_path / "dimensions.toml").write_text(missing_es, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"dimensions\.toml: dimension size has no name in es"):
        Settings.from_env(environ)


def test_the_settings_read_the_file_of_the_data_folder_or_the_one_that_is_named(tmp_path: Path) -> None:
    environ = {"CONSULTA_DATA": str(tmp_path), "CONSULTA_SECRET": "a secret of the tests, long and varied"}
    assert Settings.from_env(environ).dimensions == ()
    (tmp_path / "dimensions.toml").write_text(SIZE, encoding="utf-8")
    found = Settings.from_env(environ).dimensions
    assert [each.key for each in found] == ["size"]
    (tmp_path / "other.toml").write_text("[[dimension]]", encoding="utf-8")
    for name in ("other.toml", "none.toml"):
        with pytest.raises(SettingsError, match=name):
            Settings.from_env({**environ, "CONSULTA_DIMENSIONS": str(tmp_path / name)})
    use_dimensions(Settings.from_env(environ))
    assert [each.key for each in dimensions.own()] == ["size"]


@for_each("heading", ["Idioma", "E-mail", "Nombre"])
def test_a_heading_of_another_column_is_refused(tmp_path: Path, heading: str) -> None:
    added = dimensions.read(SIZE.replace("category", f'headings = ["{heading}"]\ncategory'))
    with pytest.raises(SettingsError, match=heading):
        use_dimensions(Settings(data=tmp_path, database="", secret="", dimensions=added))
