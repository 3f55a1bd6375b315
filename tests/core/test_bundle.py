"""The bundle as values: defaults, both ways of JSON, rules for forms."""

import dataclasses
import hashlib
import json
import math

import pytest

from consulta.core.counting import bundle as bundles
from consulta.core.counting import parts
from consulta.core.counting.rules import check_rules, parse_rules, rules_to_dict
from consulta.core.panel.rules import panel_rules_to_dict, parse_panel_rules
from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.core.trust import record
from consulta.core.values import (
    Ballot,
    Nominee,
    PanelRules,
    Quota,
    Round,
    Rules,
    Seat,
    Seed,
    Share,
    Theme,
)
from tests.cases import for_each
from tests.core.build import COMMITMENT, SECRET, encoded, parsed, sensible


def test_every_field_is_read():
    bundle = parsed(sensible())
    assert bundle.round.title == {"es": "Consulta", "en": "Consultation"}
    assert bundle.themes[1].objectives == (2, 3, 4)
    assert bundle.seats[1] == Seat("s2", "PE", {"subregion": "south", "sector": "ngo"}, 3)
    assert bundle.ballots[0] == Ballot("s1", (("water",), ("work", "voice")), (1, 2), ("n1", "n3"))
    assert bundle.nominees[0] == Nominee(
        "n1",
        "Ana EJEMPLO",
        "o1",
        "mechanism",
        "BB",
        {"subregion": "caribbean", "gender": "woman"},
        ("water",),
        1,
        None,
    )
    assert bundle.nominees[1].support == 700
    assert bundle.seed == Seed(COMMITMENT, SECRET, "dice 4 2")
    assert bundle.rules.balance == {"subregion": "equal", "sector": {"ngo": 0.75, "union": 0.25}}
    panel = bundle.rules.panel
    assert panel is not None
    assert panel.roles == {"gov_local": (0, 1), "mechanism": (1, 2)}
    assert panel.quotas == (Quota("subregion", "caribbean", 1, 2, hard=True),)
    assert panel.shares == (Share("gender", "woman", 400, ("woman", "man")),)


def test_what_may_be_missing():
    bundle = sensible()
    bundle["rules"] = {"version": 3, "balance": {}, "spread": {}}
    del bundle["nominees"][0]["recent"]
    assert parsed(bundle).nominees[0].recent == 0
    del bundle["nominees"], bundle["seed"]["public"]
    for ballot in bundle["ballots"]:
        del ballot["objectives"], ballot["endorsements"]
    found = parsed(bundle)
    assert found.rules == Rules(balance={}, spread={})
    assert found.seats[0].base == 1
    assert found.ballots[2] == Ballot("s3", (("voice",),), (), ())
    assert (found.nominees, found.seed.public) == ((), "")


def test_default_rules():
    assert parse_rules({}) == Rules(
        max_ranks=5,
        max_objectives=5,
        max_endorsements=5,
        balance={"subregion": "equal", "sector": "sqrt"},
        weight_bounds=(0.2, 5.0),
        method="points",
        objective_share=250,
        spread={"subregion": 500, "sector": 500},
        topics=1,
        panel=None,
        version=3,
        max_ballot=50,
        support_min=3,
        topics_rule="shared",
    )
    assert parse_rules({"panel": None}) == Rules()


def test_default_panel_rules():
    rules = {
        "size": 3,
        "quotas": [{"attribute": "a", "value": "b"}, {"attribute": "a", "value": "b", "max": None}],
        "shares": [{"attribute": "a", "value": "b", "min": 1, "of": ["b"]}],
    }
    row = Quota("a", "b", 0, None, hard=True)
    share = Share("a", "b", 1, ("b",), hard=True)
    assert parse_panel_rules(rules) == PanelRules(3, quotas=(row, row), shares=(share,))


def test_json_both_ways():
    bundle = parsed(sensible())
    again = bundles.parse(bundles.to_json(bundle))
    assert again == bundle
    assert bundles.to_json(again) == bundles.to_json(bundle)


def test_the_digest_is_that_of_the_file_or_of_the_file_to_come():
    data = encoded(sensible())
    bundle = bundles.parse(data)
    assert bundles.digest(bundle) == hashlib.sha256(data).hexdigest()
    in_memory = dataclasses.replace(bundle, digest="")
    assert bundles.digest(in_memory) == hashlib.sha256(bundles.to_json(in_memory)).hexdigest()
    assert in_memory == bundle


