"""The facts are complete, agree with each other, and are recognised as people write them."""

import subprocess
import sys
from zoneinfo import ZoneInfo

from consulta.core.panel.rules import parse_panel_rules
from consulta.platform.data import catalogue, tongues
from consulta.platform.data.folding import fold
from tests.cases import for_each


def _texts():
    for objective in catalogue.objectives():
        yield objective.title
        yield objective.short
    for preset in catalogue.presets():
        yield from (preset.title, preset.description, preset.source)
    for theme in catalogue.demo_themes():
        yield from (theme.title, theme.description)
    for gender in catalogue.genders():
        yield gender.plural
    for country in catalogue.countries():
        yield country.name
    entries = (
        *catalogue.objective_groups(),
        *catalogue.all_subregions(),
        *catalogue.sectors(),
        *catalogue.sector_groups(),
        *catalogue.roles(),
        *catalogue.languages(),
        *catalogue.genders(),
    )
    for entry in entries:
        yield entry.name


@for_each("language", tongues.codes())
def test_no_text_is_missing_in_a_language(language: str):
    said = [(text, text.into(language)) for text in _texts()]
    empty = [text.into(tongues.codes()[0]) for text, words in said if not words]
    assert not empty, (
        f"{len(empty)} of {len(said)} texts of consulta/platform/data have no {language}: {empty}"
    )
    assert [words for _, words in said if words.strip() != words] == []


def test_the_round_tables_are_those_of_the_review_forum():
    tables = {}
    for objective in catalogue.objectives():
        tables.setdefault(objective.round_table, set()).add(objective.number)
    assert tables == {
        1: {2, 5, 6, 12, 18},
        2: {4, 8, 9, 10, 11, 13, 21},
        3: {14, 15, 16, 19, 20, 22},
        4: {1, 3, 7, 17, 23},
    }


def test_every_objective_is_in_one_small_group():
    groups = catalogue.objective_groups()
    assert len(groups) == 6
    numbers = [objective.number for group in groups for objective in group.objectives]
    assert sorted(numbers) == list(range(1, 24))
    assert all(3 <= len(group.objectives) <= 5 for group in groups)


def test_there_are_33_states_in_three_subregions():
    sizes = {}
    for country in catalogue.countries():
        key = catalogue.subregion_of(country.iso2)
        sizes[key] = sizes.get(key, 0) + 1
    assert sizes == {"mesoamerica": 8, "south_america": 10, "caribbean": 15}
    assert catalogue.subregion_of("BZ") == "mesoamerica"
    assert catalogue.subregion_of("GY") == "caribbean"
    assert catalogue.subregion_of("GY", "m49") == "south_america"
    assert catalogue.subregion_of("PE", "scheme4") == "andean"


@for_each("scheme", catalogue.SCHEMES)
def test_every_scheme_parts_all_states(scheme):
    used = {country.subregions[scheme] for country in catalogue.countries()}
    assert used == set(catalogue.subregions_by_key(scheme))


def test_every_capital_has_a_time_zone_that_exists_and_a_language():
    for country in catalogue.countries():
        assert ZoneInfo(country.zone).key == country.zone
        assert country.language in tongues.codes()
        if "es" in country.working_languages:
            assert country.language == "es"
        if "en" in country.working_languages:
            assert country.language == "en"
    assert sum("es" in country.working_languages for country in catalogue.countries()) == 18
    assert sum("en" in country.working_languages for country in catalogue.countries()) == 12


@for_each(
    "written, code",
    [
        ("pe", "PE"),
        (" Perú ", "PE"),
        ("Bolivia", "BO"),
        ("Estado Plurinacional de Bolivia", "BO"),
        ("Trinidad & Tobago", "TT"),
        ("San Cristóbal y Nieves", "KN"),
        ("St. Lucia", "LC"),
        ("Rep. Dominicana", "DO"),
        ("Dominica", "DM"),
        ("república  de colombia", "CO"),
        ("The Bahamas", "BS"),
        ("Surinam", "SR"),
    ],
)
def test_a_country_is_recognised_as_people_write_it(written, code):
    found = catalogue.find_country(written)
    assert found is not None
    assert found.iso2 == code
    assert catalogue.countries_by_code()[code] is found


