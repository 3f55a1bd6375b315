"""What members of the demonstration propose for the panel, and what the secretariat did with a part of it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from consulta.desk import proposing as telling
from consulta.panel import nominee_proposals, proposals
from consulta.panel.proposals import NomineeCommand
from consulta.platform.data import catalogue
from consulta.rounds import proposing
from consulta.rounds.proposing import PhaseCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from consulta.rounds.links import IssuedLink
    from consulta.shell.cli.demo.desk import Desk

# How a cell of `proposals.csv` is read that is no text.
_READ: Mapping[str, Callable[[str], Any]] = {
    "languages": lambda cell: tuple(cell.split(";")),
    "consent_contact": bool,
    "consent_listed": bool,
}
_REASON = "Buscamos a quien hable del tema por experiencia propia: propongan a una persona, no la fundación."


def propose(
    desk: Desk, key: str, issued: Sequence[IssuedLink], closes_local: str, opened_at: datetime
) -> None:
    """Allow proposals until voting ends, and make some: one is admitted, one declined, the rest wait.

    Each proposal comes from another organisation. Raise RuntimeError if a link that was just issued does
    not work.
    """
    asked_at = opened_at + timedelta(hours=1)
    desk.do(asked_at, proposing.plan, key, PhaseCommand(closes_local, for_themes=False))
    desk.do(asked_at + timedelta(minutes=5), proposing.open_now, key)
    numbers = []
    for turn, (command, link) in enumerate(
        zip(proposed("proposals.csv"), _one_each(issued), strict=False), start=1
    ):
        with desk.entered(link.url, opened_at + timedelta(hours=9 * turn), minutes=9) as work:
            numbers.append(proposals.propose(work, key, command, agreed=command.consent_contact))
    decided = opened_at + timedelta(days=2)
    desk.do(decided, nominee_proposals.admit, key, numbers[0])
    desk.do(decided + timedelta(minutes=6), nominee_proposals.decline, key, numbers[1], _REASON)
    desk.do(decided + timedelta(minutes=20), telling.tell, key)


def proposed(name: str) -> list[NomineeCommand]:
    """Return the people who are proposed in a file of the demonstration."""
    rows = csv.DictReader(io.StringIO(catalogue.demo_file(name).decode()))
    return [
        NomineeCommand(**{name: _READ.get(name, str)(cell) for name, cell in row.items() if cell})
        for row in rows
    ]


def _one_each(issued: Sequence[IssuedLink]) -> list[IssuedLink]:
    """Return one link of each organisation, sorted by the reversed names.

    The order differs from that of the organisations that vote first.
    """
    ordered = sorted(issued, key=lambda each: each.organisation[::-1])
    return list({link.organisation: link for link in ordered}.values())
