"""Late registrations that were withdrawn before the first vote of their seat: when, and the public reason.

Revision 0070, after 0069.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. No seat that is there was withdrawn."""
    op.add_column("seats", sa.Column("withdrawn_at", Instant(), nullable=True))
    op.add_column("registrations", sa.Column("withdrawal", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo, where no seat was withdrawn: the program of before would let its organisation vote again."""
    if op.get_bind().execute(sa.text("SELECT count(*) FROM seats WHERE withdrawn_at IS NOT NULL")).scalar():
        raise RuntimeError("a late registration was withdrawn while its round was open")
    op.drop_column("registrations", "withdrawal")
    op.drop_column("seats", "withdrawn_at")
