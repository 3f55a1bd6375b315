"""The rows of a round's tables, taken from the values that its public pages are drawn from.

Nothing here reads a ballot or a result. What a page may not tell is None or absent in these values, so it is
absent here. Of a panel only what its stored version fixes is taken, role and subregion: a name that a person
takes back later can be taken off a page, and not out of copies of a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from consulta.core.texts import NOTHING, Text
from consulta.panel.public_parts import OF_EVERYBODY
from consulta.platform.data import tongues
from consulta.platform.labels import name_of
from consulta.vote import answers as answers_acts
from consulta.vote import questions
from consulta.vote.answers import codes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from consulta.panel.values import PublishedPanel, RuleRow
    from consulta.results.synthesis import Said
    from consulta.results.values import Depends, Order, ResultView, Support, ThemeResult
    from consulta.rounds.values import PublicRound
    from consulta.themes.proposals import OtherTheme, PublicThemes
    from consulta.vote.questions import PublishedAnswers, Question

Rows = list[dict[str, Any]]


class Sources(NamedTuple):
    """All that is public of a round: its result, and what else was published of it."""

    view: ResultView
    page: PublicRound
    abstained: int | None
    panel: PublishedPanel | None
    answers: PublishedAnswers | None
    said: Said | None
    proposed: PublicThemes | None


def rows(of: Sources) -> dict[str, Rows]:
    """Return the rows of each table of `schemas.ROUNDS` but the ballots, by the table's name."""
    view = of.view
    made: dict[str, Rows] = {
        "round": [_round(of)],
        "themes": list(_themes(of)),
        "theme_objectives": [
            {"theme": theme.key, "objective": number}
            for theme in of.page.themes
            for number in sorted(theme.objectives)
        ],
        "objectives": [
            {"objective": each.number, "label": each.short, "share": each.share, "of_topic": each.here}
            for each in sorted(view.objectives, key=lambda line: line.number)
        ],
        "support": [row for theme in view.themes for row in _support(theme)],
        "pairs": list(_pairs(view)),
        "orders": list(_orders(view)),
        "runoff": list(_runoff(view)),
        "repetitions": list(_repetitions(view)),
        "left_out": [
            {"line": number, "dimension": each.dimension, "label": each.name, "topics": _keys(each.topics)}
            for number, each in enumerate(view.firmness.left_out, start=1)
        ],
        "depends": list(_depends(view)),
        "alike": [{"theme": x.key, "rival": y.key, "share": part} for x, y, part in view.alike or ()],
        "heard": [
            {
                "dimension": dimension,
                "line": number,
                "category": line.key,
                "label": line.name,
                "ballots": line.ballots,
                "share": line.share,
            }
            for dimension, lines in (view.several.by if view.several else ())
            for number, line in enumerate(lines, start=1)
        ],
        "too_few": [
            {"dimension": dimension, "line": number, "label": name}
            for dimension, names in view.too_few
            for number, name in enumerate(names, start=1)
        ],
        "participation": [
            row for dimension, _lines in view.categories for row in _participation(view, dimension)
        ],
        **_panel(of.panel),
        **(_answers(of.answers) if of.answers else {}),
        **(_said(of.said) if of.said else {}),
        "proposed_themes": [_proposed(each) for each in of.proposed.proposals] if of.proposed else [],
    }
    return {name: [{"round": view.card.key, **row} for row in found] for name, found in made.items()}


# -- the result


def _round(of: Sources) -> dict[str, Any]:
    view, firm, balance = of.view, of.view.firmness, of.view.balance
    agree = [order.agrees for order in firm.methods]
    return {
        "title": view.card.title,
        "question": view.question,
        "secrecy": view.secrecy,
        "detail": "topics" if view.few else "full" if view.small_cell is None else "rounded",
        "example": view.card.example,
        "method": view.rules.method,
        "rules_version": view.rules.version,
        "zone": view.card.zone,
        "opened_at": view.card.opened_at,
        "closed_at": view.closed_at,
        "published_at": view.published_at,
        "organisations": view.card.seats,
        "countries": view.card.countries,
        "ballots": view.ballots,
        "countries_voting": view.countries_voting,
        "abstained": of.abstained,
        "small_cell": view.small_cell,
        "step_percent": view.step,
        "topics": [topic.key for topic in view.topics],
        "verdict": firm.verdict,
        "same_topics_percent": firm.percent,
        "same_topics_rounded": None if firm.percent is None else firm.rounded,
        "methods_agree": False if False in agree else True if agree and None not in agree else None,
        **(
            {"change_at_least": firm.worst.at_least, "change_enough": firm.worst.enough} if firm.worst else {}
        ),
        "condorcet_winner": firm.condorcet.key if firm.condorcet else None,
        "topics_changed_by_weights": view.topics_changed,
        "order_changed_by_weights": view.order_changed,
        **(
            {
                "balanced": balance.balanced,
                "targets_met": balance.met,
                "weight_smallest": balance.smallest,
                "weight_largest": balance.largest,
                "heaviest_to_lightest": balance.times,
                "effective_ballots": balance.effective_ballots,
                "heaviest_share": balance.heaviest,
                "ballot_limit": balance.limit,
            }
            if balance
            else {}
        ),
        "bundle_sha256": view.bundle_sha256,
        "result_sha256": view.result_sha256,
        "seed": view.seed,
        "panel_version": of.panel.version if of.panel else None,
        "synthesis_version": of.said.version if of.said else None,
        **_variants(view),
    }


