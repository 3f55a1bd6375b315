"""Small rounds for tests: a sensible bundle as a plain dict, and elections written as counted rankings."""

import copy
import hashlib
import json

import numpy as np

from consulta.core.counting import bundle as bundles

SECRET = "5a" * 32
COMMITMENT = hashlib.sha256(bytes.fromhex(SECRET)).hexdigest()

PLAIN = {"version": 3, "max_ballot": 1000, "support_min": 1, "topics_rule": "order"}
"""Rules that leave out what examples would have to reckon with: no cap, every category, topics in order."""

USUAL = {"version": 3, "max_ballot": 50, "support_min": 3, "topics_rule": "shared"}
"""The same at their defaults."""

SENSIBLE = {
    "format": "consulta-bundle/3",
    "round": {
        "key": "2027-1",
        "title": {"es": "Consulta", "en": "Consultation"},
        "closed_at": "2027-03-05T22:00:00Z",
    },
    "rules": {
        **PLAIN,
        "balance": {"subregion": "equal", "sector": {"ngo": 0.75, "union": 0.25}},
        "spread": {"subregion": 500, "country": 300},
        "panel": {
            "size": 2,
            "roles": {"gov_local": [0, 1], "mechanism": [1, 2]},
            "quotas": [{"attribute": "subregion", "value": "caribbean", "min": 1, "max": 2, "hard": True}],
            "shares": [
                {"attribute": "gender", "value": "woman", "min": 400, "of": ["woman", "man"], "hard": True}
            ],
            "at_most": {"organisation": 1},
            "mixed": ["gender"],
            "locked": ["n2"],
            "barred": ["n4"],
        },
    },
    "themes": [
        {"key": "water", "title": {"es": "Agua", "en": "Water"}, "objectives": [1, 2]},
        {"key": "work", "title": {"es": "Trabajo", "en": "Work"}, "objectives": [2, 3, 4]},
        {"key": "voice", "title": {"es": "Voz", "en": "Voice"}, "objectives": [23]},
    ],
    "seats": [
        {"seat": "s1", "country": "BB", "categories": {"subregion": "caribbean", "sector": "ngo"}},
        {"seat": "s2", "country": "PE", "categories": {"subregion": "south", "sector": "ngo"}, "base": 3},
        {"seat": "s3", "country": "PE", "categories": {"subregion": "south", "sector": "union"}},
        {"seat": "s4", "country": "PE", "categories": {"subregion": "south", "sector": "ngo"}},
    ],
    "ballots": [
        {
            "seat": "s1",
            "ranking": [["water"], ["work", "voice"]],
            "objectives": [1, 2],
            "endorsements": ["n1", "n3"],
        },
        {"seat": "s2", "ranking": [["work"], ["water"]], "objectives": [2], "endorsements": ["n1"]},
        {"seat": "s3", "ranking": [["voice"]], "objectives": [], "endorsements": []},
    ],
    "nominees": [
        {
            "key": "n1",
            "name": "Ana EJEMPLO",
            "organisation": "o1",
            "role": "mechanism",
            "country": "BB",
            "categories": {"subregion": "caribbean", "gender": "woman"},
            "topics": ["water"],
            "recent": 1,
            "support": None,
        },
        {
            "key": "n2",
            "name": "Bruno EJEMPLO",
            "organisation": "o2",
            "role": "mechanism",
            "country": "PE",
            "categories": {"subregion": "south", "gender": "man"},
            "support": 700,
        },
        {
            "key": "n3",
            "name": "Carla EJEMPLO",
            "organisation": "o3",
            "role": "gov_local",
            "country": "BB",
            "categories": {"subregion": "caribbean", "gender": "woman"},
        },
        {"key": "n4", "name": "Dan EJEMPLO", "organisation": "o4", "role": "gov_local", "country": "PE"},
    ],
    "seed": {"commitment": COMMITMENT, "secret": SECRET, "public": "dice 4 2"},
}


def sensible():
    """A bundle that makes sense, to be spoiled."""
    return copy.deepcopy(SENSIBLE)


def encoded(bundle):
    return json.dumps(bundle, ensure_ascii=False).encode()


def parsed(bundle):
    return bundles.parse(encoded(bundle))


def election(votes, *, objectives=None, seats=None, **rules):
    """A bundle from counted rankings, such as `[(5, "A B C"), (3, "B A=C")]`; `=` makes a tier.

    A vote may name categories as a third part, `{"subregion": "south"}`; `country` may be among them.
    """
    votes = [(number, ranking, *rest) if rest else (number, ranking, {}) for number, ranking, *rest in votes]
    keys = sorted({key for _, ranking, _ in votes for key in ranking.replace("=", " ").split()})
    bundle = sensible()
    bundle["nominees"] = []
    bundle["rules"] = {**PLAIN, "balance": {}, "spread": {}, **rules}
    bundle["themes"] = [
        {"key": key, "title": {"es": key, "en": key}, "objectives": (objectives or {}).get(key, [1])}
        for key in keys
    ]
    bundle["seats"], bundle["ballots"] = list(seats or []), []
    for number, ranking, categories in votes:
        for _ in range(number):
            name = f"v{len(bundle['ballots']):04}"
            bundle["seats"].append(seat(name, categories))
            tiers = [tier.split("=") for tier in ranking.split()]
            bundle["ballots"].append({"seat": name, "ranking": tiers, "objectives": [], "endorsements": []})
    return bundle


def seat(name, categories, base=1):
    rest = {dimension: value for dimension, value in categories.items() if dimension != "country"}
    return {"seat": name, "country": categories.get("country", "XX"), "categories": rest, "base": base}


def busy(number=0, ballots=24, **rules):
    """A round with a little of everything, the same each time: tiers, places left empty, objectives, bases.

    Five themes; three subregions and two sectors, which balance and spread look at. `number` makes another.
    """
    luck = np.random.default_rng(number)
    votes, objectives = [], []
    for _ in range(ballots):
        order = luck.permutation(list("abcde"))[: int(luck.integers(1, 6))].tolist()
        joints = [*luck.choice([" ", " ", "="], size=len(order) - 1), ""]
        where = {"subregion": str(luck.choice(["n", "s", "s", "w"])), "sector": str(luck.choice(["x", "y"]))}
        where["country"] = where["subregion"].upper() + str(luck.integers(2))
        votes.append((1, "".join(a + b for a, b in zip(order, joints, strict=True)), where))
        objectives.append(luck.choice(range(1, 5), size=int(luck.integers(0, 3)), replace=False).tolist())
    found = election(
        votes,
        objectives={"a": [1, 2], "b": [2], "c": [3, 4], "d": [4], "e": [5]},
        **({"balance": {"subregion": "equal"}, "spread": {"sector": 500, "subregion": 600}} | rules),
    )
    for ballot, said in zip(found["ballots"], objectives, strict=True):
        ballot["objectives"] = said
    for seat_of, base in zip(
        found["seats"], luck.choice([1, 1, 1, 3, 10], size=ballots).tolist(), strict=True
    ):
        seat_of["base"] = base
    return found
