"""Endorsements that are kept apart from what is published.

Revision 0022, after 0021. Rounds that are there already stay as they were opened.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


COLUMNS = (("rounds", "endorsements_apart"), ("ballots", "endorsements_sealed"))


def upgrade() -> None:
    """Apply."""
    there = sa.inspect(op.get_bind())
    for table, name in COLUMNS:
        if name not in {column["name"] for column in there.get_columns(table)}:
            op.add_column(table, sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Undo nothing: without these columns the receipts of sealed endorsements could not be worked out.

    The version before does not know them, and writes rows that keep their default.
    """
