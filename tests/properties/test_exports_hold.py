"""Of whatever an editor typed no word is lost on the way out of a WordPress export."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from curator.importing import wxr
from curator.importing.wordpress import rendered
from curator.model.originals import LeftOut, Original
from wxr import TAIL, Exported, document, head, written

WORD = re.compile(r"[A-Za-z]{3}\d{4}")
# What stands between words in a post: all that this house knows of, well nested or not.
_MARKUP = st.sampled_from(
    [
        *"\n|\n\n| |\t|\r\n|<p>|</p>|<div>|</div>|<blockquote>|</blockquote>|<ul><li>|</li>|</ul>".split("|"),
        *"<pre>|</pre>|<h2>|</h2>|<br />|<script>|</script>|<img src='a'/>|\"|'|--|...|\u00a0".split("|"),
        *"<!--more-->|<!-- wp:paragraph -->|<!-- /wp:paragraph -->|<!-- wp:quote {} -->|<!--|-->".split("|"),
        *"[caption width='3']|[/caption]|[embed]|[/embed]|[gallery ids='1']|[box a='b']|[/box]".split("|"),
        *"]]>|<![CDATA[|</item>|<item>|&|&amp;|<|>|https://a.example/|[youtube |]|[".split("|"),
    ]
)
_NUMBERED = st.integers(0, 9999).map("wrd{:04d}".format)
CONTENTS = st.lists(_MARKUP | _NUMBERED, max_size=25).map("".join)
NAMES = st.text(st.characters(categories=("L", "Nd", "Zs")), max_size=30).map("N{}".format)
PIECES = st.binary(max_size=30) | st.sampled_from([b"<item>", b"</item>", b"<![CDATA[", b"]]>", b"<!--"])


@given(CONTENTS)
@example("<script>wrd0001\n\nwrd0002")
@example("[caption]wrd0001[/caption][caption]wrd0002")
def test_no_word_of_a_content_is_lost(content: str) -> None:
    """Every word is there as often as before, in its order; in a comment or an address, too."""
    assert WORD.findall(rendered(content)) == WORD.findall(content)


@given(st.lists(st.tuples(CONTENTS, NAMES, NAMES), max_size=4))
def test_an_export_reads_back(posts: list[tuple[str, str, str]]) -> None:
    items = [
        Exported(number=n, content=content, title=title, categories=(("post_tag", "t", tag),))
        for n, (content, title, tag) in enumerate(posts, start=1)
    ]
    with tempfile.TemporaryDirectory() as folder:
        told = [one for one in wxr.read(written(Path(folder), document(*items))) if isinstance(one, Original)]

    assert [(one.number, one.title, one.tags, one.html) for one in told] == [
        (n, " ".join(title.split()), (" ".join(tag.split()),), rendered(_bare(content)))
        for n, (content, title, tag) in enumerate(posts, start=1)
    ]


def _bare(content: str) -> str:
    # XML makes one line end of two characters, and the spaces around a field are nobody's.
    return content.replace("\r\n", "\n").strip()


@given(st.lists(PIECES, max_size=20))
def test_no_bytes_break_the_reader_or_take_the_others_along(pieces: list[bytes]) -> None:
    whole = Exported(number=1).xml().encode()
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), head().encode() + whole + b"".join(pieces) + whole + TAIL.encode())
        told = list(wxr.read(path))

    numbers = [one.number for one in told if isinstance(one, Original)]
    assert numbers[0] == 1
    assert all(isinstance(one, Original | LeftOut) for one in told)
