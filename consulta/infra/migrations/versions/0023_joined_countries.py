"""From how many ballots on a country stands by itself where ballots are public without names.

Revision 0023, after 0022. Rounds that opened before have none: their countries stand as they were promised.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    if "joined_below" not in {column["name"] for column in sa.inspect(op.get_bind()).get_columns("rounds")}:
        op.add_column("rounds", sa.Column("joined_below", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Undo nothing: a round that froze this number would be counted and published with its countries.

    The version before does not know the column, and writes rows without it.
    """
