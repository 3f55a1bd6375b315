"""Local governments that organisations name as a priority, one list for all rounds.

Revision 0041, after 0040.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "local_governments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["into_id"], ["local_governments.id"], name=op.f("fk_local_governments_into_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_governments")),
        sa.UniqueConstraint("name_key", name=op.f("uq_local_governments_name_key")),
    )


def downgrade() -> None:
    """Undo; the list is given up."""
    op.drop_table("local_governments")
