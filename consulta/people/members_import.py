"""Import of members: the rows of a file compared with one another and with the list, written, and undone.

`Comparison` decides which rows are about one organisation, whether they agree, which are new and which change
something; `remark` adds what is remarkable. `Members` writes the drafts of the plan and takes them back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.people import members as members_acts
from consulta.people.members_rows import EXAMPLES, distinct, entered, fields, read, read_others
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.importing.columns import headings
from consulta.platform.importing.service import Importer, planned
from consulta.platform.importing.values import Change, PreviewRow, Stay, Undoing
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.likeness import Names
from consulta.platform.models import Contact, Organisation
from consulta.rounds import addresses
from consulta.vote.changes import service as access_changes
from consulta.vote.changes.values import Stood

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from consulta.people.members_rows import Entry
    from consulta.platform.formats.table import Table
    from consulta.platform.importing.cells import Notes
    from consulta.platform.importing.columns import Field
    from consulta.platform.importing.values import Plan
    from consulta.platform.models import Upload
    from consulta.platform.work import Work
    from consulta.vote.changes.values import Asked


@dataclass(slots=True)
class ContactDraft:
    """Values to write for a contact: all for a new one, the changed ones for an existing one."""

    row: str  # the first row that gives it
    email: str
    existing: Contact | None
    values: dict[str, Any]


@dataclass(slots=True)
class Draft:
    """Values to write for an organisation, and drafts of its contacts."""

    row: str  # the first row that speaks of it
    name: str
    key: tuple[str, str]  # what makes two organisations the same: the name however spelt, and the country
    existing: Organisation | None
    values: dict[str, Any]
    contacts: list[ContactDraft]

    @property
    def country(self) -> str:
        """Return the code of the country."""
        return self.key[1]

    def can_vote(self) -> bool:
        """Return whether the organisation has a contact who may vote after the import."""
        there = {each.email: each for each in self.existing.contacts} if self.existing else {}
        votes = {email: each.may_vote for email, each in there.items()}
        votes |= {each.email: each.values["may_vote"] for each in self.contacts if "may_vote" in each.values}
        return any(may and (email not in there or there[email].active) for email, may in votes.items())


class Comparison:
    """The entries of a file, by organisation, compared with one another and with the list."""

    def __init__(
        self,
        entries: Sequence[Entry],
        members: Sequence[Organisation],
        notes: Notes,
        languages: tuple[str, ...],
        others: Sequence[Entry] = (),
    ) -> None:
        self._languages = languages
        self._entries = entries
        self._members = {(member.name_key, member.country): member for member in members}
        self._notes = notes
        self._changes: dict[str, list[Change]] = defaultdict(list)
        self._groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for entry in (*entries, *others):
            if entry.key and entry.country:
                self._groups[entry.key, entry.country].append(entry)

    def drafts(self) -> tuple[Draft, ...]:
        """Return the drafts to write, one per organisation, in the order of the file.

        Rows that contradict one another, or give no sector for a new organisation, are noted as faults
        and left out.
        """
        drafts = []
        for key, group in self._groups.items():
            if len(group) > 1:
                self._compare_rows(group)
            existing = self._members.get(key)
            if existing is None:
                self._require_categories(self._good(group))
            if good := self._good(group):
                drafts.append(self._draft(good, existing))
        return tuple(drafts)

    def plan(self, drafts: tuple[Draft, ...]) -> Plan:
        """Return the plan with these drafts and all notes on the rows so far."""
        added = {draft.key for draft in drafts if draft.existing is None}
        rows = tuple(self._row(entry, added) for entry in self._entries)
        unnamed = sum(member.active and key not in self._groups for key, member in self._members.items())
        return planned(rows, drafts, _effects(drafts) | {"unnamed": unnamed})

    def _good(self, group: Iterable[Entry]) -> list[Entry]:
        return [entry for entry in group if entry.row not in self._notes.faults]

    def _row(self, entry: Entry, added: set[tuple[str, str]]) -> PreviewRow:
        faults, changes = self._notes.faults.get(entry.row, []), self._changes.get(entry.row, [])
        kind = "new" if (entry.key, entry.country) in added else "changed"
        return PreviewRow(
            row=entry.row,
            kind="error" if faults else kind if changes else "same",
            organisation=entry.name,
            contact=entry.email or entry.contact or "",
            country=name_of("country", entry.country) if entry.country else Text(),
            changes=tuple(changes),
            faults=tuple(faults),
            warnings=tuple(self._notes.warnings.get(entry.row, ())),
        )

    # -- rows against rows

    def _compare_rows(self, group: Sequence[Entry]) -> None:
        for field, dimension in entered().items():
            code = "row.sector_differs" if dimension == "sector" else "row.category_differs"
            self._agree(group, field, code)
        self._agree(group, "base", "row.base_differs")
        for same in _by_address(group).values():
            for name in ("contact", "phone", "language", "may_vote"):
                self._agree(same, name, "row.contact_differs")
        first_saying: dict[tuple[object, ...], Entry] = {}
        for entry in group:
            first = first_saying.setdefault(entry.says, entry)
            if first.row != entry.row:
                self._notes.warn(entry.row, "organisation", Problem("row.repeats", other=first.row))

    def _agree(self, group: Sequence[Entry], field: str, code: str) -> None:
        """Leave out all rows of a group if two of them give different values for a field.

        The fault names the first two rows that differ.
        """
        giving: dict[object, Entry] = {}
        for entry in group:
            value = entry.value(field)
            if value is not None:
                giving.setdefault(fold(value) if isinstance(value, str) else value, entry)
        if len(giving) == 1 or not giving:
            return
        one, other = [*giving.values()][:2]
        problem = Problem(
            code,
            first=one.row,
            second=other.row,
            one=said(field, one.value(field)),
            other=said(field, other.value(field)),
            **_of_dimension(field),
        )
        for row in _rows(group):
            self._notes.fault(row, field, problem)

    def _require_categories(self, good: Sequence[Entry]) -> None:
        for field, dimension in entered().items():
            if all(dimension not in entry.categories for entry in good):
                code = "row.sector_missing" if dimension == "sector" else "row.category_missing"
                for row in _rows(good):
                    self._notes.fault(row, field, Problem(code, **_of_dimension(field)))

    # -- rows against the list

    def _draft(self, good: Sequence[Entry], existing: Organisation | None) -> Draft:
        first = good[0]
        name = existing.name if existing else first.name
        self._note_spellings(good, name, there=existing is not None)
        given = {"base": _first(good, "base"), "tags": _all_tags(good)}
        country = first.country or ""
        if existing is None:
            values = _given({"base": 1, "tags": []}, given)
            changed = [field for field in ("base", "tags") if values[field]]
            values |= {"name": name, "name_key": first.key, "country": country}
        else:
            values = _different(existing, given)
            changed = [*values]
        self._place(good, existing, values)
        for field in changed:
            self._tell(first.row, field, field, existing, values)
        contacts = self._contacts(good, existing, country)
        return Draft(first.row, name, (first.key, country), existing, values, contacts)

    def _note_spellings(self, good: Sequence[Entry], name: str, *, there: bool) -> None:
        """Say of each row that spells a name otherwise than the list, or the first row, which one stays."""
        code = "row.spelt_on_list" if there else "row.spelt_in_file"
        for row in _rows(entry for entry in good if entry.name != name):
            self._notes.warn(row, "organisation", Problem(code, name=name, other=good[0].row))

    def _place(self, good: Sequence[Entry], existing: Organisation | None, values: dict[str, Any]) -> None:
        """Put the categories that the rows give among the values, where one of them is another."""
        before = existing.categories if existing else {}
        given = {dimension: _first(good, field) for field, dimension in entered().items()}
        changed = {name: key for name, key in given.items() if key is not None and before.get(name) != key}
        for field, dimension in entered().items():
            if dimension in changed:
                old = said(field, before[dimension]) if dimension in before else None
                self._changes[good[0].row].append(Change(field, old, said(field, changed[dimension])))
        if changed:
            values["categories"] = {**before, **changed}

    def _contacts(
        self, good: Sequence[Entry], organisation: Organisation | None, country: str
    ) -> list[ContactDraft]:
        known = {contact.email: contact for contact in organisation.contacts} if organisation else {}
        return [
            self._contact(email, same, known.get(email), country) for email, same in _by_address(good).items()
        ]

    def _contact(
        self, email: str, same: Sequence[Entry], existing: Contact | None, country: str
    ) -> ContactDraft:
        row = same[0].row
        fields = {"name": "contact", "phone": "phone", "language": "language", "may_vote": "may_vote"}
        given = {name: _first(same, field) for name, field in fields.items()}
        if existing is None:
            strange = any(entry.language_strange for entry in same)
            language = self._languages[0] if strange else catalogue.language_for(country, self._languages)
            values = _given(
                {"email": email, "name": email, "phone": "", "language": language, "may_vote": True}, given
            )
            self._changes[row].append(Change("contact", None, _described(values)))
        else:
            values = _different(existing, given)
            for name in values:
                self._tell(row, fields[name], name, existing, values)
        return ContactDraft(row, email, existing, values)

    def _tell(
        self, row: str, field: str, name: str, existing: object | None, values: Mapping[str, Any]
    ) -> None:
        """Note for the preview what becomes of a field."""
        old = None if existing is None else said(field, getattr(existing, name))
        self._changes[row].append(Change(field, old, said(field, values[name])))


def said(field: str, value: object) -> Text:
    """Return a value of a field in words, in each language."""
    if field in entered():
        return name_of(entered()[field], str(value))
    if field == "language":
        return catalogue.tongue_name(str(value))
    if field == "may_vote":
        return catalogue.term("answers", "yes" if value else "no")
    text = ", ".join(value) if isinstance(value, list | tuple) else str(value)
    return Text.name(text)


def _rows(entries: Iterable[Entry]) -> Iterable[str]:
    """Return the rows of entries, each once: a row has several where it names several contacts."""
    return dict.fromkeys(entry.row for entry in entries)


def _by_address(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Return the entries that give an address, by it."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.email is not None:
            found[entry.email].append(entry)
    return found


def _of_dimension(field: str) -> dict[str, Text]:
    """Return the name of a field's dimension as a parameter of a Problem; empty for built-in ones."""
    dimension = entered().get(field, "sector")
    return {} if dimension == "sector" else {"dimension": name_of_dimension(dimension)}


