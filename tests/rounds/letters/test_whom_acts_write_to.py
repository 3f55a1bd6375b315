"""Whom an act would write to and whom not, by hand and without pages: five organisations of a few kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from consulta.core.problems import Problem
from consulta.desk import opening
from consulta.platform.models import Contact, Message, Round
from consulta.rounds import proposing
from consulta.rounds import service as rounds
from consulta.rounds.letters import mass_mail
from consulta.rounds.letters.service import Post
from consulta.rounds.proposing import PhaseCommand
from tests.drafts import KEY, NOW, join_members, make_draft, reading, writing
from tests.factories import build_organisation
from tests.polling import change_round
from tests.rounds.notices.test_notices import change

if TYPE_CHECKING:
    from consulta.platform.work import Bench, Work

Told = tuple[str, list[str], list[tuple[str, str]]]
PAUSED, NOBODY = ("mail.paused", "Contacto de Red 003 (Red 003)"), ("no_contact", "Red 004")


def roll(bench: Bench) -> None:
    """Two who can be written to, in two languages; one in pause; one who may not vote."""
    join_members(bench, "PE", "MX", "JM", "CO")
    with writing(bench) as work:
        build_organisation(work.session, "Cerrada", active=False)
    change(bench, 1, language="en")
    change(bench, 2, paused=True)
    change(bench, 3, may_vote=False)
    make_draft(bench)


def told(work: Work, act: str) -> Told:
    """The kind, the addresses written to, and who is left out, of an act as the round stands; in order."""
    write_to = mass_mail.act_named(act) if isinstance(act, str) else act
    found = write_to(work, work.session.scalars(select(Round)).one())
    return found.kind, sorted(each.email for each in found.people), sorted(found.left_out)


def test_of_a_draft_all_members_who_may_vote_are_written_to_and_none_of_a_closed_one(bench: Bench) -> None:
    roll(bench)
    both = ["c1@example.org", "c2@example.org"]
    with reading(bench) as work:
        for act, kind in (("open", "invitation"), ("remind", "reminder")):
            assert told(work, act) == (kind, both, [PAUSED, NOBODY])
        assert told(work, "cancel") == ("cancelled", [], []), "nobody was written to"
        assert told(work, proposing.inviting) == ("proposing", [], []), "members are not asked"
    with writing(bench) as work:
        proposing.plan(work, KEY, PhaseCommand("2027-02-20T17:00"))
    with reading(bench) as work:
        assert told(work, proposing.inviting) == ("proposing", both, [PAUSED, NOBODY])
        for act in (proposing.reminding, proposing.extending, proposing.ending):
            assert told(work, act)[1:] == ([], []), "it is not open"
    with writing(bench) as work:
        rounds.known(work, KEY).phases[0].opened_at = NOW
        work.session.add(a_message("proposing", "c1@example.org"))
    with reading(bench) as work:
        first = ("told", "Contacto de Red 001 (Red 001)")
        assert told(work, proposing.inviting) == ("proposing", both[1:], [PAUSED, NOBODY, first])
        assert told(work, proposing.reminding) == ("proposing_reminder", both, [PAUSED, NOBODY])
        assert told(work, proposing.extending) == ("proposing_extended", both, [PAUSED, NOBODY])
        assert told(work, proposing.ending) == ("proposing_ended", both[:1], []), "who got a link"
        assert told(work, "cancel") == ("cancelled", both[:1], []), "who was written to"


def a_message(kind: str, address: str, once: str = "one") -> Message:
    """A mail of this kind that was sent to the contact with this address."""
    number = int(address[1])
    return Message(
        kind=kind, round_id=1, contact_id=number, address=address, language="es",
        facts={}, state="sent", once=once, message_id=once, queued_at=NOW, due_at=NOW, left_at=NOW,
    )  # fmt: skip


def test_of_an_open_round_the_roll_is_written_to_by_what_each_act_is_about(bench: Bench) -> None:
    roll(bench)
    with writing(bench) as work:
        opening.open_round(work, KEY)
    both = ["c1@example.org", "c2@example.org"]
    with reading(bench) as work:
        for act, kind in (("extension", "extension"), ("reopened", "reopened"), ("cancel", "cancelled")):
            assert told(work, act) == (kind, both, [PAUSED, NOBODY])
        assert told(work, "remind") == ("reminder", both, [PAUSED, NOBODY])
        silent = [NOBODY, *(("not_voted", f"Red 00{number}") for number in (1, 2, 3))]
        assert told(work, "thanks") == ("thanks", [], silent)
        for act in (proposing.inviting, proposing.reminding, proposing.extending):
            assert told(work, act)[1:] == ([], []), "nobody is asked"
    with writing(bench) as work:
        work.session.execute(
            update(Contact).where(Contact.email == "c2@example.org").values(email="otra@example.org")
        )
    with reading(bench) as work:
        waits = ("links.waiting", "Contacto de Red 002 (Red 002)")
        assert told(work, "extension") == ("extension", both[:1], sorted([NOBODY, waits, PAUSED]))


def test_what_failed_is_written_again_and_the_sample_is_of_the_first_of_it(bench: Bench) -> None:
    roll(bench)
    with writing(bench) as work:
        opening.open_round(work, KEY)
        queued = update(Message).where(Message.state == "queued")
        work.session.execute(queued.values(state="failed", token=None))
        last = work.session.scalars(select(Message).order_by(Message.id.desc())).first()
        assert last is not None
        last.kind = "new_link"
    with reading(bench) as work:
        assert told(work, "again") == ("invitation", ["c1@example.org", "c2@example.org"], [])
        first = work.session.scalars(select(Message.id).where(Message.contact_id == 1)).one()
        alone = mass_mail.foresee(work, KEY, "again", Post("https://voto.example.org"), alone=first)
        assert [each.email for each in alone.people] == ["c1@example.org"]
        with pytest.raises(Problem, match=r"mail\.unknown"):
            mass_mail.foresee(work, KEY, "again", Post("https://voto.example.org"), alone=first + 99)
    change(bench, 0, paused=True)
    with reading(bench) as work:
        assert told(work, "again")[1:] == (
            ["c2@example.org"],
            [("mail.paused", "Contacto de Red 001 (Red 001)")],
        )


def test_of_many_people_the_first_and_the_chosen_one_are_offered_for_the_sample(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    roll(bench)
    monkeypatch.setattr(mass_mail, "OFFERED", 1)
    with reading(bench) as work:
        for reader, offered in ((1, [1]), (2, [2, 1])):
            found = mass_mail.foresee(work, KEY, "open", Post("https://voto.example.org"), reader=reader)
            assert (found.count, [each.number for each in found.offered]) == (2, offered)


def test_the_sample_is_of_whom_is_asked_for_or_of_who_reads_that_language_or_of_the_first(
    bench: Bench,
) -> None:
    roll(bench)
    post = Post("https://voto.example.org")
    with reading(bench) as work:
        found = mass_mail.foresee(work, KEY, "open", post)
        assert (found.count, found.organisations, found.about_round, found.is_plain) == (2, 2, True, False)
        assert (found.languages, found.first_readers) == ((("es", 1), ("en", 1)), (("es", 1), ("en", 2)))
        assert found.left_out == (("no_contact", ("Red 004",)), ("mail.paused", (PAUSED[1],)))
        assert found.zones == ("America/Lima", "America/Mexico_City")
        readers = [
            mass_mail.foresee(work, KEY, "open", post, reader=reader, language=language).reader
            for reader, language in ((None, ""), (None, "en"), (1, "en"), (2, ""), (77, "en"), (77, "pt"))
        ]
        assert [each.number if each else None for each in readers] == [1, 2, 1, 2, 2, 1]
        assert found.sample is not None
        assert found.sample.contact == "Contacto de Red 001"
    change_round(bench, KEY, state="open")
    with reading(bench) as work:
        nobody = mass_mail.foresee(work, KEY, proposing.inviting, post)
        assert (nobody.count, nobody.reader, nobody.sample, nobody.zones) == (0, None, None, ())
