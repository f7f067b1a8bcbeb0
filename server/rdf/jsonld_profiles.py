"""JSON-LD in its other forms (expanded, compacted, flattened): the one door to PyLD.

The document loader gives the release's own context and nothing else: no address in a document or
a request ever makes a connection.
"""

import json
from collections.abc import Mapping
from typing import Any

from server.errors import ServerError

NAMESPACE = "http://www.w3.org/ns/json-ld#"
COMPACTED = NAMESPACE + "compacted"
EXPANDED = NAMESPACE + "expanded"
FLATTENED = NAMESPACE + "flattened"
PROFILES = (COMPACTED, EXPANDED, FLATTENED)
"""Values of the `profile` parameter, the one sent without being asked for first."""


def change_profile(
    tree: Mapping[str, Any], profile: str, address: str, context: Mapping[str, Any]
) -> Any:
    """A document in another of its forms.

    Args:
        tree: The compacted document; its `@context` is `address` or an object.
        profile: One of `PROFILES`.
        address: The context's address.
        context: The context document (`{"@context": …}`).

    Raises:
        ServerError: The processor refuses the document.
    """
    if profile == COMPACTED:
        return tree
    # Half of the server's start would go into this import, and few requests ask for it.
    from pyld import jsonld  # type: ignore[import-untyped]

    def load(url: str, _options: object) -> dict[str, Any]:
        if url != address:
            raise jsonld.JsonLdError(
                "only the context of this release is known here",
                "jsonld.LoadDocumentError",
                {"url": url},
                code="loading document failed",
            )
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": context,
        }

    options = {"documentLoader": load}
    try:
        if profile == EXPANDED:
            return jsonld.expand(tree, options)
        return jsonld.flatten(tree, {"@context": address}, options)
    except jsonld.JsonLdError as error:
        raise ServerError(f"the JSON-LD processor refused the document: {error.type}") from error


def write_json(tree: Any) -> bytes:
    """JSON for people: two spaces, no escapes, a final newline."""
    return json.dumps(tree, ensure_ascii=False, indent=2).encode() + b"\n"


def shorten_names(tree: Any, name: str, base: str) -> Any:
    """A tree whose nodes below a base have names relative to it; its context says the base.

    Args:
        tree: JSON-LD, without its context.
        name: The key of a node's name: `@id` or its alias.
        base: An address that ends in a slash.
    """
    if isinstance(tree, list):
        return [shorten_names(each, name, base) for each in tree]
    if not isinstance(tree, dict):
        return tree
    return {
        key: value.removeprefix(base) or value
        if key == name and isinstance(value, str)
        else shorten_names(value, name, base)
        for key, value in tree.items()
    }


def write_embedded(tree: Any) -> str:
    """JSON that can stand inside an HTML script element: `<`, `>` and `&` escaped."""
    text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
