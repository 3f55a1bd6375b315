"""The synthesis at the desk and in public: coverage, sources, quotations, authors; versions and bad input."""

from __future__ import annotations

import random  # noqa: TID251 - invented sentences, the same for one seed
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.platform.models import CodedReason, LogEntry, Reason, ReasonCode, SynthesisVersion
from consulta.platform.work import COMMAND, Actor, Bench
from consulta.results import synthesis
from consulta.results.synthesis import POOL
from tests.benches import Visitor
from tests.factories import build_organisation, build_round, build_seat, moment, open_now
from tests.polling import change_round
from tests.vote.reasons.test_reasons import Sheet
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from flask import Flask

    from consulta.results.synthesis import SynthesisDesk

KEY = "2027-1"
DESK = f"/es/secretariat/rounds/{KEY}/synthesis"
SAID = f"/es/rounds/{KEY}/said"
STAFF = Actor("secretariat", None, "Secretaría")
TEXTS = (
    # theme, consent, name, text
    ("t1", "read", "", "planteado en secreto que los albergues del norte cobran por cada noche"),
    ("t1", "unnamed", "", "los trámites de regularización abren y cierran sin aviso alguno"),
    ("t1", "named", "Casa del Sur", "pedimos puntos de atención con agua y salud en los pasos"),
    ("t2", "read", "", "la oficina del puerto pide papeles que nadie puede tener"),
    (None, "unnamed", "", "hay que hablar de la radio y de los medios del barrio"),
)


def publish_round(bench: Bench, texts: Any = TEXTS) -> None:
    """A published round whose reasons were parted, with some organisations on its roll."""
    with bench.work(COMMAND, moment()) as work:
        a_round = open_now(build_round(work.session, KEY))
        for number, name in enumerate(("Casa del Sur", "Red Andina de Migración"), start=1):
            build_seat(work.session, a_round, build_organisation(work.session, name), number)
        a_round.state, a_round.closed_at, a_round.published_at = "published", moment(), moment()
        themes = {theme.key: theme.id for theme in a_round.themes}
        for number, (theme, consent, name, text) in enumerate(texts, start=1):
            work.session.add(
                Reason(
                    round_id=a_round.id,
                    number=number,
                    theme_id=themes[theme] if theme else None,
                    text=text,
                    consent=consent,
                    name=name,
                    subregion="",
                    sector="",
                )
            )


def view(bench: Bench) -> SynthesisDesk:
    with bench.read(STAFF, moment()) as work:
        return synthesis.desk_page(work, KEY, audited=True)


def save(bench: Bench, theme: str, text: str, left: Any = None, **others: str) -> None:
    with bench.work(STAFF, moment()) as work:
        seen = synthesis.desk_page(work, KEY).seen
        synthesis.save(work, KEY, theme, {"es": text, **others}, "es", left or {}, seen)


def publish(bench: Bench, at: Any = None) -> int:
    with bench.work(STAFF, at or moment()) as work:
        return synthesis.publish(work, KEY, synthesis.desk_page(work, KEY).seen)


def codes_of(bench: Bench) -> list[str]:
    return [problem.code for problem in view(bench).refusals]


def whole(bench: Bench) -> None:
    """A synthesis that can be published."""
    save(bench, "t1", "En el norte se cobra por dormir [1].\nLos plazos no se anuncian [2, 3].")
    save(bench, "t2", "", {4: "Trata de un caso particular."})
    save(bench, POOL, "Se pide trabajar con la radio [5].")


# -- what keeps it from being published


