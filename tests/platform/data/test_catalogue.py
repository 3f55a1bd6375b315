"""The facts are complete, agree with each other, and are recognised as people write them."""

import subprocess
import sys
from zoneinfo import ZoneInfo

import pytest

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


def test_there_are_23_objectives_with_the_resolutions_titles():
    objectives = catalogue.objectives()
    assert [objective.number for objective in objectives] == list(range(1, 24))
    assert len({objective.title for objective in objectives}) == 23
    assert objectives[6].title["es"] == "Abordar y reducir las vulnerabilidades en la migración"
    assert objectives[12].title["en"].startswith("Use migration detention only as a measure of last resort")
    assert catalogue.objectives_by_number()[20].short["es"] == "Remesas"


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


def test_a_scheme_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="shceme4"):
        catalogue._schemes("scheme3;shceme4")


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


def test_sectors_belong_to_groups_that_exist():
    groups = {group.key for group in catalogue.sector_groups()}
    assert len(catalogue.sectors()) == 23
    assert {sector.group for sector in catalogue.sectors()} == groups
    assert catalogue.sectors_by_key()["nhri"].group == "other"


def test_genders_stand_in_the_order_of_the_mechanisms_publications():
    assert [gender.key for gender in catalogue.genders()] == ["woman", "man", "non_binary", "no_answer"]
    assert catalogue.genders_by_key()["woman"].plural["es"] == "Mujeres"


def test_roles_are_those_of_the_presets():
    assert list(catalogue.roles_by_key()) == ["gov_national", "gov_local", "mechanism"]


@for_each(
    "written, code",
    [
        ("pe", "PE"),
        ("PER", "PE"),
        (" Perú ", "PE"),
        ("PERU", "PE"),
        ("Bolivia", "BO"),
        ("Bolivia (Estado Plurinacional de)", "BO"),
        ("Estado Plurinacional de Bolivia", "BO"),
        ("Venezuela", "VE"),
        ("República Bolivariana de Venezuela", "VE"),
        ("Trinidad y Tobago", "TT"),
        ("Trinidad y Tabago", "TT"),
        ("Trinidad & Tobago", "TT"),
        ("San Cristóbal y Nieves", "KN"),
        ("saint kitts and nevis", "KN"),
        ("St. Lucia", "LC"),
        ("Santa Lucia", "LC"),
        ("República Dominicana", "DO"),
        ("Rep. Dominicana", "DO"),
        ("Dominica", "DM"),
        ("república  de colombia", "CO"),
        ("República del Perú", "PE"),
        ("The Bahamas", "BS"),
        ("México", "MX"),
        ("Surinam", "SR"),
        ("Haïti", "HT"),
        ("BRASIL", "BR"),
        ("belice", "BZ"),
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
        ("ngo", "ngo"),
        ("ONG", "ngo"),
        ("Organización no gubernamental", "ngo"),
        ("organizacion comunitaria / comunidad de acogida", "community"),
        ("NON-GOVERNMENTAL ORGANISATION", "ngo"),
        ("women_org", "women_org"),
        ("Women's or feminist organisation", "women_org"),
        ("academia", "academia"),
        ("LGBTIQ+", "lgbtiq_org"),
        ("Organización LGBTIQ+", "lgbtiq_org"),
        ("sindicato", "trade_union"),
    ],
)
def test_a_sector_is_recognised_as_people_write_it(written, key):
    assert catalogue.find_sector(written).key == key


def test_the_official_spelling_of_a_sector_is_recognised_too():
    assert catalogue.find_sector("Non-governmental organization").key == "ngo"
    assert catalogue.find_sector("Migrant organization or migrant-led group").key == "migrant_org"
    assert catalogue.find_sector("Faith-based organization").key == "faith_based"


def test_what_is_no_sector_is_not_guessed_but_suggested():
    assert catalogue.find_sector("Sindicatoo") is None
    assert catalogue.closest_sector("Sindicatoo").key == "trade_union"
    assert catalogue.find_sector("astronautas") is None
    assert catalogue.closest_sector("astronautas") is None


@for_each(
    "written, key",
    [
        ("Mujer", "woman"),
        ("mujeres", "woman"),
        ("HOMBRE", "man"),
        ("Non-binary", "non_binary"),
        ("Prefiero no contestar", "no_answer"),
        ("prefer not to say", "no_answer"),
    ],
)
def test_a_gender_is_recognised_by_its_words(written, key):
    assert catalogue.find_gender(written).key == key


@for_each("written", ["", "m", "f", "x"])
def test_a_gender_is_never_taken_from_a_single_letter(written):
    assert catalogue.find_gender(written) is None


def test_a_role_is_recognised():
    assert catalogue.find_role("Gobierno nacional").key == "gov_national"
    assert catalogue.find_role("alcaldia").key == "gov_local"
    assert catalogue.find_role("Mecanismo").key == "mechanism"
    assert catalogue.find_role("ponente") is None


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


def test_the_default_preset_is_the_session_of_2023():
    rules = parse_panel_rules(catalogue.presets_by_key()["conversatorio_2023"].panel)
    assert rules.size == 8
    assert rules.roles == {"gov_national": (2, 4), "gov_local": (1, 3), "mechanism": (3, 5)}
    assert all((row.min, row.hard) == (1, True) for row in rules.quotas)
    assert rules.mixed == ("gender", "sector")


def test_escazu_has_two_of_each_subregion_and_one_of_a_country():
    rules = parse_panel_rules(catalogue.presets_by_key()["escazu_2022"].panel)
    assert rules.size == 6
    assert [(row.min, row.max, row.hard) for row in rules.quotas] == [(2, 2, True)] * 3
    assert rules.at_most == {"organisation": 1, "country": 1}
    assert [(row.value, row.min) for row in rules.shares] == [("woman", 500), ("man", 500)]


def test_the_sectors_that_presets_wish_for_are_there():
    for preset in catalogue.presets():
        rules = parse_panel_rules(preset.panel)
        wanted = {row.value for row in rules.quotas if row.attribute == "sector"}
        assert wanted <= set(catalogue.sectors_by_key())


def test_gfmd_gives_seven_of_ten_places_to_the_networks():
    rules = parse_panel_rules(catalogue.presets_by_key()["gfmd_hybrid"].panel)
    assert (rules.size, rules.roles["mechanism"]) == (10, (7, 7))
    assert (
        sum(low for low, _ in rules.roles.values())
        <= rules.size
        <= sum(high for _, high in rules.roles.values())
    )


def test_a_preset_hands_out_copies():
    preset = catalogue.presets()[0]
    changed = preset.panel
    changed["roles"]["mechanism"] = [0, 0]
    assert preset.panel["roles"]["mechanism"] == [3, 5]


def test_the_demonstrations_themes_touch_all_objectives():
    themes = catalogue.demo_themes()
    assert len(themes) == len({theme.key for theme in themes}) == 14
    assert all(1 <= len(theme.objectives) <= 5 for theme in themes)
    assert {number for theme in themes for number in theme.objectives} == set(range(1, 24))


def test_lists_are_read_once():
    assert catalogue.countries() is catalogue.countries()
    assert catalogue.presets() is catalogue.presets()


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
