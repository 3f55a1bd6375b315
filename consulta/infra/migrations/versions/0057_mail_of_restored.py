"""Mail of a restored backup is held until it is released: a second name among the switches.

Revision 0057, after 0056.
"""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

NAME = "ck_switches_name"


def _allow(names: str) -> None:
    with op.batch_alter_table("switches", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_="check")
        batch_op.create_check_constraint(op.f(NAME), f"name IN ({names})")


def upgrade() -> None:
    """Apply."""
    _allow("'mail_paused', 'mail_restored'")


def downgrade() -> None:
    """Undo. Mail that is held after a restore is paused instead."""
    op.execute(
        "INSERT INTO switches (name, at) SELECT 'mail_paused', at FROM switches WHERE name = 'mail_restored'"
        " AND NOT EXISTS (SELECT 1 FROM switches WHERE name = 'mail_paused')"
    )
    op.execute("DELETE FROM switches WHERE name = 'mail_restored'")
    _allow("'mail_paused'")
