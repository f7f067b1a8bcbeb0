"""ontology/README.md accounts for every term that no record of this collection uses."""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.places import ROOT
from tests.realbuild import BASE, prepare_real

pytestmark = pytest.mark.slow

SECTION: Final = re.compile(r"^## Terms that this collection does not use\n(.*?)^## ", re.M | re.S)
DATA: Final = " ".join(
    f"<{BASE}graph/{name}>" for name in ("facts", "statements", "links", "inferred")
)
UNUSED: Final = f"""
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX pacta: <https://w3id.org/pacta/ns#>
SELECT DISTINCT ?term WHERE {{
  VALUES ?kind {{ owl:Class owl:ObjectProperty owl:DatatypeProperty skos:Concept }}
  GRAPH <{BASE}graph/vocabulary> {{ ?term a ?kind }}
  FILTER( STRSTARTS( STR(?term), "https://w3id.org/pacta/" ) )
  MINUS {{ ?term owl:deprecated true }}
  MINUS {{ ?term skos:inScheme <https://w3id.org/pacta/vocab/matter> }}
  MINUS {{ ?narrower skos:broader ?term }}
  MINUS {{ VALUES ?graph {{ {DATA} }} GRAPH ?graph {{ ?thing ?term ?value }} }}
  MINUS {{ VALUES ?graph {{ {DATA} }} GRAPH ?graph {{ ?thing ?property ?term }} }}
}}"""


def test_every_unused_term_is_accounted_for() -> None:
    """Classes, properties and concepts; the groups above other concepts need no use."""
    rows = prepare_real().store.select(UNUSED)
    assert not isinstance(rows, bool)
    unused = {re.split("ns#|vocab/", str(term))[-1] for (term,) in rows.rows}
    section = SECTION.search((ROOT / "ontology" / "README.md").read_text("utf-8"))
    assert section is not None
    accounted = set(re.findall(r"`([\w/-]+)`", section[1]))

    assert {"inForceUntil", "unit-kind/regiment"} <= unused
    assert unused - accounted == set()
