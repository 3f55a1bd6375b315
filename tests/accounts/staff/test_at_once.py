"""What works once, asked for twice at the same moment: as where a thief sends on what its owner sends.

Each pair waits for the other inside of the act: without a lock both would go on.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from consulta.accounts import staff
from consulta.core.problems import Problem
from consulta.platform import accounts, door
from consulta.platform.models import LogEntry, Passkey, RecoveryCode, Staff
from consulta.platform.work import ANONYMOUS, COMMAND, Actor
from tests.benches import PASSWORD
from tests.factories import moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.platform.work import Bench

pytestmark = pytest.mark.usefixtures("one_moment")
WHY = "Entra al equipo"
WORDS = ("quince gatos cruzan lentos", "veinte perros miran quietos")


def together(monkeypatch: pytest.MonkeyPatch, where: object, name: str) -> None:
    """Let two who call a function wait for each other before its answer, for a second at most."""
    both, of_before = Barrier(2), getattr(where, name)

    def waiting(*asked: Any, **more: Any) -> Any:
        answer = of_before(*asked, **more)
        with suppress(BrokenBarrierError):
            both.wait(1)
        return answer

    monkeypatch.setattr(where, name, waiting)


def outcomes(*acts: Callable[[], object]) -> list[str]:
    """Return what became of acts at the same moment: `done`, or the code of the problem; sorted."""

    def tried(act: Callable[[], object]) -> str:
        try:
            act()
        except Problem as problem:
            return problem.code
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(tried, acts))


def person(bench: Bench, email: str, role: accounts.StaffRole = "admin") -> int:
    with bench.work(COMMAND, moment()) as work:
        return accounts.add_staff(work, email, email, PASSWORD, role).id


def session_of(bench: Bench, number: int) -> str:
    with bench.work(COMMAND, moment()) as work:
        return accounts.start_session(work, staff_id=number)


def test_the_link_that_begins_an_account_is_used_once(either: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one of the first administrator too: who has a copy of it cannot set a password after its owner."""
    with either.work(COMMAND, moment()) as work:
        person, _token = staff.create(work, "nueva@example.org", "Nueva", "admin")
        link = work.session.scalars(select(door.Link.id)).one()
    newcomer = Actor("newcomer", link, "Nueva")
    together(monkeypatch, accounts, "require_password")

    def begin(words: str) -> None:
        with either.work(newcomer, moment()) as work:
            staff.start(work, "Nueva", words, required=False, source="", browser="")

    assert outcomes(*(lambda words=words: begin(words) for words in WORDS)) == ["done", "staff.link_used"]
    with either.read(COMMAND, moment()) as work:
        began = select(LogEntry.subject).where(LogEntry.action == "staff.began")
        assert work.session.scalars(began).all() == [f"staff:{person.id}"]
        assert work.session.get_one(Staff, person.id).password_hash.startswith("$argon2")


@pytest.mark.parametrize("act", ["role", "disable"])
def test_two_administrators_who_end_each_other_leave_one(
    either: Bench, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, eva = person(either, "ana@example.org"), person(either, "eva@example.org")
    together(monkeypatch, staff, "other_admins")

    def end(me: int, other: int) -> None:
        with either.work(Actor("admin", me, "x"), moment()) as work:
            if act == "role":
                staff.change_role(work, other, "secretariat", WHY)
            else:
                staff.switch(work, other, WHY, active=False)

    assert outcomes(lambda: end(ana, eva), lambda: end(eva, ana)) == ["done", "staff.last_admin"]


def test_recovery_codes_made_twice_at_once_are_ten(either: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thief who asks at the same moment would keep ten of their own that work."""
    number = person(either, "ana@example.org")
    tokens = [session_of(either, number), session_of(either, number)]
    together(monkeypatch, accounts, "_allowed")

    def make(token: str) -> None:
        with either.work(ANONYMOUS, moment()) as work:
            accounts.new_recovery(work, token)

    outcomes(*(lambda token=token: make(token) for token in tokens))
    with either.read(COMMAND, moment()) as work:
        assert work.session.scalar(select(func.count()).select_from(RecoveryCode)) == accounts.CODES


def test_of_two_passkeys_taken_away_at_once_the_last_one_stays(
    either: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = person(either, "ana@example.org")
    with either.work(COMMAND, moment()) as work:
        for name in ("one", "two"):
            key = {"credential_id": name, "credential": name, "counter": 0, "created_at": moment()}
            work.session.add(Passkey(staff_id=number, name=name, **key))
        work.session.flush()
        keys = list(work.session.scalars(select(Passkey.id).order_by(Passkey.id)))
    token = session_of(either, number)
    together(monkeypatch, accounts, "_allowed")

    def remove(key: int) -> None:
        with either.work(ANONYMOUS, moment()) as work:
            accounts.remove_passkey(work, token, key, required=True)

    assert outcomes(*(lambda key=key: remove(key) for key in keys)) == ["done", "factor.last"]


def test_an_address_that_is_invited_twice_at_once_has_one_account(
    either: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss = person(either, "ana@example.org")
    together(monkeypatch, accounts, "require_password")

    def invite() -> None:
        with either.work(Actor("admin", boss, "Ana"), moment()) as work:
            staff.invite(work, "nueva@example.org", "Nueva", "reader")

    assert outcomes(invite, invite) == ["done", "staff.duplicate"]
    with either.read(COMMAND, moment()) as work:
        assert work.session.scalar(select(func.count()).select_from(Staff)) == 2


def test_a_code_for_an_emergency_sent_twice_at_once_opens_one_session(
    either: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = person(either, "ana@example.org")
    with either.work(COMMAND, moment()) as work:
        digest = accounts.digest("recovery aaaabbbbccccdddd")
        accounts.replace_recovery(work.session, number, [digest], moment())
        work.session.get_one(Staff, number).second_factor = work.keys.encrypt("A" * 32, f"codes of {number}")
        halves = [accounts.start_session(work, staff_id=number, factor="waiting") for _ in range(2)]
    together(monkeypatch, accounts, "waiting")
    opened = []

    def use(token: str) -> None:
        with either.work(ANONYMOUS, moment()) as work:
            opened.append(accounts.try_code(work, token, "aaaa-bbbb-cccc-dddd", "192.0.2.1"))

    outcomes(*(lambda token=token: use(token) for token in halves))
    assert sorted(opened) == [False, True]
