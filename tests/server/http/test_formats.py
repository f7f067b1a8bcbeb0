"""A format has every writer that it needs."""

from server.documents.links import WRITERS
from server.http.formats import FORMATS, list_formats
from server.pool.engine import GRAPH_FORMATS, RESULT_FORMATS

JSONLD = {"jsonld"}
"""Documents are written in it by `server.rdf.jsonld`, which asks for more than a document."""


def test_the_engine_writes_what_a_query_can_be_answered_in() -> None:
    """Rows, a yes or no, and triples: each format that carries them has its row."""
    rows = [row.name for row in list_formats("rows") if row in list_formats("boolean")]

    assert rows == list(RESULT_FORMATS)
    assert {row.name for row in list_formats("triples")} == set(GRAPH_FORMATS)


def test_documents_are_written_in_every_format_of_statements() -> None:
    """None is offered that cannot be written."""
    assert {row.name for row in list_formats("triples")} == set(WRITERS) | JSONLD


def test_no_two_formats_have_a_name_or_an_ending_in_common() -> None:
    """An ending leads to one format."""
    assert len({row.name for row in FORMATS}) == len(FORMATS)
    assert len({row.suffix for row in FORMATS}) == len(FORMATS)
