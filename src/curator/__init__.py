"""Curator: the desk of an editorial team that runs a curated, multilingual feed."""

__version__ = "0.2.0"
