"""The key of seals: keyed digests, in the log, of rows that decide who may act and who is written to.

Revision 0019, after 0014. No key is made here: the first change after the migration makes it, and seals
everything as it stands then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "keys",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.CheckConstraint("name IN ('seals')", name=op.f("ck_keys_name")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_keys")),
    )


def downgrade() -> None:
    """Undo; seals in the log can then be compared with nothing."""
    op.drop_table("keys")
