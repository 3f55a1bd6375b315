"""Every refusal of section 7: its code and the path that its text names."""

import json
import sys
from pathlib import Path
from time import process_time

import pytest

from consulta.core.counting import bundle as bundles
from consulta.core.counting.arrays import MOST_THEMES
from consulta.core.problems import Problem
from consulta.core.ranges import RANGES
from consulta.core.reading import MOST_BYTES, MOST_VALUES, Node, read_json
from consulta.platform.messages import MESSAGES, REASONS, sentence
from tests.cases import for_each
from tests.core.build import encoded, sensible

FILES = Path(__file__).parent / "refusals"


def refusal(data):
    with pytest.raises(Problem) as caught:
        bundles.parse(data)
    return caught.value


def put(*path, value):
    """A change: the value at a path inside the bundle; the last step may be new."""

    def spoil(bundle):
        place = bundle
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return spoil


def drop(*path):
    def spoil(bundle):
        place = bundle
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return spoil


def add(*path, value):
    def spoil(bundle):
        place = bundle
        for step in path:
            place = place[step]
        place.append(value)

    return spoil


RULES, PANEL = ("rules",), ("rules", "panel")
QUOTA, SHARE = (*PANEL, "quotas", 0), (*PANEL, "shares", 0)
OTHER_SEAT = {"seat": "s1", "country": "PE", "categories": {"subregion": "south", "sector": "ngo"}}

SHAPES = [
    (put("format", value="consulta-bundle/1"), "format", "word"),
    (put("format", value=1), "format", "text"),
    (drop("round"), "round", "missing"),
    (drop("rules"), "rules", "missing"),
    (drop("themes"), "themes", "missing"),
    (drop("seats"), "seats", "missing"),
    (drop("ballots"), "ballots", "missing"),
    (drop("seed"), "seed", "missing"),
    (put("extra", value=1), "extra", "unknown"),
    (put("two words", value=1), '["two words"]', "unknown"),
    (put("", value=1), '[""]', "empty"),
    (put("round", value=[]), "round", "object"),
    (drop("round", "key"), "round.key", "missing"),
    (put("round", "key", value=""), "round.key", "empty"),
    (put("round", "title", "en", value=None), "round.title.en", "text"),
    (put("round", "closed_at", value="yesterday"), "round.closed_at", "moment"),
    (put("round", "closed_at", value="2027-03-05T22:00:00"), "round.closed_at", "moment"),
    (put(*RULES, "max_rank", value=5), "rules.max_rank", "unknown"),
    (put(*RULES, "max_ranks", value=5.0), "rules.max_ranks", "whole"),
    (put(*RULES, "topics", value=True), "rules.topics", "whole"),
    (put(*RULES, "topics", value="1"), "rules.topics", "whole"),
    (put(*RULES, "balance", value="equal"), "rules.balance", "object"),
    (put(*RULES, "balance", "sector", value="fair"), "rules.balance.sector", "word"),
    (put(*RULES, "balance", "sector", value=1), "rules.balance.sector", "text"),
    (put(*RULES, "balance", "sector", "ngo", value="most"), "rules.balance.sector.ngo", "number"),
    (put(*RULES, "balance", "sector", "ngo", value=True), "rules.balance.sector.ngo", "number"),
    (put(*RULES, "balance", "sector", "ngo", value=10**400), "rules.balance.sector.ngo", "number"),
    (put(*RULES, "weight_bounds", value=[1]), "rules.weight_bounds", "pair"),
    (put(*RULES, "weight_bounds", value=[0.5, "2"]), "rules.weight_bounds[1]", "number"),
    (put(*RULES, "method", value="borda"), "rules.method", "word"),
    (put(*RULES, "spread", "subregion", value=0.5), "rules.spread.subregion", "whole"),
    (put(*PANEL, value=[]), "rules.panel", "object"),
    (drop(*PANEL, "size"), "rules.panel.size", "missing"),
    (put(*PANEL, "quota", value=[]), "rules.panel.quota", "unknown"),
    (put(*PANEL, "roles", "mechanism", value=[1]), "rules.panel.roles.mechanism", "pair"),
    (put(*PANEL, "quotas", value={}), "rules.panel.quotas", "list"),
    (drop(*QUOTA, "value"), "rules.panel.quotas[0].value", "missing"),
    (put(*QUOTA, "hard", value=1), "rules.panel.quotas[0].hard", "flag"),
    (put(*QUOTA, "most", value=1), "rules.panel.quotas[0].most", "unknown"),
    (drop(*SHARE, "of"), "rules.panel.shares[0].of", "missing"),
    (put(*SHARE, "of", value="woman"), "rules.panel.shares[0].of", "list"),
    (put(*PANEL, "mixed", value=[1]), "rules.panel.mixed[0]", "text"),
    (put("themes", value={}), "themes", "list"),
    (put("themes", 1, "key", value=7), "themes[1].key", "text"),
    (put("themes", 1, "key", value="mu\u0301sica"), "themes[1].key", "normal"),
    (put("themes", 1, "objectives", 0, value="2"), "themes[1].objectives[0]", "whole"),
    (put("themes", 1, "title", "es", value="\ud800"), "themes[1].title.es", "unicode"),
    (put("seats", 2, "base", value=1.5), "seats[2].base", "whole"),
    (put("seats", 2, "base", value=None), "seats[2].base", "whole"),
    (drop("seats", 2, "categories"), "seats[2].categories", "missing"),
    (put("seats", 2, "categories", "country", value="PE"), "seats[2].categories.country", "unknown"),
    (put("seats", 2, "categories", "", value="x"), 'seats[2].categories[""]', "empty"),
    (put("seats", 2, "weight", value=1), "seats[2].weight", "unknown"),
    (drop("ballots", 2, "ranking"), "ballots[2].ranking", "missing"),
    (put("ballots", 2, "ranking", value="voice"), "ballots[2].ranking", "list"),
    (put("ballots", 2, "ranking", value=["voice"]), "ballots[2].ranking[0]", "list"),
    (put("ballots", 2, "ranking", value=[[1]]), "ballots[2].ranking[0][0]", "text"),
    (put("ballots", 2, "objectives", value=[2.0]), "ballots[2].objectives[0]", "whole"),
    (put("nominees", 1, "support", value="700"), "nominees[1].support", "whole"),
    (drop("nominees", 1, "role"), "nominees[1].role", "missing"),
    (put("nominees", 1, "categories", "role", value="x"), "nominees[1].categories.role", "unknown"),
    (put("seed", "secret", value="5a"), "seed.secret", "hex"),
    (put("seed", "commitment", value="zz" * 32), "seed.commitment", "hex"),
    (put("seed", "public", value=None), "seed.public", "text"),
]


