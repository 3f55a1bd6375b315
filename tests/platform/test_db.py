"""What the database itself holds, the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from inspect import unwrap
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm.exc import DetachedInstanceError

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.platform import database as db
from consulta.platform import documents
from consulta.platform.log import chain
from consulta.platform.models import (
    APPEND_ONLY,
    Ballot,
    BallotExclusion,
    Base,
    Checkpoint,
    CheckpointKey,
    Cosignature,
    CurrentBallot,
    DataPackage,
    DataWithdrawal,
    Delivery,
    Dialogue,
    Evidence,
    Head,
    Invitation,
    InvitationEvent,
    LogEntry,
    Message,
    MinutesVersion,
    Objection,
    Organisation,
    ReceiptHead,
    Recommendation,
    RecommendationText,
    ReplacedVersion,
    Report,
    Round,
    SeatAddress,
    SynthesisVersion,
    ThemeProposal,
    ThemeProposalEvent,
    Timestamp,
    Withdrawal,
    Witness,
)
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from tests.factories import build_nominee, build_organisation, build_round, build_seat, moment
from tests.texts import TWO
from tools import baseline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session


@pytest.fixture
def desk(migrated_url: str) -> Iterator[Bench]:
    bench = Bench(db.connect(migrated_url), TWO)
    yield bench
    bench.engine.dispose()


def cast(session: Session) -> Ballot:
    """A ballot that counts, and the rows under it."""
    seat = build_seat(session, build_round(session), build_organisation(session))
    ballot = Ballot(
        round_id=seat.round_id,
        seat_id=seat.id,
        version=1,
        ranking=[["t1"], ["t2"]],
        objectives=[7],
        endorsements=[],
        shown=["t1", "t2"],
        content_sha256="c",
        idempotency_key="k",
        receipt="ABCD-EFGH-JKLM",
        head="h",
        cast_at=moment(),
    )
    session.add(ballot)
    session.flush()
    session.add(CurrentBallot(seat_id=seat.id, ballot_id=ballot.id))
    session.flush()
    return ballot


def queued(session: Session, ballot: Ballot) -> int:
    """A message about a ballot: its id."""
    message = Message(
        round_id=ballot.round_id,
        seat_id=ballot.seat_id,
        kind="receipt",
        once="receipt:1:1",
        language="es",
        address="ana@example.org",
        facts={},
        message_id="a1",
        queued_at=moment(),
        due_at=moment(),
    )
    session.add(message)
    session.flush()
    return message.id


def invited(session: Session, round_id: int) -> None:
    """A person proposed for the panel, with the step that says so."""
    a_round = session.get_one(Round, round_id)
    nominee = build_nominee(session, a_round)
    invitation = Invitation(
        round_id=round_id, nominee_id=nominee.id, changed_at=moment(), created_at=moment()
    )
    session.add(invitation)
    session.flush()
    session.add(InvitationEvent(invitation_id=invitation.id, state="proposed", at=moment(), actor="staff:1"))
    session.flush()


def propose(session: Session, round_id: int) -> None:
    """A theme that was proposed, with the step that says so."""
    proposal = ThemeProposal(
        round_id=round_id,
        number=1,
        reference="T-1",
        organisation_id=session.scalars(select(Organisation.id)).first(),
        language="es",
        objectives=[1],
        proposed_at=moment(),
    )
    session.add(proposal)
    session.flush()
    session.add(
        ThemeProposalEvent(
            proposal_id=proposal.id, kind="submitted", state="submitted", at=moment(), actor="x", details={}
        )
    )
    session.flush()


def exclude(session: Session, ballot: Ballot) -> None:
    """A ballot that was taken out of the count after an objection."""
    address = session.scalars(select(SeatAddress).where(SeatAddress.seat_id == ballot.seat_id)).first()
    assert address is not None
    objection = Objection(
        round_id=ballot.round_id,
        seat_id=ballot.seat_id,
        ballot_id=ballot.id,
        claim="not_ours",
        seat_address_id=address.id,
        who="Ana",
        text="",
        made_at=moment(),
    )
    session.add(objection)
    session.flush()
    session.add(
        BallotExclusion(round_id=ballot.round_id, ballot_id=ballot.id, objection_id=objection.id, at=moment())
    )


@pytest.mark.gate
def test_migrations_make_what_the_models_say(desk: Bench) -> None:
    with desk.engine.connect() as connection:
        try:
            command.check(db.alembic_config(connection))
        except CommandError as differs:
            pytest.fail(
                "python -m tools.baseline writes platform/migrations/versions/0001_schema.py anew from"
                f" the models: {differs}"
            )


@pytest.mark.gate
def test_the_baseline_is_made_from_the_models() -> None:
    """Triggers too, which Alembic does not compare."""
    if baseline.FILE.read_text("utf-8") != baseline.baseline():
        pytest.fail(
            "python -m tools.baseline writes platform/migrations/versions/0001_schema.py anew from the models"
        )


def test_a_database_without_the_schema_is_refused_until_it_is_upgraded(database_url: str) -> None:
    engine = db.connect(database_url)
    with pytest.raises(Problem, match=r"store\.schema"):
        db.require_current(engine)
    db.upgrade(engine)
    db.require_current(engine)
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


def follow(session: Session, round_id: int) -> None:
    """Write a recommendation with its text, a file and a report."""
    fields: dict[str, Any] = {"zone": "America/Panama", "uid": "u", "created_at": moment()}
    held = {"starts_local": "2027-05-20T10:00", "ends_local": "2027-05-20T12:00"}
    hours = {"starts_at": moment(), "ends_at": moment() + timedelta(hours=2)}
    dialogue = Dialogue(round_id=round_id, **fields, **held, **hours)
    session.add(dialogue)
    session.flush()
    row = Recommendation(
        dialogue_id=dialogue.id, kind="recommendation", position=1, language="es", created_at=moment()
    )
    file = Evidence(name="a.pdf", media="m", sha256="s", size=1, content=b"a", created_at=moment())
    session.add_all([row, file])
    session.flush()
    kept = {"version": 1, "text": Text({"es": "a"}), "factsheet": 1, "published_at": moment()}
    session.add(RecommendationText(recommendation_id=row.id, **kept))
    session.add(Withdrawal(recommendation_id=row.id, what="recommendation", at=moment()))
    session.add(
        Report(
            recommendation_id=row.id,
            evidence_id=file.id,
            version=1,
            entered_at=moment(),
            entered="staff",
            received="letter",
            side="reported",
            addressee="PE",
            voice="",
            step="done",
            day="2027-01-01",
            text="a",
            language="es",
        )
    )
    session.flush()


def witness(session: Session) -> None:
    """Write a head with its checkpoint, cosigned and stamped."""
    head = Head(size=2, root="r", peaks=["r"], at=moment(), reason="hourly")
    key = CheckpointKey(origin="o", key="k", at=moment())
    other = Witness(name="w", organisation="w", key="w", registered_at=moment())
    session.add_all([head, key, other])
    session.flush()
    found = Checkpoint(head_id=head.id, key_id=key.id, size=2, note="n", at=moment(), log_size=3)
    session.add(found)
    session.flush()
    kept = {"checkpoint_id": found.id, "time": moment(), "at": moment()}
    session.add(Cosignature(witness_id=other.id, line="l", log_size=3, **kept))
    session.add(Timestamp(authority="a", response=b"r", **kept))
    session.flush()


@pytest.mark.parametrize(
    ("column", "value", "taken"),
    [
        ("said", "", True),
        ("said", "250 ok", False),
        ("outcome", "failed", False),
        ("said = '', code", 250, False),
    ],
)
def test_of_a_delivery_what_the_server_said_can_be_blanked_alone(
    desk: Bench, column: str, value: object, *, taken: bool
) -> None:
    with desk.work(COMMAND, moment()) as work:
        ballot = cast(work.session)
        sent = Delivery(
            message_id=queued(work.session, ballot), at=moment(), outcome="sent", said="250 rosa@example.org"
        )
        work.session.add(sent)
    change = text(f"UPDATE deliveries SET {column} = :value")  # noqa: S608
    with ExitStack() as stack:
        if not taken:
            stack.enter_context(pytest.raises(DBAPIError, match="written once"))
        with desk.work(COMMAND, moment()) as work:
            work.session.execute(change, {"value": value})


@pytest.mark.parametrize(
    ("more", "taken"), [("", True), (", young = NOT young", False), (", votes = NOT votes", False)]
)
def test_of_an_address_no_more_than_address_and_name_can_be_blanked(
    desk: Bench, more: str, *, taken: bool
) -> None:
    with desk.work(COMMAND, moment()) as work:
        cast(work.session)
    change = text(f"UPDATE seat_addresses SET address = 'erased:' || id, name = ''{more}")  # noqa: S608
    with ExitStack() as stack:
        if not taken:
            stack.enter_context(pytest.raises(DBAPIError, match="written once"))
        with desk.work(COMMAND, moment()) as work:
            assert work.session.execute(change).rowcount


def fill(desk: Bench) -> None:
    """Write a row into each table whose rows are written once."""
    with desk.work(COMMAND, moment()) as work:
        ballot = cast(work.session)
        work.record("ballot.cast", "round:1")
        documents.keep(work.session, ballot.round_id, "result", "{}", moment())
        work.session.add(Head(size=1, root="r", peaks=["r"], at=moment(), reason="daily"))
        work.session.add(ReceiptHead(ballot_id=ballot.id, size=1, root="r", peaks=["r"]))
        said = Delivery(message_id=queued(work.session, ballot), at=moment(), outcome="sent", said="250 ok")
        work.session.add(said)
        invited(work.session, ballot.round_id)
        exclude(work.session, ballot)
        propose(work.session, ballot.round_id)
        kept = {"version": 1, "content": "{}", "sha256": "s", "published_at": moment()}
        work.session.add(SynthesisVersion(round_id=ballot.round_id, **kept))
        work.session.add(MinutesVersion(round_id=ballot.round_id, **kept))
        said = {"what": "panel", "version": 1, "by_version": 2, "reason": Text({"es": "Error"})}
        work.session.add(ReplacedVersion(round_id=ballot.round_id, at=moment(), **said))
        package = DataPackage(
            kind="round",
            round_id=ballot.round_id,
            version=1,
            sha256="s",
            title=Text({"es": "a"}),
            example=False,
            files=[],
            stamp="",
            made_at=moment(),
        )
        work.session.add(package)
        work.session.flush()
        work.session.add(DataWithdrawal(package_id=package.id, reason=Text({"es": "Error"}), at=moment()))
        follow(work.session, ballot.round_id)
        witness(work.session)
        work.session.flush()


def test_what_is_written_once_stays(desk: Bench) -> None:
    """Each table that is only appended to refuses to be changed and to lose a row, in its own words."""
    fill(desk)
    columns = {
        "ballot_exclusions": "ballot_id",
        "ballots": "receipt",
        "checkpoint_keys": "key",
        "checkpoints": "note",
        "cosignatures": "line",
        "data_withdrawals": "reason",
        "deliveries": "outcome",
        "documents": "content",
        "evidence": "content",
        "heads": "root",
        "invitation_events": "actor",
        "log": "details",
        "minutes_versions": "content",
        "seat_addresses": "address",
        "receipt_heads": "root",
        "recommendation_texts": "text",
        "replaced_versions": "version",
        "reports": "step",
        "synthesis_versions": "content",
        "theme_proposal_events": "actor",
        "timestamps": "response",
        "withdrawals": "what",
    }
    assert columns.keys() == set(APPEND_ONLY)
    taken = []
    for table, column in columns.items():
        for act in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):  # noqa: S608
            try:
                with desk.work(COMMAND, moment()) as work:
                    work.session.execute(text(act))
                taken.append(act)
            except DBAPIError as error:
                assert "written once" in str(error), act  # noqa: PT017 - one database for all of them
    assert taken == []


def test_a_seat_has_one_ballot_that_counts(desk: Bench) -> None:
    with desk.work(COMMAND, moment()) as work:
        ballot = cast(work.session)
        work.session.flush()
        seat = ballot.seat_id
    with pytest.raises(DBAPIError), desk.work(COMMAND, moment()) as work:
        work.session.execute(
            text("INSERT INTO current_ballots (seat_id, ballot_id) VALUES (:seat, :seat)"), {"seat": seat}
        )


def test_foreign_keys_are_held(desk: Bench) -> None:
    with pytest.raises(DBAPIError), desk.work(COMMAND, moment()) as work:
        work.session.execute(text("INSERT INTO current_ballots (seat_id, ballot_id) VALUES (9, 9)"))


def test_a_refusal_of_the_database_is_a_problem_with_its_code(desk: Bench) -> None:
    def twice(build: Callable[[Session], object]) -> None:
        with desk.work(COMMAND, moment()) as work:
            build(work.session)
            build(work.session)

    with pytest.raises(Problem, match=r"member\.duplicate"):
        twice(build_organisation)
    with pytest.raises(Problem, match=r"round\.duplicate"):
        twice(build_round)
    with desk.read(COMMAND, moment()) as work:
        assert not work.session.scalars(select(Organisation)).all()


def test_work_is_undone_by_any_exception(desk: Bench) -> None:
    def fail() -> None:
        with desk.work(COMMAND, moment()) as work:
            build_organisation(work.session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with desk.read(COMMAND, moment()) as work:
        assert not work.session.scalars(select(Organisation)).all()


def test_reading_cannot_write(desk: Bench) -> None:
    with pytest.raises(RuntimeError), desk.read(COMMAND, moment()) as work:
        build_organisation(work.session)
    with desk.read(COMMAND, moment()) as work:
        assert not work.session.scalars(select(Organisation)).all()


def test_rows_stay_as_they_were_read_and_what_was_not_read_raises(desk: Bench) -> None:
    with desk.work(COMMAND, moment()) as work:
        build_organisation(work.session)
    with desk.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Organisation)).one()
    assert found.name
    with pytest.raises(DetachedInstanceError):
        assert found.contacts


def test_the_log_is_a_chain_and_a_break_is_found(desk: Bench) -> None:
    with desk.work(COMMAND, moment()) as work:
        for number in range(1, 5):
            work.record("round.created", f"round:{number}", {"n": number})
    with desk.read(COMMAND, moment()) as work:
        assert list(chain.breaks(work.session)) == []
        rows = chain.entries(work.session)
        assert [row.seq for row in rows] == [4, 3, 2, 1]
        assert rows[0].previous == rows[1].digest
        assert rows[-1].previous == chain.START
    with desk.work(COMMAND, moment()) as work:
        _lift_guard(work.session)
        work.session.execute(text("UPDATE log SET actor = 'staff:9' WHERE seq = 2"))
    with desk.read(COMMAND, moment()) as work:
        assert list(chain.breaks(work.session)) == [2]
        assert any("log row 2" in fault for fault in checks.faults(work))


def test_a_row_taken_out_of_the_log_is_found(desk: Bench) -> None:
    with desk.work(COMMAND, moment()) as work:
        for _ in range(3):
            work.record("round.created", "round:1")
        _lift_guard(work.session)
        work.session.execute(text("DELETE FROM log WHERE seq = 2"))
    with desk.read(COMMAND, moment()) as work:
        assert list(chain.breaks(work.session)) == [3]


def test_checks_find_a_ballot_that_does_not_count(desk: Bench) -> None:
    with desk.work(COMMAND, moment()) as work:
        cast(work.session)
        assert not any("last ballot does not count" in fault for fault in checks.faults(work))
        work.session.execute(text("DELETE FROM current_ballots"))
    with desk.read(COMMAND, moment()) as work:
        assert any("last ballot does not count" in fault for fault in checks.faults(work))


def _lift_guard(session: Session) -> None:
    """Do what a person with the database's own password could do."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ALTER TABLE log DISABLE TRIGGER ALL"))
        return
    session.execute(text("DROP TRIGGER log_no_update"))
    session.execute(text("DROP TRIGGER log_no_delete"))


