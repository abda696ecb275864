"""The house's own blog as it stood on WordPress: the fourteen posts of the seeds, and what is beside them.

The words are read from the shared material and never kept here. Each post is written as an editorial team
wrote over the years: the older ones in the classic editor (bare paragraphs, [caption], <!--more-->), the
later ones in blocks; with pictures, authors, categories, tags and dates, some where clocks change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from wordpress import Wordpress

ROME = ZoneInfo("Europe/Rome")

GETTY = (
    '<a id="Kx0" class="gie-single" href="https://www.gettyimages.com/detail/1" target="_blank"'
    ' rel="noopener">Embed from Getty Images</a>'
)
GETTY_SCRIPT = "<script>window.gie=window.gie||function(c){(gie.q=gie.q||[]).push(c)};</script>"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the parts of one post stand in its file, by line without the blank ones, from 1, in their order.

    n: note. c: picture with that caption, a: picture with that alternative text, f: featured picture with
    that caption. g: picture from Getty, embedded. p: paragraph, d: one more line of the same paragraph. l:
    point of a numbered list. s: source line. w: a paragraph with the name of a picture welded in, and source.
    `cut`: the text goes on behind a <!--more-->, on a line of its own or glued to the last paragraph.
    """

    file: str
    title: int
    parts: str
    cut: str = ""
    blocks: bool
    date: str  # local
    modified: str | None = None
    author: str
    categories: tuple[str, ...]
    tags: tuple[str, ...] = ()


LAYOUTS = (
    Layout(file="002", title=1, parts="w2", blocks=False, date="2014-06-03 18:05:00",
           author="luisa", categories=("Relazioni",), tags=("aspettative",)),
    Layout(file="004", title=1, parts="g2 n3 p4 p5 p6 p7 s8 p9", blocks=False, date="2014-12-31 23:59:58",
           modified="2015-01-07 10:00:00", author="luisa", categories=("Dipendenti",),
           tags=("CEO", "Rob Markey")),
    Layout(file="004", title=21, parts="c22 n23 p24 p25 p26", cut="glued", blocks=False,
           date="2015-03-29 01:59:59", author="marta", categories=("Fedeltà",)),
    Layout(file="004", title=17, parts="n18 p19", cut="alone", blocks=False, date="2015-03-29 03:00:00",
           author="luisa", categories=("Relazioni",), tags=("empowered",)),
    Layout(file="000", title=21, parts="n22 g23 p24 p25 p26 p27", cut="glued", blocks=False,
           date="2015-10-25 01:30:00", author="marta", categories=("Tecnologia",)),
    Layout(file="000", title=17, parts="p18 p19 p20", cut="glued", blocks=False,
           date="2015-10-25 03:30:00", author="luisa", categories=("Dipendenti",),
           tags=("service-profit chain",)),
    Layout(file="001", title=1, parts="a2 p3 p4 l5 l6 l7 l8 l9 l10 a11", cut="alone", blocks=False,
           date="2016-02-29 12:00:00", author="marta", categories=("Metodo",)),
    Layout(file="001", title=13, parts="n14 p15 a16 p17", cut="alone", blocks=False,
           date="2016-07-14 00:30:00",
           modified="2019-02-02 02:02:02", author="marta", categories=("Metodo",), tags=("linkage",)),
    Layout(file="004", title=10, parts="n11 p12 p13 p14 p15 p16", cut="glued", blocks=False,
           date="2017-01-01 00:00:00", author="luisa", categories=("Metodo", "Dipendenti")),
    Layout(file="000", title=9, parts="n10 c11 p12 p13 p14 p15", cut="alone", blocks=False,
           date="2018-04-18 09:15:00", author="marta", categories=("Relazioni",)),
    Layout(file="000", title=1, parts="n2 c3 p4 p5 p6 p7", cut="alone", blocks=True,
           date="2019-05-20 08:00:00", author="luisa", categories=("Relazioni",),
           tags=("promesse", "ricerca")),
    Layout(file="003", title=16, parts="f17 n18 n19 n20 n21 n22 n23 n24 s25", blocks=True,
           date="2020-03-28 10:10:10", author="marta", categories=("Marchi & co.",), tags=("usage brands",)),
    Layout(file="003", title=10, parts="f11 n12 p13 p14", cut="alone", blocks=True,
           date="2021-08-15 15:00:00", author="marta", categories=("Metodo",)),
    Layout(file="003", title=1, parts="f2 n3 p4 p5 d6 d7 p8 d9", cut="glued", blocks=True,
           date="2022-11-11 11:11:11", modified="2023-01-01 01:01:01", author="luisa",
           categories=("Servizio",), tags=("linguaggio", "no problem")),
)  # fmt: skip