@for_each("spoil, path, reason", SHAPES)
def test_a_wrong_shape_is_named_by_its_path(spoil, path, reason):
    bundle = sensible()
    spoil(bundle)
    problem = refusal(json.dumps(bundle).encode())
    assert (problem.code, problem.params) == ("bundle.json", {"path": path, "reason": reason})
    assert sentence(problem.code, problem.params) == f"{path}: {REASONS[reason]}"


SENSE = [
    ("themes.few", "themes", put("themes", value=sensible()["themes"][:1])),
    ("themes.few", "themes", put("themes", value=[])),
    ("themes.duplicate", "themes[2].key", put("themes", 2, "key", value="water")),
    ("theme.objectives", "themes[0].objectives", put("themes", 0, "objectives", value=[])),
    ("theme.objectives", "themes[0].objectives", put("themes", 0, "objectives", value=[1, 2, 3, 4, 5, 6])),
    ("theme.objectives", "themes[0].objectives", put("themes", 0, "objectives", value=[2, 2])),
    ("theme.objectives", "themes[0].objectives", put("themes", 0, "objectives", value=[0])),
    ("theme.objectives", "themes[0].objectives", put("themes", 0, "objectives", value=[24])),
    ("seat.duplicate", "seats[4].seat", add("seats", value=OTHER_SEAT)),
    ("seat.category", "seats[1].categories", drop("seats", 1, "categories", "sector")),
    ("seat.category", "seats[0].categories", put(*RULES, "spread", "network", value=1)),
    ("ballot.seat", "ballots[1].seat", put("ballots", 1, "seat", value="s9")),
    ("ballot.duplicate", "ballots[1].seat", put("ballots", 1, "seat", value="s1")),
    ("ballot.empty", "ballots[1].ranking", put("ballots", 1, "ranking", value=[])),
    ("ballot.theme", "ballots[1].ranking", put("ballots", 1, "ranking", value=[["fire"]])),
    ("ballot.theme", "ballots[1].ranking", put("ballots", 1, "ranking", value=[["work"], ["work"]])),
    ("ballot.theme", "ballots[1].ranking", put("ballots", 1, "ranking", value=[["work", "work"]])),
    ("ballot.objective", "ballots[1].objectives", put("ballots", 1, "objectives", value=[0])),
    ("ballot.objective", "ballots[1].objectives", put("ballots", 1, "objectives", value=[24])),
    ("ballot.objective", "ballots[1].objectives", put("ballots", 1, "objectives", value=[3, 3])),
    ("ballot.endorsement", "ballots[1].endorsements", put("ballots", 1, "endorsements", value=["n9"])),
    ("ballot.endorsement", "ballots[1].endorsements", put("ballots", 1, "endorsements", value=["n1", "n1"])),
    ("ballots.none", "ballots", put("ballots", value=[])),
    ("rules.targets", "rules.balance.sector", put(*RULES, "balance", "sector", "ngo", value=0.7)),
    ("rules.targets", "rules.balance.sector", put(*RULES, "balance", "sector", value={"ngo": 1})),
    (
        "rules.targets",
        "rules.balance.sector",
        put(*RULES, "balance", "sector", value={"ngo": 1.5, "union": -0.5}),
    ),
    (
        "rules.targets",
        "rules.balance.sector",
        put(*RULES, "balance", "sector", value={"ngo": 0, "union": 0, "church": 1}),
    ),
    ("rules.bounds", "rules.weight_bounds", put(*RULES, "weight_bounds", value=[0, 4])),
    ("rules.bounds", "rules.weight_bounds", put(*RULES, "weight_bounds", value=[-1, 4])),
    ("rules.bounds", "rules.weight_bounds", put(*RULES, "weight_bounds", value=[1.1, 4])),
    ("rules.bounds", "rules.weight_bounds", put(*RULES, "weight_bounds", value=[0.5, 0.9])),
    ("rules.range", "rules.max_ranks", put(*RULES, "max_ranks", value=0)),
    ("rules.range", "rules.max_objectives", put(*RULES, "max_objectives", value=24)),
    ("rules.range", "rules.max_endorsements", put(*RULES, "max_endorsements", value=-1)),
    ("rules.range", "rules.objective_share", put(*RULES, "objective_share", value=1001)),
    ("rules.range", "rules.spread.subregion", put(*RULES, "spread", "subregion", value=-1)),
    ("rules.range", "rules.topics", put(*RULES, "topics", value=0)),
    ("rules.range", "rules.topics", put(*RULES, "topics", value=4)),
    ("rules.range", "rules.panel.size", put(*PANEL, "size", value=0)),
    ("rules.range", "rules.panel.roles.gov_local", put(*PANEL, "roles", "gov_local", value=[-1, 1])),
    ("rules.range", "rules.panel.roles.gov_local", put(*PANEL, "roles", "gov_local", value=[0, 10**9])),
    ("rules.range", "rules.panel.shares[0].min", put(*SHARE, "min", value=1001)),
    ("rules.range", "rules.panel.at_most.organisation", put(*PANEL, "at_most", "organisation", value=0)),
    ("rules.range", "seats[1].base", put("seats", 1, "base", value=0)),
    ("rules.range", "seats[1].base", put("seats", 1, "base", value=1_000_001)),
    ("rules.range", "nominees[1].recent", put("nominees", 1, "recent", value=-1)),
    ("rules.range", "nominees[1].support", put("nominees", 1, "support", value=10_001)),
    ("seed.commitment", "seed.commitment", put("seed", "secret", value="00" * 32)),
    ("panel.rule", "nominees[1].key", put("nominees", 1, "key", value="n1")),
    ("panel.rule", "nominees[1].topics", put("nominees", 1, "topics", value=["fire"])),
    ("panel.rule", "rules.panel.roles.pope", put(*PANEL, "roles", "pope", value=[0, 1])),
    ("panel.rule", "rules.panel.roles.mechanism", put(*PANEL, "roles", "mechanism", value=[2, 1])),
    ("panel.rule", "rules.panel.quotas[0]", put(*QUOTA, "min", value=3)),
    ("panel.rule", "rules.panel.quotas[0].attribute", put(*QUOTA, "attribute", value="gendre")),
    ("panel.rule", "rules.panel.shares[0].attribute", put(*SHARE, "attribute", value="gendre")),
    ("panel.rule", "rules.panel.shares[0].of", put(*SHARE, "of", value=["man"])),
    ("panel.rule", "rules.panel.shares[0].of", put(*SHARE, "of", value=["woman", "woman"])),
    ("panel.rule", "rules.panel.at_most.club", put(*PANEL, "at_most", "club", value=1)),
    ("panel.rule", "rules.panel.mixed[0]", put(*PANEL, "mixed", value=["gendre"])),
    ("panel.rule", "rules.panel.mixed", put(*PANEL, "mixed", value=["gender", "gender"])),
    ("panel.rule", "rules.panel.locked[0]", put(*PANEL, "locked", value=["n9"])),
    ("panel.rule", "rules.panel.locked", put(*PANEL, "locked", value=["n1", "n1"])),
    ("panel.rule", "rules.panel.barred[0]", put(*PANEL, "barred", value=["n9"])),
    ("panel.rule", "rules.panel.barred", put(*PANEL, "barred", value=["n2"])),
]


