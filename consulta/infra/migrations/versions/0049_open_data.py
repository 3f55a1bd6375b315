"""Open data: the versions of data packages of rounds and sessions, and their files.

Revision 0049, after 0048.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. The worker makes the packages of what was published before."""
    op.create_table(
        "data_files",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_data_files")),
    )
    op.create_table(
        "data_packages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("example", sa.Boolean(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_data_packages_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_packages")),
        sa.UniqueConstraint(
            "kind", "round_id", "version", name=op.f("uq_data_packages_kind_round_id_version")
        ),
    )
    op.create_index(op.f("ix_data_packages_round_id"), "data_packages", ["round_id"])
    op.create_index(op.f("ix_data_packages_sha256"), "data_packages", ["sha256"])


def downgrade() -> None:
    """Undo. Versions of packages are lost; the present ones can be made anew."""
    op.drop_table("data_packages")
    op.drop_table("data_files")
