"""Write docs/retention.md from the table in the code, so that the two cannot differ.

Run it as `python -m tools.retention` after `consulta/operations/retention/table.py` or a period changed.
"""

from __future__ import annotations

from pathlib import Path

from consulta.operations.retention.table import KEPT as STAYS
from consulta.operations.retention.table import TABLE, Fate, Kept
from consulta.platform.settings import KEPT, KEPT_LEAST

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "retention.md"

HEAD = """\
# What is kept, for how long, and what becomes of it

This page is made from `consulta/operations/retention/table.py` by `python -m tools.retention`; decision
{decision} says why it is so. A test fails
where a column of the database is missing.

## Periods

Each is a setting, in days, from {least} to 36500. The defaults are what data protection officers of
agencies usually accept for
contact data: a quarter for what served at once, a year for what a question may still need, two years
after the last use for people.
A period begins when the row was used last: a mail when it left, a contact when it was switched off, a
roll when its round was published.
What belongs to a round that is open, or closed and not published yet, is never erased by a period: its
mails, links, addresses, calls and notes. Sessions that are over and the rows of uploaded files have their
periods all the same.

| setting | days | what is erased then |
| --- | --- | --- |
"""

HOW = """
## How the worker erases

* It looks once an hour. **A week before the first erasure of a kind the desk says so**, with the number
  of rows; the page
  *What is kept and for how long* at the desk says at any time what will go when, and what went. A shorter
  period is announced anew, for a week.
* Where the worker had not looked for a week, or the clock was set back, all kinds are announced anew: a
  clock that jumps ahead by years
  erases nothing before people had a week to see it.
* The log has one row for each announcement and each erasure: kind and number of rows, no personal data.
* Where there is no mail server, the files of mails in the folder `mail` are deleted with the texts of
  these mails.
* `consulta check` and the archives hold afterwards as before: what a digest of the log covers stays, and
  rows that are sealed are
  sealed again by the erasure itself. Of `seat_addresses` and `deliveries`, which are written once,
  triggers let name, address and the
  answer of a server be blanked, and nothing else.

## Backups

What is erased stays in backups until these are deleted. By the schedule that is after **eight weeks that
have a backup** at most;
copies that `CONSULTA_BACKUP_COMMAND` made elsewhere follow the rules of that place, which you set to the
same period. After a restore the
worker erases again: what is due by the periods, and who was erased on request, which it finds in the file
`erasures.jsonl` of the data folder. That file has kinds, numbers and moments, and no data of people; keep it
with the secret and the key, apart from the backups. A number that a restored database gave to another
person is told by its moment, and left alone.
In PostgreSQL, pages of the database files are freed by its autovacuum.

Drafts of ballots are only in the browser in which they are written, and are deleted there when the vote
is sent. Files of the server's own
log are rotated by the system: see [operate.md](operate.md).

## Column by column
"""


def _fate(fate: Fate) -> str:
    names = " ".join(f"`{name}`" for name in fate.columns)
    if fate.kind:
        but = f"; {fate.but}" if fate.but else ""
        return f"| {names} | {fate.fate} | `CONSULTA_KEEP_{fate.kind.upper()}`: {KEPT[fate.kind]} days{but} |"
    said = fate.until if fate.fate == STAYS else f"until {fate.until}"
    return f"| {names} | {fate.fate} | {said} |"


def _section(kept: Kept) -> str:
    whose = f" Tells of: {kept.people}." if kept.people else " Tells of no person."
    rows = "\n".join(_fate(fate) for fate in kept.fates)
    return (
        f"\n### `{kept.name}`\n\n{kept.purpose}{whose}\n\n"
        f"| columns | what becomes of them | how long |\n| --- | --- | --- |\n{rows}\n"
    )


def _goes(kind: str) -> str:
    found = [
        f"`{kept.name}`: {', '.join(fate.columns)}"
        if fate.fate != "deleted"
        else f"`{kept.name}`: whole rows"
        for kept in TABLE
        for fate in kept.fates
        if fate.kind == kind
    ]
    return "; ".join(found)


def page() -> str:
    """Return the page as it is to be."""
    periods = "\n".join(
        f"| `CONSULTA_KEEP_{kind.upper()}` | {days} | {_goes(kind)} |" for kind, days in KEPT.items()
    )
    least = "1" + "".join(f" (`{kind}`: {days})" for kind, days in KEPT_LEAST.items())
    return HEAD.format(decision="67", least=least) + periods + "\n" + HOW + "".join(map(_section, TABLE))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
