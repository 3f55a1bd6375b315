"""What is asked of a list, and one page of it from the database: filtered, sorted and counted there.

Databases fold and sort letters as they were built. So that every one gives the order of `alphabet` and the
words of `folding`, the expressions here have a form for each kind: SQLite calls those functions, PostgreSQL
does the same steps in its own words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, and_, case, func, literal, literal_column, or_, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from consulta.platform.alphabet import AFTER, letters, order
from consulta.platform.data import tongues
from consulta.platform.data.folding import WORDS, fold

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Select, SQLColumnExpression
    from sqlalchemy.orm import Session

PAGE = 25  # rows


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows of a list are wanted, in which order; an empty value wants all.

    `chosen` has the wanted value by the key of a choice. `page` counts from 1 and has `size`
    rows; None asks for every row.
    `language` is the one in whose order, and by whose names, rows are sorted. `only` has the ids of rows
    that were chosen.
    """

    text: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    page: int | None = 1
    language: str = field(default_factory=lambda: tongues.codes()[0])
    size: int = PAGE
    only: tuple[int, ...] = ()

    def choice(self, key: str) -> str:
        """Return the value chosen for `key`; empty where every value is wanted."""
        return self.chosen.get(key, "")


@dataclass(frozen=True, slots=True)
class Found:
    """Rows that were asked for: those of one page, how many match, how many there are, and the page."""

    rows: tuple[Any, ...]
    found: int
    whole: int
    page: int = 1


def cut(found: int, page: int | None, size: int = PAGE) -> tuple[int, int, int]:
    """Return the nearest page there is, and the places of its first row and after its last; all for None."""
    if page is None:
        return 1, 0, found
    near = min(max(page, 1), max(1, -(-found // size)))
    return near, (near - 1) * size, min(near * size, found)


def page_of(
    session: Session,
    query: Select[*tuple[Any, ...]],
    wanted: Wanted,
    where: Sequence[ColumnElement[bool]],
    sorts: Mapping[str, Sequence[SQLColumnExpression[Any]]],
    ties: Sequence[SQLColumnExpression[Any]],
    told: Callable[..., Any],
) -> Found:
    """Return the rows of `query` for which all of `where` holds, each as `told` makes it of its columns.

    They are in the order of the expressions that `wanted.sort` names, `ties` among equal ones; without such a
    name in that of `ties`.
    """

    def count(counted: Select[*tuple[Any, ...]]) -> int:
        return session.scalar(select(func.count()).select_from(counted.subquery())) or 0

    matching = query.where(*where)
    whole = count(query)
    found = count(matching) if where else whole
    page, first, last = cut(found, wanted.page, wanted.size)
    order = [each.desc() if wanted.descending else each for each in sorts.get(wanted.sort, ())]
    rows = session.execute(matching.order_by(*order, *ties).offset(first).limit(last - first)).unique()
    return Found(tuple(told(*row) for row in rows), found, whole, page)


def by_name(column: SQLColumnExpression[str], names: Mapping[str, str], language: str) -> ColumnElement[Any]:
    """Return an expression that sorts the keys in `column` by their names; keys without one come first."""
    ordered = sorted(set(names.values()), key=lambda name: order(name, language))
    places = {name: place for place, name in enumerate(ordered, 1)}
    ranks = {key: places[name] for key, name in names.items()}
    return case(ranks, value=column, else_=0) if ranks else literal(0)


def says(text: str, *columns: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Return the condition that each word of `text` is part of one of these columns, folded."""
    said = [[folded(each).contains(word, autoescape=True) for each in columns] for word in fold(text).split()]
    return and_(true(), *(or_(*each) for each in said))


def alphabetical(column: SQLColumnExpression[str], language: str) -> ColumnElement[str]:
    """Return an expression for the place of a text in a language: `alphabet.order` as one text."""
    return alphabet_place(column, literal_column(f"'{tongues.of(language).code}'"))


class alphabet_place(GenericFunction[str]):  # noqa: N801 - written as a function of the database
    """The place of a text in the order of a language, whose code is the second argument."""

    type, inherit_cache = String(), True


class folded(GenericFunction[str]):  # noqa: N801 - written as a function of the database
    """A text as `folding.fold` returns it."""

    type, inherit_cache = String(), True


class joined(GenericFunction[str]):  # noqa: N801 - written as a function of the database
    """The texts of a list that is kept as JSON, with spaces between them."""

    type, inherit_cache = String(), True


def _plain(text: str, kept: str = "") -> str:
    """Return PostgreSQL's words for `text` in lower case, without accents, other signs as one space."""
    without = rf"regexp_replace({text}, '[\u0300-\u036f]', '', 'g')"
    return rf"btrim(regexp_replace({without}, '[^[:alnum:]{kept}]+', ' ', 'g'))"


def _characters(text: str) -> str:
    return " || ".join(f"chr({ord(mark)})" for mark in text)


@compiles(alphabet_place, "postgresql")
def _alphabet_place(element: Any, compiler: Any, **given: Any) -> str:
    column, language = element.clauses
    text = f"lower(normalize({compiler.process(column, **given)}, NFKD))"
    placed = text
    for letter, place in letters(language.name.strip("'")):
        placed = f"replace({placed}, {_characters(letter)}, {_characters(place)})"
    plain = _plain(placed, rf"\u{ord(AFTER):x}")
    padded = rf"regexp_replace({plain}, '([0-9]+)', '000000000\1', 'g')"
    in_nine = rf"regexp_replace({padded}, '[0-9]*([0-9]{{9}})', '\1', 'g')"
    return f'({in_nine} || chr(1) || {text}) COLLATE "C"'


@compiles(folded, "postgresql")
def _folded(element: Any, compiler: Any, **given: Any) -> str:
    text = compiler.process(element.clauses, **given)
    for sign, word in WORDS.items():
        text = f"replace({text}, '{sign}', '{word}')"
    return _plain(f"lower(normalize({text}, NFKD))")


@compiles(joined, "postgresql")
def _joined(element: Any, compiler: Any, **given: Any) -> str:
    column = compiler.process(element.clauses, **given)
    return f"(SELECT string_agg(value, ' ') FROM json_array_elements_text({column}))"  # noqa: S608 - of ours


def prepare_sqlite(connection: sqlite3.Connection) -> None:
    """Give a connection the functions of this module."""
    functions: dict[str, Callable[..., str]] = {
        "alphabet_place": lambda text, language: "\x01".join(order(text, language)),
        "folded": fold,
        "joined": lambda text: " ".join(json.loads(text)),
    }
    for name, function in functions.items():
        takes = 2 if name == "alphabet_place" else 1
        connection.create_function(name, takes, _of_text(function), deterministic=True)


def _of_text(function: Callable[..., str]) -> Callable[..., str | None]:
    return lambda text, *more: None if text is None else function(text, *more)
