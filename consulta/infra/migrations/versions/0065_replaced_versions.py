"""Published panels and figures of sessions that were replaced by later versions, with the reason.

Revision 0065, after 0064. Panels that were published anew before have no reason.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards
from consulta.infra.models import Instant

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

GUARDED = "replaced_versions"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        GUARDED,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by_version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("what IN ('panel', 'figures')", name=op.f(f"ck_{GUARDED}_what")),
        sa.CheckConstraint("by_version > version", name=op.f(f"ck_{GUARDED}_later")),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f(f"fk_{GUARDED}_round_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f(f"fk_{GUARDED}_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{GUARDED}")),
        sa.UniqueConstraint(
            "round_id", "what", "by_version", name=op.f(f"uq_{GUARDED}_round_id_what_by_version")
        ),
    )
    op.create_index(op.f(f"ix_{GUARDED}_round_id"), GUARDED, ["round_id"])
    guards.guard(GUARDED)


def downgrade() -> None:
    """Undo; what was replaced and why is lost."""
    op.drop_table(GUARDED)
