"""Rules of panels that the organiser keeps under a name.

Revision 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "panel_presets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title_es", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_panel_presets_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_presets")),
        sa.UniqueConstraint("title_es", name=op.f("uq_panel_presets_title_es")),
    )


def downgrade() -> None:
    """Undo; the rules kept under a name are given up, those of rounds and panels stay."""
    op.drop_table("panel_presets")
