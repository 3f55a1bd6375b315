"""Whom the publication of a panel confirmed and named.

Revision 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. Of panels published before, the public page names who accepted and agreed by now."""
    op.add_column("rounds", sa.Column("panel_named", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.execute("ALTER TABLE rounds DROP COLUMN panel_named")
