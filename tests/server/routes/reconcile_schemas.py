"""What the answers of a reconciliation service must look like, as JSON Schemas.

Written from the text of the Reconciliation Service API 0.2, sections 2 to 7:
https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/. The schemas that
are published with it have no licence, and are not copied.
"""

from typing import Any, Final

_TEXT: Final = {"type": "string", "minLength": 1}
_SERVICE: Final = {
    "type": "object",
    "properties": {
        "service_url": {"type": "string", "pattern": "^https?://"},
        "service_path": {"type": "string", "pattern": "^/"},
    },
    "required": ["service_url", "service_path"],
    "additionalProperties": False,
}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object with these members and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


_NAMED: Final = _object({"id": _TEXT, "name": _TEXT})
_TYPE: Final = _object({"id": _TEXT, "name": _TEXT}, {"broader": _list(_NAMED)})
_VIEW: Final = {"type": "string", "pattern": r"^https?://.*\{\{id\}\}"}
_SETTING: Final = _object(
    {"name": _TEXT, "label": _TEXT, "type": {"enum": ["number", "text", "checkbox", "select"]}},
    {
        "default": {},
        "help_text": _TEXT,
        "choices": _list(_object({"value": _TEXT, "name": _TEXT})),
    },
)
MANIFEST: Final = _object(
    {
        "versions": {"type": "array", "contains": {"const": "0.2"}},
        "name": _TEXT,
        "identifierSpace": {"type": "string", "pattern": "^https?://"},
        "schemaSpace": {"type": "string", "pattern": "^https?://"},
    },
    {
        "documentation": {"type": "string", "pattern": "^https?://"},
        "defaultTypes": _list(_TYPE),
        "view": _object({"url": _VIEW}),
        "preview": _object(
            {"url": _VIEW, "width": {"type": "integer"}, "height": {"type": "integer"}}
        ),
        "suggest": _object({"entity": _SERVICE, "type": _SERVICE, "property": _SERVICE}),
        "extend": _object({"propose_properties": _SERVICE, "property_settings": _list(_SETTING)}),
        "batchSize": {"type": "integer", "minimum": 1},
    },
)
_FEATURE: Final = _object({"id": _TEXT, "value": {"type": ["number", "boolean"]}})
_CANDIDATE: Final = _object(
    {"id": _TEXT, "name": _TEXT, "score": {"type": "number", "minimum": 0, "maximum": 100}},
    {
        "description": {"type": "string"},
        "type": _list(_NAMED),
        "match": {"type": "boolean"},
        "features": _list(_FEATURE),
    },
)
RESULT: Final = _object({"result": _list(_CANDIDATE)})
BATCH: Final = {"type": "object", "additionalProperties": RESULT}
ENTITIES: Final = _object(
    {
        "result": _list(
            _object(
                {"id": _TEXT, "name": _TEXT},
                {"description": {"type": "string"}, "notable": _list(_NAMED)},
            )
        )
    }
)
TYPES: Final = _object({"result": _list(_TYPE)})
PROPERTIES: Final = _object({"result": _list(_NAMED)})
PROPOSALS: Final = _object(
    {"properties": _list(_NAMED)}, {"type": _TEXT, "limit": {"type": "integer"}}
)
_CELL: Final = {
    "oneOf": [
        _object({"id": _TEXT, "name": _TEXT}),
        _object({"str": {"type": "string"}}),
        _object({"int": {"type": "integer"}}),
        _object({"float": {"type": "number"}}),
        _object({"date": {"type": "string", "pattern": r"^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}}),
    ]
}
EXTENSION: Final = _object(
    {
        "meta": _list(_NAMED),
        "rows": {
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": _list(_CELL)},
        },
    }
)
