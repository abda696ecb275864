"""A page → what it is good for: the feeds it names. Pure."""

from curator.extract.feeds import feed_links

__all__ = ["feed_links"]
