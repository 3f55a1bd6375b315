"""Reasons from the receipt to their parting: who may write, what is kept, what nobody can read."""

from __future__ import annotations

import hashlib
import json
import random  # noqa: TID251 - invented votes, the same for one seed
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.platform.models import Ballot, LogEntry, Reason, Seat, SeatReason
from consulta.platform.work import COMMAND, WORKER, Bench
from consulta.shell.worker.loop import Worker
from consulta.vote import reasons
from consulta.vote import service as voting
from consulta.vote.reasons import Written
from tests.benches import Visitor, voter_visitor
from tests.factories import moment
from tests.polling import change_round, close, open_round
from tests.shell.worker.only import do_only
from tests.vote.test_vote import BALLOT, CAST, HTML, RECEIPT, REVIEW, Page, places, vote

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.settings import Settings
    from tests.polling import Voter

PAGE = f"{BALLOT}/reasons"
DESK = "/es/secretariat/rounds/2027-1"
WHY = "Porque los albergues de la frontera están llenos."


def rows(bench: Bench) -> list[tuple[Any, ...]]:
    """Each stored reason: seat, theme, version, text, consent."""
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(SeatReason).order_by(SeatReason.seat_id, SeatReason.theme_id))
        return [(row.seat_id, row.theme.key, row.version, row.text, row.consent) for row in found]


def form_of(visitor: Visitor) -> dict[str, Any]:
    return Sheet(visitor.get(PAGE)).form()


def lot(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing them


class Sheet(Page):
    """A page with texts to write."""

    def form(self, marker: str = "") -> dict[str, Any]:
        """What pressing the button of its form would send."""
        found = next(each for each in self.main.iter(f"{HTML}form") if each.get("method") == "post")
        sent: dict[str, Any] = {}
        for field in found.iter():
            name = field.get("name")
            if not name or (field.get("type") == "checkbox" and field.get("checked") is None):
                continue
            if field.tag == f"{HTML}select":
                sent[name] = next(each.get("value") for each in field if each.get("selected") is not None)
            elif field.tag == f"{HTML}textarea":
                sent[name] = field.text or ""
            else:
                sent[name] = field.get("value", "")
        return sent


def again(visitor: Visitor, **given: int) -> None:
    """Vote anew, with these places alone."""
    blank = {f"place-t{number}": "" for number in range(1, 7)}
    entered = Page(visitor.get(BALLOT)).form() | blank | places(**given)
    reviewed = Page(visitor.sent(REVIEW, entered))
    assert visitor.post(CAST, reviewed.form() | {"confirm": "y"}).status_code == 303


def publish(bench: Bench, key: str = "2027-1") -> None:
    change_round(bench, key, state="published", closed_at=moment(), published_at=moment())


def part(bench: Bench, key: str = "2027-1", seed: int = 1) -> int:
    with bench.work(WORKER, moment()) as work:
        return reasons.part(work, key, 5, lot(seed).randrange)


# -- from the receipt to the stored text


@pytest.mark.parametrize("lang", ["es", "en"])
def test_from_the_receipt_to_the_stored_reasons(bench: Bench, app: Flask, lang: str) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token, lang)
    page = PAGE.replace("/es/", f"/{lang}/")
    assert visitor.get(page).headers["Location"] == BALLOT.replace("/es/", f"/{lang}/"), "no vote yet"
    vote(visitor, t2=1, t4=2)
    receipt = Page(visitor.get(RECEIPT.replace("/es/", f"/{lang}/")))
    assert page in receipt.links()
    form = Sheet(visitor.get(page)).form()
    assert [name for name in form if name.startswith("text-")] == ["text-t2", "text-t4"], "in their order"
    assert form["consent-t2"] == "read", "nothing is agreed to beforehand"
    for _ in range(2):  # the button pressed twice: what is stored already is said again
        answer = visitor.post(
            page, form | {"text-t2": f"  {WHY}\r\n\r\n\r\nY más. ", "consent-t2": "unnamed"}
        )
        assert answer.headers["Location"] == f"{page}?kept=1"
    assert rows(bench) == [(voter.seat_id, "t2", 1, f"{WHY}\n\nY más.", "unnamed")]
    shown = Sheet(visitor.get(answer.headers["Location"]))
    assert shown.form()["text-t2"] == f"{WHY}\n\nY más."
    assert shown.form()["consent-t2"] == "unnamed"
    assert {"es": "1 razón", "en": "1 reason"}[lang] in shown.text
    with bench.read(voter.actor, moment()) as work:
        assert reasons.own(work, "2027-1").earlier is False, "of an earlier vote there is none"
    visitor.post(page, shown.form() | {"text-t2": ""})
    assert rows(bench) == [], "an empty text is none"


