"""The import of members: organisations and their contacts, added and changed, and put back.

An import can be undone as far as nothing rests on it: an organisation that a later round has on its roll,
that was changed since, or that something else names, stays with all that the import did to it and its
contacts. While a round is open, addresses that a file brings to organisations of its roll wait before they
can vote (`changes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem
from consulta.people.members import news, queries
from consulta.people.members.fields import EXAMPLES, fields
from consulta.people.members.kept import Document, Kept, added, stood
from consulta.people.members.plan import Comparison
from consulta.people.members.remarks import remark
from consulta.people.members.rows import read, read_others
from consulta.people.members.service import known_categories
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.importing.columns import headings
from consulta.platform.importing.service import Importer
from consulta.platform.importing.values import Stay, Undoing
from consulta.platform.models import Contact, Organisation
from consulta.rounds.addresses import service as seat_addresses
from consulta.rounds.addresses.queries import changes
from consulta.vote.changes import service as access_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from consulta.people.members.plan import ContactDraft, Draft
    from consulta.platform.formats.table import Table
    from consulta.platform.importing.cells import Notes
    from consulta.platform.importing.columns import Field
    from consulta.platform.importing.values import Plan
    from consulta.platform.models import Upload
    from consulta.platform.work import Work
    from consulta.vote.changes.values import Asked

ORGANISATION = ("name", "name_key", "country", "categories", "base", "tags", "active")
CONTACT = ("name", "email", "phone", "language", "may_vote", "active")


class Members(Importer):
    """Organisations and their contacts, a contact a row; good rows are imported, the others left out.

    Options of `carry_out`: `example` marks new organisations as invented; `asked` says why who may vote is
    changed while a round is open, and by whom.
    """

    key = "members"
    read_right = "members.read"
    whole = False
    examples = frozenset(fold(name) for each in EXAMPLES for name in each.values())

    def fields(self) -> Sequence[Field]:
        """Return the fields, with the dimensions that the installation adds."""
        return fields()

    def require_own(self, tables: Sequence[Table]) -> None:
        """Raise Problem `file.of_nominees` if a column that is called so has roles on a panel."""
        named = {fold(heading) for heading in headings(catalogue.term("nominees", "role"))}
        for table in tables:
            for place, heading in enumerate(table.headings):
                if fold(heading) in named and any(
                    catalogue.find_role(row.cells[place]) for row in table.rows
                ):
                    raise Problem("file.of_nominees", heading=heading)

    def plan(self, work: Work, notes: Notes, place: None) -> Plan:
        """Return what importing the rows of a file would do now."""
        members = queries.listed(work.session)
        notes.known = {
            added.key: [*known_categories(members, added.key)] for added in dimensions.own() if added.is_open
        }
        rows = notes.table.rows
        entries = [read(row, notes, work.languages) for row in rows]
        further = zip(rows, entries, strict=True)
        others = [other for row, entry in further for other in read_others(row, notes, entry, work.languages)]
        comparison = Comparison(entries, members, notes, work.languages, others)
        drafts = comparison.drafts()
        remark(drafts, members, notes)
        return comparison.plan(drafts)

    def write(self, work: Work, plan: Plan, place: None, options: Mapping[str, Any]) -> dict[str, Any]:
        """Write the drafts; return each row that was added or changed, as it was and as it is.

        Raise Problem `access.reason` if who may vote changes in an open round and no reason is given.
        """
        example = bool(options.get("example"))
        stood = [(news.snapshot(each.existing), each.existing) for each in plan.drafts if each.existing]
        written = [each for draft in plan.drafts for each in _write(work, draft, example=example)]
        work.session.flush()
        for each in written:
            _guard(work, each, options.get("asked"))
        news.tell(work, stood)
        return Document(
            tuple(_kept(each, ORGANISATION) for each in written if isinstance(each.row, Organisation)),
            tuple(_kept(each, CONTACT) for each in written if isinstance(each.row, Contact)),
        ).stored()

    def told(self, plan: Plan, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the numbers of rows and of what they add and change."""
        counts = plan.counts
        effects = {name: count for name, count in counts.effects.items() if name != "unnamed"}
        return {"rows": counts.changes, "left_out": counts.errors, **effects}

    def done(self, document: Mapping[str, Any]) -> Mapping[str, int]:
        """Return how many organisations and contacts were added and changed."""
        kept, found = Document.of(document), {}
        for kind, rows in (("organisations", kept.organisations), ("contacts", kept.contacts)):
            found[f"{kind}_added"] = len(added(rows))
            found[f"{kind}_changed"] = len(rows) - found[f"{kind}_added"]
        return found

    def guarded(self, work: Work, plan: Plan) -> int:
        """Return for how many organisations with a seat in an open round the voters would change."""
        concerned = {
            draft.existing.id
            for draft in plan.drafts
            if draft.existing is not None and any(_concerns_access(each) for each in draft.contacts)
        }
        return len(changes.organisations_with_open_seats(work.session, concerned))

    def mails(self, work: Work, plan: Plan) -> int:
        """Return how many mails an import would write to contacts that are on the list already."""
        coming = [
            (news.snapshot(each.existing), _after(each, each.existing), each.existing)
            for each in plan.drafts
            if each.existing is not None
        ]
        return news.count(work, coming)

    def undo_refusal(self, work: Work, upload: Upload, place: None) -> Problem | None:
        """Return the Problem that keeps an import from being undone, or None.

        If every organisation stays: the reason of the only one, else `import.rests`.
        """
        stays = self.undoing(work, upload, place).stays
        if len(stays) < len(Document.of(upload.undo).all_organisations()):
            return None
        return stays[0].reason if len(stays) == 1 else Problem("import.rests")

    def undoing(self, work: Work, upload: Upload, place: None) -> Undoing:
        """Return what an undo puts back, and which organisations stay, with their contacts, and why.

        Codes: those of `_reasons`.
        """
        document = Document.of(upload.undo)
        held = queries.with_ids(work.session, document.all_organisations())
        reasons = _reasons(work, document, held, upload.applied_at or work.now)
        if not reasons:
            return Undoing(document.stored())
        names = {kept.organisation: kept.name for kept in document.organisations}
        return Undoing(
            document.part(lambda organisation: organisation not in reasons).stored(),
            document.part(lambda organisation: organisation in reasons).stored(),
            tuple(
                Stay(
                    held[each].name if each in held else names.get(each, ""),
                    tuple(kept.name for kept in document.contacts if kept.organisation == each),
                    reason,
                )
                for each, reason in reasons.items()
            ),
        )

    def put_back(self, work: Work, document: Mapping[str, Any], place: None) -> None:
        """Delete what an import added, change back what it changed, and tell it to those whom it concerns."""
        kept = Document.of(document)
        held = queries.with_ids(work.session, kept.all_organisations())
        contacts = {contact.id: contact for member in held.values() for contact in member.contacts}
        new = set(added(kept.organisations))
        stood = [(news.snapshot(member), member) for member in held.values() if member.id not in new]
        _restore(kept.organisations, held)
        voted = {number: access_changes.stood(contact) for number, contact in contacts.items()}
        _restore(kept.contacts, contacts)
        for number, contact in contacts.items():
            if access_changes.stood(contact) != voted[number]:
                contact.access_since = work.now
        work.session.flush()
        queries.delete_contacts(work.session, added(kept.contacts))
        queries.delete_organisations(work.session, added(kept.organisations))
        for _before, member in stood:
            work.session.expire(member, ["contacts"])
        news.tell(work, stood)

    def subject(self, upload: Upload) -> str:
        """Return the file itself: the list belongs to no round."""
        return f"members_import:{upload.id}"


