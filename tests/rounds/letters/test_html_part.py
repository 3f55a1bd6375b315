"""The HTML part of mails: every kind in every language has one, small, with one button, nothing foreign."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import html5lib
import pytest
from sqlalchemy import delete, select

from consulta.core.texts import Text
from consulta.desk import mail
from consulta.platform.data import catalogue, tongues
from consulta.platform.formats import letter_mail
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.models import Nominee, Organiser
from consulta.platform.organiser import service as organiser
from consulta.platform.organiser.service import Profile
from consulta.platform.work import COMMAND, Bench
from consulta.rounds.letters import plain, samples
from consulta.rounds.letters.service import Post
from tests.factories import moment
from tests.invited import KEY, invited

if TYPE_CHECKING:
    from email.message import EmailMessage
    from xml.etree.ElementTree import Element

    from consulta.rounds.letters.service import Preview

BASE = "https://voto.example.org"
SENDER = letter_mail.Sender("Mecanismo", "voto@example.org", "voto@example.org", "voto.example.org")
HOSTILE = 'Ana <img src="https://evil.example/x"> & Co {link}'
NAME = Text({code: f"Mecanismo de Prueba <b>y</b> Diálogo ({code})" for code in tongues.codes()})


@pytest.fixture
def three(bench: Bench) -> Bench:
    """A round with an invited panel, in an installation of every language, with a named organiser."""
    invited(bench)
    everything = Bench(bench.engine)
    with everything.work(COMMAND, moment()) as work:
        organiser.save(work, Profile(name=NAME, email="secretaria@example.org"))
        for nominee in work.session.scalars(select(Nominee)):
            nominee.name = nominee.organisation = HOSTILE
            nominee.address_form = ""
    return everything


def previews(bench: Bench) -> list[tuple[str, str, Preview]]:
    """Every kind of mail in every language, with hostile names where a sample can have some."""
    found = []
    with bench.read(COMMAND, moment()) as work:
        for kind in mail_kinds.kinds().values():
            for language in tongues.codes():
                if not kind.is_mail or kind.name == samples.KIND:  # a sample is a mail of another kind
                    continue
                if kind.readers == "others":
                    places = {name: f"({name})" for name in kind.places if name != "link"}
                    said = dict.fromkeys(tongues.codes(), places)
                    shown = plain.shown(work, kind.name, language, Post(BASE), (HOSTILE, HOSTILE), said)
                else:
                    shown = mail.preview(work, KEY, kind.name, language, Post(BASE))
                found.append((kind.name, language, shown))
    return found


def sent(shown: Preview) -> EmailMessage:
    """The mail of a preview, as a program that receives it reads it."""
    made = letter_mail.Mail("ab12", "Ana", "ana@example.org", shown.subject, shown.halves)
    raw = letter_mail.compose(made, SENDER, datetime(2027, 2, 1, tzinfo=UTC)).as_bytes()
    return message_from_bytes(raw, policy=policy.default)


def words(part: Element) -> str:
    """What is read in a part, without blanks: breaks of lines and of paragraphs are none in its text."""
    return joined("".join(part.itertext()))


def joined(text: str) -> str:
    return "".join(text.split())


def test_every_kind_in_every_language_has_a_small_html_part_with_one_button(three: Bench) -> None:
    for kind, language, shown in previews(three):
        about = f"{kind} in {language}"
        text, html = sent(shown).iter_parts()
        assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html"), about
        content = html.get_content()
        assert len(content.encode()) <= 4096, about
        document = html5lib.parse(content, namespaceHTMLElements=False)
        first = shown.halves[0]
        assert document.get("lang") == language, about
        buttons = [each for each in document.iter("a") if "display:block" in each.get("style", "")]
        assert len(buttons) == (1 if first.link else 0), about
        if "link" in mail_kinds.find(kind).places:
            assert first.link.startswith(f"{BASE}/{language}/"), about
        for button in buttons:
            assert button.get("href") == first.link, about
            assert words(button) == joined(first.button) != "", about
        # Nothing is fetched, nothing leads elsewhere, and no name became markup.
        assert {each.tag for each in document.iter()} <= {
            "html", "head", "meta", "title", "body", "p", "br", "b", "a", "table", "tbody", "tr", "td",
            "hr", "div", "h2",
        }, about  # fmt: skip
        for anchor in document.iter("a"):
            address = str(anchor.get("href"))
            assert address.startswith(f"{BASE}/") or address == "https://example.org/sala?x=1", about
        whole = words(document)
        for line in first.text.splitlines():
            assert line == first.link or joined(line) in whole, f"{about}: {line}"
        paragraph = next(each for each in document.iter("p"))
        assert joined(NAME[language]) in words(paragraph), (
            f"{about}: the organiser stands in the first sentence"
        )
        assert f"<b>{NAME[language].replace('<', '&lt;').replace('>', '&gt;')}</b>" in content, about


def test_the_plain_part_is_not_broken_into_short_lines(three: Bench) -> None:
    for kind, language, shown in previews(three):
        plain_part = sent(shown).get_body(("plain",))
        assert plain_part is not None
        lines = plain_part.get_content().splitlines()
        for half in shown.halves:
            assert set(half.text.splitlines()) <= set(lines), f"{kind} in {language}"


def test_the_other_language_is_a_link_to_the_same_or_its_text(three: Bench) -> None:
    found = {(kind, language): shown for kind, language, shown in previews(three)}
    with_link = found["invitation", "es"]
    document = html5lib.parse(with_link.html, namespaceHTMLElements=False)
    (other,) = [each for each in document.iter("p") if each.get("lang") == "en"]
    assert words(other) == "English"
    assert next(other.iter("a")).get("href") == with_link.halves[1].link
    assert with_link.halves[1].link.startswith(f"{BASE}/en/v/")
    without = found["cancelled", "es"]
    assert not without.halves[0].link
    document = html5lib.parse(without.html, namespaceHTMLElements=False)
    (other,) = [each for each in document.iter("div") if each.get("lang") == "en"]
    for line in without.halves[1].text.splitlines():
        assert joined(line) in words(other)


def test_the_deadline_is_in_bold_and_the_button_says_what_it_opens(three: Bench) -> None:
    found = {kind: shown for kind, language, shown in previews(three) if language == "es"}
    html = found["invitation"].html
    assert "La votación termina:<br>\n<b>" in html
    assert "<b>Abrir la papeleta</b>" in html
    assert "<b>Responder a la invitación</b>" in found["panel_invitation"].html
    assert "<b>Ver el resultado</b>" in found["published"].html
    assert f'href="{BASE}/es/rounds/{KEY}/result"' in found["published"].html


def test_an_address_that_somebody_typed_is_no_button(three: Bench) -> None:
    typed = f"Lea:\n{BASE}/es/v/abc\n\nY esto:\nhttps://evil.example/x"
    said = {code: {"subject": "Aviso", "text": typed} for code in tongues.codes()}
    with three.read(COMMAND, moment()) as work:
        shown = plain.shown(work, "circular", "es", Post(BASE), ("Ana", "Red"), said)
    assert not shown.halves[0].link
    assert "display:block" not in shown.html
    assert f'<a href="{BASE}/es/v/abc">{BASE}/es/v/abc</a>' in shown.html, "what is shown is where it leads"


def test_a_mail_too_long_for_its_html_goes_whole_as_plain_text(three: Bench) -> None:
    said = {code: {"subject": "Aviso", "text": "Palabra ñandú. " * 300} for code in tongues.codes()}
    with three.read(COMMAND, moment()) as work:
        shown = plain.shown(work, "circular", "es", Post(BASE), ("Ana", "Red"), said)
    message = sent(shown)
    assert shown.html == ""
    assert message.get_content_type() == "text/plain"
    assert message.get_content().count("Palabra ñandú.") == 600


def test_an_organiser_without_a_name_is_called_the_secretariat(three: Bench) -> None:
    with three.work(COMMAND, moment()) as work:
        work.session.execute(delete(Organiser))
    for _kind, language, shown in previews(three):
        assert catalogue.mail_words(language)["organiser_unnamed"] in shown.halves[0].text.split("\n\n")[0]


def test_a_strong_word_is_bold_only_where_it_stands_whole() -> None:
    half = replace(letter_mail.Half("es", "A la Ana. Amén."), strong=("A", "Ana"))
    assert "<p><b>A</b> la <b>Ana</b>. Amén.</p>" in letter_mail.as_html([half], "x")
