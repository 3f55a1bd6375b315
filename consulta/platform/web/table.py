"""One declaration for every table at the desk: its columns, how it sorts and filters, its pages, its file.

The address of a page says what is asked of its table: `q` (words to look for), a value for each choice,
`sort` (a column, with `-` before it downwards) and `page`. What an address names that the table does not have
is ignored. `templates/web/listing.html` draws a table, and `table_file` hands out exactly the rows that it
has on all its pages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar
from urllib.parse import urlencode

from flask import abort, redirect, request, url_for

from consulta.platform.access import require
from consulta.platform.data.folding import fold
from consulta.platform.deadlines import DEFAULT_ZONE
from consulta.platform.formats.workbook import Sheet
from consulta.platform.listing import PAGE, Found, Wanted, cut
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import blueprint
from consulta.platform.web.files import Export, as_file, kind_of
from consulta.platform.web.language import alphabetical, brief, calendar_day, current
from consulta.platform.web.request import actor, now, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from flask import Response
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.platform.work import Work

Cell = str | int | float | None
FEW = 8  # rows that are taken in at a look
ALL = "all"
LONGEST = 200  # characters of a text to look for
ID_DIGITS = 9


def _nothing(_row: Any) -> Cell:
    return ""


WHOLE = frozenset({"country", "sector", "at", "reference", "standing", "role"})
"""Columns of short cells, which a wide screen does not cut."""


class Column(NamedTuple):
    """A column: `text` is what its cells say in a file, and on a page that does not draw them itself.

    Rows in memory are sorted by `rank`, else by `text`; rows of the database by what its query says.
    """

    key: str
    heading: str
    text: Callable[[Any], Cell] = _nothing
    rank: Callable[[Any], Any] | None = None
    sorts: bool = True
    largest_first: bool = False  # what one asks of it is who has most
    numeric: bool = False
    flow: bool = False  # its cells may take several lines
    phone: str = ""  # where a phone's row has its cells: "side", or "under" the first; else behind "More"
    only: str = ""  # "page" or "file"

    @property
    def classes(self) -> str:
        """Return the classes of its cells."""
        kind = "acts" if self.key == "acts" else "num" if self.numeric else "flow" if self.flow else ""
        whole = "whole" if self.key in WHOLE and not self.flow else ""
        return " ".join(filter(None, (kind, whole, self.phone)))


class Choice(NamedTuple):
    """A filter by choice: its options (value, name); `of` gives the values of a row in memory.

    `usual` is the value where the address names none; the page draws such a choice itself, as views, and its
    value `ALL` is for all rows.
    """

    key: str
    label: str
    options: Sequence[tuple[str, str]]
    of: Callable[[Any], str | Collection[str]] | None = None
    usual: str = ""
    day: bool = False  # its value is a calendar day, and it has no options

    def takes(self, value: str) -> bool:
        """Return whether an address can ask for this value."""
        if not self.day:
            return value in dict(self.options)
        try:
            return date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False

    def said(self, value: str) -> str:
        """Return a value in words."""
        return calendar_day(value) if self.day else dict(self.options)[value]


def choice_among(
    key: str, label: str, rows: Iterable[Any], of: Callable[[Any], tuple[str | None, str]]
) -> Choice:
    """Return a filter by what rows in memory have, such as a country: `of` gives its key and its name.

    Its options are those that occur, in alphabetical order of their names.
    """
    there = {value: word for value, word in map(of, rows) if value}
    named = sorted(there.items(), key=lambda pair: alphabetical(pair[1]))
    return Choice(key, label, named, lambda row: of(row)[0] or "")


def by_state(label: str, states: Mapping[str, tuple[str, object]], of: Callable[[Any], str]) -> Choice:
    """Return a filter by the state of rows in memory: `states` has the sign and the words of each."""
    return Choice("state", label, [(state, str(said)) for state, (_sign, said) in states.items()], of)


class Search(NamedTuple):
    """A filter by words: `of` gives the text of a row in memory in which each of them must occur."""

    label: str
    of: Callable[[Any], str] | None = None


def acts(heading: str = "") -> Column:
    """Return the column of what can be done with a row: not sorted, and in no file."""
    return Column("acts", heading or _("What can be done"), sorts=False, flow=True, only="page")


def moment_in_file(of: Callable[[Any], datetime | None]) -> Column:
    """Return the column of a file that has the moments of rows, in UTC."""

    def said(row: Any) -> str:
        at = of(row)
        return f"{at:%Y-%m-%d %H:%M}" if at else ""

    return Column("utc", _("Time (UTC)"), said, only="file")


def moment_columns(heading: str, of: Callable[[Any], datetime | None]) -> tuple[Column, Column]:
    """Return the columns of the moments of rows that are about no round: one on the page, one in the file.

    The page shows them by the clocks of the secretariat, the file in UTC; sorting begins with the newest. A
    row without a moment has an empty cell.
    """

    def said(row: Any) -> str:
        at = of(row)
        return brief(at, DEFAULT_ZONE) if at else ""

    def rank(row: Any) -> float:
        at = of(row)
        return at.timestamp() if at else 0.0

    shown = Column("at", heading, said, rank=rank, largest_first=True)
    return shown, moment_in_file(of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its name in the address of its file, the page it is on, and what it has.

    Without a name there is no file, and without columns that sort, choices and search nothing to ask of it.
    Only a table that leads to its other rows is cut: by its `endpoint` to its pages, by `rest` to all rows.
    A phone shows of each row the first cell and at most two others; a row that `opens` is a link to a page
    with the rest, every other one unfolds.
    """

    title: str
    columns: Sequence[Column]
    endpoint: str = ""
    name: str = ""
    short: str = ""  # the name of its sheet, where the title has more than the 31 characters of one
    key: str = ""  # of the round, where it is a table of one
    at: Mapping[str, Any] = field(default_factory=dict)  # what else the address of its page has
    subject: str = ""  # of the log
    choices: Sequence[Choice] = ()
    search: Search | None = None
    sort: str = ""  # with `-` for downwards, where the address names no column
    sheet: Callable[[Sequence[Any]], tuple[tuple[str, ...], Iterable[tuple[Cell, ...]]]] | None = None
    facts: Sequence[tuple[str, str]] = ()
    size: int = PAGE  # rows of a page
    rest: str = ""  # the address of all rows, where a page without others shows only the first `size`
    opens: bool = False  # the first cell of a row is a link
    handful: bool = False  # it mostly has few rows: what narrows them is shown only where there are more
    picks: bool = False  # its rows can be chosen, and an address can ask for those `only`

    def asked(self, *, whole: bool = False) -> Wanted:
        """Return what the address asks of the table; with `whole` the rows of all pages."""
        named, cuts = request.args.get("sort", ""), bool(self.endpoint or self.rest)
        known = {column.key for column in self.columns if column.sorts and column.only != "file"}
        sort = named if named.removeprefix("-") in known else self.sort
        return Wanted(
            text=" ".join(request.args.get("q", "").split())[:LONGEST] if self.search else "",
            chosen={
                choice.key: value if choice.takes(value) else choice.usual
                for choice in self.choices
                for value in [request.args.get(choice.key, choice.usual)]
            },
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            page=None if whole or not cuts else request.args.get("page", 1, type=int),
            language=current(),
            size=self.size,
            only=_numbers(request.args.get("only", "")) if self.picks else (),
        )

    def over(self, rows: Iterable[Any], *, whole: bool = False) -> Listing:
        """Return the table over rows in memory, which stay in their order where nothing sorts them."""
        rows, asked = list(rows), self.asked(whole=whole)
        kept = [row for row in rows if self._keeps(row, asked)]
        for column in self.columns:
            if column.key == asked.sort:
                kept.sort(key=lambda row: _rank((column.rank or column.text)(row)), reverse=asked.descending)
        page, first, last = cut(len(kept), asked.page, self.size)
        return Listing(self, asked, Found(tuple(kept[first:last]), len(kept), len(rows), page), self.subject)

    def _keeps(self, row: Any, asked: Wanted) -> bool:
        for choice in self.choices:
            value, of = asked.choice(choice.key), choice.of(row) if choice.of else ""
            if value not in {"", ALL} and value not in ([of] if isinstance(of, str) else of):
                return False
        text = f" {fold(self.search.of(row))}" if asked.text and self.search and self.search.of else ""
        return all(word in text for word in fold(asked.text).split())


