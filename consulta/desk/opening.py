"""Opening of a round: the reasons that forbid it, the warnings before it, and what it freezes.

From that moment the roll, the themes, the nominees, the texts and the rules are fixed. They are written
as one canonical text whose digest is public, with the commitment to a secret that later settles ties
(sections 1.1 and 4 of the rules of counting).
"""

from __future__ import annotations

import math
import secrets
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from consulta.core.counting.rules import parse_rules
from consulta.core.disclosure.countries import country_minimum
from consulta.core.problems import Problem
from consulta.core.rounds import State, move
from consulta.core.texts import Text
from consulta.core.trust import chance, record
from consulta.desk import foresight, moves, reminders
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.data import ballot_fields, catalogue, dimensions, tongues
from consulta.platform.data.folding import fold
from consulta.platform.formats import moments
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.models import Ballot, Correction, CurrentBallot, Round, Seat
from consulta.platform.models.conditions import still_counts
from consulta.platform.organiser import service
from consulta.platform.settings import SMALL_CELL
from consulta.rounds import addresses, ballots, binding, frozen, heads, notices
from consulta.rounds import roll as roll_acts
from consulta.rounds.ending import phase_of
from consulta.rounds.public_rounds import theme_line
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.secrecy import what_is_public
from consulta.rounds.service import FEWEST_THEMES, known, overview_of, sized, subject, whole
from consulta.vote import questions
from consulta.vote.changes import service as access_changes

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.core.values import Rules
    from consulta.desk.foresight import Prospect
    from consulta.platform.models import Organisation, Theme
    from consulta.platform.work import Work
    from consulta.rounds.roll import Shown
    from consulta.rounds.service import RoundCommand
    from consulta.rounds.values import RoundOverview, ThemeLine


SECRET_BYTES = 32
SOON = timedelta(hours=24)
MANY_THEMES = 14
NAMED = 12  # how many names a sentence holds
FEW = 3  # fewer ballots with the same country and sector can hardly stay without a name


@dataclass(frozen=True, slots=True)
class OpeningReport:
    """What opening a round now would mean, what forbids it and what should be known before."""

    round: RoundOverview
    themes: tuple[ThemeLine, ...]
    seats: int
    countries: int
    reachable: int
    contacts: int
    refusals: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    prospect: Prospect | None = None  # what its rules mean for this roll, where that was asked for


@dataclass(frozen=True, slots=True)
class _Member:
    """An organisation as the roll would have it."""

    number: int
    name: str
    country: str
    categories: Mapping[str, str]  # of every dimension but the country
    base: int
    example: bool
    addresses: tuple[str, ...]
    unreached: tuple[str, ...]  # those of the addresses to which mail is known not to arrive

    def category(self, dimension: str) -> str:
        """Return the category in any dimension; empty where the organisation has none."""
        return self.country if dimension == "country" else self.categories.get(dimension, "")


def opening_report(
    work: Work, round_key: str, small_cell: int = SMALL_CELL, *, foresee: bool = False
) -> OpeningReport:
    """Return refusals, warnings and figures for opening this draft now.

    With `foresee` also what its rules mean for this roll, and whether its balance can be met. Groups below
    `small_cell` are small.
    Problems: `round.unknown`, `round.move`.
    """
    require(work, "rounds.foresee")
    found, sizes = sized(work, round_key, contents=True)
    move(State(found.state), State.OPEN)
    held = addresses.never_decided(work.session)
    electorate = rounds_queries.electorate(work.session, found.voters)
    members = [_member(organisation, held) for organisation in electorate]
    rules, least = parse_rules(found.rules), country_minimum(found.secrecy, small_cell)
    prospect = _prospect(work, found.example, rules, members, found.themes) if foresee else None
    return OpeningReport(
        round=overview_of(found, sizes, work.now),
        themes=tuple(theme_line(theme) for theme in found.themes),
        seats=len(members),
        countries=len({member.country for member in members}),
        reachable=sum(bool(member.addresses) for member in members),
        contacts=sum(len(member.addresses) for member in members),
        refusals=tuple(_refusals(work, found, rules, members, least)),
        warnings=(
            *_warnings(work, found, rules, members, least),
            *([Problem("opening.proposals_wait", count=sizes.proposals)] if sizes.proposals else ()),
            *_about_proposing(work, found, themes=False),
            *(_about_balance(rules, members, prospect) if foresee else ()),
        ),
        prospect=prospect,
    )