def test_the_ballot_the_receipt_and_the_log_are_as_without_reasons(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1)

    def all_else() -> list[Any]:
        with bench.read(COMMAND, moment()) as work:
            tables = (
                "ballots",
                "current_ballots",
                "log",
                "heads",
                "receipt_heads",
                "messages",
                "seats",
                "rounds",
            )
            return [list(work.session.execute(text(f"SELECT * FROM {table}"))) for table in tables]  # noqa: S608

    before = all_else()
    visitor.post(PAGE, form_of(visitor) | {"text-t1": WHY, "consent-t1": "named"})
    assert len(rows(bench)) == 1
    assert all_else() == before


def test_a_new_vote_keeps_the_texts_and_they_go_with_it_once_sent(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1, t2=2)
    visitor.post(PAGE, form_of(visitor) | {"text-t1": "Uno.", "text-t2": "Dos.", "consent-t1": "named"})
    again(visitor, t1=2, t3=1)
    assert {row[2] for row in rows(bench)} == {1}
    page = Sheet(visitor.get(PAGE))
    assert page.form()["text-t1"] == "Uno."
    assert page.form()["consent-t1"] == "named"
    assert "text-t2" not in page.form()
    assert "de un voto anterior" in page.text.lower()
    visitor.post(PAGE, page.form())
    assert rows(bench) == [(voter.seat_id, "t1", 2, "Uno.", "named")]


@pytest.mark.deep
def test_after_a_new_vote_only_what_was_sent_for_it_counts(bench: Bench, app: Flask) -> None:
    voters = open_round(bench, seats=6)
    for number, voter in enumerate(voters):
        visitor = voter_visitor(app, voter.token)
        vote(visitor, t1=1, t2=2)
        visitor.post(PAGE, form_of(visitor) | {"text-t1": f"Uno {number}.", "text-t2": f"Dos {number}."})
        if number == 0:
            again(visitor, t2=1)  # its reasons are not sent again
        if number == 1:
            again(visitor, t2=1)
            visitor.post(PAGE, form_of(visitor))
    close(bench)
    publish(bench)
    assert part(bench) == 4 * 2 + 1
    with bench.read(COMMAND, moment()) as work:
        kept = set(work.session.scalars(select(Reason.text)))
    assert kept == {f"{word} {n}." for word in ("Uno", "Dos") for n in range(2, 6)} | {"Dos 1."}


# -- bad input


def test_a_telephone_number_is_pointed_out_and_nothing_is_lost(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1, t2=2)
    said = {"text-t1": "Llame al +51 987 654 321.", "text-t2": WHY}
    quoted = Sheet(visitor.post(PAGE, form_of(visitor) | said | {"consent-t1": "unnamed", "sure-t1": "y"}))
    assert quoted.status == 422
    assert "+51 987 654 321" in quoted.text
    assert quoted.form()["text-t2"] == WHY
    assert rows(bench) == [], "nothing is stored until all of it can be"
    read = Sheet(visitor.post(PAGE, quoted.form() | {"consent-t1": "read"}))
    assert read.status == 422 or rows(bench)
    asked = Sheet(visitor.post(PAGE, form_of(visitor) | said))
    assert asked.status == 422
    assert 'name="sure-t1"' in asked.text or "sure-t1" in asked.ids()
    assert visitor.post(PAGE, asked.form() | {"sure-t1": "y"}).status_code == 303
    assert [row[3:] for row in rows(bench)] == [("Llame al +51 987 654 321.", "read"), (WHY, "read")]


