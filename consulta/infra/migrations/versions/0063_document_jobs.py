"""Documents that wait to be made by the worker.

Revision 0063, after 0062.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "document_jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("failed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_jobs")),
        sa.UniqueConstraint("digest", name=op.f("uq_document_jobs_digest")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("document_jobs")
