"""Pages of blogs as WordPress themes and other engines write them; every word here is ours."""

from __future__ import annotations

from html import escape

BLOG = "https://blog.example"

TEXT = "<p>Le promesse si mantengono, oppure non si fanno.</p><blockquote><p>Keep your word.</p></blockquote>"
BESIDE = """
<aside id="secondary" class="widget-area"><section
 class="widget widget_recent_entries"><h2>Articoli recenti</h2>
<ul><li><a href="https://blog.example/2014/01/altro/" rel="bookmark">Un altro</a></li></ul></section>
<section class="widget widget_archive"><ul><li><a
 href="https://blog.example/2014/01/">gennaio 2014</a></li></ul>
</section></aside>"""
SHARING = """<div id="jp-post-flair" class="sharedaddy sd-like-enabled
 sd-sharing-enabled"><div class="sharedaddy">
<h3 class="sd-title">Condividi:</h3><ul><li class="share-twitter"><a
 href="https://t.example/share">Tweet</a></li></ul>
</div></div>"""
COMMENTS = """<div id="comments" class="comments-area"><ol class="comment-list">
<li class="comment" id="comment-9">
<article id="div-comment-9" class="comment-body"><b class="fn">Lettore</b>
<time datetime="2019-01-01T00:00:00+00:00">1 gennaio 2019</time><p>Bello!</p></article></li></ol>
<div id="respond" class="comment-respond"><h3 class="comment-reply-title">Lascia un commento</h3>
<form action="/wp-comments-post.php"><p>Stai commentando usando il tuo account</p></form></div></div>"""


def page(body: str, *, marks: str = "", head: str = "", language: str = "it-IT", before: str = "") -> bytes:
    """A whole document."""
    return (
        f'<!DOCTYPE html>\n{before}<html lang="{language}"><head><meta charset="UTF-8">'
        f"<title>Il blog</title>{head}</head><body class='{marks}'>{body}</body></html>"
    ).encode()


def classic(
    n: int = 12,
    title: str = "La promessa",
    text: str = TEXT,
    *,
    date: str = "2014-03-05T09:30:00+01:00",
    more: bool = False,
    extra: str = "",
) -> str:
    """A post in a list, as the themes from Twenty Eleven to Twenty Twenty-One write it."""
    address = f"{BLOG}/2014/03/post-{n}/"
    rest = (
        f'<p><a href="{address}#more-{n}" class="more-link">Continua a leggere'
        f' <span class="screen-reader-text">“{escape(title)}”</span></a></p>'
    )
    return f"""<article id="post-{n}" class="post-{n} post type-post status-publish format-standard hentry
 category-metodo tag-fiducia">
<header class="entry-header"><h2 class="entry-title"><a href="{address}"
 rel="bookmark">{escape(title)}</a></h2>
<div class="entry-meta"><span class="posted-on"><a href="{address}" rel="bookmark">
<time class="entry-date published" datetime="{date}">5 marzo 2014</time>
<time class="updated" datetime="2014-03-06T10:00:00+01:00">6 marzo 2014</time></a></span>
<span class="byline"> di <span class="author vcard"><a class="url fn n"
 href="{BLOG}/author/ada/">Ada Neri</a></span>
</span></div></header>{extra}
<div class="entry-content">{text}{rest if more else ""}{SHARING}</div>
<footer class="entry-footer"><span class="cat-links">Pubblicato in <a href="{BLOG}/category/metodo/"
 rel="category tag">Metodo</a></span><span class="tags-links">Tag <a href="{BLOG}/tag/fiducia/"
 rel="tag">Fiducia</a>
</span></footer></article>"""


def classic_listing(*posts: str) -> bytes:
    older = f'<div class="nav-previous"><a href="{BLOG}/page/2/">Articoli meno recenti</a></div>'
    return page(
        f'<div id="page"><main>{"".join(posts)}</main><nav class="navigation">{older}</nav>{BESIDE}</div>',
        marks="home blog group-blog single-author",
        head='<link rel="https://api.w.org/" href="https://blog.example/wp-json/">',
    )


def classic_single(text: str = TEXT, *, head: str = "") -> bytes:
    """A post on its own page, with all that stands around it."""
    post = f"""<article id="post-12" class="post-12 post type-post status-publish has-post-thumbnail
 hentry">
<header class="entry-header"><h1 class="entry-title">La promessa</h1></header>
<figure class="post-thumbnail"><img class="wp-post-image" alt="Due mani" src="{BLOG}/up/mani-300x200.jpg"
 srcset="{BLOG}/up/mani-300x200.jpg 300w, {BLOG}/up/mani.jpg 1200w">
<figcaption class="wp-caption-text">Foto: Bo Blu</figcaption></figure>
<div class="entry-content">{text}<span id="more-12"></span>{SHARING}
<div id="jp-relatedposts" class="jp-relatedposts"><h3>Correlati</h3><a
 href="{BLOG}/x/">Altro</a></div></div>
<footer class="entry-footer"><span class="posted-on"><time class="entry-date published updated"
 datetime="2014-03-05T09:30:00+01:00">5 marzo 2014</time></span>
<a href="{BLOG}/author/ada/" rel="author">Ada Neri</a><a rel="category tag"
 href="{BLOG}/c/">Metodo</a></footer>
</article>"""
    return page(
        f"""<main>{post}<nav class="navigation post-navigation"><div class="nav-previous">
<a href="{BLOG}/2014/02/prima/" rel="prev">Prima</a></div></nav>{COMMENTS}</main>{BESIDE}""",
        marks="post-template-default single single-post postid-12 single-format-standard",
        head=f'<link rel="canonical" href="{BLOG}/2014/03/post-12/">'
        f'<link rel="next" href="{BLOG}/2014/04/dopo/"><link rel="shortlink" href="{BLOG}/?p=12">{head}',
    )