def test_a_name_is_pointed_out_and_stays_if_its_writer_says_so(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1)
    said = {"text-t1": "La Sra. Rosa Quispe murió esperando.", "consent-t1": "named"}
    asked = Sheet(visitor.post(PAGE, form_of(visitor) | said))
    assert asked.status == 422
    assert "Sra. Rosa Quispe" in asked.text
    assert visitor.post(PAGE, asked.form() | {"sure-t1": "y"}).status_code == 303
    assert len(rows(bench)) == 1


@pytest.mark.deep
@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("<b>Uno</b> & <script>alert(1)</script>", "<b>Uno</b> & <script>alert(1)</script>"),
        ("ab\u202ec\u2066d\u200be", "abcde"),
        ("ni\u006e\u0303ez", "niñez"),
        ("x" * 300, "x" * 300),
        ("Moun k ap travèse fwontyè a bezwen pwoteksyon.", "Moun k ap travèse fwontyè a bezwen pwoteksyon."),
    ],
)
def test_markup_and_controls_are_text(bench: Bench, app: Flask, sent: str, stored: str) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1)
    assert visitor.post(PAGE, form_of(visitor) | {"text-t1": sent}).status_code == 303
    assert [row[3] for row in rows(bench)] == [stored]
    page = visitor.get(PAGE)
    assert "<script>alert" not in page.text
    assert Sheet(page).form()["text-t1"] == stored


@pytest.mark.parametrize("length", [301, 50_000])
def test_a_long_text_is_refused_and_comes_back_whole(bench: Bench, app: Flask, length: int) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1, t2=2)
    long = "ab c" * (length // 4) + "d" * (length % 4)
    page = Sheet(visitor.post(PAGE, form_of(visitor) | {"text-t1": long, "text-t2": WHY}))
    assert page.status == 422
    assert page.form()["text-t1"] == long
    assert page.form()["text-t2"] == WHY
    assert rows(bench) == []


def test_a_reason_for_a_theme_that_is_not_placed_is_given_back(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1)
    page = Sheet(visitor.post(PAGE, form_of(visitor) | {"text-t1": WHY, "text-t5": "De otro tema."}))
    assert page.status == 422
    assert "De otro tema." in page.text
    assert page.form()["text-t1"] == WHY
    assert rows(bench) == []
    with bench.work(voter.actor, moment()) as work:
        view, other = reasons.own(work, "2027-1"), [Written("t5", "De otro tema.")]
        with pytest.raises(Problem, match=r"reasons\.not_placed"):
            reasons.keep(work, "2027-1", other, view.version, view.seen)


def test_a_consent_that_does_not_exist_is_refused(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1)
    assert visitor.post(PAGE, form_of(visitor) | {"text-t1": WHY, "consent-t1": "all"}).status_code == 422
    assert rows(bench) == []


def test_after_the_end_the_texts_are_shown_and_not_stored(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1)
    visitor.post(PAGE, form_of(visitor) | {"text-t1": WHY})
    form = form_of(visitor) | {"text-t1": "Otra razón, tarde."}
    close(bench)
    late = Sheet(visitor.post(PAGE, form))
    assert late.status == 409
    assert "Otra razón, tarde." in late.text
    assert [row[3] for row in rows(bench)] == [WHY]
    seen = Sheet(visitor.get(PAGE))
    assert seen.status == 200
    assert WHY in seen.text
    publish(bench)
    part(bench)
    assert WHY not in Sheet(visitor.get(PAGE)).text


def test_a_forwarded_address_or_another_rounds_link_opens_nothing(bench: Bench, app: Flask) -> None:
    voter, other = open_round(bench)
    elsewhere, _ = open_round(bench, "2027-2")
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1)
    form = form_of(visitor) | {"text-t1": WHY}
    stranger = Visitor(app.test_client())
    assert stranger.get(PAGE).status_code == 403
    refused = Sheet(stranger.post(PAGE, form))
    assert refused.status == 403
    assert WHY in refused.text, "what was typed is given back"
    guest = voter_visitor(app, elsewhere.token)
    assert guest.get(PAGE).status_code in {403, 404, 409}
    assert guest.post(PAGE, form).status_code == 403, "the token of another session"
    colleague = voter_visitor(app, other.token)
    assert colleague.get(PAGE).headers["Location"] == BALLOT, "its own organisation has not voted"
    assert rows(bench) == []


