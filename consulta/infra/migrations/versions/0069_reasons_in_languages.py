"""The public reason of a late registration, in each language in which it was written.

Revision 0069, after 0068. Of earlier registrations it is not known in which language the reason is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("registrations", sa.Column("words", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo; the reasons in other languages than the first are lost."""
    op.drop_column("registrations", "words")