def roll_of_rules(work: Work) -> dict[str, set[str]]:
    """Return by dimension the categories of the roll that a round opened now would have."""
    require(work, "rounds.foresee")
    found: dict[str, set[str]] = {}
    for _number, country, categories, _base in rounds_queries.electorate_marks(work.session):
        for dimension, key in {"country": country, **dimensions.categories_of(country, categories)}.items():
            found.setdefault(dimension, set()).add(key)
    return found


def foreseen(work: Work, command: RoundCommand) -> Prospect | None:
    """Return what the rules of a command would mean for its voters, whether there is such a draft or not.

    None where no organisation can vote or be weighed.
    """
    require(work, "rounds.foresee")
    held = addresses.never_decided(work.session)
    electorate = rounds_queries.electorate(work.session, command.voters)
    members = [_member(organisation, held) for organisation in electorate]
    return _prospect(work, command.example, parse_rules(command.rules), members, ())


def count_voters(work: Work, voters: Mapping[str, Sequence[str]]) -> tuple[int, tuple[str, ...]]:
    """Return how many organisations a roll of these voters would have, and who of them cannot vote.

    Those cannot that have no contact who may.
    """
    require(work, "rounds.foresee")
    held = addresses.never_decided(work.session)
    members = [_member(each, held) for each in rounds_queries.electorate(work.session, voters)]
    return len(members), tuple(each.name for each in members if not each.addresses)


def open_round(
    work: Work,
    round_key: str,
    roll_shown: Shown = "public",
    small_cell: int = SMALL_CELL,
    *,
    seen: str = "",
    remind: bool = False,
) -> str:
    """Open a draft: freeze it, make its roll, invite all voters; return the package's SHA-256.

    Every active member is on the roll, or those of the chosen voters. With `remind` the usual reminders are
    planned in the same act. `roll_shown` says who may read the names on the roll from now on.
    If ballots will be public without names, `small_cell` is frozen as the number of ballots from which a
    country stands by itself. `seen` is that of the `RollChanges` that people looked at, where they did.
    Problems: `round.unknown`, `round.move`, `opening.roll_changed`, and the first of the report's refusals.
    """
    require(work, "rounds.open")
    found = whole(work, round_key, hold=True)
    state = move(State(found.state), State.OPEN)
    if seen and seen != of_draft(work, found).seen:
        raise Problem("opening.roll_changed")
    organisations = rounds_queries.electorate(work.session, found.voters)
    held = addresses.never_decided(work.session)
    members = [_member(organisation, held) for organisation in organisations]
    least = country_minimum(found.secrecy, small_cell)
    for problem in _refusals(work, found, parse_rules(found.rules), members, least):
        raise problem
    secret = secrets.token_bytes(SECRET_BYTES)
    found.secret, found.commitment = secret.hex(), chance.commitment(secret)
    found.joined_below = least
    # Panels are chosen later, by rules that may look at what is not shown of people.
    found.endorsements_apart = "bundle" in what_is_public(found.secrecy)
    questions.freeze(work, found)
    # The commitment stands in the log before the first ballot can.
    work.record("rounds.committed", subject(found), {"commitment": found.commitment})
    seats = _roll(found, organisations)
    rounds_queries.add_all(work.session, seats)
    found.example = found.example or any(member.example for member in members)
    found.opened_at, found.roll_shown, found.state = work.now, roll_shown, state.value
    found.organiser_name = service.profile(work).name
    frozen_sha256 = _freeze(found, seats)
    work.session.flush()
    _record(work, found, seats)
    addresses.keep_at_opening(work, found)
    access_changes.carry_over(work, found)
    notices.voting_opened(work, found)
    if remind:
        reminders.plan_usual(work, round_key)
    return frozen_sha256


