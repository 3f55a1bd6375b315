"""Bundles and rules: what is read, what is written, what is refused, and with which code."""

import json

import pytest

from consulta.core.counting import bundle as bundles
from consulta.core.counting import files, parts
from consulta.core.counting.rules import parse_rules
from consulta.core.problems import Problem
from consulta.core.tags import is_well_formed
from consulta.core.texts import Text
from consulta.core.values import Round, Theme
from consulta.platform.messages import sentence
from tests.cases import for_each
from tests.core.build import encoded, sensible
from tests.core.usual import usual


def refused(bundle):
    with pytest.raises(Problem) as caught:
        files.count_file(encoded(bundle))
    assert sentence(caught.value.code, caught.value.params)
    return caught.value.code, caught.value.params["path"]


def changed(change):
    bundle = usual(sensible())
    change(bundle)
    return bundle


def rule(**values):
    return lambda bundle: bundle["rules"].update(values)


def title(words):
    return lambda bundle: bundle["round"].update(title=words)


def name_of_theme(words):
    return lambda bundle: bundle["themes"][1].update(title=words)


REFUSED = [
    ("bundle.json", "rules.version", lambda bundle: bundle["rules"].pop("version")),
    ("bundle.json", "rules.version", rule(version=1)),
    ("bundle.json", "rules.version", rule(version=2)),
    ("bundle.json", "rules.version", rule(version="2")),
    ("bundle.json", "rules.version", rule(version=True)),
    ("bundle.json", "rules.version", rule(version=2.0)),
    ("bundle.json", "rules", lambda bundle: bundle.update(rules=[])),
    ("bundle.json", "rules.topics_rule", rule(topics_rule="fair")),
    ("bundle.json", "rules.topics_rule", rule(topics_rule=None)),
    ("bundle.json", "rules.max_ballot", rule(max_ballot=30.0)),
    ("bundle.json", "rules.support_min", rule(support_min="3")),
    ("bundle.json", "rules.max_balot", rule(max_balot=30)),
    ("rules.range", "rules.max_ballot", rule(max_ballot=0)),
    ("rules.range", "rules.max_ballot", rule(max_ballot=1001)),
    ("rules.range", "rules.support_min", rule(support_min=0)),
    ("rules.range", "rules.support_min", rule(support_min=1_000_001)),
    ("bundle.json", "round.title", title({})),
    ("bundle.json", "round.title", title("Consulta")),
    ("bundle.json", "round.title.es", title({"es": ""})),
    ("bundle.json", "round.title.es", title({"es": 3})),
    ("bundle.json", "round.title.es_MX", title({"es_MX": "Consulta"})),
    ("bundle.json", "round.title.PT-br", title({"pt-BR": "Consulta", "PT-br": "Consulta"})),
    ("bundle.json", 'round.title[""]', title({"": "Consulta"})),
    ("bundle.json", "themes[1].title.e", name_of_theme({"e": "Work"})),
    ("bundle.json", "themes[1].title", name_of_theme(None)),
    ("bundle.json", "ballots[0].ranking[1]", lambda b: b["ballots"][0]["ranking"].insert(1, [])),
    ("bundle.json", "ballots[2].ranking[0]", lambda b: b["ballots"][2].update(ranking=[[]])),
    ("bundle.json", "ballots[2].ranking", lambda b: b["ballots"][2].update(ranking="voice")),
    ("bundle.json", "ballots[2]", lambda b: b["ballots"].__setitem__(2, 7)),
    ("ballot.empty", "ballots[2].ranking", lambda b: b["ballots"][2].update(ranking=[])),
    ("bundle.json", "nominees[0].name", lambda b: b["nominees"][0].update(name={"es": "Ana"})),
    ("themes.few", "themes", lambda bundle: bundle.update(themes=bundle["themes"][:1])),
]


@for_each("code, path, change", REFUSED)
def test_refusals(code, path, change):
    assert refused(changed(change)) == (code, path)


@for_each("code, path, change", [row for row in REFUSED if ".ranking" in row[1]])
def test_rankings_are_refused_alike_where_a_file_is_read_whole(code, path, change):
    with pytest.raises(Problem) as caught:
        bundles.parse(encoded(changed(change)))
    assert (caught.value.code, caught.value.params["path"]) == (code, path)


