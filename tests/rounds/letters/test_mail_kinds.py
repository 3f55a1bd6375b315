"""The registry of kinds of mail: a new kind is one entry and its texts."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.desk import mail
from consulta.platform.data import catalogue, tongues
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer import outbox, readers
from consulta.platform.mailer.kinds import MailKind, Place, Reader
from consulta.platform.mailer.transport import Outcome
from consulta.platform.models import Contact, Message, Seat
from consulta.platform.work import WORKER
from consulta.rounds import service as rounds
from consulta.rounds.letters import again as mail_again
from consulta.rounds.letters import mass_mail
from consulta.rounds.letters import service as letters
from consulta.rounds.letters import texts as mail_texts
from consulta.rounds.letters.service import Finished, Needless, Post
from tests.conftest import ROOT
from tests.drafts import KEY, NOW, make_open, reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.platform.mailer.kinds import Words
    from consulta.platform.work import Bench, Work
    from tests.benches import Visitor

NAME = "practice"
TEXTS = {
    "es": ("Práctica de {round}", "Hola, {contact}.\n\n{reason}\n\nPuede practicar hasta:\n\n{deadline}"),
    "en": ("Practice of {round}", "Hello, {contact}.\n\n{reason}\n\nYou can practise until:\n\n{deadline}"),
    "pt": ("Prática de {round}", "Olá, {contact}.\n\n{reason}\n\nPode praticar até:\n\n{deadline}"),
}


def words(work: Work, message: Message, reader: Reader) -> Words:
    """What this kind alone says."""
    said = f"{message.facts['why']} ({reader.name})"
    return {language: {"reason": said} for language in work.languages}


ENTRY = MailKind(
    NAME,
    "Practice",
    "When you let members practise.",
    places=("reason",),
    needed=("reason",),
    told_of="why",
    overtaken=lambda _work, message: "mail.over" if message.facts.get("late") else None,
    words=words,
    sample=lambda work, _sample: {language: {"reason": "Muestra."} for language in work.languages},
)


@pytest.fixture
def practice(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailKind]:
    """One more kind of mail: an entry, and a text for each language."""
    shipped = catalogue.mail_text
    monkeypatch.setattr(
        catalogue,
        "mail_text",
        lambda kind, language: TEXTS[language] if kind == NAME else shipped(kind, language),
    )
    mail_kinds.register(ENTRY)
    yield ENTRY
    mail_kinds._entries().pop(NAME)


def send(bench: Bench, *whys: str, **facts: object) -> list[int]:
    """Queue a mail of the new kind for the first contact, one for each reason; their numbers."""
    with writing(bench) as work:
        seat = work.session.scalars(select(Seat).order_by(Seat.id)).first()
        contact = work.session.scalars(select(Contact).order_by(Contact.id)).first()
        assert seat is not None
        assert contact is not None
        outbox.queue(
            work,
            [
                outbox.Letter(NAME, seat, contact, f"{NAME}:{why}", {"why": why, **facts}, None)
                for why in whys
            ],
        )
    with reading(bench) as work:
        return list(work.session.scalars(select(Message.id).where(Message.kind == NAME).order_by(Message.id)))


def finish(bench: Bench, number: int) -> Finished | Needless:
    """What the worker would send."""
    with bench.read(WORKER, NOW) as work:
        return letters.finish(work, number, Post("https://voto.example.org"))


@pytest.mark.usefixtures("practice")
def test_a_new_kind_is_an_entry_and_its_texts(either: Bench) -> None:
    make_open(either)
    (number,) = send(either, "Para probar.")
    made = finish(either, number)
    assert isinstance(made, Finished)
    assert made.mail.subject == "Práctica de Consulta de prueba"
    assert "Para probar. (Contacto de Red 001)" in made.mail.halves[0].text
    assert "You can practise until:\n\n" in made.mail.halves[1].text
    (late,) = send(either, "Tarde.", late=True)[1:]
    assert finish(either, late) == Needless("mail.over")
    with reading(either) as work:
        counted = mail.mail_overview(work, KEY).kinds
    assert counted[NAME]["queued"] == 2


@pytest.mark.usefixtures("practice")
def test_the_page_promises_to_those_on_the_roll_what_is_queued_by_the_entry_of_a_kind(bench: Bench) -> None:
    """No list of acts names it: its page asks with the name of the kind."""
    make_open(bench)

    def both(**entry: object) -> tuple[list[str], list[tuple[str, str]]]:
        mail_kinds._entries()[NAME] = replace(ENTRY, **entry)  # type: ignore[arg-type]
        with reading(bench) as work:
            found = rounds.known(work, KEY)
            promised = mass_mail.act_named(NAME)(work, found)
            queued = readers.on_the_roll(work, found, NAME)
            assert [each.number for each in promised.people] == [contact.id for _seat, contact in queued]
            return sorted({each.organisation for each in promised.people}), sorted(promised.left_out)

    everybody, nobody = both()
    assert (len(everybody) > 1, nobody) == (True, [])
    assert both(voted=False) == (everybody, [])
    assert both(voted=True) == ([], sorted(("not_voted", name) for name in everybody))
    send(bench, "Uno.")
    others, had = both(once=True)
    assert others == everybody[1:]
    assert [why for why, _name in had] == ["told"]
    assert both() == (everybody, []), "a kind that is not sent once goes to all again"


@pytest.mark.gate
def test_no_page_before_an_act_names_a_kind_of_mail() -> None:
    page = ROOT / "templates" / "letters" / "mass_mail.html"
    named = set(re.findall(r"[\"']([a-z_]+)[\"']", page.read_text("utf-8"))) & set(mail_kinds.kinds())
    assert named == set(), "make it a field of MailKind in consulta/platform/mailer/kinds.py"
    assert "mass.kind." not in page.read_text("utf-8"), (
        "a field of MailKind in consulta/platform/mailer/kinds.py"
    )


@pytest.mark.usefixtures("practice")
def test_its_text_is_changed_looked_at_and_refused_like_any_other(
    staff_visitor: Visitor, bench: Bench
) -> None:
    make_open(bench)
    texts = staff_visitor.get(f"/en/secretariat/rounds/{KEY}/mail/texts").text
    assert "When you let members practise." in texts
    assert "mail/texts/focal_news" not in texts, "it is about no round, and has a text elsewhere"
    page = staff_visitor.get(f"/en/secretariat/rounds/{KEY}/mail/texts/{NAME}").text
    assert "{reason}" in page
    assert "the secretariat's reason; on its own line".replace("'", "&#39;") in page
    with writing(bench) as work:
        with pytest.raises(Problem, match=r"mail\.place_missing"):
            mail_texts.save_text(work, KEY, NAME, "es", "Práctica", "Hola, {contact}.")
        mail_texts.save_text(work, KEY, NAME, "es", "Práctica", "Otra vez:\n\n{reason}")
    with reading(bench) as work:
        shown = letters.preview(work, KEY, NAME, "es", Post("https://voto.example.org"))
    assert "Otra vez:\n\nMuestra." in shown.text


@pytest.mark.usefixtures("practice")
def test_mails_of_a_kind_that_tell_of_different_things_are_both_sent_again(bench: Bench) -> None:
    make_open(bench)
    for number in send(bench, "Uno.", "Dos.", "Tres."):
        with bench.work(WORKER, NOW) as work:
            message = work.session.get(Message, number)
            assert message is not None
            message.claimed_by = "w"
            outbox.settle(work, number, "w", Outcome("refused", 550, "5.1.1 no"), None, 0.5)
    with reading(bench) as work:
        page = mail_again.again_page(work, KEY)
    assert [each.message.kind for each in page.failed] == [NAME] * 3


def test_a_kind_is_registered_once_and_with_known_places_only(practice: MailKind) -> None:
    with pytest.raises(ValueError, match="is there already"):
        mail_kinds.register(practice)
    with pytest.raises(ValueError, match="nowhere"):
        mail_kinds.register(replace(practice, name="other", places=("nowhere",)))
    assert "other" not in mail_kinds.kinds()


def test_mail_of_an_unknown_kind_is_not_queued(bench: Bench) -> None:
    make_open(bench)
    with pytest.raises(Problem, match=r"mail\.kind"):
        send(bench, "Para probar.")


def test_a_place_with_a_line_of_its_own_says_so_and_stands_in_no_subject() -> None:
    of_its_own = ("on its own line", "on their own lines")
    for name, place in mail_kinds.PLACES.items():
        assert place.line == any(words in place.label for words in of_its_own), name
        assert place.subject == (not place.line and name not in {"sent", "marks"}), name
    assert Place("label") == Place("label", line=False, subject=True)


@pytest.mark.gate
def test_what_a_kind_promises_its_texts_keep() -> None:
    """A kind with a link has it in its texts, one about a vote has a receipt, all have every language."""
    for kind in mail_kinds.kinds().values():
        for language in tongues.codes():
            subject, body = catalogue.mail_text(kind.name, language)
            file = f"platform/data/mail/{kind.name}.{language}.txt"
            assert subject, file
            assert ("{link}" in body) == ("link" in kind.places), (
                f"{file}, or `places` of the kind in its mails.py"
            )
        assert ("receipt" in kind.places) == kind.about_vote
        assert not (kind.invites and "link" not in kind.needed)


@pytest.mark.gate
def test_every_subject_says_what_its_mail_is_about() -> None:
    """A subject is of one kind alone, and one of many acts has words for each, in every language."""
    for language in tongues.codes():
        words = catalogue.mail_words(language)
        subjects: dict[str, str] = {}
        for name in mail_kinds.mails():
            subject, _ = catalogue.mail_text(name, language)
            if "{headline}" in subject or "{subject}" in subject:
                continue
            assert subject not in subjects, (
                f"consulta/platform/data/mail/{name}.{language}.txt has that of {subjects.get(subject)}"
            )
            subjects[subject] = name
        acts = {
            "staff": {
                name.removeprefix("staff_")
                for name, said in words.items()
                if name.startswith("staff_")
                and not name.startswith(("staff_as_", "staff_subject_", "staff_advice_"))
                and name not in {"staff_reason", "staff_no_browser"}
                and said
            },
            "focal": {"declined", "accepted", "refused", "ended", "replaced"},
            "admission": {"returned", "admitted", "declined", "undone", "sponsor"},
            "access": {"off", "back", "unseated", "done", "kept", "withdrawn"},
            "own": {"changed", "asked", "activated", "deactivated", "accepted", "declined", "objection"},
        }
        for feature, names in acts.items():
            begin = f"{feature}_subject_"
            told = {name.removeprefix(begin): said for name, said in words.items() if name.startswith(begin)}
            assert told.keys() == names
            assert len(set(told.values())) == len(told), "no two acts look the same in a list of mails"
            assert max(len(said) for said in told.values()) <= 70