@for_each("written", ["", "  ", "España", "Colmbia", "Puerto Rico", "república", "P", "..."])
def test_what_is_no_country_of_the_region_is_not_guessed(written):
    assert catalogue.find_country(written) is None


def test_names_and_codes_of_every_country_lead_back_to_it():
    for country in catalogue.countries():
        spellings = (country.iso2, country.iso3, country.name["es"], country.name["en"], *country.aliases)
        for spelling in spellings:
            assert catalogue.find_country(spelling) is country
            assert catalogue.find_country(spelling.upper()) is country


def test_a_misspelt_country_brings_a_suggestion():
    assert catalogue.closest_country("Colmbia").iso2 == "CO"
    assert catalogue.closest_country("Guatemla").iso2 == "GT"
    assert catalogue.closest_country("Trinidad y Tobgo").iso2 == "TT"
    assert catalogue.closest_country("Finlandia") is None
    assert catalogue.closest_country("") is None


@for_each(
    "written, key",
    [
        ("ONG", "ngo"),
        ("Organización no gubernamental", "ngo"),
        ("organizacion comunitaria / comunidad de acogida", "community"),
        ("Women's or feminist organisation", "women_org"),
        ("LGBTIQ+", "lgbtiq_org"),
        ("sindicato", "trade_union"),
    ],
)
def test_a_sector_is_recognised_as_people_write_it(written, key):
    assert catalogue.find_sector(written).key == key


def test_what_is_no_sector_is_not_guessed_but_suggested():
    assert catalogue.find_sector("Sindicatoo") is None
    assert catalogue.closest_sector("Sindicatoo").key == "trade_union"
    assert catalogue.find_sector("astronautas") is None
    assert catalogue.closest_sector("astronautas") is None


@for_each(
    "written, key",
    [
        ("Mujer", "woman"),
        ("HOMBRE", "man"),
        ("Non-binary", "non_binary"),
        ("Prefiero no contestar", "no_answer"),
    ],
)
def test_a_gender_is_recognised_by_its_words(written, key):
    assert catalogue.find_gender(written).key == key


@for_each("written", ["", "m", "f", "x"])
def test_a_gender_is_never_taken_from_a_single_letter(written):
    assert catalogue.find_gender(written) is None


def test_folding_ignores_accents_case_space_and_punctuation():
    assert fold("  Organización — de\tMujeres,  «Ñandutí» ") == "organizacion de mujeres nanduti"
    assert fold("A&B") == fold("a and b")
    assert fold("...") == ""


def test_presets_are_rules_that_the_core_takes():
    presets = catalogue.presets()
    assert [preset.key for preset in presets] == [
        "conversatorio_2023",
        "escazu_2022",
        "csipm",
        "parity_40",
        "floor_30",
        "gfmd_hybrid",
        "three_regions",
    ]
    assert [preset.key for preset in presets if preset.is_default] == ["conversatorio_2023"]
    genders = set(catalogue.genders_by_key())
    for preset in presets:
        rules = parse_panel_rules(preset.panel)
        assert set(rules.roles) == set(catalogue.roles_by_key())
        assert {row.value for row in rules.quotas if row.attribute == "subregion"} == set(
            catalogue.subregions_by_key()
        )
        assert all({row.value, *row.of} <= genders - {"no_answer"} for row in rules.shares)
        assert sum(low for low, _ in rules.roles.values()) <= rules.size


def test_the_demonstrations_themes_touch_all_objectives():
    themes = catalogue.demo_themes()
    assert len(themes) == len({theme.key for theme in themes}) == 14
    assert all(1 <= len(theme.objectives) <= 5 for theme in themes)
    assert {number for theme in themes for number in theme.objectives} == set(range(1, 24))


def test_the_lists_need_no_other_part_of_the_program():
    code = (
        "import sys; from consulta.platform.data import catalogue; catalogue.presets(); "
        "print(sorted(name for name in sys.modules if name.startswith('consulta.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    data = [
        "consulta.platform",
        "consulta.platform.data",
        *(f"consulta.platform.data.{name}" for name in ("catalogue", "folding", "tongues")),
    ]
    assert done.stdout.strip() == str(["consulta.core", "consulta.core.texts", *data])