def test_moments_keep_their_zone_and_refuse_to_be_without(desk: Bench) -> None:
    with desk.work(COMMAND, moment()) as work:
        build_organisation(work.session, created_at=moment())
    with desk.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Organisation)).one()
        assert found.created_at.utcoffset() is not None
    with pytest.raises(StatementError, match="needs a zone"), desk.work(COMMAND, moment()) as work:
        build_organisation(work.session, "Otra", created_at=moment().replace(tzinfo=None))


def test_sqlite_survives_a_crash_by_its_settings(sqlite_url: str) -> None:
    engine = unwrap(db.connect)(sqlite_url)  # tests do not wait for the disk
    with engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in db.PRAGMAS}
    assert found == db.PRAGMAS
    engine.dispose()


def test_writers_begin_by_taking_their_place(sqlite_url: str) -> None:
    bench = Bench(db.connect(sqlite_url), TWO)
    db.upgrade(bench.engine)
    with bench.work(COMMAND, moment()) as first:
        first.record("round.created", "round:1")
        other = db.connect(sqlite_url)
        with other.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 50")
            with pytest.raises(DBAPIError, match="locked"):
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        other.dispose()
    with bench.read(COMMAND, moment()) as work:
        assert len(work.session.scalars(select(LogEntry)).all()) == 1
    bench.engine.dispose()
