"""Data packages of what is published: built as any reader may read it, and kept in versions.

A package is built by a unit of work without rights, from the values that the public pages are drawn from. The
worker builds one where something published changed and keeps it as the next version if its bytes differ;
readers are given what is kept, so that no request builds anything. Ballots are read from the published
bundle, and only where the round's secrecy makes it public.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy import func, select

from consulta import __version__
from consulta.core.counting.files import cells_of
from consulta.core.problems import Problem, or_problem
from consulta.core.texts import Text
from consulta.operations.open_data import of_follow_up, of_rounds, of_sessions, packing, preflib, schemas
from consulta.operations.open_data.of_rounds import Sources
from consulta.operations.open_data.values import (
    DESCRIPTOR,
    KINDS,
    FileLine,
    Kind,
    Made,
    PackageLine,
    PackageView,
    Withdrawn,
)
from consulta.panel import public_panel
from consulta.platform import documents, parts
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.messages import N_
from consulta.platform.models import (
    Agreement,
    DataFile,
    DataPackage,
    DataWithdrawal,
    Dialogue,
    Document,
    Evaluation,
    MinutesVersion,
    Recommendation,
    Report,
    Round,
    SynthesisVersion,
    Withdrawal,
)
from consulta.platform.organiser import service
from consulta.platform.organiser.service import LICENCES, Licence
from consulta.platform.parts import Part
from consulta.platform.texts import paragraphs
from consulta.results import archive, synthesis
from consulta.results import page as result_page
from consulta.rounds import public_rounds
from consulta.rounds import service as rounds
from consulta.rounds.secrecy import what_is_public
from consulta.sessions import evaluation, factsheets
from consulta.sessions import minutes as minutes_acts
from consulta.sessions.follow_up import service as follow_up
from consulta.themes import proposals
from consulta.vote import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from consulta.platform.organiser.service import Profile
    from consulta.platform.settings import Settings
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


class Standing(NamedTuple):
    """A published round, with the numbers of what was published of it since."""

    round_id: int
    key: str
    panel: int | None
    synthesis: int | None
    factsheet: int | None
    followed: int | None  # grows with each change of a published recommendation
    reports: int | None  # the newest report of one of them
    withdrawn: int | None  # the newest withdrawal of an answer
    minutes: int | None  # the newest version of the minutes
    agreements: int | None  # grows with each change of an agreement
    evaluation: int | None  # its number, once it is published


def published(session: Session) -> list[Standing]:
    """Return every published round, the newest first."""
    query = _standing().order_by(Round.closed_at.desc(), Round.id.desc())
    return [Standing(*(*row,)) for row in session.execute(query)]


def published_round(session: Session, key: str) -> Standing | None:
    """Return a published round, or None."""
    row = session.execute(_standing().where(Round.key == key)).first()
    return None if row is None else Standing(*(*row,))


def _standing() -> Select[Any]:
    synthesis = (
        select(func.max(SynthesisVersion.version))
        .where(SynthesisVersion.round_id == Round.id)
        .correlate(Round)
        .scalar_subquery()
    )
    factsheet = (
        select(func.max(Document.version))
        .where(Document.round_id == Round.id, Document.kind == "factsheet")
        .correlate(Round)
        .scalar_subquery()
    )
    rows = (
        select(func.sum(Recommendation.version))
        .join(Dialogue, Dialogue.id == Recommendation.dialogue_id)
        .where(Dialogue.round_id == Round.id, Recommendation.published_at.is_not(None))
        .correlate(Round)
        .scalar_subquery()
    )
    reports = (
        select(func.max(Report.id))
        .join(Recommendation, Recommendation.id == Report.recommendation_id)
        .join(Dialogue, Dialogue.id == Recommendation.dialogue_id)
        .where(Dialogue.round_id == Round.id)
        .correlate(Round)
        .scalar_subquery()
    )
    withdrawn = (
        select(func.max(Withdrawal.id))
        .join(Recommendation, Recommendation.id == Withdrawal.recommendation_id)
        .join(Dialogue, Dialogue.id == Recommendation.dialogue_id)
        .where(Dialogue.round_id == Round.id, Withdrawal.report_id.is_not(None))
        .correlate(Round)
        .scalar_subquery()
    )
    minutes, agreements, evaluation = (
        select(what).where(*where).correlate(Round).scalar_subquery()
        for what, where in (
            (func.max(MinutesVersion.version), [MinutesVersion.round_id == Round.id]),
            (func.sum(Agreement.version), [Agreement.round_id == Round.id]),
            (Evaluation.id, [Evaluation.round_id == Round.id, Evaluation.published_at.is_not(None)]),
        )
    )
    told = (synthesis, factsheet, rows, reports, withdrawn, minutes, agreements, evaluation)
    query = select(Round.id, Round.key, Round.panel_version, *told)
    return query.where(Round.state == "published")


def stamps(session: Session) -> dict[tuple[str, int], str]:
    """Return for each package, by kind and round, of what its newest version was made."""
    return {(row.kind, row.round_id): row.stamp for row in session.scalars(_newest())}


def newest_rows(session: Session) -> list[tuple[DataPackage, str]]:
    """Return the newest version of each package of a published round with the round's key."""
    query = (
        _newest()
        .add_columns(Round.key)
        .join(Round, Round.id == DataPackage.round_id)
        .where(Round.state == "published")
        .order_by(DataPackage.kind, Round.closed_at.desc(), Round.id.desc())
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _newest() -> Select[DataPackage]:
    latest = (
        select(DataPackage.kind, DataPackage.round_id, func.max(DataPackage.version).label("version"))
        .group_by(DataPackage.kind, DataPackage.round_id)
        .subquery()
    )
    return select(DataPackage).join(
        latest,
        (latest.c.kind == DataPackage.kind)
        & (latest.c.round_id == DataPackage.round_id)
        & (latest.c.version == DataPackage.version),
    )


def versions(session: Session, kind: str, round_id: int) -> list[DataPackage]:
    """Return all versions of a package, the newest first."""
    query = select(DataPackage).where(DataPackage.kind == kind, DataPackage.round_id == round_id)
    return list(session.scalars(query.order_by(DataPackage.version.desc())))


def withdrawals(session: Session, numbers: Iterable[int]) -> dict[int, DataWithdrawal]:
    """Return which of these versions were withdrawn."""
    query = select(DataWithdrawal).where(DataWithdrawal.package_id.in_(list(numbers)))
    return {each.package_id: each for each in session.scalars(query)}


def by_digest(session: Session, sha256: str) -> tuple[DataPackage, str] | None:
    """Return the newest version with this digest and its round's key, or None."""
    query = (
        select(DataPackage, Round.key)
        .join(Round, Round.id == DataPackage.round_id)
        .where(DataPackage.sha256 == sha256, Round.state == "published")
        .order_by(DataPackage.id.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return None if row is None else (row[0], row[1])


def keep_files(session: Session, files: Mapping[str, bytes]) -> None:
    """Keep files by their digests; one that is kept is left as it is."""
    known = set(session.scalars(select(DataFile.sha256).where(DataFile.sha256.in_(list(files)))))
    for sha256, content in files.items():
        if sha256 not in known:
            session.add(DataFile(sha256=sha256, content=zlib.compress(content, 6)))
    session.flush()


def contents(session: Session, digests: Iterable[str]) -> dict[str, bytes]:
    """Return kept files by their digests."""
    query = select(DataFile.sha256, DataFile.content).where(DataFile.sha256.in_(list(digests)))
    return {row.sha256: zlib.decompress(row.content) for row in session.execute(query)}


FORMAT = 2
"""Of what packages are made; a greater number makes all anew."""


class Place(NamedTuple):
    """Where the pages of the installation are, and which groups are small."""

    base_url: str
    small_cell: int
    names: bool = True  # of members are public


def place_of(settings: Settings) -> Place:
    """Return the place of an installation."""
    return Place(settings.base_url, settings.small_cell, settings.roll == "public")


class Due(NamedTuple):
    """A package that is to be made anew; `stamp` says of what."""

    kind: Kind
    key: str
    stamp: str


# -- building, as any reader may read it


def due(work: Work, place: Place) -> tuple[Due, ...]:
    """Return the packages that are not there yet, or of which something published has changed."""
    require(work, "data.keep")
    if not parts.uses(work, "open_data"):
        return ()
    ground = _ground(work, place)
    kept = stamps(work.session)
    return tuple(
        Due(kind, found.key, stamp)
        for found in reversed(published(work.session))
        for kind in _kinds(work)
        if (stamp := _stamp(kind, found, ground)) and kept.get((kind, found.round_id)) != stamp
    )


def _kinds(work: Work) -> tuple[Kind, ...]:
    """Return the kinds of packages that are made: without those of a part that is not used."""
    return tuple(kind for kind in KINDS if parts.uses(work, PART_OF.get(kind, "")))


def _ground(work: Work, place: Place) -> str:
    """Return the digest of what all packages are made of."""
    profile = service.profile(work)
    said = [FORMAT, __version__, *place, *work.languages, profile.licence, dict(profile.name)]
    said += sorted(parts.unused(work))
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32]


def _stamp(kind: Kind, found: Standing, ground: str) -> str:
    """Return what stands for the state of what is published; "" where there is no such package."""
    if kind == "rounds":
        return f"{ground}:{found.panel or 0}:{found.synthesis or 0}"
    if kind == "sessions":
        minutes = f":{found.minutes}:{found.agreements}" if found.minutes else ""
        evaluated = f":e{found.evaluation}" if found.evaluation else ""
        return f"{ground}:{found.factsheet}{minutes}{evaluated}" if found.factsheet else ""
    if not found.followed:
        return ""
    withdrawn = f":{found.withdrawn}" if found.withdrawn else ""
    return f"{ground}:{found.followed}:{found.reports or 0}{withdrawn}"


def build(work: Work, place: Place, kind: Kind, key: str) -> Made:
    """Return a package as it would be now, for a reader without rights.

    Problems: `result.unknown`, `factsheet.unknown` where nothing of the kind is published.
    """
    require(work, "published.read")
    return BUILDERS[kind](work, place, key)


def _round(work: Work, place: Place, key: str) -> Made:
    of = _sources(work, place, key)
    view = of.view
    moments = [view.published_at or view.closed_at]
    moments += [of.said.published_at] if of.said else []
    moments += [of.panel.publications[-1].at] if of.panel and of.panel.publications else []
    about = _about(work, place, "rounds", key, view.card.title, f"rounds/{key}/result", moments)
    about = about._replace(secrecy=view.secrecy, example=view.card.example)
    rows = of_rounds.rows(of)
    others: Mapping[str, bytes] = {}
    if "bundle" in what_is_public(view.secrecy):
        ballots = _ballots(work, of)
        rows["ballots"], others = ballots.rows, ballots.files
    files = packing.pack(about, schemas.ROUNDS, rows, others)
    return Made("rounds", key, view.card.title, view.card.example, files)


def _session(work: Work, place: Place, key: str) -> Made:
    sheet = factsheets.published(work, key)
    agreed = minutes_acts.published(work, key) if minutes_acts.is_public(work, key) else None
    judged = evaluation.published(work, key) if evaluation.is_public(work, key) else None
    moments = [sheet.published_at or sheet.starts_at]
    moments += [agreed.published_at] if agreed and agreed.published_at else []
    moments += [judged.published_at] if judged else []
    about = _about(work, place, "sessions", key, sheet.title, f"rounds/{key}/factsheet", moments)
    about = about._replace(example=sheet.example)
    files = packing.pack(about, schemas.SESSIONS, of_sessions.rows(sheet, agreed, judged), {})
    return Made("sessions", key, sheet.title, sheet.example, files)


def _recommendations(work: Work, place: Place, key: str) -> Made:
    """Return the recommendations of a session; without names of organisations where these are not public."""
    found = follow_up.published(work, key)
    if not found:
        raise Problem("recommendation.none")
    if not place.names:
        found = tuple(follow_up.without_names(each) for each in found)
    session = found[0].recommendation.session
    moments = [one for each in found for one in (each.recommendation.published_at,) if one]
    moments += [each.entered_at for one in found for standing in one.standings for each in standing.history]
    moments += [one for each in found for one in (each.recommendation.withdrawn_at,) if one]
    said = (each for one in found for standing in one.standings for each in standing.history)
    moments += [each.withdrawn.at for each in said if each.withdrawn]
    about = _about(
        work, place, "recommendations", key, session.title, f"rounds/{key}/follow-up", moments
    )._replace(example=session.example)
    rows = of_follow_up.rows(key, found, f"{place.base_url}/{work.languages[0]}")
    files = packing.pack(about, schemas.RECOMMENDATIONS, rows, {})
    return Made("recommendations", key, session.title, session.example, files)


PART_OF: Mapping[Kind, str] = {"recommendations": "follow_up"}
"""To which part of the program a kind belongs."""
BUILDERS: Mapping[Kind, Callable[[Work, Place, str], Made]] = {
    "rounds": _round,
    "sessions": _session,
    "recommendations": _recommendations,
}
"""How the package of each kind is built. A further kind is an entry here and in `values.KINDS`, its tables in
`schemas.OF_KIND`, and its words in `data/open_data/`."""


def _sources(work: Work, place: Place, key: str) -> Sources:
    view = result_page.published_page(work, key)
    return Sources(
        view=view,
        page=public_rounds.round_page(work, key),
        abstained=archive.facts_of(work, key).abstained,
        panel=public_panel.published_panel(work, key) if view.card.has_panel else None,
        answers=answers.published(work, key) if answers.are_published(work, key) else None,
        said=synthesis.said(work, key) if synthesis.is_public(work, key) else None,
        proposed=proposals.public(work, key, place.small_cell) if proposals.is_public(work, key) else None,
    )


def _ballots(work: Work, of: Sources) -> preflib.Ballots:
    """Return the ballots of a round whose secrecy makes them public, from its published documents."""
    view = of.view
    found = rounds.known(work, view.card.key)
    bundle = documents.find(work.session, found.id, "bundle")
    result = documents.find(work.session, found.id, "result")
    if bundle is None or result is None:
        raise Problem("result.unknown", key=view.card.key)
    titles = {theme.key: theme.title.best(packing.ENGLISH, *work.languages) for theme in view.themes}
    published = view.published_at or view.closed_at
    heading = preflib.Heading(
        view.card.key, view.card.title.best(packing.ENGLISH, *work.languages), published.date().isoformat()
    )
    cells = cells_of(result.content)
    return preflib.of_round(bundle.content.encode(), cells, titles, heading)


def _about(
    work: Work,
    place: Place,
    kind: Kind,
    key: str,
    title: Text,
    page: str,
    moments: list[datetime],
) -> packing.About:
    profile = service.profile(work)
    licence = licence_of(profile)
    return packing.About(
        kind=kind,
        key=key,
        title=title,
        example=False,
        secrecy="",
        organiser=publisher(profile),
        licence=licence.code,
        licence_title=licence.title,
        licence_link=licence.link,
        page=f"{place.base_url}/{work.languages[0]}/{page}",
        address=f"{place.base_url}/data/{kind}/{key}/{DESCRIPTOR}",
        at=max(moments).strftime("%Y-%m-%dT%H:%M:%SZ"),
        languages=work.languages,
    )


def licence_of(profile: Profile) -> Licence:
    """Return the licence of open data: that of the organiser's profile, else the first of the list."""
    return next((each for each in LICENCES if each.code == profile.licence), LICENCES[0])


def publisher(profile: Profile) -> Text:
    """Return who publishes: the organiser, or the name of the program where it has no profile."""
    return profile.name or Text.name("consulta")


# -- keeping


def keep(work: Work, made: Made, stamp: str) -> int | None:
    """Keep a package as its next version, and return its number; None where nothing of it differs.

    Problem: `round.unknown`.
    """
    require(work, "data.keep")
    found = rounds.hold(work, made.key)
    before = versions(work.session, made.kind, found.id)
    digest = packing.digest(made.files)
    if before and before[0].sha256 == digest:
        before[0].stamp = stamp
        return None
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in made.files.items()}
    keep_files(work.session, {digests[name]: content for name, content in made.files.items()})
    version = before[0].version + 1 if before else 1
    work.session.add(
        DataPackage(
            kind=made.kind,
            round_id=found.id,
            version=version,
            sha256=digest,
            title=made.title,
            example=made.example,
            files=[[name, digests[name], len(made.files[name])] for name in sorted(made.files)],
            stamp=stamp,
            made_at=work.now,
        )
    )
    work.record(
        "data.published", rounds.subject(found), {"kind": made.kind, "version": version, "sha256": digest}
    )
    return version


# -- reading what is kept


def packages(work: Work) -> tuple[PackageLine, ...]:
    """Return the newest version of each package: rounds, then sessions, each the newest first.

    Without those that were withdrawn.
    """
    require(work, "published.read")
    lines = _lines(work, newest_rows(work.session))
    return tuple(each for each in lines if each.withdrawn is None and each.kind in _kinds(work))


def newest(work: Work, kind: str, key: str) -> PackageView:
    """Return the newest version of a package.

    Problems: `data.unknown`; `data.coming` for what was published just now, until the worker has made it.
    """
    require(work, "published.read")
    if is_coming(work, kind, key):
        raise Problem("data.coming")
    found = published_round(work.session, key)
    kept = versions(work.session, kind, found.round_id) if found and kind in _kinds(work) else []
    if not kept:
        raise Problem("data.unknown")
    return _view(work, kept[0], key, kept)


def is_coming(work: Work, kind: str, key: str) -> bool:
    """Return whether a package is published and not made yet."""
    require(work, "published.read")
    found = published_round(work.session, key)
    if found is None or kind not in _kinds(work) or not _stamp(kind, found, "any"):
        return False
    return not versions(work.session, kind, found.round_id)


def version(work: Work, sha256: str) -> PackageView:
    """Return the version of a package that has this digest. Problem: `data.unknown`."""
    require(work, "published.read")
    found = or_problem(by_digest(work.session, sha256), "data.unknown")
    row, key = found
    return _view(work, row, key, versions(work.session, row.kind, row.round_id))


def content(work: Work, line: PackageLine, name: str) -> bytes:
    """Return a file of a version. Problems: `data.unknown` for none of this name, `data.withdrawn`."""
    require(work, "published.read")
    require_there(line)
    file = or_problem(line.file(name), "data.unknown")
    return contents(work.session, [file.sha256])[file.sha256]


def files(work: Work, line: PackageLine) -> dict[str, bytes]:
    """Return all files of a version, by name. Problem: `data.withdrawn`."""
    require(work, "published.read")
    require_there(line)
    kept = contents(work.session, {each.sha256 for each in line.files})
    return {each.name: kept[each.sha256] for each in line.files}


def require_there(line: PackageLine) -> None:
    """Raise Problem `data.withdrawn` for a version that the desk withdrew."""
    if line.withdrawn is not None:
        day = line.withdrawn.at.date().isoformat()
        raise Problem("data.withdrawn", version=line.version, day=day, because=line.withdrawn.reason)


def _lines(work: Work, rows: Sequence[tuple[DataPackage, str]]) -> tuple[PackageLine, ...]:
    gone = withdrawals(work.session, [row.id for row, _ in rows]) if rows else {}
    return tuple(_line(row, key, gone.get(row.id)) for row, key in rows)


def _line(row: DataPackage, key: str, gone: DataWithdrawal | None) -> PackageLine:
    return PackageLine(
        kind=cast("Kind", row.kind),
        key=key,
        title=row.title,
        example=row.example,
        version=row.version,
        sha256=row.sha256,
        made_at=row.made_at,
        files=tuple(FileLine(*each) for each in row.files),
        withdrawn=copied(Withdrawn, gone) if gone else None,
    )


def _view(work: Work, row: DataPackage, key: str, kept: list[DataPackage]) -> PackageView:
    versions = _lines(work, [(each, key) for each in kept])
    line = next(each for each in versions if each.version == row.version)
    told = {} if line.withdrawn else json.loads(content(work, line, DESCRIPTOR))
    return PackageView(line, told, versions)


# -- withdrawing, at the desk

REASON_MAX = 500


def of_round(work: Work, key: str) -> tuple[RoundLine, tuple[PackageLine, ...]]:
    """Return a round and all versions of its packages, by kind, newest first. Problem: `round.unknown`."""
    require(work, "rounds.read")
    found, sizes = rounds.sized(work, key)
    rows = [each for kind in KINDS for each in versions(work.session, kind, found.id)]
    return rounds.line_of(found, sizes, work.now), _lines(work, [(each, key) for each in rows])


def withdraw(work: Work, key: str, kind: str, version: int, reason: Text) -> None:
    """Hand a version out no more; its digest and the public reason are shown in its place, for good.

    Problems: `round.unknown`, `data.unknown`, `data.gone`, `data.reason`.
    """
    require(work, "follow_up.write")
    found = rounds.hold(work, key)
    row = or_problem(
        next((each for each in versions(work.session, kind, found.id) if each.version == version), None),
        "data.unknown",
    )
    if withdrawals(work.session, [row.id]):
        raise Problem("data.gone")
    said = reason.map(paragraphs)
    if not said.into(work.languages[0]) or any(len(words) > REASON_MAX for words in said.values()):
        raise Problem("data.reason", language=work.languages[0], most=REASON_MAX)
    work.session.add(
        DataWithdrawal(package_id=row.id, reason=said, staff_id=work.actor.staff_id, at=work.now)
    )
    work.session.flush()
    work.record(
        "data.withdrawn",
        rounds.subject(found),
        {"kind": kind, "version": version, "sha256": row.sha256},
    )


PARTS = (
    Part(
        "open_data",
        "check",
        N_("Open data"),
        N_("Results as tables for anyone to download and use."),
    ),
)
