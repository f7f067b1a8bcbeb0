"""The schematic outlines of territories, held to towns that must lie inside or outside.

Source: the towns that the documents name in or outside each territory, at their GeoNames points.
"""

from __future__ import annotations

import pyoxigraph as ox
import pytest
import yaml

from loader.workspace import open_workspace

LINKS = open_workspace(None).seeds / "links"
SF_WITHIN = "http://www.opengis.net/def/function/geosparql/sfWithin"
WKT = ox.NamedNode("http://www.opengis.net/ont/geosparql#wktLiteral")

CASES = [
    ("territory/vilnius-region-1920", "place/vilnius", True),
    ("territory/vilnius-region-1920", "place/hrodna", True),
    ("territory/vilnius-region-1920", "place/lida", True),
    ("territory/vilnius-region-1920", "place/braslaw", True),
    ("territory/vilnius-region-1920", "place/pastavy", True),
    ("territory/vilnius-region-1920", "place/kaunas", False),
    ("territory/vilnius-region-1920", "place/suwalki", False),
    ("territory/vilnius-region-transferred-1939", "place/vilnius", True),
    ("territory/vilnius-region-transferred-1939", "place/naujoji-vilnia", True),
    ("territory/vilnius-region-transferred-1939", "place/druskininkai", False),
    ("territory/vilnius-region-transferred-1939", "place/svencionys", False),
    ("territory/vilnius-region-transferred-1939", "place/lida", False),
    ("territory/klaipeda-region", "place/klaipeda", True),
    ("territory/klaipeda-region", "place/kaunas", False),
    ("territory/suwalki-region", "place/suwalki", True),
    ("territory/suwalki-region", "place/augustow", True),
    ("territory/suwalki-region", "place/sejny", True),
    ("territory/suwalki-region", "place/hrodna", False),
    ("territory/suvalkija-strip", "place/suwalki", False),
    ("territory/suvalkija-strip", "place/kaunas", False),
]


def links() -> list[tuple[str, dict[str, str]]]:
    """Return (thing, entry) of every outside link, in the order of the files."""
    return [
        (record["about"], entry)
        for file in sorted(LINKS.glob("*.yaml"))
        for record in yaml.load(file.read_bytes(), Loader=yaml.BaseLoader)  # noqa: S506 (as text)
        for entry in record["links"]
    ]


OUTLINES = {thing: entry for thing, entry in links() if "asWKT" in entry}
POINTS = {thing: (entry["long"], entry["lat"]) for thing, entry in links() if "lat" in entry}


@pytest.mark.parametrize(("territory", "town", "inside"), CASES)
def test_outline_keeps_towns_on_their_side(territory: str, town: str, inside: bool) -> None:
    """A schematic outline may be wrong by its accuracy, not by a town."""
    point = ox.Literal(f"POINT ({' '.join(POINTS[town])})", datatype=WKT)
    outline = ox.Literal(OUTLINES[territory]["asWKT"], datatype=WKT)

    answer = ox.Store().query(f"ASK {{ FILTER( <{SF_WITHIN}>( {point}, {outline} ) ) }}")

    assert isinstance(answer, ox.QueryBoolean)
    assert inside == bool(answer)


def test_every_outline_says_that_it_is_schematic_and_how_wrong_it_may_be() -> None:
    """No outline passes for a border."""
    assert OUTLINES
    for thing, entry in OUTLINES.items():
        assert entry["schematic"] == "true", thing
        assert float(entry["accuracyMetres"]) >= 10000, thing
        assert entry["note"], thing
