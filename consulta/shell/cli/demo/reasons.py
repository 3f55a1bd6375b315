"""The reasons that organisations of the demonstration give with their votes."""

from __future__ import annotations

import csv
import io
import tomllib
from collections import defaultdict
from typing import TYPE_CHECKING

from consulta.platform.data import catalogue
from consulta.results import synthesis
from consulta.vote import reasons
from consulta.vote.reasons import Written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.counting.choice import Choice
    from consulta.platform.work import Work
    from consulta.rounds.links import IssuedLink
    from consulta.shell.cli.demo.desk import Desk

MOST = 3  # texts of one organisation


def planned(
    key: str, choices: Mapping[str, Choice], links: Mapping[str, IssuedLink]
) -> dict[str, list[Written]]:
    """Return who gives which reasons in a round; each text has one author, who placed its theme.

    A text that fits no organisation is left out.
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


def tell(desk: Desk, key: str, at: datetime) -> None:
    """Code a few reasons of a published round, write its synthesis, and publish it."""
    plan = tomllib.loads(catalogue.demo_file("synthesis.toml").decode())
    view = desk.do(at, synthesis.desk_page, key)
    themes = {source.number: source.theme for source in view.sources}
    lines: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    used: set[int] = set()
    for sentence in plan["sentences"]:
        starts = tuple(sentence["sources"])
        numbers = [source.number for source in view.sources if source.text.startswith(starts)]
        if not numbers:
            continue
        used.update(numbers)
        told = f"[{', '.join(map(str, numbers))}]"
        for code in desk.bench.languages:
            if code in sentence:
                lines[themes[numbers[0]]][code].append(f"{sentence[code]} {told}")
    for theme in dict.fromkeys(themes.values()):
        left = {number: plan["left"] for number, of in themes.items() if of == theme and number not in used}
        typed = {code: "\n".join(said) for code, said in lines[theme].items()}
        seen = desk.do(at, synthesis.desk_page, key).seen
        desk.do(at, synthesis.save, key, theme, typed, plan["original"], left, seen)
    for name, words in (("documentos", ("pasaporte", "papers", "consulados")), ("niñez", ("niñas", "niños"))):
        numbers = [source.number for source in view.sources if any(word in source.text for word in words)]
        if numbers:
            desk.do(at, synthesis.put_code, key, numbers, None, name)
    desk.do(at, synthesis.publish, key, desk.do(at, synthesis.desk_page, key).seen)
