"""Before many are written to, a page says to whom and whom not, in which languages, and asks."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import select, update

from consulta.desk import opening
from consulta.panel import dialogues, invitations
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.models import Contact, Dialogue, Message, Nomination, Round
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import service as results
from consulta.rounds import proposing
from consulta.rounds import service as rounds
from consulta.rounds.letters import texts as mail_texts
from consulta.rounds.pages import letters
from tests.cases import for_each
from tests.desk.test_rounds import KEY, ROUND, draft, members, vote
from tests.drafts import do_now
from tests.factories import build_organisation, moment
from tests.house.source import calls, modules
from tests.invited import invited, panelled, replace_published, session_command
from tests.polling import change_round
from tests.sessions.evaluation.evaluating import LAST_DAY, prepared, sent
from tests.views import CHANGES_ROLL, confirmed_acts
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.platform.work import Bench
    from tests.benches import Visitor

SOON = (moment() + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M")
AFTER = (moment() + timedelta(days=31)).strftime("%Y-%m-%dT%H:%M")
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
    do_now(bench, opening.open_round, KEY)


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
    do_now(bench, rounds.close_round, KEY, "Ya votaron quienes querían.")
    do_now(bench, results.count, KEY)


def by_mistake(bench: Bench) -> None:
    counted(bench)
    change_round(bench, closes_at=moment() + timedelta(days=7))


def published(bench: Bench) -> None:
    counted(bench)
    do_now(bench, results.publish, KEY)


def decided(bench: Bench) -> None:
    """Each organisation that can be written to has proposed a person, and all proposals are declined."""
    roll(bench)
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        for contact in work.session.scalars(select(Contact).order_by(Contact.id)):
            said = {"name": f"Rosa {contact.id}", "organisation": "Ministerio"}
            values = {"said": said, "state": "declined", "reason": "Ya participó.", "proposed_at": work.now}
            organisation = contact.organisation_id
            work.session.add(
                Nomination(round_id=found.id, organisation_id=organisation, contact_id=contact.id, **values)
            )


def to_open(bench: Bench) -> None:
    roll(bench)
    do_now(bench, proposing.plan, KEY, proposing.PhaseCommand(SOON))


def proposed(bench: Bench) -> None:
    """Members propose; then two more organisations join, which have no link yet."""
    to_open(bench)
    do_now(bench, proposing.open_now, KEY)
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
    do_now(bench, dialogues.save, KEY, session_command(zone="America/Lima"))


def to_be_asked(bench: Bench) -> None:
    panelled(bench)
    do_now(bench, invitations.take_over, KEY)


def corrected(bench: Bench) -> None:
    """A panel that was invited, published, and replaced."""
    invited(bench)
    replace_published(bench)


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
    endpoint: str
    before: Callable[..., None]
    form: dict[str, Any]
    at_once: bool = True  # False: mail is written at an hour that the form says


ACTS = (
    Act("open", "invitation", "opening", roll, TYPED),
    Act("open/plan", "invitation", "opening_plan", roll, {"at": LATER}, at_once=False),
    Act("deadline", "extension", "deadline", ending_soon, TYPED | {"closes": LATER, "reason": "Huracán"}),
    Act("close", "closing", "closing", voted, TYPED | {"reason": "Ya votaron quienes querían."}),
    Act("reopen", "reopened", "reopening", by_mistake, TYPED | {"closes": LATER, "reason": "Por error."}),
    Act("cancel", "cancelled", "cancelling", open_roll, TYPED | {"reason": "La sesión no se celebra."}),
    Act("publish", "published", "publish", counted, TYPED),
    Act("mail/thanks", "thanks", "thanks", published, {}),
    Act("mail/reminders/now", "reminder", "remind", half_voted, {"confirmed": "y"}),
    Act("mail/reminders/now?at=", "reminder", "remind", half_voted, {"at": LATER}, at_once=False),
    Act("mail/again", "invitation", "send_again", failed, {}),
    Act("proposing/open", "proposing", "open_proposing", to_open, {}),
    Act("proposing/mail", "proposing", "write_proposers", proposed, {}),
    Act("proposing/reminder", "proposing_reminder", "remind_proposers", proposed, {}),
    Act("proposing/extend", "proposing_extended", "extend_proposing", proposed, {"until": AFTER}),
    Act("proposing/end", "proposing_ended", "end_proposing", proposed, {"reason": "Ya están todas."}),
    Act("proposing/told", "proposals_decided", "tell_proposers", decided, {}),
    Act("invitations/invite", "panel_invitation", "invite", to_be_asked, {}),
    Act("invitations/remind", "panel_reminder", "remind_panel", asked, {}),
    Act("invitations/tell", "panel_session", "tell_panel", moved, {}),
    Act("invitations/replaced", "panel_replaced", "tell_replaced", corrected, {}),
    Act("evaluation/send", "evaluation_invitation", "send_evaluation", prepared, {"day": LAST_DAY}),
    Act("evaluation/remind", "evaluation_reminder", "remind_evaluation", sent, {}),
)
# What goes to one organisation, after an act of its own or about it.
ONE_BY_ONE = frozenset(
    {
        *("receipt", "replacement", "abstention", "new_link"),
        *("theme_received", "theme_question"),
        *("access_asked", "access_decided", "objection", "objection_decided", "registered"),
        *("admission_confirm", "admission_link", "admission_known", "admission_sponsor", "admission_news"),
        "admission_contact",
        "institution_invited",
        *("focal_asked", "focal_news"),
        *("own_data_link", "own_data_changed", "own_data_decided"),
        *("follow_up_link", "follow_up_received"),
        "follow_up_reminder",  # by itself, on days that the page before the call says
        *("staff_link", "staff_notice"),
        "sample",  # to the person who asks for it
        "log_heads",  # by itself, to scrutineers: `rounds/witnesses.py`
    }
)
ELSEWHERE = {
    "secretariat.write_own_data",  # of no round: walked in `tests/people/own_data`
    "secretariat.write_focal_points",  # of no round: walked in `tests/people/focal_points`
    "secretariat.send_follow_up_call",  # of no round: walked in `tests/sessions/follow_up`
    # to those chosen in a list: walked in `tests/people/members/test_members_write.py`
    "secretariat.write_members",
}
DIV = "{http://www.w3.org/1999/xhtml}div"


def said(page: Page) -> dict[str, str]:
    """What a page says under each term of its lists."""
    pairs = [["".join(part.itertext()).split() for part in each] for each in page.main.iter(DIV)]
    return {" ".join(pair[0]): " ".join(pair[1]) for pair in pairs if len(pair) == 2}


def waiting(bench: Bench, kind: str) -> dict[int, str]:
    with bench.read(ANONYMOUS, moment()) as work:
        query = select(Message.id, Message.language).where(Message.kind == kind, Message.state == "queued")
        return {row.id: row.language for row in work.session.execute(query)}


@pytest.mark.gate
def test_every_kind_of_mail_is_asked_for_on_a_page_that_is_walked_here_or_goes_to_one() -> None:
    asked_on = {kind: mail_kinds.find(kind).asked_on for kind in mail_kinds.mails()}
    alone = {kind for kind, pages in asked_on.items() if not pages}
    assert alone == ONE_BY_ONE, (
        "a kind names the pages that ask (`asked_on` in its mails.py), or stands in ONE_BY_ONE of"
        " tests/rounds/letters/test_mass_mail.py"
    )
    walked = {f"secretariat.{act.endpoint}" for act in ACTS}
    asked = {"secretariat.send_again"} | {page for pages in asked_on.values() for page in pages}
    assert asked == walked | ELSEWHERE, (
        "a page that asks is walked by an act in ACTS of tests/rounds/letters/test_mass_mail.py,"
        " or is in ELSEWHERE there"
    )
    assert asked | CHANGES_ROLL == confirmed_acts(), "each of them asks for the password"
    for act in ACTS:
        assert f"secretariat.{act.endpoint}" in {*asked_on[act.kind], "secretariat.send_again"}, act.path


@pytest.mark.gate
def test_only_these_modules_put_mail_into_the_outbox() -> None:
    """A new caller must be looked at: does it write to many? Then its kind names the page that asks."""
    callers = {
        path
        for path, tree in modules(saying="queue")
        for name, _call in calls(tree)
        if name.rpartition(".")[2] in {"queue", "queue_for_guests", "queue_for_members", "queue_plain"}
    }
    assert callers == {
        "vote/changes/service.py",  # to the contact whose change was decided
        "people/admission.py",  # to one applicant, and its sponsors
        # to the other contacts of one organisation, and an address that is given up
        "people/members.py",
        "people/member_changes.py",
        "panel/nominees.py",  # to the institution of one government
        "sessions/follow_up/asking.py",  # calls, from a page that asks; their reminders
        "sessions/evaluation.py",  # to those who took part, from a page that asks
        # to one focal point or one organisation; to all, from a page that asks
        "people/focal_points.py",
        "people/own_data.py",  # asked for; of changes; to all, from a page that asks
        "panel/invitations.py",  # invite, remind, tell
        "rounds/letters/again.py",
        "rounds/letters/samples.py",  # to the person who looks at a preview
        # opening, deadline, reminders, closing, publication, thanks; the rest to one
        "rounds/notices.py",
        "rounds/proposing.py",  # links to propose, from pages that ask; a question about a theme
        "platform/mailer/news.py",  # what became of proposals
        "accounts/pages/sign_in.py",  # to the owner of an account: a new browser, wrong codes
        "accounts/staff.py",  # to the owner of an account
        "themes/proposals.py",  # what confirms a proposal
        "rounds/witnesses.py",  # log seals to scrutineers, by itself
    }, "look at the new caller: does it write to many? Then name it in tests/rounds/letters/test_mass_mail.py"


@pytest.mark.deep
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.path)
def test_the_page_says_to_whom_in_which_languages_and_shows_a_sample(
    bench: Bench, staff_visitor: Visitor, act: Act
) -> None:
    act.before(bench)
    before = waiting(bench, act.kind)
    address = f"{ROUND}/{act.path}"
    answer = staff_visitor.get(address)
    told = said(Page(answer))
    assert waiting(bench, act.kind) == before, "looking writes to nobody"
    assert {"Destinatarios", "Idioma", "No lo reciben", "Cuándo"} <= set(told)
    count = int(re.search(r'data-count="(\d+)"', answer.text)[1])  # type: ignore[index]
    assert count > 1
    assert any(str(count) in text for text in buttons(answer.text)), "the button says how many"
    readers = re.findall(r'<option value="(\d+)"( selected)?>([^<]+) \((e[sn])\)</option>', answer.text)
    assert len(readers) == count
    languages = Counter(reader[3] for reader in readers)
    assert set(languages) == {"es", "en"}
    for code, name in (("es", "español"), ("en", "inglés")):
        assert f"{languages[code]} primero en {name}" in told["Idioma"]
    with bench.read(COMMAND, moment()) as work:
        texts = {code: mail_texts.text(work, KEY, act.kind, code) for code in ("es", "en")}
    opens_in_the_language_of_the_page(staff_visitor, address, list(languages))
    other = next(reader for reader in readers if reader[3] == "en")
    chosen = staff_visitor.get(f"{address}{'&' if '?' in address else '?'}as={other[0]}")
    assert html.unescape(other[2].partition(",")[0]) in Page(chosen).text
    assert first_language(chosen.text) == "en", "the sample is in the language of the person chosen"
    for text in texts.values():
        assert sample(text.body) in Page(chosen).text
    assert staff_visitor.submit(address, act.form).status_code == 303
    written = Counter(lang for number, lang in waiting(bench, act.kind).items() if number not in before)
    assert written == (languages if act.at_once else {})
    assert staff_visitor.get(address.replace("/es/", "/en/", 1)).status_code < 500


def test_who_gets_none_is_said_with_the_reason(bench: Bench, staff_visitor: Visitor) -> None:
    half_voted(bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Contact).where(Contact.email == "c2@example.org").values(may_vote=False))
    told = said(Page(staff_visitor.get(f"{ROUND}/mail/reminders/now")))["No lo reciben"]
    assert "1 ya votaron: Red 001" in told
    assert "1 sin contacto que pueda votar: Red 002" in told
    assert re.search(r"1 con el correo en pausa: [^(]+\(Red 003\)", told)
    assert re.search(r"1 a quienes el correo no llega: [^(]+\(Red 004\)", told)


def opens_in_the_language_of_the_page(visitor: Visitor, address: str, languages: list[str]) -> None:
    """The sample is in the language of who reads the page, the others are one tap away."""
    for lang in ("es", "en"):
        text = visitor.get(address.replace("/es/", f"/{lang}/", 1)).text
        assert first_language(text) == lang
        ways = re.findall(r'<a href="([^"]*[?&;]as=\d+#says)"( aria-current="page")?>', text)
        others = [visitor.get(html.unescape(way)).text for way, here in ways if not here]
        assert [first_language(each) for each in others] == [code for code in languages if code != lang]


def first_language(text: str) -> str:
    """The language of the sample of a page, which is that read first."""
    found = re.search(r'<pre lang="(..)"', text)
    assert found is not None
    return found[1]


def buttons(text: str) -> list[str]:
    """The words of the buttons of a page."""
    return [" ".join(each.split()) for each in re.findall(r"<button[^>]*>(.*?)</button>", text, re.DOTALL)]


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


@for_each(
    "zones, ends",
    [
        ((), None),
        (("America/Panama",), None),
        (("America/Panama", "America/Bogota"), None),  # one hour, in two places
        (("America/Sao_Paulo", "America/Panama", "America/Bogota"), ("America/Panama", "America/Sao_Paulo")),
    ],
)
def test_hours_where_mails_are_read_are_told_where_they_differ(zones: Any, ends: Any) -> None:
    assert letters._ends(cast("Any", SimpleNamespace(zones=zones))) == ends
