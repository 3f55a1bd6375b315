"""Texts of mails about no round that the secretariat changed.

Revision 0050, after 0049.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. No text was changed before."""
    op.create_table(
        "plain_texts",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.CheckConstraint("length(language) BETWEEN 2 AND 8", name=op.f("ck_plain_texts_language")),
        sa.PrimaryKeyConstraint("kind", "language", name=op.f("pk_plain_texts")),
    )


def downgrade() -> None:
    """Undo; changed texts are lost."""
    op.drop_table("plain_texts")
