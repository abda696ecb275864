"""Every key of the desk, what it does and where: the foot of the screen and `?` are made of it."""

from __future__ import annotations

from dataclasses import dataclass

LIST, READER, TYPING = "list", "reader", "typing"
READING = frozenset({LIST, READER})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDoes:
    """`keys` as textual names them; `shown` as one reads them; `foot`: stands at the foot of the screen."""

    keys: str
    shown: str
    action: str
    where: frozenset[str] = READING
    foot: bool = False

    @property
    def name(self) -> str:
        """As the catalogues call it; one that types has the sentence of the one that reads."""
        return self.action.partition("(")[0].removesuffix("_typing")


def _only(*where: str) -> frozenset[str]:
    return frozenset(where)


KEYS: tuple[KeyDoes, ...] = (
    KeyDoes(keys="enter", shown="enter", action="write", where=_only(LIST), foot=True),
    KeyDoes(keys="enter", shown="enter", action="quote", where=_only(READER), foot=True),
    KeyDoes(keys="space", shown="space", action="mark", where=_only(READER), foot=True),
    KeyDoes(keys="asterisk", shown="*", action="mark_all", where=_only(READER)),
    KeyDoes(keys="backspace", shown="backspace", action="unmark", where=_only(READER)),
    KeyDoes(keys="e", shown="e", action="edit", where=READING),
    KeyDoes(keys="m", shown="m", action="read", where=_only(LIST), foot=True),
    KeyDoes(keys="c", shown="c", action="claim", foot=True),
    KeyDoes(keys="s", shown="s", action="skip", foot=True),
    KeyDoes(keys="S", shown="S", action="skip_because"),
    KeyDoes(keys="o", shown="o", action="browse", foot=True),
    KeyDoes(keys="n", shown="n", action="next", foot=True),
    KeyDoes(keys="N", shown="N", action="previous"),
    KeyDoes(keys="f", shown="f", action="fix"),
    KeyDoes(keys="p", shown="p", action="preview", foot=True),
    KeyDoes(keys="a", shown="a", action="approve", foot=True),
    KeyDoes(keys="A", shown="A", action="approve_at"),
    KeyDoes(keys="u", shown="u", action="undo", foot=True),
    KeyDoes(keys="r", shown="r", action="release"),
    KeyDoes(keys="t", shown="t", action="take_over"),
    KeyDoes(keys="w", shown="w", action="waive"),
    KeyDoes(keys="C", shown="C", action="comment"),
    KeyDoes(keys="B", shown="B", action="send_back"),
    KeyDoes(keys="at", shown="@", action="assign"),
    KeyDoes(keys="T", shown="T", action="suggest"),
    KeyDoes(keys="Y", shown="Y", action="accept"),
    KeyDoes(keys="d", shown="d", action="changes"),
    KeyDoes(keys="slash", shown="/", action="search"),
    KeyDoes(keys="v", shown="v", action="views"),
    KeyDoes(keys="j,down", shown="↓ j", action="move(1)"),
    KeyDoes(keys="k,up", shown="↑ k", action="move(-1)"),
    KeyDoes(keys="pagedown", shown="PgDn", action="page(1)"),
    KeyDoes(keys="pageup", shown="PgUp", action="page(-1)"),
    KeyDoes(keys="home,g", shown="Home g", action="end(False)"),
    KeyDoes(keys="end,G", shown="End G", action="end(True)"),
    KeyDoes(keys="right,l", shown="→ l", action="sentence(1)", where=_only(READER)),
    KeyDoes(keys="left,h", shown="← h", action="sentence(-1)", where=_only(READER)),
    KeyDoes(keys="escape", shown="Esc", action="leave", where=_only(READER, TYPING), foot=True),
    KeyDoes(keys="escape", shown="Esc", action="all_again", where=_only(LIST)),
    KeyDoes(keys="enter", shown="enter", action="headline_done", where=_only(TYPING)),
    KeyDoes(keys="tab", shown="Tab", action="field(1)", where=_only(LIST, READER, TYPING)),
    KeyDoes(keys="shift+tab", shown="⇧Tab", action="field(-1)", where=_only(LIST, READER, TYPING)),
    KeyDoes(keys="ctrl+s", shown="^S", action="save", where=_only(TYPING), foot=True),
    KeyDoes(keys="f8", shown="F8", action="fix_typing", where=_only(TYPING), foot=True),
    KeyDoes(keys="ctrl+p", shown="^P", action="preview_typing", where=_only(TYPING), foot=True),
    KeyDoes(keys="f2", shown="F2", action="read_typing", where=_only(TYPING), foot=True),
    KeyDoes(keys="f6", shown="F6", action="settle", where=_only(LIST, READER, TYPING)),
    KeyDoes(keys="f5", shown="F5", action="reload", where=READING),
    KeyDoes(keys="D", shown="D", action="dark"),
    KeyDoes(keys="question_mark,f1", shown="?", action="help", foot=True),
    KeyDoes(keys="f1", shown="F1", action="help_typing", where=_only(TYPING), foot=True),
    KeyDoes(keys="q", shown="q", action="quit", foot=True),
)
