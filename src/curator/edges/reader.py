"""What runs inside a worker process: one document after the other, within limits.

Started by `edges.readers` as `python -m curator.edges.reader CPU_SECONDS MEMORY_BYTES`.
Requests come on standard input, answers go to what was standard output; both
are length and MessagePack. End of input means that the parent is gone.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

import msgspec

from curator.model import FeedLink, ParsedFeed, Unreadable

LENGTH_BYTES = 8
OUT_OF_MEMORY = 3  # exit status; what else was lost in that moment is unknown, so the worker ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`now` is None when the links of a page are wanted, not the entries of a feed."""

    body: bytes
    content_type: str | None
    url: str
    now: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    feed: ParsedFeed | None = None
    unreadable: Unreadable | None = None
    links: tuple[FeedLink, ...] = ()


def encoded(message: Request | Answer) -> bytes:
    payload = msgspec.msgpack.encode(message)
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload


def main() -> None:
    # Imported here: the parent reads this file for the messages alone, and has no use for feedparser.
    import curator.extract
    import curator.ingest.parse  # noqa: F401  loaded before the memory limit counts

    cpu_seconds, memory_bytes = float(sys.argv[1]), int(sys.argv[2])
    answers = _own_the_pipe()
    # Ctrl-C is the parent's to answer; it ends us by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        while (request := _next(sys.stdin.buffer)) is not None:
            # The signal itself ends the process: no Python has to run for it, so no loop in C outlasts it.
            signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
            answer = encoded(_answer(request))
            signal.setitimer(signal.ITIMER_PROF, 0)
            answers.write(answer)
            answers.flush()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BrokenPipeError:
        os._exit(0)  # the parent is gone


def _own_the_pipe() -> BinaryIO:
    """Keep the answers' pipe, and let anything that prints to standard output print to nowhere."""
    pipe = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return pipe


def _next(requests: BinaryIO) -> Request | None:
    length = requests.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    payload = requests.read(int.from_bytes(length, "big"))
    return msgspec.msgpack.decode(payload, type=Request)


def _answer(request: Request) -> Answer:
    from curator.extract import feed_links
    from curator.ingest.parse import parse

    if request.now is None:
        return Answer(links=feed_links(request.body, content_type=request.content_type, url=request.url))
    outcome = parse(request.body, content_type=request.content_type, url=request.url, now=request.now)
    return Answer(unreadable=outcome) if isinstance(outcome, Unreadable) else Answer(feed=outcome)


if __name__ == "__main__":
    main()
