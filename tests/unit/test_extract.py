"""The feeds that a page names."""

from __future__ import annotations

from curator.extract import feed_links
from curator.model import FeedLink

URL = "https://blog.example/2026/"


def found(html: str, *, content_type: str | None = "text/html") -> list[str]:
    return [link.url for link in feed_links(html.encode(), content_type=content_type, url=URL)]


def test_feeds_are_found_in_the_page_s_order_with_title_and_type() -> None:
    page = (
        "<html lang=en><head><link rel='alternate' type='application/rss+xml' title=' My  blog ' href=/feed>"
        "<link rel='alternate home' type='application/atom+xml; charset=utf-8' href='atom.xml'>"
        "<link rel=alternate type='application/feed+json' href='//cdn.example/feed.json'>"
    )

    assert feed_links(page.encode(), content_type=None, url=URL) == (
        FeedLink(url="https://blog.example/feed", title="My blog", media_type="application/rss+xml"),
        FeedLink(url="https://blog.example/2026/atom.xml", title=None, media_type="application/atom+xml"),
        FeedLink(url="https://cdn.example/feed.json", title=None, media_type="application/feed+json"),
    )


def test_the_base_of_the_page_is_honoured() -> None:
    assert found("<base href='/b/'><link rel=alternate type=application/rss+xml href=feed>") == [
        "https://blog.example/b/feed"
    ]


def test_comment_feeds_doubles_and_what_is_no_feed_are_left_out() -> None:
    page = (
        "<html lang=it><link rel=alternate type=application/rss+xml href=/feed title='Blog'>"
        "<link rel=alternate type=application/rss+xml href=http://www.blog.example/feed/>"
        "<link rel=alternate type=application/rss+xml href=/comments/feed/>"
        "<link rel=alternate type=application/rss+xml href=/x title='Blog » Feed dei commenti'>"
        "<link rel=alternate hreflang=en href=/en/>"
        "<link rel=alternate type=application/rss+xml hreflang=en href=/en/feed>"
        "<link rel=alternate type=application/json href=/wp-json/wp/v2/pages/2 title=JSON>"
        "<link rel=alternate type=application/json+oembed href=/oembed>"
        "<link rel=stylesheet type=text/xml href=/x.xsl>"
        "<link rel=alternate type=application/rss+xml href=javascript:alert(1)>"
        "<!-- <link rel=alternate type=application/rss+xml href=/old> -->"
        "<script>'<link rel=alternate type=application/rss+xml href=/js>'</script>"
    )

    assert found(page) == ["https://blog.example/feed"]


def test_a_feed_on_another_host_about_comments_is_told_by_its_path_not_its_name() -> None:
    page = "<link rel=alternate type=application/rss+xml href=https://comments.example/feed>"

    assert found(page) == ["https://comments.example/feed"]


def test_any_charset_is_read() -> None:
    page = "<meta charset=iso-8859-1><link rel=alternate type=application/rss+xml href=/f title='Perch\xe9'>"

    assert feed_links(page.encode("latin-1"), content_type="text/html", url=URL)[0].title == "Perché"
