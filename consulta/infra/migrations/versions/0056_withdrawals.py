"""What the desk withdrew of the follow-up and of open data, and who was told of it.

Revision 0056, after 0055. Recommendations that were withdrawn before have no row here: no one is told of
them by mail.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.migrations import guards

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

GUARDED = ("withdrawals", "data_withdrawals")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("recommendation_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("reason", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(what IN ('answer', 'evidence')) = (report_id IS NOT NULL)",
            name=op.f("ck_withdrawals_report"),
        ),
        sa.CheckConstraint(
            "what IN ('recommendation', 'restored', 'answer', 'evidence')", name=op.f("ck_withdrawals_what")
        ),
        sa.ForeignKeyConstraint(
            ["recommendation_id"], ["recommendations.id"], name=op.f("fk_withdrawals_recommendation_id")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_withdrawals_report_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_withdrawals_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        sa.UniqueConstraint("report_id", "what", name=op.f("uq_withdrawals_report_id_what")),
    )
    for column in ("recommendation_id", "report_id"):
        op.create_index(op.f(f"ix_withdrawals_{column}"), "withdrawals", [column])
    op.create_table(
        "follow_up_withdrawals_told",
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("withdrawal_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reader_id"],
            ["follow_up_readers.id"],
            name=op.f("fk_follow_up_withdrawals_told_reader_id"),
        ),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"], ["withdrawals.id"], name=op.f("fk_follow_up_withdrawals_told_withdrawal_id")
        ),
        sa.PrimaryKeyConstraint("reader_id", "withdrawal_id", name=op.f("pk_follow_up_withdrawals_told")),
    )
    op.create_table(
        "data_withdrawals",
        sa.Column("package_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"], ["data_packages.id"], name=op.f("fk_data_withdrawals_package_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_data_withdrawals_staff_id")),
        sa.PrimaryKeyConstraint("package_id", name=op.f("pk_data_withdrawals")),
    )
    for table in GUARDED:
        guards.guard(table)


def downgrade() -> None:
    """Undo. What was withdrawn of answers and of open data is public again."""
    for table in ("data_withdrawals", "follow_up_withdrawals_told", "withdrawals"):
        op.drop_table(table)
