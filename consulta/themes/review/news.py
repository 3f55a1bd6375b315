"""What became of the themes that an organisation proposed, as its mail tells: one mail to each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.platform.mailer import news
from consulta.platform.mailer.news import UNDECIDED, Item
from consulta.rounds.letters.mass_mail import to_contacts
from consulta.themes.proposals import queries
from consulta.themes.proposals.reading import chosen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.platform.mailer.news import News
    from consulta.platform.models import Message, Round, ThemePhase, ThemeProposal
    from consulta.platform.work import Work
    from consulta.rounds.letters.mass_mail import Readers

KIND = "theme_decided"
BALLOT, NOT_TAKEN = "ballot", "not_taken"


def untold(work: Work, found: Round) -> list[News]:
    """Return what each organisation has not been told of the themes that it proposed for a round."""
    rows = queries.of_round(work.session, found.id)
    facts = _all_facts(work, found, rows)
    items = [Item(row.organisation, row.contact, facts[row.id]) for row in rows if row.id in facts]
    return news.untold(work, found, KIND, items)


def tell(work: Work, found: Round) -> int:
    """Queue one mail to each organisation that has not been told all, and can be; return how many."""
    return news.tell(work, found, KIND, untold(work, found))


def readers(work: Work, found: Round) -> Readers:
    """Return who would be told now, and who cannot be."""
    untold_now = untold(work, found)
    chosen = [
        (each.organisation.name, each.organisation.country, each.contact)
        for each in untold_now
        if each.contact
    ]
    out = [(each.why, each.organisation.name) for each in untold_now if each.contact is None]
    return to_contacts(KIND, chosen, out)


def is_current(work: Work, message: Message) -> bool:
    """Return whether a message about proposed themes still says the present state of all of them."""
    facts = _all_facts(work, message.round, queries.of_round(work.session, message.round_id))
    return news.is_current(message, {each["number"]: each for each in facts.values()})


def _all_facts(work: Work, found: Round, rows: Sequence[ThemeProposal]) -> dict[int, Mapping[str, Any]]:
    """Return the facts of each proposal, by id, without those that their organisations took back."""
    phase = queries.phase(work.session, found.id)
    by_id = {row.id: row for row in rows}
    placed = _placed(phase)
    return {row.id: _facts(row, by_id, placed) for row in rows if row.state != "withdrawn"}


def _placed(phase: ThemePhase | None) -> dict[int, tuple[str, int, int]]:
    """Return why each proposal is on the ballot or not, with its support, once that is chosen."""
    placed = chosen(phase).placed if phase is not None else ()
    return {each.number: (each.why, each.organisations, each.subregions) for each in placed}


def _facts(
    row: ThemeProposal, rows: Mapping[int, ThemeProposal], placed: Mapping[int, tuple[str, int, int]]
) -> dict[str, Any]:
    base = {"number": row.number, "proposed": dict(row.title), **UNDECIDED}
    if row.state == "merged":
        into = row
        while into.into_id is not None:
            into = rows[into.into_id]
        fate, reason = _fate(into, placed)
        return base | {"decision": f"merged_{fate}", "reason": reason, "into": dict(into.title)}
    if row.state == "split":
        parts = [each for each in rows.values() if each.part_of_id == row.id and each.state != "withdrawn"]
        return base | {
            "decision": "split",
            "reason": dict(row.reason),
            "into": [dict(part.title) for part in sorted(parts, key=lambda each: each.number)],
        }
    fate, reason = _fate(row, placed)
    return base | {"decision": fate, "reason": reason}


def _fate(row: ThemeProposal, placed: Mapping[int, tuple[str, int, int]]) -> tuple[str, Any]:
    """Return what became of a proposal that is not merged, as a code, and the reason."""
    if row.state in {"submitted", "returned"}:
        return "waiting", ""
    why = placed.get(row.number, ("", 0, 0))[0]
    if row.state != "admitted" or not why:
        return row.state, dict(row.reason) or ""
    if why in {"taken", "chosen"}:
        return BALLOT, ""
    return (NOT_TAKEN, dict(row.not_taken)) if why == "declined" else (f"{NOT_TAKEN}_{why}", "")
