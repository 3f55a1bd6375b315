"""A members' file from upload to undo: stored, previewed, imported in one transaction, undone.

Nothing is written before a person has seen a preview, and the import does exactly what the preview
showed: the list is compared again when the import is requested, and must give the same. An import can be
undone until a round opens, as long as nothing of it was changed since.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.addresses import service as seat_addresses
from consulta.addresses.queries import changes
from consulta.changes import service as access_changes
from consulta.changes.values import Stood
from consulta.core.problems import Problem
from consulta.data import dimensions
from consulta.data.folding import fold
from consulta.formats.reading import read_tables
from consulta.formats.table import ZIP, Row, Table
from consulta.infra.access import require
from consulta.infra.models import Contact, MembersImport, Organisation
from consulta.infra.texts import line
from consulta.members import queries
from consulta.members import sheets as members_sheets
from consulta.members.meanings import choices, offers
from consulta.members.plan import Comparison, Plan
from consulta.members.remarks import remark
from consulta.members.rows import Headings, Notes, read, read_others
from consulta.members.service import known_categories
from consulta.members.values import ImportDone, ImportLine, ImportView

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from consulta.changes.values import Asked
    from consulta.infra.work import Work
    from consulta.members.plan import ContactDraft, Draft
    from consulta.members.values import SheetLine

SHOWN = 20  # uploads in the list of those before
ORGANISATION = ("name", "name_key", "country", "categories", "base", "tags", "active")
CONTACT = ("name", "email", "language", "may_vote", "active")


def keep(work: Work, filename: str, data: bytes) -> int:
    """Read a file and keep its rows as they are: the id under which to look at them.

    Problems: what makes the whole file unreadable, `file.…`.
    """
    require(work, "members.write")
    table, sheets = members_sheets.join(*read_tables(line(filename), data))
    members_sheets.require(table)
    upload = MembersImport(
        staff_id=work.actor.id if work.actor.role in {"secretariat", "admin"} else None,
        filename=line(filename)[:200] or "-",
        sha256=hashlib.sha256(data).hexdigest(),
        headings=list(table.headings),
        rows=[_stored(row) for row in table.rows],
        sheets=members_sheets.stored(sheets) if data.startswith(ZIP) else [],
        created_at=work.now,
    )
    work.session.add(upload)
    work.session.flush()
    work.record("members.uploaded", _subject(upload), {"rows": len(table.rows), "sha256": upload.sha256})
    return upload.id


def uploads(work: Work) -> tuple[ImportLine, ...]:
    """Return the newest uploaded files, newest first, at most `SHOWN`."""
    require(work, "members.read")
    return tuple(_line(upload, name) for upload, name in queries.uploads(work.session, SHOWN))


def look(work: Work, import_id: int) -> ImportView:
    """Return what an import of the file would do now; for an imported file, what it still leaves out.

    Raise Problem `import.unknown` if there is no such file.
    """
    require(work, "members.read")
    upload, name = _upload(work, import_id)
    headings = _headings(upload)
    plan = _plan(work, headings, queries.listed(work.session))
    places = headings.columns.places
    return ImportView(
        line=_line(upload, name),
        understood=tuple(
            (field, headings.of(field)) for field in sorted(places, key=lambda each: places[each])
        ),
        unread=headings.columns.unknown,
        counts=plan.counts,
        rows=plan.rows,
        sheets=members_sheets.restored(upload.sheets),
        offers=offers(plan.rows),
        seen=plan.seen,
        done=_done(upload.undo) if upload.undo else None,
        undo_refusal=_undo_refusal(work, upload),
        guarded=0 if upload.applied_at else len(_guarded(work, plan.drafts)),
    )


def carry_out(
    work: Work, import_id: int, seen: str, *, example: bool = False, asked: Asked | None = None
) -> None:
    """Write all good rows, or nothing where the list no longer gives what was `seen`.

    `example` marks the new organisations as invented. While a round is open, addresses that the file brings
    to organisations of its roll wait before they can vote (`access_changes`).

    Problems: `import.unknown`, `.applied`, `.undone`, `.stale`, `.nothing`, `access.reason`.
    """
    require(work, "members.write")
    upload, _ = _upload(work, import_id, hold=True)
    if upload.applied_at is not None:
        raise Problem("import.undone" if upload.undone_at else "import.applied")
    plan = _plan(work, _headings(upload), queries.listed(work.session))
    if plan.seen != seen:
        raise Problem("import.stale")
    if not plan.counts.changes:
        raise Problem("import.nothing")
    written = [each for draft in plan.drafts for each in _write(work, draft, example=example)]
    work.session.flush()
    for each in written:
        _guard(work, each, asked)
    upload.applied_at = work.now
    upload.undo = {
        "organisations": [
            _kept(each, ORGANISATION) for each in written if isinstance(each.row, Organisation)
        ],
        "contacts": [_kept(each, CONTACT) for each in written if isinstance(each.row, Contact)],
    }
    counts = plan.counts
    work.record(
        "members.imported",
        _subject(upload),
        {
            "rows": counts.changes,
            "left_out": counts.errors,
            "organisations_added": counts.organisations_added,
            "organisations_changed": counts.organisations_changed,
            "contacts_added": counts.contacts_added,
            "contacts_changed": counts.contacts_changed,
        },
    )


def understand(work: Work, import_id: int, field: str, text: str, meaning: str) -> int:
    """Take a value of this file for one of the list in all its rows, in the preview: how many rows have it.

    Problems: `import.unknown`, `.applied`, `.undone`, `.meaning` (none of its values, or no value of the
    list).
    """
    require(work, "members.write")
    upload, _ = _upload(work, import_id, hold=True)
    if upload.applied_at is not None:
        raise Problem("import.undone" if upload.undone_at else "import.applied")
    plan = _plan(work, _headings(upload), queries.listed(work.session))
    offered = {(each.field, fold(each.text)): each for each in offers(plan.rows)}
    offer = offered.get((field, fold(text)))
    if offer is None or meaning not in choices(field):
        raise Problem("import.meaning")
    said = {name: dict(values) for name, values in upload.meanings.items()}
    said.setdefault(field, {})[fold(text)] = meaning
    upload.meanings = said
    work.record("members.understood", _subject(upload), {"field": field, "as": meaning, "rows": offer.rows})
    return offer.rows


def undo(work: Work, import_id: int) -> None:
    """Restore the list to its state before the import.

    Problems: `import.unknown`, `.not_applied`, `.undone`, `.round_opened`, `.guarded` (it changed
    contacts of an organisation with a seat in an open round), `.touched`, `.linked`.
    """
    require(work, "members.write")
    upload, _ = _upload(work, import_id, hold=True)
    refusal = _undo_refusal(work, upload)
    if refusal is not None:
        raise refusal
    document = upload.undo or {}
    held = queries.with_ids(work.session, _organisations_of(document))
    contacts = {contact.id: contact for member in held.values() for contact in member.contacts}
    _restore(document["organisations"], held)
    _restore(document["contacts"], contacts)
    work.session.flush()
    queries.delete_contacts(work.session, _added(document["contacts"]))
    queries.delete_organisations(work.session, _added(document["organisations"]))
    upload.undone_at = work.now
    work.record("members.undone", _subject(upload))


@dataclass(frozen=True, slots=True)
class _Written:
    """What an import added (`before` is None) or changed."""

    row: Organisation | Contact
    before: dict[str, Any] | None


def _guarded(work: Work, drafts: Iterable[Draft]) -> set[int]:
    """Return the ids of organisations with a seat in an open round whose voters would change."""
    concerned = {
        draft.existing.id
        for draft in drafts
        if draft.existing is not None and any(_concerns_access(each) for each in draft.contacts)
    }
    return changes.organisations_with_open_seats(work.session, concerned)


def _concerns_access(drafted: ContactDraft) -> bool:
    """Return whether a drafted contact changes who may vote."""
    if drafted.existing is None:
        return bool(drafted.values.get("may_vote", True))
    before = access_changes.stood(drafted.existing)
    after = {name: getattr(drafted.existing, name) for name in CONTACT} | drafted.values
    has = bool(after["active"] and after["may_vote"])
    moved = str(after["email"]).lower() != before.address.lower()
    return before.access != has or (has and moved)


def _guard(work: Work, written: _Written, asked: Asked | None) -> None:
    """Apply to access what an import changed for a contact: former address, links, right to vote.

    If its address changed, its links end and the address is stored as given up; `access_changes` decides
    the rest. Rows of organisations are ignored.
    """
    contact = written.row
    if not isinstance(contact, Contact):
        return
    before = None
    if written.before is not None:
        now = {name: getattr(contact, name) for name in CONTACT}
        was = now | written.before
        before = Stood(was["active"] and was["may_vote"], was["email"])
        if before.address != contact.email:
            seat_addresses.give_up(work, contact, before.address)
            queries.end_links(work.session, contact.id, work.now)
    access_changes.settle(work, contact, before, "import", asked)


def _write(work: Work, draft: Draft, *, example: bool) -> Iterator[_Written]:
    """Write a draft and yield each row that was added or changed."""
    member = draft.existing
    if member is None:
        member = Organisation(created_at=work.now, example=example, active=True, **draft.values)
        work.session.add(member)
        yield _Written(member, None)
    elif draft.values:
        yield _Written(member, _overwrite(member, draft.values))
    for drafted in draft.contacts:
        if drafted.existing is None:
            contact = Contact(created_at=work.now, active=True, **drafted.values)
            member.contacts.append(contact)
            yield _Written(contact, None)
        elif drafted.values:
            yield _Written(drafted.existing, _overwrite(drafted.existing, drafted.values))


def _overwrite(row: Organisation | Contact, values: dict[str, Any]) -> dict[str, Any]:
    """Write values and return those that stood there."""
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    return before


def _kept(written: _Written, names: Sequence[str]) -> dict[str, Any]:
    """Return what an undo needs of a row: its ids, its values before and its values after the import."""
    row = written.row
    member = row.id if isinstance(row, Organisation) else row.organisation_id
    after = {name: getattr(row, name) for name in names}
    return {"id": row.id, "organisation": member, "before": written.before, "after": after}


def _undo_refusal(work: Work, upload: MembersImport) -> Problem | None:
    """Return the Problem that keeps an import from being undone, or None.

    Codes: `import.not_applied`, `import.undone`, `import.round_opened`, `import.guarded`,
    `import.touched`, `import.linked`.
    """
    if upload.applied_at is None or upload.undo is None:
        return Problem("import.not_applied")
    if upload.undone_at is not None:
        return Problem("import.undone")
    if queries.round_opened_since(work.session, upload.applied_at):
        return Problem("import.round_opened")
    changed = {kept["organisation"] for kept in upload.undo["contacts"]}
    if changes.organisations_with_open_seats(work.session, changed):
        return Problem("import.guarded")
    return _touched(work, upload.undo)


def _touched(work: Work, document: dict[str, Any]) -> Problem | None:
    """Return a Problem for the first row that was changed since the import or is in use, or None.

    Code `import.touched` for a changed or missing row, or a contact added since to an imported
    organisation; `import.linked` if an added contact got a link or is on file.
    """
    held = queries.with_ids(work.session, _organisations_of(document))
    contacts = {contact.id: contact for member in held.values() for contact in member.contacts}
    added = set(_added(document["contacts"]))
    for kept in document["organisations"]:
        member = held.get(kept["id"])
        more = kept["before"] is None and member and any(each.id not in added for each in member.contacts)
        if more or not _as_left(member, kept["after"]):
            return Problem("import.touched", name=kept["after"]["name"])
    for kept in document["contacts"]:
        if not _as_left(contacts.get(kept["id"]), kept["after"]):
            member = held.get(kept["organisation"])
            return Problem("import.touched", name=member.name if member else kept["after"]["name"])
    return Problem("import.linked") if queries.has_links(work.session, added) else None


def _as_left(row: object | None, after: dict[str, Any]) -> bool:
    return row is not None and all(getattr(row, name) == value for name, value in after.items())


def _done(document: dict[str, Any]) -> ImportDone:
    added = {kind: len(_added(document[kind])) for kind in ("organisations", "contacts")}
    return ImportDone(
        organisations_added=added["organisations"],
        organisations_changed=len(document["organisations"]) - added["organisations"],
        contacts_added=added["contacts"],
        contacts_changed=len(document["contacts"]) - added["contacts"],
    )


def _restore(kept_rows: Sequence[dict[str, Any]], held: Mapping[int, object]) -> None:
    for kept in kept_rows:
        for name, value in (kept["before"] or {}).items():
            setattr(held[kept["id"]], name, value)


def _added(kept_rows: Sequence[dict[str, Any]]) -> list[int]:
    return [kept["id"] for kept in kept_rows if kept["before"] is None]


def _organisations_of(document: dict[str, Any]) -> set[int]:
    return {kept["organisation"] for kept in (*document["organisations"], *document["contacts"])}


def _plan(work: Work, headings: Headings, members: Sequence[Organisation]) -> Plan:
    notes = Notes(headings)
    notes.known = {
        added.key: [*known_categories(members, added.key)] for added in dimensions.own() if added.is_open
    }
    entries = [read(row, notes, work.languages) for row in headings.table.rows]
    further = zip(headings.table.rows, entries, strict=True)
    others = [other for row, entry in further for other in read_others(row, notes, entry, work.languages)]
    comparison = Comparison(entries, members, notes, work.languages, others)
    drafts = comparison.drafts()
    remark(drafts, members, notes)
    return comparison.plan(drafts)


def _upload(work: Work, import_id: int, *, hold: bool = False) -> tuple[MembersImport, str | None]:
    found = queries.upload(work.session, import_id, hold=hold)
    if found is None:
        raise Problem("import.unknown")
    return found


def _headings(upload: MembersImport) -> Headings:
    sheets = members_sheets.restored(upload.sheets)
    table = Table(tuple(upload.headings), tuple(_row(stored, sheets) for stored in upload.rows))
    return Headings(table, members_sheets.match(table), upload.meanings)


def _stored(row: Row) -> list[Any]:
    """Return a row as JSON keeps it: number, cells, and the fault as code and parameters or None."""
    fault = None if row.fault is None else [row.fault.code, row.fault.params]
    return [row.number, list(row.cells), fault]


def _row(stored: Sequence[Any], sheets: Sequence[SheetLine] = ()) -> Row:
    kept, cells, fault = stored
    number = members_sheets.numbered(kept, sheets)
    problem = None if fault is None else Problem(fault[0], **{**fault[1], "row": number})
    return Row(number, tuple(cells), problem)


def _line(upload: MembersImport, name: str | None) -> ImportLine:
    return ImportLine(
        upload.id, upload.filename, name or "", upload.created_at, upload.applied_at, upload.undone_at
    )


def _subject(upload: MembersImport) -> str:
    return f"members_import:{upload.id}"
