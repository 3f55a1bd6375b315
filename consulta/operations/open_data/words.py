"""What tables and columns mean, and the words of a card, in the languages of readers."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from consulta.core.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.operations.open_data.tables import Field, Table


@cache
def _file(name: str) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    text = (resources.files("consulta.platform.data") / "open_data" / f"{name}.toml").read_text(
        encoding="utf-8"
    )
    return tomllib.loads(text)


@cache
def script(name: str) -> str:
    """Return a program that loads a package, in which `ADDRESS` and `LANGUAGE` are to be filled in."""
    return (resources.files("consulta.platform.data") / "open_data" / f"load.{name}.txt").read_text(
        encoding="utf-8"
    )


@cache
def card() -> Mapping[str, Text]:
    """Return the words of a card by their name."""
    return {name: Text(said) for name, said in _file("card").items()}  # type: ignore[arg-type]  # flat there


def table(found: Table | str) -> Text:
    """Return what a table has."""
    return Text(_file("fields")["tables"][found if isinstance(found, str) else found.name])


def column(found: Table, of: Field) -> Text:
    """Return what a column means."""
    said = _file("fields")["fields"]
    return Text(said.get(f"{found.name}.{of.name}") or said[of.name])


def absent(name: str) -> Text:
    """Return why a package has no table of this name."""
    if name == "ballots":
        why = "ballots"
    elif name in {
        "themes",
        "objectives",
        "support",
        "pairs",
        "orders",
        "runoff",
        "left_out",
        "participation",
    }:
        why = "figures"
    else:
        why = "published"
    return Text(_file("fields")["absent"][why])
