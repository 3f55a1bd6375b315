"""What a vote did, from the publication to the page: who reads it, and what it says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from consulta.app import create_app
from consulta.core.counting import bundle as bundles
from consulta.core.counting.effects import Effects
from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.core.values import PanelRules
from consulta.desk import mail
from consulta.panel import service as panels
from consulta.panel import votes as panel_votes
from consulta.platform import documents, door
from consulta.platform.models import (
    Ballot,
    BallotExclusion,
    Contact,
    CurrentBallot,
    Message,
    Nominee,
    Objection,
    Round,
    Seat,
    SeatAddress,
    VoteEffect,
)
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER, Actor
from consulta.results import your_vote
from consulta.results.public import your_vote as your_vote_pages
from consulta.results.your_vote import Change, Told, ToldPanel, YourVote
from consulta.rounds import ballots
from consulta.rounds.letters.service import Post
from tests.benches import Visitor
from tests.drafts import KEY
from tests.factories import build_nominee, build_organisation, build_round, build_seat
from tests.results.checks.published import PUBLISHED, live
from tests.texts import both

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

LATER = PUBLISHED + timedelta(minutes=1)


def make(bench: Bench, most: int = 50) -> int:
    """Do what the worker does."""
    kept = 0
    with bench.read(WORKER, LATER) as work:
        assert your_vote.due(work) == [KEY]
        task = your_vote.task_of(work, KEY)
    while task is not None and task.waiting:
        told = your_vote.work_out(task, most)
        with bench.work(WORKER, LATER) as work:
            kept += your_vote.keep(work, told)
    with bench.work(WORKER, LATER) as work:
        assert your_vote.finish(work, KEY)
    return kept


def told_of(bench: Bench, name: str = "Red 002") -> Told:
    with bench.read(COMMAND, LATER) as work:
        seat = work.session.scalars(select(Seat).where(Seat.name == name)).one()
        kept = work.session.get(VoteEffect, seat.id)
    assert kept is not None
    return Told.parse(kept.told)


@pytest.mark.parametrize("secrecy", ["open", "pseudonymous"])
def test_each_seat_that_voted_is_told_what_a_recount_gives(bench: Bench, secrecy: str) -> None:
    live(bench, secrecy)
    assert make(bench) == 10
    with bench.read(COMMAND, LATER) as work:
        assert your_vote.due(replace(work, actor=WORKER)) == []
        a_round = work.session.scalars(select(Round)).one()
        bundle = documents.find(work.session, a_round.id, "bundle")
        assert bundle is not None
        file = bundle.content.encode()
        seats = {seat.pseudonym: seat.id for seat in work.session.scalars(select(Seat))}
        effects = Effects(bundles.parse(file))
        for ballot in effects.bundle.ballots:
            row = work.session.get(VoteEffect, seats[ballot.seat])
            assert row is not None
            kept = Told.parse(row.told)
            effect = effects.of_seat(ballot.seat, ["subregion", "sector"])
            answers = (effect.without, effect.average, effect.away["subregion"], effect.away["sector"])
            assert [each and tuple(each) for each in answers] == [
                None if change.why == "nothing" else (change.topics, change.order) for change in kept.changes
            ]
            assert (kept.weight, kept.pairs, kept.kept) == (effect.weight, effect.pairs, effect.kept)
            assert (kept.topics, kept.order) == tuple(effects.official)


def make_panel(bench: Bench) -> int:
    """Do what the worker does once a panel is public."""
    kept = 0
    with bench.read(WORKER, LATER) as work:
        assert your_vote.panels_due(work) == [KEY]
        task = panel_votes.task_of(work, KEY, 5)
    while task is not None and task.waiting:
        told = your_vote.work_out(task, 4)
        with bench.work(WORKER, LATER) as work:
            kept += your_vote.keep_panels(work, told)
    with bench.work(WORKER, LATER) as work:
        assert your_vote.finish_panels(work, KEY)
    with bench.read(WORKER, LATER) as work:
        assert your_vote.panels_due(work) == []
        assert panel_votes.task_of(work, KEY, 5, task) is None
    return kept


def panel_told(bench: Bench, name: str = "Red 002") -> ToldPanel:
    with bench.read(COMMAND, LATER) as work:
        seat = work.session.scalars(select(Seat).where(Seat.name == name)).one()
        kept = work.session.get(VoteEffect, seat.id)
    assert kept is not None
    assert kept.panel is not None
    return ToldPanel.parse(kept.panel)


@pytest.mark.deep
@pytest.mark.parametrize("endorsed", [(), ("n1", "n2", "n3", "n4")])
def test_once_a_panel_is_public_each_seat_is_told_what_its_vote_did_to_it(
    bench: Bench, app: Flask, endorsed: tuple[str, ...]
) -> None:
    """No vote endorses a person: it is told. Ten do: it would show whom the others endorsed."""
    live(bench, "open", endorsed=endorsed)
    make(bench)
    assert "panel" not in entered(app, token_of(bench), "en")[1].partition("<main")[2].partition("</main")[0]
    with bench.work(Actor("secretariat", 3, "Mariana"), LATER) as work:
        if not endorsed:
            a_round = work.session.scalars(select(Round)).one()
            for number in range(4):
                build_nominee(
                    work.session,
                    a_round,
                    f"n{number}",
                    role="mechanism",
                    support=number,
                    on_ballot=False,
                )
    with bench.work(Actor("secretariat", 3, "Mariana"), LATER) as work:
        work.session.expire_all()
        assert panels.choose(work, KEY, PanelRules(size=2))
    with bench.work(Actor("secretariat", 3, "Mariana"), LATER) as work:
        panels.publish_panel(work, KEY)
    _, page = entered(app, token_of(bench), "en")
    assert "The effect of votes on the panel is still being calculated." in page
    assert make_panel(bench) == 10
    told = panel_told(bench)
    assert (told.size, told.endorsed, told.why) == (2, bool(endorsed), "")
    assert {(change.others, change.why) for change in told.changes} == (
        {(None, "few")} if endorsed else {(0, "")}
    )
    for lang in ("es", "en"):
        page = entered(app, token_of(bench), lang)[1]
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page.partition("<main")[2]))
        assert not re.search(r"[a-zé]\.[A-ZÉ]", words), "sentences with no space between them"
        assert not any(f"Persona n{number}" in page for number in range(5))
        assert len(page.encode()) < 20_000
    assert ("would reveal whom other organisations endorsed" in page) == bool(endorsed)
    assert ("The same people would have been chosen for the panel." in page) == (not endorsed)


def test_a_replaced_panel_is_told_of_as_that_version(bench: Bench, app: Flask) -> None:
    """Both the seat that was told before it was replaced, and those that were told since."""
    live(bench, "open", endorsed=())
    make(bench)
    with bench.work(COMMAND, LATER) as work:
        a_round = work.session.scalars(select(Round)).one()
        for number in range(4):
            build_nominee(
                work.session, a_round, f"n{number}", role="mechanism", support=number, on_ballot=False
            )
    for size in (2, 3):
        with bench.work(COMMAND, LATER) as work:
            assert panels.choose(work, KEY, PanelRules(size=size))
        with bench.work(COMMAND, LATER) as work:
            panels.publish_panel(work, KEY, reason=both("Faltaba un lugar."))
        if size == 2:
            with bench.read(WORKER, LATER) as work:
                task = panel_votes.task_of(work, KEY, 5)
            assert task is not None
            first = your_vote.work_out(task, 1)
            check_that_it_serves_its_panel_alone(bench, task)
            with bench.work(WORKER, LATER) as work:
                your_vote.keep_panels(work, first)
            said = "the current public version is 2"
            assert said not in entered(app, token_of(bench), "en")[1]
    assert make_panel(bench) == 9
    told = {panel_told(bench, name) for name in names_told(bench)}
    assert {(each.version, each.size) for each in told} == {(1, 2)}
    for lang, words in (
        ("en", "This is version 1 of the panel; " + said),
        ("es", "Es la versión 1 del panel"),
    ):
        assert words in entered(app, token_of(bench), lang)[1]


def check_that_it_serves_its_panel_alone(bench: Bench, task: panel_votes.Task) -> None:
    """What was worked out for a seat is there for the next one, of this panel and of no other."""
    with bench.read(WORKER, LATER) as work:
        other = replace(task, panel=replace(task.panel, version=9))
        found = [panel_votes.task_of(work, KEY, 5, before) for before in (task, other, None)]
    assert task._telling is not None
    assert [each and each._telling for each in found] == [task._telling, None, None]


def names_told(bench: Bench) -> list[str]:
    with bench.read(COMMAND, LATER) as work:
        return list(work.session.scalars(select(Seat.name).join(VoteEffect, VoteEffect.seat_id == Seat.id)))


def test_of_a_panel_that_cannot_be_counted_again_nothing_is_told(bench: Bench, app: Flask) -> None:
    """A person who could be chosen was erased since."""
    people = ("n1", "n2", "n3", "n4")
    live(bench, "open", endorsed=people)
    make(bench)
    with bench.work(Actor("secretariat", 3, "Mariana"), LATER) as work:
        assert panels.choose(work, KEY, PanelRules(size=2))
    with bench.work(Actor("secretariat", 3, "Mariana"), LATER) as work:
        panels.publish_panel(work, KEY)
        members = panels.ground(work, work.session.scalars(select(Round)).one()).nominees
        work.session.execute(update(Nominee).where(Nominee.key == members[0].key).values(topics=["otro"]))
    make_panel(bench)
    assert (panel_told(bench).why, panel_told(bench).changes) == ("changed", ())
    assert "so it cannot be recounted" in entered(app, token_of(bench), "en")[1]


def test_it_goes_on_where_it_stopped_and_keeps_what_is_there(bench: Bench) -> None:
    live(bench, "open")
    with bench.read(WORKER, LATER) as work:
        task = your_vote.task_of(work, KEY)
    assert task is not None
    first = your_vote.work_out(task, 3)
    with bench.work(WORKER, LATER) as work:
        assert your_vote.keep(work, first) == 3
        assert your_vote.keep(work, dict.fromkeys(first, "{}")) == 0
        assert not your_vote.finish(work, KEY)
    assert make(bench, 4) == 7
    with bench.read(COMMAND, LATER) as work:
        assert work.session.scalar(select(func.count()).select_from(VoteEffect)) == 10
        assert "{}" not in set(work.session.scalars(select(VoteEffect.told)))


def test_what_is_kept_is_of_one_seat_and_of_one_round(bench: Bench) -> None:
    """Three organisations in two rounds: of the second one something is kept here, of the first one there."""
    with bench.work(COMMAND, LATER) as work:
        session = work.session
        organisations = [build_organisation(session, f"Red {letter}") for letter in "ABC"]
        here, there = (build_round(session, key) for key in (KEY, "2028-1"))
        seats, others = (
            [build_seat(session, a_round, each, number) for number, each in enumerate(organisations, 1)]
            for a_round in (here, there)
        )
        with pytest.raises(Problem, match=r"vote\.unknown"):
            your_vote.hand_out(work, KEY)
        assert your_vote.keep(work, {seats[1].id: "one", others[0].id: "other"}) == 2
        assert your_vote.keep(work, {seats[1].id: "again"}) == 0
        assert [your_vote.hand_out(work, key)[0] for key in (KEY, "2028-1")] == ["Red B", "Red A"]
        assert [your_vote.told_version(work, each) for each in (here, there)] == [None, None]
        panel, another = (ToldPanel(2, True, "", (), version).to_text() for version in (3, 4))
        assert your_vote.keep_panels(work, {seats[1].id: panel}) == 1
        assert your_vote.keep_panels(work, {seats[1].id: another, seats[2].id: another}) == 0
        assert [your_vote.told_version(work, each) for each in (here, there)] == [3, None]
        assert your_vote.panels_waiting(work, here) == {}
        assert your_vote.panels_waiting(work, there) == {others[0].pseudonym: others[0].id}
        kept = [session.get(VoteEffect, each.id) for each in seats]
        assert [each and (each.told, each.panel) for each in kept] == [None, ("one", panel), None]
        organisations[1].contacts[0].active = False
        with pytest.raises(Problem, match=r"vote\.unknown"):
            your_vote.hand_out(work, KEY)


def test_of_a_ballot_that_was_taken_out_and_of_an_abstention_nothing_is_worked_out(bench: Bench) -> None:
    with bench.work(COMMAND, LATER) as work:
        session, a_round = work.session, build_round(work.session)
        seats = [
            build_seat(session, a_round, build_organisation(session, f"Red {number}"), number)
            for number in (1, 2, 3)
        ]
        votes = [
            Ballot(
                round_id=a_round.id, seat_id=seat.id, version=1, ranking=[], objectives=[], endorsements=[],
                shown=[], content_sha256="", idempotency_key=seat.key, receipt=seat.key, head="h",
                cast_at=LATER, abstains=seat is seats[2],
            )
            for seat in seats
        ]  # fmt: skip
        session.add_all(votes)
        session.flush()
        session.add_all(CurrentBallot(seat_id=each.seat_id, ballot_id=each.id) for each in votes)
        session.flush()
        assert list(your_vote._waiting(session, a_round.id).values()) == [seats[0].id, seats[1].id]
        of_it = {"round_id": a_round.id, "ballot_id": votes[1].id}
        address = session.scalars(select(SeatAddress.id).where(SeatAddress.seat_id == seats[1].id)).one()
        objection = Objection(
            **of_it, seat_id=seats[1].id, claim="not_ours", seat_address_id=address, who="Rosa", text="No",
            made_at=LATER,
        )  # fmt: skip
        session.add(objection)
        session.flush()
        session.add(BallotExclusion(**of_it, objection_id=objection.id, at=LATER))
        assert [ballots.is_excluded(session, each.id) for each in votes] == [False, True, False]
        assert your_vote._waiting(session, a_round.id) == {seats[0].pseudonym: seats[0].id}


# -- who reads it


def token_of(bench: Bench, name: str = "Red 002") -> str:
    """The link in the mail of the result to a contact of an organisation."""
    with bench.read(COMMAND, LATER) as work:
        query = select(Message).join(Seat, Seat.id == Message.seat_id)
        message = work.session.scalars(query.where(Message.kind == "published", Seat.name == name)).one()
        assert message.token is not None
        return message.token


def reader(bench: Bench, token: str) -> Actor | None:
    with bench.work(ANONYMOUS, LATER) as work:
        found = door.enter(work, "y", token)
        return door.resume(work, "vote_reader", found.token) if found else None


def test_the_link_of_the_result_mail_opens_the_page_of_its_seat_alone(bench: Bench) -> None:
    live(bench, "open")
    make(bench)
    who = reader(bench, token_of(bench))
    assert who is not None
    with bench.read(who, LATER) as work:
        view = your_vote.own(work, KEY)
        with pytest.raises(Problem, match=r"vote\.elsewhere"):
            your_vote.own(work, "2031-1")
    assert (view.organisation, view.state) == ("Red 002", "told")
    assert view.told == told_of(bench)


@pytest.mark.parametrize("how", ["inactive", "may not vote", "another address", "a later contact"])
def test_nobody_who_came_after_the_vote_reads_it(bench: Bench, how: str) -> None:
    """A contact that changed after the round has no eyes for the vote of before, nor has its link."""
    live(bench, "open")
    make(bench)
    token = token_of(bench)
    with bench.work(COMMAND, LATER) as work:
        seat = work.session.scalars(select(Seat).where(Seat.name == "Red 002")).one()
        contact = work.session.scalars(
            select(Contact).where(Contact.organisation_id == seat.organisation_id)
        ).one()
        changes = {"inactive": {"active": False}, "may not vote": {"may_vote": False}}
        values = changes.get(how, {"email": "nueva@example.org"})
        if how == "a later contact":
            later = Contact(
                organisation_id=seat.organisation_id,
                name="Nueva",
                email="nueva@example.org",
                language="es",
                may_vote=True,
                active=True,
                created_at=LATER,
            )
            work.session.add(later)
            work.session.flush()
            (token,) = door.give(work, "your_vote", [door.Given(seat.id, later.id)])
        else:
            work.session.execute(update(Contact).where(Contact.id == contact.id).values(**values))
    assert reader(bench, token) is None
    with bench.read(COMMAND, LATER) as work:
        known = set(work.session.scalars(select(SeatAddress.address)))
    assert "nueva@example.org" not in known


def test_a_session_of_a_reader_ends_with_the_address(bench: Bench) -> None:
    live(bench, "open")
    make(bench)
    with bench.work(ANONYMOUS, LATER) as work:
        found = door.enter(work, "y", token_of(bench))
    assert found is not None
    with bench.work(COMMAND, LATER) as work:
        work.session.execute(update(Contact).values(email=func.lower("x-") + Contact.email))
    with bench.read(ANONYMOUS, LATER) as work:
        assert door.resume(work, "vote_reader", found.token) is None


# -- the mail


def mail_to(bench: Bench, name: str) -> str:
    with bench.read(COMMAND, LATER) as work:
        query = select(Message.id).join(Seat, Seat.id == Message.seat_id)
        number = work.session.scalars(query.where(Message.kind == "published", Seat.name == name)).one()
    with bench.read(WORKER, LATER) as work:
        found = mail.finish(work, number, Post("https://voz.example"))
    assert not hasattr(found, "reason"), found
    return "\n".join(half.text for half in found.mail.halves) + "\x00" + found.kept  # type: ignore[union-attr]


def test_the_mail_of_the_result_has_the_line_where_it_is_true(bench: Bench) -> None:
    live(bench, "open")
    sent, _, kept = mail_to(bench, "Red 002").partition("\x00")
    link = f"https://voz.example/es/y/{token_of(bench)}"
    assert link in sent
    assert "El efecto del voto de su organización" in sent
    assert "vote: how much it counted and why" in sent
    assert token_of(bench) not in kept
    silent, _, _ = mail_to(bench, silent_one(bench)).partition("\x00")
    assert "/y/" not in silent
    assert "vote did" not in silent
    assert "{" not in silent
    assert "\n\n\n" not in silent


def test_of_several_topics_only_those_that_are_others_are_called_so() -> None:
    """A theme that was chosen second, and would be chosen too, is no other theme."""
    titles = {key: Text.name(key.upper()) for key in ("a", "b", "c")}
    told = Told(
        base=1,
        weight=None,
        rounded=False,
        bound="",
        reasons=(),
        topics=("a", "b"),
        order=None,
        places={"a": 1, "b": 2},
        pairs=None,
        kept=None,
        changes=(
            Change("without", "", "", ("b", "c"), None, ""),
            Change("average", "", "", ("b", "a"), None, ""),
        ),
    )
    view = YourVote(
        "Red", KEY, Text.name("Consulta"), titles, "told", told, None, panel_version=None, balanced=True
    )
    without, average = (your_vote_pages._said(view, each) for each in told.changes)
    assert (without.others, without.gone, without.same_topics) == ((titles["c"],), (titles["a"],), False)
    assert (average.others, average.gone, average.same_topics) == ((), (), True)


def test_a_link_that_opens_nothing_is_not_promised(bench: Bench) -> None:
    live(bench, "open")
    with bench.work(COMMAND, LATER) as work:
        work.session.execute(update(Contact).values(email=func.lower("x-") + Contact.email))
    sent, _, _ = mail_to(bench, "Red 002").partition("\x00")
    assert "/y/" not in sent


# -- the page


def silent_one(bench: Bench) -> str:
    """An organisation that did not vote."""
    with bench.read(COMMAND, LATER) as work:
        query = select(Seat.name).where(Seat.id.not_in(select(CurrentBallot.seat_id)))
        return work.session.scalars(query.order_by(Seat.id)).first() or ""


def given(bench: Bench, name: str) -> str:
    """A new link for the contact of any organisation of the round."""
    with bench.work(COMMAND, LATER) as work:
        seat = work.session.scalars(select(Seat).where(Seat.name == name)).one()
        query = select(Contact.id).where(Contact.organisation_id == seat.organisation_id)
        return door.give(work, "your_vote", [door.Given(seat.id, work.session.scalars(query).one())])[0]


def entered(app: Flask, token: str, lang: str = "es") -> tuple[Visitor, str]:
    visitor = Visitor(app.test_client())
    answer = visitor.post(f"/{lang}/y/{token}")
    assert answer.status_code == 303
    assert answer.location.endswith(f"/{lang}/ballot/{KEY}/effect")
    return visitor, visitor.get(f"/{lang}/ballot/{KEY}/effect").text


@pytest.mark.parametrize("secrecy", ["open", "aggregate"])
def test_the_page_says_what_was_kept(bench: Bench, settings: Settings, secrecy: str) -> None:
    live(bench, secrecy)
    make(bench)
    with bench.work(COMMAND, LATER) as work:
        is_example = work.session.scalar(select(Round.example).where(Round.key == KEY))
    app = create_app(replace(settings, languages=("es", "en", "pt")), bench)
    told = told_of(bench)
    for lang in ("es", "en", "pt"):
        _, page = entered(app, token_of(bench), lang)
        assert "Red 002" in page
        assert ('class="example"' in page) == is_example
        assert (str(told.kept) in page) == (told.kept is not None)
        assert not any(f"Red {number:03}" in page for number in (1, *range(3, 13)))
        assert len(page.encode()) < 20_000
        assert "<script" not in page.partition("<main")[2]
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page.partition("<main")[2]))
        assert not re.search(r"[a-zé]\.[A-ZÉ]", words), "sentences with no space between them"


def test_the_voting_link_leads_there_too_and_another_organisations_session_does_not(
    bench: Bench, app: Flask
) -> None:
    voted = live(bench, "open")
    make(bench)
    visitor, page = entered(app, token_of(bench))
    assert Visitor(app.test_client()).get(f"/es/ballot/{KEY}/effect").status_code == 403
    with bench.work(voted[3].actor, LATER) as work:
        view = your_vote.own(work, KEY)
        assert view.organisation != "Red 002" or view.told == told_of(bench)
    other = token_of(bench, "Red 003") if silent_one(bench) != "Red 003" else token_of(bench, "Red 004")
    assert visitor.post(f"/es/y/{other}").status_code == 303
    assert "Red 002" not in visitor.get(f"/es/ballot/{KEY}/effect").text
    assert "Red 002" in page


def test_who_did_not_vote_reads_that_and_no_more(bench: Bench, app: Flask) -> None:
    live(bench, "open")
    make(bench)
    _, page = entered(app, given(bench, silent_one(bench)), "en")
    assert "No vote by your organisation is recorded in this consultation." in page
    assert "times as much" not in page
