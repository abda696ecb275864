"""Write the next migration from what store/tables.py says: `make migration m="Add a table"`.

What comes out is a draft: read it, and raise SCHEMA_HEAD in store/tables.py.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command

from curator.store import Store
from curator.store.schema import configuration, head, upgrade


def main(message: str) -> None:
    with TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{Path(folder) / 'migration.db'}")
        newest = head()
        if newest is not None:
            upgrade(store)
        number = f"{int(newest or 0) + 1:04}"
        with store.begin() as tx:
            command.revision(configuration(tx.connection), message, autogenerate=True, rev_id=number)
        store.close()


if __name__ == "__main__":
    main(sys.argv[1])
