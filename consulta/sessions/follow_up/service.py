"""What became of recommendations: read by everybody, and reports entered.

It decides who can answer for what, that a report follows the one its author saw, and that nothing earlier is
overwritten. How recommendations are written is decided in `writing`, and who is asked in `asking`.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import defer, joinedload, selectinload

from consulta.core.problems import Problem, or_problem
from consulta.core.texts import Text
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.alphabet import order
from consulta.platform.copying import copied
from consulta.platform.data import catalogue
from consulta.platform.models import (
    Dialogue,
    Evidence,
    FocalPoint,
    Institution,
    Organisation,
    Recommendation,
    Report,
    Round,
    Withdrawal,
)
from consulta.platform.parts import uses
from consulta.platform.texts import line, paragraphs
from consulta.sessions.follow_up import evidence
from consulta.sessions.follow_up.figures import BEGUN, Brief
from consulta.sessions.follow_up.values import (
    RECEIVED,
    REPORTED,
    SEEN,
    SIDES,
    STEPS,
    Body,
    EvidenceFile,
    EvidenceView,
    Followed,
    PublishedText,
    RecommendationView,
    ReportView,
    SessionLine,
    Standing,
    Withdrawn,
    name_of_addressee,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Select

    from consulta.platform.work import Work
    from consulta.sessions.follow_up.values import Answer, Source

TEXT_MAX = 3000
LINK_MAX = 2000


# -- read by everybody


def published(work: Work, key: str | None = None) -> tuple[Followed, ...]:
    """Return every published recommendation, withdrawn ones too, with what became of it.

    Newest session first; with `key` those of one round's session.
    """
    require(work, "published.read")
    query = recommendations().where(Recommendation.reference.is_not(None))
    if key is not None:
        query = query.where(Round.key == key)
    return _followed(work, work.session.scalars(query))


def is_public(work: Work, key: str) -> bool:
    """Return whether a recommendation of a round's session is published."""
    require(work, "published.read")
    query = recommendations().where(Round.key == key, Recommendation.reference.is_not(None))
    newest = work.session.scalar(query.with_only_columns(Recommendation.id).order_by(None).limit(1))
    return newest is not None and uses(work, "follow_up")


def followed(work: Work, reference: str) -> Followed:
    """Return a published recommendation with what became of it. Problem: `recommendation.unknown`."""
    require(work, "published.read")
    query = recommendations().where(Recommendation.reference == reference)
    found = or_problem(work.session.scalars(query).first(), "recommendation.unknown")
    return _followed(work, [found])[0]


def briefs(work: Work) -> tuple[Brief, ...]:
    """Return every recommendation in force in brief, for lines about the themes of a round."""
    require(work, "published.read")
    rows = work.session.execute(
        select(Recommendation.id, Recommendation.objectives, Round.example, Dialogue.starts_at)
        .join(Dialogue, Dialogue.id == Recommendation.dialogue_id)
        .join(Round, Round.id == Dialogue.round_id)
        .where(
            Recommendation.kind == "recommendation",
            Recommendation.reference.is_not(None),
            Recommendation.withdrawn_at.is_(None),
        )
    ).all()
    steps = (
        select(Report.recommendation_id, Report.addressee, Report.step)
        .where(Report.side == REPORTED, Report.id.not_in(withdrawn_answers()))
        .order_by(Report.version)
    )
    newest: dict[int, dict[str, str]] = {}
    for number, addressee, step in work.session.execute(steps) if rows else ():
        newest.setdefault(number, {})[addressee] = step
    return tuple(
        Brief(
            frozenset(objectives),
            example,
            held_at,
            answered=number in newest,
            begun=any(STEPS.index(step) >= BEGUN for step in newest.get(number, {}).values()),
        )
        for number, objectives, example, held_at in rows
    )


def evidence_file(work: Work, number: int) -> EvidenceFile | None:
    """Return a file on which a report rests, or None. Problem: `evidence.withdrawn`."""
    require(work, "published.read")
    query = select(Withdrawal).join(Report, Report.id == Withdrawal.report_id)
    gone = work.session.scalars(
        query.where(Report.evidence_id == number).order_by(Withdrawal.id.desc())
    ).first()
    if gone is not None:
        raise Problem("evidence.withdrawn", day=gone.at.date().isoformat(), because=gone.reason)
    found = work.session.get(Evidence, number)
    return copied(EvidenceFile, found) if found else None


# -- reports