def _record(work: Work, found: Round, seats: list[Seat]) -> None:
    """Record an opening in the log, and keep the head of the log."""
    work.record(
        "rounds.opened",
        subject(found),
        {
            "key": found.key,
            "package_sha256": found.frozen_sha256,
            "secrecy": found.secrecy,
            "closes_at": deadlines.as_text(found.closes_at),
            "seats": len(seats),
            "themes": len(found.themes),
            "public": frozen.announced(found),
            "example": found.example,
            **frozen.digests(found, seats),
            **binding.at_opening(found, seats),
        },
    )
    heads.take_head(work, "opening", found.id)


# -- what is frozen


def _freeze(found: Round, seats: list[Seat]) -> str:
    """Keep the package as it stands; return the digest of what of it may be published."""
    found.ballot_fields = ballot_fields.as_kept()
    package = frozen.salted(found, seats, secrets.token_bytes(frozen.SALT_BYTES))
    if found.endorsements_apart:
        package = frozen.with_nominees_apart(package, secrets.token_bytes(SECRET_BYTES))
    found.frozen, found.frozen_sha256 = package.decode(), record.digest(frozen.as_published(package))
    return found.frozen_sha256


def _roll(found: Round, organisations: Iterable[Organisation]) -> list[Seat]:
    """Return the seats of the roll, ordered by country and name."""
    ordered = sorted(organisations, key=lambda each: (each.country, fold(each.name), each.id))
    return [
        roll_acts.new_seat(found, organisation, number)
        for number, organisation in enumerate(ordered, start=1)
    ]


# -- what would go wrong


def _member(organisation: Organisation, held: Container[int]) -> _Member:
    """Return an organisation without the contacts whose address waits before it can vote.

    `held` are the numbers of these contacts.
    """
    voting = [each for each in organisation.contacts if each.active and each.may_vote and each.id not in held]
    return _Member(
        number=organisation.id,
        name=organisation.name,
        country=organisation.country,
        categories=dimensions.categories_of(organisation.country, organisation.categories),
        base=organisation.base,
        example=organisation.example,
        addresses=tuple(contact.email for contact in voting),
        unreached=tuple(contact.email for contact in voting if contact.bounced_at is not None),
    )


def _refusals(
    work: Work, found: Round, rules: Rules, members: Sequence[_Member], least: int | None
) -> Iterator[Problem]:
    yield from _missing_texts(found, work.languages[0])
    count = len(found.themes)
    if count < FEWEST_THEMES:
        yield Problem("themes.few", count=count)
    if rules.max_ranks > count >= FEWEST_THEMES:
        yield Problem("opening.ranks", max=rules.max_ranks, count=count)
    if rules.topics > count >= FEWEST_THEMES:
        yield Problem("opening.topics", topics=rules.topics, count=count)
    if not members:
        yield Problem("opening.nobody")
    elif not any(member.addresses for member in members):
        yield Problem("opening.unreachable")
    if found.closes_at <= work.now:
        yield Problem("deadline.past")
    if least is not None and ballots.asks_for_country(rules):
        yield Problem("opening.country_rules", least=least)
    yield from _about_dimensions(rules, members)
    yield from _about_proposing(work, found, themes=True)