def _numbers(text: str) -> tuple[int, ...]:
    """Return the ids in an address, such as `31.86`; what is no number is ignored."""
    return tuple(int(part) for part in text.split(".") if part.isdecimal() and len(part) <= ID_DIGITS)


def _rank(value: Any) -> tuple[int, Any]:
    """Return a key for sorting: nothing before numbers and others, these before texts as readers sort."""
    if value is None:
        return 0, 0
    return (2, alphabetical(value)) if isinstance(value, str) else (1, value)


@dataclass(frozen=True)
class Listing:
    """A table with the rows that its address asks for: what `templates/web/listing.html` draws."""

    table: Table
    asked: Wanted
    there: Found
    subject: str  # of the log

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns of the page."""
        return tuple(column for column in self.table.columns if column.only != "file")

    @cached_property
    def unfolds(self) -> bool:
        """Return whether rows have more cells than a phone shows of them, and lead nowhere else for these."""
        return not self.table.opens and any(not column.phone for column in self.columns[1:])

    @cached_property
    def narrows(self) -> bool:
        """Return whether the page offers to narrow the rows: not where they are taken in at a look."""
        return not self.table.handful or self.there.whole > FEW or bool(self.filters or self.order)

    @cached_property
    def orders(self) -> list[tuple[str, str]]:
        """Return the orders that an address can ask for, as its value and in words."""
        found = []
        for column in self.columns if self.table.endpoint else ():
            if column.sorts:
                downwards, upwards = f"-{column.key}", column.key
                first, turned = (downwards, upwards) if column.largest_first else (upwards, downwards)
                reverse = _("%(column)s, the other way round", column=column.heading)
                found += [(first, column.heading), (turned, str(reverse))]
        return found

    @cached_property
    def filters(self) -> dict[str, str]:
        """Return what the address has for the filters that are set."""
        usual = {choice.key: choice.usual for choice in self.table.choices}
        text = {"q": self.asked.text} if self.asked.text else {}
        only = {"only": ".".join(map(str, self.asked.only))} if self.asked.only else {}
        return only | text | {key: value for key, value in self.asked.chosen.items() if value != usual[key]}

    @cached_property
    def order(self) -> str:
        """Return what the address has for the order; empty for the one of an address that says nothing."""
        sort = ("-" if self.asked.descending else "") + self.asked.sort
        return "" if sort == self.table.sort else sort

    @cached_property
    def args(self) -> dict[str, str]:
        """Return what the address of this page of the table has: forms that come back to it carry it."""
        page = {"page": str(self.there.page)} if self.there.page > 1 else {}
        return self.filters | ({"sort": self.order} if self.order else {}) | page

    def url(self, **changes: str | int) -> str:
        """Return the address of the page with these changes of `args`; an empty one takes its name out."""
        args = {name: value for name, value in {**self.args, **changes}.items() if value != ""}
        return _with(url_for(self.table.endpoint, **self._key, **self.table.at), args) + "#table"

    def with_args(self, address: str) -> str:
        """Return the address of a form in a row so that `back` leads to this page of the table again."""
        return _with(address, self.args)

    def sort_url(self, column: Column) -> str:
        """Return the address that sorts by a column; where it is sorted so, the other way round."""
        turned = column.key == self.asked.sort and self.asked.descending == column.largest_first
        downwards = column.largest_first != turned
        return self.url(sort=("-" if downwards else "") + column.key, page="")

    @property
    def cleared_url(self) -> str:
        """Return the address of all rows, in the order of this one."""
        return self.url(**dict.fromkeys((*self.filters, "page"), ""))

    def sorted(self, column: Column) -> str | None:
        """Return how a column sorts the rows, in the words of `aria-sort`; None where it does not."""
        if column.key != self.asked.sort:
            return None
        return "descending" if self.asked.descending else "ascending"

    def file_url(self) -> str:
        """Return the address to which the form is sent that asks for the file."""
        args = {name: value for name, value in {**self.table.at, **self.args}.items() if name != "page"}
        return _with(url_for("secretariat.table_file", table=self.table.name, **self._key), args)

    @property
    def _key(self) -> dict[str, Any]:
        return {"key": self.table.key} if self.table.key else {}

    @cached_property
    def pages(self) -> int:
        """Return how many pages the rows have."""
        return max(1, -(-self.there.found // self.table.size))

    @cached_property
    def told(self) -> str:
        """Return in words which rows are shown, of how many."""
        _page, first, last = cut(self.there.found, self.there.page, self.table.size)
        if last - first < self.there.found:
            told = _("%(first)s to %(last)s of %(found)s", first=first + 1, last=last, found=self.there.found)
        else:
            told = ngettext("%(num)s row", "%(num)s rows", self.there.found)
        if self._said:
            told = _(
                "%(rows)s, out of %(whole)s: %(filter)s", rows=told, whole=self.there.whole, filter=self.said
            )
        return str(told)

    @cached_property
    def said(self) -> str:
        """Return the filter in words."""
        return "; ".join(self._said) or _("all")

    @cached_property
    def _said(self) -> list[str]:
        only = len(self.asked.only)
        said = [ngettext("%(num)s chosen row", "%(num)s chosen rows", only)] if only else []
        said += [_("text “%(text)s”", text=self.asked.text)] if self.asked.text else []
        said += [
            f"{choice.label}: {choice.said(value)}"
            for choice in self.table.choices
            if (value := self.asked.choice(choice.key)) not in {"", ALL}
        ]
        return said

    def export(self) -> Export:
        """Return the rows as a file that says what it is."""
        table, in_file = self.table, [each for each in self.table.columns if each.only != "page"]
        headings = tuple(column.heading for column in in_file)
        rows: Iterable[tuple[Cell, ...]] = (
            tuple(column.text(row) for column in in_file) for row in self.there.rows
        )
        if table.sheet:
            headings, rows = table.sheet(self.there.rows)
        return Export(
            stem="-".join(part for part in (table.key, table.name) if part),
            title=table.title,
            sheet=Sheet(table.short or table.title, headings, tuple(rows)),
            made_at=now(),
            facts=(
                *([(_("Consultation"), table.key)] if table.key else []),
                (_("Filter"), self.said),
                (_("Made by"), actor().name),
                *table.facts,
            ),
        )


def at(name: str) -> str:
    """Return what the address of a table has beside its round, such as whose contacts they are."""
    return str((request.view_args or {}).get(name) or request.args.get(name, ""))


class Maker(Protocol):
    """A function that reads a table: what its page shows beside it, and the table."""

    def __call__(self, work: Work, key: str, /, *, whole: bool = False) -> tuple[Any, Listing]:
        """Read the table of a round, or of the installation where `key` is empty."""


Made = TypeVar("Made", bound=Maker)
_MAKERS: dict[str, Maker] = {}


def handed_out(name: str) -> Callable[[Made], Made]:
    """Let the table that a function reads be handed out as a file under this name.

    Raise ValueError where another table has this name.
    """

    def keep(maker: Made) -> Made:
        if _MAKERS.setdefault(name, maker) != maker:
            raise ValueError(f"two tables with the name {name}")
        return maker

    return keep


@blueprint.post("/tables/<table>", may="tables.export", password=True)
@blueprint.post("/rounds/<key>/tables/<table>", may="tables.export", password=True)
def table_file(table: str, key: str = "") -> Response:
    """Return all rows that the address asks of a table as a file, and record that in the log.

    The words looked for may be a name: the log says only that there were some.
    """
    maker = _MAKERS.get(table) or abort(404)
    kind = kind_of(request.form.get("kind"))
    with writing() as work:
        require(work, "tables.export")
        _view, listing = maker(work, key, whole=True)
        asked = {
            key: True if key == "q" else value
            for key, value in {**listing.filters, **listing.asked.chosen}.items()
            if value not in {"", ALL}
        }
        work.record(
            "tables.exported",
            listing.subject,
            {"table": table, "kind": kind, "rows": listing.there.found, "filter": asked},
        )
    return as_file(listing.export(), kind)


def back(endpoint: str, **values: Any) -> BaseResponse:
    """Return the way back to a page, with its table as the address of this request asks for it."""
    return redirect(_with(url_for(endpoint, **values), request.args.to_dict()), 303)


def _with(address: str, args: Mapping[str, str | int]) -> str:
    path, _sign, place = address.partition("#")
    return path + (f"?{urlencode(args)}" if args else "") + (f"#{place}" if place else "")
