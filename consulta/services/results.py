"""From closed ballots to a stored result, and from the stored result to its page.

A result is counted once and kept; pages show what was kept. The public page folds small categories; the
secretariat's does not.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from consulta.core import bundle as core
from consulta.core import count as counting
from consulta.core import profile, tally
from consulta.core.problems import Problem
from consulta.core.rounds import State, has_result, move
from consulta.data import catalogue
from consulta.services import public
from consulta.services.access import require
from consulta.services.folding import fold
from consulta.services.labels import name_of
from consulta.services.views import (
    BalanceFacts,
    CategoryLine,
    ResultView,
    Support,
    ThemeResult,
    Topic,
)
from consulta.store import counting as rows
from consulta.store import documents, rounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.bundle import Bundle, LocalText
    from consulta.services.work import Work
    from consulta.store.models import Round

DIMENSIONS = ("subregion", "sector", "country")


def assemble(work: Work, key: str) -> Bundle:
    """The bundle of a closed round: its roll, its current ballots, its frozen rules, its secret.

    Seats go by their pseudonyms and in the order of these, so that no place tells of an organisation.
    Nominees are there as the ballot showed them: without gender, and not at all where it named none.
    """
    found = closed_round(work, key)
    ballots = [
        core.Ballot(
            seat=seat,
            ranking=tuple(tuple(tier) for tier in ballot.ranking),
            objectives=tuple(ballot.objectives),
            endorsements=tuple(ballot.endorsements),
        )
        for seat, ballot in rows.current_ballots(work.session, found.id)
    ]
    if found.closed_at is None or found.commitment is None or found.secret is None:
        raise Problem("round.move", now=found.state, wanted=State.CLOSED.value)
    return core.Bundle(
        round=core.Round(
            found.key,
            core.LocalText(found.title_es, found.title_en),
            found.closed_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        ),
        rules=core.parse_rules(found.rules),
        themes=tuple(
            core.Theme(t.key, core.LocalText(t.title_es, t.title_en), tuple(t.objectives))
            for t in found.themes
        ),
        seats=tuple(
            core.Seat(s.pseudonym, s.country, {"subregion": s.subregion, "sector": s.sector}, s.base)
            for s in sorted(found.seats, key=lambda seat: seat.pseudonym)
        ),
        ballots=tuple(ballots),
        nominees=nominees_of(found) if found.rules["max_endorsements"] else (),
        seed=core.Seed(found.commitment, found.secret, found.public),
    )


def nominees_of(found: Round, *, gender: bool = False) -> tuple[core.Nominee, ...]:
    """The nominees of a round as a bundle has them; with `gender` only where it stays in the house."""
    return tuple(
        core.Nominee(
            key=n.key,
            name=n.name,
            organisation=n.organisation,
            role=n.role,
            country=n.country,
            categories={
                "subregion": catalogue.subregion_of(n.country),
                "sector": n.sector,
                **({"gender": n.gender} if gender and n.gender else {}),
            },
            topics=tuple(n.topics),
            recent=n.recent,
            support=n.support,
        )
        for n in found.nominees
    )


def count(work: Work, key: str) -> None:
    """Count a closed round and keep bundle, result and unweighted order; a second call does nothing.

    Problems: `ballots.none`, `round.unknown`, `round.not_closed`.
    """
    require(work, "rounds.count")
    found = closed_round(work, key, hold=True)
    if documents.find(work.session, found.id, "result") is not None:
        return
    content = core.to_json(assemble(work, key))
    bundle = core.parse(content)
    result = counting.count(bundle).to_json().decode()
    documents.keep(work.session, found.id, "bundle", content.decode(), work.now)
    documents.keep(work.session, found.id, "unweighted", _unweighted(bundle), work.now)
    kept = documents.keep(work.session, found.id, "result", result, work.now)
    work.record("rounds.counted", f"round:{found.id}", {"result_sha256": kept.sha256})


def count_after_closing(work: Work, key: str) -> bool:
    """Count a round that has just closed, if anybody voted; whether there is a result now."""
    require(work, "rounds.count")
    if not rows.current_ballots(work.session, closed_round(work, key, hold=True).id):
        return False
    count(work, key)
    return True


def publish(work: Work, key: str) -> None:
    """Make a counted round's result public. Problems: `round.move`, `result.uncounted`, `round.unknown`."""
    require(work, "rounds.publish")
    found = closed_round(work, key, hold=True)
    kept = documents.find(work.session, found.id, "result")
    if kept is None:
        raise Problem("result.uncounted")
    found.state = move(State(found.state), State.PUBLISHED).value
    found.published_at = work.now
    work.record("rounds.published", f"round:{found.id}", {"result_sha256": kept.sha256})


