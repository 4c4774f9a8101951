"""`python -m workbench.store.migrations "what changes"`: write the next revision from the difference to `tables.py`.

Look it over, add `protect` for tables that are append-only, and set `migrate.HEAD`.
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from workbench.store.engine import address_of, make_engine, writer
from workbench.store.migrate import SCRIPTS, config_for


def main(message: str, scripts: Path = SCRIPTS) -> None:
    """Upgrade an empty database as far as the revisions go, and write down what is missing."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(address_of(Path(folder, "empty.db")))
        with writer(engine).begin() as connection:
            config = config_for(connection, scripts)
            command.upgrade(config, "head")
            known = ScriptDirectory.from_config(config).get_current_head() or "0"
            command.revision(config, message, autogenerate=True, rev_id=f"{int(known) + 1:04}")
        engine.dispose()


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]))