def _described(contact: Mapping[str, Any]) -> Text:
    """Return a short description of a new contact, in each language."""
    who = (
        contact["email"] if contact["name"] == contact["email"] else f"{contact['name']} <{contact['email']}>"
    )
    language = catalogue.tongue_name(contact["language"])
    vote = catalogue.term("votes", "yes" if contact["may_vote"] else "no")
    phone = f", {contact['phone']}" if contact["phone"] else ""
    return Text.each(vote, lambda code: f"{who}{phone}, {language.best(code)}, {vote[code]}")


def _first(entries: Iterable[Entry], field: str) -> Any:
    return next((value for entry in entries if (value := entry.value(field)) is not None), None)


def _all_tags(entries: Iterable[Entry]) -> list[str] | None:
    """Return the tags of all rows of an organisation, each once; None if no row gives any."""
    rows = [entry.tags for entry in entries if entry.tags is not None]
    return list(distinct(tag for tags in rows for tag in tags)) if rows else None


def _given(defaults: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all values of a new row: those given in the file, and defaults for the others."""
    return {**defaults, **{name: value for name, value in given.items() if value is not None}}


def _different(existing: object, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the file that differ from the existing row; an empty cell changes nothing."""
    return {
        name: value
        for name, value in given.items()
        if value is not None and _comparable(value) != _comparable(getattr(existing, name))
    }


def _comparable(value: object) -> object:
    return sorted(value) if isinstance(value, list) else value


def _effects(drafts: Sequence[Draft]) -> dict[str, int]:
    contacts = [contact for draft in drafts for contact in draft.contacts]
    return {
        "organisations_added": sum(draft.existing is None for draft in drafts),
        "organisations_changed": sum(draft.existing is not None and bool(draft.values) for draft in drafts),
        "contacts_added": sum(contact.existing is None for contact in contacts),
        "contacts_changed": sum(
            contact.existing is not None and bool(contact.values) for contact in contacts
        ),
    }


NAMED = 3  # how many organisations a sentence names


def remark(drafts: Sequence[Draft], members: Sequence[Organisation], notes: Notes) -> None:
    """Note all that is remarkable about `drafts`, beside the organisations on the list."""
    _silent(drafts, notes)
    _look_alikes(drafts, members, notes)
    _shared_addresses(drafts, members, notes)


def _silent(drafts: Iterable[Draft], notes: Notes) -> None:
    for draft in drafts:
        if draft.existing is not None and not draft.existing.active:
            notes.warn(draft.row, "organisation", Problem("row.inactive"))
        elif not draft.can_vote():
            notes.warn(draft.row, "email", Problem("row.no_contact"))
        for contact in draft.contacts:
            if contact.existing is not None and not contact.existing.active:
                notes.warn(contact.row, "email", Problem("row.contact_inactive", email=contact.email))


def _look_alikes(drafts: Iterable[Draft], members: Iterable[Organisation], notes: Notes) -> None:
    new = [draft for draft in drafts if draft.existing is None]
    names: Names[Draft | Organisation] = Names()
    for member in members if new else ():
        names.add(member.name, member.country, member)
    for draft in new:
        near, elsewhere = names.near(draft.name, draft.country), names.elsewhere(draft.name, draft.country)
        if near is not None:
            said = _where(near, "row.near_on_list", "row.near_in_file", name=near.name)
            notes.warn(draft.row, "organisation", said)
        if elsewhere is not None:
            country = name_of("country", elsewhere.country)
            said = _where(elsewhere, "row.elsewhere_on_list", "row.elsewhere_in_file", country=country)
            notes.warn(draft.row, "organisation", said)
        names.add(draft.name, draft.country, draft)


def _where(other: Draft | Organisation, on_list: str, in_file: str, **told: Text | str) -> Problem:
    """Return what is said of an organisation that is on the list, or in the file, which names its row."""
    if isinstance(other, Draft):
        return Problem(in_file, other=other.row, **told)
    return Problem(on_list, **told)


def _shared_addresses(drafts: Sequence[Draft], members: Iterable[Organisation], notes: Notes) -> None:
    owners: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    for member in members:
        for known in member.contacts:
            if known.active:
                owners[known.email][member.name_key, member.country] = member.name
    drafted = [(draft, contact) for draft in drafts for contact in draft.contacts]
    for draft, contact in drafted:
        owners[contact.email][draft.key] = draft.name
    for draft, contact in drafted:
        others = [name for key, name in owners[contact.email].items() if key != draft.key]
        if others:
            names = ", ".join(f"“{name}”" for name in others[:NAMED])
            names += ", …" if len(others) > NAMED else ""
            shared = Problem("row.address_shared", email=contact.email, organisations=names)
            notes.warn(contact.row, "email", shared)


ORGANISATION = ("name", "name_key", "country", "categories", "base", "tags", "active")
CONTACT = ("name", "email", "phone", "language", "may_vote", "active")
Kept = dict[str, Any]
"""A row that was added or changed: its `id`, `organisation`, values `before` (None if added) and `after`."""
Document = Mapping[str, list[Kept]]
"""The rows that an import added or changed, by kind: `organisations` and `contacts`."""


def _added(rows: Iterable[Kept]) -> list[int]:
    return [kept["id"] for kept in rows if kept["before"] is None]


def _concerned(document: Document) -> set[int]:
    """Return the ids of the organisations that were changed, or whose contacts were."""
    return {kept["organisation"] for rows in document.values() for kept in rows}


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
        members = members_acts.listed(work.session)
        notes.known = {
            added.key: list(
                dict.fromkeys(each.categories[added.key] for each in members if added.key in each.categories)
            )
            for added in dimensions.own()
            if added.is_open
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
        stood = [
            (members_acts.snapshot(each.existing), each.existing) for each in plan.drafts if each.existing
        ]
        written = [each for draft in plan.drafts for each in _write(work, draft, example=example)]
        work.session.flush()
        document: dict[str, list[Kept]] = {"organisations": [], "contacts": []}
        for row, before in written:
            if isinstance(row, Organisation):
                document["organisations"].append(_kept(row, row.id, before, ORGANISATION))
            else:
                _guard(work, row, before, options.get("asked"))
                document["contacts"].append(_kept(row, row.organisation_id, before, CONTACT))
        members_acts.tell(work, stood)
        return document

    def told(self, plan: Plan, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the numbers of rows and of what they add and change."""
        counts = plan.counts
        effects = {name: count for name, count in counts.effects.items() if name != "unnamed"}
        return {"rows": counts.changes, "left_out": counts.errors, **effects}

    def done(self, document: Document) -> Mapping[str, int]:
        """Return how many organisations and contacts were added and changed."""
        found = {}
        for kind, rows in document.items():
            found[f"{kind}_added"] = len(_added(rows))
            found[f"{kind}_changed"] = len(rows) - found[f"{kind}_added"]
        return found

    def guarded(self, work: Work, plan: Plan) -> int:
        """Return for how many organisations with a seat in an open round the voters would change."""
        concerned = {
            draft.existing.id
            for draft in plan.drafts
            if draft.existing is not None and any(_concerns_access(each) for each in draft.contacts)
        }
        return len(addresses.organisations_with_open_seats(work.session, concerned))

    def mails(self, work: Work, plan: Plan) -> int:
        """Return how many mails an import would write to contacts that are on the list already."""
        coming = [
            (members_acts.snapshot(each.existing), _after(each, each.existing), each.existing)
            for each in plan.drafts
            if each.existing is not None
        ]
        return members_acts.count(work, coming)

    def undo_refusal(self, work: Work, upload: Upload, place: None) -> Problem | None:
        """Return the Problem that keeps an import from being undone, or None.

        If every organisation stays: the reason of the only one, else `import.rests`.
        """
        stays = self.undoing(work, upload, place).stays
        if len(stays) < len(_concerned(upload.undo or {})):
            return None
        return stays[0].reason if len(stays) == 1 else Problem("import.rests")

    def undoing(self, work: Work, upload: Upload, place: None) -> Undoing:
        """Return what an undo puts back, and which organisations stay, with their contacts, and why.

        Codes: those of `_reasons`.
        """
        document: Document = upload.undo or {}
        held = members_acts.with_ids(work.session, _concerned(document))
        reasons = _reasons(work, document, held, upload.applied_at or work.now)
        if not reasons:
            return Undoing(document)
        goes, rest = (
            {
                kind: [kept for kept in rows if (kept["organisation"] in reasons) is stays]
                for kind, rows in document.items()
            }
            for stays in (False, True)
        )
        names = {kept["organisation"]: kept["after"]["name"] for kept in document["organisations"]}
        contacts = [(kept["organisation"], kept["after"]["name"]) for kept in document["contacts"]]
        return Undoing(
            goes,
            rest,
            tuple(
                Stay(
                    held[each].name if each in held else names.get(each, ""),
                    tuple(name for organisation, name in contacts if organisation == each),
                    reason,
                )
                for each, reason in reasons.items()
            ),
        )

    def put_back(self, work: Work, document: Document, place: None) -> None:
        """Delete what an import added, change back what it changed, and tell it to those whom it concerns."""
        organisations, kept_contacts = document["organisations"], document["contacts"]
        held = members_acts.with_ids(work.session, _concerned(document))
        contacts = {contact.id: contact for member in held.values() for contact in member.contacts}
        new = set(_added(organisations))
        stood = [(members_acts.snapshot(member), member) for member in held.values() if member.id not in new]
        _restore(organisations, held)
        voted = {number: access_changes.stood(contact) for number, contact in contacts.items()}
        _restore(kept_contacts, contacts)
        for number, contact in contacts.items():
            if access_changes.stood(contact) != voted[number]:
                contact.access_since = work.now
        work.session.flush()
        members_acts.delete_contacts(work.session, _added(kept_contacts))
        members_acts.delete_organisations(work.session, _added(organisations))
        for _before, member in stood:
            work.session.expire(member, ["contacts"])
        members_acts.tell(work, stood)

    def subject(self, upload: Upload) -> str:
        """Return the file itself: the list belongs to no round."""
        return f"members_import:{upload.id}"


IMPORTER = Members()


def _stood(values: Mapping[str, Any]) -> Stood:
    """Return how a contact with these values stands: whether it may vote, and its address."""
    return Stood(bool(values["active"] and values["may_vote"]), str(values["email"]))


def _concerns_access(drafted: ContactDraft) -> bool:
    """Return whether a drafted contact changes who may vote."""
    if drafted.existing is None:
        return bool(drafted.values.get("may_vote", True))
    before = access_changes.stood(drafted.existing)
    after = _stood({name: getattr(drafted.existing, name) for name in CONTACT} | drafted.values)
    moved = after.address.lower() != before.address.lower()
    return before.access != after.access or (after.access and moved)


def _guard(work: Work, contact: Contact, changed: dict[str, Any] | None, asked: Asked | None) -> None:
    """Apply to access what an import changed for a contact: former address, links, right to vote.

    `changed` are the values before of those that changed, None for a new contact. If its address changed, its
    links end and the address is stored as given up; `access_changes` decides the rest.
    """
    before = None
    if changed is not None:
        before = _stood({name: getattr(contact, name) for name in CONTACT} | changed)
        if before.address != contact.email:
            addresses.give_up(work, contact, before.address)
            members_acts.end_links(work.session, contact.id, work.now)
    access_changes.settle(work, contact, before, "import", asked)


def _write(
    work: Work, draft: Draft, *, example: bool
) -> Iterator[tuple[Organisation | Contact, dict[str, Any] | None]]:
    """Write a draft; yield each row that was added (with None) or changed (with the values before)."""
    member = draft.existing
    if member is None:
        member = Organisation(created_at=work.now, example=example, active=True, **draft.values)
        work.session.add(member)
        yield member, None
    elif draft.values:
        yield member, _overwrite(member, draft.values)
    for drafted in draft.contacts:
        if drafted.existing is None:
            contact = Contact(created_at=work.now, active=True, **drafted.values)
            member.contacts.append(contact)
            yield contact, None
        elif drafted.values:
            yield drafted.existing, _overwrite(drafted.existing, drafted.values)


def _after(draft: Draft, member: Organisation) -> members_acts.Snapshot:
    """Return how an organisation and its contacts would stand after an import of this draft."""
    drafted = {each.existing.id: each.values for each in draft.contacts if each.existing is not None}
    people = [_drafted(members_acts.person(each), drafted.get(each.id, {})) for each in member.contacts]
    new = [
        members_acts.Person(
            0, str(each.values["name"]), each.email, "", active=True, votes=True, reached=True
        )
        for each in draft.contacts
        if each.existing is None
    ]
    fields = {
        key: draft.values[key]
        for key in ("name", "country", "categories", "base", "active")
        if key in draft.values
    }
    return members_acts.snapshot(member)._replace(people=(*people, *new), **fields)


def _drafted(person: members_acts.Person, values: Mapping[str, Any]) -> members_acts.Person:
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


def _kept(row: object, organisation: int, before: dict[str, Any] | None, names: Sequence[str]) -> Kept:
    """Return what an undo needs of a row."""
    after = {name: getattr(row, name) for name in names}
    return {"id": row.id, "organisation": organisation, "before": before, "after": after}  # type: ignore[attr-defined]


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
    organisations, kept_contacts = document["organisations"], document["contacts"]
    contacts = {contact.id: contact for member in held.values() for contact in member.contacts}
    of_contact = {kept["id"]: kept["organisation"] for kept in kept_contacts}
    came, new = set(_added(kept_contacts)), set(_added(organisations))
    found: dict[int, Problem] = {}

    def stays(code: str, some: Iterable[int], **told: str) -> None:
        for each in some:
            name = held[each].name if each in held else ""
            found.setdefault(each, Problem(code, **{"name": name} | told))

    stays("import.guarded", addresses.organisations_with_open_seats(session, {*of_contact.values()}))
    for key, members in members_acts.rolls_since(session, applied_at).items():
        stays("import.on_roll", members & _concerned(document), round=key)
    for kept in organisations:
        member = held.get(kept["id"])
        more = kept["id"] in new and member and any(each.id not in came for each in member.contacts)
        if more or not _as_left(member, kept["after"]):
            stays("import.touched", [kept["id"]], name=kept["after"]["name"])
    for kept in kept_contacts:
        if not _as_left(contacts.get(kept["id"]), kept["after"]):
            member = held.get(kept["organisation"])
            name = member.name if member else kept["after"]["name"]
            stays("import.touched", [kept["organisation"]], name=name)
    moved = {kept["id"] for kept in kept_contacts if "email" in (kept["before"] or {})}
    linked = members_acts.linked(session, came) | members_acts.linked_since(session, moved, applied_at)
    stays("import.linked", sorted(of_contact[each] for each in linked))
    named = [of_contact[each] for each in members_acts.named(session, "contacts", sorted(came))]
    stays("import.used", sorted({*named, *members_acts.named(session, "organisations", sorted(new))}))
    return found


def _as_left(row: object | None, after: dict[str, Any]) -> bool:
    return row is not None and all(getattr(row, name) == value for name, value in after.items())


def _restore(rows: Iterable[Kept], held: Mapping[int, object]) -> None:
    for kept in rows:
        for name, value in (kept["before"] or {}).items():
            setattr(held[kept["id"]], name, value)
