"""When a worker was last seen.

Revision 0055, after 0054.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "beats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("name IN ('worker')", name=op.f("ck_beats_name")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_beats")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("beats")