def test_two_tabs_with_one_vote_say_so_before_one_replaces_the_other(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1)
    first, second = form_of(visitor), form_of(visitor)
    visitor.post(PAGE, first | {"text-t1": "Desde la primera."})
    again = visitor.post(PAGE, first | {"text-t1": "Desde la primera."})
    assert again.status_code == 303, "the same form sent twice is no conflict"
    told = Sheet(visitor.post(PAGE, second | {"text-t1": "Desde la segunda."}))
    assert told.status == 422
    assert told.form()["text-t1"] == "Desde la segunda."
    assert [row[3] for row in rows(bench)] == ["Desde la primera."]
    assert visitor.post(PAGE, told.form()).status_code == 303
    assert [row[3] for row in rows(bench)] == ["Desde la segunda."]


def test_two_tabs_with_another_vote_between_lose_no_text(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1, t2=2)
    form = form_of(visitor) | {"text-t1": "Del primero.", "text-t2": "Del segundo."}
    again(visitor, t2=1, t3=2)
    told = Sheet(visitor.post(PAGE, form))
    assert told.status == 422
    assert told.form()["text-t2"] == "Del segundo."
    assert "Del primero." in told.text
    assert rows(bench) == []
    assert visitor.post(PAGE, told.form()).status_code == 303
    assert [row[1:4] for row in rows(bench)] == [("t2", 2, "Del segundo.")]


def test_an_abstention_has_no_reasons(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    with bench.work(voter.actor, moment()) as work:
        voting.abstain(work, "2027-1", "k")
    visitor = voter_visitor(app, voter.token)
    assert visitor.get(PAGE).headers["Location"] == BALLOT
    assert PAGE not in Page(visitor.get(RECEIPT)).links()


# -- votes entered by staff


CALL = {"requester": "Rosa Quispe, directora", "reason": "Sin conexión", "confirm": "y"}


def entered(staff: Visitor, seat: str, **given: int) -> str:
    """Enter a vote at the desk; return the address of its receipt."""
    base = f"{DESK}/seats/{seat}/assisted"
    form = Page(staff.get(base)).form() | {f"place-{key}": str(place) for key, place in given.items()}
    reviewed = Page(staff.post(f"{base}/review", form))
    return staff.post(f"{base}/cast", reviewed.form() | CALL).headers["Location"]


def test_reasons_are_entered_with_a_vote_by_telephone(
    bench: Bench, app: Flask, staff_visitor: Visitor
) -> None:
    voter, _ = open_round(bench)
    receipt = Page(staff_visitor.get(entered(staff_visitor, "s001", t3=1, t1=2)))
    page = next(link for link in receipt.links() if "/assisted/reasons" in link)
    form = Sheet(staff_visitor.get(page)).form()
    assert [name for name in form if name.startswith("text-")] == ["text-t3", "text-t1"]
    unticked = Sheet(staff_visitor.post(page, form | {"text-t3": WHY}))
    assert unticked.status == 422
    assert rows(bench) == []
    answer = staff_visitor.post(page, unticked.form() | {"consent-t3": "unnamed", "confirm": "y"})
    assert answer.status_code == 303
    assert rows(bench) == [(voter.seat_id, "t3", 1, WHY, "unnamed")]
    assert WHY not in staff_visitor.get(page).text, "the desk does not read it again"
    member = Sheet(voter_visitor(app, voter.token).get(PAGE))
    assert member.form()["text-t3"] == WHY


def test_nobody_else_at_the_desk_learns_what_such_a_vote_has(
    bench: Bench, app: Flask, staff_visitor: Visitor
) -> None:
    voter, _ = open_round(bench)
    entered(staff_visitor, "s001", t3=1)
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Ballot)).one()
        assert found.assistance is not None
        found.assistance.staff_id = None  # as if another person had entered it
    page = f"{DESK}/seats/s001/assisted/reasons?version=1"
    assert staff_visitor.get(page).status_code == 404
    again(voter_visitor(app, voter.token), t2=1)
    assert staff_visitor.get(f"{DESK}/seats/s001/assisted/reasons?version=2").status_code == 404