def _about_dimensions(rules: Rules, members: Sequence[_Member]) -> Iterator[Problem]:
    """Yield a Problem for each dimension that the rules name and the installation does not have.

    Also yield one for each dimension that the installation adds and in which members have no category, and
    one for each with negotiated shares in which a category of members has none.
    Problems: `rules.dimension`, `opening.without_category`, `opening.without_share`.
    """
    for key in {**rules.balance, **rules.spread}:
        if key not in dimensions.every():
            yield Problem("rules.dimension", dimension=key)
    for key, shares in rules.balance.items():
        missing = {member.category(key) for member in members} - {"", *shares}
        if not isinstance(shares, str) and missing:
            name = name_of_dimension(key)
            yield Problem("opening.without_share", dimension=name, names=_named(key, sorted(missing)))
    for added in dimensions.own():
        without = [
            member.name
            for member in members
            if not (key := member.category(added.key)) or not (added.is_open or added.category(key))
        ]
        if without:
            name = name_of_dimension(added.key)
            yield Problem(
                "opening.without_category", dimension=name, count=len(without), names=_some(without)
            )


def _missing_texts(found: Round, language: str, first: str = "") -> Iterator[Problem]:
    """Yield a Problem for each text of a round that lacks words in `language`.

    `first` is the language shown in their place; empty where `language` is itself the first. A
    description may be missing in every language: the theme then has none.
    """
    after, named = (
        ("_other", {"language": language, "first": first}) if first else ("", {"language": language})
    )
    for part in ("title", "question"):
        text: Text = getattr(found, part)
        if not text.into(language):
            yield Problem(f"opening.{part}{after}", **named)
    untitled = [_called(theme, language) for theme in found.themes if not theme.title.into(language)]
    if untitled:
        yield Problem(f"opening.theme_title{after}", names=_some(untitled), **named)
    lacking = [
        _called(theme, language)
        for theme in found.themes
        if theme.description and not theme.description.into(language)
    ]
    if lacking:
        yield Problem(f"opening.description{after}", names=_some(lacking), **named)


def _called(theme: Theme, language: str) -> str:
    return theme.title.best(language) or theme.key


def _warnings(
    work: Work, found: Round, rules: Rules, members: Sequence[_Member], least: int | None
) -> Iterator[Problem]:
    asked = questions.of_round(work, found)
    for other in work.languages[1:]:
        yield from _missing_texts(found, other, work.languages[0])
        lacking = questions.missing_words(work, asked, other)
        if lacking:
            yield Problem(
                "opening.question_words", names=_some(lacking), language=other, first=work.languages[0]
            )
    yield from _about_members(members)
    yield from _about_secrecy(found, members, least)
    yield from _about_categories(found, rules, members)
    yield from _about_deadline(found, members, work.now)
    yield from _about_rules(found, rules)


def _about_proposing(work: Work, found: Round, *, themes: bool) -> Iterator[Problem]:
    """Yield a Problem if members still propose themes, or people alone: what comes later is on no ballot."""
    phase = phase_of(found, work.now)
    if phase is not None and phase.on and phase.for_themes is themes:
        until = Text.each(
            work.languages, lambda language: moments.moment(phase.closes_at, found.zone, language)
        )
        yield Problem("opening.themes_proposed" if themes else "opening.proposing", until=until)


def _about_members(members: Sequence[_Member]) -> Iterator[Problem]:
    mute = [member.name for member in members if not member.addresses]
    if mute:
        yield Problem("opening.without_contact", count=len(mute), names=_some(mute))
    holders: dict[str, set[str]] = {}
    for member in members:
        for address in member.addresses:
            holders.setdefault(address.lower(), set()).add(member.name)
    shared = [
        f"{address} ({', '.join(sorted(names))})" for address, names in holders.items() if len(names) > 1
    ]
    if shared:
        yield Problem("opening.shared_address", count=len(shared), names=_some(shared))
    unreached = [f"{address} ({member.name})" for member in members for address in member.unreached]
    if unreached:
        yield Problem("opening.bounced", count=len(unreached), names=_some(unreached))
    invented = sum(member.example for member in members)
    if 0 < invented < len(members):
        yield Problem("opening.examples", count=invented)


