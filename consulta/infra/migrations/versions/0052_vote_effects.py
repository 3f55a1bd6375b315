"""What the vote of each organisation did: a row a seat, worked out after the publication.

Revision 0052, after 0051.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. For rounds that are published already the worker works it out when it looks next."""
    op.create_table(
        "vote_effects",
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["seat_id"], ["seats.id"], name=op.f("fk_vote_effects_seat_id")),
        sa.PrimaryKeyConstraint("seat_id", name=op.f("pk_vote_effects")),
    )
    op.add_column(
        "rounds", sa.Column("effects_made", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    """Undo. What was worked out is lost, and can be worked out again."""
    op.drop_column("rounds", "effects_made")
    op.drop_table("vote_effects")
