"""The service manifest (section 3.1): what the service is called and what it offers. Pure."""

from server.pages.cards import Desk
from server.rdf.model import PACTA
from server.reconciliation.asking import BATCH_SIZE
from server.reconciliation.collection import Cell, Collection

PATH = "/reconcile"
PREVIEW_WIDTH = 430
PREVIEW_HEIGHT = 300


def build_manifest(title: str, collection: Collection) -> Cell:
    """The manifest; its addresses are absolute, below the base of the release.

    Args:
        title: The title of the publication.
        collection: The release.
    """
    base = collection.desk.addresses.base

    def serve(path: str) -> Cell:
        return {"service_url": base.rstrip("/"), "service_path": PATH + path}

    return {
        "versions": ["0.2"],
        "name": title,
        "identifierSpace": f"{base}id/",
        "schemaSpace": PACTA,
        "documentation": f"{base}about",
        "defaultTypes": [collection.tell_type(name) for name in collection.types],
        "view": {"url": f"{base}id/{{{{id}}}}"},
        "preview": {
            "url": f"{base.rstrip('/')}{PATH}/preview?id={{{{id}}}}",
            "width": PREVIEW_WIDTH,
            "height": PREVIEW_HEIGHT,
        },
        "suggest": {name: serve(f"/suggest/{name}") for name in ("entity", "type", "property")},
        "extend": {
            "propose_properties": serve("/properties"),
            "property_settings": _list_settings(collection.desk),
        },
        "batchSize": BATCH_SIZE,
    }


def _list_settings(desk: Desk) -> list[Cell]:
    """What a client may choose for each property of a data extension."""
    say = desk.language.say
    choices = [
        {"value": "value", "name": say("Names and values")},
        {"value": "id", "name": say("Ids")},
    ]
    return [
        {
            "name": "limit",
            "label": say("Values"),
            "type": "number",
            "default": 0,
            "help_text": say("How many values of each thing; 0: all"),
        },
        {
            "name": "content",
            "label": say("Things as"),
            "type": "select",
            "default": "value",
            "help_text": say("Names, or the ids that records use"),
            "choices": choices,
        },
    ]
