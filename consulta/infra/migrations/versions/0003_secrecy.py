"""Pseudonyms of seats, and scrutineers of rounds.

Revision 0003, after 0002. Seats of rounds opened before get a pseudonym too: a bundle already counted keeps
the keys with which it was counted.
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROLES = "role IN ('secretariat', 'admin', 'scrutineer')"
FORMER_ROLES = "role IN ('secretariat', 'admin')"
PSEUDONYM_BYTES = 8


def _allow(roles: str) -> None:
    """Hold the people who can sign in to these roles. SQLite makes their table anew, row by row."""
    name = op.f("ck_staff_role")
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, roles)


def upgrade() -> None:
    """Apply."""
    op.execute("ALTER TABLE seats ADD COLUMN pseudonym TEXT NOT NULL DEFAULT ''")
    connection = op.get_bind()
    for (seat,) in connection.execute(sa.text("SELECT id FROM seats")).fetchall():
        connection.execute(
            sa.text("UPDATE seats SET pseudonym = :pseudonym WHERE id = :seat"),
            {"seat": seat, "pseudonym": secrets.token_hex(PSEUDONYM_BYTES)},
        )
    op.create_index(op.f("ix_seats_round_id_pseudonym"), "seats", ["round_id", "pseudonym"], unique=True)
    op.execute("ALTER TABLE staff ADD COLUMN organisation TEXT NOT NULL DEFAULT ''")
    _allow(ROLES)
    op.create_table(
        "scrutineers",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("appointed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_scrutineers_round_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_scrutineers_staff_id")),
        sa.PrimaryKeyConstraint("round_id", "staff_id", name=op.f("pk_scrutineers")),
    )
    op.create_index(op.f("ix_scrutineers_staff_id"), "scrutineers", ["staff_id"], unique=False)


def downgrade() -> None:
    """Undo; the accounts of scrutineers are given up with their sessions."""
    op.drop_table("scrutineers")
    op.execute("DELETE FROM sessions WHERE staff_id IN (SELECT id FROM staff WHERE role = 'scrutineer')")
    op.execute("DELETE FROM staff WHERE role = 'scrutineer'")
    _allow(FORMER_ROLES)
    op.execute("ALTER TABLE staff DROP COLUMN organisation")
    op.drop_index(op.f("ix_seats_round_id_pseudonym"), table_name="seats")
    op.execute("ALTER TABLE seats DROP COLUMN pseudonym")