def _variants(view: ResultView) -> dict[str, Any]:
    """Return what the topic depends on, as far as it is public."""
    depends, several = view.depends, view.several
    if depends is None:
        return {}
    told = {
        "cap": view.balance.cap or None if view.balance else None,
        "support_min": view.rules.support_min,
        "without_theme_tried": depends.themes_tried,
        "other_targets_tried": depends.targets_tried,
        "objectives_tried": depends.alone_tried,
    }
    if several is None:
        return told
    return told | {
        "topics_rule": several.rule,
        "heard_share": several.heard,
        "topics_other_rule": [theme.key for theme in several.other],
        "heard_share_other_rule": several.other_heard,
    }


def _depends(view: ResultView) -> Iterator[dict[str, Any]]:
    """Yield what the choice depends on beside the votes, with what it would be."""
    found: list[dict[str, Any]] = [
        {"on": "method", "method": order.name, "topics": _keys(order.topics or ())}
        for order in view.firmness.differing
    ]
    if view.depends is not None:
        found += _variants_of(view.depends)
    for number, row in enumerate(found, start=1):
        yield {"line": number, **row}


def _variants_of(depends: Depends) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"on": "themes", "without_theme": taken.key, "topics": _keys(instead)}
        for taken, instead in depends.themes
    ]
    found += [
        {
            "on": "targets",
            "targets": [f"{dimension}={rule}" for dimension, rule in targets.items()],
            "topics": _keys(instead),
        }
        for targets, instead in depends.targets
    ]
    if depends.alone is not None:
        found.append({"on": "objectives", "topics": _keys(depends.alone)})
    found += [
        {
            "on": "objective_added" if tie.added else "objective_taken_off",
            "tied_theme": tie.theme.key,
            "tied_objective": tie.objective,
            "topics": _keys(tie.topics),
        }
        for tie in depends.ties
    ]
    return found


def _keys(themes: Iterable[ThemeResult]) -> list[str]:
    return [theme.key for theme in themes]


def _repetitions(view: ResultView) -> Iterator[dict[str, Any]]:
    """Yield in how many of a thousand repetitions each theme was among the topics, and the first of them."""
    repeated = view.firmness.repeated
    if repeated is not None:
        first = {theme.key: times for theme, times in repeated.first}
        for theme, times in repeated.chosen:
            yield {"theme": theme.key, "chosen": times, "first": first.get(theme.key)}


def _themes(of: Sources) -> Iterator[dict[str, Any]]:
    topics = {topic.key for topic in of.view.topics}
    described = {theme.key: theme.description for theme in of.page.themes}
    for theme in of.view.themes:
        best, worst = theme.places or (None, None)
        yield {
            "theme": theme.key,
            "title": theme.title,
            "description": described.get(theme.key, NOTHING),
            "objectives": sorted(theme.objectives),
            "topic": theme.key in topics,
            "place": theme.place,
            "place_best": best,
            "place_worst": worst,
            "score": theme.score,
            "points": theme.points,
            "relevance": theme.relevance,
            "unweighted_place": theme.unweighted_place,
            "unweighted_score": theme.unweighted_score,
            "first": theme.first,
            "mentions": theme.mentions,
            "mean_place": theme.mean_place,
            "support_met": theme.spread_met,
        }


