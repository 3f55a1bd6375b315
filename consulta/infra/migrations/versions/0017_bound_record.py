"""The head of the log after each vote; to whom a round shows its roll by name.

Revision 0017, after 0016.
"""

import json

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLE = "receipt_heads"


def upgrade() -> None:
    """Apply. Rounds that are open already promised their members nothing about the roll: they keep that."""
    op.create_table(
        TABLE,
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("peaks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["ballot_id"], ["ballots.id"], name=op.f("fk_receipt_heads_ballot_id")),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_receipt_heads")),
    )
    op.create_index(op.f("ix_receipt_heads_size"), TABLE, ["size"], unique=True)
    guards.guard(TABLE)
    op.execute("ALTER TABLE rounds ADD COLUMN roll_shown TEXT")
    _remember()


def _remember() -> None:
    """Give rounds back what their opening said, where this migration was undone meanwhile."""
    connection = op.get_bind()
    opened = sa.text("SELECT subject, details FROM log WHERE action = 'rounds.opened'")
    for subject, details in connection.execute(opened).all():
        shown = json.loads(details).get("roll")
        if shown is not None:
            connection.execute(
                sa.text("UPDATE rounds SET roll_shown = :shown WHERE id = :id"),
                {"shown": shown, "id": int(subject.partition(":")[2])},
            )


def downgrade() -> None:
    """Undo; heads of receipts are given up, each receipt shows that of the day again."""
    op.execute("ALTER TABLE rounds DROP COLUMN roll_shown")
    guards.unguard(TABLE)
    op.drop_index(op.f("ix_receipt_heads_size"), table_name=TABLE)
    op.drop_table(TABLE)
