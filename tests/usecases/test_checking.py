"""What the bytes of a mail cannot tell alone: whether the way out answers, and a signature is right."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from curator.edges.mail import open_mailer
from curator.errors import NotFound
from curator.ports import Mailroom
from curator.publish.checking import check_issue
from curator.store import Store
from curator.store import tables as t
from letters import PUBLIC_URL
from newsletter import SECRET, Newsletter, a_newsletter


@dataclass(frozen=True)
class Pen:
    """Signs in the name of nobody, and says whether that is right."""

    right: bool

    def sign(self, message: bytes, *, at: datetime) -> bytes:  # noqa: ARG002  the protocol's
        covered = b"from:from:to:subject:date:message-id:mime-version:content-type:list-id"
        way = b"list-unsubscribe:list-unsubscribe-post"
        return b"DKIM-Signature: v=1; d=aicex.example; h=" + covered + b":" + way + b"; b=eA==\r\n" + message

    def verifies(self, message: bytes) -> bool:  # noqa: ARG002  the same
        return self.right


@pytest.fixture(scope="module")
def newsletter(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsletter]:
    folder = tmp_path_factory.mktemp("checking")
    shutil.copyfile(sqlite_template, folder / "store.db")
    store = Store(f"sqlite:///{folder / 'store.db'}")
    made = a_newsletter(store, folder)
    made.with_(serve={"public_url": PUBLIC_URL})
    made.publish()
    assert made.close() is not None
    yield made
    store.close()


def found(newsletter: Newsletter, **room: Any) -> list[str]:
    problems = check_issue(
        newsletter.store,
        Mailroom(mailer=open_mailer(newsletter.settings.mail), **room),
        newsletter.settings,
        edition=newsletter.edition,
        secret=SECRET,
    )
    return [problem.code for problem in problems]


def test_an_ordinary_issue_may_leave(newsletter: Newsletter) -> None:
    assert found(newsletter) == []


def test_a_way_out_that_does_not_answer_keeps_it(newsletter: Newsletter) -> None:
    asked: list[str] = []

    def answers(url: str) -> str:
        asked.append(url)
        return "no answer"

    assert found(newsletter, answers=answers) == ["mail_unsubscribe_silent"]
    assert len(asked) == 1
    assert asked[0].startswith(f"{PUBLIC_URL}unsubscribe/it/0.")


def test_a_signature_that_others_would_not_take_keeps_it(newsletter: Newsletter) -> None:
    assert found(newsletter, signer=Pen(right=True)) == []
    assert found(newsletter, signer=Pen(right=False)) == ["mail_signature_wrong"]


def test_an_issue_that_an_older_program_closed_leaves_without_the_links_that_this_one_adds(
    newsletter: Newsletter,
) -> None:
    letter = newsletter.issue().letter
    older = {"text": letter.text, "html": letter.html}
    for url in ("https://rassegna.example/about/", f"{PUBLIC_URL}preferences/it"):
        older = {name: said.replace(url, "https://rassegna.example/") for name, said in older.items()}
    change(newsletter, **{name: said.encode() for name, said in older.items()})

    ours = found(newsletter)
    frozen = newsletter.issue().frozen
    change(newsletter, frozen=None)
    theirs = found(newsletter)

    assert (ours, theirs) == (["mail_privacy_missing", "mail_preferences_missing"], [])
    change(newsletter, html=letter.html.encode(), text=letter.text.encode(), frozen=frozen)


def change(newsletter: Newsletter, **values: Any) -> None:
    with newsletter.store.begin() as tx:
        tx.connection.execute(t.issues.update().values(values))


def test_of_no_issue_nothing_can_be_said(newsletter: Newsletter) -> None:
    with pytest.raises(NotFound):
        check_issue(
            newsletter.store,
            Mailroom(mailer=open_mailer(newsletter.settings.mail)),
            newsletter.settings,
            edition=newsletter.edition,
            number=99,
            secret=SECRET,
        )
