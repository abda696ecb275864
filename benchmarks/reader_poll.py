"""lemon24/reader as its documentation says to use it; run by the Python of a virtual environment of its own.

python reader_poll.py DATABASE add FILE-OF-URLS | poll
"""

from __future__ import annotations

import sys
from pathlib import Path

from reader import make_reader

if __name__ == "__main__":
    reader = make_reader(sys.argv[1])
    if sys.argv[2] == "add":
        for url in Path(sys.argv[3]).read_text().split():
            reader.add_feed(url)
    else:
        reader.update_feeds(workers=20, scheduled=False)
    reader.close()
