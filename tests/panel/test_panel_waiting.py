"""While a panel is searched for, others write: every act of the desk searches before it holds anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.core.panel import choose as choosing
from consulta.panel import service as panels
from consulta.platform.work import COMMAND, Bench
from consulta.results import service as results
from tests.factories import moment
from tests.panel.test_panel_desk import PAGE, RULES, attempt
from tests.results.test_results import KEY, closed_round
from tests.results.test_results_pages import PANEL

if TYPE_CHECKING:
    import pytest

    from tests.benches import Visitor

WISH = {name: value for name, value in PANEL.items() if name != "shares-0-hard"}


class Searches:
    """The searches that were made, each with a vote's unit of work written meanwhile."""

    def __init__(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        search = choosing.choose
        self.bench = bench
        monkeypatch.setattr(panels, "_FOUND", {})

        def watched(*asked: Any, **more: Any) -> Any:
            self.count += 1
            with bench.work(COMMAND, moment()) as work:
                work.record("rounds.counted", "round:0", {})
            return search(*asked, **more)

        monkeypatch.setattr(choosing, "choose", watched)

    def forget(self) -> int:
        """Let every panel be unknown again; how many were searched for."""
        panels._FOUND.clear()
        made, self.count = self.count, 0
        return made


def test_others_write_while_the_desk_chooses_tries_and_decides(
    bench: Bench, staff_visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bench.work(COMMAND, moment()) as work:
        closed_round(work.session)
        work.session.flush()
        results.count(work, KEY)
    searches = Searches(bench, monkeypatch)
    assert staff_visitor.submit(RULES, WISH).status_code == 303
    assert searches.forget() > 1, "the panel, and what it is compared with"
    attempt(staff_visitor, "hold:n05")
    attempt(staff_visitor, "again")
    assert searches.forget() == 1
    decided = {"version": "1", "reason": "Viaja seguro."}
    assert staff_visitor.submit(PAGE, decided, to=f"{PAGE}/decide").status_code == 303
    assert searches.forget() > 1
