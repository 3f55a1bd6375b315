"""What became of recommendations, for everybody: all, those of a session, one of them, and as files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import Response, abort, render_template, request, url_for

from consulta.core.problems import Problem
from consulta.platform.data import catalogue
from consulta.platform.deadlines import as_text
from consulta.platform.formats.workbook import Sheet
from consulta.platform.listing import cut
from consulta.platform.organiser.pages.everywhere import site_name
from consulta.platform.web import downloads
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.files import Export, as_file
from consulta.platform.web.language import alphabetical, current, local
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, now, read, reading
from consulta.sessions.follow_up import export, figures, service
from consulta.sessions.follow_up.values import KINDS
from consulta.sessions.pages import follow_up_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.sessions.follow_up.values import Body, Followed, ReportView

BELONGS_TO = "follow_up"


PAGE = 8  # recommendations on one page


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; what it names that there is not is ignored."""

    country: str
    objectives: tuple[int, ...]
    kind: str
    session: str

    def keeps(self, each: Followed) -> bool:
        """Return whether a recommendation is among those asked for."""
        one = each.recommendation
        return (
            (not self.country or self.country in one.states() or self._answered(each))
            and (not self.objectives or bool(set(self.objectives) & set(one.objectives)))
            and self.kind in {"", one.kind}
            and self.session in {"", one.session.key}
        )

    def _answered(self, each: Followed) -> bool:
        return any(standing.country == self.country for standing in each.standings)

    def args(self, **changes: str) -> dict[str, str]:
        """Return what the address has, with changes; an empty one takes its name out."""
        told = {
            "country": self.country,
            "objective": ".".join(map(str, self.objectives)),
            "kind": self.kind,
            "session": self.session,
        }
        return {name: value for name, value in {**told, **changes}.items() if value}


def _asked(found: Sequence[Followed]) -> Asked:
    country, kind = (request.args.get(name, "") for name in ("country", "kind"))
    session = request.args.get("session", "")
    numbers = {str(each.number): each.number for each in catalogue.objectives()}
    wanted = request.args.get("objective", "").split(".")
    return Asked(
        country=country if country in catalogue.countries_by_code() else "",
        objectives=tuple(dict.fromkeys(numbers[each] for each in wanted if each in numbers)),
        kind=kind if kind in KINDS else "",
        session=session if any(each.recommendation.session.key == session for each in found) else "",
    )


@blueprint.get("/follow-up", may="published.read")
def follow_up() -> str:
    """Show what became of all recommendations: State by State, then one by one."""
    with reading() as work:
        found = service.published(work)
        institutions = service.institutions_of(work, current())
    return _page(found, institutions, None)


@blueprint.get("/rounds/<key>/follow-up", may="published.read")
def follow_up_session(key: str) -> str:
    """Show what became of the recommendations of one session. Problem: `recommendation.none`."""
    with reading() as work:
        found = service.published(work, key)
        institutions = service.institutions_of(work, current())
    if not found:
        raise Problem("recommendation.none")
    return _page(found, institutions, key)


