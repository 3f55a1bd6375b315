"""Which kinds of rows the key of the seals covers.

Revision 0024, after 0022. A key that is there covers the kinds of before; the program seals the others with
its first change, or `consulta migrate` does.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    there = sa.inspect(op.get_bind())
    if "scope" not in {column["name"] for column in there.get_columns("keys")}:
        op.add_column("keys", sa.Column("scope", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    """Undo nothing: the log tells that the seals were widened, and the key must go on saying so.

    The version before does not know the column. What it changes of the kinds that it does not seal is
    reported by `consulta check` after another upgrade.
    """
