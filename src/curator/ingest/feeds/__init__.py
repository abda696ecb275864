"""A feed's bytes → ParsedFeed: every format, by the strict reader, feedparser, or our own for JSON."""
