"""A saved page of a blog → the posts on it: listings, single posts, and what is neither. Pure."""

from curator.importing.pages.reading import Read, read, settled

__all__ = ["Read", "read", "settled"]
