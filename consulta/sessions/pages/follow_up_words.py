"""Sentences made of the figures of the follow-up."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import url_for

from consulta.platform.data import catalogue
from consulta.platform.labels import name_of
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import lazy_pgettext, ngettext
from consulta.platform.web.language import alphabetical, local
from consulta.platform.web.request import uses
from consulta.rounds.pages.earlier import told_by
from consulta.sessions.follow_up import figures, service
from consulta.sessions.follow_up.values import STEPS, name_of_addressee

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from flask import Flask

    from consulta.platform.web.babel import LazyString
    from consulta.platform.work import Work
    from consulta.rounds.values import ThemeLine
    from consulta.sessions.follow_up.figures import Brief, Earlier
    from consulta.sessions.follow_up.values import Body, ReportView, Standing


def of_theme(told: Earlier) -> str:
    """Return in one line what became of earlier recommendations on the objectives of a theme."""
    if not told.followed:
        return ""
    if not told.answered:
        return ngettext(
            "%(num)s earlier recommendation on its objectives, not yet answered",
            "%(num)s earlier recommendations on its objectives, not yet answered",
            told.followed,
        )
    return ngettext(
        "%(num)s earlier recommendation on its objectives: %(answered)s answered, %(begun)s under way",
        "%(num)s earlier recommendations on its objectives: %(answered)s answered, %(begun)s under way",
        told.followed,
        answered=told.answered,
        begun=told.begun,
    )


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
    "all": _l("Everyone"),
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
    "seen": _l("Observed by organisations in the country"),
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
            return _("%(who)s, %(how)s; recorded by the secretariat", who=who, how=how)
        return _("received %(how)s; recorded by the secretariat", how=how)
    if report.entered == "focal_point":
        return _("the focal point of %(who)s", who=who)
    return who


def rank(step: str) -> int:
    """Return the place of a step, from 0."""
    return STEPS.index(step)


def init_app(app: Flask) -> None:
    """Tell it to ballots and to pages of rounds; give templates the names of States."""
    told_by(app, _earlier)
    app.jinja_env.filters.update(state_name=state_name, state_names=state_names)


def state_name(code: str) -> str:
    """Return the name of a State in the reader's language."""
    return local(name_of("country", code))


def state_names(codes: Iterable[str]) -> list[str]:
    """Return the names of States in the reader's language, in its order."""
    return sorted(map(state_name, codes), key=alphabetical)


def _earlier(
    work: Work, themes: Sequence[ThemeLine], *, example: bool, before: datetime | None
) -> Mapping[str, tuple[str, str]]:
    if not uses("follow_up"):
        return {}
    return became(service.briefs(work), themes, example=example, before=before)


def became(
    found: Iterable[Brief],
    themes: Sequence[ThemeLine],
    *,
    example: bool,
    before: datetime | None = None,
) -> Mapping[str, tuple[str, str]]:
    """Return the line of each theme that has earlier recommendations, by its key, and the page with them."""
    known = tuple(found)
    lines = {}
    for theme in themes:
        said = of_theme(figures.of_theme(known, theme.objectives, example=example, before=before))
        if said:
            args = {"kind": "recommendation", "objective": ".".join(map(str, sorted(theme.objectives)))}
            lines[theme.key] = (said, f"{url_for('public.follow_up')}?{urlencode(args)}")
    return lines
