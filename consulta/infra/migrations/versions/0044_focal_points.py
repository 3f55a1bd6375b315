"""Focal points by territory: people whom members name for a State or a territory of reception.

Revision 0044, after 0043.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. There are no focal points from before."""
    op.create_table(
        "focal_points",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("starts", sa.Text(), nullable=True),
        sa.Column("ends", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("shows", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("named_by_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("named_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.CheckConstraint("kind IN ('state', 'place')", name=op.f("ck_focal_points_kind")),
        sa.CheckConstraint(
            "state IN ('named', 'asked', 'accepted', 'replaced',"
            " 'declined', 'refused', 'withdrawn', 'ended')",
            name=op.f("ck_focal_points_state"),
        ),
        sa.CheckConstraint(
            "shows IN ('unlisted', 'name', 'email', 'both')", name=op.f("ck_focal_points_shows")
        ),
        sa.CheckConstraint("length(language) BETWEEN 2 AND 8", name=op.f("ck_focal_points_language")),
        sa.CheckConstraint("ends >= starts", name=op.f("ck_focal_points_term")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_focal_points_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["focal_points.id"], name=op.f("fk_focal_points_replaces_id")
        ),
        sa.ForeignKeyConstraint(["named_by_id"], ["contacts.id"], name=op.f("fk_focal_points_named_by_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_focal_points_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_focal_points")),
    )
    op.create_index(op.f("ix_focal_points_organisation_id"), "focal_points", ["organisation_id"])
    op.create_index(op.f("ix_focal_points_territory"), "focal_points", ["territory"])


def downgrade() -> None:
    """Undo. Focal points are lost."""
    op.drop_table("focal_points")