def _support(theme: ThemeResult) -> Iterator[dict[str, Any]]:
    for each in theme.support:
        if _is_told(each):
            yield {
                "theme": theme.key,
                "dimension": each.dimension,
                "met": each.met,
                "supporting": each.supporting,
                "required": each.required,
                "total": each.total,
                "categories": sorted(each.categories),
            }


def _is_told(support: Support) -> bool:
    return support.met is not None or support.supporting is not None or bool(support.categories)


def _pairs(view: ResultView) -> Iterator[dict[str, Any]]:
    keys = [theme.key for theme in view.themes]
    for key, shares in zip(keys, view.pairs, strict=False):
        for rival, share in zip(keys, shares, strict=True):
            if share is not None:
                yield {"theme": key, "rival": rival, "share": share}


def _orders(view: ResultView) -> Iterator[dict[str, Any]]:
    firm = view.firmness
    told: dict[str, Sequence[ThemeResult]] = {}
    if all(theme.place is not None for theme in view.themes):
        told[view.rules.method] = view.themes
    others: Iterable[Order | None] = (*firm.methods, firm.unweighted, firm.country_equal)
    told |= {order.name: order.themes for order in others if order is not None}
    for name, themes in told.items():
        for position, theme in enumerate(themes, start=1):
            yield {"order": name, "position": position, "theme": theme.key}


def _runoff(view: ResultView) -> Iterator[dict[str, Any]]:
    for number, step in enumerate(view.steps, start=1):
        for key, share in step.shares.items():
            yield {"step": number, "theme": key, "share": share, "leaves": key == step.out}


def _participation(view: ResultView, dimension: str) -> Iterator[dict[str, Any]]:
    reach = {id(each.line): each for each in (view.balance.reach if view.balance else ())}
    for number, line in enumerate(dict(view.categories)[dimension], start=1):
        found = reach.get(id(line))
        yield {
            "dimension": dimension,
            "line": number,
            "categories": line.members or (line.key,),
            "label": line.name,
            "organisations": line.seats,
            "ballots": line.ballots,
            "share": line.share,
            "weighted_share": line.weighted,
            "target": line.target,
            "votes_needed": found.needed if found else None,
            "share_reached": found.reached if found else None,
        }


# -- the panel


def _panel(panel: PublishedPanel | None) -> dict[str, Rows]:
    """Return places and rules of a panel, in an order that does not depend on who is named."""
    if panel is None:
        return {}
    places = sorted((seat.codes["role"], seat.codes["subregion"]) for seat in panel.seats)
    return {
        "panel": [
            {
                "place": number,
                "role": role,
                "role_label": name_of("role", role),
                "subregion": subregion,
                "subregion_label": name_of("subregion", subregion),
            }
            for number, (role, subregion) in enumerate(places, start=1)
        ],
        "panel_rules": [_rule(number, row) for number, row in enumerate(panel.rows, start=1)],
    }


def _rule(number: int, row: RuleRow) -> dict[str, Any]:
    of_everybody = row.kind == "size" or (
        row.kind not in {"at_most", "mixed"} and row.attribute in OF_EVERYBODY
    )
    return {
        "line": number,
        "kind": row.kind,
        "attribute": row.attribute,
        "label": row.value,
        "have": row.have if of_everybody else None,
        "least": row.low,
        "most": row.high,
        "percent": row.percent,
        "must_hold": row.hard,
        "met": row.ok,
    }


# -- answers to questions


def _answers(view: PublishedAnswers) -> dict[str, Rows]:
    told = view.facts.by_key()
    asked = [(question, told[question.key]) for question in view.questions if question.key in told]
    places = view.facts.places
    return {
        "questions": [_question(question, facts) for question, facts in asked],
        "question_options": [row for question, facts in asked for row in option_rows(question, facts.rows)],
        "question_groups": [row for question, facts in asked for row in _groups(question, facts)],
        "question_group_options": [
            row for question, facts in asked for row in _group_options(question, facts)
        ],
        "question_texts": [
            {"question": question.key, "line": number, "text": text}
            for question, facts in asked
            for number, text in enumerate(facts.texts, start=1)
        ],
        "governments_asked": [
            {
                "question": question.key,
                "theme": each.theme,
                "answered": each.answered,
                "others_national": each.of(questions.NATIONAL).others,
                "others_local": each.of(questions.LOCAL).others,
            }
            for question, facts in asked
            for each in facts.themes
        ],
        "governments": [
            row
            for question, facts in asked
            for each in facts.themes
            for row in _governments(question.key, each, places)
        ],
    }


