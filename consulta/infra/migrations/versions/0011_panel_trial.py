"""A change of the panel that is being tried.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("rounds", sa.Column("panel_trial", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo; what was being tried is given up."""
    op.execute("ALTER TABLE rounds DROP COLUMN panel_trial")