# -- parting


def fill(bench: Bench, voters: list[Voter], rng: random.Random) -> dict[str, tuple[str, str, str]]:
    """Vote for each seat at random and write reasons; text → organisation, theme, consent."""
    themes, said = [f"t{n}" for n in range(1, 7)], {}
    for number, voter in enumerate(voters):
        placed = rng.sample(themes, rng.randint(1, 4))
        with bench.work(voter.actor, moment()) as work:
            voting.cast(
                work, "2027-1", Entries({key: place for place, key in enumerate(placed, 1)}), f"k{number}"
            )
        with bench.work(voter.actor, moment()) as work:
            view = reasons.own(work, "2027-1")
            wrote = [
                Written(key, f"razón {number} de {key}", rng.choice(["read", "unnamed", "named"]))
                for key in placed
                if rng.random() < 0.8
            ]
            reasons.keep(work, "2027-1", wrote, view.version, view.seen)
        said |= {each.text: (voter.organisation, each.theme, each.consent) for each in wrote}
    return said


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("mode", ["aggregate", "pseudonymous", "open"])
def test_what_is_parted_is_true_and_hides_its_author(bench: Bench, seed: int, mode: str) -> None:
    rng = lot(seed)
    voters = open_round(bench, seats=rng.randint(5, 24), secrecy=mode)
    said = fill(bench, voters, rng)
    publish(bench)
    assert part(bench, seed=seed) == len(said)
    assert rows(bench) == [], "nothing stands with a seat any more"
    with bench.read(COMMAND, moment()) as work:
        kept = list(work.session.scalars(select(Reason)))
        seats = {seat.name: seat for seat in work.session.scalars(select(Seat))}
        ballots = {
            row.seat_id: {k for tier in row.ranking for k in tier}
            for row in work.session.scalars(select(Ballot))
        }
        assert {row.text for row in kept} == set(said)
        assert sorted(row.number for row in kept) == list(range(1, len(said) + 1))
        named = {(said[row.text][0], said[row.text][1]) for row in kept if row.consent == "named"}
        for row in kept:
            organisation, theme, consent = said[row.text]
            assert row.consent == consent
            assert row.name == (organisation if consent == "named" else "")
            if row.theme is not None:
                assert row.theme.key == theme
            if consent == "named":
                continue
            # Who else could have written it, for a reader who knows every ballot and every name that is told.
            possible = {
                name
                for name, seat in seats.items()
                for key in ballots[seat.id]
                if (row.theme is None or key == row.theme.key)
                and (name, key) not in named
                and row.subregion in {"", seat.categories["subregion"]}
                and row.sector in {"", seat.categories["sector"]}
            }
            assert organisation in possible
            assert len(possible) >= 5 or row.theme is None, (row.text, possible)
        entries = work.session.scalars(select(LogEntry).where(LogEntry.action == "reasons.parted")).all()
    assert len(entries) == 1
    assert part(bench) == 0, "once and for all"


