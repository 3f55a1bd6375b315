"""An index over the log's rows with seals of people: what a sign-in and a request for a link compare with.

Revision 0068, after 0067.
"""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

# Written out: what the index was made with stays, whatever the program comes to ask.
WHERE = (
    "(replace(details, '\"contact.', '') <> details OR replace(details, '\"staff.', '') <> details"
    " OR replace(details, '\"passkey\"', '') <> details OR replace(details, '\"recovery\"', '') <> details)"
    " AND action IN ('seals.began', 'seals.widened', 'seals.taken')"
)


def upgrade() -> None:
    """Apply."""
    op.create_index(
        op.f("ix_log_seals_of_people"),
        "log",
        ["seq"],
        unique=False,
        sqlite_where=sa.text(WHERE),
        postgresql_where=sa.text(WHERE),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index(op.f("ix_log_seals_of_people"), table_name="log")
