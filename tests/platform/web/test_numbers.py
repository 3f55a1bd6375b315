"""Numbers as the reader's language writes them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from consulta.platform.web.babel import gettext, ngettext
from consulta.platform.web.language import hundredths, number, percent, speaking
from tests.apps import app_over
from tests.benches import Visitor
from tests.cases import for_each
from tests.shell.site.test_pseudo import readable

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.web.language import Lang
    from tests.benches import Demo


@for_each(
    "lang, value, said",
    [
        ("es", 11480, "11\N{NO-BREAK SPACE}480"),
        ("es", 1234567, "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567"),
        ("es", 12.5, "12,5"),
        ("es", 1234.5, "1234,5"),
        ("es", 2640, "2640"),
        ("pt", 2640, "2.640"),
        ("en", 2640, "2,640"),
        ("pt", 1234.5, "1.234,5"),
        ("es", 7, "7"),
        ("en", 11480, "11,480"),
        ("en", 12.5, "12.5"),
    ],
)
def test_no_thousand_is_taken_for_a_decimal(app: Flask, lang: Lang, value: float, said: str) -> None:
    with app.test_request_context(), speaking(lang):
        assert number(value) == said


def test_a_share_of_a_rule_keeps_its_decimals(app: Flask) -> None:
    with app.test_request_context(), speaking("es"):
        assert hundredths(0.125) == "12,5"
        assert hundredths(25) == "2500"
        assert percent(0.25) == "25\N{NO-BREAK SPACE}%"


# Pages of the demonstration with figures that are not whole: sizes of files, weights, shares of rules.
BROKEN = (
    *("data/sessions/ejemplo-1", "data/rounds/ejemplo-1"),
    *("follow-up/EJ2023-R1", "rounds/ejemplo-6/result/figures"),
)
POINTED, COMMAED = (re.compile(rf"(?<![\w./,:-])\d+{sign}\d{{1,2}}(?![\w.,]|/)") for sign in (r"\.", ","))


def test_readers_see_the_decimal_sign_of_their_language(demo: Demo, settings: Settings) -> None:
    bench = demo.bench(settings)
    settings = replace(settings, languages=("es", "en", "pt"))
    seen = dict.fromkeys(("es", "pt", "en"), 0)
    for lang in seen:
        visitor = Visitor(app_over(settings, bench).test_client())
        pages = [visitor.get(f"/{lang}/{path}") for path in BROKEN]
        for label, url in demo.known.pages:
            if "/y/" in url:  # what a vote did: its weight
                there = re.sub(r"^/\w\w/", f"/{lang}/", urlsplit(url).path)
                assert visitor.post(there).status_code == 303, label
                pages.append(visitor.get(visitor.post(there).headers["Location"]))
        good, bad = (POINTED, COMMAED) if lang == "en" else (COMMAED, POINTED)
        for page in pages:
            assert page.status_code == 200
            said = " ".join(readable(page.text)).replace("Attribution 4.0", "")  # a licence
            assert bad.findall(said) == [], (lang, page.request.path)
            seen[lang] += len(good.findall(said))
    assert all(seen.values()), "there are such figures"
    bench.engine.dispose()


def test_whole_numbers_in_texts_are_parted_as_the_reader_parts_them(app: Flask) -> None:
    """In texts of pages and of templates, with and without a count, and nowhere else."""
    template = app.jinja_env.from_string(
        '{{ ngettext("%(num)s organisation", "%(num)s organisations", n) }}'
        '{{ _("%(voted)s of %(seats)s organisations voted.", voted=few, seats=n) }}'
        '<a href="?n={{ n }}">{{ ngettext("%(num)s theme", "%(num)s themes", few) }}</a>'
    )
    for lang, many in (("es", "12\N{NO-BREAK SPACE}500"), ("pt", "12.500"), ("en", "12,500")):
        with app.test_request_context(), speaking(lang):
            said = template.render(n=12_500, few=7)
            assert said.count(many) == 2
            assert '"?n=12500">7 ' in said
            assert many in ngettext("%(num)s organisation", "%(num)s organisations", 12_500)
            assert many in gettext("%(num)s people", num=12_500)
