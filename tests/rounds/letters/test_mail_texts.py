"""Texts of mails: complete in every language, changed for a round, refused where they would fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.problems import Problem
from consulta.platform.data import catalogue, tongues
from consulta.platform.formats import letter_mail
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.models import MailText
from consulta.rounds.letters import service as letters
from consulta.rounds.letters import texts as mail_texts
from consulta.rounds.letters.service import Post
from consulta.rounds.queries import rounds
from tests.cases import for_each
from tests.drafts import KEY, NOW, do, join_members, make_draft, reading, writing
from tests.texts import TWO

if TYPE_CHECKING:
    from consulta.platform.work import Bench

POST = Post("https://voto.example.org")
BODY = "Hola, {contact}.\n\n{link}\n\n{deadline}"
NO_DEADLINE = {
    "cancelled",
    "closing",
    "objection",
    "objection_decided",
    "proposals_decided",
    "proposing_ended",
    "published",
    "thanks",
    "theme_question",
    "theme_received",
}
EVERY = [
    (kind, language)
    for kind, entry in mail_kinds.kinds().items()
    if entry.readers != "others"
    for language in tongues.codes()
]
TO_MEMBERS = [
    (kind, language)
    for kind, language in EVERY
    if mail_kinds.find(kind).readers == "members"
    and kind != "circular"  # its subject is the secretariat's own
]
TO_GUESTS = [
    (kind, language)
    for kind, language in EVERY
    if kind in mail_kinds.mails() and mail_kinds.find(kind).readers == "guests"
]


@for_each("kind, language", EVERY)
def test_the_texts_that_come_with_it_are_ones_that_could_be_saved(kind: Any, language: Any) -> None:
    subject, body = catalogue.mail_text(kind, language)
    assert mail_texts.checked(kind, subject, body) == (subject, body)


@for_each("kind", mail_kinds.kinds())
def test_all_languages_say_the_same_things(kind: Any) -> None:
    first, *others = (catalogue.mail_text(kind, language) for language in tongues.codes())
    assert others
    for text in others:
        for one, other in zip(first, text, strict=True):
            assert set(letter_mail.places(one)) == set(letter_mail.places(other))
        assert len(first[1].split("\n\n")) == len(text[1].split("\n\n"))


@for_each("kind, language", TO_MEMBERS)
def test_a_subject_tells_the_deadline_in_seventy_characters_wherever_it_is_read(
    bench: Bench, kind: Any, language: Any
) -> None:
    """ML-6, with the longest month and the longest name of a city."""
    from datetime import UTC, datetime  # noqa: PLC0415 - only here

    from consulta.platform.formats import moments  # noqa: PLC0415 - only here

    subject, _ = catalogue.mail_text(kind, language)
    until = max(
        (
            moments.brief(datetime(2027, 9, 22, 17, tzinfo=UTC), country.zone, language)  # type: ignore[arg-type]
            for country in catalogue.countries()
        ),
        key=len,
    )
    values = {"until": until, "round": "R" * 200, "headline": "H" * 200}
    said = letter_mail.subject(subject, values, ("until",))
    assert len(said) <= 70
    over = len(letter_mail.fill(subject, dict.fromkeys(values, "…") | {"until": until})) - 70
    assert kind in NO_DEADLINE or until in said, (
        f"{kind}.{language}.txt: the subject is {over} characters too long with {until}"
    )


@for_each("kind, language", TO_GUESTS)
def test_a_subject_to_the_panel_tells_the_day_in_seventy_characters(kind: Any, language: Any) -> None:
    subject, _ = catalogue.mail_text(kind, language)
    for day in ("22 de septiembre", catalogue.mail_words(language)["no_date"]):
        said = letter_mail.subject(subject, {"day": day, "session": "S" * 200}, ("day",))
        assert len(said) <= 70
        assert day in said


def save(
    bench: Bench, subject: str = "Vote hasta el {until}", body: str = BODY, kind: str = "invitation"
) -> None:
    do(bench, mail_texts.save_text, KEY, kind, "es", subject, body)


def shown(bench: Bench) -> letters.Preview:
    with reading(bench) as work:
        return letters.preview(work, KEY, "invitation", "es", POST)


def test_a_changed_text_holds_until_it_is_given_up(bench: Bench) -> None:
    join_members(bench, "MX")
    make_draft(bench)
    before = shown(bench)
    save(bench)
    after = shown(bench)
    assert after.subject == "Vote hasta el 5 de marzo, 16:00 (Ciudad de México)"
    assert "Hola, Contacto de Red 001.\n\nhttps://voto.example.org/es/v/■" in after.text
    english = " ".join(after.text.split())
    assert "Anyone who has the link can vote" in english, "the other language stays as it was"
    with reading(bench) as work:
        texts = mail_texts.list_texts(work, KEY)
    assert [(t.kind, t.language) for t in texts] == [
        (kind, language) for kind, language in EVERY if language in TWO
    ]
    assert [(t.kind, t.language) for t in texts if t.changed_at] == [("invitation", "es")]
    do(bench, mail_texts.restore_text, KEY, "invitation", "es")
    assert shown(bench) == before


def test_a_text_that_is_not_saved_yet_can_be_looked_at(bench: Bench) -> None:
    make_draft(bench)
    with reading(bench) as work:
        preview = letters.preview(work, KEY, "invitation", "es", POST, {"es": ("Título", BODY)})
        assert preview.subject == "Título"
        assert preview.organisation == "Organización de ejemplo"
    with pytest.raises(Problem, match=r"mail\.place"), reading(bench) as work:
        letters.preview(work, KEY, "invitation", "es", POST, {"en": ("Título", "{nada}")})


REFUSED: list[tuple[str, str, str, str | None]] = [
    ("Vote", BODY + "{organizacion} {nadie}", "mail.place", "{organizacion}, {nadie}"),
    ("{receipt}", BODY, "mail.place", "{receipt}"),
    ("Vote", "{deadline}", "mail.place_missing", "{link}"),
    ("Vote {link}", BODY, "mail.place_subject", "{link}"),
    ("Vote", "Aquí: {link}\n\n{deadline}", "mail.place_line", "{link}"),
    ("Vote", BODY + "\n\nO bien {link}", "mail.place_line", "{link}"),
    ("", BODY, "mail.subject", None),
    ("x" * 121, BODY, "mail.subject", None),
    ("Vote", " ", "mail.body", None),
    ("Vote", BODY + "x" * 5000, "mail.body", None),
]


def test_a_text_that_would_fail_its_reader_is_refused(bench: Bench) -> None:
    make_draft(bench)
    for subject, body, code, names in REFUSED:
        with pytest.raises(Problem) as refused:
            save(bench, subject, body)
        assert (refused.value.code, refused.value.params.get("names")) == (code, names), (subject, body)
        if code == "mail.place":
            assert refused.value.params["known"] == (
                "{contact}, {organiser}, {organisation}, {round}, {deadline}, {until}, {page}, {link}"
            )
    with pytest.raises(Problem, match=r"mail\.kind"):
        save(bench, kind="spam")
    with pytest.raises(Problem, match=r"round\.unknown"), reading(bench) as work:
        mail_texts.list_texts(work, "nada")
    save(bench, "Vote\r\nBcc: otra")
    assert shown(bench).subject == "Vote Bcc: otra", "a subject never breaks a header"


@for_each("kind", [name for name, kind in mail_kinds.kinds().items() if kind.fixed_text], fresh=True)
def test_mail_by_which_the_secretariat_is_checked_says_what_came_with_the_program(
    bench: Bench, kind: Any
) -> None:
    """A receipt that reads like an advertisement would let a vote pass unnoticed."""
    make_draft(bench)
    body = "\n\n".join(f"{{{name}}}" for name in mail_kinds.find(kind).needed)
    with pytest.raises(Problem, match=r"mail\.fixed"):
        save(bench, "Boletín del mes", body, kind)
    with writing(bench) as work:  # as an earlier version let it be written
        found = rounds.find(work.session, KEY)
        assert found is not None
        work.session.add(
            MailText(
                round_id=found.id,
                kind=kind,
                language="es",
                subject="Boletín",
                body=body,
                changed_at=NOW,
            )
        )
    with reading(bench) as work:
        shown = mail_texts.text(work, KEY, kind, "es")
        found = rounds.find(work.session, KEY)
        assert found is not None
        assert (shown.subject, shown.body) == catalogue.mail_text(kind, "es")
        assert mail_texts.in_force(work, found, kind, "es") == catalogue.mail_text(kind, "es")
        assert not [each for each in mail_texts.list_texts(work, KEY) if each.changed_at]
