"""What the pages of a finished round read from the database does not grow with its ballots."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.app import create_app
from consulta.core.texts import Text
from consulta.panel import invitations
from consulta.platform import database as db
from consulta.platform.formats import document
from consulta.platform.models import (
    PROPOSE,
    Contact,
    Invitation,
    Link,
    Nominee,
    Objection,
    ProposingPhase,
    Round,
    Seat,
    Theme,
    ThemeProposal,
)
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND, Bench
from consulta.shell.cli.demo.filling import PUBLISHED as KEY
from consulta.themes import proposals
from tests.benches import Visitor
from tests.deep import DEEP, some
from tests.factories import build_link, moment
from tests.shell.site.reading_meter import Meter, enlarge, metered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from werkzeug.routing import Rule

    from tests.benches import Demo

SMALL, LARGE = 150, 20_000 if DEEP else 600
TOKEN = "n" * 43
pytestmark = pytest.mark.slow
THIRD = 3  # of so many pages, `make test` asks for one
LEAST_PAGES = 60  # answered with a page, so that the test cannot pass by refusals

READS_THE_BUNDLE = {
    "public.archive": "the archive holds the bundle",
}
LISTS = {
    "public.roll": "names each organisation on the roll",
    "public.roll_file": "the file of the roll",
    "secretariat.opening": "names how the roll differs from the one before",
    "secretariat.roll_changes": "names how the roll differs from the one before",
    "secretariat.participation": "says how many of the votes so far mark people, as they came",
    "secretariat.publish_synthesis": "looks for the names on the roll in what is to be published",
    "secretariat.publish": "says to how many addresses the result will be sent",
    "secretariat.thanks": "says to how many addresses thanks will be sent",
    "secretariat.mail_text": "says how many mails wait with this text",
    "secretariat.members_import": "compares a file with all organisations",
    "secretariat.undo_members": "compares a file with all organisations",
    "secretariat.answers_file": "its standard errors have other digits with other ballots beside the answers",
    "secretariat.send_follow_up_call": "says to how many addresses the call will be sent",
    "secretariat.write_own_data": "says to how many contacts it will be sent",
    "secretariat.name_focal_point": "names each member",
    "secretariat.enter_answer": "names each member",
    "secretariat.practice": "names each member",
    "public.member_list": "names each member",
    "secretariat.application": "looks for organisations with like names",
    "secretariat.member": "looks for organisations with like names",
    "secretariat.edit_member": "looks for organisations with like names",
    "secretariat.switch_member": "looks for organisations with like names",
    "secretariat.create_contact": "looks for organisations with like names",
    "secretariat.edit_contact": "looks for organisations with like names",
    "secretariat.replace_contact": "looks for organisations with like names",
    "secretariat.switch_contact": "looks for organisations with like names",
}
"""Pages that go through the roll, the members or the mail; none reads the bundle."""

# What stands for each parameter of an address: words, the number 1, what `doors` finds in the database, and
# what `Place.asked` knows. A new one is added to one of the four.
WORDS = {
    "language": "en",
    "lang": "en",
    "way": "v",  # the page of a link is the same for all purposes
    "key": KEY,
    "notice": "about",
    "digest": "0" * 64,
    "question": "p1",
    "file": "tables.csv",
    "kind": "invitation",
    "series": "rounds",
    "record": "staff",
    "reference": "EJ2023-R1",
    "file_kind": "csv",
    "table": "themes",
    "chart": "ranked",
    "ending": "svg",
}
ONES = ("size", "old", "new", "report", "version")
OF_ROWS = ("seat_key", "theme_key", "nominee_key", "member", "contact")
PARAMETERS = frozenset({*WORDS, *ONES, *OF_ROWS, "number", "token"})

UP_TO_500 = "public.receipts"
"""It lists the ballots of a round of up to 500; of a larger one it reads less."""


@dataclass(frozen=True)
class Place:
    """An application over a round of so many ballots, who may read its pages, and the database's meter."""

    app: Flask
    visitors: dict[str, Visitor]
    values: dict[str, Any]
    numbers: dict[str, int]
    tokens: dict[str, str]
    meter: Meter

    def asked(self, rule: Rule) -> tuple[int, int, int, int]:
        """Return the status of a page, and the statements, bytes and bundles that it read."""
        part = rule.endpoint.partition(".")[0]
        values = {
            **self.values,
            "number": self.numbers.get(rule.endpoint, 1),
            **dict.fromkeys(ONES, 1),
            "token": self.tokens.get(part, TOKEN),
        }
        address = self.app.url_map.bind("localhost").build(
            rule.endpoint, {name: values[name] for name in rule.arguments}
        )
        self.meter.read()
        status = self.visitors.get(part, self.visitors["public"]).client.get(address).status_code
        return (status, *self.meter.read())


