"""When a second person confirmed a change of who may vote, or a late registration, that waits still.

Revision 0071, after 0070.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for table in ("access_changes", "registrations"):
        op.add_column(table, sa.Column("confirmed_at", Instant(), nullable=True))


def downgrade() -> None:
    """Undo."""
    for table in ("access_changes", "registrations"):
        op.drop_column(table, "confirmed_at")
