"""Of which government a nominee is, and the governments most named for the topic as a panel was chosen.

Revision 0054, after 0053. Nominees of before are of no government that was said; panels of before have no
rule about the most named.
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("nominees", sa.Column("government", sa.Text(), server_default="", nullable=False))
    op.add_column("rounds", sa.Column("most_named", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo. Of which government each nominee is, is lost."""
    # Not in a batch, which makes checks of columns checks of the table: 0009 drops a column that has one.
    op.drop_column("rounds", "most_named")
    op.drop_column("nominees", "government")
