"""The profile of the organiser: its name, how to reach it, its notices, its logo.

Revision 0031, after 0030.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "organiser",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_organiser_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organiser")),
    )


def downgrade() -> None:
    """Undo; the profile is given up."""
    op.drop_table("organiser")
