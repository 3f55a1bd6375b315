"""Write docs/retention.md from what the models say, so that the two cannot differ.

Run it as `python -m tools.retention` after the models (`consulta/platform/models/`) or a period changed.
"""

from __future__ import annotations

from pathlib import Path

from consulta.platform.models import Base
from consulta.platform.models.base import DELETED, Fate, KeptTable, tables
from consulta.platform.models.base import KEPT as STAYS
from consulta.platform.settings import KEPT, KEPT_LEAST

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "retention.md"

HEAD = """\
# What is kept, for how long, and what becomes of it

`python -m tools.retention` makes this page from the models (`consulta/platform/models/`); decision
{decision} gives the reasons. A test fails if a column with words does not say what becomes of it.

## Periods

Each period is a setting, in days, from {least} to 36500. The defaults are what data protection officers
of agencies usually accept for contact data: a quarter for what is needed only once, a year for what a
question may still need, two years after the last use for people.
A period begins with the last use of the row: a mail when it left, a contact when it was deactivated, a
roll when its round was published.
Nothing that belongs to a round that is open, or closed and not yet published, is erased by a period: its
mails, links, addresses, calls and notes stay. The periods of ended sessions and of rows of uploaded files
run all the same.

| setting | days | what is erased then |
| --- | --- | --- |
"""

HOW = """
## How the worker erases

* It looks once an hour. **The desk announces the first erasure of a kind a week before**, with the number
  of rows. The page *What is kept and for how long* at the desk always shows what will be erased when, and
  what has been erased. A shorter period is announced again, for a week.
* If the worker has not looked for a week, or the clock was set back, all kinds are announced again: a
  clock that jumps ahead by years erases nothing before people have had a week to notice it.
* The log has one row for each announcement and each erasure: kind and number of rows, no personal data.
* If there is no mail server, the files of mails in the folder `mail` are deleted with the texts of
  these mails.
* `consulta check` and the archives remain valid afterwards: what a digest of the log covers stays, and
  the erasure seals rows again that are sealed. In `seat_addresses` and `deliveries`, which are written
  once, triggers allow name, address and the answer of a server to be blanked, and nothing else.

## Backups

What is erased stays in backups until these are deleted: by the schedule, when there are **eight weeks
with newer backups**. Copies that `CONSULTA_BACKUP_COMMAND` made elsewhere follow the rules of that place;
set these to the same period. After a restore the worker erases again what is due by the periods, and the
data of people that were erased on request, which are listed in the file `erasures.jsonl` of the data
folder. That file has kinds, numbers and times, and no personal data; keep it with the secret and the key,
apart from the backups. If a restored database has given a number to another person, the time shows it,
and that person is left alone. In PostgreSQL, autovacuum frees pages of the database files.

Drafts of ballots are only in the browser in which they are written, and are deleted there when the vote
is sent. The system rotates files of the server's own log: see [operate.md](operate.md).

## Column by column
"""


def _fate(fate: Fate, columns: list[str]) -> str:
    names = " ".join(f"`{name}`" for name in columns)
    if fate.kind:
        but = f"; {fate.but}" if fate.but else ""
        return f"| {names} | {fate.fate} | `CONSULTA_KEEP_{fate.kind.upper()}`: {KEPT[fate.kind]} days{but} |"
    said = fate.until if fate.fate == STAYS else f"until {fate.until}"
    return f"| {names} | {fate.fate} | {said} |"


def _section(kept: KeptTable) -> str:
    whose = f" About: {kept.people}." if kept.people else " Not about people."
    rows = "\n".join(_fate(*each) for each in kept.fates.items())
    return (
        f"\n### `{kept.name}`\n\n{kept.purpose}{whose}\n\n"
        f"| columns | what becomes of them | how long |\n| --- | --- | --- |\n{rows}\n"
    )


def _goes(kind: str) -> str:
    found = [
        f"`{kept.name}`: {', '.join(columns)}" if fate.fate != DELETED else f"`{kept.name}`: whole rows"
        for kept in tables(Base)
        for fate, columns in kept.fates.items()
        if fate.kind == kind
    ]
    return "; ".join(found)


def page() -> str:
    """Return the page as it is to be."""
    periods = "\n".join(
        f"| `CONSULTA_KEEP_{kind.upper()}` | {days} | {_goes(kind)} |" for kind, days in KEPT.items()
    )
    least = "1" + "".join(f" (`{kind}`: {days})" for kind, days in KEPT_LEAST.items())
    return (
        HEAD.format(decision="67", least=least) + periods + "\n" + HOW + "".join(map(_section, tables(Base)))
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
