"""Texts as in WordPress' database, drawn at random from what editors and editing programs leave there."""

from __future__ import annotations

import random

# Of the classic editor: anything beside anything. Line ends come as often as words do.
PIECES = (
    *("\n", "\n\n") * 2,
    "Parola",
    "NOTA AICEX: una nota",
    "<em>e</em>",
    "<strong>forte</strong>",
    "\n\n\n",
    "\r\n\r\n",
    " ",
    "<!--more-->",
    "<!--more Leggi-->",
    "&nbsp;",
    "<p>",
    "</p>",
    "<br />",
    "<br>",
    "<blockquote>",
    "</blockquote>",
    "<ul>",
    "</ul>",
    "<li>",
    "</li>",
    "<ol>\n<li>uno</li>\n<li>due</li>\n</ol>",
    "<h2>Titolo</h2>",
    "<div>",
    "</div>",
    '<img src="http://x.example/a.jpg" alt="a" />',
    (
        '[caption id="attachment_3" align="alignnone" width="300"]<img src="http://x.example/b.jpg"'
        ' width="300" /> Didascalia[/caption]'
    ),
    '<a href="http://s.example/">link</a>',
    "http://s.example/nuda",
    "\nhttp://s.example/sola\n",
    "<pre>a\n\nb</pre>",
    "<script>x\n\ny</script>",
    "<hr />",
    "<table><tr><td>c</td></tr></table>",
    '<figure><img src="http://x.example/c.jpg"/><figcaption>fig</figcaption></figure>',
    '<iframe src="https://www.youtube.com/embed/xxxxxxxxxxx"></iframe>',
    '<span class="x">s</span>',
    "[sic]",
    '[gallery ids="1,2"]',
    '"virgolette"',
    "l'apostrofo",
    "tre...",
    "a -- b",
    "<!-- commento -->",
    "“q”",
    "1. punto",
    "- trattino",
    "<address>via</address>",
    "<code>a &lt; b</code>",
    "&amp;",
    "Source: http://s.example/a?b=1&c=2",
    '<p style="text-align: justify;">giust</p>',
    '<div class="x">in div</div>',
    "<blockquote><p>cit</p></blockquote>",
    "<blockquote>cit senza p\n\ndue</blockquote>",
    '<object><param name="a" /><embed src="x" /></object>',
)

# Of the block editor: whole blocks, and classic text between them. A line of dashes parts two of them.
BLOCKS = """
<!-- wp:paragraph -->
<p>Uno <em>due</em></p>
<!-- /wp:paragraph -->
-----
<!-- wp:heading {"level":3} -->
<h3>T</h3>
<!-- /wp:heading -->
-----
<!-- wp:quote -->
<blockquote class="wp-block-quote"><!-- wp:paragraph -->
<p>cit</p>
<!-- /wp:paragraph --><cite>x</cite></blockquote>
<!-- /wp:quote -->
-----
<!-- wp:list -->
<ul><!-- wp:list-item -->
<li>a</li>
<!-- /wp:list-item --></ul>
<!-- /wp:list -->
-----
<!-- wp:more {"customText":"Ancora"} -->
<!--more Ancora-->
<!-- /wp:more -->
-----
<!-- wp:spacer -->
<div style="height:100px" aria-hidden="true" class="wp-block-spacer"></div>
<!-- /wp:spacer -->
-----
<!-- wp:html -->
<div>raw

html</div>
<!-- /wp:html -->
-----
<!-- wp:shortcode -->
[sic]
<!-- /wp:shortcode -->
-----
<!-- wp:separator -->
<hr class="wp-block-separator"/>
<!-- /wp:separator -->
-----
<!-- wp:columns -->
<div class="wp-block-columns"><!-- wp:column -->
<div class="wp-block-column"><!-- wp:paragraph -->
<p>col</p>
<!-- /wp:paragraph --></div>
<!-- /wp:column --></div>
<!-- /wp:columns -->
-----
classico

fra i blocchi
-----
<!-- wp:verse -->
<pre class="wp-block-verse">a
b</pre>
<!-- /wp:verse -->
-----
<!-- wp:group {"a":{"b":"c"}} -->
<div class="wp-block-group"><!-- wp:paragraph {"dropCap":true} -->
<p class="has-drop-cap">gr</p>
<!-- /wp:paragraph --></div>
<!-- /wp:group -->
-----
<!-- wp:embed {"url":"https://x.example/v"} -->
<figure class="wp-block-embed"><div class="wp-block-embed__wrapper">
https://x.example/v
</div></figure>
<!-- /wp:embed -->
-----
<!-- wp:pullquote -->
<figure class="wp-block-pullquote"><blockquote><p>pq</p></blockquote></figure>
<!-- /wp:pullquote -->
-----
<!-- wp:details -->
<details class="wp-block-details"><summary>s</summary><!-- wp:paragraph -->
<p>d</p>
<!-- /wp:paragraph --></details>
<!-- /wp:details -->
""".strip().split("\n-----\n")


def some_contents(count: int, chance: random.Random) -> list[str]:
    return [_classic(chance) if chance.random() < 0.8 else _in_blocks(chance) for _ in range(count)]


def _classic(chance: random.Random) -> str:
    pieces = (chance.choice(PIECES) for _ in range(chance.randrange(1, 9)))
    return "".join(piece + (" " if chance.random() < 0.3 else "") for piece in pieces)


def _in_blocks(chance: random.Random) -> str:
    return "\n\n".join(chance.choice(BLOCKS) for _ in range(chance.randrange(1, 7)))
