"""Before many are written to, the page says how many, in which languages, with a sample; then it is so."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from consulta.dialogues import service as dialogues
from consulta.infra.models import Contact, Dialogue, Message
from consulta.infra.work import ANONYMOUS, COMMAND
from consulta.invitations import service as guests
from consulta.letters import texts as mail_texts
from consulta.lifecycle import opening
from consulta.mailer import kinds as mail_kinds
from consulta.results import service as results
from consulta.rounds import service as rounds
from tests.factories import build_organisation, moment
from tests.invited import invited, panelled, session_command
from tests.lifecycle.test_rounds import KEY, ROUND, draft, members, vote
from tests.polling import change_round
from tests.voting.test_vote import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.infra.work import Bench
    from tests.benches import Visitor

SOON = (moment() + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M")
LATER = (moment() + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M")
TYPED = {"typed": KEY}


def roll(bench: Bench) -> None:
    """A draft and six organisations: four to be written to, of which one in English; two held back."""
    members(bench, "PE", "MX", "GT", "CO")
    with bench.work(COMMAND, moment()) as work:
        build_organisation(work.session, "Forum", country="JM", email="c5@example.org", language="en")
        work.session.execute(update(Contact).where(Contact.email == "c3@example.org").values(paused=True))
        work.session.execute(
            update(Contact).where(Contact.email == "c4@example.org").values(bounced_at=moment())
        )
        build_organisation(work.session, "Cerrada", country="PE", active=False)
    draft(bench)


def open_roll(bench: Bench) -> None:
    roll(bench)
    with bench.work(COMMAND, moment()) as work:
        opening.open_round(work, KEY)


def ending_soon(bench: Bench) -> None:
    open_roll(bench)
    change_round(bench, closes_at=moment() + timedelta(days=7))


def voted(bench: Bench) -> None:
    open_roll(bench)
    vote(bench, "Red 001", "Red 003", "Forum")


def half_voted(bench: Bench) -> None:
    open_roll(bench)
    vote(bench, "Red 001")


def counted(bench: Bench) -> None:
    voted(bench)
    with bench.work(COMMAND, moment()) as work:
        rounds.close_round(work, KEY, "Ya votaron quienes querían.")
    with bench.work(COMMAND, moment()) as work:
        results.count(work, KEY)


def published(bench: Bench) -> None:
    counted(bench)
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)


def proposing(bench: Bench, visitor: Visitor) -> None:
    """Proposals run; then another organisation joins, which has no link yet."""
    roll(bench)
    assert visitor.submit(f"{ROUND}/nominations-until", {"until": SOON}).status_code == 303
    with bench.work(COMMAND, moment()) as work:
        build_organisation(work.session, "Nueva", country="PE", email="nueva@example.org")
        build_organisation(work.session, "Newer", country="JM", email="newer@example.org", language="en")


def asked(bench: Bench) -> None:
    """A panel that was invited a day ago."""
    invited(bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Message).values(queued_at=moment() - timedelta(days=1)))


def moved(bench: Bench) -> None:
    invited(bench)
    with bench.work(COMMAND, moment()) as work:
        dialogues.save(work, KEY, session_command(zone="America/Lima"))


def to_be_asked(bench: Bench) -> None:
    panelled(bench)
    with bench.work(COMMAND, moment()) as work:
        guests.take_over(work, KEY)


def failed(bench: Bench) -> None:
    open_roll(bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(
            update(Message).where(Message.state == "queued").values(state="failed", token=None)
        )


@dataclass(frozen=True)
class Act:
    """An act that writes to many: its page, what makes it possible, and what its form needs."""

    path: str
    kind: str
    before: Callable[..., None]
    form: dict[str, Any]
    with_visitor: bool = False


ACTS = (
    Act("open", "invitation", roll, TYPED),
    Act("deadline", "extension", ending_soon, TYPED | {"closes": LATER, "reason": "Huracán"}),
    Act("publish", "published", counted, TYPED),
    Act("mail/thanks", "thanks", published, {}),
    Act("mail/reminders/now", "reminder", half_voted, {"confirmed": "y"}),
    Act("mail/again", "invitation", failed, {}),
    Act("nominations-until", "nomination", roll, {"until": SOON}),
    Act("nominations-mail", "nomination", proposing, {}, with_visitor=True),
    Act("invitations/invite", "panel_invitation", to_be_asked, {}),
    Act("invitations/remind", "panel_reminder", asked, {}),
    Act("invitations/tell", "panel_session", moved, {}),
)
# What goes to one organisation, after an act of its own or about it.
ONE_BY_ONE = frozenset(
    {
        *("receipt", "replacement", "new_link", "proposal"),
        *("access_asked", "access_decided", "objection", "objection_decided"),
    }
)
# The page of closing has its own count and sample: `tests/lifecycle/test_closing.py`.
AT_THE_CLOSING = frozenset({"closing"})


def said(page: Page) -> dict[str, str]:
    """The large figures of a page."""
    terms = page.main.iter("{http://www.w3.org/1999/xhtml}div")
    pairs = [["".join(part.itertext()).strip() for part in term] for term in terms]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def waiting(bench: Bench, kind: str) -> dict[int, str]:
    with bench.read(ANONYMOUS, moment()) as work:
        query = select(Message.id, Message.language).where(Message.kind == kind, Message.state == "queued")
        return {row.id: row.language for row in work.session.execute(query)}


def test_every_kind_of_mail_is_walked_or_goes_to_one() -> None:
    assert {act.kind for act in ACTS} | ONE_BY_ONE | AT_THE_CLOSING == set(mail_kinds.mails())


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.path)
def test_the_page_says_how_many_in_which_languages_and_shows_a_sample(
    bench: Bench, staff_visitor: Visitor, act: Act
) -> None:
    act.before(bench, staff_visitor) if act.with_visitor else act.before(bench)
    before = waiting(bench, act.kind)
    address = f"{ROUND}/{act.path}"
    page = Page(staff_visitor.get(address))
    told = said(page)
    assert waiting(bench, act.kind) == before, "looking writes to nobody"
    assert staff_visitor.submit(address, act.form).status_code == 303
    after = waiting(bench, act.kind)
    written = Counter(language for number, language in after.items() if number not in before)
    assert written.total() > 1
    assert set(written) == {"es", "en"}
    people = "Personas que lo reciben" if act.kind.startswith("panel_") else "Contactos que lo reciben"
    assert told[people] == str(written.total())
    assert told["Primero en español"] == str(written["es"])
    assert told["Primero en inglés"] == str(written["en"])
    with bench.read(COMMAND, moment()) as work:
        texts = mail_texts.text(work, KEY, act.kind, "es")
    assert sample(texts.body) in page.text
    english = staff_visitor.get(address.replace("/es/", "/en/", 1))
    assert english.status_code < 500


def sample(body: str) -> str:
    """The longest piece of a mail's text that has no places in it."""
    pieces = re.split(r"\{[a-z_]+\}|\n", body)
    return " ".join(max(pieces, key=len).split())


def test_nothing_is_offered_once_the_session_has_begun(bench: Bench, staff_visitor: Visitor) -> None:
    asked(bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Dialogue).values(starts_at=moment() - timedelta(hours=1)))
    for page in ("invite", "remind"):
        assert staff_visitor.get(f"{ROUND}/invitations/{page}").status_code == 409
