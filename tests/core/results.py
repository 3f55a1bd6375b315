"""What the core says about a bundle given as a plain dict, as the plain dict that its file holds."""

import dataclasses
import json
from fractions import Fraction

from consulta.core.counting import bundle as bundles
from consulta.core.counting.count import count
from consulta.core.panel import choose as panel
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.values import Nominee
from tests.core.elections import encoded


def result_of(bundle, resamples=0):
    """The result; with no draws, for these say nothing that most tests ask for."""
    return json.loads(count(bundles.parse(encoded(bundle)), resamples=resamples).to_json())


def figures(result, name):
    """Theme key -> one of its fractions."""
    return {theme["key"]: Fraction(theme[name]) for theme in result["themes"]}


def official(result, bundle):
    return result["order"][bundle["rules"]["method"]]


def topic_of(result):
    """The first of the topics: the one whose firmness is told."""
    return result["topics"][0]["key"]


def micros(result):
    """Cell, which is its categories and its base, -> micro-weight."""
    return {
        (tuple(sorted(cell["categories"].items())), cell["each"]): cell["micro"]
        for cell in result["weights"]["cells"]
    }


def duel(result, x, y):
    """Twice the value that holds x above y, ties once."""
    keys = [theme["key"] for theme in result["themes"]]
    return result["pairs"][keys.index(x)][keys.index(y)]


def panel_of(nominees, rules, topics, seed):
    """The core's panel of nominees with support from outside, as in its file."""
    people = [Nominee(**nominee) for nominee in nominees]
    support = {nominee.key: nominee.support for nominee in people}
    chosen = panel.choose(parse_panel_rules(rules), people, support, topics, seed)
    return json.loads(json.dumps(dataclasses.asdict(chosen)))
