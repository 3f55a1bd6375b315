"""What else is known of nominees: kind, languages, form of address, consents, for whom they speak.

Revision 0009, after 0008. Columns are added in place. Who was a nominee before stands on its round's ballot.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CHECKED = {
    "kind": ("person", "kind IN ('person', 'institution')"),
    "origin": ("secretariat", "origin IN ('secretariat', 'member', 'file', 'outside')"),
}
TEXTS = ("delegate", "address_form")
LISTS = ("languages", "speaks_for")
CONSENTS = ("consent_contact", "consent_listed", "consent_governments")


def upgrade() -> None:
    """Apply."""
    for name, (value, check) in CHECKED.items():
        op.execute(
            f"ALTER TABLE nominees ADD COLUMN {name} TEXT DEFAULT '{value}' NOT NULL "
            f"CONSTRAINT ck_nominees_{name} CHECK ({check})"
        )
    for name in TEXTS:
        op.add_column("nominees", sa.Column(name, sa.Text(), server_default="", nullable=False))
    for name in LISTS:
        op.add_column("nominees", sa.Column(name, sa.JSON(), server_default="[]", nullable=False))
    for name in CONSENTS:
        op.add_column("nominees", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("nominees", sa.Column("on_ballot", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("nominees", sa.Column("outside", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Undo; who joined after an opening goes, since no ballot may name them."""
    op.execute("DELETE FROM nominees WHERE NOT on_ballot")
    for name in ("outside", "on_ballot", *CONSENTS, *LISTS, *TEXTS, *CHECKED):
        op.execute(f"ALTER TABLE nominees DROP COLUMN {name}")