def test_coverage_sources_and_quotations_are_asked_for(bench: Bench) -> None:
    publish_round(bench)
    assert codes_of(bench) == ["synthesis.empty", "synthesis.open"]
    save(bench, "t1", "En el norte se cobra por dormir.")
    assert codes_of(bench) == ["synthesis.unsourced", "synthesis.open"]
    save(bench, "t1", "En el norte se cobra por dormir [1, 99].")
    assert codes_of(bench) == ["synthesis.unknown_source", "synthesis.open"]
    save(bench, "t1", "Dicen que los albergues del norte cobran por cada noche [1].")
    assert codes_of(bench) == ["synthesis.quoted", "synthesis.open"]
    save(bench, "t1", "Casa del Sur y Red Andina de Migración piden agua [3].")
    assert codes_of(bench) == ["synthesis.named", "synthesis.open"], "one of them agreed to be named"
    save(bench, "t1", "Casa del Sur: los trámites de regularización abren y cierran sin aviso [2, 3].")
    assert codes_of(bench) == ["synthesis.nameless", "synthesis.open"]
    save(bench, "t1", "Llame al +51 987 654 321 [3].")
    assert codes_of(bench) == ["synthesis.personal", "synthesis.open"]
    whole(bench)
    assert codes_of(bench) == []
    save(bench, "t2", "", {4: "Decía: la oficina del puerto pide papeles que nadie puede tener"})
    assert codes_of(bench) == ["synthesis.quoted"], "reasons for leaving over are public too"
    with pytest.raises(Problem, match=r"synthesis\.quoted"):
        publish(bench)
    whole(bench)
    english = "They said la oficina del puerto pide papeles que nadie puede tener"
    save(bench, "t2", "Otra cosa [4].", en=english)
    assert codes_of(bench) == ["synthesis.quoted"], "in a translation too"


