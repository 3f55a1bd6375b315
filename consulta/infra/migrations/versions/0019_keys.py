"""The key of seals in the log; the sheets of a members' file, and what its values were said to mean.

Revision 0019, after 0018. No key is made here: the first change after the migration makes it, and seals
everything as it stands then.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    if not sa.inspect(op.get_bind()).has_table("keys"):
        op.create_table(
            "keys",
            sa.Column("name", sa.Text(), nullable=False),
            sa.Column("value", sa.Text(), nullable=False),
            sa.CheckConstraint("name IN ('seals')", name=op.f("ck_keys_name")),
            sa.PrimaryKeyConstraint("name", name=op.f("pk_keys")),
        )
    for name, empty in (("sheets", "[]"), ("meanings", "{}")):
        op.add_column("members_imports", sa.Column(name, sa.JSON(), server_default=empty, nullable=False))


def downgrade() -> None:
    """Undo. The key stays: the seals that are in the log can be checked with nothing else."""
    for name in ("meanings", "sheets"):
        op.drop_column("members_imports", name)