def _about_secrecy(found: Round, members: Sequence[_Member], least: int | None) -> Iterator[Problem]:
    """Yield a Problem naming groups so small that their ballots can be recognised without names.

    Only in `pseudonymous` rounds.
    """
    if found.secrecy != "pseudonymous":
        return
    cells = Counter(
        ("" if least is not None else member.country, tuple(member.categories.items()), member.base)
        for member in members
    )
    few = sorted(cell for cell, seats in cells.items() if seats < (least or FEW))
    if few:
        most = NAMED // 2 if dimensions.own() else NAMED  # with added dimensions a group has a long name
        names = [_cell(*cell) for cell in few[:most]]
        more = [Text.name("…")] if len(few) > most else []
        yield Problem(
            "opening.small_cells" if least is None else "opening.small_groups",
            count=len(few),
            seats=sum(cells[cell] for cell in few),
            least=least,
            names=_joined([*names, *more], "; "),
        )


def _cell(country: str, categories: tuple[tuple[str, str], ...], base: int) -> Text:
    """Return a cell in words: its country or else its subregion, other categories, a base above 1."""
    told = {**({"country": country} if country else {}), **dict(categories)}
    if country:
        del told["subregion"]
    names = [
        (
            Text() if dimension in dimensions.BUILT_IN else name_of_dimension(dimension),
            name_of(dimension, told[dimension]),
        )
        for dimension in dimensions.columns()
        if dimension in told
    ]
    above = catalogue.term("small_cells", "base") if base > 1 else Text()
    return Text.each(
        tongues.codes(),
        lambda code: (
            ", ".join(": ".join(filter(None, (which.best(code), name.best(code)))) for which, name in names)
            + above.best(code) % {"base": base}
        ),
    )


def _about_categories(found: Round, rules: Rules, members: Sequence[_Member]) -> Iterator[Problem]:
    """Yield Problems for subregions without members, and for categories whose members cannot vote."""
    if not members:
        return
    present = {member.category("subregion") for member in members}
    absent = [s.key for s in catalogue.subregions() if s.key not in present]
    if absent and not found.voters:  # where only some vote, the others are left out on purpose
        yield Problem("opening.absent", names=_named("subregion", absent))
    for dimension in dict.fromkeys([*dimensions.every()[:-1], *rules.balance, *rules.spread]):
        heard = {member.category(dimension) for member in members if member.addresses}
        silent = sorted({member.category(dimension) for member in members} - heard - {""})
        if silent and dimension in dimensions.BUILT_IN:
            yield Problem(f"opening.silent_{dimension}", names=_named(dimension, silent))
        elif silent:
            yield Problem(
                "opening.silent", dimension=name_of_dimension(dimension), names=_named(dimension, silent)
            )


def _about_deadline(found: Round, members: Sequence[_Member], now: datetime) -> Iterator[Problem]:
    if now < found.closes_at < now + SOON:
        yield Problem("opening.soon")
    yield from moves.remarks(found)
    by_date = deadlines.dates(found.closes_at, [member.country for member in members])
    if len(by_date) > 1:
        several = [
            _joined([Text.name(date), _named("country", codes)], ": ") for date, codes in by_date.items()
        ]
        yield Problem("deadline.dates", dates=_joined(several, "; "))


def _about_rules(found: Round, rules: Rules) -> Iterator[Problem]:
    count = len(found.themes)
    if rules.method != "points" and rules.objective_share:
        yield Problem("opening.no_effect")
    if rules.topics == count >= FEWEST_THEMES:
        yield Problem("opening.all_topics", count=count)
    if count > MANY_THEMES:
        yield Problem("opening.long", count=count)
    if not found.nominees:
        yield Problem("opening.no_nominees")


def _prospect(
    work: Work,
    example: bool,  # noqa: FBT001 - two calls
    rules: Rules,
    members: Sequence[_Member],
    themes: Iterable[Theme],
) -> Prospect | None:
    """Return what the rules mean for these members, with the turnout of the round that closed last."""
    roll = [
        foresight.Voter(m.number, m.country, m.categories, m.base, can_vote=bool(m.addresses))
        for m in members
    ]
    named = [(theme.title, theme.objectives) for theme in themes]
    example = example or any(member.example for member in members)  # as the opening would make it
    return foresight.prospect(rules, roll, _before(work, example=example), named)


