"""A page that is not well formed is found, also after html5lib has read its like."""

from __future__ import annotations

import html5lib
import pytest
from html5lib.html5parser import ParseError

from tests import markup
from tests.markup import check, nesting

PAGE = """<!doctype html>
<html lang="es"><head><title>Una p&aacute;gina</title><meta charset="utf-8"></head>
<body><main><h1>Rondas</h1><p class="a">Una <a href="/es/?a=1&amp;b=2">ronda</a> &lt; dos</p>
<table><tbody><tr><td>1</td></tr></tbody></table>
<form method="post"><input name="a" required><button>Enviar</button></form>
<svg viewBox="0 0 1 1"><path d="M0 0"/></svg></main></body></html>
""".replace("&aacute;", "á")


@pytest.fixture(autouse=True)
def as_in_make_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pages be taken apart first, also where `make test-deep` reads each."""
    monkeypatch.setattr(markup, "deep", lambda: False)


def test_a_page_like_one_that_was_read_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    check(PAGE)
    monkeypatch.setattr(html5lib, "HTMLParser", None)
    row = "<tr><td>1</td></tr>"
    check(PAGE.replace(row, row * 3).replace("Rondas", "Otra").replace("M0 0", "M1 1"))
    with pytest.raises(TypeError):  # an attribute more, and it would be read
        check(PAGE.replace("<h1>", '<h1 id="x">'))


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("</a>", ""),
        ("</h1>", "</h2>"),
        ("ronda</a>", '<a href="/">ronda</a></a>'),
        ("Una <a", "Una <div>x</div><a"),
        ("&lt; dos", "< dos"),
        ("&lt; dos", "&foo; dos"),
        ("&lt; dos", "&lt dos"),
        ("<td>1</td>", "<div>1</div>"),
        ('<p class="a">', '<p class="a" class="b">'),
        ('<p class="a">', "<p class='a>"),
        ("<button>Enviar</button>", "<form><button>Enviar</button></form>"),
        ("<!doctype html>", ""),
        ("</main>", "</main></div>"),
        ("<h1>Rondas</h1>", "<h1/>"),
    ],
)
def test_what_is_wrong_is_found(there: str, instead: str) -> None:
    check(PAGE)
    broken = PAGE.replace(there, instead)
    assert broken != PAGE
    with pytest.raises(ParseError):
        check(broken)


def test_all_of_a_page_is_taken_apart() -> None:
    found = nesting(PAGE)
    assert found is not None
    assert ("/html/body/main/p/a", ("href",), True) in found
    assert ("/html/body/main/table/tbody", (), False) in found