EACH_FIELD = {
    "max_ranks": 4,
    "max_objectives": 3,
    "max_endorsements": 2,
    "balance": {"sector": {"ngo": 0.75, "union": 0.25}},
    "weight_bounds": [0.5, 2.0],
    "method": "schulze",
    "objective_share": 0,
    "spread": {"country": 300},
    "topics": 2,
    "panel": sensible()["rules"]["panel"],
    "version": 3,
    "max_ballot": 40,
    "support_min": 1,
    "topics_rule": "order",
}
"""Rules in which no field is at its default."""

OPENED = """the log of each round that opened has this digest of its rules, and `consulta check` and the
verifiers work it out again. Leave it: an option that came after its version is left out of `rules_to_dict`
where it asks for nothing (docs/changing.md, An option of the rules), so that rules without it keep theirs."""


@for_each(
    "written, digest",
    [
        ({"version": 3}, "96789d161e07c72589b845e890dacb5b6bb82d8d09fc5a269156b1412a3fd2bd"),
        (EACH_FIELD, "11c39a01d7f09e7f114117f1bbfad19f3c8de4571f55754c2200ee23ebb9ef54"),
    ],
)
def test_rules_of_rounds_that_opened_keep_their_digest(written, digest):
    assert parts.digests(parse_rules(written), [], [])["rules_sha256"] == digest, OPENED


def test_titles_in_any_languages_and_what_is_written_is_read():
    words = {"qu": "Yaku", "pt-BR": "Água", "es-419": "Agua", "x-own": "·", "en": "Water"}
    bundle = changed(title(words))
    bundle["themes"][0]["title"] = {"ht": "Dlo"}
    found = bundles.parse(encoded(bundle))
    assert found.round.title == words
    assert found.themes[0].title == {"ht": "Dlo"}
    again = bundles.parse(bundles.to_json(found))
    assert again == found
    assert bundles.to_json(again) == bundles.to_json(found)
    assert bundles.digest(found) == found.digest
    assert json.loads(bundles.to_json(found))["format"] == "consulta-bundle/3"


def test_words_of_no_certain_language_are_undetermined():
    said = Text({"": "Agua / Water", "pt": "Água"})
    words = {"und": "Agua / Water", "pt": "Água"}
    assert bundles.words(said) == words
    assert bundles.theme_of("water", said, (1, 2)) == Theme("water", words, (1, 2))
    assert bundles.round_of("r", said, "2027-03-05T22:00:00Z") == Round("r", words, "2027-03-05T22:00:00Z")


def test_a_bundle_made_in_memory_has_the_digest_of_what_would_be_written():
    made = bundles.Bundle(
        **{
            name: getattr(bundles.parse(encoded(usual(sensible()))), name)
            for name in ("round", "rules", "themes", "seats", "ballots", "nominees", "seed")
        }
    )
    assert bundles.digest(made) == bundles.parse(bundles.to_json(made)).digest


WELL_FORMED = [
    "es",
    "ES",
    "pt-BR",
    "es-419",
    "zh-Hant",
    "zh-cmn-Hans-CN",
    "sl-rozaj-biske",
    "de-CH-1901",
    "en-a-bbb-x-a-ccc",
    "x-whatever",
    "de-Qaaa",
    "qaa-Qaaa-QM-x-southern",
    "sr-Latn-RS",
    "az-Arab-x-AZE-derbend",
    "i-klingon",
    "EN-gb-OED",
    "art-lojban",
    "zh-min-nan",
    "en-US-u-islamcal",
    "abcd",
    "abcdefgh",
    "ar-a-aaa-b-bbb-a-ccc",
    "de-DE-u-co-phonebk",
    "hy-Latn-IT-arevela",
]
BAD = [
    "",
    "e",
    "a-DE",
    "es_MX",
    "es-",
    "-es",
    "es--MX",
    "abcdefghi",
    "es-x",
    "x",
    "en-a",
    "en-a-x",
    "12",
    "ñandú",
    "es-419-MX",
    "i-other",
    "de-419-DE",
    "abcd-efg",
    "es MX",
    "en-u-1",
]


@for_each("tag", WELL_FORMED)
def test_tags_that_are_well_formed(tag):
    for case in (tag, tag.lower(), tag.upper()):
        assert is_well_formed(case)


@for_each("tag", BAD)
def test_tags_that_are_not(tag):
    assert not is_well_formed(tag)
