"""What a further field or sentence makes too large: the ballot's script, the verifier, the ballot on paper.

Asked by `make check`, without a browser; tests/browser/test_figures.py measures whole pages on a poor line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from consulta.platform.web import letters
from tests import weights
from tests.pdf import unfolded
from tests.polling import open_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

pytestmark = pytest.mark.gate


def test_the_script_of_the_ballot_is_small() -> None:
    size = weights.served("js/ballot.js")
    assert size <= weights.SCRIPT, (
        f"{weights.told('consulta/platform/web/static/js/ballot.js', size, weights.SCRIPT)}, as it"
        " is sent, with comments: shorten them, or the code; docs/changing.md says what a field needs"
    )


def test_the_verifier_is_small() -> None:
    size, most = weights.of_verifier()
    assert size <= most, (
        f"{weights.told('verificar.html', size, most)}. Shorten platform/data/verify/page/ or its words."
        " LONGEST of consulta/results/verifier.py rises with a reason only: phones fetch the file"
    )


@pytest.mark.skipif(not letters.are_available(), reason="WeasyPrint finds no Pango")
def test_a_ballot_on_paper_has_one_side(bench: Bench, staff_visitor: Visitor) -> None:
    open_round(bench, seats=1, real=True)
    content = staff_visitor.get("/es/secretariat/rounds/2027-1/seats/s001/paper.pdf").data
    sides = int(re.findall(rb"/Count (\d+)", unfolded(content))[0])
    assert sides == 2, (
        f"{sides} sides of A4 for two languages, one each is promised: shorten"
        " templates/voting/paper_ballot.html, or spaces of consulta/platform/web/static/css/paper.css"
    )