def test_the_digests_of_the_parts_are_of_their_canonical_json_seats_by_name():
    bundle = parsed(sensible())
    written = json.loads(bundles.to_json(bundle))
    found = parts.digests(bundle.rules, bundle.themes, reversed(bundle.seats))
    assert found == {
        "rules_sha256": record.digest(record.canonical(written["rules"])),
        "themes_sha256": record.digest(record.canonical(written["themes"])),
        "roll_sha256": record.digest(record.canonical(written["seats"])),
    }
    assert len(set(found.values())) == len(found)


def test_a_bundle_made_in_memory_is_refused_for_the_same_reasons():
    bundle = parsed(sensible())
    bundles.check(bundle)
    with pytest.raises(Problem, match=r"themes\.few"):
        bundles.check(dataclasses.replace(bundle, themes=()))


def test_rules_go_to_a_form_and_come_back():
    rules = parsed(sensible()).rules
    form = json.loads(json.dumps(rules_to_dict(rules)))
    assert parse_rules(form) == rules
    assert "panel" not in rules_to_dict(Rules())
    assert rules.panel is not None
    assert parse_panel_rules(panel_rules_to_dict(rules.panel)) == rules.panel


@for_each(
    "form, code, path",
    [
        ({"topics": "one"}, "bundle.json", "rules.topics"),
        ({"topics": 0}, "rules.range", "rules.topics"),
        ({"balance": {"sector": {"ngo": 0.5}}}, "rules.targets", "rules.balance.sector"),
        ({"panel": {"size": 0}}, "rules.range", "rules.panel.size"),
    ],
)
def test_rules_of_a_form_are_refused_by_path(form, code, path):
    with pytest.raises(Problem) as caught:
        parse_rules(form)
    assert (caught.value.code, caught.value.params["path"]) == (code, path)


def test_panel_rules_of_a_form_are_refused_by_path():
    with pytest.raises(Problem) as caught:
        parse_panel_rules({"size": 2, "locked": ["a"], "barred": ["a"]}, "panel")
    assert (caught.value.code, caught.value.params["path"]) == ("panel.rule", "panel.barred")


def test_the_order_of_rows_is_kept_as_written():
    roles = {"mechanism": [1, 2], "gov_local": [0, 1]}
    rules = parse_panel_rules({"size": 1, "roles": roles})
    assert list(rules.roles) == ["mechanism", "gov_local"]
    assert list(json.loads(json.dumps(panel_rules_to_dict(rules)))["roles"]) == list(roles)


@for_each("bounds", [(0.5, 1), (1, 4), (1, 1)])
def test_a_bound_may_be_the_weight_of_an_equal_vote(bounds):
    check_rules(parse_rules({"weight_bounds": list(bounds)}))


def test_texts_as_a_bundle_has_them_and_as_documents_beside_it_keep_them():
    """Spanish is never empty, English may be; other languages stand apart, and a name is of none."""
    three = Text({"es": "Agua", "en": "Water", "pt": "Água"})
    assert bundles.originals(three) == {"es": "Agua", "en": "Water"}
    assert bundles.originals(three) == {"es": "Agua", "en": "Water"}
    assert bundles.others(three) == {"pt": "Água"}
    assert bundles.kept(three) == {"es": "Agua", "en": "Water", "pt": "Água"}
    alone = Text({"en": "Water"})
    assert bundles.originals(alone) == {"es": "Water", "en": "Water"}
    assert bundles.kept(alone) == {"es": "", "en": "Water"}
    assert bundles.others(Text.name("Red")) == {}
    assert bundles.round_of("k", three, "now") == Round("k", dict(three.items()), "now")
    assert bundles.theme_of("water", three, (1, 2)) == Theme("water", dict(three.items()), (1, 2))


def test_a_file_keeps_letters_as_they_are_and_has_no_number_that_is_none():
    bundle = parsed(sensible())
    named = dataclasses.replace(bundle.nominees[0], name="Peña")
    written = bundles.to_json(dataclasses.replace(bundle, nominees=(named,)))
    assert '"name": "Peña"'.encode() in written
    rules = dataclasses.replace(bundle.rules, weight_bounds=(0.25, math.nan))
    with pytest.raises(ValueError, match="JSON compliant"):
        bundles.to_json(dataclasses.replace(bundle, rules=rules))
