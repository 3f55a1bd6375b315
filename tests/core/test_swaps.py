"""What one more person would change on a panel, by hand: the place to take, and the rows before and after."""

from consulta.core.panel.effects import of_candidates
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.values import Nominee

WOMEN = {"attribute": "gender", "value": "woman", "min": 1}
OF_PERU = {"attribute": "country", "value": "PE", "min": 1, "hard": False}
PEOPLE = {"ana": ("woman", "PE"), "beto": ("man", "MX"), "ciro": ("man", "PE"), "eva": ("man", "CO")}
SUPPORT = {"ana": 1, "beto": 3, "ciro": 4, "eva": 9}
NOMINEES = [
    Nominee(key, key, f"o of {key}", "mechanism", country, {"gender": gender})
    for key, (gender, country) in PEOPLE.items()
]


def change(key, *places, size=2):
    """Who leaves, the rows changed with before, after and whether they hold, the broken ones, the support."""
    rules = parse_panel_rules({"size": size, "quotas": [WOMEN, OF_PERU]})
    found = of_candidates(rules, NOMINEES, SUPPORT, (), ("ana", "beto"), places, [key])[key]
    rows = {each.row.name: (each.before, each.after, each.ok) for each in found.rows}
    return found.leaves, rows, [each.row.name for each in found.broken], found.support


def test_the_place_is_taken_with_the_fewest_people_missing_hard_rows_first():
    """Without Ana no woman would sit, though Beto has more support."""
    assert change("ciro", "ana", "beto") == ("beto", {"quotas[1]": (1, 2, True)}, [], 5)
    assert change("eva", "ana", "beto") == ("beto", {}, [], 10)


def test_what_would_not_hold_is_told_and_of_soft_rows_only_as_changed():
    both = {"quotas[0]": (1, 0, False), "quotas[1]": (1, 0, False)}
    assert change("eva", "ana") == ("ana", both, ["quotas[0]"], 12)
    assert change("ciro", "ana") == ("ana", {"quotas[0]": (1, 0, False)}, ["quotas[0]"], 7)


def test_a_free_place_is_taken_and_of_equal_places_that_with_less_support():
    assert change("eva", "ana", "beto", size=3) == (None, {"size": (2, 3, True)}, [], 13)
    free = parse_panel_rules({"size": 2})
    found = of_candidates(free, NOMINEES, SUPPORT, (), ("ana", "beto"), ("beto", "ana"), ["eva", "ana"])
    assert [(key, each.leaves) for key, each in found.items()] == [("eva", "ana")]
    assert of_candidates(free, NOMINEES, SUPPORT, (), ("ana", "beto"), (), ["eva"]) == {}
