"""The page before an act that writes to many says what of it waits, since mail is paused or held."""

from __future__ import annotations

import random  # noqa: TID251 - states of the desk, the same for one seed
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from consulta.desk import mail
from consulta.platform.mailer import outbox
from consulta.platform.mailer.queries import mail as mail_queries
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.platform.models import Contact, Message
from consulta.platform.work import COMMAND, WORKER
from tests.cases import for_each
from tests.desk.test_rounds import ROUND
from tests.factories import moment
from tests.rounds.letters.test_mass_mail import ACTS, half_voted, said
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

AT_ONCE = "En cuanto lo confirme."
PAUSED = "Todo el correo está en pausa:"
HELD = "El correo está retenido desde que el sitio se restauró de una copia de seguridad:"
STATES = [(paused, held) for paused in (False, True) for held in (False, True)]


def switch(bench: Bench, *, paused: bool, held: bool) -> None:
    with bench.work(COMMAND, moment()) as work:
        (mail.pause_mail if paused else mail.resume_mail)(work)
        mail_queries.release_all(work.session)
        if held:
            outbox_queries.hold_all(work.session, moment())


def mix_contacts(bench: Bench, chance: random.Random) -> None:
    """Pause some contacts, and let mail to some not arrive."""
    with bench.work(COMMAND, moment()) as work:
        for contact in work.session.scalars(select(Contact).order_by(Contact.id)):
            contact.paused = chance.random() < 0.2
            contact.bounced_at = moment() if chance.random() < 0.2 else None


def queued(bench: Bench) -> set[int]:
    with bench.read(COMMAND, moment()) as work:
        return set(work.session.scalars(select(Message.id).where(Message.state == "queued")))


def leaving(bench: Bench) -> set[int]:
    """The messages that a worker would be lent now."""
    found = set()
    with bench.work(WORKER, moment() + timedelta(seconds=5)) as work:
        while (number := outbox.claim(work, "one", None)) is not None:
            found.add(number)
    return found


def told(visitor: Visitor, address: str) -> tuple[int, int, str]:
    """How many get it, how many of these wait, and what stands beside “when”."""
    text = visitor.get(address).text
    counts = [re.search(rf'data-{name}="(\d+)"', text) for name in ("count", "waits")]
    count, waits = (int(each[1]) if each else 0 for each in counts)
    page = said(Page(visitor.get(address)))
    assert "no hay pausas" not in " ".join(page.values())
    return count, waits, page.get("Cuándo", "")


def right(count: int, waits: int, when: str, *, paused: bool, held: bool, at_once: bool) -> None:
    """Whether the words beside “when” fit what holds."""
    assert (HELD in when) is (held and count > 0)
    assert (PAUSED in when) is (paused and not held and waits > 0)
    assert (f"{waits} de estos mensajes" in when) is (0 < waits < count)
    if at_once and count:
        assert (AT_ONCE in when) is (waits < count)


@for_each("act", ACTS, fresh=True)
def test_the_page_says_how_many_wait_where_mail_is_paused_or_held(
    bench: Bench, staff_visitor: Visitor, act: Any
) -> None:
    chance = random.Random(act.path)  # noqa: S311 - nobody is to be kept from guessing them
    act.before(bench)
    mix_contacts(bench, chance)
    address = f"{ROUND}/{act.path}"
    states = chance.sample(STATES, len(STATES))
    for paused, held in states:
        switch(bench, paused=paused, held=held)
        count, waits, when = told(staff_visitor, address)
        assert waits in ({count} if held else {0, count} if paused else {0})
        right(count, waits, when, paused=paused, held=held, at_once=act.at_once)
    before = queued(bench)
    assert staff_visitor.submit(address, act.form).status_code == 303 or not count
    with bench.read(COMMAND, moment()) as work:
        of_kind = set(work.session.scalars(select(Message.id).where(Message.kind == act.kind)))
    fresh = (queued(bench) - before) & of_kind
    assert len(fresh) == (count if act.at_once else 0)
    assert len(fresh - leaving(bench)) == (waits if act.at_once else 0)


@for_each("seed", range(4), fresh=True)
def test_of_what_is_sent_again_what_is_owed_does_not_wait(
    bench: Bench, staff_visitor: Visitor, seed: Any
) -> None:
    chance = random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing them
    half_voted(bench)
    with bench.work(COMMAND, moment()) as work:
        some = [
            each.id
            for each in work.session.scalars(select(Message).where(Message.state == "queued"))
            if chance.random() < 0.8
        ]
        gone = update(Message).where(Message.id.in_(some)).values(state="failed", token=None)
        work.session.execute(gone)
    switch(bench, paused=True, held=False)
    count, waits, when = told(staff_visitor, f"{ROUND}/mail/again")
    right(count, waits, when, paused=True, held=False, at_once=True)
    before = queued(bench)
    assert staff_visitor.submit(f"{ROUND}/mail/again", {}).status_code == 303 or not count
    fresh = queued(bench) - before
    assert (len(fresh), len(fresh - leaving(bench))) == (count, waits)
