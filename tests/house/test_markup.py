"""A page that is not well formed is found, also after html5lib has read its like."""

from __future__ import annotations

import pytest
from html5lib.html5parser import ParseError

from tests.markup import check

PAGE = """<!doctype html>
<html lang="es"><head><title>Una p&aacute;gina</title><meta charset="utf-8"></head>
<body><main><h1>Consultas</h1><p class="a">Una <a href="/es/?a=1&amp;b=2">consulta</a> &lt; dos</p>
<table><tbody><tr><td>1</td></tr></tbody></table>
<form method="post"><input name="a" required><button>Enviar</button></form>
<svg viewBox="0 0 1 1"><path d="M0 0"/></svg></main></body></html>
""".replace("&aacute;", "á")


FAULTS = [
    ("</a>", ""),
    ("</h1>", "</h2>"),
    ("consulta</a>", '<a href="/">consulta</a></a>'),
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
    ("<h1>Consultas</h1>", "<h1/>"),
]


def test_what_is_wrong_is_found() -> None:
    check(PAGE)
    for there, instead in FAULTS:
        broken = PAGE.replace(there, instead)
        assert broken != PAGE
        with pytest.raises(ParseError):
            check(broken)