@for_each(
    "code, path, spoil",
    SENSE,
)
def test_what_makes_no_sense_is_refused(code, path, spoil):
    bundle = sensible()
    spoil(bundle)
    problem = refusal(encoded(bundle))
    assert (problem.code, problem.params["path"]) == (code, path)
    assert "%" not in sentence(problem.code, problem.params)


def test_every_code_of_section_7_has_a_case():
    listed = {
        "bundle.json themes.few themes.duplicate theme.objectives seat.duplicate seat.category ballot.seat",
        "ballot.duplicate ballot.empty ballot.theme ballot.objective ballot.endorsement ballots.none",
        "rules.targets rules.bounds rules.range seed.commitment panel.rule",
    }
    codes = {code for line in listed for code in line.split()}
    assert {code for code, _, _ in SENSE} | {"bundle.json"} == codes
    assert codes <= set(MESSAGES)


@for_each(
    "name, path, reason",
    [
        ("half.json", "(file)", "json"),
        ("latin1.json", "(file)", "utf8"),
        ("list.json", "(file)", "object"),
        ("nan.json", "rules.weight_bounds[0]", "number"),
        ("infinite.json", "rules.balance.sector.ngo", "number"),
        ("twice.json", "rules", "twice"),
        ("mark.json", "(file)", "json"),
    ],
)
def test_broken_files(name, path, reason):
    problem = refusal((FILES / name).read_bytes())
    assert (problem.code, problem.params) == ("bundle.json", {"path": path, "reason": reason})


