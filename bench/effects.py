"""What every vote did, beside a full count: `python -m bench.effects --ballots 1000`.

One round is counted, whole and with its replicates; then what the vote of each organisation did is worked
out: the topics and the order without it, with the average weight, and without its subregion and its sector.
What is told is the ratio of processor times: all of it against one count, and against as many counts as it
answers. Then the panel of each of these changes is chosen, of so many nominees whom four ballots of five
endorse; `--panel 0` leaves it out.
"""

from __future__ import annotations

import argparse
import json
import time
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from bench import data, networks
from consulta.core.counting import bundle as bundles
from consulta.core.counting import count
from consulta.core.counting.effects import Effects
from consulta.core.panel.votes import PanelEffects
from consulta.core.values import VERSION, Nominee, PanelRules, Quota, Share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.core.counting.effects import Effect

AWAY = ("subregion", "sector")
SECRET = "5e" * 32
ENDORSING = 0.8
ROLES = ("gov_national", "gov_local", "mechanism")
SUBREGIONS = ("caribbean", "mesoamerica", "south_america")
PANEL = PanelRules(
    size=8,
    roles={"gov_national": (2, 4), "gov_local": (1, 3), "mechanism": (3, 5)},
    quotas=tuple(Quota("subregion", each, 2, 4) for each in SUBREGIONS),
    shares=(Share("gender", "woman", 400, ("woman", "man")),),
    at_most={"organisation": 1},
)


def file_of(ballots: int, topics: int, method: str = "points") -> bytes:
    """A made-up round of so many organisations that all voted, with networks of unequal base, as a file."""
    drawn, bases = data.make_round(ballots, top=5), networks.bases(ballots)
    keys = [f"t{number:02}" for number in range(drawn.ranks.shape[1])]
    seats, votes = [], []
    for number in range(ballots):
        seat = f"s{number:07}"
        held = {name: str(drawn.categories[name][number]) for name in drawn.categories}
        country = held.pop("country")
        seats.append({"seat": seat, "country": country, "categories": held, "base": int(bases[number])})
        order = sorted((int(tier), key) for tier, key in zip(drawn.ranks[number], keys, strict=True) if tier)
        votes.append(
            {
                "seat": seat,
                "ranking": [[key] for _, key in order],
                "objectives": data.numbers(int(drawn.objectives[number])),
                "endorsements": [],
            }
        )
    found = {
        "format": bundles.FORMAT,
        "round": {"key": "2027-1", "title": {"es": "R", "en": "R"}, "closed_at": "2027-03-05T22:00:00Z"},
        "rules": {"version": VERSION, "topics": topics, "method": method},
        "themes": [
            {"key": key, "title": {"es": key, "en": key}, "objectives": data.numbers(int(mask))}
            for key, mask in zip(keys, drawn.theme_objectives, strict=True)
        ],
        "seats": seats,
        "ballots": votes,
        "seed": {"commitment": sha256(bytes.fromhex(SECRET)).hexdigest(), "secret": SECRET, "public": ""},
    }
    return json.dumps(found).encode()


def nominees(number: int) -> tuple[Nominee, ...]:
    """Made-up nominees of three subregions and three roles."""
    return tuple(
        Nominee(
            key=f"n{each:03}",
            name=f"n{each:03}",
            organisation=f"o{each:03}",
            role=ROLES[each % 3],
            country="PE",
            categories={
                "subregion": SUBREGIONS[each // 3 % 3],
                "sector": "ngo",
                "gender": ("woman", "man")[each // 2 % 2],
            },
        )
        for each in range(number)
    )


def panels(effects: Effects, told: Sequence[Effect], number: int) -> float:
    """Processor time of the panels of all these changes, with endorsements drawn from one seed."""
    people, chance = nominees(number), np.random.default_rng(data.SEED)
    liked = 1 / np.sqrt(np.arange(1, number + 1))
    chance.shuffle(liked)
    keys = [each.key for each in people]
    endorsed = {
        effect.seat: chance.choice(keys, size=5, replace=False, p=liked / liked.sum()).tolist()
        if chance.random() < ENDORSING
        else []
        for effect in told
    }
    begun = time.process_time()
    found = PanelEffects(effects, PANEL, people, endorsed)
    for effect in told:
        found.of_seat(effect, AWAY)
    return time.process_time() - begun


def measured(ballots: int, topics: int, method: str, number: int) -> tuple[float, float, int, float]:
    """Processor times of one count, of all effects and of their panels, and how many effects those are."""
    found = bundles.parse(file_of(ballots, topics, method))
    begun = time.process_time()
    count.count(found)
    counted = time.process_time()
    effects = Effects(found)
    told = [effects.of_seat(ballot.seat, AWAY) for ballot in found.ballots]
    took = time.process_time() - counted
    answers = sum(2 + len(effect.away) for effect in told)
    return counted - begun, took, answers, panels(effects, told, number) if number else 0.0


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ballots", type=int, default=1000)
    parser.add_argument("--topics", type=int, nargs="*", default=[1, 3])
    parser.add_argument("--methods", nargs="*", default=["points", "schulze", "runoff"])
    parser.add_argument("--panel", type=int, default=60)
    given = parser.parse_args()
    head = [
        "method, topics",
        "one count",
        "all effects",
        "× one count",
        "of as many counts",
        "panels",
    ]
    print("| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |", sep="\n", flush=True)
    for method in given.methods:
        for topics in given.topics:
            counted, told, answers, panel = measured(given.ballots, topics, method, given.panel)
            part = told / (answers * counted)
            row = [
                f"{method}, {topics}",
                f"{counted:.2f} s",
                f"{told:.2f} s",
                f"{told / counted:.1f}",
                f"1 / {1 / part:,.0f}",
                f"{panel:.2f} s",
            ]
            print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
