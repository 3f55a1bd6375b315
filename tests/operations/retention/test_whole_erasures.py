"""After an erasure the whole database has nothing of the person but what the page announced."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import inspect, select, text

from consulta.operations import personal_data, retention
from consulta.operations.pages import what_is_kept
from consulta.platform.models import (
    Application,
    EvaluationPerson,
    FocalPoint,
    Link,
    Message,
    Nomination,
    PendingAct,
    Round,
    Staff,
)
from consulta.platform.work import COMMAND, Actor
from tests.deep import few, some
from tests.desk.round_life import STAFF, House
from tests.factories import moment
from tests.operations.retention.test_people import WHY, first_contact
from tests.operations.retention.test_periods import lived

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Demo

ACTOR = Actor("admin", 2)
# What may still have a name or an address, by the code with which the page announces it.
ANNOUNCED = {
    "former": {"former_addresses.address", "former_addresses.name"},
    "ballot": {"nominees.name", "rounds.frozen"},
    "panel": {"nominees.name", "rounds.frozen", "rounds.panel_named", "documents.content"},
    "scrutineer": {"staff.name"},
    "organiser": {"organiser.profile"},
    "figures": {"nominations.said"},  # an institution that is proposed is its own organisation
}


def ready(bench: Bench) -> None:
    """End what keeps people of the demonstration from being erased."""
    with bench.work(COMMAND, moment()) as work:
        for each in work.session.scalars(select(Round).where(Round.state == "open")):
            each.state = "cancelled"
        for application in work.session.scalars(select(Application).where(Application.state != "admitted")):
            application.state = "declined"
        for proposal in work.session.scalars(select(Nomination).where(Nomination.state == "waiting")):
            proposal.state = "declined"
        for point in work.session.scalars(select(FocalPoint)):
            point.state = "ended"
        for account in work.session.scalars(select(Staff).where(Staff.id != ACTOR.staff_id)):
            account.active = False
        for mail in work.session.scalars(select(Message).where(Message.state == "queued")):
            mail.state, mail.left_at, mail.token = "cancelled", moment(), None


def everywhere(bench: Bench, looked: list[str]) -> set[str]:
    """Return the columns of the whole database in which any of these texts stands, packed ones too."""
    forms = {form.lower() for each in looked for form in (each, json.dumps(each)[1:-1])}
    found = set()
    with bench.engine.connect() as connection:
        for table in inspect(bench.engine).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():  # noqa: S608 - ours
                found |= {f"{table}.{name}" for name, value in row.items() if _has(value, forms)}
    return found


def _has(value: Any, forms: set[str]) -> bool:
    if isinstance(value, bytes):
        value = (zlib.decompress(value) if value[:1] == b"x" else value).decode("utf-8", "replace")
    if not isinstance(value, str):
        return False
    lowered = value.lower()  # once: bundles are large
    return any(form in lowered for form in forms)


@pytest.mark.parametrize("kind", few(personal_data.RECORDS))
def test_what_is_left_of_a_person_was_announced(demo: Demo, settings: Settings, kind: str) -> None:
    bench = demo.bench(settings)
    ready(bench)
    tried = 0
    with bench.read(ACTOR, moment()) as work:
        rows = list(work.session.scalars(select(personal_data.RECORDS[kind].table)))
        numbers = [each.id for each in rows if personal_data.who(kind, each)]
        names = {
            name
            for one, record in personal_data.RECORDS.items()
            for row in work.session.scalars(select(record.table))
            for name, _ in personal_data.who(one, row)
        }
    for number in some(numbers[:3] + numbers[-2:], 2):
        with bench.read(ACTOR, moment()) as work:
            view = personal_data.look(work, kind, number)
            phones = [str(each.data.get("phone") or "") for each in view.held]
        if not view.can_be_erased:
            continue
        name = view.name.removesuffix(" (EJEMPLO)")
        if not view.address and any(name in other for other in names - {view.name}):
            name = ""  # it is part of the name of another person, and there is no address that tells
        looked = [each for each in (name if " " in name else "", view.address, *phones) if each]
        if name.startswith("—") or not looked or (kind == "staff" and number == ACTOR.staff_id):
            continue
        assert everywhere(bench, looked), "it is found before"
        with bench.work(ACTOR, moment()) as work:
            done = personal_data.erase(work, kind, number, WHY)
        assert done.left == ()
        announced = {code for each in view.held for code in each.stays}
        allowed = set().union(*(ANNOUNCED.get(code, set()) for code in announced))
        assert everywhere(bench, looked) <= allowed, (kind, number, looked, announced)
        tried += 1
    assert tried, "the demonstration has such a person"


def test_every_code_of_what_stays_has_a_sentence() -> None:
    assert ANNOUNCED.keys() <= what_is_kept.STAYS.keys()
    assert what_is_kept.RECORDS.keys() == personal_data.RECORDS.keys()


@pytest.mark.deep
def test_what_was_emptied_is_not_counted_any_more(bench: Bench, settings: Settings) -> None:
    house = lived(bench, settings)
    number, _ = first_contact(bench)
    with bench.work(STAFF, house.clock()) as work:
        assert {"mails", "links"} <= personal_data.look(work, "contact", number).held[0].related.keys()
        personal_data.erase(work, "contact", number, WHY)
    with bench.read(STAFF, house.clock()) as work:
        assert personal_data.look(work, "contact", number).held[0].related.keys() <= {"votes_sent"}


def test_people_of_proposals_and_evaluations_are_found_and_erased_alone(
    demo: Demo, settings: Settings
) -> None:
    """The page said that nothing was kept under the address of a person whose proposal was declined."""
    bench = demo.bench(settings)
    with bench.read(ACTOR, moment()) as work:
        proposal = work.session.scalars(
            select(Nomination).where(Nomination.nominee_id.is_(None), Nomination.state == "waiting")
        ).first()
        assert proposal is not None
        name, number = proposal.said["name"], proposal.id
        assert ("nomination", number) in [
            (each.kind, each.number) for each in personal_data.search(work, name)
        ]
        assert personal_data.look(work, "nomination", number).held[0].refusal.code == "person.proposed"  # type: ignore[union-attr]
        asked = work.session.scalars(select(EvaluationPerson)).first()
        assert asked is not None
        found = {(each.kind, each.number) for each in personal_data.search(work, asked.email)}
        assert ("evaluation_person", asked.id) in found


@pytest.mark.deep
def test_each_person_of_an_application_is_found_by_its_name_and_erased(
    demo: Demo, settings: Settings
) -> None:
    """Names with accents too, and the second person after the first."""
    bench = demo.bench(settings)
    ready(bench)
    persons = [
        {"name": "Ñusta Ibáñez", "email": "nusta@example.org"},
        {"name": "Óscar Añez", "email": "oscar@example.org"},
    ]
    with bench.work(COMMAND, moment()) as work:
        row = work.session.scalars(select(Application)).first()
        assert row is not None
        row.people, row.email, number = persons, "nusta@example.org", row.id
    for person in persons:
        with bench.work(ACTOR, moment()) as work:
            assert ("application", number) in {
                (e.kind, e.number) for e in personal_data.search(work, person["name"])
            }
            personal_data.erase(work, "application", number, WHY)
        assert everywhere(bench, list(person.values())) == set()


def test_an_act_that_was_confirmed_and_mails_to_others_go_too(bench: Bench, settings: Settings) -> None:
    house = House(bench, settings)
    with bench.work(COMMAND, moment()) as work:
        account = Staff(email="ida@example.org", name="Ida Peña", role="mail", created_at=moment())
        account.password_hash, account.active = "x", False
        work.session.add(account)
        work.session.flush()
        number = account.id
        later = house.clock() + timedelta(hours=1)
        for state, until in (("confirmed", later), ("waiting", later), ("waiting", moment())):
            work.session.add(
                PendingAct(
                    endpoint="secretariat.invite_staff",
                    path="/",
                    fields={"email": "ida@example.org"},
                    state=state,
                    staff_id=1,
                    asked_at=moment(),
                    expires_at=until,
                )
            )
        work.session.add(
            Link(
                purpose="join",
                subject_id=number,
                token_sha256="0" * 64,
                created_at=moment(),
                expires_at=moment(),
            )
        )
    with bench.work(ACTOR, house.clock()) as work:
        assert "pending" in personal_data.look(work, "staff", number).held[0].stays
        personal_data.erase(work, "staff", number, WHY)
        (left,) = work.session.scalars(select(PendingAct))
        assert (left.state, left.expires_at) == ("waiting", later), "what ran out waits for no one"
        left.expires_at = moment()
        work.session.flush()
        assert "pending" not in personal_data.look(work, "staff", number).held[0].stays
        assert work.session.scalars(select(Link)).one().revoked_at is not None


def test_the_files_of_mails_go_after_an_erasure_on_request(bench: Bench, settings: Settings) -> None:
    house = lived(bench, settings)
    number, _ = first_contact(bench)
    with bench.read(COMMAND, house.clock()) as work:
        sent = select(Message.id).where(Message.contact_id == number, Message.body.is_not(None))
        mine = work.session.scalars(sent).all()
    settings.mail_folder.mkdir(exist_ok=True)
    files = [settings.mail_folder / f"{each:06}-receipt.eml" for each in mine]
    for path in files:
        path.write_text("a mail", encoding="utf-8")
    with bench.work(STAFF, house.clock()) as work:
        personal_data.erase(work, "contact", number, WHY)
    house.clock.forward(hours=2)
    house.worker.erasing.erase_due()
    assert files
    assert not any(path.exists() for path in files)


def test_a_focal_point_whose_term_ran_out_is_erased_on_time_and_on_request(
    demo: Demo, settings: Settings
) -> None:
    """A term that runs out changes no state: its person was neither erased by the period nor on request."""
    bench = demo.bench(settings)
    with bench.read(ACTOR, moment()) as work:
        last = select(FocalPoint).where(FocalPoint.state == "accepted").order_by(FocalPoint.ends)
        row = work.session.scalars(last).first()
        assert row is not None
        assert row.ends is not None
        number, over = row.id, datetime.fromisoformat(row.ends).replace(tzinfo=UTC)
        refusal = personal_data.look(work, "focal_point", number).held[0].refusal
        assert refusal is not None
        assert refusal.code == "person.focal_point", "while the term lasts"
        day = timedelta(days=1)
        assert number not in work.session.scalars(retention.focal_points(over)).all()
        assert number in work.session.scalars(retention.focal_points(over + 2 * day)).all()
    with bench.work(ACTOR, over + 3 * day) as work:
        personal_data.erase(work, "focal_point", number, WHY)
        assert work.session.get_one(FocalPoint, number).email == ""