def document(work: Work, key: str, kind: str) -> bytes:
    """A kept document of a round, byte for byte, for the secretariat. Problem: `result.uncounted`."""
    require(work, "result.read")
    found = closed_round(work, key)
    kept = documents.find(work.session, found.id, kind)
    if kept is None:
        raise Problem("result.uncounted")
    work.record("results.downloaded", f"round:{found.id}", {"kind": kind, "sha256": kept.sha256})
    return kept.content.encode()


def result_page(work: Work, key: str) -> ResultView | None:
    """The result as the secretariat reads it; None where the round is closed and not counted yet."""
    require(work, "result.read")
    return _page(work, closed_round(work, key), None)


def published_page(work: Work, key: str, small_cell: int) -> ResultView:
    """The result as the public reads it, small categories folded. Problem: `result.unknown`."""
    require(work, "published.read")
    found = rounds.whole(work.session, key, roll=True)
    if found is None or found.state != State.PUBLISHED.value:
        raise Problem("result.unknown", key=key)
    view = _page(work, found, small_cell)
    if view is None:
        raise Problem("result.unknown", key=key)
    return view


def closed_round(work: Work, key: str, *, hold: bool = False) -> Round:
    """A round that may have a result. Problems: `round.unknown`, `round.not_closed`."""
    found = rounds.whole(work.session, key, hold=hold, roll=True)
    if found is None:
        raise Problem("round.unknown", key=key)
    if not has_result(State(found.state)):
        raise Problem("round.not_closed", key=key)
    return found


def _page(work: Work, found: Round, small_cell: int | None) -> ResultView | None:
    kept = {kind: documents.find(work.session, found.id, kind) for kind in ("bundle", "result", "unweighted")}
    bundle_doc, result_doc, unweighted_doc = kept["bundle"], kept["result"], kept["unweighted"]
    if bundle_doc is None or result_doc is None or unweighted_doc is None or found.closed_at is None:
        return None
    bundle: dict[str, Any] = json.loads(bundle_doc.content)
    result: dict[str, Any] = json.loads(result_doc.content)
    unweighted: dict[str, Any] = json.loads(unweighted_doc.content)
    titles = {t["key"]: core.LocalText(t["title"]["es"], t["title"]["en"]) for t in bundle["themes"]}
    lines = {dimension: _lines(dimension, bundle, result) for dimension in DIMENSIONS}
    themes = _themes(bundle, result, unweighted, titles, lines, small_cell)
    by_key = {theme.key: theme for theme in themes}
    order = [theme.key for theme in themes]
    plain: list[str] = unweighted["order"]
    shown = lines if small_cell is None else {d: fold(some, small_cell) for d, some in lines.items()}
    return ResultView(
        card=public.card(found, len(bundle["seats"]), len({s["country"] for s in bundle["seats"]})),
        question=core.LocalText(found.question_es, found.question_en or found.question_es),
        rules=core.parse_rules(bundle["rules"]),
        ballots=len(bundle["ballots"]),
        countries_voting=sum(not line.silent for line in lines["country"]),
        topics=tuple(_topic(topic, titles, by_key) for topic in result["topics"]),
        themes=themes,
        objectives=_objectives(result),
        categories=tuple(shown.items()),
        balance=_balance(result, lines),
        pairs=_pairs(bundle, result, order),
        order_changed=order != plain,
        topic_changed=[t["key"] for t in result["topics"]] != unweighted["topics"],
        bundle_sha256=bundle_doc.sha256,
        seed=result["seed"],
        result_sha256=result_doc.sha256,
        closed_at=found.closed_at,
        published_at=found.published_at,
    )


