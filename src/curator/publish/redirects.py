"""Where old addresses lead, in a form for each that answers: `serve`, nginx and Caddy.

Only where no output of ours has that address. But blogs have their feed at
`/feed/`, where we have the page about ours: there whoever reads feeds is sent
on, and people get the page. What comes from old addresses was written by
others: nothing of it can end the string that it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import msgspec

from curator.model import Redirect
from curator.publish.site import FEED_TYPES, INDEX
from curator.redirecting import place_of

LISTED, NGINX, CADDY = ".curator-redirects.json", "redirects.nginx", "redirects.caddy"
FILES = (LISTED, NGINX, CADDY)
_LONGEST = 1500  # bytes of a key: nginx takes 4096 for a word, its escapes among them
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f\"\\`{}]")  # for what Caddy knows no escape within a string


class Lead(msgspec.Struct, frozen=True, array_like=True):
    """From an old place (see `redirecting`) to an output; `shared`: only for those who read feeds."""

    place: str
    target: str
    shared: bool = False


def leads(redirects: Iterable[Redirect], *, outputs: Iterable[str], base_url: str) -> tuple[Lead, ...]:
    """By their places. `outputs`: all that is published, below the public folder."""
    front = urlsplit(base_url).path.rstrip("/")
    paths = set(outputs)
    ours = {place: path for path in sorted(paths) for place in _places(front, path)}
    found = []
    for one in redirects:
        if one.target not in paths:
            continue
        if (there := ours.get(one.path)) is None:
            found.append(Lead(one.path, one.target))
        elif one.target.rpartition("/")[2] in FEED_TYPES and there.endswith(f"/{INDEX}"):
            found.append(Lead(one.path, one.target, shared=True))
    return tuple(sorted(found, key=lambda lead: lead.place))


def _places(front: str, path: str) -> Iterator[str]:
    for address in (path, path.removesuffix(INDEX)) if path.endswith(INDEX) else (path,):
        if place := place_of(f"{front}/{quote(address)}"):
            yield place


def listed(found: Sequence[Lead]) -> bytes:
    return msgspec.json.encode(found) + b"\n"


def read(written: bytes) -> Mapping[str, Lead]:
    """What `listed` wrote, by place."""
    return {lead.place: lead for lead in msgspec.json.decode(written, type=list[Lead])}


def takes_feed(accepted: bytes | None) -> bool:
    """Of an Accept field: feed readers name what they read, or take anything; browsers want a page."""
    said = (accepted or b"").lower()
    return any(kind in said for kind in (b"rss+xml", b"atom+xml", b"rdf+xml")) or b"text/html" not in said


# ── for web servers ──

_HEAD = """\
# Old addresses of the blog that was brought here, written anew by every publish.
"""
_NAMED = ("p", "page_id", "feed")  # what of a query says which post was meant; the rest of it is nobody's
_READS = r"(?:rss|atom|rdf)\+xml"


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Keys with where each leads: by what of an address they are compared with."""

    path: Mapping[str, str]
    shared: Mapping[str, str]
    asked: Mapping[str, Mapping[str, str]]  # by one field of the query
    query: Mapping[str, str]  # by all of it


def _sorted(found: Sequence[Lead], *, base_url: str, speakable: Callable[[str], bool]) -> _Sorted:
    path: dict[str, str] = {}
    shared: dict[str, str] = {}
    asked: dict[str, dict[str, str]] = {name: {} for name in _NAMED}
    query: dict[str, str] = {}
    for lead in found:
        front, sign, wanted = lead.place.partition("?")
        name = wanted.partition("=")[0]
        into = asked.get(name, query) if sign else shared if lead.shared else path
        for key in _spelt(front, sign + wanted):
            if speakable(key):
                into[key] = location(lead, base_url=base_url)
    return _Sorted(path, shared, asked, query)


def _spelt(front: str, query: str) -> tuple[str, ...]:
    """A place as servers see it: with a slash at its end or without."""
    if front == "/":
        return (front + query, f"/index.php{query}")
    return (front + query, f"{front}/{query}", *([f"{front}/index.php{query}"] if query else []))