PEOPLE = {"marta": "Marta Dell’Orto", "luisa": "Luisa Bianchi"}

# What must not become an item, or not a public one: in words of our own.
BESIDE: tuple[dict[str, Any], ...] = (
    {"title": "Una bozza", "status": "draft", "content": "NOTA AICEX: da finire.\n\nStill to be written."},
    {"title": "Solo per noi", "status": "private", "content": "NOTA AICEX: riservata.\n\nNot for everybody."},
    {"title": "Da approvare", "status": "pending", "content": "NOTA AICEX: attende.\n\nIt waits for us."},
    {"title": "Fra molti anni", "status": "future", "content": "NOTA AICEX: verrà.\n\nIt will come.",
     "date": "2031-01-02 03:04:05"},
    {"title": "Con la parola d’ordine", "status": "publish", "password": "sesamo",
     "content": "NOTA AICEX: chiusa.\n\nBehind a password."},
    {"title": "Buttata", "status": "trash", "content": "NOTA AICEX: via.\n\nThrown away."},
    {"title": "Chi siamo", "status": "publish", "type": "page", "content": "Siamo una piccola redazione."},
)  # fmt: skip

WRITE = """
[$people, $posts] = [$given['people'], $given['posts']];
// As the theme of the house's blog: what stands before <!--more-->, and not the first 55 words of it.
set_theme_mod('display_excerpt_or_full_post', 'full');
foreach ($people as $login => $name) {
    $id = wp_insert_user(['user_login' => $login, 'user_pass' => 'x', 'user_email' => "$login@example.org",
                          'display_name' => $name, 'role' => 'editor']);
    if (is_wp_error($id)) return $id;
    $people[$login] = $id;
}
$picture = function (array $said, int $n) {
    $canvas = imagecreatetruecolor(400, 300);
    imagefill($canvas, 0, 0, imagecolorallocate($canvas, 16 * $n % 256, 90, 160));
    imagejpeg($canvas, $path = wp_tempnam('picture'));
    $file = ['name' => $said['name'], 'tmp_name' => $path];
    $id = media_handle_sideload($file, 0, null, ['post_excerpt' => $said['caption'] ?? '']);
    if (is_wp_error($id)) return $id;
    if (isset($said['alt'])) update_post_meta($id, '_wp_attachment_image_alt', $said['alt']);
    return $id;
};
$written = [];
foreach ($posts as $n => $post) {
    $ids = [];
    foreach ($post['pictures'] ?? [] as $place => $said) {
        $ids[$place] = $id = $picture($said, $n);
        if (is_wp_error($id)) return $id;
        $marks = ["{id:$place}" => $id, "{url:$place}" => wp_get_attachment_image_url($id, 'medium')];
        $post['content'] = strtr($post['content'], $marks);
    }
    $categories = array_map(fn ($name) => wp_create_category($name), $post['categories'] ?? []);
    // As the editor's screen does it: it begins with a draft, which is why guids say ?p=
    $all = ['post_author' => $people[$post['author'] ?? 'marta'], 'post_type' => $post['type'] ?? 'post',
            'post_title' => wp_slash($post['title'])];
    $id = wp_insert_post($all + ['post_status' => 'auto-draft'], true);
    if (is_wp_error($id)) return $id;
    $done = wp_update_post($all + [
        'ID' => $id, 'post_status' => $post['status'] === 'trash' ? 'publish' : $post['status'],
        'post_content' => wp_slash($post['content']), 'post_excerpt' => $post['excerpt'] ?? '',
        'post_category' => $categories, 'tags_input' => $post['tags'] ?? [],
        'post_password' => $post['password'] ?? '', 'post_date' => $post['date'],
        'post_date_gmt' => get_gmt_from_date($post['date']), 'edit_date' => true], true);
    if (is_wp_error($done)) return $done;
    if ($post['featured'] ?? false) set_post_thumbnail($id, $ids['0']);
    if ($post['status'] === 'trash') wp_trash_post($id);
    $modified = $post['modified'] ?? $post['date'];
    global $wpdb;
    $times = ['post_modified' => $modified, 'post_modified_gmt' => get_gmt_from_date($modified)];
    $wpdb->update($wpdb->posts, $times, ['ID' => $id]);
    clean_post_cache($id);
    foreach ($post['comments'] ?? [] as $said)
        wp_insert_comment(['comment_post_ID' => $id, 'comment_author' => 'Lettore', 'comment_approved' => 1,
                           'comment_content' => $said, 'comment_author_url' => 'https://lettore.example/']);
    $now = get_post($id);
    $written[] = ['id' => $id, 'guid' => $now->guid, 'permalink' => get_permalink($id),
                  'slug' => $now->post_name,
                  'published' => $now->post_date_gmt, 'updated' => $now->post_modified_gmt,
                  'featured' => get_the_post_thumbnail_url($id, 'full') ?: null];
}
return $written;
"""

