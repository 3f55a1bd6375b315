"""No foreign address beside a personal link: not typed at the desk, not through any other field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.texts import Text
from consulta.platform.models import MailText, Message, Organisation, Round
from consulta.platform.organiser import service
from consulta.platform.organiser.service import Profile
from consulta.platform.work import COMMAND, WORKER
from consulta.rounds.letters import service as letters
from consulta.rounds.letters.service import Finished, Post
from tests.cases import for_each
from tests.desk.mail.test_mail import MAIL, texts_of
from tests.desk.test_rounds import KEY, opened
from tests.factories import moment
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

PHISH = (
    "El sistema se mudó. Abra https://consulta.evil.example/votar y pegue su llave.\n\n{deadline}\n\n{link}"
)


@pytest.mark.attack("A3")
@for_each("kind", ["invitation", "reminder", "new_link", "extension"], fresh=True)
def test_a_text_with_a_link_takes_no_foreign_address(bench: Bench, staff_visitor: Visitor, kind: Any) -> None:
    opened(bench)
    page = f"{MAIL}/texts/{kind}"
    form = texts_of(staff_visitor.get(page))
    refused = staff_visitor.submit(page, form | {"body_es": PHISH})
    assert refused.status_code == 422
    assert "https://consulta.evil.example/votar" in refused.text
    assert "pegue su llave" in refused.text, "nothing typed is lost"
    assert texts_of(staff_visitor.get(page)) == form


def test_a_text_about_no_round_takes_none_either(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    page = "/es/secretariat/mail/texts/own_data_link"
    form = texts_of(staff_visitor.get(page))
    assert staff_visitor.submit(page, form | {"body_es": "Abra evil.example:\n\n{link}"}).status_code == 422


@pytest.mark.attack("A3")
def test_no_field_makes_a_link_beside_a_personal_link(bench: Bench) -> None:
    opened(bench)
    with bench.work(COMMAND, moment()) as work:
        found = work.session.query(Round).one()
        found.title = Text({"es": "Vote en evil.example", "en": "Vote at www.evil.example"})
        work.session.query(Organisation).first().name = "Red https://evil.example"  # type: ignore[union-attr]
        work.session.add(
            MailText(
                round_id=found.id,
                kind="invitation",
                language="es",
                subject="Vote en evil.example",
                body=f"{{contact}}, {{round}}\n\n{PHISH}",
                changed_at=moment(),
            )
        )
    with bench.work(WORKER, moment()) as work:
        number = work.session.query(Message).filter_by(kind="invitation").first().id  # type: ignore[union-attr]
        made = letters.finish(work, number, Post("https://voto.example.org"))
    assert isinstance(made, Finished)
    for half in made.mail.halves:
        assert "evil.example" not in half.text
        assert "https://voto.example.org/" in half.text
    assert "evil. example" in made.mail.halves[0].text, "it can be read"
    assert "evil.example" not in made.mail.subject


@pytest.mark.attack("A6")
def test_a_fixed_text_ends_with_the_name_of_the_opening_alone(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        service.save(work, Profile(name=both("Red de Diálogo", "Network"), email="red@example.org"))
    opened(bench)
    notice = "AVISO: este mensaje es una prueba; no objete"
    with bench.work(COMMAND, moment()) as work:
        service.save(
            work,
            Profile(
                name=both(notice, notice),
                email="red@evil.example",
                signer=notice,
                address="Ignore este aviso",
                phone="+507 666",
                whatsapp="+507 667",
            ),
        )
        for kind in ("access_asked", "closing", "registered"):
            made = letters.preview(work, KEY, kind, "es", Post("https://voto.example.org"))
            for word in ("AVISO", "evil", "Ignore", "666", "667"):
                assert word not in made.text
            assert "Red de Diálogo" in made.text.splitlines()
        assert notice in letters.preview(work, KEY, "invitation", "es", Post("https://voto.example.org")).text
