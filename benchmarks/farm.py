"""A farm of feeds on loopback: N self-written feeds, each on a host of its own, behind nginx.

The same seed makes the same bytes. 60 % are RSS 2.0 as WordPress writes it, 30 %
Atom, 10 % plain RSS; 10 to 20 entries of 2 to 6 KB of HTML, about 80 KB a feed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

SEED = 3
WRITTEN = datetime(2026, 11, 20, 8, tzinfo=UTC)
NEW_PER_CHANGE = 2  # entries that a changed feed has more; as many fall off its end

_SYLLABLES = "ba co da fe gi lo ma ne po ri sa te vi zu lan mer nor pel quin ras sol tra vel".split()
_LINKS = "about archive notes prices stores cards reports".split()


@dataclass(frozen=True, slots=True)
class Farm:
    """`port` answers with ETag and Last-Modified, `bare_port` with neither and never with 304."""

    root: Path
    size: int
    port: int
    bare_port: int

    def urls(self, *, bare: bool = False) -> list[str]:
        port = self.bare_port if bare else self.port
        return [f"http://{address(k)}:{port}/feed.xml" for k in range(self.size)]

    def write(self, *, edition: int = 0, generation: int = 0, every: int = 1) -> None:
        """The documents, or `every` such: with the news of an edition, made in a later hour."""
        built = WRITTEN + timedelta(hours=generation)
        for k in range(0, self.size, every):
            path = self.root / "www" / address(k) / "feed.xml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(document(k, edition=edition, built=built), encoding="utf-8")
            os.utime(path, (built.timestamp(), built.timestamp()))


def address(k: int) -> str:
    """Linux answers on all of 127.0.0.0/8 without any set-up."""
    return f"127.{1 + k // 60000}.{k // 250 % 240}.{1 + k % 250}"


@contextmanager
def farm(root: Path, size: int) -> Iterator[Farm]:
    """The farm with its web server running."""
    made = Farm(root, size, _free_port(), _free_port())
    made.write()
    (root / "nginx.conf").write_text(_nginx(root, made), encoding="utf-8")
    command = [_nginx_program(), "-p", str(root), "-e", "error.log", "-c", "nginx.conf"]
    server = subprocess.Popen(command, cwd=root)
    try:
        _wait_for(made.port, server)
        yield made
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def _nginx_program() -> str:
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise SystemExit("nginx is needed (Debian: apt-get install nginx-light)")
    return found


def _nginx(root: Path, made: Farm) -> str:
    user = "user root;" if os.geteuid() == 0 else ""
    return f"""{user}
daemon off; worker_processes 1; pid {root}/nginx.pid; error_log error.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_timeout 5;
  client_body_temp_path tmp; proxy_temp_path tmp;
  fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  types {{ application/rss+xml xml; }}
  server {{ listen 0.0.0.0:{made.port} backlog=4096; root {root}/www/$server_addr; }}
  server {{
    listen 0.0.0.0:{made.bare_port} backlog=4096; root {root}/www/$server_addr;
    etag off; if_modified_since off; add_header Last-Modified "";
  }}
}}
"""


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        if server.poll() is not None:
            raise SystemExit("nginx did not start")
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("nginx does not answer")


# ── what the feeds say ──────────────────────────────────────────────────────


def document(k: int, *, edition: int, built: datetime) -> str:
    """Feed `k`: `edition` counts how often it has had news, `built` is all that else may differ."""
    write = (*[_wordpress] * 6, *[_atom] * 3, _plain)[k % 10]
    count = 10 + random.Random(f"{SEED} {k}").randrange(11)
    newest = 100 + edition * NEW_PER_CHANGE
    stories = [_Story.of(k, n) for n in range(newest, newest - count, -1)]
    return write(k, stories, built)


@dataclass(frozen=True, slots=True)
class _Story:
    n: int
    title: str
    slug: str
    html: str
    author: str
    tags: tuple[str, ...]
    at: datetime

    @classmethod
    def of(cls, k: int, n: int) -> _Story:
        chance = random.Random(f"{SEED} {k} {n}")
        title = f"{_words(chance, 4, 9).capitalize()} {k}-{n}"
        slug = title.lower().replace(" ", "-")
        return cls(
            n=n,
            title=title,
            slug=slug,
            html=_html(chance, k, title),
            author=_words(chance, 2, 2).title(),
            tags=tuple(chance.sample(_VOCABULARY, 3)),
            at=WRITTEN - timedelta(hours=7 * (102 - n), minutes=k % 60),
        )


def _words(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choices(_VOCABULARY, k=chance.randint(least, most)))


def _vocabulary() -> list[str]:
    chance = random.Random(SEED)
    return sorted({"".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(3000)})


_VOCABULARY = _vocabulary()


def _sentences() -> list[str]:
    """Made once: a farm of 5000 has 300 MB of text."""
    chance = random.Random(SEED)
    made = []
    for _ in range(4000):
        sentence = _words(chance, 8, 20).capitalize()
        match chance.randrange(12):
            case 0:
                link = f"https://{chance.choice(_VOCABULARY)}.example.org/{chance.choice(_LINKS)}/"
                sentence += f' <a href="{link}">{_words(chance, 2, 3)}</a>'
            case 1:
                sentence += f" <strong>{_words(chance, 1, 2)}</strong>"
            case 2:
                sentence += f" <em>{_words(chance, 1, 3)}</em> &#8211; {_words(chance, 2, 4)}"
            case _:
                pass
        made.append(sentence + ".")
    return made


_SENTENCES = _sentences()


def _html(chance: random.Random, k: int, title: str) -> str:
    wanted = chance.randint(2000, 6000)
    picture = f"https://blog{k}.example.org/files/{chance.randrange(10**6)}"
    parts = [
        (
            f'<figure class="wp-block-image"><img decoding="async" width="800" height="450" '
            f'src="{picture}.jpg" alt="{title}" srcset="{picture}-300x169.jpg 300w" sizes="100vw" /></figure>'
        )
    ]
    size = len(parts[0])
    while size < wanted:
        match chance.randrange(14):
            case 0:
                part = f"<h2>{_words(chance, 3, 6).capitalize()}</h2>"
            case 1:
                items = "".join(f"<li>{_words(chance, 3, 9)}</li>" for _ in range(chance.randint(3, 6)))
                part = f"<ul>{items}</ul>"
            case 2:
                part = f"<blockquote><p>{chance.choice(_SENTENCES)}</p></blockquote>"
            case _:
                part = f"<p>{' '.join(chance.choices(_SENTENCES, k=chance.randint(2, 5)))}</p>"
        parts.append(part)
        size += len(part)
    return "\n\n".join(parts)


def _summary(story: _Story) -> str:
    start = story.html.find("<p>")
    return story.html[start : story.html.find("</p>", start) + 4]


def _wordpress(k: int, stories: Sequence[_Story], built: datetime) -> str:
    home = f"https://blog{k}.example.org"
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
\txmlns:content="http://purl.org/rss/1.0/modules/content/"
\txmlns:wfw="http://wellformedweb.org/CommentAPI/"
\txmlns:dc="http://purl.org/dc/elements/1.1/"
\txmlns:atom="http://www.w3.org/2005/Atom"
\txmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
\txmlns:slash="http://purl.org/rss/1.0/modules/slash/"
\t>

<channel>
\t<title>Blog {k}</title>
\t<atom:link href="{home}/feed/" rel="self" type="application/rss+xml" />
\t<link>{home}/</link>
\t<description>{_VOCABULARY[k % len(_VOCABULARY)]}</description>
\t<lastBuildDate>{format_datetime(built)}</lastBuildDate>
\t<language>en-US</language>
\t<sy:updatePeriod>
\thourly\t</sy:updatePeriod>
\t<sy:updateFrequency>
\t1\t</sy:updateFrequency>
\t<generator>https://wordpress.org/?v=6.8</generator>
{"".join(_wordpress_item(home, story) for story in stories)}
</channel>
</rss>
"""