def _before(work: Work, *, example: bool) -> foresight.Turnout | None:
    """Return the turnout of the round that closed last, of examples only for an example; None if none has."""
    query = select(Round).where(Round.state.in_(("closed", "published")), Round.example.is_(example))
    closed = work.session.scalars(query.order_by(Round.closed_at.desc(), Round.id.desc())).first()
    if closed is None:
        return None
    return foresight.Turnout(closed.title, _voted(work.session, closed.id))


def _voted(session: Session, round_id: int) -> dict[int, bool]:
    """Return whether each organisation of a round's roll has a ballot that is counted, by its number."""
    counts = and_(CurrentBallot.seat_id == Seat.id, still_counts(CurrentBallot.ballot_id))
    query = (
        select(Seat.organisation_id, Ballot.id)
        .select_from(Seat)
        .outerjoin(CurrentBallot, counts)
        .outerjoin(Ballot, and_(Ballot.id == CurrentBallot.ballot_id, Ballot.abstains.is_(False)))
        .where(Seat.round_id == round_id)
    )
    return {number: ballot is not None for number, ballot in session.execute(query) if number is not None}


def _about_balance(rules: Rules, members: Sequence[_Member], prospect: Prospect | None) -> Iterator[Problem]:
    """Yield a Problem if no weights within the bounds can meet the targets for this roll."""
    if prospect is not None:
        miss = max((group.missed for group in prospect.full.groups), default=0.0) or None
    else:
        miss = foresight.unmet(rules, [(m.country, m.categories, m.base) for m in members if m.addresses])
    if miss is not None:
        yield Problem("opening.unmet", points=math.ceil(100 * miss))


def _named(dimension: str, keys: Iterable[str]) -> Text:
    return _joined([name_of(dimension, key) for key in keys], ", ")


def _joined(texts: Sequence[Text], between: str) -> Text:
    return Text.each(tongues.codes(), lambda code: between.join(text.best(code) for text in texts))


def _some(names: Sequence[str]) -> str:
    """Return the names in one line, only the first few if there are many."""
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


Kind = Literal[
    "joined", "gone", "renamed", "category", "base", "contact_added", "contact_moved", "contact_silenced"
]
ERASED = "— "  # how an address of long ago begins, of which retention left the number alone