@pytest.mark.parametrize(("seats", "told"), [(5, "t1"), (4, None)])
def test_five_possible_authors_are_enough_whatever_is_set_for_small_groups(
    bench: Bench, seats: int, told: str | None
) -> None:
    voters = open_round(bench, seats=seats)
    for voter in voters:
        with bench.work(voter.actor, moment()) as work:
            voting.cast(work, "2027-1", Entries({"t1": 1}), voter.organisation)
    with bench.work(voters[0].actor, moment()) as work:
        view = reasons.own(work, "2027-1")
        reasons.keep(work, "2027-1", [Written("t1", WHY, "unnamed")], view.version, view.seen)
    publish(bench)
    with bench.work(WORKER, moment()) as work:
        assert reasons.part(work, "2027-1", 2, lot(1).randrange) == 1
    with bench.read(COMMAND, moment()) as work:
        (row,) = work.session.scalars(select(Reason))
        assert (row.theme and row.theme.key) == told
        (logged,) = work.session.scalars(select(LogEntry).where(LogEntry.action == "reasons.parted"))
        kept = json.dumps([[1, WHY, "unnamed"]], ensure_ascii=False)
        assert json.loads(logged.details) == {"texts": 1, "sha256": hashlib.sha256(kept.encode()).hexdigest()}


@pytest.mark.deep
def test_the_same_lot_gives_the_same_numbers_and_another_lot_others(bench: Bench) -> None:
    voters = open_round(bench, seats=12)
    fill(bench, voters, lot(5))
    publish(bench)
    seen: list[list[str]] = []
    for seed in (1, 1, 2):
        with suppress(RuntimeError), bench.work(WORKER, moment()) as work:
            reasons.part(work, "2027-1", 5, lot(seed).randrange)
            seen.append([row.text for row in work.session.scalars(select(Reason).order_by(Reason.number))])
            raise RuntimeError("put back")
    assert seen[0] == seen[1] != seen[2]


def test_it_waits_for_the_result_and_a_cancelled_round_keeps_nothing(bench: Bench) -> None:
    voters = open_round(bench, seats=5)
    fill(bench, voters, lot(3))
    close(bench)
    with bench.work(WORKER, moment()) as work:
        assert reasons.due(work) == []
        with pytest.raises(Problem, match=r"reasons\.early"):
            reasons.part(work, "2027-1", 5, lot(1).randrange)
    change_round(bench, state="cancelled")
    with bench.read(WORKER, moment()) as work:
        assert reasons.due(work) == ["2027-1"]
    assert part(bench) == 0
    with bench.read(COMMAND, moment()) as work:
        for table in (SeatReason, Reason):
            assert work.session.scalars(select(table)).all() == []


def test_no_page_of_the_desk_or_the_public_has_a_reason_before(
    bench: Bench, app: Flask, staff_visitor: Visitor
) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1)
    visitor.post(PAGE, form_of(visitor) | {"text-t1": "planteada en secreto", "consent-t1": "named"})
    pages = ["", "/participation", "/seats/s001", "/log", "/mail", "/result"]
    addresses = [f"{DESK}{page}" for page in pages] + ["/es/rounds/2027-1", "/es/", "/es/rounds/2027-1/roll"]
    for address in addresses:
        page = staff_visitor.get(address)
        assert "planteada en secreto" not in page.text, address


def test_the_worker_parts_them_once_the_result_is_public(bench: Bench, settings: Settings) -> None:
    voters = open_round(bench, seats=6)
    said = fill(bench, voters, lot(4))
    worker = Worker(bench, settings)
    for state in ("open", "closed"):
        change_round(bench, state=state, closed_at=moment() if state == "closed" else None)
        do_only(worker, "reasons")
        assert len(rows(bench)) == len(said)
    publish(bench)
    do_only(worker, "reasons")
    assert rows(bench) == []
    with bench.read(COMMAND, moment()) as work:
        assert set(work.session.scalars(select(Reason.text))) == set(said)
