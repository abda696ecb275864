"""WordPress exports of our own making, whole and broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

BLOG = "https://old.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One item of an export, as WordPress stores it; `categories` are (domain, nicename, name)."""

    number: int = 12
    title: str = "Una promessa"
    content: str = "Words."
    kind: str = "post"
    status: str = "publish"
    password: str = ""
    link: str | None = f"{BLOG}/2015/03/una-promessa/"
    guid: str | None = None
    author: str = "anna"
    caption: str = ""
    date: str = "2015-03-02 10:30:00"
    date_gmt: str = "2015-03-02 09:30:00"
    modified_gmt: str = "2015-03-04 08:00:00"
    pub_date: str = "Mon, 02 Mar 2015 09:30:00 +0000"
    categories: Sequence[tuple[str, str, str]] = ()
    meta: Sequence[tuple[str, str]] = ()
    attachment_url: str | None = None
    more: str = ""  # XML as it is, at the item's end

    def xml(self) -> str:
        guid = f"{BLOG}/?p={self.number}" if self.guid is None else self.guid
        lines = [
            f"<title>{cdata(self.title)}</title>",
            f"<link>{escape(self.link or '')}</link>",
            f"<pubDate>{self.pub_date}</pubDate>",
            f"<dc:creator>{cdata(self.author)}</dc:creator>",
            f'<guid isPermaLink="false">{escape(guid)}</guid>',
            "<description></description>",
            f"<content:encoded>{cdata(self.content)}</content:encoded>",
            f"<excerpt:encoded>{cdata(self.caption)}</excerpt:encoded>",
            f"<wp:post_id>{self.number}</wp:post_id>",
            f"<wp:post_date>{cdata(self.date)}</wp:post_date>",
            f"<wp:post_date_gmt>{cdata(self.date_gmt)}</wp:post_date_gmt>",
            f"<wp:post_modified_gmt>{cdata(self.modified_gmt)}</wp:post_modified_gmt>",
            f"<wp:status>{cdata(self.status)}</wp:status>",
            f"<wp:post_type>{cdata(self.kind)}</wp:post_type>",
            f"<wp:post_password>{cdata(self.password)}</wp:post_password>",
            "<wp:is_sticky>0</wp:is_sticky>",
        ]
        if self.attachment_url:
            lines.append(f"<wp:attachment_url>{cdata(self.attachment_url)}</wp:attachment_url>")
        lines += [
            f"<category domain={quoteattr(domain)} nicename={quoteattr(nicename)}>{cdata(name)}</category>"
            for domain, nicename, name in self.categories
        ]
        lines += [
            f"<wp:postmeta>\n\t<wp:meta_key>{cdata(key)}</wp:meta_key>\n"
            f"\t<wp:meta_value>{cdata(value)}</wp:meta_value>\n</wp:postmeta>"
            for key, value in self.meta
        ]
        body = "\n\t\t".join([*lines, self.more]).rstrip()
        return f"\t<item>\n\t\t{body}\n\t</item>\n"


def cdata(text: str) -> str:
    """The text as WordPress wraps it up."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def a_picture(number: int, url: str, *, alt: str = "", caption: str = "") -> Exported:
    return Exported(
        number=number,
        title="picture",
        content="",
        kind="attachment",
        status="inherit",
        link=f"{BLOG}/?attachment_id={number}",
        caption=caption,
        attachment_url=url,
        meta=(("_wp_attachment_image_alt", alt),) if alt else (),
    )


def head(*, version: str = "1.2", language: str = "it-IT", authors: Mapping[str, str] | None = None) -> str:
    """All before the first item."""
    named = {"anna": "Anna Rossi"} if authors is None else authors
    people = "".join(
        f"\t<wp:author><wp:author_id>1</wp:author_id><wp:author_login>{cdata(login)}</wp:author_login>"
        f"<wp:author_display_name>{cdata(name)}</wp:author_display_name></wp:author>\n"
        for login, name in named.items()
    )
    return f"""<?xml version="1.0" encoding="UTF-8" ?>
<!-- This is a WordPress eXtended RSS file with an <item> in its comment. -->
<rss version="2.0"
\txmlns:excerpt="http://wordpress.org/export/{version}/excerpt/"
\txmlns:content="http://purl.org/rss/1.0/modules/content/"
\txmlns:wfw="http://wellformedweb.org/CommentAPI/"
\txmlns:dc="http://purl.org/dc/elements/1.1/"
\txmlns:wp="http://wordpress.org/export/{version}/"
>
<channel>
\t<title>Old blog</title>
\t<link>{BLOG}</link>
\t<language>{language}</language>
\t<wp:wxr_version>{version}</wp:wxr_version>
\t<wp:base_site_url>{BLOG}</wp:base_site_url>
\t<wp:base_blog_url>{BLOG}</wp:base_blog_url>
{people}"""


TAIL = "</channel>\n</rss>\n"


def document(*items: Exported, version: str = "1.2", authors: Mapping[str, str] | None = None) -> str:
    return head(version=version, authors=authors) + "".join(item.xml() for item in items) + TAIL


def written(folder: Path, document: str | bytes, *, name: str = "export.xml") -> Path:
    path = folder / name
    path.write_bytes(document.encode() if isinstance(document, str) else document)
    return path
