"""What every vote did, beside a full count: `python -m bench.effects --ballots 1000`.

One round is counted, whole and with its replicates; then what the vote of each organisation did is worked
out: the topics and the order without it, with the average weight, and without its subregion and its sector.
What is told is the ratio of processor times: all of it against one count, and against as many counts as it
answers.
"""

from __future__ import annotations

import argparse
import json
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from bench import data, networks
from consulta.core.counting import versions
from consulta.core.counting.effects import Effects

if TYPE_CHECKING:
    from consulta.core.values import Bundle

AWAY = ("subregion", "sector")
SECRET = "5e" * 32


def file_of(ballots: int, version: int, topics: int, method: str = "points") -> bytes:
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
    rules: dict[str, Any] = {"topics": topics, "method": method}
    found = {
        "format": f"consulta-bundle/{version}",
        "round": {"key": "2027-1", "title": {"es": "R", "en": "R"}, "closed_at": "2027-03-05T22:00:00Z"},
        "rules": rules if version == 1 else {**rules, "version": version},
        "themes": [
            {"key": key, "title": {"es": key, "en": key}, "objectives": data.numbers(int(mask))}
            for key, mask in zip(keys, drawn.theme_objectives, strict=True)
        ],
        "seats": seats,
        "ballots": votes,
        "seed": {"commitment": sha256(bytes.fromhex(SECRET)).hexdigest(), "secret": SECRET, "public": ""},
    }
    return json.dumps(found).encode()


def bundle(ballots: int, version: int, topics: int, method: str = "points") -> Bundle:
    """The same, read."""
    file = file_of(ballots, version, topics, method)
    read: Bundle = versions.of_bundle(file).read(file)
    return read


def measured(ballots: int, version: int, topics: int, method: str) -> tuple[float, float, int]:
    """Processor times of one full count and of all effects, and how many answers those are."""
    found = bundle(ballots, version, topics, method)
    rules = next(each for each in versions.known() if each.number == version)
    begun = time.process_time()
    rules.count(found)
    counted = time.process_time()
    effects = Effects(found)
    answers = 0
    for ballot in found.ballots:
        told = effects.of_seat(ballot.seat, AWAY)
        answers += 2 + len(told.away)
    return counted - begun, time.process_time() - counted, answers


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ballots", type=int, default=1000)
    parser.add_argument("--topics", type=int, nargs="*", default=[1, 3])
    parser.add_argument("--methods", nargs="*", default=["points", "schulze", "runoff"])
    given = parser.parse_args()
    rows = []
    for version in (1, 2):
        for method in given.methods:
            for topics in given.topics:
                counted, told, answers = measured(given.ballots, version, topics, method)
                part = told / (answers * counted)
                rows.append(
                    [
                        f"{version}, {method}, {topics}",
                        f"{counted:.2f} s",
                        f"{told:.2f} s",
                        f"{told / counted:.1f}",
                        f"1 / {1 / part:,.0f}",
                    ]
                )
    head = ["version, method, topics", "one count", "all effects", "× one count", "of as many counts"]
    print("| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |", sep="\n")
    print("\n".join("| " + " | ".join(row) + " |" for row in rows))


if __name__ == "__main__":
    main()
