"""Which tables a package has, and their columns: names in English, which stay as they are.

What each column means is said in the languages of readers in `platform/data/open_data/fields.toml`. A column
is never renamed or given another meaning; a new one is added at the end of its table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.operations.open_data.tables import Field, Link, Table
from consulta.rounds.secrecy import MODES
from consulta.sessions.follow_up.values import KINDS, SIDES, STEPS

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUND = Field("round", required=True)
THEME = Field("theme", required=True)
OF_ROUND = Link(("round",), "round", ("round",))
OF_THEME = Link(("theme",), "themes", ("theme",))
DETAILS = ("full", "rounded", "topics")
LEVELS = ("firm", "reservations", "close", "untold")
CAPS = ("held", "idle", "lifted")
TOPICS_RULES = ("shared", "order")
DEPENDS = ("method", "themes", "targets", "objectives", "objective_taken_off", "objective_added")
ORDERS = ("points", "schulze", "runoff", "unweighted", "country_equal")
QUESTIONS = ("one", "several", "scale", "number", "text", "governments")
STATES = ("submitted", "returned", "admitted", "declined", "merged", "split", "withdrawn")


def _words(name: str, *, required: bool = False) -> Field:
    return Field(name, translated=True, required=required)


def _number(name: str, *, required: bool = False) -> Field:
    return Field(name, "integer", required=required, least=0)


def _share(name: str) -> Field:
    return Field(name, "number", least=0, most=1)


def _percent(name: str) -> Field:
    return Field(name, "number", least=0, most=100)


def _objective(name: str = "objective") -> Field:
    return Field(name, "integer", required=True, least=1, most=23)


def _table(name: str, fields: tuple[Field, ...], key: tuple[str, ...], *links: Link) -> Table:
    """Return a table of a round: its rows name the round, so that tables of rounds can be joined."""
    return Table(name, (ROUND, *fields), ("round", *key), (OF_ROUND, *links))


LINE = _number("line", required=True)
OPTION = _number("option", required=True)
DIMENSION = Field("dimension", required=True)
CATEGORIES = Field("categories", required=True)
QUESTION = Field("question", required=True)
RIVAL = Field("rival", required=True)
LANGUAGE = Field("language", required=True)
OBJECTIVES = Field("objectives")
TOPICS = Field("topics", required=True)
PUBLISHED_AT = Field("published_at", "datetime")
LABEL = _words("label")
TEXT = _words("text")
OF_QUESTION = Link(("question",), "questions", ("question",))
OF_RIVAL = Link(("rival",), "themes", ("theme",))

ROUNDS = (
    Table(
        "round",
        (
            Field("round", required=True, unique=True),
            _words("title"),
            _words("question"),
            Field("secrecy", required=True, enum=MODES),
            Field("detail", required=True, enum=DETAILS),
            Field("example", "boolean", required=True),
            Field("method", required=True),
            Field("rules_version", "integer", required=True, least=1),
            Field("zone", required=True),
            Field("opened_at", "datetime"),
            Field("closed_at", "datetime", required=True),
            PUBLISHED_AT,
            _number("organisations", required=True),
            _number("countries", required=True),
            _number("ballots", required=True),
            _number("countries_voting"),
            _number("abstained"),
            _number("small_cell"),
            _number("step_percent"),
            TOPICS,
            Field("verdict", enum=LEVELS),
            _number("same_topics_percent"),
            Field("same_topics_rounded", "boolean"),
            Field("methods_agree", "boolean"),
            _number("change_at_least"),
            _number("change_enough"),
            Field("condorcet_winner"),
            Field("topics_changed_by_weights", "boolean"),
            Field("order_changed_by_weights", "boolean"),
            Field("balanced"),
            Field("targets_met", "boolean"),
            Field("weight_smallest", "number", least=0),
            Field("weight_largest", "number", least=0),
            Field("heaviest_to_lightest", "number", least=0),
            Field("effective_ballots", "number", least=0),
            _share("heaviest_share"),
            _share("ballot_limit"),
            Field("bundle_sha256", required=True),
            Field("result_sha256"),
            Field("seed", required=True),
            _number("panel_version"),
            _number("synthesis_version"),
            Field("cap", enum=CAPS),
            _number("support_min"),
            Field("topics_rule", enum=TOPICS_RULES),
            _share("heard_share"),
            Field("topics_other_rule"),
            _share("heard_share_other_rule"),
            _number("without_theme_tried"),
            _number("other_targets_tried"),
            Field("objectives_tried", "boolean"),
        ),
        ("round",),
    ),
    _table(
        "themes",
        (
            Field("theme", required=True, unique=True),
            _words("title"),
            _words("description"),
            OBJECTIVES,
            Field("topic", "boolean", required=True),
            _number("place"),
            _number("place_best"),
            _number("place_worst"),
            _share("score"),
            _share("points"),
            _share("relevance"),
            _number("unweighted_place"),
            _share("unweighted_score"),
            _number("first"),
            _number("mentions"),
            Field("mean_place", "number", least=0),
            Field("support_met", "boolean"),
        ),
        ("theme",),
    ),
    _table("theme_objectives", (THEME, _objective()), ("theme", "objective"), OF_THEME),
    _table(
        "objectives",
        (_objective(), LABEL, _share("share"), Field("of_topic", "boolean", required=True)),
        ("objective",),
    ),
    _table(
        "support",
        (
            THEME,
            DIMENSION,
            Field("met", "boolean"),
            _number("supporting"),
            _number("required"),
            _number("total"),
            Field("categories"),
        ),
        ("theme", "dimension"),
        OF_THEME,
    ),
    _table("pairs", (THEME, RIVAL, _share("share")), ("theme", "rival"), OF_THEME, OF_RIVAL),
    _table(
        "orders",
        (Field("order", required=True, enum=ORDERS), _number("position", required=True), THEME),
        ("order", "position"),
        OF_THEME,
    ),
    _table(
        "runoff",
        (_number("step", required=True), THEME, _share("share"), Field("leaves", "boolean", required=True)),
        ("step", "theme"),
        OF_THEME,
    ),
    _table("repetitions", (THEME, _number("chosen", required=True), _number("first")), ("theme",), OF_THEME),
    _table("left_out", (LINE, DIMENSION, LABEL, TOPICS), ("line",)),
    _table(
        "depends",
        (
            LINE,
            Field("on", required=True, enum=DEPENDS),
            Field("without_theme"),
            Field("method"),
            Field("targets"),
            Field("tied_theme"),
            Field("tied_objective", "integer", least=1),
            TOPICS,
        ),
        ("line",),
    ),
    _table("alike", (THEME, RIVAL, _share("share")), ("theme", "rival"), OF_THEME, OF_RIVAL),
    _table(
        "heard",
        (
            DIMENSION,
            LINE,
            Field("category", required=True),
            LABEL,
            _number("ballots", required=True),
            _share("share"),
        ),
        ("dimension", "line"),
    ),
    _table("too_few", (DIMENSION, LINE, LABEL), ("dimension", "line")),
    _table(
        "participation",
        (
            DIMENSION,
            LINE,
            CATEGORIES,
            LABEL,
            _number("organisations", required=True),
            _number("ballots", required=True),
            _share("share"),
            _share("weighted_share"),
            _share("target"),
            _number("votes_needed"),
            Field("share_reached", "boolean"),
        ),
        ("dimension", "line"),
    ),
    _table(
        "panel",
        (
            _number("place", required=True),
            Field("role", required=True),
            _words("role_label"),
            Field("subregion", required=True),
            _words("subregion_label"),
        ),
        ("place",),
    ),
    _table(
        "panel_rules",
        (
            LINE,
            Field("kind", required=True),
            Field("attribute"),
            LABEL,
            _number("have"),
            _number("least"),
            _number("most"),
            _number("percent"),
            Field("must_hold", "boolean", required=True),
            Field("met", "boolean", required=True),
        ),
        ("line",),
    ),
    _table(
        "questions",
        (
            Field("question", required=True, unique=True),
            Field("kind", required=True, enum=QUESTIONS),
            TEXT,
            _number("answered"),
            Field("told", "boolean", required=True),
            _words("unit"),
            Field("mean", "number"),
            Field("weighted_mean", "number"),
            Field("standard_error", "number"),
            Field("low_quarter", "number"),
            Field("median", "number"),
            Field("high_quarter", "number"),
            Field("weighted_low_quarter", "number"),
            Field("weighted_median", "number"),
            Field("weighted_high_quarter", "number"),
        ),
        ("question",),
    ),
    _table(
        "question_options",
        (
            QUESTION,
            OPTION,
            LABEL,
            _number("count"),
            _percent("percent"),
            _percent("weighted_percent"),
            Field("standard_error", "number", least=0),
        ),
        ("question", "option"),
        OF_QUESTION,
    ),
    _table(
        "question_groups",
        (QUESTION, DIMENSION, LINE, CATEGORIES, LABEL, _number("answered"), Field("weighted_mean", "number")),
        ("question", "dimension", "line"),
        OF_QUESTION,
    ),
    _table(
        "question_group_options",
        (QUESTION, DIMENSION, LINE, OPTION, _percent("weighted_percent")),
        ("question", "dimension", "line", "option"),
        Link(("question", "dimension", "line"), "question_groups", ("question", "dimension", "line")),
        Link(("question", "option"), "question_options", ("question", "option")),
    ),
    _table(
        "question_texts", (QUESTION, LINE, Field("text", required=True)), ("question", "line"), OF_QUESTION
    ),
    _table(
        "governments_asked",
        (
            QUESTION,
            THEME,
            _number("answered", required=True),
            _number("others_national"),
            _number("others_local"),
        ),
        ("question", "theme"),
        OF_QUESTION,
        OF_THEME,
    ),
    _table(
        "governments",
        (
            QUESTION,
            THEME,
            Field("level", required=True, enum=("national", "local")),
            LINE,
            Field("country"),
            _words("country_label"),
            Field("name"),
            _number("count"),
            _percent("weighted_percent"),
        ),
        ("question", "theme", "level", "line"),
        Link(("question", "theme"), "governments_asked", ("question", "theme")),
    ),
    _table(
        "synthesis",
        (_number("sentence", required=True), Field("theme"), TEXT, Field("sources", required=True)),
        ("sentence",),
        OF_THEME,
    ),
    _table(
        "reasons",
        (
            _number("reason", required=True),
            Field("theme"),
            Field("text"),
            Field("organisation"),
            Field("subregion"),
            Field("sector"),
            Field("left_out_because"),
        ),
        ("reason",),
        OF_THEME,
    ),
    _table(
        "proposed_themes",
        (
            _number("proposal", required=True),
            LANGUAGE,
            _words("title"),
            _words("why"),
            OBJECTIVES,
            Field("countries"),
            Field("populations"),
            Field("state", required=True, enum=STATES),
            _words("reason"),
            _number("merged_into"),
            _number("part_of"),
            Field("theme"),
            Field("not_on_ballot"),
            _words("not_on_ballot_because"),
            _number("organisations"),
            _number("subregions"),
            _number("fewer_than"),
            Field("proposed_by"),
        ),
        ("proposal",),
        OF_THEME,
    ),
    _table(
        "ballots",
        (
            Field("seat", required=True, unique=True),
            Field("country", required=True),
            Field("subregion", required=True),
            Field("sector", required=True),
            Field("other_categories"),
            _number("base", required=True),
            _number("weight_millionths", required=True),
            Field("ranking"),
            OBJECTIVES,
        ),
        ("seat",),
    ),
)
"""The tables of a round, in the order in which its package lists them."""

SESSION = Field("session", required=True)
OF_SESSION = Link(("session",), "session", ("session",))
PARTS = ("achieved", "highlight", "challenge", "lesson", "recommendation")


def _of_session(name: str, fields: tuple[Field, ...], key: tuple[str, ...], *links: Link) -> Table:
    return Table(name, (SESSION, *fields), ("session", *key), (OF_SESSION, *links))


SESSIONS = (
    Table(
        "session",
        (
            Field("session", required=True, unique=True),
            Field("round", required=True),
            _number("number"),
            _words("title"),
            _words("period"),
            Field("starts_at", "datetime", required=True),
            Field("zone", required=True),
            _words("place"),
            Field("example", "boolean", required=True),
            _number("people"),
            _number("countries"),
            _number("factsheet_version"),
            PUBLISHED_AT,
        ),
        ("session",),
    ),
    _of_session("session_topics", (LINE, _words("title"), OBJECTIVES), ("line",)),
    _of_session(
        "attendance",
        (
            Field("dimension", required=True, enum=("country", "sector_group", "sector", "gender")),
            LINE,
            CATEGORIES,
            LABEL,
            _number("people"),
            _percent("percent"),
        ),
        ("dimension", "line"),
    ),
    _of_session(
        "session_texts",
        (Field("part", required=True, enum=PARTS), LINE, Field("country"), TEXT),
        ("part", "line"),
    ),
    _of_session("links", (LINE, LABEL, Field("address", required=True)), ("line",)),
    _of_session(
        "agreements",
        (
            _number("agreement", required=True),
            TEXT,
            Field("responsible"),
            Field("due", "date"),
            Field("done_on", "date"),
        ),
        ("agreement",),
    ),
    _of_session(
        "evaluation",
        (
            QUESTION,
            _number("asked"),
            Field("kind", required=True, enum=QUESTIONS),
            TEXT,
            _number("answered"),
            Field("told", "boolean", required=True),
            _words("unit"),
            Field("mean", "number"),
            Field("low_quarter", "number"),
            Field("median", "number"),
            Field("high_quarter", "number"),
        ),
        ("question",),
    ),
    _of_session(
        "evaluation_options",
        (QUESTION, OPTION, LABEL, _number("count"), _percent("percent")),
        ("question", "option"),
        Link(("session", "question"), "evaluation", ("session", "question")),
    ),
)
"""The tables of a session, in the order in which its package lists them."""

RECOMMENDATION = Field("recommendation", required=True)
OF_RECOMMENDATION = Link(("recommendation",), "recommendations", ("recommendation",))

RECOMMENDATIONS = (
    Table(
        "recommendations",
        (
            SESSION,
            Field("recommendation", required=True, unique=True),
            Field("kind", required=True, enum=KINDS),
            TEXT,
            LANGUAGE,
            Field("topic_key"),
            OBJECTIVES,
            Field("addressed_to"),
            PUBLISHED_AT,
            Field("withdrawn_at", "datetime"),
            _words("withdrawn_because"),
        ),
        ("recommendation",),
    ),
    Table(
        "recommendation_objectives",
        (RECOMMENDATION, _objective()),
        ("recommendation", "objective"),
        (OF_RECOMMENDATION,),
    ),
    Table(
        "recommendation_versions",
        (RECOMMENDATION, _number("version", required=True), TEXT, _number("factsheet_version"), PUBLISHED_AT),
        ("recommendation", "version"),
        (OF_RECOMMENDATION,),
    ),
    Table(
        "reports",
        (
            Field("report", "integer", required=True, unique=True, least=1),
            RECOMMENDATION,
            Field("side", required=True, enum=SIDES),
            Field("addressee", required=True),
            _words("addressee_label"),
            Field("newest", "boolean", required=True),
            Field("step", enum=STEPS),
            Field("day", "date", required=True),
            Field("text"),
            LANGUAGE,
            Field("link"),
            Field("evidence_name"),
            Field("evidence_sha256"),
            Field("evidence_address"),
            Field("entered_by", required=True),
            Field("received_by"),
            Field("institution"),
            Field("organisation"),
            Field("entered_at", "datetime", required=True),
            Field("withdrawn", enum=("answer", "evidence")),
            Field("withdrawn_at", "datetime"),
            _words("withdrawn_because"),
        ),
        ("report",),
        (OF_RECOMMENDATION,),
    ),
)
"""The tables of the recommendations of a session, in the order in which their package lists them."""

OF_KIND: Mapping[str, tuple[Table, ...]] = {
    "rounds": ROUNDS,
    "sessions": SESSIONS,
    "recommendations": RECOMMENDATIONS,
}
"""The tables of each kind of package."""
