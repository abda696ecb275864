"""The feeds that a page names."""

from __future__ import annotations

import pytest

from curator.extract import feed_links, usual_places
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


# ── sites that name their feeds in their own way; the pages are ours, cut down to what counts ──

SITES = {
    "https://www.youtube.com/@counter-talk": (
        (
            '<html lang="en"><head><link rel="alternate" media="handheld" href="https://m.youtube.com/@counter-talk">'
            '<link rel="canonical" href="https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv">'
            '<link rel="alternate" type="application/rss+xml" title="RSS"'
            ' href="https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv">'
        ),
        ["https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv"],
    ),
    "https://www.youtube.com/@behind-a-question-about-cookies": (
        '<html><body><script>var it = {"externalId":"UCabcdefghijklmnopqrstuv"};</script>',
        ["https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv"],
    ),
    "https://www.youtube.com/playlist?list=PL0123456789": (
        "<html><body>",
        ["https://www.youtube.com/feeds/videos.xml?playlist_id=PL0123456789"],
    ),
    "https://social.example/@nora": (
        (
            '<html lang="it"><head><link href="https://social.example/@nora.rss" rel="alternate"'
            ' type="application/rss+xml"><link href="https://social.example/users/nora" rel="alternate"'
            ' type="application/activity+json">'
        ),
        ["https://social.example/@nora.rss"],
    ),
    "https://other.example/@nora": (
        (
            '<html><head><link href="https://other.example/users/nora" rel="alternate"'
            ' type="application/activity+json">'
        ),
        ["https://other.example/@nora.rss"],
    ),
    "https://letters.substack.example/": (
        (
            '<html lang="en"><head><link rel="preconnect" href="https://cdn.example">'
            '<link rel="alternate" type="application/rss+xml" href="/feed" title="Letters from the desk">'
        ),
        ["https://letters.substack.example/feed"],
    ),
    "https://medium.example/@nora": (
        (
            '<html lang="en"><head><link id="feedLink" rel="alternate" type="application/rss+xml" title="RSS"'
            ' href="https://medium.example/feed/@nora">'
            '<link rel="alternate" href="android-app://com.medium.reader/https/medium.example/@nora">'
        ),
        ["https://medium.example/feed/@nora"],
    ),
    "https://blog.example/category/service/": (
        (
            '<html lang="it-IT"><head><link rel="alternate" type="application/rss+xml"'
            ' title="Banco &raquo; Feed" href="https://blog.example/feed/">'
            '<link rel="alternate" type="application/rss+xml" title="Banco &raquo; Feed dei commenti"'
            ' href="https://blog.example/comments/feed/">'
            '<link rel="alternate" type="application/rss+xml" title="Banco &raquo; Service Feed"'
            ' href="https://blog.example/category/service/feed/">'
            '<link rel="alternate" title="JSON" type="application/json"'
            ' href="https://blog.example/wp-json/wp/v2/categories/7">'
            '<link rel="alternate" hreflang="en" href="https://blog.example/en/category/service/">'
        ),
        ["https://blog.example/feed/", "https://blog.example/category/service/feed/"],
    ),
    "https://github.com/desk/queue/releases": (
        (
            '<html lang="en"><head><link rel="alternate" type="application/atom+xml"'
            ' title="Release notes from queue" href="https://github.com/desk/queue/releases.atom">'
            '</head><body><a href="/desk/queue/feedback">Feedback</a>'
        ),
        ["https://github.com/desk/queue/releases.atom"],
    ),
}


@pytest.mark.parametrize("url", SITES)
def test_a_site_is_recognised_by_its_own_links(url: str) -> None:
    page, feeds = SITES[url]

    assert [link.url for link in feed_links(page.encode(), content_type="text/html", url=url)] == feeds


def test_a_blog_whose_name_is_about_comments_keeps_its_feed() -> None:
    page = (
        "<link rel=alternate type=application/rss+xml title='No Comment » Feed' href=/feed>"
        "<link rel=alternate type=application/rss+xml title='No Comment » Comments Feed' href=/c/feed>"
    )

    assert found(page) == ["https://blog.example/feed"]


def test_a_feed_for_every_language_is_kept() -> None:
    page = "<html lang=it><link rel=alternate hreflang=x-default type=application/rss+xml href=/feed>"

    assert found(page) == ["https://blog.example/feed"]


def test_links_in_the_text_count_only_where_nothing_is_declared() -> None:
    links = "<a href=/news.rss>RSS</a>"

    assert found(links) == ["https://blog.example/news.rss"]
    assert found(f"<link rel=alternate type=application/rss+xml href=/feed>{links}") == [
        "https://blog.example/feed"
    ]


@pytest.mark.parametrize(
    ("href", "feed"),
    [
        ("feed:https://blog.example/x", "https://blog.example/x"),
        ("feed://blog.example/rss", "https://blog.example/rss"),
        ("/?feed=rss2", "https://blog.example/?feed=rss2"),
        ("/news?format=feed&amp;type=rss", "https://blog.example/news?format=feed&type=rss"),
        ("https://feeds.feedburner.com/desk", "https://feeds.feedburner.com/desk"),
        (
            "https://feedly.com/i/subscription/feed%2Fhttps%3A%2F%2Fblog.example%2Ffeed",
            "https://blog.example/feed",
        ),
        ("https://friend.example/feed", None),
        ("/feedback", None),
        ("/comments/feed", None),
        ("/why-we-feed/", None),
        ("mailto:feed@blog.example", None),
    ],
)
def test_what_only_looks_like_a_feed(href: str, feed: str | None) -> None:
    assert found(f"<a href='{href}'>x</a>") == ([feed] if feed else [])


def test_usual_places_begin_in_the_page_s_own_folder() -> None:
    places = usual_places("https://blog.example/it/blog/")

    assert places[:2] == ("https://blog.example/it/blog/feed", "https://blog.example/it/blog/rss.xml")
    assert "https://blog.example/feed" in places
    assert len(places) == len(set(places)) <= 16
    assert usual_places("https://blog.example/page.html")[0] == "https://blog.example/feed"
    assert usual_places("https://blog.example/blog")[0] == "https://blog.example/blog/feed"
