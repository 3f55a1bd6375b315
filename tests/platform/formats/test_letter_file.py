"""A mail read back from its file is the mail that was written."""

from __future__ import annotations

from datetime import UTC, datetime

from consulta.platform.formats import letter_mail
from consulta.platform.formats.letter_mail import Half, Mail, Sender, compose

MAIL = Mail(
    message_id="ab12",
    name="Ana Quispe",
    address="ana@example.org",
    subject="Consulta: vote hasta el 5 de marzo",
    halves=(Half("es", "Año nuevo:\n\nhttps://voto.example.org/es/v/xyz"), Half("en", "New year")),
)
SENDER = Sender("Mecanismo", "voto@example.org", "secretaria@example.org", "voto.example.org")


def test_headers_text_and_html_come_back() -> None:
    found = letter_mail.read(compose(MAIL, SENDER, datetime(2027, 2, 1, tzinfo=UTC)).as_bytes())
    headers = dict(found.headers)
    assert headers["From"] == "Mecanismo <voto@example.org>"
    assert headers["To"] == "Ana Quispe <ana@example.org>"
    assert headers["Subject"] == MAIL.subject
    assert headers["Message-ID"] == "<ab12@voto.example.org>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert "Año nuevo:" in found.text
    assert "https://voto.example.org/es/v/xyz" in found.text
    assert '<html lang="es">' in found.html
