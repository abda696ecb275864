"""The search index: small, and without accents."""

from __future__ import annotations

import json

import pytest

from curator.publish import searching, showing
from publishing import SITE, a_publication, an_attribution, an_excerpt


@pytest.mark.parametrize(
    ("typed", "as_found"),
    [("Fedeltà", "fedelta"), ("L’ÉCOLE", "l’ecole"), ("ﬁne", "fine"), ("顧客", "顧客"), ("İ", "i")],
)
def test_accents_and_capitals_do_not_count(typed: str, as_found: str) -> None:
    assert searching.folded(typed) == as_found


def test_an_item_is_found_by_whatever_it_says_and_whoever_it_quotes() -> None:
    item = a_publication(
        1,
        headline="Perché restano",
        note="Una città felice, una città.",
        author="Marta",
        excerpt=an_excerpt("<p>Kept promises</p>", text="Kept promises"),
        attributions=(an_attribution(title="Zürich", authors=("Ada Smith",), publisher="Corriere"),),
        tags=("Fedeltà",),
    )

    [found] = json.loads(searching.shard([showing.show(item, site=SITE)]))

    assert found["a"] == "items/perche-i-clienti-se-ne-vanno-1.html"
    assert (found["h"], found["l"], found["t"]) == ("Perché restano", "it", ["Fedeltà"])
    assert found["w"].split() == (
        "perche restano una citta felice marta fedelta kept promises zurich ada smith corriere".split()
    )
