"""A published panel replaced by a version with a reason: what of the former one is read, and who is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.panel import public_panel
from consulta.panel import service as panels
from consulta.panel import trials as panel_trials
from consulta.panel.trials import Change
from consulta.platform.log import chain
from consulta.platform.models import Message, Nominee, ReplacedVersion
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import service as results
from tests.factories import moment
from tests.invited import KEY, confirm, invited, panelled, replace_published, states
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

PANEL = f"/es/secretariat/rounds/{KEY}/panel"
TELL = f"/es/secretariat/rounds/{KEY}/invitations/replaced"


def published(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
    with bench.work(COMMAND, moment()) as work:
        panels.publish_panel(work, KEY)


def swapped(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        panel_trials.change(work, KEY, 1, Change("swap", "n07", "n06"))
        panel_trials.decide(work, KEY, 1, "Por una razón.")


def named(bench: Bench, version: int) -> list[str]:
    with bench.read(ANONYMOUS, moment()) as work:
        return sorted(each.name for each in public_panel.former_panel(work, KEY, version).seats)


def test_a_version_that_replaces_another_needs_a_reason_and_names_alone_need_none(bench: Bench) -> None:
    panelled(bench)
    published(bench)
    confirm(bench, KEY, "n02")
    with bench.work(COMMAND, moment()) as work:
        panels.publish_panel(work, KEY)
    swapped(bench)
    for reason in (None, both("", "Only in English."), both("a" * 501)):
        with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"replaced\.reason"):
            panels.publish_panel(work, KEY, reason=reason)
    with bench.work(COMMAND, moment()) as work:
        panels.publish_panel(work, KEY, reason=both("Error de escritura."))
    with bench.read(COMMAND, moment()) as work:
        rows = [json.loads(row.details) for row in chain.acts(work.session, "round:1", "panel.published")]
        kept = work.session.scalars(select(ReplacedVersion)).one()
        assert (kept.what, kept.version, kept.by_version) == ("panel", 1, 2)
    assert [(row["version"], row.get("replaces")) for row in rows] == [(1, None), (1, None), (2, 1)]
    assert "Error" not in json.dumps(rows), "an archive could not forget a reason that names a person"


@pytest.mark.deep
def test_the_former_version_stays_readable_with_day_and_reason(bench: Bench, visitor: Visitor) -> None:
    panelled(bench)
    confirm(bench, KEY, "n02", "n06", "n07", "n08")
    replace_published(bench)
    page = visitor.get(f"/es/rounds/{KEY}/panel")
    assert "Esta versión reemplazó la versión 1" in page.text
    assert page.text.count(f"/es/rounds/{KEY}/panel/versions/1") == 2
    former = visitor.get(f"/en/rounds/{KEY}/panel/versions/1")
    assert former.status_code == 200
    assert "Version 1 was replaced" in former.text
    assert "and not […]" in former.text, "who is not on the present version is not named in the reason"
    assert "Persona n07" not in former.text
    assert named(bench, 1) == ["", "", "Persona n02", "Persona n08"]
    assert "confirmed" not in former.text.lower()
    for lang in ("es", "en"):
        assert visitor.get(f"/{lang}/rounds/{KEY}/panel/versions/1").status_code == 200
    for version in (2, 3):
        assert visitor.get(f"/es/rounds/{KEY}/panel/versions/{version}").status_code == 404


def test_who_takes_the_name_back_or_is_erased_goes_from_former_versions_too(bench: Bench) -> None:
    panelled(bench)
    confirm(bench, KEY, "n02", "n08")
    replace_published(bench)
    assert named(bench, 1) == ["", "", "Persona n02", "Persona n08"]
    with bench.work(COMMAND, moment()) as work:
        nominee = work.session.scalars(select(Nominee).where(Nominee.key == "n02")).one()
        nominee.consent_governments = False
    assert named(bench, 1) == ["", "", "", "Persona n08"]


def test_the_desk_says_what_follows_keeps_what_was_typed_and_asks_before_it_writes(
    bench: Bench, staff_visitor: Visitor
) -> None:
    invited(bench)
    published(bench)
    swapped(bench)
    page = staff_visitor.get(f"{PANEL}/publish").text
    assert "Reemplaza la versión 1, que es pública" in page
    assert "Sale: Persona n07" in page
    assert "Entra: Persona n06" in page
    refused = staff_visitor.submit(f"{PANEL}/publish", {"typed": KEY, "reason_en": "A slip."})
    assert refused.status_code == 422
    assert '<a href="#reason_es">' in refused.text, "the reason in the first language is missing"
    assert "A slip." in refused.text
    done = staff_visitor.submit(f"{PANEL}/publish", {"typed": KEY, "reason_es": "Un error."})
    assert done.headers["Location"].endswith("/invitations/replaced")
    assert states(bench) == dict.fromkeys(("n02", "n04", "n07", "n08"), "invited"), "nothing is sent yet"
    before = staff_visitor.get(TELL).text
    assert 'data-count="4"' in before
    assert staff_visitor.submit(TELL, {}).status_code == 303
    assert states(bench)["n07"] == "replaced"
    with bench.read(COMMAND, moment()) as work:
        told = work.session.scalars(select(Message).where(Message.kind == "panel_replaced")).all()
        assert len(told) == 4
    assert staff_visitor.submit(TELL, {}).status_code == 422, "they are told once"


def test_a_mail_says_whether_the_person_stays(bench: Bench, staff_visitor: Visitor) -> None:
    invited(bench)
    replace_published(bench)
    for number, key in ((3, "n07"), (1, "n02")):
        text = staff_visitor.get(f"{TELL}?as={number}").text
        assert f"{key}@example.org" in text
        assert ("still on the panel" in text) is (key == "n02")
        assert ("your invitation is no longer valid" in text) is (key == "n07")
        assert "Persona n07" not in text.partition("<pre")[2].partition("</pre>")[0] or key == "n07"
