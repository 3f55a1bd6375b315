"""One sheet: the summary of a result for everybody, and the record of the decision to sign at the desk."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from consulta.formats import document
from tests.closed import counted, mixed
from tests.invited import KEY, panelled

if TYPE_CHECKING:
    from consulta.infra.work import Bench
    from tests.benches import Visitor

pytestmark = pytest.mark.skipif(not document.draws_pictures(), reason="Pango or PDFium is not there")


def sheets(content: bytes) -> list[str]:
    """What stands on each page of a PDF."""
    pdf: Any = import_module("pypdfium2").PdfDocument(content)
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf]


@pytest.mark.parametrize(
    ("lang", "said"),
    [("es", "Las organizaciones eligieron Tema 1"), ("en", "The organisations chose Theme 1")],
)
@pytest.mark.parametrize("secrecy", ["open", "aggregate"])
def test_the_summary_of_a_result_is_one_sheet(
    bench: Bench, visitor: Visitor, lang: str, said: str, secrecy: str
) -> None:
    counted(bench, "hoja", mixed(60, ("t1", "t2"), ("t2",)), secrecy=secrecy)
    answer = visitor.get(f"/{lang}/rounds/hoja/result/summary.pdf")
    assert answer.mimetype == "application/pdf"
    (sheet,) = sheets(answer.get_data())
    assert said in sheet
    assert f"/{lang}/rounds/hoja/result" in sheet.replace(" ", "")
    assert f"/{lang}/rounds/hoja/result/summary.pdf" in visitor.get(f"/{lang}/rounds/hoja/result").text


def test_a_result_that_is_not_published_has_no_public_summary(bench: Bench, visitor: Visitor) -> None:
    counted(bench, "hoja", mixed(20, ("t1", "t2")), secrecy="open", publish=False)
    assert visitor.get("/es/rounds/hoja/result/summary.pdf").status_code == 404


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_record_has_result_panel_and_place_to_sign_on_one_sheet(
    bench: Bench, staff_visitor: Visitor, lang: str
) -> None:
    panelled(bench)
    answer = staff_visitor.get(f"/{lang}/secretariat/rounds/{KEY}/record.pdf")
    assert answer.status_code == 200
    (sheet,) = sheets(answer.get_data())
    assert {"es": "Acta de la decisión", "en": "Record of the decision"}[lang] in sheet
    assert {"es": "Nombre y firma", "en": "Name and signature"}[lang] in sheet
    page = staff_visitor.get(f"/{lang}/secretariat/rounds/{KEY}/result").text
    assert f"/{lang}/secretariat/rounds/{KEY}/record.pdf" in page


def test_a_stranger_reads_no_record(bench: Bench, visitor: Visitor) -> None:
    panelled(bench)
    assert visitor.get(f"/es/secretariat/rounds/{KEY}/record.pdf").status_code in {302, 303}
