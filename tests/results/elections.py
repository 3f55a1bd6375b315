"""Rounds for attacks: a roll of real countries and sectors, ballots by leanings and whim, all by seed."""

from __future__ import annotations

import hashlib
import json
import random  # noqa: TID251 - invented ballots, the same for one seed
from functools import lru_cache
from typing import Any

from consulta.core.counting import bundle as core
from consulta.core.counting import count
from consulta.core.counting.rules import parse_rules
from consulta.core.values import Ballot, Bundle, Round, Seat, Seed, Theme
from consulta.platform.data import catalogue
from consulta.results import public_figures

SECRET = "5e" * 32
BALANCE = {"subregion": "equal", "sector": "sqrt"}


def election(
    seed: int,
    seats: int,
    turnout: float,
    themes: int = 6,
    *,
    countries: int = 33,
    sectors: int = 10,
    bases: tuple[int, ...] = (1,),
    balance: dict[str, Any] | None = None,
) -> Bundle:
    """A round with so many seats; each votes with that probability. Few sectors are large, many small."""
    chance = random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing them
    lands = [land.iso2 for land in catalogue.countries()]
    chance.shuffle(lands)
    fields = [sector.key for sector in catalogue.sectors()][:sectors]
    keys = [f"t{number}" for number in range(1, themes + 1)]
    liked = {key: chance.gauss(0, 0.7) for key in keys}
    roll, ballots = [], []
    for _ in range(seats):
        land = lands[min(int(chance.expovariate(6 / countries)), countries - 1)]
        field = fields[min(int(chance.expovariate(3 / sectors)), sectors - 1)]
        seat = Seat(
            f"{chance.getrandbits(64):016x}",
            land,
            {"subregion": catalogue.subregion_of(land), "sector": field},
            chance.choice(bases),
        )
        roll.append(seat)
        if chance.random() < turnout:
            order = sorted(keys, key=lambda key: -(liked[key] + chance.gauss(0, 1)))
            ranked = order[: chance.randint(1, min(5, themes))]
            urgent = chance.sample(range(1, 24), chance.choice([0, 2, 5]))
            ballots.append(Ballot(seat.seat, tuple((key,) for key in ranked), tuple(sorted(urgent))))
    if not ballots:
        ballots.append(Ballot(roll[0].seat, (("t1",),)))
    digest = hashlib.sha256(bytes.fromhex(SECRET)).hexdigest()
    made = Bundle(
        round=Round("r", {"es": "Consulta", "en": "Round"}, "2027-03-05T22:00:00Z"),
        rules=parse_rules({"balance": BALANCE if balance is None else balance}),
        themes=tuple(
            Theme(key, {"es": key, "en": key}, (number, number + 12))
            for number, key in enumerate(keys[:11], start=1)
        ),
        seats=tuple(sorted(roll, key=lambda seat: seat.seat)),
        ballots=tuple(ballots),
        nominees=(),
        seed=Seed(digest, SECRET),
    )
    return core.parse(core.to_json(made))


@lru_cache(maxsize=64)
def counted(content: bytes) -> str:
    """The result of a bundle's file."""
    return count.count(core.parse(content)).to_json().decode()


def result_of(bundle: Bundle) -> dict[str, Any]:
    """The result of a bundle as its file has it."""
    found: dict[str, Any] = json.loads(counted(core.to_json(bundle)))
    return found


def robustness_of(bundle: Bundle) -> dict[str, Any]:
    """How few ballots could have changed its topic, as the file has it."""
    found: dict[str, Any] = json.loads(count.robustness_of_bundle(bundle, 0).to_json())
    return found


def public_of(bundle: Bundle, small_cell: int = 5) -> dict[str, Any]:
    """What the public would read of it."""
    found: dict[str, Any] = json.loads(
        public_figures.to_json(
            public_figures.figures(
                public_figures.Ground.of(bundle), result_of(bundle), small_cell, robustness_of(bundle)
            )
        )
    )
    return found
