"""Heads of the log, a nonce in each of its rows, the head that a receipt shows; more kinds of documents.

Revision 0002, after 0001. New columns are added in place: a table made anew would lose its guards.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KINDS = "kind IN ('bundle', 'result', 'unweighted', 'panel', 'public', 'archive')"
FORMER_KINDS = "kind IN ('bundle', 'result', 'unweighted', 'panel')"
REASONS = "reason IN ('opening', 'daily', 'closing', 'publication')"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "heads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("peaks", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(REASONS, name=op.f("ck_heads_reason")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_heads_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heads")),
    )
    guards.guard("heads")
    op.execute("ALTER TABLE ballots ADD COLUMN head TEXT")
    op.execute("ALTER TABLE log ADD COLUMN nonce TEXT NOT NULL DEFAULT ''")
    guards.unguard("documents")
    guards.hold("documents", KINDS)
    guards.guard("documents")


def downgrade() -> None:
    """Undo; documents of the newer kinds are given up."""
    guards.unguard("documents")
    op.execute("DELETE FROM documents WHERE kind IN ('public', 'archive')")
    guards.hold("documents", FORMER_KINDS)
    guards.guard("documents")
    op.execute("ALTER TABLE log DROP COLUMN nonce")
    op.execute("ALTER TABLE ballots DROP COLUMN head")
    guards.unguard("heads")
    op.drop_table("heads")
