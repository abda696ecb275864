"""A page → what it is good for: the feeds it names. Pure."""

from curator.extract.feeds import feed_key, feed_links, usual_places
from curator.extract.sitemaps import looks_like_sitemap

__all__ = ["feed_key", "feed_links", "looks_like_sitemap", "usual_places"]
