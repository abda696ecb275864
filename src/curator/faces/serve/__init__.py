"""HTTP: what the newsroom answers to the outside. Nothing here decides anything; see ingest and publish."""
