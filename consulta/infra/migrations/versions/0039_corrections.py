"""Changes of their own data that members ask for; requests for a link to them.

Revision 0039, after 0038.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Requests that wait are for links to vote."""
    with op.batch_alter_table("link_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purpose", sa.Text(), server_default="vote", nullable=False))
        batch_op.create_check_constraint(op.f("ck_link_requests_purpose"), "purpose IN ('vote', 'own')")
    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('categories', 'address', 'added', 'off')", name=op.f("ck_corrections_kind")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name=op.f("ck_corrections_state")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_corrections_organisation_id")
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["contacts.id"], name=op.f("fk_corrections_asked_by_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_corrections_contact_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_corrections_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_organisation_id"), "corrections", ["organisation_id"])
    op.create_index(op.f("ix_corrections_asked_by_id"), "corrections", ["asked_by_id"])


def downgrade() -> None:
    """Undo. What members asked for is lost."""
    op.drop_table("corrections")
    op.execute("DELETE FROM link_requests WHERE purpose <> 'vote'")
    with op.batch_alter_table("link_requests", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_link_requests_purpose"), type_="check")
        batch_op.drop_column("purpose")