IMPORTER = Members()


@dataclass(frozen=True, slots=True)
class _Written:
    """What an import added (`before` is None) or changed."""

    row: Organisation | Contact
    before: dict[str, Any] | None


def _concerns_access(drafted: ContactDraft) -> bool:
    """Return whether a drafted contact changes who may vote."""
    if drafted.existing is None:
        return bool(drafted.values.get("may_vote", True))
    before = access_changes.stood(drafted.existing)
    after = stood({name: getattr(drafted.existing, name) for name in CONTACT} | drafted.values)
    has, moved = after.access, after.address.lower() != before.address.lower()
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
        before = stood(now | written.before)
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


def _after(draft: Draft, member: Organisation) -> news.Snapshot:
    """Return how an organisation and its contacts would stand after an import of this draft."""
    drafted = {each.existing.id: each.values for each in draft.contacts if each.existing is not None}
    people = [_drafted(news.person(each), drafted.get(each.id, {})) for each in member.contacts]
    new = [
        news.Person(0, str(each.values["name"]), each.email, "", active=True, votes=True, reached=True)
        for each in draft.contacts
        if each.existing is None
    ]
    fields = {
        key: draft.values[key]
        for key in ("name", "country", "categories", "base", "active")
        if key in draft.values
    }
    return news.snapshot(member)._replace(people=(*people, *new), **fields)


