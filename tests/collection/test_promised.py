"""The addresses of the published releases of this collection are kept for every build."""

from __future__ import annotations

from loader.check.promises import read_promised
from tests.places import ROOT


def test_the_addresses_of_the_first_release_are_promised() -> None:
    """All 3,062 of them, with the property of each statement; every build holds itself to them."""
    promised = read_promised(ROOT / "seeds")["2026.11-76d9663d"]

    assert len(promised) == 3062
    assert promised["treaty/peace-1920"] == ""
    assert promised["statement/peace-1920--signed-july"] == "signedOn"
    assert sum(1 for address in promised if address.startswith("evidence/")) == 1090
