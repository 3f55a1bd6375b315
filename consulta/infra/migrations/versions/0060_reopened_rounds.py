"""When the result of a round was first seen, and rounds that were opened again after a closing by mistake.

Revision 0060, after 0059. A result that was counted by an earlier version counts as seen from its count on,
since nothing tells whether it was.
"""

import sqlalchemy as sa
from alembic import op

from consulta.infra.models import Instant

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("rounds", sa.Column("result_seen_at", Instant(), nullable=True))
    op.add_column("rounds", sa.Column("reopenings", sa.Integer(), server_default="0", nullable=False))
    op.add_column("rounds", sa.Column("void_until", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "UPDATE rounds SET result_seen_at = (SELECT min(documents.created_at) FROM documents"
        " WHERE documents.round_id = rounds.id AND documents.kind = 'result')"
    )


def downgrade() -> None:
    """Undo. When results were first seen is lost; rounds that were opened again keep their log.

    The program of before would publish the count that a reopening made void, without the votes since. So a
    round that was opened again after a count goes back only once it is counted anew.
    """
    waiting = sa.text(
        "SELECT count(*) FROM rounds WHERE void_until > 0 AND state IN ('open', 'closed')"
        " AND (SELECT coalesce(max(documents.id), 0) FROM documents"
        " WHERE documents.round_id = rounds.id AND documents.kind = 'result') BETWEEN 1 AND void_until"
    )
    if op.get_bind().execute(waiting).scalar():
        raise RuntimeError("a round that was opened again is not counted anew yet")
    op.drop_column("rounds", "void_until")
    op.drop_column("rounds", "reopenings")
    op.drop_column("rounds", "result_seen_at")