def _question(question: Question, facts: answers_acts.Answered) -> dict[str, Any]:
    mean = facts.mean or answers_acts.Mean()
    quantiles = facts.quantiles or answers_acts.Quantiles()
    plain, weighted = quantiles.plain, quantiles.weighted
    return {
        "question": question.key,
        "kind": question.kind,
        "text": question.text,
        "answered": facts.answered,
        "told": facts.told,
        "unit": question.unit,
        "mean": mean.plain,
        "weighted_mean": mean.weighted,
        "standard_error": mean.error,
        "low_quarter": plain.low,
        "median": plain.middle,
        "high_quarter": plain.high,
        "weighted_low_quarter": weighted.low,
        "weighted_median": weighted.middle,
        "weighted_high_quarter": weighted.high,
    }


def option_rows(question: Question, rows: Iterable[answers_acts.Row] | None) -> Iterator[dict[str, Any]]:
    """Yield every option or step of a question, in words, with what is told of it."""
    told = {each.code: each for each in rows or ()}
    ends = {1: question.low, question.steps: question.high}
    for code in codes_of(question):
        label = ends.get(code, NOTHING) if question.kind == "scale" else question.options[code - 1]
        row = told.get(code, answers_acts.Row(code))
        yield {
            "question": question.key,
            "option": code,
            "label": label,
            "count": row.count,
            "percent": row.percent,
            "weighted_percent": row.weighted,
            "standard_error": row.error,
        }


def _groups(question: Question, facts: answers_acts.Answered) -> Iterator[dict[str, Any]]:
    for number, each in enumerate(facts.groups, start=1):
        yield {
            "question": question.key,
            "dimension": each.dimension,
            "line": number,
            "categories": each.categories,
            "label": together(each.dimension, each.categories),
            "answered": each.answered,
            "weighted_mean": each.mean,
        }


def _group_options(question: Question, facts: answers_acts.Answered) -> Iterator[dict[str, Any]]:
    for number, each in enumerate(facts.groups, start=1):
        for code, share in zip(codes_of(question), each.weighted or (), strict=False):
            yield {
                "question": question.key,
                "dimension": each.dimension,
                "line": number,
                "option": code,
                "weighted_percent": share,
            }


def _governments(
    question: str, theme: answers_acts.ForTheme, places: answers_acts.Places
) -> Iterator[dict[str, Any]]:
    for kind, level in ((questions.NATIONAL, "national"), (questions.LOCAL, "local")):
        for number, row in enumerate(theme.of(kind).rows, start=1):
            name, country = ("", str(row.name)) if kind == questions.NATIONAL else places[str(row.name)]
            yield {
                "question": question,
                "theme": theme.theme,
                "level": level,
                "line": number,
                "country": country,
                "country_label": name_of("country", country) if country else NOTHING,
                "name": name,
                "count": row.count,
                "weighted_percent": row.weighted,
            }


def together(dimension: str, keys: Sequence[str]) -> Text:
    """Return the names of categories that are told together, in each language."""
    names = [name_of(dimension, key) for key in keys]
    return Text.each(tongues.codes(), lambda code: ", ".join(name.best(code) for name in names))


# -- words


def _said(said: Said) -> dict[str, Rows]:
    sentences = [(section.theme, each) for section in said.sections for each in section.sentences]
    left_over = {each.number: each.reason for each in said.left_over}
    return {
        "synthesis": [
            {"sentence": number, "theme": theme, "text": each.text, "sources": each.sources}
            for number, (theme, each) in enumerate(sentences, start=1)
        ],
        "reasons": [
            {
                "reason": each.number,
                "theme": section.theme,
                "text": each.text,
                "organisation": each.name,
                "subregion": each.subregion,
                "sector": each.sector,
                "left_out_because": left_over.get(each.number),
            }
            for section in said.sections
            for each in section.sources
        ],
    }


def _proposed(each: OtherTheme) -> dict[str, Any]:
    return {
        "proposal": each.number,
        "language": each.language,
        "title": each.title,
        "why": each.why,
        "objectives": sorted(each.objectives),
        "countries": each.countries,
        "populations": each.populations,
        "state": each.state,
        "reason": each.reason,
        "merged_into": each.into,
        "part_of": each.part_of,
        "theme": each.theme,
        "not_on_ballot": each.why_not,
        "not_on_ballot_because": each.not_taken,
        "organisations": each.behind.organisations,
        "subregions": each.behind.subregions,
        "fewer_than": each.behind.fewer,
        "proposed_by": each.authors,
    }