def _page(found: Sequence[Followed], institutions: Sequence[Body], key: str | None) -> str:
    asked = _asked(found)
    kept = [each for each in found if asked.keeps(each)]
    endpoint = "public.follow_up_session" if key else "public.follow_up"

    def address(**changes: str) -> str:
        args = asked.args(**changes)
        base = url_for(endpoint, key=key) if key else url_for(endpoint)
        return base + (f"?{urlencode(args)}" if args else "")

    sessions = {each.recommendation.session.key: each.recommendation.session for each in found}
    news, answered = figures.news(found), [each for each in kept if each.has_news]
    strip = figures.strip(each for each in found if asked.session in {"", each.recommendation.session.key})
    page, first, last = cut(len(answered), request.args.get("page", 1, type=int), PAGE)
    return render_template(
        "follow_up/public.html",
        whole=len(found),
        news=news,
        silent_states=sorted(
            ((follow_up_words.state_name(each.country), each.country) for each in news.silent),
            key=lambda pair: alphabetical(pair[0]),
        ),
        kept=kept,
        answered=answered[first:last],
        answers=len(answered),
        silent=[each for each in kept if not each.has_news],
        page=page,
        pages=max(1, -(-len(answered) // PAGE)),
        asked=asked,
        session=sessions[key] if key else None,
        sessions=tuple(sessions.values()),
        address=address,
        files={
            ending: url_for("public.follow_up_file", file_kind=ending)
            + (f"?{urlencode(args)}" if (args := asked.args(**({"session": key} if key else {}))) else "")
            for ending in ("csv", "xlsx", "json")
        },
        feed_url=url_for("public.follow_up_feed")
        + (f"?{urlencode(args)}" if (args := asked.args(**({"session": key} if key else {}))) else ""),
        states=_states(),
        strip=strip,
        on_objectives=[sum(column) for column in zip(*(counts for _year, counts in strip), strict=True)],
        objectives=catalogue.objectives_by_number(),
        institutions=institutions,
        words=follow_up_words,
        listed_names=_names_are_public(),
        example=any(each.recommendation.session.example for each in found),
    )


def _states() -> list[tuple[str, str]]:
    named = ((each.iso2, local(each.name)) for each in catalogue.countries())
    return sorted(named, key=lambda pair: alphabetical(pair[1]))


@blueprint.get("/follow-up/<reference>", may="published.read")
def recommendation(reference: str) -> str:
    """Show one recommendation with what became of it. Problem: `recommendation.unknown`."""
    with reading() as work:
        found = service.followed(work, reference)
        institutions = service.institutions_of(work, current())
    one = found.recommendation
    return render_template(
        "follow_up/recommendation.html",
        found=found,
        one=one,
        waiting=follow_up_words.state_names(found.waiting),
        objectives=catalogue.objectives_by_number(),
        institutions=institutions,
        words=follow_up_words,
        listed_names=_names_are_public(),
        example=one.session.example,
    )


@blueprint.get("/follow-up/evidence/<int:number>", may="published.read")
def evidence(number: int) -> Response:
    """Return a file on which a report rests, always to be saved and never to be opened in the page."""
    found = read(service.evidence_file, number)
    if found is None:
        abort(404)
    response = downloads.saved("evidence", found.content, found.media)
    response.headers.set("Content-Disposition", "attachment", filename=found.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.get("/follow-up.<any(csv, xlsx, json):file_kind>", may="published.read")
def follow_up_file(file_kind: str) -> Response:
    """Return the recommendations that an address asks for as a file, with what became of them."""
    found = read(service.published)
    asked = _asked(found)
    kept = [each for each in found if asked.keeps(each)]
    if file_kind == "json":
        told = export.document(
            kept if _names_are_public() else [service.without_names(each) for each in kept],
            mechanism=site_name(),
            address=_address,
            evidence=_evidence,
        )
        return downloads.saved(
            "follow-up.json", json.dumps(told, ensure_ascii=False, indent=1).encode(), "application/json"
        )
    rows = export.rows(
        kept,
        mechanism=site_name(),
        say=lambda text: str(local(text)),
        address=_address,
        evidence=_evidence,
        source=source_of,
    )
    return as_file(
        Export(
            stem="follow-up",
            title=_("Follow-up to the recommendations"),
            sheet=Sheet(_("Follow-up"), export.COLUMNS, tuple(rows)),
            made_at=now(),
            facts=(
                (_("A row"), _("a recommendation and one of its addressees")),
                (
                    _("Steps"),
                    ", ".join(f"{key}: {told}" for key, told in follow_up_words.STEP.items()),
                ),
            ),
        ),
        "csv" if file_kind == "csv" else "xlsx",
    )


@blueprint.get("/follow-up.atom", may="published.read")
def follow_up_feed() -> Response:
    """Return the changes of the recommendations that an address asks for as an Atom feed."""
    with reading() as work:
        found = service.published(work)
        institutions = service.institutions_of(work, current())
    asked = _asked(found)
    kept = [each for each in found if asked.keeps(each)]
    entries = export.entries(kept)
    args = urlencode(asked.args())
    query, origin = f"?{args}" if args else "", house().settings.origin
    text = render_template(
        "follow_up/feed.xml",
        title=f"{_('Follow-up to the recommendations')} · {site_name()}",
        address=origin + url_for("public.follow_up_feed") + query,
        page=origin + url_for("public.follow_up") + query,
        updated=as_text(entries[0].updated_at if entries else now()),
        entries=entries,
        recommendation_url=_address,
        as_text=as_text,
        institutions=institutions,
        words=follow_up_words,
        listed_names=_names_are_public(),
    )
    return Response(text, content_type="application/atom+xml; charset=utf-8")


def source_of(report: ReportView) -> str:
    """Return who said it, without the name of an organisation where these are not public."""
    return follow_up_words.entered(report, named=_names_are_public())


def _names_are_public() -> bool:
    return house().settings.roll == "public"


def _address(reference: str) -> str:
    return house().settings.origin + url_for("public.recommendation", reference=reference)


def _evidence(report: ReportView) -> str:
    if not report.evidence:
        return ""
    return house().settings.origin + url_for("public.evidence", number=report.evidence.id)