def _drafted(person: news.Person, values: Mapping[str, Any]) -> news.Person:
    """Return a contact as it would stand with these values written to it."""
    votes = person.active and bool(values.get("may_vote", person.votes))
    return person._replace(
        name=values.get("name", person.name), address=values.get("email", person.address), votes=votes
    )


def _overwrite(row: Organisation | Contact, values: dict[str, Any]) -> dict[str, Any]:
    """Write values and return those that stood there."""
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    return before


def _kept(written: _Written, names: Sequence[str]) -> Kept:
    """Return what an undo needs of a row: its ids, its values before and its values after the import."""
    row = written.row
    member = row.id if isinstance(row, Organisation) else row.organisation_id
    return Kept(row.id, member, written.before, {name: getattr(row, name) for name in names})


def _reasons(
    work: Work, document: Document, held: Mapping[int, Organisation], applied_at: datetime
) -> dict[int, Problem]:
    """Return why organisations of an import stay, by their number.

    Codes: `import.guarded` (it changed contacts of an organisation with a seat in an open round), `.on_roll`
    (of a round that opened since), `.touched` (changed or deleted since, or a contact was added to it since),
    `.linked` (a contact that it added ever got a link or is on file, or one whose address it changed got a
    link since), `.used` (something else names what it added).
    """
    session = work.session
    contacts = {contact.id: contact for member in held.values() for contact in member.contacts}
    of_contact = {kept.id: kept.organisation for kept in document.contacts}
    came, new = set(added(document.contacts)), set(added(document.organisations))
    found: dict[int, Problem] = {}

    def stays(code: str, organisations: Iterable[int], **told: str) -> None:
        for each in organisations:
            name = held[each].name if each in held else ""
            found.setdefault(each, Problem(code, **{"name": name} | told))

    stays("import.guarded", changes.organisations_with_open_seats(session, {*of_contact.values()}))
    for key, organisations in queries.rolls_since(session, applied_at).items():
        stays("import.on_roll", organisations & document.all_organisations(), round=key)
    for kept in document.organisations:
        member = held.get(kept.id)
        more = kept.id in new and member and any(each.id not in came for each in member.contacts)
        if more or not _as_left(member, kept.after):
            stays("import.touched", [kept.id], name=kept.name)
    for kept in document.contacts:
        if not _as_left(contacts.get(kept.id), kept.after):
            member = held.get(kept.organisation)
            stays("import.touched", [kept.organisation], name=member.name if member else kept.name)
    moved = {kept.id for kept in document.contacts if "email" in (kept.before or {})}
    linked = queries.linked(session, came) | queries.linked_since(session, moved, applied_at)
    stays("import.linked", sorted(of_contact[each] for each in linked))
    named = [of_contact[each] for each in queries.named(session, "contacts", sorted(came))]
    stays("import.used", sorted({*named, *queries.named(session, "organisations", sorted(new))}))
    return found


def _as_left(row: object | None, after: dict[str, Any]) -> bool:
    return row is not None and all(getattr(row, name) == value for name, value in after.items())


def _restore(rows: Iterable[Kept], held: Mapping[int, object]) -> None:
    for kept in rows:
        for name, value in (kept.before or {}).items():
            setattr(held[kept.id], name, value)