def placed(folder: Path, demo: Demo, ballots: int) -> Place:
    """Return the demonstration with its first round enlarged, and with browsers at each of its doors."""
    path = folder / f"{ballots}.sqlite3"
    path.write_bytes(demo.content)
    enlarge(str(path), KEY, ballots)
    settings = Settings(
        data=folder,
        database=f"sqlite:///{path}",
        secret="a secret of the tests, long enough and varied",
        base_url="http://localhost",
        second_factor="optional",  # tests/accounts/staff asks for one
        two_persons="no",
        link_files=True,
    )
    engine = db.connect(settings.database)
    meter, bench = metered(engine), Bench(engine)
    app = create_app(settings, bench)  # two of them are asked in turn
    values, numbers, tokens = doors(bench)
    visitors = {name: Visitor(app.test_client()) for name in ("public", "guest", "vote", "proposing")}
    for name, path_of in (("guest", "a"), ("vote", "v"), ("proposing", "p")):
        assert visitors[name].post(f"/en/{path_of}/{tokens[name]}").status_code == 303
    for sign_in in demo.known.sign_ins:
        visitors[sign_in.role] = Visitor(app.test_client())
        account = {"email": sign_in.email, "password": sign_in.password}
        assert visitors[sign_in.role].submit("/en/account/sign-in", account).status_code == 303
    visitors["nominations"] = visitors["theme_proposals"] = visitors["proposing"]
    visitors["nominations_beside"] = visitors["your_vote"] = visitors["vote"]
    return Place(app, visitors, values, numbers, tokens, meter)