def _wordpress_item(home: str, story: _Story) -> str:
    link = f"{home}/{story.at:%Y/%m}/{story.slug}/"
    tags = "".join(f"\t\t<category><![CDATA[{tag}]]></category>\n" for tag in story.tags)
    appeared = (
        f'<p>The post <a href="{link}">{story.title}</a> appeared first on <a href="{home}">Blog</a>.</p>'
    )
    return f"""
\t<item>
\t\t<title>{escape(story.title)}</title>
\t\t<link>{link}</link>
\t\t\t\t\t<comments>{link}#respond</comments>
\t\t<dc:creator><![CDATA[{story.author}]]></dc:creator>
\t\t<pubDate>{format_datetime(story.at)}</pubDate>
{tags}\t\t<guid isPermaLink="false">{home}/?p={story.n}</guid>

\t\t\t\t\t<description><![CDATA[{_summary(story)}
{appeared}]]></description>
\t\t\t\t\t\t\t\t\t\t<content:encoded><![CDATA[{story.html}
{appeared}
]]></content:encoded>
\t\t\t\t\t<wfw:commentRss>{link}feed/</wfw:commentRss>
\t\t\t<slash:comments>{story.n % 7}</slash:comments>
\t</item>
"""


def _atom(k: int, stories: Sequence[_Story], built: datetime) -> str:
    home = f"https://notes{k}.example.net"
    entries = "\n".join(
        f"""  <entry>
    <id>tag:notes{k}.example.net,2026:{story.n}</id>
    <title>{escape(story.title)}</title>
    <link rel="alternate" type="text/html" href="{home}/{story.slug}"/>
    <published>{story.at.isoformat()}</published>
    <updated>{story.at.isoformat()}</updated>
    <author><name>{story.author}</name></author>
    {"".join(f'<category term="{tag}"/>' for tag in story.tags)}
    <content type="html">{escape(story.html)}</content>
  </entry>"""
        for story in stories
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <id>tag:notes{k}.example.net,2026:feed</id>
  <title>Notes {k}</title>
  <link rel="alternate" href="{home}/"/>
  <link rel="self" href="{home}/atom.xml"/>
  <updated>{built.isoformat()}</updated>
  <generator uri="https://example.net/" version="4.3">Pages</generator>
{entries}
</feed>
"""


def _plain(k: int, stories: Sequence[_Story], built: datetime) -> str:
    home = f"https://paper{k}.example.com"
    items = "\n".join(
        f"""<item><title>{escape(story.title)}</title><link>{home}/{story.n}</link>
<guid>{home}/{story.n}</guid><pubDate>{format_datetime(story.at)}</pubDate>
<description>{escape(story.html)}</description></item>"""
        for story in stories
    )
    return f"""<?xml version="1.0"?>
<rss version="2.0"><channel><title>Paper {k}</title><link>{home}/</link><description>News</description>
<lastBuildDate>{format_datetime(built)}</lastBuildDate>
{items}
</channel></rss>
"""
