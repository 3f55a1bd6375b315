"""Themes proposed by members: the phase of a round, the proposals, each step of them, and who supports them.

Revision 0036, after 0035. Rounds that are there have no such phase.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

EVENTS = "theme_proposal_events"
STATES = "state IN ('submitted', 'returned', 'admitted', 'declined', 'merged', 'split', 'withdrawn')"
KINDS = (
    "kind IN ('submitted', 'edited', 'withdrawn', 'answered', 'returned', 'admitted', 'declined',"
    " 'merged', 'split', 'made', 'translated', 'reworded', 'undone')"
)


def _text(name: str, default: str | None = None, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), server_default=default, nullable=False)


def _refers(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete
    )


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "theme_phases",
        _number("id"),
        _number("round_id"),
        _text("zone"),
        _text("opens_local", nullable=True),
        _moment("opens_at", nullable=True),
        _text("closes_local"),
        _moment("closes_at"),
        *(_moment(name, nullable=True) for name in ("promised_at", "opened_at", "ended_at")),
        _text("end_reason"),
        _text("shown"),
        _number("supports"),
        _number("most"),
        _text("rule"),
        _number("themes"),
        _number("subregions"),
        sa.CheckConstraint("shown IN ('at_once', 'at_end')", name=op.f("ck_theme_phases_shown")),
        sa.CheckConstraint("rule IN ('support', 'secretariat')", name=op.f("ck_theme_phases_rule")),
        sa.CheckConstraint("supports BETWEEN 0 AND 100", name=op.f("ck_theme_phases_supports")),
        sa.CheckConstraint("most BETWEEN 1 AND 20", name=op.f("ck_theme_phases_most")),
        _refers("theme_phases", "round_id", "rounds"),
        _key("theme_phases"),
        sa.UniqueConstraint("round_id", name=op.f("uq_theme_phases_round_id")),
    )
    op.create_table(
        "theme_proposals",
        _number("id"),
        _number("round_id"),
        _number("number"),
        _text("reference"),
        _number("organisation_id"),
        _number("contact_id", nullable=True),
        _text("language"),
        _json("title", "{}"),
        _json("why", "{}"),
        _json("objectives"),
        _json("countries", "[]"),
        _json("populations", "[]"),
        _text("state"),
        _json("reason", "{}"),
        _text("question", ""),
        _text("answer", ""),
        *(_number(name, nullable=True) for name in ("into_id", "part_of_id", "theme_id")),
        _moment("proposed_at"),
        _moment("decided_at", nullable=True),
        sa.CheckConstraint("length(language) BETWEEN 2 AND 8", name=op.f("ck_theme_proposals_language")),
        sa.CheckConstraint(STATES, name=op.f("ck_theme_proposals_state")),
        sa.CheckConstraint(
            "(state = 'merged') = (into_id IS NOT NULL)", name=op.f("ck_theme_proposals_into")
        ),
        _refers("theme_proposals", "round_id", "rounds"),
        _refers("theme_proposals", "organisation_id", "organisations"),
        _refers("theme_proposals", "contact_id", "contacts"),
        _refers("theme_proposals", "into_id", "theme_proposals"),
        _refers("theme_proposals", "part_of_id", "theme_proposals"),
        _refers("theme_proposals", "theme_id", "themes", "SET NULL"),
        _key("theme_proposals"),
        sa.UniqueConstraint("round_id", "number", name=op.f("uq_theme_proposals_round_id_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_theme_proposals_reference")),
    )
    op.create_table(
        EVENTS,
        _number("id"),
        _number("proposal_id"),
        _text("kind"),
        _text("state"),
        _moment("at"),
        _text("actor"),
        *(_number(name, nullable=True) for name in ("staff_id", "contact_id")),
        _json("details"),
        sa.CheckConstraint(KINDS, name=op.f(f"ck_{EVENTS}_kind")),
        sa.CheckConstraint(STATES, name=op.f(f"ck_{EVENTS}_state")),
        _refers(EVENTS, "proposal_id", "theme_proposals"),
        _refers(EVENTS, "staff_id", "staff"),
        _refers(EVENTS, "contact_id", "contacts"),
        _key(EVENTS),
    )
    op.create_table(
        "theme_supports",
        _number("id"),
        _number("proposal_id"),
        _number("organisation_id"),
        _number("contact_id", nullable=True),
        _moment("at"),
        _refers("theme_supports", "proposal_id", "theme_proposals"),
        _refers("theme_supports", "organisation_id", "organisations"),
        _refers("theme_supports", "contact_id", "contacts"),
        _key("theme_supports"),
        sa.UniqueConstraint(
            "proposal_id", "organisation_id", name=op.f("uq_theme_supports_proposal_id_organisation_id")
        ),
    )
    for table, column in (
        ("theme_proposals", "organisation_id"),
        ("theme_proposals", "into_id"),
        ("theme_proposals", "part_of_id"),
        ("theme_proposals", "theme_id"),
        (EVENTS, "proposal_id"),
        ("theme_supports", "organisation_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    guards.guard(EVENTS)


def downgrade() -> None:
    """Undo; proposals of themes, their steps and their supports are given up."""
    for table in ("theme_supports", EVENTS, "theme_proposals", "theme_phases"):
        op.drop_table(table)
