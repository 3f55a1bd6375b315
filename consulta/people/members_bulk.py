"""Acts on many organisations at once: each is one row of the log, and can be taken back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from consulta.core.problems import Problem, or_problem
from consulta.people import members as members_acts
from consulta.people.members import TAG_MAX, TAGS_MAX
from consulta.platform.access import require
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.models import LogEntry
from consulta.platform.texts import line

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from consulta.people.members import Snapshot
    from consulta.platform.models import Organisation
    from consulta.platform.work import Work


SWITCHES = {"activate": True, "deactivate": False}
TAGS = ("tag", "untag")
CATEGORY = "category_"  # how an act begins that sets the category of a dimension, named after it
DONE = "members.bulk"  # its act in the log


@dataclass(frozen=True, slots=True)
class BulkDone:
    """An act on many organisations; `standing` are those in which nothing of it was changed since.

    `before` has what stood in each: whether it was active, its tags, or the key of its category.
    """

    act: str
    value: str
    standing: frozenset[int]
    before: Mapping[int, Any]


def acts() -> tuple[str, ...]:
    """Return the names of the acts."""
    return (*SWITCHES, *TAGS, *(f"{CATEGORY}{name}" for name in dimensions.entered_keys()))


def carry_out(work: Work, ids: Collection[int], act: str, value: str = "") -> int:
    """Do one act to these organisations, and return the number of its row in the log.

    `value` is the tag, or the key of the category. Organisations in which the act would change nothing are
    left out. Problems: `members.bulk_act`, `members.bulk_value`, `members.bulk_written`,
    `members.bulk_nothing`, `member.tags`.
    """
    require(work, "members.write")
    value = _checked(work, act, value)
    before: list[tuple[int, Any]] = []
    stood: list[tuple[Snapshot, Organisation]] = []
    for member in members_acts.chosen(work.session, ids, hold=True):
        was = _standing(member, act)
        now = _after(was, act, value)
        if was != now:
            stood.append((members_acts.snapshot(member), member))
            _put(member, act, now)
            before.append((member.id, was))
    if not before:
        raise Problem("members.bulk_nothing")
    details = {"act": act, "value": value, "before": before}
    work.record("members.bulk", "members", details)
    members_acts.tell(work, stood)
    return work.session.scalars(select(func.max(LogEntry.seq)).where(LogEntry.action == DONE)).one()


def mails(work: Work, ids: Collection[int], act: str) -> int:
    """Return how many mails an act would write; of a category, at most, as none may have it already."""
    require(work, "members.write")
    if act in TAGS:
        return 0
    coming = []
    for member in members_acts.chosen(work.session, ids):
        now = members_acts.snapshot(member)
        after = now._replace(active=SWITCHES[act]) if act in SWITCHES else now._replace(categories={})
        coming.append((now, after, member))
    return members_acts.count(work, coming)


def done(work: Work, number: int) -> BulkDone:
    """Return an act by the number of its row in the log. Raise Problem `members.bulk_unknown` without one."""
    require(work, "members.read")
    query = select(LogEntry.details).where(LogEntry.seq == number, LogEntry.action == DONE)
    details = json.loads(or_problem(work.session.scalar(query), "members.bulk_unknown"))
    before: dict[int, Any] = dict(details["before"])
    act, value = str(details["act"]), str(details["value"])
    standing = {
        member.id
        for member in members_acts.chosen(work.session, before)
        if _standing(member, act) == _after(before[member.id], act, value)
    }
    return BulkDone(act, value, frozenset(standing), before)


def take_back(work: Work, number: int) -> int:
    """Put back what an act changed, where nothing was changed since, and return in how many organisations.

    Problems: `members.bulk_unknown`, `members.bulk_over` (nothing of it stands any more).
    """
    require(work, "members.write")
    found = done(work, number)
    if not found.standing:
        raise Problem("members.bulk_over")
    stood = []
    for member in members_acts.chosen(work.session, found.standing, hold=True):
        stood.append((members_acts.snapshot(member), member))
        _put(member, found.act, found.before[member.id])
    details = {"row": number, "organisations": sorted(found.standing)}
    work.record("members.bulk_undone", "members", details)
    members_acts.tell(work, stood)
    return len(found.standing)


def is_written(act: str) -> bool:
    """Return whether the value of an act is written, and not chosen: a tag, a category of an open list."""
    added = dimensions.own_by_key().get(act.removeprefix(CATEGORY))
    return act in TAGS or (act.startswith(CATEGORY) and added is not None and added.is_open)


def _checked(work: Work, act: str, value: str) -> str:
    """Return the value of an act, on one line; empty for those that have none.

    A category of an open list is the one that is there already, however it is spelt now.
    """
    if act not in acts():
        raise Problem("members.bulk_act")
    if act in SWITCHES:
        return ""
    said = line(value)
    if act in TAGS:
        good = bool(fold(said)) and len(said) <= TAG_MAX and not set(said) & set(",;|")
        return said if good else _refuse("members.bulk_value", TAG_MAX)
    key = act.removeprefix(CATEGORY)
    if key == dimensions.SECTOR:
        return said if said in catalogue.sectors_by_key() else _refuse("members.bulk_value", TAG_MAX)
    added = dimensions.own_by_key()[key]
    if added.is_open:
        found = added.find(said, members_acts.known_categories(work.session, key))
        return found or _refuse("members.bulk_written", dimensions.CATEGORY_MAX)
    return said if added.category(said) else _refuse("members.bulk_value", TAG_MAX)


def _refuse(code: str, length: int) -> str:
    raise Problem(code, length=length)


def _standing(member: Organisation, act: str) -> Any:
    """Return what an act may change of an organisation, as it is now."""
    if act in SWITCHES:
        return member.active
    return list(member.tags) if act in TAGS else member.categories.get(act.removeprefix(CATEGORY))


def _after(was: Any, act: str, value: str) -> Any:
    """Return what an act makes of it."""
    if act in SWITCHES:
        return SWITCHES[act]
    return _tagged(was, act, value) if act in TAGS else value


def _tagged(tags: Sequence[str], act: str, value: str) -> list[str]:
    others = [tag for tag in tags if fold(tag) != fold(value)]
    if act == "untag":
        return others
    if len(others) == len(tags) == TAGS_MAX:
        raise Problem("member.tags", most=TAGS_MAX, length=TAG_MAX)
    return [*tags, value] if len(others) == len(tags) else list(tags)


def _put(member: Organisation, act: str, value: Any) -> None:
    if act in SWITCHES:
        member.active = value
    elif act in TAGS:
        member.tags = list(value)
    else:
        dimension = act.removeprefix(CATEGORY)
        kept = {key: category for key, category in member.categories.items() if key != dimension}
        member.categories = kept | ({dimension: value} if value is not None else {})
