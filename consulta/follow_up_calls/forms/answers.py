"""An answer by the link of a call as a form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wtforms import HiddenField

from consulta.core.problems import Problem
from consulta.follow_up.forms import AnswerForm, number_of
from consulta.infra.texts import file_name
from consulta.web.language import calendar_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.follow_up.values import Answer

Held = tuple[str, bytes]


class OwnAnswerForm(AnswerForm):
    """What became of a recommendation, by those who are asked; a file is kept while something is wrong."""

    held = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = number_of(self.seen.data)
        self.chosen: Held | None = None

    def choose(self, waiting: Callable[[str], Held | None]) -> None:
        """Read the file that was chosen now, or the one that waits from before."""
        sent = self.file.data if self.file.data and self.file.data.filename else None
        name = file_name(sent.filename or "") if sent else ""
        self.chosen = (name, sent.read()) if sent else waiting(self.held.data or "")

    def to_answer(self) -> Answer:
        """Return the form as what is reported, with the file that was chosen."""
        return replace(super().to_answer(), file=self.chosen)

    def refuse(self, problem: Problem) -> None:
        """Show `problem` beside its field, with days in words."""
        if problem.code == "report.future":
            problem = Problem(problem.code, today=calendar_day(str(problem.params["today"])))
        super().refuse(problem)
