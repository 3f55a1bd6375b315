"""From whom a theme comes, whatever the figures are: one is never told as several."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consulta.platform.data import tongues
from consulta.platform.web.language import number, speaking
from consulta.rounds.pages.proposers import proposers

if TYPE_CHECKING:
    from flask import Flask

SEVERAL = {
    "es": ("organizaciones", "subregiones"),
    "en": ("organisations", "subregions"),
    "pt": ("organizações", "sub-regiões"),
}


@given(organisations=st.integers(1, 5000), subregions=st.integers(1, 40))
@example(organisations=1, subregions=1)
@example(organisations=1, subregions=2)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_is_never_told_as_several(app: Flask, organisations: int, subregions: int) -> None:
    for lang in [code for code in tongues.codes() if code in SEVERAL]:
        theme: Any = SimpleNamespace(
            key="a", backing={"organisations": organisations, "subregions": subregions}
        )
        with app.test_request_context(), speaking(lang):
            said = proposers([theme])["a"]
            wanted = [number(count) for count in (organisations, subregions) if count > 1]
        assert re.findall(r"\d[\d.,\u00a0]*", said) in (wanted, ["1", *wanted][:2])
        for count, words in zip((organisations, subregions), SEVERAL[lang], strict=True):
            assert (words in said) is (count > 1), said
