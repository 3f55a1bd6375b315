"""Write a migration for what the models say and the newest migration does not: read it before you commit it.

    python -m tools.migration "Count the pages"

Alembic finds tables, columns, indexes and keys. Conditions, guards of what is written once, and rows that
have to change are added by hand.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory

from consulta.platform import database as db
from consulta.platform import migrations

VERSIONS = Path(migrations.__file__).parent / "versions"


def write(message: str, folder: Path = VERSIONS) -> Path:
    """Write the next migration into `folder` and return its path."""
    newest = ScriptDirectory.from_config(db.alembic_config()).get_current_head() or ""
    with tempfile.TemporaryDirectory() as place:
        engine = db.connect(f"sqlite:///{place}/newest.sqlite3")
        db.upgrade(engine)
        with db.rebuilding(engine) as connection:
            config = db.alembic_config(connection)
            config.set_main_option("version_locations", os.pathsep.join({str(VERSIONS), str(folder)}))
            number = f"{int(newest) + 1:04}"
            made: Any = command.revision(
                config, message, autogenerate=True, rev_id=number, version_path=str(folder)
            )
        engine.dispose()
    return Path(made.path)


if __name__ == "__main__":
    sys.stdout.write(f"{write(sys.argv[1])}\n")
