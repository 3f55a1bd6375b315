"""Packages as the worker makes them, and published rounds of every kind to make them of."""

from __future__ import annotations

import csv
import io
import json
import random  # noqa: TID251 - invented ballots, the same for one seed
from typing import TYPE_CHECKING, Any

from consulta.operations.open_data import service
from consulta.operations.open_data.tables import rows_of
from consulta.platform.work import ANONYMOUS, WORKER
from tests.closed import COUNTRIES, SECTORS, Vote, counted
from tests.factories import moment
from tests.lived import once

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.work import Bench

PLACE = service.Place("http://localhost", 5)
KEY = "2027-1"
MODES = ("open", "pseudonymous", "aggregate")


def renew(bench: Bench, place: service.Place = PLACE) -> list[tuple[str, str, int | None]]:
    """Do what the worker does, and return which packages it made, with their versions."""
    with bench.read(WORKER, moment()) as work:
        due = service.due(work, place)
    made = []
    for each in due:
        with bench.read(ANONYMOUS, moment()) as work:
            package = service.build(work, place, each.kind, each.key)
        with bench.work(WORKER, moment()) as work:
            made.append((each.kind, each.key, service.keep(work, package, each.stamp)))
    return made


def files(bench: Bench, kind: str = "rounds", key: str = KEY) -> dict[str, bytes]:
    """Return the files of the newest version of a package."""
    with bench.read(ANONYMOUS, moment()) as work:
        return service.files(work, service.newest(work, kind, key).line)


def tables(found: Mapping[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of all tables of a package, read strictly by its own schema."""
    described = json.loads(found["datapackage.json"])["resources"]
    return {
        each["path"].removesuffix(".csv"): list(rows_of(each["schema"], found[each["path"]]))
        for each in described
        if "schema" in each
    }


def cells(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file as any program reads them."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def votes(seed: int, size: int, themes: int = 6, *, turnout: float = 0.8) -> tuple[Vote, ...]:
    """Votes by seed: leanings that differ by organisation, few objectives, some organisations silent."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    keys = [f"t{number}" for number in range(1, themes + 1)]
    liked = {key: chance.gauss(0, 0.7) for key in keys}
    made = []
    for number in range(size):
        order = sorted(keys, key=lambda key: -(liked[key] + chance.gauss(0, 1)))
        ranking = tuple(order[: chance.randint(1, 5)]) if chance.random() < turnout or number < 2 else ()
        named = tuple(sorted(chance.sample(range(1, 24), chance.choice([0, 2, 5]))))
        made.append(Vote(chance.choice(COUNTRIES), chance.choice(SECTORS), ranking, named if ranking else ()))
    return tuple(made)


@once
def round_of(bench: Bench, secrecy: str, seed: int, size: int, key: str = KEY, **rules: Any) -> None:
    """A published round with its package."""
    counted(bench, key, votes(seed, size), rules, secrecy=secrecy)
    renew(bench)
