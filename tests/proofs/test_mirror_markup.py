"""PROOF=1: a real WordPress keeps each element and attribute that we write, whoever writes it."""

from __future__ import annotations

import pytest

from curator.publish.mirror import inert
from wordpress import Wordpress

VALUES = {
    "cite": "https://x.example/?a=1&amp;b=2",
    "colspan": "2",
    "href": "https://x.example/a?b=1&c=[d]#é",
    "rel": "license",
    "rowspan": "2",
    "start": "4",
    "value": "3",
}
TEXT = "testo [x] https://y.example/ &amp; &lt; ' \" é 😀 &nbsp; &shy; --- ... (c)"
INSIDE = {
    "td": "<table><tbody><tr>{}</tr></tbody></table>",
    "th": "<table><tbody><tr>{}</tr></tbody></table>",
    "tr": "<table><tbody>{}</tbody></table>",
    **dict.fromkeys(("tbody", "thead", "tfoot", "caption", "colgroup"), "<table>{}</table>"),
    "li": "<ul>{}</ul>",
}


def every_element() -> str:
    pieces = ["<p>a<br>b</p><hr>"]
    for tag in sorted(inert.TAGS - {"br", "hr", "col"}):
        said = "".join(f' {key}="{VALUES[key]}"' for key in sorted(inert.ATTRIBUTES.get(tag, ())))
        whole = f'<{tag} lang="en" dir="rtl" title="a &quot;b&quot; [c] \'d\'"{said}>{TEXT}</{tag}>'
        pieces.append(INSIDE.get(tag, "{}").format(whole))
    return inert.block("\n".join(pieces))


@pytest.mark.parametrize("role", ["administrator", "editor", "author", "contributor"])
def test_every_element_and_attribute_is_kept(wordpress: Wordpress, role: str) -> None:
    content = every_element()
    said = {"title": inert.heading("[A] & <B>"), "content": content, "excerpt": inert.words(TEXT)}

    made = wordpress.ask("/wp-json/wp/v2/posts?context=edit", method="POST", user=role, said=said).json

    assert made["content"]["raw"] == content
    assert (made["title"]["raw"], made["excerpt"]["raw"]) == (said["title"], said["excerpt"])
    assert "<iframe" not in made["content"]["rendered"]
    assert "&#091;x&#093;" in made["content"]["rendered"]