def location(lead: Lead, *, base_url: str) -> str:
    """The whole address: the old one may have been another host's. Nothing in it but what settings say."""
    return quote(f"{base_url.rstrip('/')}/{lead.target}", safe=":/?#[]@!&'()*+,;=%~")


def nginx(found: Sequence[Lead], *, base_url: str) -> bytes:
    """Maps of what nginx has decoded; it compares without regard to capitals."""
    known = _sorted(found, base_url=base_url, speakable=lambda key: len(key.encode()) <= _LONGEST)
    every = [known.path, known.shared, *known.asked.values(), known.query]
    longest = max((len(key.encode()) for keys in every for key in keys), default=0)
    lines = [
        "# For inside `http { }`, before any other map: it says how large they are. The server says:",
        "#     if ($curator_old) { return 301 $curator_old; }",
        f"map_hash_max_size {_power(2 * max(map(len, every)), least=2048)};",
        f"map_hash_bucket_size {_power(longest + 64, least=128)};",
        *_nginx_map("$uri", "$curator_old_path", known.path, '""'),
        *("map $http_accept $curator_reads {", "    default 1;"),
        *(f'    "~*{_READS}" 1;', '    "~*text/html" 0;', "}"),
        *_nginx_map(
            '"$curator_reads$uri"',
            "$curator_old_feed",
            {f"1{key}": to for key, to in known.shared.items()},
            "$curator_old_path",
        ),
        *_nginx_map('"$uri?$args"', "$curator_old_query", known.query, "$curator_old_feed"),
        *_nginx_map('"$uri?feed=$arg_feed"', "$curator_old_f", known.asked["feed"], "$curator_old_query"),
        *_nginx_map(
            '"$uri?page_id=$arg_page_id"', "$curator_old_i", known.asked["page_id"], "$curator_old_f"
        ),
        *_nginx_map('"$uri?p=$arg_p"', "$curator_old", known.asked["p"], "$curator_old_i"),
    ]
    return (_HEAD + "\n".join(lines) + "\n").encode()


def _nginx_map(source: str, name: str, keys: Mapping[str, str], default: str) -> Iterator[str]:
    yield f"map {source} {name} {{"
    yield f"    default {default};"
    for key, to in keys.items():
        escaped = key.replace("\\", "\\\\").replace('"', '\\"')
        yield f'    "{escaped}" "{to}";'
    yield "}"


def _power(least_wanted: int, *, least: int) -> int:
    """Of two: what nginx's hashes like."""
    return max(least, 1 << (least_wanted - 1).bit_length()) if least_wanted > 0 else least


def caddy(found: Sequence[Lead], *, base_url: str) -> bytes:
    """What Caddy has no words for is left to `serve`: it knows no escape for them."""
    known = _sorted(found, base_url=base_url, speakable=_is_speakable)
    lines = ["# For inside the site's own block: import redirects.caddy"]
    for name in _NAMED:
        lines += _caddy_map(f"{{path}}?{name}={{query.{name}}}", f"old_by_{name}", known.asked[name])
    lines += _caddy_map("{path}?{query}", "old_query", known.query)
    reads = ((f"header_regexp Accept (?i){_READS}", "reads"), ("not header Accept *text/html*", "no_page"))
    lines += _caddy_map("{path}", "old_feed", known.shared, *reads)
    lines += _caddy_map("{path}", "old_path", known.path)
    return (_HEAD + "\n".join(lines) + "\n").encode()


def _is_speakable(key: str) -> bool:
    return len(key.encode()) <= _LONGEST and not _UNSPEAKABLE.search(key)


def _caddy_map(source: str, name: str, keys: Mapping[str, str], *only: tuple[str, str]) -> Iterator[str]:
    """`only`: conditions of which one must hold, each with a name."""
    if not keys:
        return
    yield f"map {source} {{curator_{name}}} {{"
    yield from (f'\t"{key}" "{to}"' for key, to in keys.items())
    yield '\tdefault ""'
    yield "}"
    for condition, called in only or (("", ""),):
        matcher = "_".join(filter(None, ("@curator", name, called)))
        yield f"{matcher} {{"
        yield f'\tnot vars {{curator_{name}}} ""'
        if condition:
            yield f"\t{condition}"
        yield "}"
        yield f"redir {matcher} {{curator_{name}}} 301"
