"""ENTRIES → READY ITEMS: what editors do at the desk. The moves are in `usecases`, what they look at in `dossier`."""
