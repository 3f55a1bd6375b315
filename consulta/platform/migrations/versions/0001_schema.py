"""The schema of version 1.0, with the guards of what is written once.

Each database has its statements in a file, parted by empty lines. They stay as they were released: each later
change is a migration of its own.

Revision 0001.
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables, and refuse to change rows that are written once."""
    file = Path(__file__).with_name(f"{revision}_{op.get_bind().dialect.name}.sql")
    for statement in file.read_text("utf-8").split("\n\n"):
        op.execute(statement)
