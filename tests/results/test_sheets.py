"""One sheet: the summary of a result for everybody, and the record of the decision to sign at the desk."""

from __future__ import annotations

import struct
import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.texts import Text
from consulta.platform.formats import document
from consulta.platform.organiser import service
from consulta.platform.organiser.service import Profile
from consulta.platform.work import COMMAND
from tests.cases import for_each
from tests.closed import counted, mixed
from tests.factories import moment
from tests.invited import KEY, panelled

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

pytestmark = pytest.mark.skipif(not document.draws_pictures(), reason="Pango or PDFium is not there")


def square(side: int) -> bytes:
    """A picture of one colour, as PNG."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x60" * side) * side)
    parts = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def sheets(content: bytes) -> list[str]:
    """What stands on each page of a PDF."""
    pdf: Any = import_module("pypdfium2").PdfDocument(content)
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf]


def test_a_result_that_is_not_published_has_no_public_summary(bench: Bench, visitor: Visitor) -> None:
    counted(bench, "hoja", mixed(20, ("t1", "t2")), secrecy="open", publish=False)
    assert visitor.get("/es/rounds/hoja/result/summary.pdf").status_code == 404


@for_each("signed", [False, True])
def test_sheets_have_the_logo_and_stay_one(
    bench: Bench, staff_visitor: Visitor, monkeypatch: pytest.MonkeyPatch, *, signed: bool
) -> None:
    """The picture stands in the document itself: a square of 320 pixels, larger than its place."""
    with bench.work(COMMAND, moment()) as work:
        service.save(work, Profile(name=Text({"es": "Red de Diálogo"})), square(320))
    if signed:
        panelled(bench)
    else:
        counted(bench, "hoja", mixed(60, ("t1", "t2"), ("t2",)), secrecy="open")
    drawn: list[str] = []
    to_pdf = document.to_pdf
    monkeypatch.setattr(
        document, "to_pdf", lambda page, *style: (drawn.append(page), to_pdf(page, *style))[1]
    )
    path = f"/es/secretariat/rounds/{KEY}/record.pdf" if signed else "/es/rounds/hoja/result/summary.pdf"
    pdf: Any = import_module("pypdfium2").PdfDocument(staff_visitor.get(path).get_data())
    assert len(pdf) == 1
    assert 'src="data:image/png;base64,' in drawn[-1]
    assert [each.type for each in pdf[0].get_objects(max_depth=4)].count(3) == 1, "one picture"


def test_a_stranger_reads_no_record(bench: Bench, visitor: Visitor) -> None:
    panelled(bench)
    assert visitor.get(f"/es/secretariat/rounds/{KEY}/record.pdf").status_code in {302, 303}
