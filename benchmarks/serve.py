"""How many readers one core answers: `curator serve` beside nginx, with the same files.

python benchmarks/serve.py [--rounds 7] [--seconds 2] [--items 60] [--connections 16]

A newsroom with so many published items; its `feed.atom` has the newest 50. `serve` runs as shipped, nginx
with one worker, sendfile, gzip_static and open_file_cache, both pinned to the first core; wrk (Debian's) asks
from the second, one thread, connections kept alive. Rounds alternate between the two, so that what else this
machine does falls on both; medians count, and the ratio is of two figures of one run.

Beside the rate stands what one answer cost in processor time of the server, kernel included: where other
programs take the core now and then, it says more than the rate.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, a_source
from curator.curate.usecases import approve, write
from curator.curate.writing import Writing
from curator.store import Store

PATH = "/feed.atom"
SERVERS_CORE, CLIENTS_CORE = "0", "1"
WANTED = {"conditional": 0.25, "full": 0.33, "full, gzip": 0.33}

NGINX = """{user}
daemon off; worker_processes 1; pid {root}/nginx.pid; error_log {root}/error.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; keepalive_timeout 60;
  client_body_temp_path {root}/tmp; proxy_temp_path {root}/tmp;
  fastcgi_temp_path {root}/tmp; uwsgi_temp_path {root}/tmp; scgi_temp_path {root}/tmp;
  gzip_static on; gzip_vary on; open_file_cache max=1000;
  types {{ application/atom+xml atom; text/html html; }}
  server {{ listen 127.0.0.1:{port}; root {public}; }}
}}
"""


@dataclass(frozen=True)
class Server:
    name: str
    port: int
    pid: int


@dataclass(frozen=True)
class Round:
    """`cost`: microseconds of the server's processor time for an answer."""

    rate: float
    cost: float


def main() -> None:
    wanted = _arguments()
    wrk = _program("wrk", "wrk")
    with TemporaryDirectory() as folder:
        newsroom = Path(folder) / "newsroom"
        _publish(newsroom, wanted.items)
        size = (newsroom / "public" / PATH[1:]).stat().st_size
        with _nginx(Path(folder), newsroom / "public") as nginx, _serve(newsroom) as serve:
            print(
                f"{PATH}: {size} bytes; {wanted.connections} connections, {wanted.rounds} rounds", flush=True
            )
            print(f"{'':<14}{'serve':>18}{'nginx':>20}{'rate':>9}{'cost':>7}  wanted")
            for name, least in WANTED.items():
                found = _compared(name, serve, nginx, [wrk, *_options(wanted)], wanted.rounds)
                _report(name, found, least)


def _compared(
    name: str, serve: Server, nginx: Server, wrk: list[str], rounds: int
) -> dict[str, tuple[float, float]]:
    """By server the medians of rate and cost."""
    done: dict[str, list[Round]] = {serve.name: [], nginx.name: []}
    for n in range(rounds + 1):
        for server in (serve, nginx) if n % 2 else (nginx, serve):
            measured = _asked(server, wrk, _fields(name, server))
            if n:  # the first fills memory on both sides
                done[server.name].append(measured)
    return {
        one: (statistics.median(r.rate for r in found), statistics.median(r.cost for r in found))
        for one, found in done.items()
    }


def _asked(server: Server, wrk: list[str], fields: dict[str, str]) -> Round:
    headers = [word for name, value in fields.items() for word in ("-H", f"{name}: {value}")]
    before = _processor_time(server.pid)
    command = ["taskset", "-c", CLIENTS_CORE, *wrk, *headers, f"http://127.0.0.1:{server.port}{PATH}"]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    spent = _processor_time(server.pid) - before
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{server.name} did not answer all of them:\n{said}")
    asked, rate = re.search(r"(\d+) requests in", said), re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert asked
    assert rate
    return Round(float(rate[1]), spent / int(asked[1]) * 1e6)


