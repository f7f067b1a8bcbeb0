"""A seed file with all shorthands written out: plain YAML-LD, for whoever wants to see it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from rdflib import URIRef

from loader.errors import WorkspaceError
from loader.jsonld import write_jsonld
from loader.pipeline import Prepared
from loader.table import Table


def expand_file(prepared: Prepared, file: Path) -> str:
    """Return everything that a seed file says, and what is generated from it, as YAML-LD.

    The result is JSON-LD in YAML's notation: nodes with addresses, typed values, one context.

    Args:
        prepared: the whole collection, since entries refer to each other.
        file: one of its seed files.

    Raises:
        WorkspaceError: nothing in the collection comes from that file.
    """
    target = file.resolve()
    mine = {s for s, at in prepared.graph.origins.items() if at.path.resolve() == target}
    if not mine:
        raise WorkspaceError(
            "no record of this collection stands in this file",
            file,
            hint=f"Name a file below {prepared.workspace.seeds}.",
        )
    terms = prepared.table.terms
    wanted = {
        number
        for number, node in enumerate(terms.nodes)
        if str(node) in mine or str(node).partition("#")[0] in mine
    }
    rows = sorted({row for row in prepared.table.union if row[0] in wanted})
    table = Table(terms, {URIRef("urn:file"): rows})
    document: dict[str, Any] = json.loads(write_jsonld(table))
    document["@graph"] = document["@graph"][0]["@graph"]
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
