"""A data extension → the values of properties of things (sections 7.2 to 7.4). Pure."""

from server.reconciliation.asking import Column, Extension
from server.reconciliation.collection import Cell, Collection


def answer_extension(extension: Extension, collection: Collection) -> Cell:
    """Rows by thing, then property; a thing that is unknown has no values.

    Raises:
        BadRequestError: It names a property that there is not.
    """
    columns = [
        (each, collection.find_property(f"extend.properties.{n}.id", each.property))
        for n, each in enumerate(extension.columns)
    ]
    return {
        "meta": [{**collection.tell_property(iri), "id": each.property} for each, iri in columns],
        "rows": {
            name: {each.property: _list_cells(name, each, iri, collection) for each, iri in columns}
            for name in extension.ids
        },
    }


def _list_cells(name: str, column: Column, iri: str, collection: Collection) -> list[Cell]:
    thing = collection.find_thing(name)
    if thing is None:
        return []
    cells = [collection.tell_value(v, ids=column.ids) for v in collection.values(thing, iri)]
    distinct = [cell for n, cell in enumerate(cells) if cell not in cells[:n]]
    return distinct[: column.limit] if column.limit else distinct


def propose_properties(type_name: str, limit: int, collection: Collection) -> Cell:
    """The properties that things of a type have, the most frequent first.

    Args:
        type_name: The id of the type; empty: of any.
        limit: How many; 0: all.
        collection: Where they are read.

    Raises:
        BadRequestError: No thing is of the type.
    """
    names = [type_name] if type_name else []
    things = collection.list_of_types("type", names, every=False)
    found = collection.list_properties(sorted(things))
    told = [collection.tell_property(iri) for iri in (found[:limit] if limit else found)]
    answer: Cell = {"properties": told}
    if type_name:
        answer["type"] = type_name
    return {**answer, "limit": limit} if limit else answer
