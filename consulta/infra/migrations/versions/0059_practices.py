"""Rounds for practice, each in a place of its own beside the installation.

Revision 0059, after 0058. There were none before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "practices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'ready', 'failed', 'deleted', 'gone')", name=op.f("ck_practices_state")
        ),
        sa.CheckConstraint(
            "(state IN ('asked', 'ready', 'failed')) = (live IS NOT NULL)", name=op.f("ck_practices_live")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_practices_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practices")),
        sa.UniqueConstraint("key", name=op.f("uq_practices_key")),
        sa.UniqueConstraint("live", name=op.f("uq_practices_live")),
    )


def downgrade() -> None:
    """Undo. What places of practices are left must be deleted by hand."""
    op.drop_table("practices")
