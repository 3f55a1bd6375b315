"""Mails as they are sent: made of what is true then, in both languages, and as the wire gets them."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.core.trust import record
from consulta.platform import accounts, door
from consulta.platform.data import catalogue
from consulta.platform.formats import letter_mail
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.models import Ballot, Contact, LogEntry, Message, Round
from consulta.platform.work import ANONYMOUS
from consulta.rounds import heads, links, notices
from consulta.rounds.letters import service as letters
from consulta.rounds.letters.service import Finished, Needless, Post
from consulta.vote import service as voting
from tests.cases import for_each
from tests.drafts import BASE, KEY, NOW, do, join_members, make_draft, reading, writing
from tests.platform.mailer.desk import change_contacts, change_round, messages, open_round, working
from tests.texts import both

if TYPE_CHECKING:
    from email.message import EmailMessage

    import pytest

    from consulta.platform.work import Bench

POST = Post(BASE)
SENDER = letter_mail.Sender("Mecanismo", "voto@example.org", "secretaria@example.org", "voto.example.org")


def finished(bench: Bench, number: int = 0, kind: str = "", **moment: float) -> Finished | Needless:
    with working(bench, NOW + timedelta(**moment)) as work:
        return letters.finish(work, messages(bench, kind)[number].id, POST)


def letter(bench: Bench, number: int = 0, kind: str = "") -> Finished:
    found = finished(bench, number, kind)
    assert isinstance(found, Finished), found
    return found


def on_the_wire(found: Finished) -> tuple[bytes, EmailMessage]:
    raw = bytes(letter_mail.compose(found.mail, SENDER, NOW))
    return raw, message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


def minus(said: str) -> str:
    """With the sign that belongs before a figure, where a line of code has a hyphen."""
    return said.replace("UTC-", "UTC\N{MINUS SIGN}")


def vote(bench: Bench, token: str, theme: str = "tema_numero_1") -> None:
    with bench.work(ANONYMOUS, NOW) as work:
        entrance = door.enter(work, "v", token)
    assert entrance is not None
    with bench.work(entrance.actor, NOW) as work:
        voting.cast(work, KEY, Entries({theme: 1}), theme)


def test_the_wire_has_text_first_and_complete_then_html(bench: Bench) -> None:
    """ML-4, ML-5, ML-7, ML-10."""
    open_round(bench)
    token = messages(bench)[0].token
    raw, message = on_the_wire(letter(bench))
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert message["From"] == "Mecanismo <voto@example.org>"
    assert message["To"] == "Contacto de Red 001 <c1.1@example.org>"
    assert message["Reply-To"] == "secretaria@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "es, en"
    assert message["Message-ID"] == f"<{messages(bench)[0].message_id}@voto.example.org>"
    assert message["Date"].datetime == NOW
    assert not {"cc", "bcc"} & {name.lower() for name in message}
    lines = text.get_content().splitlines()
    for language in ("es", "en"):
        url = f"{BASE}/{language}/v/{token}"
        assert lines.count(url) == 1, "the link has a line of its own"
        assert len(url) <= 76
        assert f"\r\n{url}\r\n".encode() in raw, "and stays whole on the wire"
    assert lines.index(f"{BASE}/es/v/{token}") < lines.index(f"{'-' * 20} English {'-' * 20}")
    assert lines.index(f"{'-' * 20} English {'-' * 20}") < lines.index(f"{BASE}/en/v/{token}")
    assert max(map(len, lines)) > 200, "a paragraph is one line, which the reader's program breaks"
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_a_reader_of_english_reads_english_first(bench: Bench) -> None:
    open_round(bench)
    with writing(bench) as work:
        message = work.session.get(Message, messages(bench)[0].id)
        assert message is not None
        message.language = "en"
    found = letter(bench)
    assert found.mail.subject == "Consultation: vote by 5 March, 17:00 (Lima)"
    assert [half.language for half in found.mail.halves] == ["en", "es"]
    _, sent = on_the_wire(found)
    assert sent["Content-Language"] == "en, es"
    assert next(sent.iter_parts()).get_content().startswith("(Más abajo, en español.)")


def test_the_deadline_is_that_of_the_moment_of_sending_on_the_readers_clock(bench: Bench) -> None:
    """ML-8, and a deadline that moves while the mail waits."""
    open_round(bench)
    change_round(bench, closes_at=NOW + timedelta(days=60))
    text = letter(bench).mail.halves[0].text
    assert minus("2 de abril de 2027, 10:00 (hora de Lima, UTC-5)\n2 de abril de 2027, 15:00 UTC") in text


def test_values_are_never_taken_for_places_or_markup(bench: Bench) -> None:
    open_round(bench)
    change_contacts(bench, "c1.1@example.org", name="{link} <b>Ana</b> & Co")
    _, message = on_the_wire(letter(bench))
    text, html = (part.get_content() for part in message.iter_parts())
    assert "de la secretaría, {link} <b>Ana</b> & Co:" in text
    assert "{link} &lt;b&gt;Ana&lt;/b&gt; &amp; Co:" in html


def test_an_example_says_that_it_is_one(bench: Bench) -> None:
    open_round(bench)
    change_round(bench, example=True)
    es, en = letter(bench).mail.halves
    assert es.text.startswith("EJEMPLO: ")
    assert en.text.startswith("EXAMPLE: ")


def test_receipts_name_who_voted_and_their_code_is_not_kept(bench: Bench) -> None:
    """ML-12."""
    open_round(bench, 1, 2)
    first, second = (str(m.token) for m in messages(bench))
    vote(bench, first)
    vote(bench, second, "tema_numero_2")
    receipts = [letter(bench, n, "receipt") for n in (0, 1)]
    assert [r.mail.address for r in receipts] == ["c1.1@example.org", "c1.2@example.org"]
    for found in receipts:
        text = found.mail.halves[0].text
        assert (
            minus("Lo envió Contacto de Red 001:\n1 de febrero de 2027, 10:00 (hora de Lima, UTC-5)") in text
        )
        (code,) = found.secrets
        assert f"\n{code}\n" in text
        assert code not in found.kept
    replaced = letter(bench, 0, "replacement")
    assert "El nuevo lo envió Otra 2:" in replaced.mail.halves[0].text
    assert "The new one was sent by Otra 2:" in replaced.mail.halves[1].text


def test_a_receipt_says_what_was_voted_and_the_head_after_it_and_the_desk_keeps_none_of_that(
    bench: Bench,
) -> None:
    """TR-1: order, code, head; and who opens the mail at the desk does not read the vote."""
    open_round(bench)
    vote(bench, messages(bench)[0].token or "", "tema_numero_2")
    found = letter(bench, kind="receipt")
    with reading(bench) as work:
        ballot = work.session.scalars(select(Ballot)).one()
        row = work.session.scalars(select(LogEntry).where(LogEntry.action == "ballot.cast")).one()
        shown = heads.of_receipt(work, ballot)
        digests = work.session.scalars(select(LogEntry.digest).where(LogEntry.seq <= row.seq))
        tree = record.Tree().grown(digests)
        assert (shown.size, shown.root) == (row.seq, tree.root), "the head covers the row of this vote"
        assert shown.root != ballot.head
        code = ballot.receipt
    lines = letter_mail.together(found.mail.halves).splitlines()
    for said in ("1. Tema número 2", "1. Theme number 2", shown.root, code, f"{BASE}/es/new-link"):
        assert said in lines, said
    assert f"{BASE}/es/rounds/{KEY}/receipts" in lines
    assert "Objetivos marcados: 0. Respaldos para el panel: 0." in lines
    for secret in ("Tema número 2", "Theme number 2", "marcados: 0", "marked: 0", code):
        assert secret not in found.kept, secret
    assert letters.HIDDEN in found.kept


def test_a_vote_entered_by_staff_names_who_asked_for_it(bench: Bench) -> None:
    from consulta.vote import assisted  # noqa: PLC0415 - only here

    open_round(bench, 1)
    do(
        bench,
        assisted.cast,
        KEY,
        "s001",
        Entries({"tema_numero_1": 1}),
        "k",
        assisted.Request("Rosa Paz", "Sin internet"),
    )
    text = letter(bench, 0, "receipt").mail.halves
    assert "Lo envió la secretaría, a pedido de Rosa Paz:" in text[0].text
    assert "It was sent by the secretariat, at the request of Rosa Paz:" in text[1].text


def test_a_moved_deadline_is_told_with_the_one_before(bench: Bench) -> None:
    open_round(bench, 1)
    with writing(bench) as work:
        found = work.session.get(Round, 1)
        assert found is not None
        before, found.closes_at = found.closes_at, found.closes_at + timedelta(days=7)
        notices.deadline_moved(work, found, before)
    text = letter(bench, 0, "extension").mail.halves[0].text
    assert minus("Ahora la votación termina:\n12 de marzo de 2027, 17:00 (hora de Lima, UTC-5)") in text
    assert minus("Antes terminaba:\n5 de marzo de 2027, 17:00 (hora de Lima, UTC-5)") in text
    change_round(bench, closes_at=NOW + timedelta(days=90))
    assert finished(bench, 0, "extension") == Needless("mail.overtaken")


def test_a_reminder_to_a_seat_that_has_voted_meanwhile_is_not_sent(bench: Bench) -> None:
    """ML-11: asked again when it is sent."""
    open_round(bench, 1, 2)
    with writing(bench) as work:
        found = work.session.get(Round, 1)
        assert found is not None
        assert notices.remind(work, found, NOW) == 2
    assert isinstance(finished(bench, 0, "reminder"), Finished)
    vote(bench, str(messages(bench)[0].token))
    assert [finished(bench, n, "reminder") for n in (0, 1)] == [Needless("mail.voted")] * 2


@for_each(
    "change, after, reason",
    [
        ({"state": "closed"}, {}, "mail.over"),
        ({"state": "cancelled"}, {}, "mail.over"),
        ({}, {"days": 40}, "mail.over"),
    ],
    fresh=True,
)
def test_an_invitation_after_the_end_is_needless(bench: Bench, change: Any, after: Any, reason: Any) -> None:
    open_round(bench)
    change_round(bench, **change)
    assert finished(bench, **after) == Needless(reason)


def test_a_preview_is_for_who_is_asked_for_or_the_first_or_an_invented_contact(bench: Bench) -> None:
    make_draft(bench)

    def shown(reader: int | None = None, **more: Any) -> letters.Preview:
        with reading(bench) as work:
            return letters.preview(work, KEY, "invitation", "es", POST, reader=reader, **more)

    words = catalogue.mail_words("es")
    invented = (words["sample_organisation"], words["sample_contact"])
    for reader in (None, 7):
        assert (shown(reader).organisation, shown(reader).contact) == invented
    join_members(bench, "PE", "MX")
    found = [shown(reader).contact for reader in (None, 1, 2, 7)]
    assert found == [f"Contacto de Red 00{number}" for number in (1, 1, 2, 1)]
    assert "hora de Lima" in shown(1).text
    assert "hora de Ciudad de México" in shown(2).text
    own = shown(1, texts={"es": ("Mi asunto", "Hola, {contact}.\n\n{link}\n\n{deadline}")})
    assert own.subject == "Mi asunto"
    assert own.halves[0].text.startswith("Hola, Contacto de Red 001.")


def test_a_message_that_is_not_there_is_needless(bench: Bench) -> None:
    open_round(bench)
    with working(bench, NOW) as work:
        assert letters.finish(work, 999, POST) == Needless("mail.unknown")


def test_mails_that_tell_of_the_log_show_its_newest_head_and_those_of_a_vote_another(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_round(bench)
    monkeypatch.setattr("consulta.rounds.heads.announced", lambda *_: SimpleNamespace(root="5f" * 32))
    kinds = [kind for kind in mail_kinds.kinds().values() if "head" in kind.places]
    assert {kind.about_vote for kind in kinds} == {True, False}
    with working(bench, NOW) as work:
        found = work.session.get(Round, 1)
        assert found is not None
        for kind in kinds:
            assert letters._root(work, found, kind) == (letters.HIDDEN if kind.about_vote else "5f" * 32)
        assert letters._root(work, found, mail_kinds.find("reminder")) == letters.HIDDEN


def test_an_invitation_whose_link_ended_is_needless(bench: Bench) -> None:
    open_round(bench, 2)
    with writing(bench) as work:
        contact = work.session.get(Contact, 1)
        assert contact is not None
        links.issue_link(work, KEY, contact.id, BASE)
    assert finished(bench) == Needless("mail.link_ended")
    assert isinstance(finished(bench, 1), Finished)


def test_a_link_in_a_mail_opens_its_seat(bench: Bench) -> None:
    open_round(bench)
    (secret,) = letter(bench, 1).secrets
    with bench.work(ANONYMOUS, NOW) as work:
        entrance = door.enter(work, "v", secret)
    assert entrance is not None
    assert entrance.actor.id == messages(bench)[1].contact_id
    assert accounts.digest(secret)


def test_the_result_is_told_once_it_is_public(bench: Bench) -> None:
    open_round(bench, 1)
    with writing(bench) as work:
        found = work.session.get(Round, 1)
        assert found is not None
        notices.result_published(work, found)
    assert finished(bench, 0, "published") == Needless("mail.over")
    change_round(bench, state="published")
    text = letter(bench, 0, "published").mail.halves[0].text
    assert f"\n{BASE}/es/rounds/{KEY}/result\n" in text


def test_a_title_without_english_is_told_in_spanish(bench: Bench) -> None:
    open_round(bench, 1)
    change_round(bench, title=both("Consulta de prueba"))
    with reading(bench):
        assert "the consultation “Consulta de prueba”" in letter(bench).mail.halves[1].text
