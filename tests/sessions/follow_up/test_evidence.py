"""Files that reports rest on: judged by their content, handed out to be saved."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.problems import Problem
from consulta.sessions.follow_up import evidence
from consulta.sessions.follow_up.values import REPORTED
from tests.cases import for_each
from tests.factories import moment
from tests.sessions.follow_up.held import followed_session
from tests.sessions.follow_up.test_reports import answered, report

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40 + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 40 + b"\xff\xd9"
OOXML = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def zipped(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as container:
        for name, content in parts.items():
            container.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return buffer.getvalue()


DOCX = zipped(**{"[Content_Types]_dot_xml": b"<Types/>", "word__document_dot_xml": b"<w/>"})
ODT = zipped(mimetype=b"application/vnd.oasis.opendocument.text", content_dot_xml=b"<c/>")
MACRO = zipped(
    **{
        "[Content_Types]_dot_xml": b"<Types/>",
        "word__document_dot_xml": b"",
        "word__vbaProject_dot_bin": b"x",
    }
)
BOMB = zipped(mimetype=b" " * 30_000_000, content_dot_xml=b"<c/>")
KINDS_BOMB = zipped(**{"[Content_Types]_dot_xml": b" " * 30_000_000, "word__document_dot_xml": b""})
MACRO_KIND = zipped(**{"[Content_Types]_dot_xml": b"macroEnabled", "word__document_dot_xml": b""})


@for_each(
    "name, content, kept, media",
    [
        ("ley.pdf", PDF, "ley.pdf", "application/pdf"),
        ("ley.html", PDF, "ley.pdf", "application/pdf"),  # by its content, whatever it is called
        ("../../etc/Foto <1>.PNG", PNG, ".._.._etc_Foto _1_.png", "image/png"),
        ("foto", JPEG, "foto.jpg", "image/jpeg"),
        ("nota.docx", DOCX, "nota.docx", OOXML),
        ("nota.odt", ODT, "nota.odt", "application/vnd.oasis.opendocument.text"),
        (".pdf", PDF, "pdf.pdf", "application/pdf"),
    ],
)
def test_what_is_taken_has_the_name_of_its_kind(name: str, content: bytes, kept: str, media: str) -> None:
    said, told = evidence.judged(name, content)
    assert told == media
    assert "/" not in said
    assert said.rpartition(".")[2] == kept.rpartition(".")[2]
    assert "<" not in said


@for_each(
    "content, code",
    [
        (b"", "evidence.empty"),
        (PDF + b"0" * evidence.LIMIT, "evidence.large"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>x()</script></svg>", "evidence.kind"),
        (b"<!doctype html><script>x()</script>", "evidence.kind"),
        (b"MZ\x90\x00", "evidence.kind"),
        (b"GIF89a", "evidence.kind"),
        (PDF.replace(b"/Type", b"/OpenAction << /S /JavaScript /JS (x) >> /Type"), "evidence.script"),
        (PDF.replace(b"/Type", b"/A << /S /Submit#46orm /F (https://x) >> /Type"), "evidence.script"),
        (PDF.replace(b"/Type", b"/EmbeddedFile 3 0 R /Type"), "evidence.script"),
        (PDF[:-8], "evidence.damaged"),
        (PNG[:20], "evidence.damaged"),
        (DOCX[:60], "evidence.damaged"),
        (MACRO, "evidence.script"),
        (MACRO_KIND, "evidence.script"),
        (zipped(a_dot_txt=b"x"), "evidence.kind"),
        (zipped(mimetype=b"application/epub+zip", content_dot_xml=b""), "evidence.kind"),
        (zipped(index_dot_html=b"<script>", mimetype=b"x"), "evidence.script"),
    ],
)
def test_what_is_not_taken_is_said(content: bytes, code: str) -> None:
    with pytest.raises(Problem) as refused:
        evidence.judged("prueba.pdf", content)
    assert refused.value.code == code
    assert refused.value.params["name"] == "prueba.pdf"


def test_a_file_is_only_ever_saved(bench: Bench, visitor: Visitor) -> None:
    first, _ = followed_session(bench)
    values: dict[str, Any] = {"file": ('informe "final".pdf', PDF), "link": "https://example.org/ley"}
    report(bench, moment(), first, REPORTED, "PE", answered(**values))
    page = visitor.get(f"/es/follow-up/{first}").text
    assert "informe _final_.pdf" in page
    assert "https://example.org/ley" in page
    answer = visitor.get("/es/follow-up/evidence/1")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.mimetype == "application/pdf"
    assert visitor.get("/es/follow-up/evidence/2").status_code == 404


@for_each("name", [b"/J#53", b"/#4aava#53cript", b"/L#61unch", b"/#45mbeddedFile"])
def test_a_program_in_a_pdf_is_seen_under_each_spelling_of_its_name(name: bytes) -> None:
    with pytest.raises(Problem) as refused:
        evidence.judged("ley.pdf", PDF.replace(b"/Type", name + b" /Type"))
    assert refused.value.code == "evidence.script"


def packed(objects: bytes, head: bytes = b"/Filter /FlateDecode", more: bytes = b"") -> bytes:
    """A PDF whose catalogue lies in a compressed stream of objects, as most programs write it today."""
    stream = zlib.compress(b"1 0 " + objects)
    parts = (b"%PDF-1.7\n2 0 obj\n<< /Type /ObjStm /N 1 /First 4 ", head, b" >>\nstream\n", stream)
    return b"".join((*parts, b"\nendstream\nendobj\n", more, b"%%EOF\n"))


@for_each(
    "content, code",
    [
        (packed(b"<< /Type /Catalog /Lang (es) >>"), ""),
        (packed(b"<< /OpenAction << /S /JavaScript /JS (x) >> >>"), "evidence.script"),
        (packed(b"<< /A << /S /URI /URI (https://x.example.org) >> >>"), ""),
        (packed(b"<< /A << /S /SubmitForm /F (https://x.example.org) >> >>"), "evidence.script"),
        (packed(b"<< /OpenAction << /S /J#61vaScript >> >>"), "evidence.script"),
        (packed(b"<< /S /Launch >>", b"/Filter [/FlateDecode]"), "evidence.script"),
        (packed(b"<< /Catalog >>", b"/Filter [/ASCII85Decode /FlateDecode]"), "evidence.damaged"),
        (packed(b"<< /Catalog >>", more=b"trailer << /Encrypt 3 0 R >>\n"), "evidence.damaged"),
        (packed(b" " * 60_000_000), "evidence.damaged"),
        (packed(b"<< >>").replace(b"x\x9c", b"xx"), "evidence.damaged"),
    ],
)
def test_a_program_in_a_compressed_stream_of_a_pdf_is_seen(content: bytes, code: str) -> None:
    if not code:
        assert evidence.judged("ley.pdf", content)[1] == "application/pdf"
        return
    with pytest.raises(Problem, match=code.replace(".", r"\.")):
        evidence.judged("ley.pdf", content)


@for_each("bomb", [BOMB, KINDS_BOMB])
def test_a_part_that_grows_when_it_is_unpacked_is_not_unpacked(bomb: bytes) -> None:
    assert len(bomb) < 150_000
    tracemalloc.start()
    try:
        with pytest.raises(Problem) as refused:
            evidence.judged("ley.odt", bomb)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert refused.value.code == "evidence.damaged"
    assert most < 5_000_000
