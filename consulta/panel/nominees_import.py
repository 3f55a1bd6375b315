"""The import of nominees into a draft, and taken back: who is there already stays as it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.core.typed import as_written, from_stored
from consulta.panel import nominees as nominees_acts
from consulta.panel.proposals import person
from consulta.platform.data import catalogue
from consulta.platform.data.attributes import PREFIX
from consulta.platform.importing.service import Importer, planned
from consulta.platform.importing.values import Change, PreviewRow
from consulta.platform.labels import name_of
from consulta.rounds import service as rounds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.panel.proposals import NomineeCommand
    from consulta.platform.importing.cells import Notes
    from consulta.platform.importing.columns import Field
    from consulta.platform.importing.values import Plan
    from consulta.platform.models import Nominee, Round, Upload
    from consulta.platform.work import Work


SHOWN = ("role", "sector", "gender", "email", "support")
"""Fields that a preview shows beside the name, the organisation and the country."""


@dataclass(frozen=True, slots=True)
class _Document:
    """What an import keeps for its undo: the data of the nominees that it added, by key."""

    nominees: Annotated[dict[str, dict[str, Any]], as_written]


class Nominees(Importer):
    """Nominees, one a row; good rows are imported while the round is a draft, the others left out."""

    key = "nominees"
    read_right = "rounds.read"
    whole = False

    def fields(self) -> Sequence[Field]:
        """Return the fields."""
        return nominees_acts.import_fields()

    def place(self, work: Work, at: str, *, hold: bool) -> Round:
        """Return the round with its contents. Problems: `round.unknown`, and with `hold` `round.frozen`."""
        return rounds.draft(work, at) if hold else rounds.sized(work, at, contents=True)[0]

    def require_open(self, place: Round) -> None:
        """Raise Problem `round.frozen` unless the round is a draft."""
        if place.state != State.DRAFT.value:
            raise Problem("round.frozen", key=place.key)

    def round_of(self, place: Round) -> Round:
        """Return the round."""
        return place

    def plan(self, work: Work, notes: Notes, place: Round) -> Plan:
        """Return what importing the rows of a file would do now."""
        topics = nominees_acts.spellings(place.themes)
        there = {person(each.name, each.organisation): each for each in place.nominees}
        seen: dict[tuple[str, str], str] = {}
        places = nominees_acts.government_spellings(work)
        read = [(row.label, nominees_acts.read(row, notes, topics, seen, places)) for row in notes.table.rows]
        shown = [
            _preview(row, command, notes, there.get(person(command.name, command.organisation)))
            for row, command in read
        ]
        new = [command for (_, command), row in zip(read, shown, strict=True) if row.kind == "new"]
        return planned(shown, new, {"added": len(new), "on_list": len(place.nominees)})

    def write(self, work: Work, plan: Plan, place: Round, options: Mapping[str, Any]) -> dict[str, Any]:
        """Add the nominees; return their keys and their data. Raise Problem `nominee.many` if too many."""
        keys = nominees_acts.add_all(work, place, plan.drafts)
        work.session.flush()
        return {"nominees": _data(place, keys)}

    def told(self, plan: Plan, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return how many nominees were added."""
        return {"count": len(plan.drafts)}

    def done(self, document: Mapping[str, Any]) -> Mapping[str, int]:
        """Return how many nominees were added."""
        return {"added": len(from_stored(_Document, document).nominees)}

    def undo_refusal(self, work: Work, upload: Upload, place: Round) -> Problem | None:
        """Return Problem `round.frozen` once the round is no draft, `nominee.touched` after a change."""
        if place.state != State.DRAFT.value:
            return Problem("round.frozen", key=place.key)
        kept = from_stored(_Document, upload.undo or {}).nominees
        if _data(place, [*kept]) != kept or nominees_acts.are_proposed(work, place, kept):
            return Problem("nominee.touched")
        return None

    def put_back(self, work: Work, document: Mapping[str, Any], place: Round) -> None:
        """Delete the nominees that the import added."""
        nominees_acts.remove_all(work, place, from_stored(_Document, document).nominees)


IMPORTER = Nominees()


def _data(found: Round, keys: Sequence[str]) -> dict[str, Any]:
    """Return the data of nominees by key, as an undo compares them; without those that are not there."""
    there = {nominee.key: nominee for nominee in found.nominees}
    return {key: nominees_acts.said_of(there[key]) for key in keys if key in there}


def _preview(row: str, command: NomineeCommand, notes: Notes, there: Nominee | None) -> PreviewRow:
    faults = tuple(notes.faults.get(row, ()))
    if there is not None and _says_more(command, there):
        notes.warn(row, "name", Problem("nominee.there", name=there.name, organisation=there.organisation))
    given = {name: value for name in SHOWN if (value := getattr(command, name)) not in {None, ""}}
    given |= {f"{PREFIX}{key}": value for key, value in command.attributes.items()}
    return PreviewRow(
        row=row,
        kind="error" if faults else "same" if there else "new",
        organisation=command.name,
        country=name_of("country", command.country) if command.country else Text(),
        contact=command.organisation,
        changes=tuple(Change(name, None, _said(name, value)) for name, value in given.items()),
        faults=faults,
        warnings=tuple(notes.warnings.get(row, ())),
    )


def _says_more(command: NomineeCommand, there: Nominee) -> bool:
    """Return whether a row says something else than is known of a nominee; an empty cell says nothing."""
    known = nominees_acts.said_of(there)
    given = {name: [*value] if isinstance(value, tuple) else value for name, value in asdict(command).items()}
    given["attributes"] = {**known["attributes"], **command.attributes}
    return any(value and value != known[name] for name, value in given.items())


def _said(field: str, value: Any) -> Text:
    """Return a value of a field in words."""
    if field == "sector" or field.startswith(PREFIX):
        return name_of(field.removeprefix(PREFIX), value)
    known = {"role": catalogue.roles_by_key, "gender": catalogue.genders_by_key}
    return known[field]()[value].name if field in known else Text.name(str(value))
