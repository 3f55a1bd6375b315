"""The figures that were published, against the result."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from consulta.data.verify.program.firmness import leave_one_out
from consulta.data.verify.program.log import roll_told
from consulta.data.verify.program.report import added_dimensions, by_category
from consulta.data.verify.program.robustness import Recast
from consulta.data.verify.program.values import need, same, whole_number

STEPS = (1, 2, 5, 10)


def check_public(box):
    """Where only rounded figures are public: they are those of the day of publication, of this round."""
    check_turnout(box, box.json("public.json"))
    return "aggregate", {}


def check_turnout(box, told):
    """What rounded figures say of the round itself is what the log says of it."""
    opened, published = roll_told(box), box.acts["rounds.published"]
    expected = {
        "format": "consulta-public/1",
        "round": opened["key"],
        "seats": opened["seats"],
        "ballots": published["ballots"],
    }
    same(expected, {name: told.get(name) for name in expected}, "public.json")


class Maybe:
    """A figure that may be told in one of these ways, or not at all."""

    def __init__(self, *ways):
        self.ways = ways

    @classmethod
    def percent(cls, part, whole, *steps):
        """So many of a hundred, in one of these steps; nothing is divided where no step is told."""
        return cls(*(step * round(Fraction(100 * part, whole * step)) for step in steps if step))


def settled(expected, given, told):
    """What is expected, with each figure as it was told where it was told truly; `told` collects these."""
    if isinstance(expected, Maybe):
        if given is None:
            return None
        told.append(given)
        whole = [way for way in expected.ways if isinstance(way, bool) == isinstance(given, bool)]
        return given if given in whole else (*expected.ways, "(nothing)")[0]
    if isinstance(expected, dict):
        there = given if isinstance(given, dict) else {}
        return {name: settled(value, there.get(name), told) for name, value in expected.items()}
    if isinstance(expected, list):
        there = [*given, *[None] * len(expected)] if isinstance(given, list) else [None] * len(expected)
        return [settled(value, there[place], told) for place, value in enumerate(expected)]
    return expected


def check_figures(box):
    """Everything that the public reads of a round of totals is true. If more could be told is not said."""
    told, result = box.json("public.json"), box.json("result.json")
    check_turnout(box, told)
    counted = []
    expected = figures_of(box, told, result)
    same(settled(expected, told, counted), told, "public.json")
    if told["detail"] == "topics":
        return "topics_told", {}
    return "n_told", {"n": len(counted)}


def figures_of(box, told, result):
    a_round, step = box.round, told.get("step")
    head = {
        "format": "consulta-public/1",
        "round": a_round.raw["round"]["key"],
        "small_cell": told.get("small_cell"),
        "seats": len(a_round.seats),
        "countries": len({held["country"] for held, _ in a_round.seats.kinds}),
        "ballots": a_round.turnout,
        "detail": told.get("detail") if told.get("detail") in ("topics", "figures") else "topics",
    }
    if head["detail"] == "topics":
        return {**head, "topics": [{"key": topic["key"]} for topic in result["topics"]]}
    known = step is None or (step in STEPS and not isinstance(step, bool))
    need(known, "public.json", "step", "1, 2, 5 or 10", step)
    pairs = [[whole_number(won) for won in row] for row in result["pairs"]]
    size, ballots = int(step or 0), a_round.turnout
    urgent = step_of_objectives(told["objectives"], result["objectives"])
    effective = result["weights"]["effective_ballots"] / ballots
    winner = {"condorcet_winner": result["condorcet_winner"]} if "condorcet_winner" in told else {}
    return {
        **head,
        "step": step,
        "topics": [topic_told(topic, told["topics"]) for topic in result["topics"]],
        "order": {name: result["order"].get(name) for name in told["order"]},
        **winner,
        "firmness": firmness_told(
            told["firmness"],
            result["firmness"],
            ballots,
            [*result["firmness"]["leave_one_out"], *leave_one_out(box, added_dimensions(a_round))],
        ),
        **({"robustness": robustness_told(box, told["robustness"])} if "robustness" in told else {}),
        "themes": [
            theme_told(box, theme, told["themes"][x], size) for x, theme in enumerate(result["themes"])
        ],
        "pairs": [
            [Maybe.percent(won, won + pairs[y][x], size) if x != y else None for y, won in enumerate(row)]
            for x, row in enumerate(pairs)
        ],
        "objectives": [
            {"number": line["number"], "percent": Maybe.percent(*parts_of_share(line["share"]), urgent)}
            for line in result["objectives"]
        ],
        "participation": participation_told(box, told["participation"], size),
        "weights": {"met": result["weights"]["met"], "effective_percent": Maybe(10 * round(10 * effective))},
    }


def step_of_objectives(told, lines):
    """The step in which all of them are told; the finest where there is none."""
    for step in STEPS:
        ways = [Maybe.percent(*parts_of_share(line["share"]), step).ways for line in lines]
        if all(line["percent"] is None or line["percent"] in way for line, way in zip(told, ways)):
            return step
    return STEPS[0]


def topic_told(topic, told):
    """A topic; the order of its objectives is that of the figures that are told of them."""
    there = [each["focus"] for each in told if each["key"] == topic["key"]]
    focus = there[0] if there and sorted(there[0]) == sorted(topic["focus"]) else topic["focus"]
    return {"key": topic["key"], "spread_met": topic["spread_met"], "focus": focus}


def firmness_told(told, firm, ballots, lines):
    """A margin is told in multiples of a twentieth of the ballots, at least three; repetitions in tenths."""
    part, margin = max(3, -(-5 * ballots // 100)), firm["margin"].get("ballots")
    least = None if margin is None else part * (margin // part)
    left_out = [line for line in lines if line in told["leave_one_out"]]
    return {
        "margin": told["margin"] and {"ballots": least, "rival": firm["margin"].get("rival")},
        "leave_one_out": left_out,
        "resampling_percent": Maybe(10 * (firm["resampling_percent"] // 10)),
    }


def robustness_told(box, told):
    """How few could have changed the topic: rounded down and up in the same multiples, and if under three."""
    if told is None:
        return None
    margin, ballots = Recast(box).margin(), box.round.turnout
    part, least, enough = max(3, -(-5 * ballots // 100)), margin["at_least"], margin["enough"]
    return {
        "at_least": None if least is None else part * (least // part),
        "enough": None if enough is None else min(ballots, part * -(-enough // part)),
        "close": enough is not None and enough < 3,
    }


def parts_of_share(text):
    """What a fraction of the result has above and below its line."""
    found = SHARE.match(text)
    if not found:
        raise ValueError("no fraction")
    return int(found[1]), int(found[2])


SHARE = re.compile(r"(-?[0-9]{1,999})/([0-9]{1,999})\Z")


def theme_told(box, theme, told, step):
    def percent(name):
        return Maybe.percent(*parts_of_share(theme[name]), step)

    mean = [] if theme["mean_place"] is None else [round(Fraction(*parts_of_share(theme["mean_place"])))]
    return {
        "key": theme["key"],
        "place": Maybe(theme["place"]),
        "score_percent": percent("score"),
        "points_percent": percent("points"),
        "relevance_percent": percent("relevance"),
        "unweighted_percent": percent("unweighted"),
        "first": Maybe(theme["first"]),
        "mentions": Maybe(theme["mentions"]),
        "mean_place": Maybe(*mean),
        "spread_met": Maybe(theme["spread_met"]),
        "support": [
            support_told(box, dimension, supported, line["named"])
            for (dimension, supported), line in zip(sorted(theme["supported"].items()), told["support"])
        ],
    }


def support_told(box, dimension, supported, named):
    _, required = box.count.spread()
    heard = {*box.count.counted[dimension]}
    return {
        "dimension": dimension,
        "met": Maybe(len(supported) >= required[dimension]),
        "named": sorted(heard & set(named)),
        "supporting": sorted(set(supported) & set(named)),
    }


def participation_told(box, told, step):
    """Who took part, in the lines that were told; in each dimension these hold every category once."""
    lines = []
    aims = box.balance.targets({box.balance.cell_of(held) for held, _ in box.round.seats.kinds})
    for dimension in ("subregion", "sector", *added_dimensions(box.round), "country"):
        found = by_category(box.round, box.worth, dimension)
        mine = [line for line in told if line["dimension"] == dimension]
        there = sorted(name for line in mine for name in line["categories"])
        need(
            there == sorted(found), "public.json", f"participation {dimension}", "every category once", there
        )
        for line in mine:
            names = line["categories"]
            seats, ballots, value = (sum(found[name][at] for name in names) for at in range(3))
            aim = 100 * sum(aims[dimension][name] for name in names) if dimension in aims else None
            lines.append(
                {
                    "dimension": dimension,
                    "categories": names,
                    "seats": seats,
                    "ballots": ballots,
                    "share_percent": round(Fraction(100 * ballots, box.round.turnout)),
                    "target_percent": target_told(aim, line["target_percent"]),
                    "weighted_percent": Maybe.percent(value, box.count.value, step),
                }
            )
    return lines


def target_told(aim, told):
    """What the rules agreed on as if all of the roll had voted, as a whole number; halves go either way."""
    if aim is None:
        return None
    near = isinstance(told, int) and abs(told - aim) <= Decimal("0.500000001")
    return told if near else int(aim.to_integral_value())
