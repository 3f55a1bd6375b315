"""What of the proposed themes goes on the ballot: the choice, why others do not, and who proposed a theme.

Revision 0042, after 0041. No round has chosen among proposals yet; themes that are there have no proposers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

COLUMNS = (("themes", "backing"), ("theme_proposals", "not_taken"), ("theme_phases", "choice"))


def upgrade() -> None:
    """Apply."""
    for table, column in COLUMNS:
        op.add_column(table, sa.Column(column, sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    """Undo; which themes members proposed is kept by the proposals alone."""
    for table, column in reversed(COLUMNS):
        op.drop_column(table, column)
