"""Words of the follow-up that several of its pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from consulta.platform.data import catalogue
from consulta.platform.web.language import local
from consulta.sessions.follow_up.values import STEPS, name_of_addressee

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flask_babel import LazyString

    from consulta.sessions.follow_up.values import Body, ReportView, Standing

KINDS: Mapping[str, LazyString] = {
    "recommendation": _l("Recommendation"),
    "challenge": _l("Challenge"),
    "initiative": _l("Initiative"),
}
KINDS_MANY: Mapping[str, LazyString] = {
    "recommendation": _l("Recommendations"),
    "challenge": _l("Challenges"),
    "initiative": _l("Initiatives"),
}
GROUPS: Mapping[str, LazyString] = {
    "all": _l("Everybody"),
    "states": _l("All States"),
    "local": _l("Local governments"),
    "agencies": _l("Agencies"),
}
STEP: Mapping[str, LazyString] = {
    "not_begun": lazy_pgettext("how far a recommendation is", "Not begun"),
    "preparing": lazy_pgettext("how far a recommendation is", "Under preparation"),
    "under_way": lazy_pgettext("how far a recommendation is", "Under way, with first results"),
    "mostly": lazy_pgettext("how far a recommendation is", "Largely done"),
    "done": lazy_pgettext("how far a recommendation is", "Done"),
}
SIDE: Mapping[str, LazyString] = {
    "reported": _l("Reported by the government or agency"),
    "seen": _l("Seen by organisations of the country"),
}
RECEIVED: Mapping[str, LazyString] = {
    "letter": _l("by letter"),
    "telephone": _l("by telephone"),
    "mail": _l("by e-mail"),
    "meeting": _l("in a meeting"),
}
INSTITUTION: Mapping[str, LazyString] = {
    "government": _l("Government of a State"),
    "local": _l("Local government"),
    "agency": _l("Agency"),
}


def addressed(keys: Sequence[str], institutions: Iterable[Body] = ()) -> str:
    """Return in words to whom a recommendation is addressed."""
    known = tuple(institutions)
    return ", ".join(
        str(GROUPS[key]) if key in GROUPS else local(name_of_addressee(key, known)) for key in keys
    )


def objectives(numbers: Iterable[int]) -> str:
    """Return objectives by number and short name."""
    by_number = catalogue.objectives_by_number()
    return " · ".join(f"{each}. {local(by_number[each].short)}" for each in numbers)


def seen_step(standing: Standing) -> str:
    """Return what organisations see: one step, or from the lowest to the highest where they differ."""
    steps = standing.steps_seen
    if not steps:
        return ""
    if len(steps) == 1:
        return str(STEP[steps[0]])
    return _("they differ: from “%(low)s” to “%(high)s”", low=str(STEP[steps[0]]), high=str(STEP[steps[-1]]))


def entered(report: ReportView, *, named: bool = True) -> str:
    """Return who said it and who wrote it down; with `named` false an organisation without its name."""
    organisation = report.organisation if named or not report.organisation else _("an organisation")
    who = report.institution or organisation
    if report.entered == "staff":
        how = str(RECEIVED[report.received])
        if who:
            return _("%(who)s, %(how)s; written down by the secretariat", who=who, how=how)
        return _("received %(how)s; written down by the secretariat", how=how)
    if report.entered == "focal_point":
        return _("the focal point of %(who)s", who=who)
    return who


def rank(step: str) -> int:
    """Return the place of a step, from 0."""
    return STEPS.index(step)
