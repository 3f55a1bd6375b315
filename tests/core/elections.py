"""Random bundles that make sense, as plain dicts: elections with every kind of rule, and small panels.

Ties are wanted: ballots are copies of a few patterns, and bases are mostly small.
"""

import hashlib
import json

from hypothesis import strategies as st

SUBREGIONS = ["caribbean", "central_america", "mexico", "south_america"]
SIZES = ["large", "small"]
SECTORS = ["academia", "diaspora", "ngo", "union"]
COUNTRIES = ["BB", "CO", "JM", "MX", "PE"]
ROLES = ["gov_local", "gov_national", "mechanism"]
GENDERS = ["man", "no_answer", "non_binary", "woman"]
DIMENSIONS = ["country", "sector", "subregion"]
BOUNDS = [[0.2, 5.0], [0.25, 4.0], [1, 1], [0.9, 1.1], [0.5, 1], [1, 3], [0.001, 1000], [0.7, 20]]


def encoded(bundle):
    """The file of a bundle."""
    return json.dumps(bundle, ensure_ascii=False).encode()


def category(seat, dimension):
    return seat["country"] if dimension == "country" else seat["categories"][dimension]


@st.composite
def bundles(draw, max_themes=8, max_seats=40, methods=("points", "schulze", "runoff"), gaps=False):
    """A round without a panel; with `gaps`, categories that no rule names may be missing."""
    themes = draw(theme_lists(max_themes))
    seats = draw(rolls(max_seats))
    ballots = draw(ballot_boxes(seats, [theme["key"] for theme in themes], []))
    rules = draw(rules_for(themes, seats, ballots, methods))
    for dimension in draw(st.sampled_from([[], [], ["sector"], ["subregion", "size"]])) if gaps else []:
        if dimension not in {*rules["balance"], *rules["spread"]}:
            lacking = draw(st.sampled_from([1, 2, 3]))
            for seat in seats[::lacking]:
                del seat["categories"][dimension]
    return assembled(draw, rules, themes, seats, ballots, [])


@st.composite
def panel_bundles(draw, max_nominees=12):
    """A small round and a panel of at most twelve nominees, often possible and sometimes not."""
    themes = draw(theme_lists(3))
    seats = draw(rolls(8))
    keys = [theme["key"] for theme in themes]
    nominees = draw(nominee_lists(max_nominees, keys))
    ballots = draw(ballot_boxes(seats, keys, [nominee["key"] for nominee in nominees]))
    rules = draw(rules_for(themes, seats, ballots, ("points",)))
    rules["panel"] = draw(panel_rules(nominees))
    return assembled(draw, rules, themes, seats, ballots, nominees)


def assembled(draw, rules, themes, seats, ballots, nominees):
    secret = draw(st.binary(min_size=32, max_size=32))
    return {
        "format": "consulta-bundle/3",
        "round": {
            "key": "2027-1",
            "title": {"es": "Consulta", "en": "Consultation"},
            "closed_at": "2027-03-05T22:00:00Z",
        },
        "rules": {"version": 3, "max_ballot": 1000, "support_min": 1, "topics_rule": "order", **rules},
        "themes": themes,
        "seats": seats,
        "ballots": ballots,
        "nominees": nominees,
        "seed": {
            "commitment": hashlib.sha256(secret).hexdigest(),
            "secret": secret.hex(),
            "public": draw(st.sampled_from(["", "", "dados 4 2 6", "faro ñ"])),
        },
    }


@st.composite
def theme_lists(draw, most):
    names = draw(st.permutations([f"t{number}" for number in range(draw(st.integers(2, most)))]))
    objectives = st.lists(st.integers(1, 23), min_size=1, max_size=5, unique=True)
    return [
        {"key": name, "title": {"es": f"Tema {name}", "en": f"Theme {name}"}, "objectives": draw(objectives)}
        for name in names
    ]


def bases():
    return st.one_of(
        st.just(1), st.integers(1, 3), st.sampled_from([1, 1_000_000]), st.integers(1, 1_000_000)
    )


@st.composite
def rolls(draw, most):
    """Seats with a country and two categories, from few values or many."""
    countries = COUNTRIES[: draw(st.sampled_from([3, 5, 1]))]
    subregions = SUBREGIONS[: draw(st.sampled_from([3, 2, 4, 1]))]
    sectors = SECTORS[: draw(st.sampled_from([2, 3, 4, 1]))]
    base = draw(st.sampled_from([st.just(1), bases()]))
    return [
        {
            "seat": f"s{number:03}",
            "country": draw(st.sampled_from(countries)),
            "categories": {
                "subregion": draw(st.sampled_from(subregions)),
                "sector": draw(st.sampled_from(sectors)),
                "size": draw(st.sampled_from(SIZES)),
            },
            "base": draw(base),
        }
        for number in draw(st.permutations(range(draw(st.sampled_from([1, 2, 3, 5, 8, 13, 21, 34, 40])))))
        if number < most
    ]


