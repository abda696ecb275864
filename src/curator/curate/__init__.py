"""ENTRIES → READY ITEMS: what editors do at the desk. The moves are in `usecases`."""
