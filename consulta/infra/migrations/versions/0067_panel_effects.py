"""What each vote did to the panel, beside what it did to the topics.

Revision 0067, after 0066.
"""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. For panels that are public already the worker works it out when it looks next."""
    op.add_column("vote_effects", sa.Column("panel", sa.Text(), nullable=True))
    op.add_column(
        "rounds", sa.Column("panel_effects_made", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    """Undo. What was worked out is lost, and can be worked out again."""
    op.drop_column("rounds", "panel_effects_made")
    op.drop_column("vote_effects", "panel")