def doors(bench: Bench) -> tuple[dict[str, Any], dict[str, int], dict[str, str]]:
    """Return what stands in the addresses of pages, numbers by endpoint, and links by part of the web."""
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == KEY)).one()

        def first(model: Any) -> Any:
            query = select(model).where(model.round_id == found.id).order_by(model.id)
            return work.session.scalars(query).first()

        seat, invitation = first(Seat), first(Invitation)
        of_seat = select(Contact).where(Contact.organisation_id == seat.organisation_id)
        contact = work.session.scalars(of_seat.order_by(Contact.id)).first()
        assert contact is not None
        work.session.add(
            Link(
                purpose=PROPOSE,
                subject_id=found.id,
                contact_id=contact.id,
                token_sha256=hashlib.sha256(TOKEN.encode()).hexdigest(),
                created_at=moment(),
                expires_at=moment() + timedelta(days=9),
            )
        )
        if not found.phases:
            work.session.add(
                ProposingPhase(
                    for_themes=True,
                    for_people=False,
                    round_id=found.id,
                    zone=found.zone,
                    closes_local="2023-01-01T17:00",
                    closes_at=moment() - timedelta(days=30),
                    opened_at=moment() - timedelta(days=40),
                    ended_at=moment() - timedelta(days=30),
                    shown="at_once",
                    supports=3,
                    most=3,
                    rule="support",
                    themes=10,
                    subregions=2,
                )
            )
        if first(ThemeProposal) is None:
            row = ThemeProposal(
                round_id=found.id,
                number=1,
                reference="T-0000-0001",
                organisation_id=seat.organisation_id,
                contact_id=contact.id,
                language="es",
                title=Text({"es": "Tema"}),
                why=Text({"es": "Porque sí."}),
                objectives=[1],
                proposed_at=moment(),
                state="submitted",
            )
            work.session.add(row)
            work.session.flush()
            proposals.take_step(work, row, "submitted", after=proposals.content(row))
        values = {
            **WORDS,
            "seat_key": seat.key,
            "theme_key": first(Theme).key,
            "nominee_key": first(Nominee).key,
            "member": seat.organisation_id,
            "contact": contact.id,
        }
        assert {*values} == {*WORDS, *OF_ROWS}
        numbers = {
            "secretariat.invitation": invitation.id,
            "secretariat.objection": first(Objection).id,
        }
        tokens = {
            "guest": invitations.further_link(work, invitation.id),
            "vote": build_link(work.session, seat, contact),
            "nominations": TOKEN,
            "proposing": TOKEN,
            "theme_proposals": TOKEN,
        }
    return values, numbers, tokens


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, demo: Demo) -> Iterator[tuple[Place, Place]]:
    """The same round with few ballots and with many; what is drawn in a document was read before."""
    folder = tmp_path_factory.mktemp("reading")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(document, "_made", lambda *_, **__: b"drawn")
        yield placed(folder, demo, SMALL), placed(folder, demo, LARGE)


def pages(app: Flask) -> list[Rule]:
    """Return every address that can be asked for, but files of the house and what stands in no round."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(("static", "front."))
    ]


def alike(few: tuple[int, int, int, int], many: tuple[int, int, int, int]) -> bool:
    """Return whether two pages read the same: in bytes to one in a hundred.

    A page that shows the newest rows of the log reads others of another length once a row has come.
    """
    return (few[:2], few[3]) == (many[:2], many[3]) and abs(few[2] - many[2]) * 100 <= few[2]


def test_no_page_reads_more_of_a_large_round(places: tuple[Place, Place]) -> None:
    small, large = places
    grown, shown = {}, 0
    for rule in some(pages(small.app), THIRD):
        if rule.endpoint in {*LISTS, *READS_THE_BUNDLE, UP_TO_500}:
            continue
        few, many = small.asked(rule), large.asked(rule)
        shown += few[0] == 200
        if not alike(few, many) or few[3]:
            grown[rule.endpoint] = (few, many)
    assert grown == {}, "status, statements, bytes, bundles with few ballots and with many"
    assert shown >= (LEAST_PAGES if DEEP else LEAST_PAGES // THIRD)


def test_lists_read_no_bundle_and_receipts_of_a_large_round_no_ballots(places: tuple[Place, Place]) -> None:
    small, large = places
    rules = {rule.endpoint: rule for rule in pages(small.app)}
    assert {*LISTS, *READS_THE_BUNDLE, UP_TO_500} <= {*rules}
    told = {name: small.asked(rules[name]) for name in LISTS}
    assert {name for name, (status, *_, bundles) in told.items() if bundles or status >= 500} == set()
    few, many = small.asked(rules[UP_TO_500]), large.asked(rules[UP_TO_500])
    assert (few[0], few[3]) == (many[0], many[3]) == (200, 0)
    assert many[2] < few[2]


@pytest.mark.deep
def test_the_meter_sees_a_bundle_where_one_is_read(places: tuple[Place, Place]) -> None:
    """The archive holds it, so that a page that read it would be found."""
    small, _ = places
    (archive,) = (rule for rule in pages(small.app) if rule.endpoint == "public.archive")
    status, _, size, bundles = small.asked(archive)
    assert (status, bundles) == (200, 1)
    assert size > 50_000
