"""Plan of an import of members: the rows of the file compared with one another and with the list.

This module decides which rows are about one organisation, whether they agree, which are new and which
change something. Warnings are found in `remarks`. Nothing is written here; `importing`
writes the drafts of the plan.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.people.members.fields import entered
from consulta.people.members.rows import distinct
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.importing.service import planned
from consulta.platform.importing.values import Change, PreviewRow
from consulta.platform.labels import name_of, name_of_dimension

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from consulta.people.members.rows import Entry
    from consulta.platform.importing.cells import Notes
    from consulta.platform.importing.values import Plan
    from consulta.platform.models import Contact, Organisation


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
        drafted = {contact.email: contact.values for contact in self.contacts}
        there = self.existing.contacts if self.existing else []
        voting = {contact.email: contact.active and contact.may_vote for contact in there}
        silenced = {contact.email for contact in there if not contact.active}
        voting.update(
            {email: values["may_vote"] for email, values in drafted.items() if "may_vote" in values}
        )
        return any(votes and email not in silenced for email, votes in voting.items())


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
            self._agree(group, field, code, partial(_category, dimension))
        self._agree(group, "base", "row.base_differs")
        by_address: dict[str, list[Entry]] = defaultdict(list)
        for entry in group:
            if entry.email is not None:
                by_address[entry.email].append(entry)
        for same in by_address.values():
            for name in ("contact", "phone", "language", "may_vote"):
                self._agree(same, name, "row.contact_differs")
        first_saying: dict[tuple[object, ...], Entry] = {}
        for entry in group:
            first = first_saying.setdefault(entry.says, entry)
            if first.row != entry.row:
                self._notes.warn(entry.row, "organisation", Problem("row.repeats", other=first.row))

    def _agree(
        self, group: Sequence[Entry], name: str, code: str, of: Callable[[Entry], Any] | None = None
    ) -> None:
        """Leave out all rows of a group if two of them give different values for a field.

        The fault names the first two rows that differ.
        """
        of = of or (lambda entry: getattr(entry, name))
        giving: dict[object, Entry] = {}
        for entry in group:
            value = of(entry)
            if value is not None:
                giving.setdefault(fold(value) if isinstance(value, str) else value, entry)
        if len(giving) == 1 or not giving:
            return
        one, other = [*giving.values()][:2]
        problem = Problem(
            code,
            first=one.row,
            second=other.row,
            one=said(name, of(one)),
            other=said(name, of(other)),
            **_of_dimension(name),
        )
        for row in _rows(group):
            self._notes.fault(row, name, problem)

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
        given = {
            "base": _first(entry.base for entry in good),
            "tags": _all_tags(good),
        }
        country = first.country or ""
        if existing is None:
            values = _given({"base": 1, "tags": []}, given)
            told = [field for field in ("base", "tags") if values[field]]
            values |= {"name": name, "name_key": first.key, "country": country}
        else:
            values = _different(existing, given)
            told = [*values]
        self._place(good, existing, values)
        for field in told:
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
        given = {
            dimension: _first(entry.categories.get(dimension) for entry in good)
            for dimension in entered().values()
        }
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
        by_address: dict[str, list[Entry]] = defaultdict(list)
        for entry in good:
            if entry.email is not None:
                by_address[entry.email].append(entry)
        return [self._contact(email, same, known.get(email), country) for email, same in by_address.items()]

    def _contact(
        self, email: str, same: Sequence[Entry], existing: Contact | None, country: str
    ) -> ContactDraft:
        row = same[0].row
        given = {
            "name": _first(entry.contact for entry in same),
            "phone": _first(entry.phone for entry in same),
            "language": _first(entry.language for entry in same),
            "may_vote": _first(entry.may_vote for entry in same),
        }
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
                self._tell(row, "contact" if name == "name" else name, name, existing, values)
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


def _category(dimension: str, entry: Entry) -> str | None:
    return entry.categories.get(dimension)


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


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value is not None), None)


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
