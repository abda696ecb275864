"""The only place with SQL. `Store.begin()` and `Store.read()` hand out a Transaction with the nouns on it."""

from curator.store.database import Line, Store, Transaction

__all__ = ["Line", "Store", "Transaction"]
