"""Second factors of staff, roles that differ, and acts that a second person confirms.

Revision 0053, after 0052. Accounts of before keep their role and have no second factor; their sessions last
as long as they would have.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

ROLES = "role IN ('secretariat', 'admin', 'scrutineer')"
MORE = "role IN ('reader', 'mail', 'secretariat', 'admin', 'scrutineer')"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("staff") as table:
        table.drop_constraint(op.f("ck_staff_role"), type_="check")
        table.create_check_constraint(op.f("ck_staff_role"), MORE)
        table.add_column(sa.Column("second_step", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("sessions") as table:
        for name, value in (("factor", "none"), ("network", ""), ("browser", "")):
            table.add_column(sa.Column(name, sa.Text(), server_default=value, nullable=False))
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_passkeys_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index(op.f("ix_passkeys_staff_id"), "passkeys", ["staff_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("code_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recovery_codes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("staff_id", "code_sha256", name=op.f("uq_recovery_codes_staff_id_code_sha256")),
    )
    op.create_table(
        "challenges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_challenges_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_challenges_token_sha256")),
    )
    op.create_table(
        "pending_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'confirmed', 'refused', 'withdrawn')", name=op.f("ck_pending_acts_state")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_pending_acts_staff_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["staff.id"], name=op.f("fk_pending_acts_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_acts")),
    )


def downgrade() -> None:
    """Undo. Second factors and what waits for a second person are lost; new roles become `secretariat`."""
    for name in ("pending_acts", "challenges", "recovery_codes", "passkeys"):
        op.drop_table(name)
    with op.batch_alter_table("sessions") as table:
        for name in ("factor", "network", "browser"):
            table.drop_column(name)
    # An account that could only read must not become one that can write.
    op.execute("UPDATE staff SET active = false, role = 'secretariat' WHERE role IN ('reader', 'mail')")
    with op.batch_alter_table("staff") as table:
        table.drop_column("second_step")
        table.drop_constraint(op.f("ck_staff_role"), type_="check")
        table.create_check_constraint(op.f("ck_staff_role"), ROLES)