@for_each("data", [b"", b"[" * 200_000, b'{"a":' * 200_000, b"1" * 5000])
def test_files_made_to_hurt(data):
    problem = refusal(data)
    assert (problem.code, problem.params["reason"]) == ("bundle.json", "json")


@for_each(
    "data",
    [b" " * (MOST_BYTES + 1), b"[" + b"[]," * (MOST_VALUES // 2) + b"1]", b"[" + b"{}," * (MOST_VALUES // 2)],
)
def test_a_file_that_is_too_large_is_not_looked_into(data):
    started = process_time()
    problem = refusal(data)
    assert (problem.code, problem.params) == ("bundle.json", {"path": "(file)", "reason": "size"})
    assert process_time() - started < 2
    figures = f"{MOST_BYTES // 1_000_000} MB or {MOST_VALUES // 1_000_000} million values"
    assert figures in sentence(problem.code, problem.params)


def test_the_limits_are_stated_where_people_look():
    text = (Path(__file__).resolve().parents[2] / "docs" / "limits.md").read_text("utf-8")
    stated = {line.split("|")[1].strip(): line.split("|")[2] for line in text.splitlines() if "|" in line}
    assert f"{MOST_BYTES // 1_000_000} MB, and {MOST_VALUES:,} values" in next(
        limit for what, limit in stated.items() if what.startswith("a file of a result")
    )
    (least, most), (_, base), (_, replicates) = RANGES["themes"], RANGES["base"], RANGES["resamples"]
    assert f"{least} to {most:,} in a file, {least} to {MOST_THEMES} in arrays" in stated["themes"]
    assert f"1 to {base:,}" in stated["base of a seat"]
    assert (
        str(RANGES["categories"][1])
        in stated["categories of the balanced dimensions and countries, together"]
    )
    assert f"0 to {replicates:,}" in stated["replicates of `count_arrays`"]
    assert f"{sys.get_int_max_str_digits():,}" in stated["digits of a whole number"]


def test_more_categories_than_a_count_comes_to_the_end_of_are_refused():
    most = RANGES["categories"][1]
    bundle = sensible()
    assert {seat["country"] for seat in bundle["seats"]} == {"BB", "PE"}
    held = 2 + 2 + 2  # countries, subregions and sectors that are there: the balanced ones are the last two
    first = bundle["seats"][0]
    bundle["seats"] += [first | {"seat": f"x{at}", "country": f"X{at}"} for at in range(most - held)]
    assert len(bundles.parse(encoded(bundle)).seats) == 4 + most - held
    bundle["seats"].append(first | {"seat": "y", "country": "Y"})
    problem = refusal(encoded(bundle))
    assert problem.code == "rules.range"
    assert problem.params == {"path": "rules.balance", "least": 1, "most": most}


def test_as_much_as_a_file_may_hold_is_read():
    data = b"[" + b"7," * (MOST_VALUES - 2) + b"7]"
    assert len(read_json(data, "bundle.json").value) == MOST_VALUES - 1


@for_each(
    "text, path, reason",
    [
        ('{"a": [1, [NaN, {"b": 1, "b": 2}]], "c": Infinity}', "a[1][0]", "number"),
        ('{"a": [1, [[{"b": 1, "b": 2}], NaN]]}', "a[1][0][0].b", "twice"),
        ('{"a": {"b": NaN, "b": 2}}', "a.b", "twice"),
        ('{"a": {"b": {"c": 1, "c": 2}, "b": 2}}', "a.b", "twice"),
        ('[1, {"a": {}, "b c": [-Infinity]}]', '[1]["b c"][0]', "number"),
        ("NaN", "(file)", "number"),
        ('[{"a": 1, "a": 2}]', "[0].a", "twice"),
        ("[" + ",".join(['{"a": 1, "a": 2}'] * 5000) + "]", "(file)", "twice"),
        ("[" + ",".join(["NaN"] * 100_000) + "]", "[0]", "number"),
        ("[" + ",".join(["[]"] * 100_000) + ",NaN]", "[100000]", "number"),
    ],
)
def test_what_json_has_no_word_for_is_found_where_it_stands_first(text, path, reason):
    problem = refusal(text.encode())
    assert (problem.code, problem.params) == ("bundle.json", {"path": path, "reason": reason})


def test_shape_comes_before_sense_and_sense_in_the_order_of_section_7():
    bundle = sensible()
    bundle["themes"] = []
    bundle["seed"]["public"] = 3
    assert refusal(encoded(bundle)).code == "bundle.json"
    bundle["seed"]["public"] = ""
    bundle["ballots"] = []
    assert refusal(encoded(bundle)).code == "themes.few"


def test_limits_of_the_web_ballot_are_not_the_cores():
    bundle = sensible()
    bundle["rules"] |= {"max_ranks": 1, "max_objectives": 0, "max_endorsements": 0}
    assert bundles.parse(encoded(bundle)).rules.max_objectives == 0


def test_a_name_in_composed_form_is_taken():
    bundle = sensible()
    bundle["round"]["key"] = "m\u00fasica"
    assert bundles.parse(json.dumps(bundle).encode()).round.key == "m\u00fasica"


def test_keys_that_are_no_text_are_refused_in_values_from_memory():
    with pytest.raises(Problem) as caught:
        Node({1: 2}, "rules", "bundle.json").entries()
    assert caught.value.params == {"path": "rules[1]", "reason": "text"}


def test_a_problem_says_its_code_and_parameters():
    assert str(Problem("seat.category", key="s1")) == "seat.category key='s1'"


def test_shares_must_leave_something_to_any_category_that_voted_and_not_to_each():
    bundle = sensible()
    bundle["seats"].append(
        OTHER_SEAT | {"seat": "s5", "categories": {"subregion": "south", "sector": "faith"}}
    )
    for shares, is_taken in (
        ({"ngo": 0, "union": 1, "faith": 0}, True),
        ({"ngo": 0, "union": 0, "faith": 1}, False),
        ({"ngo": 1, "union": 0}, False),
    ):
        bundle["rules"]["balance"]["sector"] = shares
        if is_taken:
            assert bundles.parse(encoded(bundle)).rules.balance["sector"] == shares
        else:
            assert refusal(encoded(bundle)).code == "rules.targets"


def test_there_are_no_more_topics_than_themes():
    bundle = sensible()
    bundle["rules"]["topics"] = 3
    assert bundles.parse(encoded(bundle)).rules.topics == 3
    bundle["rules"]["topics"] = 4
    assert refusal(encoded(bundle)).params == {"path": "rules.topics", "least": 1, "most": 3}
