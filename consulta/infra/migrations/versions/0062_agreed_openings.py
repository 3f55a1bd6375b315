"""Whether two persons agreed on a planned opening, so that a change of the draft gives it up.

Revision 0062, after 0061. Openings that were planned before stay as they were.
"""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "rounds", sa.Column("opens_agreed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    """Undo. Planned openings stay, and changes no longer give them up."""
    op.drop_column("rounds", "opens_agreed")