def report(
    work: Work, reference: str, side: str, addressee: str, answer: Answer, source: Source, seen: int
) -> int:
    """Write down what a side says of a recommendation, after what it said before; return its number.

    `seen` is the version of the newest report of this voice that its author saw, 0 for none.
    Problems: `recommendation.unknown`, `report.withdrawn`, `report.addressee`, `report.institution`,
    `report.organisation`, `report.received`, `report.step`, `report.day`, `report.future`, `report.text`,
    `report.link`, `report.stale`, those of `evidence.judged`.
    """
    require(work, "follow_up.report")
    query = recommendations().where(Recommendation.reference == reference)
    found = work.session.scalars(query.with_for_update(of=Recommendation)).first()
    if found is None or side not in SIDES:
        raise Problem("recommendation.unknown")
    if found.withdrawn_at is not None:
        raise Problem("report.withdrawn", reference=reference)
    view = view_of(found)
    if not may_answer(work, view, addressee):
        raise Problem("report.addressee", name=_name(work, addressee), reference=reference)
    voice = _voice(work, side, addressee, source)
    said = _checked(work, answer, view.session.zone)
    same_voice = select(func.max(Report.version)).where(
        Report.recommendation_id == found.id,
        Report.side == side,
        Report.addressee == addressee,
        Report.voice == voice,
    )
    version = work.session.scalar(same_voice) or 0
    if seen != version:
        raise Problem("report.stale", version=version)
    kept = _kept(work, answer)
    row = Report(
        recommendation_id=found.id,
        side=side,
        addressee=addressee,
        voice=voice,
        version=version + 1,
        evidence_id=kept.id if kept else None,
        entered=source.entered,
        received=source.received if source.entered == "staff" else "",
        institution_id=source.institution_id if side == REPORTED else None,
        organisation_id=source.organisation_id if side == SEEN else None,
        focal_point_id=source.focal_point_id if side == SEEN else None,
        staff_id=work.actor.staff_id,
        entered_at=work.now,
        **said,
    )
    work.session.add(row)
    work.session.flush()
    work.record(
        "report.entered",
        f"round:{found.dialogue.round_id}",
        {
            "report": row.id,
            "reference": reference,
            "side": side,
            "addressee": addressee,
            "version": row.version,
            "step": row.step,
            "evidence": kept.sha256 if kept else "",
        },
    )
    return row.id


def may_answer(work: Work, recommendation: RecommendationView, addressee: str) -> bool:
    """Return whether a recommendation is addressed to a State ("PE") or an institution ("I12")."""
    if recommendation.is_for(addressee):
        return addressee in catalogue.countries_by_code() or _institution_of(work, addressee) is not None
    found = _institution_of(work, addressee)
    if found is None:
        return False
    return {"local": "local", "agency": "agencies"}.get(found.kind) in recommendation.addressed


def _institution_of(work: Work, addressee: str) -> Institution | None:
    number = addressee[1:]
    if not addressee.startswith("I") or not number.isascii() or not number.isdecimal() or len(number) > 9:  # noqa: PLR2004 - more has no row
        return None
    found = work.session.get(Institution, int(number))
    return found if found is not None and found.kind != "government" else None


def _voice(work: Work, side: str, addressee: str, source: Source) -> str:
    """Return the voice of a report: empty for a government or agency, "O7" for an organisation."""
    if source.entered == "staff" and source.received not in RECEIVED:
        raise Problem("report.received")
    if side == SEEN:
        return f"O{_seen_by(work, addressee, source)}"
    if source.institution_id is not None:
        found = work.session.get(Institution, source.institution_id)
        if found is None or found.addressee != addressee:
            raise Problem("report.institution")
    return ""


def _seen_by(work: Work, addressee: str, source: Source) -> int:
    """Return the number of the organisation that says what it sees at an addressee.

    It is of that State, or its focal point is the one of that State. What an agency of the region does is
    seen by any organisation. Problem: `report.organisation`.
    """
    own = _institution_of(work, addressee)
    here = own.country if own else addressee
    found = work.session.get(Organisation, source.organisation_id or 0)
    person = work.session.get(FocalPoint, source.focal_point_id or 0)
    theirs = person is not None and found is not None and person.organisation_id == found.id
    of_here = found is not None and here in {"", found.country}
    if person is not None and theirs and person.country == here:
        of_here = True
    if found is None or not found.active or not of_here or (source.focal_point_id and not theirs):
        raise Problem("report.organisation", name=_name(work, here or addressee))
    return found.id


