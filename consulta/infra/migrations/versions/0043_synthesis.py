"""Codes of reasons, the synthesis of a round as it is written, and its published versions.

Revision 0043, after 0042.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

GUARDED = "synthesis_versions"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reason_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_reason_codes_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reason_codes")),
        sa.UniqueConstraint("round_id", "name_key", name=op.f("uq_reason_codes_round_id_name_key")),
    )
    op.create_table(
        "coded_reasons",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id", "number"],
            ["reasons.round_id", "reasons.number"],
            name=op.f("fk_coded_reasons_round_id"),
        ),
        sa.ForeignKeyConstraint(["code_id"], ["reason_codes.id"], name=op.f("fk_coded_reasons_code_id")),
        sa.PrimaryKeyConstraint("round_id", "number", "code_id", name=op.f("pk_coded_reasons")),
    )
    op.create_index(op.f("ix_coded_reasons_code_id"), "coded_reasons", ["code_id"])
    op.create_table(
        "syntheses",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_syntheses_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_syntheses")),
    )
    op.create_table(
        GUARDED,
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f(f"fk_{GUARDED}_round_id")),
        sa.PrimaryKeyConstraint("round_id", "version", name=op.f(f"pk_{GUARDED}")),
    )
    guards.guard(GUARDED)


def downgrade() -> None:
    """Undo; codes, drafts and published versions are given up."""
    for table in (GUARDED, "syntheses", "coded_reasons", "reason_codes"):
        op.drop_table(table)
