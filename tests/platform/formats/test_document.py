"""A page becomes a document: tagged, the same bytes each time, and without asking any person for anything."""

from __future__ import annotations

import sys

import pytest

from consulta.core.problems import Problem
from consulta.platform.formats import document, document_child
from tests.benches import APART
from tests.cases import for_each
from tests.pdf import unfolded

needs_pango = pytest.mark.skipif(
    not document.is_available(), reason="WeasyPrint finds no Pango: apt-get install libpango-1.0-0"
)
PAGE = """<!doctype html><html lang="es"><head><meta charset="utf-8"><title>Un título</title>
<meta name="dcterms.created" content="2026-10-10T12:00:00+00:00"></head>
<body><h1>Una página</h1><svg width="10em" height="2em"><title>Una barra</title>
<rect class="bar" width="50%" height="1em"/></svg>CONTENT</body></html>"""


def page(content: str = "") -> str:
    return PAGE.replace("CONTENT", content)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_made", APART)
    document.is_available.cache_clear()
    document._made.cache_clear()


@needs_pango
@pytest.mark.usefixtures("fresh")
def test_a_picture_that_stands_in_the_page_is_drawn() -> None:
    """The organiser's logo: one red dot, 1 by 1."""
    dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
    made = document_child.render(page(f'<img alt="" src="data:image/png;base64,{dot}">'), "", "")
    assert b"/Subtype /Image" in unfolded(made) or b"/Image" in made


@needs_pango
@for_each(
    "asking",
    [
        '<img alt="x" src="file:///etc/hostname">',
        '<img alt="x" src="http://127.0.0.1:9/x.png">',
        '<link rel="stylesheet" href="file:///etc/hostname">',
        '<p style="background: url(file:///etc/hostname)">x</p>',
    ],
)
@pytest.mark.usefixtures("fresh")
def test_it_fetches_nothing(asking: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    monkeypatch.setattr("urllib.request.OpenerDirector.open", lambda *args, **_: opened.append(args))
    assert document_child.render(page(asking), "", "").startswith(b"%PDF")
    assert opened == []


@pytest.mark.usefixtures("fresh")
@for_each("missing", [ImportError("no module"), OSError("no library")])
def test_without_the_printer_it_says_so(missing: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_name: str) -> None:
        raise missing

    with monkeypatch.context() as patched:
        patched.setattr(document, "import_module", fail)
        assert not document.is_available()
        with pytest.raises(Problem, match=r"document\.unavailable"):
            document.to_pdf(page(), "", "")
    document.is_available.cache_clear()


def test_the_printer_is_loaded_only_where_it_is_needed() -> None:
    if "weasyprint" not in sys.modules:
        assert "weasyprint" not in vars(document)
    assert not [name for name in vars(document) if name == "weasyprint"]


# -- a process of its own


@needs_pango
@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize(("limit", "value"), [("MEMORY", 60 * 1024**2), ("SECONDS", 0)])
def test_a_document_that_takes_too_much_ends_alone(
    limit: str, value: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(document_child, limit, value)
    with pytest.raises(Problem, match=r"document\.limits"):
        document.to_pdf(page("<p>una frase secreta</p>"), "", "")
    assert "document.failed" in caplog.text
    assert "secreta" not in caplog.text
    monkeypatch.undo()
    assert document.to_pdf(page("<p>una frase secreta</p>"), "", "").startswith(b"%PDF"), (
        "the next one is made"
    )


def test_the_line_is_short_and_the_worker_waits_in_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "is_available", lambda: True)
    monkeypatch.setattr(document, "_made", lambda *_, **_more: b"%PDF")
    taken = [document._LINE.acquire(blocking=False) for _ in range(document.IN_LINE)]
    try:
        assert all(taken)
        with pytest.raises(Problem, match=r"document\.busy"):
            document.to_pdf("", "", "")
        assert document.to_pdf("", "", "", patient=True) == b"%PDF"
    finally:
        for _ in taken:
            document._LINE.release()
    assert document.to_pdf("", "", "") == b"%PDF"
