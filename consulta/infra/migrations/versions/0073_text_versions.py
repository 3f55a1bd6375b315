"""The versions of mail texts, and the organiser's name as it was at the opening of a round.

Revision 0073, after 0072.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("rounds", sa.Column("organiser_name", sa.JSON(), server_default="{}", nullable=False))
    op.create_table(
        "text_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(language) BETWEEN 2 AND 8", name=op.f("ck_text_versions_language")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_text_versions_round_id_rounds")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_text_versions_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_versions")),
    )
    op.create_index(op.f("ix_text_versions_round_id"), "text_versions", ["round_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("text_versions")
    op.drop_column("rounds", "organiser_name")