def _fields(name: str, server: Server) -> dict[str, str]:
    coding = {"Accept-Encoding": "gzip"} if name.endswith("gzip") else {}
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    line.request("GET", PATH, headers=coding)
    answer = line.getresponse()
    packed = answer.getheader("Content-Encoding") == "gzip"
    tag = answer.getheader("ETag") or ""
    line.close()
    assert packed == bool(coding), (server.name, answer.getheaders())
    return coding | ({"If-None-Match": tag} if name == "conditional" else {})


def _report(name: str, found: dict[str, tuple[float, float]], least: float) -> None:
    (ours, our_cost), (theirs, their_cost) = found["serve"], found["nginx"]
    print(
        f"{name:<14}{ours:>8.0f}/s {our_cost:>5.1f} µs {theirs:>10.0f}/s {their_cost:>5.1f} µs"
        f"{ours / theirs:>8.2f}{their_cost / our_cost:>7.2f}  ≥ {least}",
        flush=True,
    )


def _processor_time(pid: int) -> float:
    """User and system time, of the process and of nobody else."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ── the two ──


@contextmanager
def _serve(newsroom: Path) -> Iterator[Server]:
    command = ["taskset", "-c", SERVERS_CORE, _curator(), "serve", "--port", "0", "--json"]
    process = subprocess.Popen(
        command, env=_environ(newsroom), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout
    said = "".join(iter(lambda: process.stdout.readline().decode(), "}\n"))  # type: ignore[union-attr]
    try:
        yield Server("serve", json.loads(said + "}")["port"], process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@contextmanager
def _nginx(root: Path, public: Path) -> Iterator[Server]:
    port = 18_089
    (root / "tmp").mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    (root / "nginx.conf").write_text(NGINX.format(user=user, root=root, public=public, port=port))
    nginx = _program("nginx", "nginx-light")
    process = subprocess.Popen(["taskset", "-c", SERVERS_CORE, nginx, "-c", root / "nginx.conf"])
    try:
        yield Server("nginx", port, _worker(process.pid))
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait()


def _worker(master: int) -> int:
    children = Path(f"/proc/{master}/task/{master}/children")
    for _ in range(100):
        if found := children.read_text().split():
            return int(found[0])
        time.sleep(0.05)
    raise SystemExit("nginx did not start")


# ── what they answer with ──


def _publish(newsroom: Path, items: int) -> None:
    environ = _environ(newsroom)
    subprocess.run([_curator(), "init", newsroom], env=environ, stdout=subprocess.DEVNULL, check=True)
    store = Store(f"sqlite:///{newsroom / 'data/curator.db'}")
    dice = random.Random(5)
    words = ["".join(dice.choices("abcdefghilmnoprstuvz", k=dice.randint(2, 10))) for _ in range(2_000)]
    for n in range(items):
        paragraphs = (" ".join(dice.choices(words, k=60)) for _ in range(3))
        source_id = a_source(store, url=f"https://{n}.example/feed")
        item_id = a_queued_item(
            store, source_id=source_id, title=f"A title {n}", html="".join(f"<p>{p}.</p>" for p in paragraphs)
        )
        said = Writing(headline=f"Un titolo {n}", note=" ".join(dice.choices(words, k=40)))
        write(store, item_id, said, by=MARTA, settings=SETTINGS, edition=ITALIAN, now=NOW)
        approve(store, [item_id], by=MARTA, settings=SETTINGS, edition=ITALIAN, now=NOW)
    store.close()
    subprocess.run([_curator(), "publish"], env=environ, stdout=subprocess.DEVNULL, check=True)


def _environ(newsroom: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(newsroom), "CURATOR_NEWSROOM": str(newsroom)}


def _curator() -> str:
    return str(Path(sys.executable).with_name("curator"))


def _program(name: str, package: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise SystemExit(f"{name} is needed (Debian: apt-get install {package})")
    return found


def _options(wanted: argparse.Namespace) -> list[str]:
    return ["-t1", f"-c{wanted.connections}", f"-d{wanted.seconds}"]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--items", type=int, default=60)
    parser.add_argument("--connections", type=int, default=16)
    return parser.parse_args()


if __name__ == "__main__":
    main()
