"""Members propose for the panel: until when, whom, and what became of each proposal.

Revision 0012, after 0011. The column is added in place.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FOREIGN = {
    "round_id": "rounds",
    "organisation_id": "organisations",
    "contact_id": "contacts",
    "nominee_id": "nominees",
    "into_id": "nominations",
}


def upgrade() -> None:
    """Apply."""
    op.add_column("rounds", sa.Column("nominations_until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "nominations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in FOREIGN if name != "round_id"),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'admitted', 'declined', 'merged')", name=op.f("ck_nominations_state")
        ),
        sa.CheckConstraint(
            "state IN ('admitted', 'merged') OR nominee_id IS NULL", name=op.f("ck_nominations_nominee")
        ),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_nominations_{name}"))
            for name, table in FOREIGN.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nominations")),
    )
    for name in ("round_id", "nominee_id"):
        op.create_index(op.f(f"ix_nominations_{name}"), "nominations", [name])


def downgrade() -> None:
    """Undo; what members proposed is given up, who was admitted stays."""
    op.drop_table("nominations")
    op.execute("ALTER TABLE rounds DROP COLUMN nominations_until")
