"""What bringing an existing blog costs: reading a WordPress export alone, a first import, and later ones.

python benchmarks/importing.py [--posts 1000 5000 10000] [--keep FOLDER]

The export is made here: posts of about 300 words with a note and its label, a picture and its caption, a
quotation in another language and the address of its source; each has a featured picture of its own.
Reading is what every import begins with; the second import finds everything as it is and changes nothing, and
the rehearsal does the same to a copy. Each is a process of its own, each size has a newsroom of its own. Peak
memory is of all processes, in MiB; reading twenty posts is the floor.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Cost, measure

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from wxr import BLOG, TAIL, Exported, a_picture, head

READING = "import sys; from pathlib import Path; from curator.importing import wxr; "
READING += "print(sum(1 for _ in wxr.read(Path(sys.argv[1]))))"
OURS = (
    "una promessa mantenuta vale più di mille parole e il cliente che ne ha avuta una lo racconta agli altri"
).split()
THEIRS = (
    "the customer who was promised something remembers it for years and doesn't forget what the company said"
    ' about its service when "nobody" was listening to him or to her - not even once'
).split()
FLOOR = 20


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--posts", type=int, nargs="+", default=[1_000, 5_000, 10_000])
    asked.add_argument("--keep", type=Path, help="make the export and the newsroom here, and leave them")
    wanted = asked.parse_args()
    with TemporaryDirectory() as folder:
        here = wanted.keep or Path(folder)
        here.mkdir(parents=True, exist_ok=True)
        print(f"{'':<28}{'processor s':>12}{'wall s':>10}{'ms a post':>12}{'peak MiB':>11}")
        _say("reading twenty posts", FLOOR, _cost(here, _reading(_export(here, FLOOR))))
        for posts in wanted.posts:
            _measure(here, posts)


def _measure(here: Path, posts: int) -> None:
    export = _export(here, posts)
    print(f"{posts} posts, {export.stat().st_size / 2**20:.0f} MiB")
    curator: list[str | Path] = [sys.executable, "-m", "curator", "--newsroom", here / f"newsroom-{posts}"]
    _cost(here, [*curator[:3], "init", here / f"newsroom-{posts}"])
    bring = [*curator, "import", "--json", export]
    _say("reading", posts, _cost(here, _reading(export)))
    _say("the first import", posts, _cost(here, bring))
    _say("the second import", posts, _cost(here, bring))
    _say("a rehearsal of it", posts, _cost(here, [*bring, "--dry-run"]))


def _reading(export: Path) -> list[str | Path]:
    return [sys.executable, "-c", READING, export]


def _cost(here: Path, command: list[str | Path]) -> Cost:
    return measure(command, environ=os.environ, output=here / "said.txt")


def _say(what: str, posts: int, cost: Cost) -> None:
    each = 1000 * cost.cpu / posts
    print(
        f"  {what:<26}{cost.cpu:>12.2f}{cost.wall:>10.2f}{each:>12.2f}{cost.peak / 2**20:>11.0f}", flush=True
    )


def _export(here: Path, posts: int) -> Path:
    path = here / f"export-{posts}.xml"
    chance = random.Random(posts)
    with path.open("w", encoding="utf-8") as export:
        export.write(head())
        for n in range(1, 2 * posts, 2):
            export.write(_post(n, chance).xml())
            export.write(a_picture(n + 1, f"{BLOG}/wp-content/uploads/{n}.jpg", alt="Una sala").xml())
        export.write(TAIL)
    return path


def _post(number: int, chance: random.Random) -> Exported:
    quoted = "\n\n".join(_sentence(THEIRS, chance) for _ in range(12))
    note = f"NOTA AICEX: {_sentence(OURS, chance)} {_sentence(OURS, chance)}"
    picture = f'[caption width="300"]<img src="{BLOG}/{number}.jpg" alt="" /> Una <em>sala</em>[/caption]'
    source = f"Source: https://journal{number % 50}.example/a/{number}"
    day = f"20{number % 15 + 10}-{number % 12 + 1:02}-{number % 28 + 1:02}"
    return Exported(
        number=number,
        title=f"{_sentence(OURS, chance)[:50]} {number}",
        content=f"{note}\n\n{picture}\n\n{quoted}\n\n<!--more-->\n\n{source}",
        link=f"{BLOG}/{day[:4]}/{day[5:7]}/post-{number}/",
        date_gmt=f"{day} 09:{number % 60:02}:00",
        modified_gmt=f"{day} 09:{number % 60:02}:00",
        categories=(("category", "cx", f"Tema {number % 20}"), ("post_tag", "t", f"parola {number % 300}")),
        meta=(("_thumbnail_id", str(number + 1)),),
    )


def _sentence(words: list[str], chance: random.Random) -> str:
    return " ".join(chance.choices(words, k=24)).capitalize() + "."


if __name__ == "__main__":
    main()