def _unweighted(bundle: Bundle) -> str:
    """The order and the topics as they would be if every ballot's value were its base, as JSON."""
    plain = counting.unweighted(bundle)
    ballots = profile.from_bundle(bundle, bundle.rules.spread)
    values = profile.values(ballots, [1] * len(ballots.base))
    support = tally.spread(ballots, values, bundle.rules.spread)
    keys = [theme.key for theme in bundle.themes]
    content = {
        "format": "consulta-unweighted/1",
        "themes": [
            {"key": key, "place": plain.order.index(index) + 1, "score": str(plain.scores[index])}
            for index, key in enumerate(keys)
        ],
        "order": [keys[index] for index in plain.order],
        "topics": [keys[i] for i in tally.choose_topics(plain.order, support, bundle.rules.topics)],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _share(text: str) -> float:
    return float(Fraction(text))


def _themes(
    bundle: Mapping[str, Any],
    result: Mapping[str, Any],
    unweighted: Mapping[str, Any],
    titles: Mapping[str, LocalText],
    lines: Mapping[str, tuple[CategoryLine, ...]],
    small_cell: int | None,
) -> tuple[ThemeResult, ...]:
    plain = {theme["key"]: theme for theme in unweighted["themes"]}
    themes = [
        ThemeResult(
            key=theme["key"],
            title=titles[theme["key"]],
            place=theme["place"],
            score=_share(theme["score"]),
            points=_share(theme["points"]),
            relevance=_share(theme["relevance"]),
            unweighted_place=plain[theme["key"]]["place"],
            unweighted_score=_share(plain[theme["key"]]["score"]),
            support=tuple(
                _support(dimension, share, theme["supported"][dimension], lines[dimension], small_cell)
                for dimension, share in bundle["rules"]["spread"].items()
            ),
            spread_met=theme["spread_met"],
        )
        for theme in result["themes"]
    ]
    return tuple(sorted(themes, key=lambda theme: theme.place))


def _support(
    dimension: str, share: int, supporting: list[str], lines: tuple[CategoryLine, ...], small_cell: int | None
) -> Support:
    voting = [line for line in lines if line.ballots]
    named = {line.key for line in (voting if small_cell is None else fold(voting, small_cell)) if line.key}
    return Support(
        dimension=dimension,
        supporting=len(supporting),
        required=-(-share * len(voting) // 1000),
        total=len(voting),
        categories=tuple(key for key in supporting if key in named),
    )


def _topic(
    topic: Mapping[str, Any], titles: Mapping[str, LocalText], themes: Mapping[str, ThemeResult]
) -> Topic:
    short = catalogue.objectives_by_number()
    return Topic(
        key=topic["key"],
        title=titles[topic["key"]],
        focus=tuple((n, core.LocalText(short[n].short.es, short[n].short.en)) for n in topic["focus"]),
        spread_met=topic["spread_met"],
        theme=themes[topic["key"]],
    )


def _objectives(result: Mapping[str, Any]) -> tuple[tuple[int, LocalText, float], ...]:
    named = catalogue.objectives_by_number()
    found = [
        (
            o["number"],
            core.LocalText(named[o["number"]].short.es, named[o["number"]].short.en),
            _share(o["share"]),
        )
        for o in result["objectives"]
    ]
    return tuple(sorted(found, key=lambda row: (-row[2], row[0])))


def _category(seat: Mapping[str, Any], dimension: str) -> str:
    value: str = seat["country"] if dimension == "country" else seat["categories"][dimension]
    return value


def _lines(dimension: str, bundle: Mapping[str, Any], result: Mapping[str, Any]) -> tuple[CategoryLine, ...]:
    """Every category of a dimension: its share of the ballots, and what those counted for by weight."""
    micro = {tuple(sorted(cell["categories"].items())): cell["micro"] for cell in result["weights"]["cells"]}
    balanced = list(bundle["rules"]["balance"])
    voted = {ballot["seat"] for ballot in bundle["ballots"]}
    targets = {
        line["category"]: line["target"]
        for line in result["weights"]["margins"]
        if line["dimension"] == dimension
    }
    seats: dict[str, int] = {}
    ballots: dict[str, int] = {}
    value: dict[str, int] = {}
    for seat in bundle["seats"]:
        category = _category(seat, dimension)
        seats[category] = seats.get(category, 0) + 1
        if seat["seat"] in voted:
            cell = tuple(sorted((name, _category(seat, name)) for name in balanced))
            ballots[category] = ballots.get(category, 0) + 1
            value[category] = value.get(category, 0) + seat["base"] * micro[cell]
    cast, whole_value = sum(ballots.values()), sum(value.values())
    return tuple(
        CategoryLine(
            dimension=dimension,
            key=category,
            name=name_of(dimension, category),
            seats=seats[category],
            ballots=ballots.get(category, 0),
            share=ballots.get(category, 0) / cast,
            weighted=value.get(category, 0) / whole_value,
            target=targets.get(category),
            silent=category not in ballots,
        )
        for category in sorted(seats, key=lambda name: (-value.get(name, 0), name))
    )


def _balance(result: Mapping[str, Any], lines: Mapping[str, tuple[CategoryLine, ...]]) -> BalanceFacts:
    weights = result["weights"]
    micros = [cell["micro"] for cell in weights["cells"]]
    balanced = {line["dimension"] for line in weights["margins"]}
    return BalanceFacts(
        met=weights["met"],
        largest_miss=float(weights["largest_miss"]),
        smallest=min(micros) / 1_000_000,
        largest=max(micros) / 1_000_000,
        at_bounds=sum(cell["at_bound"] is not None for cell in weights["cells"]),
        design_effect=float(weights["design_effect"]),
        effective_ballots=float(weights["effective_ballots"]),
        silent=tuple(line.name for d in balanced for line in lines[d] if line.silent),
    )


def _pairs(
    bundle: Mapping[str, Any], result: Mapping[str, Any], order: list[str]
) -> tuple[tuple[float | None, ...], ...]:
    place = {theme["key"]: index for index, theme in enumerate(bundle["themes"])}
    pairs = result["pairs"]

    def share(x: str, y: str) -> float | None:
        won, lost = pairs[place[x]][place[y]], pairs[place[y]][place[x]]
        return None if x == y else won / (won + lost)

    return tuple(tuple(share(x, y) for y in order) for x in order)