def _checked(work: Work, answer: Answer, zone: str) -> dict[str, str]:
    if answer.step not in STEPS:
        raise Problem("report.step")
    try:
        day = date.fromisoformat(answer.day)
    except ValueError:
        raise Problem("report.day") from None
    today = deadlines.local(work.now, zone)[: len("2027-05-20")]
    if day.isoformat() > today:
        raise Problem("report.future", today=today)
    text = paragraphs(answer.text)
    if not 1 <= len(text) <= TEXT_MAX:
        raise Problem("report.text", most=TEXT_MAX)
    link = line(answer.link)
    if link and not is_address(link):
        raise Problem("report.link", text=link[:200])
    return {
        "step": answer.step,
        "day": day.isoformat(),
        "text": text,
        "language": work.language(answer.language),
        "link": link,
    }


def _kept(work: Work, answer: Answer) -> Evidence | None:
    if answer.file is None:
        return None
    name, media = evidence.judged(*answer.file)
    content = answer.file[1]
    row = Evidence(
        name=name,
        media=media,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=content,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    return row


def is_address(text: str) -> bool:
    """Return whether a text is the http or https address of a page, of at most 2000 characters."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
    return whole and len(text) <= LINK_MAX


# -- what the neighbouring modules share; who asks has been let in before


def recommendations() -> Select[Recommendation]:
    """Return the query for recommendations, the newest session first, then by kind and place."""
    return (
        select(Recommendation)
        .join(Dialogue, Dialogue.id == Recommendation.dialogue_id)
        .join(Round, Round.id == Dialogue.round_id)
        .options(
            joinedload(Recommendation.dialogue).joinedload(Dialogue.round).selectinload(Round.themes),
            selectinload(Recommendation.texts),
        )
        .order_by(
            Dialogue.starts_at.desc(),
            Dialogue.id.desc(),
            Recommendation.kind.desc(),
            Recommendation.position,
            Recommendation.id,
        )
    )


def withdrawn_answers() -> Select[int | None]:
    """Return the query for the numbers of the reports that were withdrawn whole."""
    return select(Withdrawal.report_id).where(Withdrawal.what == "answer")


def evidence_names(work: Work, numbers: Collection[int]) -> dict[int, Evidence]:
    """Return these files by number, without their contents."""
    query = select(Evidence).where(Evidence.id.in_(numbers)).options(defer(Evidence.content))
    return {each.id: each for each in work.session.scalars(query)}


def institutions_of(work: Work, language: str = "") -> tuple[Body, ...]:
    """Return all institutions by State and name, sorted for a language: where none is said, the first."""
    reader = language or work.languages[0]
    rows = work.session.scalars(select(Institution).order_by(Institution.id))
    found = (copied(Body, each) for each in rows)
    return tuple(sorted(found, key=lambda each: (each.country, each.kind, order(each.name, reader))))


def session_line(dialogue: Dialogue) -> SessionLine:
    """Return the session of recommendations."""
    return SessionLine(
        key=dialogue.round.key,
        title=dialogue.title,
        round_title=dialogue.round.title,
        starts_at=dialogue.starts_at,
        zone=dialogue.zone,
        day=dialogue.starts_local[: len("2027-05-20")],
        example=dialogue.round.example,
        factsheet_version=dialogue.factsheet_version,
    )


def view_of(row: Recommendation) -> RecommendationView:
    """Return a recommendation with its newest published text."""
    titles = {theme.key: theme.title for theme in row.dialogue.round.themes}
    return RecommendationView(
        reference=row.reference or "",
        kind=row.kind,
        text=row.texts[-1].text if row.texts else row.text,
        language=row.language,
        topic=row.topic,
        topic_title=titles.get(row.topic, Text()),
        objectives=tuple(sorted(row.objectives)),
        addressed=tuple(row.addressed),
        session=session_line(row.dialogue),
        published_at=row.published_at,
        withdrawn_at=row.withdrawn_at,
        reason=row.reason,
    )


def _report_views(work: Work, rows: Sequence[Report]) -> tuple[ReportView, ...]:
    files = evidence_names(work, {each.evidence_id for each in rows if each.evidence_id})
    gone: dict[int, Withdrawn] = {}
    of_these = select(Withdrawal).where(Withdrawal.report_id.in_({each.id for each in rows}))
    for one in work.session.scalars(of_these.order_by(Withdrawal.id)) if rows else ():
        if one.report_id and (one.report_id not in gone or one.what == "answer"):
            gone[one.report_id] = copied(Withdrawn, one)
    views = (
        copied(
            ReportView,
            each,
            evidence=copied(EvidenceView, files[each.evidence_id]) if each.evidence_id else None,
            institution=each.institution.name if each.institution else "",
            organisation=each.organisation.name if each.organisation else "",
            withdrawn=gone.get(each.id),
        )
        for each in rows
    )
    return tuple(_without(each) if each.withdrawn else each for each in views)


def _without(view: ReportView) -> ReportView:
    """Return a report without what the desk withdrew of it."""
    return replace(view, text=view.text if view.counts else "", link="", evidence=None)


def _followed(work: Work, rows: Iterable[Recommendation]) -> tuple[Followed, ...]:
    found = list(rows)
    known = institutions_of(work)
    numbers = {each.id for each in found}
    reports = (
        select(Report)
        .where(Report.recommendation_id.in_(numbers))
        .options(joinedload(Report.institution), joinedload(Report.organisation))
        .order_by(Report.id.desc())
    )
    said = _report_views(work, work.session.scalars(reports).all())
    last = (
        select(Withdrawal.recommendation_id, func.max(Withdrawal.at))
        .where(Withdrawal.report_id.is_(None), Withdrawal.recommendation_id.in_(numbers))
        .group_by(Withdrawal.recommendation_id)
    )
    withdrawn = {row[0]: row[1] for row in work.session.execute(last)}
    of: dict[int, list[ReportView]] = {each.id: [] for each in found}
    for each in said:
        of[each.recommendation_id].append(each)
    return tuple(_one(row, of[row.id], known, withdrawn.get(row.id)) for row in found)


def _one(
    row: Recommendation,
    said: Sequence[ReportView],
    known: Sequence[Body],
    withdrawn: datetime | None,
) -> Followed:
    view = view_of(row)
    named = [each for each in view.addressed if name_is_of_one(each)]
    standings = []
    for addressee in dict.fromkeys((*named, *(each.addressee for each in said))):
        here = [each for each in said if each.addressee == addressee]
        newest: dict[tuple[str, str], ReportView] = {}
        for each in here:
            if each.counts and (each.side, each.voice) not in newest:
                newest[each.side, each.voice] = each
        institution = next((each for each in known if f"I{each.id}" == addressee), None)
        standings.append(
            Standing(
                addressee=addressee,
                name=name_of_addressee(addressee, known),
                country=institution.country if institution else addressee,
                reported=newest.get((REPORTED, "")),
                seen=tuple(each for (side, _), each in newest.items() if side == SEEN),
                history=tuple(here),
            )
        )
    answered = {each.addressee for each in standings if each.reported}
    return Followed(
        recommendation=view,
        standings=tuple(standings),
        waiting=tuple(each for each in view.states() if each not in answered),
        texts=tuple(copied(PublishedText, each) for each in row.texts),
        changed_at=max(
            filter(None, (row.published_at, withdrawn, *(each.published_at for each in row.texts))),
            default=None,
        ),
    )


def name_is_of_one(addressee: str) -> bool:
    """Return whether an addressee is one State or institution, and not a group of them."""
    return addressee in catalogue.countries_by_code() or addressee.startswith("I")


def _name(work: Work, addressee: str) -> Text:
    return name_of_addressee(addressee, institutions_of(work))


def answerable(work: Work, recommendation: RecommendationView) -> tuple[tuple[str, Text], ...]:
    """Return every State and institution that can answer for a recommendation, with its name."""
    known = institutions_of(work)
    keys = [*recommendation.states(), *(each.addressee for each in known if each.kind != "government")]
    return tuple(
        (key, name_of_addressee(key, known)) for key in keys if may_answer(work, recommendation, key)
    )


def version_seen(
    said: Iterable[ReportView], side: str, addressee: str, organisation_id: int | None, newest: int
) -> int:
    """Return the version of the newest report of a voice up to the one of this number; 0 for none."""
    voice = f"O{organisation_id}" if side == SEEN else ""
    return max(
        (
            each.version
            for each in said
            if (each.side, each.addressee, each.voice) == (side, addressee, voice) and each.id <= newest
        ),
        default=0,
    )


def organisations(work: Work, language: str, country: str | None = None) -> list[tuple[int, str]]:
    """Return id and name of every active organisation, or of those of a State, sorted for a language."""
    require(work, "follow_up.read")
    query = select(Organisation.id, Organisation.name).where(Organisation.active)
    if country is not None:
        query = query.where(Organisation.country == country)
    found = [(row[0], row[1]) for row in work.session.execute(query)]
    return sorted(found, key=lambda each: order(each[1], language))


def without_names(found: Followed) -> Followed:
    """Return the same without the names of organisations, for where these are not public."""

    def bare(each: ReportView) -> ReportView:
        return replace(each, organisation="", organisation_id=None, voice="O" if each.side == SEEN else "")

    return replace(
        found,
        standings=tuple(
            replace(
                one,
                seen=tuple(bare(each) for each in one.seen),
                history=tuple(bare(each) for each in one.history),
            )
            for one in found.standings
        ),
    )