@dataclass(frozen=True, slots=True)
class Voter:
    """A contact who may vote for an organisation."""

    number: int
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An organisation on a roll, with the contacts who may vote for it."""

    number: int
    name: str
    categories: Mapping[str, str]  # of every dimension, the country among them
    base: int
    voters: tuple[Voter, ...]


@dataclass(frozen=True, slots=True)
class RollChange:
    """One difference: what it is, of whom, and how it was and is.

    `was` and `now` are keys of the categories of `dimension`, bases or addresses; empty where there are none.
    """

    kind: Kind
    organisation: str
    contact: str = ""
    dimension: str = ""
    was: str = ""
    now: str = ""


@dataclass(frozen=True, slots=True)
class Objected:
    """An objection of an organisation to a change of its data, and what was decided of it."""

    number: int
    organisation: str
    state: str


@dataclass(frozen=True, slots=True)
class RollChanges:
    """The roll of now beside that of the round before, and what organisations objected to since.

    `before` is the title of that round, None where this is the first one. `seen` stands for all that is here.
    """

    before: Text | None
    changes: tuple[RollChange, ...]
    objections: tuple[Objected, ...]
    seen: str


def between(before: Iterable[Listed], after: Iterable[Listed]) -> list[RollChange]:
    """Return what a roll has otherwise than an earlier one, kind by kind, each by name."""
    old, new = ({each.number: each for each in listed} for listed in (before, after))
    found = [RollChange("gone", each.name) for number, each in old.items() if number not in new]
    for number, each in new.items():
        was = old.get(number)
        if was is None:
            found.append(RollChange("joined", each.name))
        else:
            found.extend(_of_organisation(was, each))
        found.extend(_of_contacts(was.voters if was else (), each))
    kinds: Sequence[str] = get_args(Kind)
    return sorted(
        found, key=lambda each: (kinds.index(each.kind), each.organisation.casefold(), each.contact)
    )


def _of_organisation(was: Listed, now: Listed) -> Iterator[RollChange]:
    if was.name != now.name:
        yield RollChange("renamed", now.name, was=was.name, now=now.name)
    for dimension in sorted({*was.categories, *now.categories}):
        one, other = (each.categories.get(dimension, "") for each in (was, now))
        if one != other:
            yield RollChange("category", now.name, dimension=dimension, was=one, now=other)
    if was.base != now.base:
        yield RollChange("base", now.name, was=str(was.base), now=str(now.base))


def _of_contacts(before: Sequence[Voter], now: Listed) -> Iterator[RollChange]:
    old, new = ({each.number: each for each in voters} for voters in (before, now.voters))
    for number, each in new.items():
        was = old.get(number)
        if was is None:
            yield RollChange("contact_added", now.name, each.name, now=each.address)
        elif was.address.lower() != each.address.lower() and not was.address.startswith(ERASED):
            yield RollChange("contact_moved", now.name, each.name, was=was.address, now=each.address)
    for number, each in old.items():
        if number not in new:
            yield RollChange("contact_silenced", now.name, each.name, was=each.address)


def roll_changes(work: Work, round_key: str) -> RollChanges:
    """Return what the roll of a draft, opened now, would have otherwise. Problem: `round.unknown`."""
    require(work, "rounds.foresee")
    return of_draft(work, known(work, round_key))


def of_draft(work: Work, found: Round) -> RollChanges:
    """Return what `roll_changes` does, for a caller that has asked who may see it."""
    members = rounds_queries.electorate(work.session, found.voters)
    example = found.example or any(each.example for each in members)
    last = addresses.opened_before(work.session, found, example=example)
    held = addresses.never_decided(work.session)
    after = [
        Listed(
            each.id,
            each.name,
            {"country": each.country, **dimensions.categories_of(each.country, each.categories)},
            each.base,
            tuple(
                Voter(one.id, one.name, one.email)
                for one in sorted(each.contacts, key=lambda one: one.id)
                if one.active and one.may_vote and one.id not in held
            ),
        )
        for each in members
    ]
    changes = tuple(between(_roll_of(work, last), after)) if last is not None else ()
    objections = _objections(work, last.opened_at if last is not None else None)
    told = [[asdict(each) for each in found] for found in (after, changes, objections)]
    return RollChanges(
        last.title if last is not None else None, changes, objections, record.digest(record.canonical(told))
    )


def _objections(work: Work, since: datetime | None) -> tuple[Objected, ...]:
    """Return the objections to changes of members' data; those since a moment."""
    query = (
        select(Correction).where(Correction.kind == "objection").options(joinedload(Correction.organisation))
    )
    if since is not None:
        query = query.where(Correction.asked_at >= since)
    rows = work.session.scalars(query.order_by(Correction.id))
    return tuple(Objected(each.id, each.organisation.name, each.state) for each in rows)


def _roll_of(work: Work, found: Round) -> list[Listed]:
    """Return the roll of a round as it stood last, with the last address of each contact who could vote."""
    voters: dict[int, dict[int, Voter]] = {}
    for row in addresses.of_round(work.session, found.id):
        if row.votes:
            one = Voter(row.contact_id, row.name or row.contact.name, row.address)
            voters.setdefault(row.seat_id, {})[row.contact_id] = one
    return [
        Listed(
            each.organisation_id,
            each.name,
            {"country": each.country, **each.categories},
            each.base,
            tuple(voters.get(each.id, {}).values()),
        )
        for each in addresses.seats_of_round(work.session, found.id).values()
    ]