def block_post(n: int, title: str) -> str:
    address = f"{BLOG}/2024/01/b{n}/"
    return f"""<li class="wp-block-post post-{n} post type-post status-publish hentry">
<figure class="wp-block-post-featured-image"><a href="{address}"><img src="{BLOG}/up/b{n}.jpg"
 alt=""></a></figure>
<h2 class="wp-block-post-title"><a href="{address}" target="_self">{escape(title)}</a></h2>
<div class="wp-block-post-excerpt"><p
 class="wp-block-post-excerpt__excerpt">Solo l’inizio di {n} […]</p></div>
<div class="wp-block-post-date"><time datetime="2024-01-0{n}T08:00:00+00:00">{n} gennaio 2024</time></div>
<div class="taxonomy-post_tag wp-block-post-terms"><a href="{BLOG}/tag/b/"
 rel="tag">Blocchi</a></div></li>"""


def block_listing() -> bytes:
    posts = "".join(block_post(n, f"Blocco {n}") for n in (1, 2))
    return page(
        f"""<main><h1>Il blog</h1><div class="wp-block-query">
<ul class="wp-block-post-template">{posts}</ul>
<nav class="wp-block-query-pagination"><a class="wp-block-query-pagination-next"
 href="/page/2/">Dopo</a></nav>
</div></main>""",
        marks="home blog wp-embed-responsive",
        before=f"<!-- saved from url=(0024){BLOG}/ -->\n",
    )


def block_single() -> bytes:
    """A block theme marks nothing around the one post, and lists others below it."""
    return page(
        f"""<main><h1 class="wp-block-post-title">Blocco 7</h1>
<div class="wp-block-post-author-name"><a href="{BLOG}/author/ada/">Ada Neri</a></div>
<div class="wp-block-post-date"><time datetime="2024-01-07T08:00:00+00:00">7 gennaio 2024</time></div>
<div class="entry-content wp-block-post-content">{TEXT}</div>
<div class="taxonomy-category wp-block-post-terms"><a href="{BLOG}/category/m/" rel="tag">Metodo</a></div>
<div class="wp-block-comments"><time datetime="2001-01-01T00:00:00+00:00">mai</time></div>
<div class="wp-block-query"><ul>{block_post(1, "Altro uno")}{block_post(2, "Altro due")}</ul></div>
</main>""",
        marks="single single-post postid-7",
        head=f'<link rel="canonical" href="{BLOG}/2024/01/b7/">',
    )


def blogger() -> bytes:
    """A list as Blogger's templates write it."""
    return page(
        """<div class="date-outer"><h2 class="date-header">lunedì 3 marzo 2014</h2><div class="post-outer">
<div class="post hentry" itemprop="blogPost" itemscope itemtype="http://schema.org/BlogPosting">
<h3 class="post-title entry-title" itemprop="name"><a
 href="http://voci.blog.example/2014/03/a.html">Voci</a></h3>
<div class="post-body entry-content" itemprop="description articleBody"><p>Una voce sola.</p></div>
<div class="post-footer">Pubblicato da <span class="fn">Bo Blu</span> alle <a class="timestamp-link"
 href="http://voci.blog.example/2014/03/a.html" rel="bookmark"><abbr class="published"
 title="2014-03-03T08:15:00-08:00">08:15</abbr></a><span class="post-labels">Etichette:
<a href="http://voci.blog.example/search/label/x" rel="tag">ascolto</a></span></div></div></div></div>
<div class="blog-pager"><a class="blog-pager-older-link"
 href="http://voci.blog.example/search?updated-max=2014">
Post più vecchi</a></div>""",
        head='<link rel="canonical" href="http://voci.blog.example/">',
    )


def ghost() -> bytes:
    """A single post of Ghost, which says its facts for machines."""
    return page(
        """<article class="gh-article
 post"><header class="gh-article-header"><h1 class="gh-article-title">Carta</h1>
</header><section class="gh-content gh-canvas"><p>Un foglio bianco.</p><div
 class="kg-signup-card">Iscriviti</div>
</section></article>""",
        head="""<meta property="og:type" content="article">
<link rel="canonical" href="https://g.example/carta/">
<script type="application/ld+json">{"@type": "Article", "headline": "Carta", "author": {"@type": "Person",
"name": "Cleo Rossi"}, "datePublished": "2021-05-06T07:08:09.000Z",
"dateModified": "2021-05-07T07:08:09.000Z"}
</script>""",
        language="it",
    )
