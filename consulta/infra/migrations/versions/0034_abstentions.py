"""A line on who a nominee is, and ballots by which an organisation abstains.

Revision 0034, after 0033. Columns are added in place; every ballot that is there is a vote.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

COLUMNS: tuple[tuple[str, sa.Column[str] | sa.Column[bool]], ...] = (
    ("nominees", sa.Column("about", sa.Text(), server_default="", nullable=False)),
    ("ballots", sa.Column("abstains", sa.Boolean(), server_default=sa.false(), nullable=False)),
)


def upgrade() -> None:
    """Apply."""
    there = sa.inspect(op.get_bind())
    for table, column in COLUMNS:
        if column.name not in {known["name"] for known in there.get_columns(table)}:
            op.add_column(table, column)


def downgrade() -> None:
    """Undo nothing: without its mark an abstention would be taken for a vote without a ranking.

    The version before does not know the columns, and writes rows that keep their defaults.
    """
