"""Which scrutineer stopped a change of who may vote, and why.

Revision 0061, after 0060. No change of before was stopped by a scrutineer.
"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("access_changes") as table:
        table.add_column(sa.Column("stopped_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("stopped", sa.Text(), server_default="", nullable=False))
        table.create_foreign_key(op.f("fk_access_changes_stopped_by_id"), "staff", ["stopped_by_id"], ["id"])


def downgrade() -> None:
    """Undo. That a scrutineer stopped a change is lost; it stays stopped."""
    with op.batch_alter_table("access_changes") as table:
        table.drop_constraint(op.f("fk_access_changes_stopped_by_id"), type_="foreignkey")
        table.drop_column("stopped")
        table.drop_column("stopped_by_id")
