"""The day by which people who are invited to the panel are asked to answer.

Revision 0033, after 0032.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("dialogues", sa.Column("answer_by", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Undo; the days are given up."""
    op.drop_column("dialogues", "answer_by")