@st.composite
def rankings(draw, themes):
    """Some of the themes, in tiers."""
    named = draw(st.permutations(themes))[: draw(st.integers(1, len(themes)))]
    ties = draw(st.sampled_from([0, 0, draw(st.integers(0, 2 ** len(themes) - 1))]))
    tiers = [[named[0]]]
    for place, theme in enumerate(named[1:]):
        if ties >> place & 1:
            tiers[-1].append(theme)
        else:
            tiers.append([theme])
    return tiers


@st.composite
def patterns(draw, themes, nominees):
    """A ballot without its seat."""
    objectives = st.lists(st.integers(1, 23), max_size=5, unique=True)
    endorsed = st.lists(st.sampled_from(nominees), max_size=5, unique=True) if nominees else st.just([])
    return {
        "ranking": draw(rankings(themes)),
        "objectives": draw(st.one_of(st.just([]), objectives)),
        "endorsements": draw(endorsed),
    }


@st.composite
def ballot_boxes(draw, seats, themes, nominees):
    """Ballots of some seats, at least one, in any order: copies of at most ten patterns."""
    models = draw(st.lists(patterns(themes, nominees), min_size=1, max_size=10))
    names = draw(st.permutations([seat["seat"] for seat in seats]))
    voting = names[: max(1, len(names) * draw(st.sampled_from([10, 7, 5, 3, 1])) // 10)]
    return [{"seat": name, **draw(st.sampled_from(models))} for name in voting]


@st.composite
def share_targets(draw, here, heard):
    """Shares for every category with seats that sum to 1; those heard from do not all get 0."""
    parts = {name: draw(st.sampled_from([0, 1, 1, 2, 3, 7, 100])) for name in here}
    parts[heard[0]] += not any(parts[name] for name in heard)
    total = sum(parts.values())
    return {name: part / total for name, part in parts.items()}


@st.composite
def rules_for(draw, themes, seats, ballots, methods):
    by_name = {seat["seat"]: seat for seat in seats}
    balance = {}
    for dimension in draw(
        st.sampled_from([["sector"], ["sector", "subregion"], DIMENSIONS, ["country"], [], ["size"]])
    ):
        here = sorted({category(seat, dimension) for seat in seats})
        heard = sorted({category(by_name[ballot["seat"]], dimension) for ballot in ballots})
        rule = draw(st.sampled_from(["sqrt", "equal", "given", "roll"]))
        balance[dimension] = draw(share_targets(here, heard)) if rule == "given" else rule
    shares = st.one_of(st.sampled_from([0, 1, 334, 500, 501, 1000]), st.integers(0, 1000))
    return {
        "max_ranks": 5,
        "max_objectives": 5,
        "max_endorsements": 5,
        "balance": balance,
        "weight_bounds": draw(st.sampled_from(BOUNDS)),
        "method": draw(st.sampled_from(methods)),
        "objective_share": draw(st.one_of(st.sampled_from([0, 250, 1000]), shares)),
        "spread": {
            dimension: draw(st.one_of(st.sampled_from([500, 667, 999, 1000]), shares))
            for dimension in draw(
                st.sampled_from([[], ["sector"], ["country", "subregion"], DIMENSIONS, ["size"]])
            )
        },
        "topics": draw(st.integers(1, min(3, len(themes)))),
    }


@st.composite
def nominee_lists(draw, most, themes):
    return [
        {
            "key": name,
            "name": f"EJEMPLO {name}",
            "organisation": draw(st.sampled_from(["o1", "o2", "o3", "o4", "o5"])),
            "role": draw(st.sampled_from(ROLES)),
            "country": draw(st.sampled_from(COUNTRIES)),
            "categories": {
                "subregion": draw(st.sampled_from(SUBREGIONS)),
                "sector": draw(st.sampled_from(SECTORS)),
                "gender": draw(st.sampled_from([*GENDERS, "no_answer", "man"])),
            },
            "topics": draw(st.sampled_from([[], [], themes[:1], themes[1:]])),
            "recent": draw(st.sampled_from([0, 0, 0, 1, 2])),
            "support": draw(st.one_of(st.none(), st.sampled_from([0, 5000, 10_000]), st.integers(0, 10_000))),
        }
        for name in draw(st.permutations([f"n{number:02}" for number in range(draw(st.integers(1, most)))]))
    ]


ATTRIBUTES = {"subregion": SUBREGIONS, "sector": SECTORS, "gender": GENDERS, "country": COUNTRIES}


@st.composite
def pools(draw, max_nominees=10):
    """Nominees with support from outside and rules so tight that often no panel keeps them all."""
    nominees = draw(nominee_lists(max_nominees, ["t0", "t1"]))
    few = draw(st.sampled_from([1, 3, 10_000]))
    for nominee in nominees:
        nominee["support"] = draw(st.integers(0, few))
    rules = draw(panel_rules(nominees))
    hard = draw(st.sampled_from([[True], [True, False]]))
    for row in (*rules["quotas"], *rules["shares"]):
        row["hard"] = draw(st.sampled_from(hard))
    for row in rules["quotas"]:
        row["max"] = draw(st.sampled_from([row["min"], row["max"], None]))
    return nominees, rules


@st.composite
def panel_rules(draw, nominees):
    """Rules about the nominees' own attributes, mostly loose enough to be met."""
    keys = [nominee["key"] for nominee in nominees]
    size = draw(st.integers(1, len(keys)))
    locked = draw(st.lists(st.sampled_from(keys), max_size=min(2, size), unique=True))
    free = [key for key in keys if key not in locked]
    return {
        "size": size,
        "roles": draw(role_limits(sorted({nominee["role"] for nominee in nominees}), size)),
        "quotas": draw(st.lists(quota_rows(size), max_size=4)),
        "shares": draw(st.lists(share_rows(), max_size=3)),
        "at_most": draw(
            st.dictionaries(st.sampled_from(["organisation", "country", "sector"]), st.integers(1, 5))
        ),
        "mixed": draw(st.sampled_from([[], [], ["gender"], ["subregion", "gender"]])),
        "locked": locked,
        "barred": draw(st.lists(st.sampled_from(free), max_size=2, unique=True)) if free else [],
        "memory": draw(st.sampled_from([0, 50, 50, 300, 1000])),
        "reserves": draw(st.sampled_from([0, 1, 2, 3, 3, 4])),
    }


@st.composite
def role_limits(draw, present, size):
    roles = {}
    for role in draw(st.lists(st.sampled_from(present), unique=True)):
        low = draw(st.integers(0, max(0, size // 3)))
        roles[role] = [low, draw(st.integers(low, size))]
    return roles


@st.composite
def quota_rows(draw, size):
    attribute = draw(st.sampled_from(sorted(ATTRIBUTES)))
    low = draw(st.integers(0, max(1, size // 2)))
    return {
        "attribute": attribute,
        "value": draw(st.sampled_from(ATTRIBUTES[attribute])),
        "min": low,
        "max": draw(st.integers(low, max(low, size))),
        "hard": draw(st.sampled_from([False, False, False, True])),
    }


@st.composite
def share_rows(draw):
    attribute = draw(st.sampled_from(["gender", "gender", "sector", "subregion"]))
    known = [value for value in ATTRIBUTES[attribute] if value != "no_answer"]
    value = draw(st.sampled_from(known))
    others = draw(st.lists(st.sampled_from(known), unique=True))
    return {
        "attribute": attribute,
        "value": value,
        "min": draw(st.sampled_from([0, 1, 250, 333, 334, 400, 500, 667, 1000])),
        "of": sorted({value, *others}),
        "hard": draw(st.sampled_from([False, False, True])),
    }


@st.composite
def usual_bundles(draw, max_themes=7, max_seats=40, methods=("points", "points", "schulze", "runoff")):
    """A round: several topics, heavy ballots, small categories."""
    bundle = draw(bundles(max_themes, max_seats, methods, gaps=True))
    rules = bundle["rules"] | {
        "max_ballot": 50,
        "support_min": 3,
        "topics_rule": "shared",
        "topics": draw(st.integers(1, min(4, len(bundle["themes"])))),
    }
    for name, figures in {
        "max_ballot": st.one_of(st.sampled_from([1, 30, 50, 100, 333, 1000]), st.integers(1, 1000)),
        "support_min": st.sampled_from([1, 2, 3, 4, 7, 1_000_000]),
        "topics_rule": st.sampled_from(["shared", "shared", "order"]),
    }.items():
        if draw(st.sampled_from([True, True, False])):
            rules[name] = draw(figures)
    heavy = draw(st.sampled_from([0, 0, 1, 2, 5]))
    for seat in bundle["seats"][:heavy]:
        seat["base"] = draw(st.sampled_from([3, 10, 40, 1000, 1_000_000]))
    return {**bundle, "rules": rules}
