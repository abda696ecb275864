"""SOURCES → ENTRIES: what sources say, fetched, read, recognised and queued. The doing is in `usecases`."""
