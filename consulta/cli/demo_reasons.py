"""The reasons that organisations of the demonstration give with their votes."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from typing import TYPE_CHECKING

from consulta.data import catalogue
from consulta.reasons import service as reasons
from consulta.reasons.values import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.counting.choice import Choice
    from consulta.infra.work import Work
    from consulta.links.values import IssuedLink

MOST = 3  # texts of one organisation


def planned(
    key: str, choices: Mapping[str, Choice], links: Mapping[str, IssuedLink]
) -> dict[str, list[Written]]:
    """Return who gives which reasons in a round; each text has one author, who placed its theme.

    A text that fits nobody is left out.
    """
    said: dict[str, list[Written]] = defaultdict(list)
    for row in csv.DictReader(io.StringIO(catalogue.demo_file("reasons.csv").decode())):
        if row["round"] != key:
            continue
        for name, choice in choices.items():
            taken = {each.theme for each in said[name]}
            fits = row["theme"] in choice.ranking and row["theme"] not in taken and len(taken) < MOST
            if fits and name in links and links[name].language == row["language"]:
                said[name].append(Written(row["theme"], row["text"], row["consent"]))
                break
    return {name: texts for name, texts in said.items() if texts}


def write(work: Work, key: str, texts: list[Written]) -> None:
    """Give the reasons of the organisation whose vote was just recorded."""
    view = reasons.own(work, key)
    reasons.keep(work, key, texts, view.version, view.seen)