@pytest.mark.parametrize("seed", range(4))
def test_what_is_published_covers_all_and_has_a_source_for_each_sentence(bench: Bench, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing them
    texts = [
        (
            rng.choice(["t1", "t2", None]),
            rng.choice(["read", "unnamed"]),
            "",
            f"texto número {n} dice algo de {n} cosas",
        )
        for n in range(1, rng.randint(4, 12))
    ]
    publish_round(bench, texts)
    numbers = list(range(1, len(texts) + 1))
    for theme in ("t1", "t2", POOL):
        lines = [
            f"Frase {rng.randint(1, 99)}"
            + (
                f" [{', '.join(map(str, rng.sample(numbers, rng.randint(1, 2))))}]"
                if rng.random() < 0.8
                else ""
            )
            for _ in range(rng.randint(0, 3))
        ]
        save(bench, theme, "\n".join(lines), {n: "Repite otro." for n in numbers if rng.random() < 0.5})
    try:
        publish(bench)
    except Problem:
        assert view(bench).refusals
        return
    with bench.read(COMMAND, moment()) as work:
        said = synthesis.said(work, KEY)
    sentences = [each for section in said.sections for each in section.sentences]
    assert sentences
    assert all(each.sources for each in sentences)
    used = {number for each in sentences for number in each.sources}
    left = {each.number for each in said.left_over if each.reason}
    assert used | left == set(numbers)
    assert used & left == set()


# -- the desk


def test_from_the_texts_to_the_public_page(bench: Bench, app: Flask, staff_visitor: Visitor) -> None:
    publish_round(bench)
    desk = Page(staff_visitor.get(DESK))
    assert f"{DESK}/themes/t1" in desk.links()
    assert f"{DESK}/themes/-" in desk.links()
    form = Sheet(staff_visitor.get(f"{DESK}/themes/t1")).form()
    bad = Sheet(
        staff_visitor.post(
            f"{DESK}/themes/t1", form | {"sentences_es": "Uno [1]", "sentences_en": "First one. Second one."}
        )
    )
    assert bad.status == 422
    assert bad.form()["sentences_es"] == "Uno [1]"
    lines = "En el norte se cobra por dormir [1].\nLos plazos no se anuncian [2, 3]."
    english = "In the north one pays to sleep.\nDeadlines are not announced."
    answer = staff_visitor.post(
        f"{DESK}/themes/t1", bad.form() | {"sentences_es": lines, "sentences_en": english}
    )
    assert answer.status_code == 303
    again = Sheet(staff_visitor.get(f"{DESK}/themes/t1")).form()
    assert again["sentences_es"].replace(".", "") == lines.replace(".", "")
    form = Sheet(staff_visitor.get(f"{DESK}/themes/t2")).form()
    staff_visitor.post(f"{DESK}/themes/t2", form | {"left-4": "Trata de un caso particular."})
    form = Sheet(staff_visitor.get(f"{DESK}/themes/-")).form()
    staff_visitor.post(f"{DESK}/themes/-", form | {"sentences_es": "Se pide trabajar con la radio [5]."})
    assert Visitor(app.test_client()).get(SAID).status_code == 404, "nothing is public yet"
    form = Sheet(staff_visitor.get(f"{DESK}/publish")).form()
    assert staff_visitor.post(f"{DESK}/publish", form | {"typed": "other"}).status_code == 422
    assert staff_visitor.post(f"{DESK}/publish", form | {"typed": KEY}).status_code == 303
    public = Page(Visitor(app.test_client()).get(SAID))
    assert "En el norte se cobra por dormir" in public.text
    assert "Trata de un caso particular." in public.text
    assert "Casa del Sur" in public.text
    english_page = Page(Visitor(app.test_client()).get(SAID.replace("/es/", "/en/")))
    assert "In the north one pays to sleep" in english_page.text
    assert "Translated" in english_page.text


def test_codes_are_given_taken_renamed_joined_and_deleted(bench: Bench, staff_visitor: Visitor) -> None:
    publish_round(bench)

    def act(**said: Any) -> None:
        form = {"csrf_token": staff_visitor.token(staff_visitor.get(DESK)), **said}
        assert staff_visitor.post(f"{DESK}/codes", form).status_code == 303

    def there() -> dict[str, set[int]]:
        with bench.read(COMMAND, moment()) as work:
            names = {row.id: row.name for row in work.session.scalars(select(ReasonCode))}
            found: dict[str, set[int]] = {name: set() for name in names.values()}
            for row in work.session.scalars(select(CodedReason)):
                found[names[row.code_id]].add(row.number)
        return found

    act(act="put", o=["1", "2", "77"], name="Albergues")
    act(act="put", o=["2", "4"], name="Papeles")
    act(act="put", o=["3"], name="  ALBERGUES ")
    assert there() == {"Albergues": {1, 2, 3}, "Papeles": {2, 4}}
    ids = {name: number for number, name, _count in view(bench).codes}
    act(act="take", o=["3"], code=str(ids["Albergues"]))
    assert there()["Albergues"] == {1, 2}
    act(act="rename", code=str(ids["Papeles"]), name="Documentos")
    assert there() == {"Albergues": {1, 2}, "Documentos": {2, 4}}
    act(act="rename", code=str(ids["Papeles"]), name="albergues")
    assert there() == {"Albergues": {1, 2, 4}}
    act(act="put", name="x" * 61, o=["1"])
    act(act="put", o=[], name="Otro")
    act(act="take", o=["1"], code="999")
    assert there() == {"Albergues": {1, 2, 4}}
    listed = Page(staff_visitor.get(f"{DESK}?code={ids['Albergues']}"))
    assert "los trámites de regularización" in listed.text
    assert "los medios del barrio" not in listed.text
    act(act="delete", code=str(ids["Albergues"]))
    assert there() == {}


def test_two_people_at_the_desk_do_not_overwrite_each_other_unseen(
    bench: Bench, staff_visitor: Visitor
) -> None:
    publish_round(bench)
    form = Sheet(staff_visitor.get(f"{DESK}/themes/t1")).form()
    save(bench, "t1", "De otra persona [1].")
    told = Sheet(staff_visitor.post(f"{DESK}/themes/t1", form | {"sentences_es": "Mía [2]."}))
    assert told.status == 409
    assert "De otra persona. [1]" in told.text
    assert told.form()["sentences_es"] == "Mía [2]."
    assert staff_visitor.post(f"{DESK}/themes/t1", told.form()).status_code == 303
    (sentence,) = view(bench).draft.sections["t1"].sentences
    assert sentence.sources == (2,)


@pytest.mark.parametrize(
    ("text", "code"),
    [("Frase [1]\n" * 61, "synthesis.many"), ("x" * 601 + " [1]", "synthesis.long")],
)
def test_too_much_is_refused(bench: Bench, text: str, code: str) -> None:
    publish_round(bench)
    with pytest.raises(Problem, match=code.replace(".", r"\.")):
        save(bench, "t1", text)
    with pytest.raises(Problem, match=r"synthesis\.sources"):
        save(bench, "t1", "Uno [1].", en="One [2].")
    with pytest.raises(Problem, match=r"theme\.unknown"):
        save(bench, "none", "Uno [1].")


def test_before_the_result_is_public_there_is_nothing_to_read(bench: Bench, staff_visitor: Visitor) -> None:
    publish_round(bench)
    change_round(bench, KEY, state="closed", published_at=None)
    page = staff_visitor.get(DESK)
    assert page.status_code == 200
    for _theme, _consent, _name, text in TEXTS:
        assert text not in page.text
    with pytest.raises(Problem, match=r"synthesis\.early"):
        publish(bench)


# -- what is public


def test_a_new_version_keeps_the_old_one_with_its_date(bench: Bench, app: Flask) -> None:
    publish_round(bench)
    whole(bench)
    assert publish(bench, moment() - timedelta(days=3)) == 1
    with pytest.raises(Problem, match=r"synthesis\.unchanged"):
        publish(bench)
    save(bench, POOL, "Se pide trabajar con los medios [5].")
    assert publish(bench) == 2
    visitor = Visitor(app.test_client())
    assert "con los medios" in visitor.get(SAID).text
    first = Page(visitor.get(f"{SAID}?version=1"))
    assert "con la radio" in first.text
    assert f"{SAID}?version=2" in first.links()
    with bench.read(COMMAND, moment()) as work:
        dates = [synthesis.said(work, KEY, version).published_at for version in (1, 2)]
    assert dates[1] - dates[0] >= timedelta(days=2)
    assert visitor.get(f"{SAID}?version=9").status_code == 404
    with bench.read(COMMAND, moment()) as work:
        kept = work.session.scalars(select(SynthesisVersion.sha256)).all()
        logged = work.session.scalars(
            select(LogEntry.details).where(LogEntry.action == "synthesis.published")
        ).all()
    assert len(kept) == 2
    assert all(sha256 in "".join(logged) for sha256 in kept)


def test_texts_that_only_the_secretariat_reads_stand_nowhere_in_public(
    bench: Bench, app: Flask, staff_visitor: Visitor
) -> None:
    publish_round(bench)
    whole(bench)
    publish(bench)
    closed = [text for _theme, consent, _name, text in TEXTS if consent == "read"]
    visitor = Visitor(app.test_client())
    for lang in ("es", "en"):
        for address in ("said", "said.csv", "", "result", "roll", "said?version=1"):
            page = visitor.get(f"/{lang}/rounds/{KEY}/{address}".rstrip("/"))
            for text in closed:
                assert text not in page.text, address
    assert all(text in Page(staff_visitor.get(DESK)).text for text in closed), "the secretariat reads them"
    file = visitor.get(f"{SAID}.csv")
    assert file.mimetype == "text/csv"
    assert "Casa del Sur" in file.text
    assert "pedimos puntos de atención" in file.text


def test_a_text_with_markup_or_a_formula_is_text(bench: Bench, app: Flask, staff_visitor: Visitor) -> None:
    texts = [("t1", "unnamed", "", "<script>alert(1)</script> & co"), ("t1", "unnamed", "", "=HYPERLINK(1)")]
    publish_round(bench, texts)
    save(bench, "t1", "<b>Uno</b> [1, 2].")
    publish(bench)
    for page in (
        Visitor(app.test_client()).get(SAID),
        staff_visitor.get(DESK),
        staff_visitor.get(f"{DESK}/themes/t1"),
    ):
        assert "<script>alert" not in page.text
    assert "<b>Uno" not in Visitor(app.test_client()).get(SAID).text
    for line in Visitor(app.test_client()).get(f"{SAID}.csv").text.splitlines():
        assert not re.search(r"(^|,)\"?=HYPER", line)


def test_a_stranger_and_a_voter_reach_no_text_of_the_desk(bench: Bench, app: Flask) -> None:
    publish_round(bench)
    for address in (DESK, f"{DESK}/themes/t1", f"{DESK}/publish"):
        answer = Visitor(app.test_client()).get(address)
        assert answer.status_code in {303, 302}
        assert "sign-in" in answer.headers["Location"]
