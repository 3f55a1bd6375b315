"""The questions that links in notices can ask: for each its page, what it shows, and what an answer does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.changes import service as access_changes
from consulta.changes.pages import question as access
from consulta.notices import service as notices
from consulta.objections.pages import question as objecting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.infra.models import ActionLink
    from consulta.infra.work import Work


@dataclass(frozen=True, slots=True)
class Purpose:
    """A question that the link of a notice asks: template, page values, answers and their effect.

    `view` is called in a unit of work that reads, with the link's row; the frozen value that it returns
    is `view` in the template. `answer` is called in a unit of work that writes, in the name of the
    link's reader, with one of `choices` (value and label) and the note. It raises Problem where the
    answer comes too late or makes no sense.
    """

    template: str
    view: Callable[[Work, ActionLink], object]
    choices: Mapping[str, object]
    answer: Callable[[Work, ActionLink, str, str], None]


PURPOSES: Mapping[str, Purpose] = {
    notices.OBJECTING: Purpose(objecting.TEMPLATE, objecting.page, objecting.CHOICES, objecting.answer),
    access_changes.PURPOSE: Purpose(
        access.TEMPLATE, access_changes.question, access.CHOICES, access_changes.answer
    ),
}
