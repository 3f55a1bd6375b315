"""What a round announced before it opened as the public value of its seed: from where, and from when on.

Revision 0007, after 0006. Columns are added in place.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for name in ("public_source_es", "public_source_en", "public_local"):
        op.add_column("rounds", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("rounds", sa.Column("public_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo; what was announced is then told by the log alone."""
    for name in ("public_at", "public_local", "public_source_en", "public_source_es"):
        op.execute(f"ALTER TABLE rounds DROP COLUMN {name}")