# As WordPress.com does it, where the house's blog is: no last word of a title stands alone on a line.
WIDOWS = """<?php
add_filter('the_title', function ($title) {
    $at = strrpos($title, ' ');
    return $at === false || is_admin() ? $title : substr($title, 0, $at) . '&nbsp;' . substr($title, $at + 1);
}, 99);
"""


@dataclass(frozen=True, kw_only=True)
class Post:
    """One of the fourteen, as WordPress has it. `title` without what its themes do to it."""

    layout: Layout
    title: str
    id: int
    guid: str
    permalink: str
    slug: str
    published: datetime
    updated: datetime
    author: str
    featured: str | None


@dataclass(frozen=True)
class HouseBlog:
    wordpress: Wordpress
    posts: tuple[Post, ...]
    beside: tuple[dict[str, Any], ...] = field(repr=False)


def write_blog(wordpress: Wordpress, seeds: Path) -> HouseBlog:
    """Write all of it into an empty WordPress."""
    plugins = wordpress.folder / "site/wp-content/mu-plugins"
    (plugins / "widows.php").write_text(WIDOWS, encoding="utf-8")
    texts = [_text(layout, _lines(layout, seeds)) for layout in LAYOUTS]
    beside = [{"date": f"2016-05-{n + 1:02} 10:00:00"} | each for n, each in enumerate(BESIDE)]
    written = wordpress.run(WRITE, people=PEOPLE, posts=[*texts, *beside])
    posts = tuple(
        Post(
            layout=layout,
            title=text["title"],
            id=row["id"],
            guid=row["guid"],
            permalink=row["permalink"],
            slug=row["slug"],
            published=datetime.fromisoformat(f"{row['published']}+00:00"),
            updated=datetime.fromisoformat(f"{row['updated']}+00:00"),
            author=PEOPLE[layout.author],
            featured=row["featured"],
        )
        for layout, text, row in zip(LAYOUTS, texts, written, strict=False)
    )
    return HouseBlog(wordpress, posts, tuple(written[len(LAYOUTS) :]))


# ── one post as its editor wrote it ──


def _lines(layout: Layout, seeds: Path) -> dict[int, str]:
    text = next(seeds.glob(f"{layout.file}_*.txt")).read_text(encoding="utf-8")
    lines = [line.strip(" \t") for line in text.splitlines() if line.strip(" \t\xa0")]
    more = r"\s*Contin(?:ua a leggere|ue reading) “.*"
    return {n: re.sub(more, "", line) for n, line in enumerate(lines, 1)}


def _text(layout: Layout, lines: dict[int, str]) -> dict[str, Any]:
    writing = _Blocks() if layout.blocks else _Classic()
    for part in layout.parts.split():
        kind, line = part[0], lines[int(part[1:])]
        writing.add(kind, line)
    return {
        # The no-break space before its last word is WordPress.com's, not the editor's.
        "title": lines[layout.title].replace("\xa0", " "),
        "content": writing.ended(layout.cut),
        "pictures": writing.pictures,
        "featured": writing.featured,
        "status": "publish",
        "date": layout.date,
        "modified": layout.modified,
        "author": layout.author,
        "categories": list(layout.categories),
        "tags": list(layout.tags),
        "comments": ["NOTA AICEX: bello!\n\nSource: https://lettore.example/mio-blog"] if layout.tags else [],
    }


def _linked(line: str) -> str:
    """A source line with each of its addresses a link, also where they stand jammed together."""
    return re.sub(r"https?://(?:(?!https?://)\S)+", lambda url: f'<a href="{url[0]}">{url[0]}</a>', line)


def _words(line: str) -> str:
    return escape(line, quote=False)


