"""A newsroom's own templates: before the house's, in a sandbox, and tried before anything is replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from curator.errors import TemplateBroken
from curator.publish import pages, specimen
from curator.publish.site import Site
from curator.publish.templating import Templates, house, templates_in
from publishing import SITE

Write = Callable[[str, str], Site]


@pytest.fixture
def with_own(tmp_path: Path) -> Write:
    """Write one template of the newsroom's own; the site that has it."""

    def write(name: str, words: str) -> Site:
        folder = tmp_path / "templates"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(words, encoding="utf-8")
        return replace(SITE, templates=Templates(folder))

    return write


def test_a_newsrooms_own_part_stands_in_the_houses_pages(with_own: Write) -> None:
    site = with_own("footer.html", "<footer>{{ edition.organisation }}, Milano</footer>")

    specimen.check(site)

    assert "<footer>AICEX, Milano</footer>" in pages.about(site).decode()
    assert "Milano" not in pages.about(SITE).decode()


def test_a_newsrooms_own_style_goes_before_the_houses(with_own: Write) -> None:
    site = with_own("style.css", "body { color: #123456 }")

    assert pages.shared(site)["style.css"] == b"body { color: #123456 }"
    assert pages.shared(site)["search.js"] == pages.shared(SITE)["search.js"]


@pytest.mark.parametrize(
    ("name", "words", "line", "cause"),
    [
        ("about.html", "\n\n{% if %}", 3, "Expected an expression"),
        ("mine.html", "{{ }", 1, "unexpected '}'"),
        ("meta.html", "a\n{{ nobody.knows }}", 2, "'nobody' is undefined"),
        ("footer.html", "{{ edition.title|shouted }}", 1, "No filter named 'shouted'"),
        ("body.html", "\n{{ item.price }}", 2, "no attribute 'price'"),
        ("leaf.html", "{% if newer %}{{ 1 / 0 }}{% endif %}", 1, "ZeroDivisionError"),
        ("letter.html", "{% include 'missing.html' %}", 1, "missing.html"),
        # Out of the sandbox:
        ("item.html", "{{ ''.__class__.__mro__ }}", 1, "'__class__'"),
        ("head.html", "{{ '{0.__class__}'.format(site) }}", 1, "'__class__'"),
        ("index.html", "{{ label.__globals__ }}", 1, "'__globals__'"),
        ("base.html", "{% include '../../../etc/passwd' %}", 1, "TemplateNotFound"),
        ("navigation.html", "{{ site.templates.source('/etc/passwd') }}", 1, "FileNotFoundError"),
        ("month.html", "{% do shown.clear() %}", 1, "unknown tag 'do'"),
        # Without end:
        ("search.html", "{% for n in range(10**9) %}x{% endfor %}", 1, "OverflowError"),
        ("card.html", "{{ 'x' * 10**9 }}", 1, "OverflowError"),
        ("feed.html", "{{ 9**9**9 }}", 1, "OverflowError"),
        ("listing.html", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 1, "RecursionError"),
        ("channel.html", "{% extends 'channel.html' %}", 1, "RecursionError"),
    ],
)
def test_a_broken_template_is_told_with_its_file_and_line(
    with_own: Write, name: str, words: str, line: int, cause: str
) -> None:
    site = with_own(name, words)

    with pytest.raises(TemplateBroken) as told:
        specimen.check(site)

    assert told.value.reason == "template_broken"
    assert Path(told.value.data["path"]).name == name
    assert Path(told.value.data["path"]).is_file()
    assert told.value.data["line"] == line
    assert cause in told.value.data["cause"]


def test_every_template_of_the_house_is_tried(tmp_path: Path) -> None:
    for name in house().names:
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_text("{{ nobody }}")

        with pytest.raises(TemplateBroken) as told:
            specimen.check(replace(SITE, templates=Templates(folder)))

        assert told.value.data["path"] == str(folder / name)


def test_a_page_that_never_ends_is_stopped(with_own: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("curator.publish.templating._LONGEST", 100_000)
    twice = "{% for n in range(9999) %}{% for m in range(9999) %}xxxx{% endfor %}{% endfor %}"

    with pytest.raises(TemplateBroken, match="OverflowError"):
        specimen.check(with_own("404.html", twice))


def test_what_goes_wrong_with_one_item_only_is_told_the_same_way(with_own: Write) -> None:
    site = with_own("withdrawn.html", "\n{% if public_note == 'x' %}{{ nobody }}{% endif %}")
    specimen.check(site)

    with pytest.raises(TemplateBroken) as told:
        site.templates.render("withdrawn.html", public_note="x")

    assert told.value.data["line"] == 2


def test_templates_are_read_anew_when_one_of_them_changed(tmp_path: Path) -> None:
    (tmp_path / "footer.html").write_text("one")
    first = templates_in(tmp_path)
    assert templates_in(tmp_path) is first

    (tmp_path / "footer.html").write_text("another")

    assert templates_in(tmp_path) is not first
    assert templates_in(tmp_path).fingerprint != first.fingerprint != house().fingerprint


def test_the_houses_own_templates_need_no_trial_and_stand_it() -> None:
    SITE.templates.compile()

    site = replace(SITE, templates=house().watched())
    for name, page in chain(specimen.specimens(site), specimen.answers(site)):
        assert page.rstrip().endswith(b"</html>"), name
        assert b"None" not in page, name
        assert b"{{" not in page, name
