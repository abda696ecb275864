"""A page or a sitemap → ParsedFeed: by selectors that were inferred once."""