class _Writing:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.pictures: list[dict[str, str]] = []
        self.featured = False

    def add(self, kind: str, line: str) -> None:
        match kind:
            case "f":
                self.featured = True
                self._picture(caption=line)
            case "c":
                self.pieces.append(self.captioned(line))
            case "a":
                self.pieces.append(self.pictured(line))
            case "g":
                self.pieces.append(self.embedded())
            case "s":
                self.pieces.append(self.paragraph(_linked(line)))
            case "d":
                self.pieces[-1] = self.joined(self.pieces[-1], _words(line))
            case "l":
                self.point(_words(re.sub(r"^\d+\.\s*", "", line)))
            case "w":
                self._welded(line)
            case _:
                name = re.search(r"iStock_\w+$", line)
                self.pieces.append(self.paragraph(_words(line[: name.start()] if name else line)))
                if name:
                    self.pieces.append(self.captioned(name[0]))

    def _picture(self, **said: str) -> int:
        """Its place among the pictures of the post. A file's name in the caption is the file's name."""
        name = next((word for word in said.values() if re.fullmatch(r"\S+", word)), "immagine")
        self.pictures.append({"name": f"{name.removesuffix('.jpg')}.jpg", **said})
        return len(self.pictures) - 1

    def _welded(self, line: str) -> None:
        before, name, after = re.split(r" (\d+_HiRes) ", line)
        text, source = re.split(r" (?=Source:)", after)
        self.pieces += [self.paragraph(_words(before)), self.captioned(name), self.paragraph(_words(text))]
        self.pieces.append(self.paragraph(_linked(source)))

    def captioned(self, caption: str) -> str:
        raise NotImplementedError

    def pictured(self, alt: str) -> str:
        raise NotImplementedError

    def embedded(self) -> str:
        raise NotImplementedError

    def paragraph(self, html: str) -> str:
        raise NotImplementedError

    def joined(self, piece: str, line: str) -> str:
        raise NotImplementedError

    def point(self, html: str) -> None:
        raise NotImplementedError

    def ended(self, cut: str) -> str:
        raise NotImplementedError


class _Classic(_Writing):
    def captioned(self, caption: str) -> str:
        n = self._picture(caption=caption)
        src = f'src="{{url:{n}}}" alt="" width="300" height="225"'
        img = f'<img class="size-medium wp-image-{{id:{n}}}" {src} />'
        return f'[caption id="attachment_{{id:{n}}}" align="alignnone" width="300"]{img} {caption}[/caption]'

    def pictured(self, alt: str) -> str:
        n = self._picture(alt=alt)
        src = f'src="{{url:{n}}}" alt="{escape(alt)}" width="300" height="225"'
        return f'<a href="{{url:{n}}}"><img class="alignnone size-medium wp-image-{{id:{n}}}" {src} /></a>'

    def embedded(self) -> str:
        return GETTY + GETTY_SCRIPT

    def paragraph(self, html: str) -> str:
        return html

    def joined(self, piece: str, line: str) -> str:
        return f"{piece}\n{line}"

    def point(self, html: str) -> None:
        if not self.pieces[-1].startswith("<ol>"):
            self.pieces.append("<ol>\n</ol>")
        self.pieces[-1] = self.pieces[-1].replace("</ol>", f" \t<li>{html}</li>\n</ol>")

    def ended(self, cut: str) -> str:
        return "\n\n".join(self.pieces) + {"": "", "glued": " <!--more-->", "alone": "\n\n<!--more-->"}[cut]


class _Blocks(_Writing):
    def captioned(self, caption: str) -> str:
        n = self._picture(caption=caption)
        return self._image(n, "", f'<figcaption class="wp-element-caption">{_words(caption)}</figcaption>')

    def pictured(self, alt: str) -> str:
        return self._image(self._picture(alt=alt), alt, "")

    def _image(self, n: int, alt: str, caption: str) -> str:
        img = f'<img src="{{url:{n}}}" alt="{escape(alt)}" class="wp-image-{{id:{n}}}"/>'
        figure = f'<figure class="wp-block-image size-medium">{img}{caption}</figure>'
        said = f'{{"id":{{id:{n}}},"sizeSlug":"medium","linkDestination":"none"}}'
        return f"<!-- wp:image {said} -->\n{figure}\n<!-- /wp:image -->"

    def embedded(self) -> str:
        return f"<!-- wp:html -->\n{GETTY}{GETTY_SCRIPT}\n<!-- /wp:html -->"

    def paragraph(self, html: str) -> str:
        return f"<!-- wp:paragraph -->\n<p>{html}</p>\n<!-- /wp:paragraph -->"

    def joined(self, piece: str, line: str) -> str:
        return piece.replace("</p>", f"<br>{line}</p>")

    def ended(self, cut: str) -> str:
        text = "\n\n".join(self.pieces)
        if cut == "glued":
            at = text.rindex("</p>")
            return f"{text[:at]} <!--more-->{text[at:]}"
        more = "<!-- wp:more -->\n<!--more-->\n<!-- /wp:more -->"
        return f"{text}\n\n{more}" if cut else text
