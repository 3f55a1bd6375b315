"""What a round costs the secretariat's hands: clicks, fields, pages and pixels scrolled, step by step.

    python -m bench.cycle                     # at 1280 px
    python -m bench.cycle --data FOLDER       # over a copy of a demo that is filled already
    python -m bench.cycle --widths 1280 1600 --out results.md
    python -m bench.cycle --no-script         # in a browser without script: every step is possible there

A browser goes through the pages of the desk by links and buttons alone, from the list of rounds to the
follow-up, with a copy of the demo's first round. What others do is put into the database beside it. A field
is one that is typed into or chosen from; pixels are those by which the window moves so that what is pressed
next can be seen. Nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright
from sqlalchemy import select, update
from waitress import create_server

from bench.table import machine, markdown
from consulta.app import create_app
from consulta.core.counting.choice import Entries
from consulta.desk import mail
from consulta.panel import invitations, proposals
from consulta.panel.proposals import NomineeCommand
from consulta.platform import accounts
from consulta.platform import database as db
from consulta.platform.keyring import Keyring
from consulta.platform.models import Contact, Dialogue, Nominee, Round, Seat
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND, Actor, Bench
from consulta.shell.cli.demo import filling
from consulta.vote import service as voting
from tests import chromium
from tests.factories import moment
from tests.servers import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

KEY, SOURCE = "cycle-1", filling.PUBLISHED
RECOMMENDED = {"es": "Que se acuerde", "en": "That it be agreed", "pt": "Que se acorde"}
PERSON = "Rosa Quispe; Municipalidad de Tacna; rosa.quispe@example.org; es"
PEOPLE = "organización,país,sector,género,personas\n" + "".join(
    f"Red {number},{country},ngo,mujer,4\n" for number, country in enumerate(("PE", "MX", "BB", "CL", "CO"))
)
EMAIL, PASSWORD = "cycle@example.org", secrets.token_urlsafe(12)
HEIGHTS = {1280: 800, 360: 740}
HEADINGS = ("step", "clicks", "fields", "pages", "px")
Step = Callable[["Hand"], None]


@dataclass
class Cost:
    """What a step took."""

    step: str
    clicks: int = 0
    fields: int = 0
    pages: int = 0
    scrolled: int = 0

    def cells(self) -> tuple[str, ...]:
        """Return the cost as a row of a table."""
        return (self.step, *(str(each) for each in (self.clicks, self.fields, self.pages, self.scrolled)))


@dataclass
class Hand:
    """Who works at the desk in a browser, and what that has cost so far."""

    page: Page
    base: str
    bench: Bench
    costs: list[Cost] = field(default_factory=list)

    @property
    def cost(self) -> Cost:
        """Return the cost of the step that is being taken."""
        return self.costs[-1]

    def see(self, target: Locator) -> Locator:
        """Scroll until `target` is seen, and count by how much."""
        before = self.page.evaluate("scrollY")
        target.scroll_into_view_if_needed()
        self.cost.scrolled += abs(round(self.page.evaluate("scrollY") - before))
        return target

    def press(self, target: Locator | str) -> None:
        """Click what leads to another page."""
        found = self.page.locator(f"{target}:visible").first if isinstance(target, str) else target
        self.see(found)
        self.cost.clicks += 1
        with self.page.expect_navigation():
            found.click()
        self.cost.pages += 1

    def tick(self, target: str) -> None:
        """Tick a box, or open a fold: a click without another page."""
        self.tick_at(self.page.locator(target).first)

    def tick_at(self, found: Locator) -> None:
        """Click what leads to no other page."""
        self.see(found).click()
        self.cost.clicks += 1

    def type(self, target: str, text: str) -> None:
        """Type into a field."""
        self.see(self.page.locator(target)).fill(text)
        self.cost.fields += 1

    def choose(self, target: str, value: str) -> None:
        """Choose from a list."""
        self.see(self.page.locator(target)).select_option(value)
        self.cost.fields += 1

    def send(self) -> None:
        """Press the button that sends the form of the page."""
        self.press("main form[method=post] button:is(.primary, .danger)")

    def to(self, ending: str) -> None:
        """Follow a link of the page or of the rail; on a phone the rail is opened unless its line has it."""
        link = self.page.locator(f":is(main, .stagebar) a[href$='{ending}']:visible")
        if not link.count():
            link = self.page.locator(f"#rail a[href$='{ending}']")
            if self.page.locator(".opener").is_visible():
                self.tick(".opener")
            inside = self.page.locator(f"a[href$='{ending}']")
            folded = self.page.locator("#rail details:not([open])").filter(has=inside)
            if folded.count():
                self.tick_at(folded.locator("summary").first)
        self.press(link.first)

    def next_step(self) -> None:
        """Press the next step: beside each page of the round, or on the page of the round itself."""
        beside = self.page.locator(".due a:visible")
        if beside.count():
            self.press(beside.first)
            return
        if not self.page.url.endswith(f"/rounds/{KEY}"):
            self.to(f"/rounds/{KEY}")
        self.press("main .next-up a.primary")

    def first_row(self) -> None:
        """Press the link of the first row of a table; on a phone it may be behind what unfolds."""
        if not self.page.locator("main tbody a:visible").count():
            self.tick("main tbody summary:visible")
        self.press("main tbody a")

    def typed(self) -> None:
        """Type the key of the round where the page asks for it."""
        if self.page.locator("main #typed:visible").count():
            self.type("#typed", KEY)
        self.confirmed()

    def give(self, target: str, name: str, content: str) -> None:
        """Choose a file."""
        buffer = content.encode()
        self.see(self.page.locator(target)).set_input_files(
            {"name": name, "mimeType": "text/csv", "buffer": buffer}
        )
        self.cost.fields += 1

    def download(self, target: str) -> None:
        """Click what answers with a file."""
        button = self.see(self.page.locator(target).first)
        self.cost.clicks += 1
        with self.page.expect_download():
            button.click()

    def confirmed(self) -> None:
        """Give the password again where the page asks for it."""
        asked = self.page.locator("main #password:visible")
        if asked.count():
            self.type("main #password", PASSWORD)


# -- the steps


def new_round(hand: Hand) -> None:
    """Make a round from an earlier one, with its themes, rules, texts and nominees."""
    hand.to("/new-round")
    hand.tick("details:has(#from) > summary")
    hand.choose("#from", SOURCE)
    hand.press("main form:has(#from) button")
    hand.tick(".check:has(input[value=nominees]) label")
    hand.tick("details:has(#key) > summary")
    for name, title in (("es", "Temas del ciclo"), ("en", "Themes of the cycle"), ("pt", "Temas do ciclo")):
        hand.type(f"#title_{name}", title)
    hand.type("#key", KEY)
    hand.send()


def look_over(hand: Hand) -> None:
    """Copy all nominees."""
    hand.press("main button[name=all]")


def opening(hand: Hand) -> None:
    """Open the round, which writes to all members."""
    hand.to(f"{KEY}/open")
    hand.type("#typed", KEY)
    hand.confirmed()
    hand.send()


def reminder(hand: Hand) -> None:
    """See who has not voted, and remind them."""
    hand.to(f"{KEY}/participation")
    hand.to("reminders/now")
    again = hand.page.locator("main #again")
    if again.count():
        hand.tick("main #again")
    hand.send()


def closing(hand: Hand) -> None:
    """Close before the deadline, with a reason."""
    hand.to(f"{KEY}/deadline")
    hand.to(f"{KEY}/close")
    hand.type("#reason", "Votaron todas las organizaciones que dijeron que votarían.")
    hand.type("#typed", KEY)
    hand.confirmed()
    hand.send()


def result(hand: Hand) -> None:
    """Read the result."""
    if not hand.page.url.endswith("/result"):
        hand.to(f"{KEY}/result")


def publishing(hand: Hand) -> None:
    """Publish the result, which writes to all members."""
    hand.to(f"{KEY}/publish")
    hand.type("#typed", KEY)
    hand.confirmed()
    hand.send()


def panel(hand: Hand) -> None:
    """Choose the panel by the rules that are proposed, and publish it."""
    hand.to(f"{KEY}/panel")
    hand.to("panel/rules")
    hand.press("main form[method=post] button:is(.primary, .danger)")
    hand.to("panel/publish")
    hand.type("#typed", KEY)
    hand.confirmed()
    hand.send()


def session(hand: Hand) -> None:
    """Write down when and where the session is."""
    hand.to(f"{KEY}/dialogue")
    day = moment() + timedelta(days=40)
    for name, text in (
        ("title_es", "Conversatorio del ciclo"),
        ("title_en", "Dialogue of the cycle"),
        ("title_pt", "Sessão do ciclo"),
        ("starts", f"{day:%Y-%m-%d}T09:00"),
        ("ends", f"{day:%Y-%m-%d}T13:00"),
        ("place_es", "En línea"),
        ("place_en", "Online"),
        ("place_pt", "On-line"),
    ):
        hand.type(f"#{name}", text)
    hand.send()


def proposing(hand: Hand) -> None:
    """Let members propose people for the panel, which writes to all of them."""
    hand.to(f"{KEY}/proposing")
    hand.to(f"{KEY}/proposing/phase")
    hand.tick("#for_themes")
    hand.send()
    hand.confirmed()
    hand.send()


def deciding(hand: Hand) -> None:
    """Admit a person whom a member proposed, by the next step on the page of the round."""
    hand.next_step()
    hand.tick("main .pick")
    hand.press("main button[value=admit]")


def inviting(hand: Hand) -> None:
    """Take the list to be invited over, and write to them."""
    hand.next_step()
    hand.press("main .next form button")
    hand.confirmed()
    hand.send()


def exporting(hand: Hand) -> None:
    """Take the list of the panel as a file."""
    hand.to("invitations/lists")
    hand.download("main button[name=kind][value=xlsx]")


def tracking(hand: Hand) -> None:
    """Write down what a person said by telephone."""
    hand.next_step()
    hand.first_row()
    hand.tick("main label[for=state-0]")
    hand.press("main form[action$=mark] button")


def attendance(hand: Hand) -> None:
    """Read the list of who took part from a file, and tick who of the panel came."""
    hand.next_step()
    hand.to("attendance/file")
    hand.give("#file", "asistencia.csv", PEOPLE)
    hand.press("main form[enctype] button")
    hand.send()
    hand.to("/invitations")
    hand.press("main section[aria-labelledby=attended] button")


def evaluating(hand: Hand) -> None:
    """Ask those who took part what they think of the session."""
    hand.to(f"{KEY}/evaluation")
    hand.press("main form[action$=prepare] button")
    if not hand.page.locator("main a[href$='evaluation/send']").count():
        hand.to("evaluation/people")
        hand.type("main form[method=post] textarea", PERSON)
        hand.press("main form:has(textarea) button.primary")
    hand.to("evaluation/send")
    hand.type("#day", f"{moment() + timedelta(days=21):%Y-%m-%d}")
    hand.confirmed()
    hand.send()


def recommending(hand: Hand) -> None:
    """Write down two recommendations."""
    hand.to(f"{KEY}/recommendations")
    hand.to("recommendations/new")
    for number, last in ((1, False), (2, True)):
        for language, text in RECOMMENDED.items():
            hand.type(f"#text_{language}", f"{text} {number}.")
        hand.tick("main label[for=groups-0]")
        hand.press("main form[method=post] button" + (".primary" if last else "[name=more]"))


def factsheet(hand: Hand) -> None:
    """Write the factsheet, look at it whole, and publish it."""
    hand.next_step()
    for name, text in (("number", "9"), *((f"period_{each}", "2026–2027") for each in RECOMMENDED)):
        hand.type(f"#{name}", text)
    for language, text in RECOMMENDED.items():
        hand.type(f"#achieved_{language}", text)
    hand.press("main form:has(#number) button.primary")
    hand.typed()
    hand.send()


def minutes(hand: Hand) -> None:
    """Write one agreement down, and publish the minutes."""
    hand.to(f"{KEY}/minutes")
    for language, text in RECOMMENDED.items():
        hand.type(f"#text_{language}", text)
    hand.type("#responsible", "Secretaría")
    hand.press("main form:has(#responsible) button.primary")
    hand.to("minutes/publish")
    hand.typed()
    hand.send()


def calling(hand: Hand) -> None:
    """Ask what became of the recommendations, by the next step on the page of the round."""
    hand.next_step()
    hand.confirmed()
    hand.send()


def answering(hand: Hand) -> None:
    """Enter the answer of a government that came by letter."""
    hand.to(f"{KEY}/recommendations")
    hand.first_row()
    hand.to("/answer")
    hand.tick("main label[for=side-0]")
    hand.choose("#addressee", "PE")
    hand.tick("main label[for=received-0]")
    hand.tick("main label[for=step-2]")
    hand.type("#day", f"{moment():%Y-%m-%d}")
    hand.type("#text", "Se presentó un proyecto de ley.")
    hand.press("main form[enctype] button.primary")


STEPS: tuple[tuple[str, Step], ...] = (
    ("consultation copied", new_round),
    ("nominees", look_over),
    ("members propose people", proposing),
    ("voting opened", opening),
    ("reminder", reminder),
    ("proposal decided", deciding),
    ("closing early", closing),
    ("result", result),
    ("publish", publishing),
    ("panel chosen and published", panel),
    ("session", session),
    ("panel invited", inviting),
    ("list exported", exporting),
    ("answers tracked", tracking),
    ("attendance", attendance),
    ("evaluation sent", evaluating),
    ("recommendations", recommending),
    ("factsheet published", factsheet),
    ("minutes published", minutes),
    ("follow-up call sent", calling),
    ("answer entered", answering),
)


# -- what others do meanwhile


def vote(bench: Bench) -> None:
    """Let two organisations of three vote, in the order of their own ballots; the first proposes a person."""
    with bench.read(COMMAND, moment()) as work:
        rows = work.session.execute(
            select(Seat.id, Contact.id, Contact.name)
            .join(Round, Round.id == Seat.round_id)
            .join(Contact, Contact.organisation_id == Seat.organisation_id)
            .where(Round.key == KEY)
            .order_by(Seat.position, Contact.id)
        ).all()
    seen: set[int] = set()
    for seat, contact, name in rows:
        if seat in seen or seat % 3 == 0:
            continue
        seen.add(seat)
        with bench.work(Actor("voter", contact, name, seat_id=seat), moment()) as work:
            paper = voting.ballot(work, KEY).paper
            ranks = {theme: place for place, theme in enumerate(paper.themes[:3], 1)}
            people = paper.nominees[:3]
            voting.cast(work, KEY, Entries(ranks, (7, 15), people), secrets.token_urlsafe(16))
            if len(seen) == 1:
                said = NomineeCommand(
                    name="Rosa Quispe",
                    organisation="Municipalidad de Tacna",
                    role="gov_local",
                    country="PE",
                    sector="gov_local",
                )
                proposals.propose(work, KEY, said, agreed=False)


def drop_mail(bench: Bench) -> None:
    """Let mail leave."""
    with bench.work(COMMAND, moment()) as work:
        mail.drop_waiting(work, KEY)


def accept(bench: Bench) -> None:
    """Let mail leave, and some people accept."""
    drop_mail(bench)
    with bench.work(COMMAND, moment()) as work:
        page = invitations.page(work, KEY)
        for each in page.guests[1:4]:
            invitations.mark(work, KEY, each.id, "accepted", "")


def hold(bench: Bench, ago: timedelta = timedelta(days=2)) -> None:
    """Let the session be over."""
    drop_mail(bench)
    starts = (moment() - ago).replace(hour=15, minute=0, second=0, microsecond=0)
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Dialogue).join(Round).where(Round.key == KEY)).one()
        found.starts_at, found.ends_at = starts, starts + timedelta(hours=4)
        found.starts_local, found.ends_local = f"{starts:%Y-%m-%dT}10:00", f"{starts:%Y-%m-%dT}14:00"


def let_months_go_by(bench: Bench) -> None:
    """Let the session be so long ago that its first call is due."""
    hold(bench, timedelta(days=100))


def agree(bench: Bench) -> None:
    """Let the people of the panel agree to be written to: consents are not copied from an earlier round."""
    with bench.work(COMMAND, moment()) as work:
        of_round = select(Round.id).where(Round.key == KEY).scalar_subquery()
        work.session.execute(
            update(Nominee)
            .where(Nominee.round_id == of_round)
            .values(consent_contact=True, email="persona@example.org")
        )


MEANWHILE: dict[str, Callable[[Bench], None]] = {
    "reminder": vote,
    "panel invited": agree,
    "publish": drop_mail,
    "answers tracked": accept,
    "attendance": hold,
    "follow-up call sent": let_months_go_by,
}


# -- the measurement


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Bench]]:
    """Serve a filled folder in this process; yield its address and its bench."""
    port = free_port()
    settings = Settings(
        data=folder,
        database=f"sqlite:///{folder / 'consulta.sqlite3'}",
        secret=secrets.token_urlsafe(32),
        base_url=f"http://127.0.0.1:{port}",
        second_factor="optional",
        two_persons="no",
        objection_hours=0,
    )
    bench = Bench(db.connect(settings.database), settings.languages, keyring=Keyring(settings.secret))
    db.upgrade(bench.engine)
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, EMAIL, "Cycle", PASSWORD, "admin")
    server = create_server(create_app(settings, bench), host="127.0.0.1", port=port, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    yield settings.base_url, bench
    server.close()
    bench.engine.dispose()


def copied(source: Path, folder: Path) -> None:
    """Copy the database of a folder as it is now, and what belongs to it."""
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("consulta.sqlite3*"))
    with (
        sqlite3.connect(source / "consulta.sqlite3") as old,
        sqlite3.connect(folder / "consulta.sqlite3") as new,
    ):
        old.backup(new)
    (folder / "consulta.sqlite3").chmod(0o600)  # else no server starts: others could read it


def filled(folder: Path) -> Path:
    """Return a folder with the demo."""
    environ = {**os.environ, "CONSULTA_DATA": str(folder)}
    subprocess.run([sys.executable, "-m", "consulta", "demo", "--no-serve"], env=environ, check=True)
    return folder


def measure(source: Path, width: int, *, script: bool = True) -> list[Cost]:
    """Go through the cycle once at a width; return what each step cost."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        sync_playwright() as playwright,
    ):
        copied(source, Path(name))
        with served(Path(name)) as (base, bench):
            browser = playwright.chromium.launch(
                executable_path=chromium.find(), args=list(chromium.arguments())
            )
            page = browser.new_page(
                viewport={"width": width, "height": HEIGHTS.get(width, 800)}, java_script_enabled=script
            )
            page.set_default_timeout(240_000)
            hand = Hand(page, base, bench)
            page.goto(f"{base}/es/account/sign-in")
            page.fill("#email", EMAIL)
            page.fill("#password", PASSWORD)
            page.locator("form:has(#password) button").click()
            page.wait_for_url("**/secretariat/")
            for step, take in STEPS:
                if step in MEANWHILE:
                    MEANWHILE[step](bench)
                hand.costs.append(Cost(step))
                print(width, step, file=sys.stderr, flush=True)
                try:
                    take(hand)
                except Exception:
                    print(step, page.url, page.title())
                    raise
            browser.close()
            return hand.costs
    return []


def report(costs: dict[int, list[Cost]]) -> str:
    """Return one table for each width, with the sum."""
    parts = []
    for width, some in costs.items():
        total = Cost(
            "all",
            *(
                sum(getattr(each, name) for each in some)
                for name in ("clicks", "fields", "pages", "scrolled")
            ),
        )
        rows = [each.cells() for each in (*some, total)]
        parts.append(f"{width} px\n\n{markdown(HEADINGS, rows, {0})}")
    return "\n\n".join(parts)


def main() -> None:
    """Measure, print, and write where it was asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    asked.add_argument("--data", type=Path, help="a folder with a demo that is filled")
    asked.add_argument("--widths", type=int, nargs="+", default=[1280])
    asked.add_argument("--no-script", dest="script", action="store_false", help="switch script off")
    asked.add_argument("--out", type=Path)
    chosen = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        source = chosen.data or filled(Path(name) / "data")
        text = report({width: measure(source, width, script=chosen.script) for width in chosen.widths})
    print(machine(), text, sep="\n\n")
    if chosen.out:
        chosen.out.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
