"""Endorsements that are kept apart from what is published.

Revision 0022, after 0021. Rounds that are there already stay as they were opened.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "rounds", sa.Column("endorsements_apart", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "ballots", sa.Column("endorsements_sealed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    """Undo; receipts of ballots whose endorsements were sealed can no longer be worked out."""
    op.drop_column("ballots", "endorsements_sealed")
    op.drop_column("rounds", "endorsements_apart")
