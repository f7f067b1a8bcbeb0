"""Guards: whole documents pass as they are, in any pieces; what no reader could read is stopped."""

from __future__ import annotations

import csv
import io

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.pool.output_guards import guard

CELLS = st.lists(
    st.lists(st.text(st.sampled_from("a ,\"\r\n'é"), max_size=6), min_size=1, max_size=3),
    max_size=5,
)
PIECES = st.lists(st.integers(1, 9), min_size=1)


def pass_through(data: bytes, sizes: list[int], format_name: str) -> bytes:
    """What comes out behind the guard, the pieces being of these sizes in turn."""
    output = io.BytesIO()
    guarded = guard(output, format_name)
    at, turn = 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        guarded.write(data[at : at + size])
        at, turn = at + size, turn + 1
    return output.getvalue()


@given(CELLS, PIECES)
def test_tables_pass_as_they_are(rows: list[list[str]], sizes: list[int]) -> None:
    """Whatever stands in the cells, however the bytes are cut."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    data = text.getvalue().encode()

    assert pass_through(data, sizes, "csv") == data


@given(PIECES)
def test_triple_term_in_a_table_is_stopped(sizes: list[int]) -> None:
    """The engine writes it without quotes around the cell, so that its comma parts it in two."""
    query = 'SELECT (1 AS ?n) (TRIPLE(<u:a>, <u:b>, "x,y") AS ?t) {}'
    answer = ox.Store().query(query)
    assert isinstance(answer, ox.QuerySolutions)
    data = answer.serialize(format=ox.QueryResultsFormat.CSV)

    assert data is not None
    assert len(next(csv.reader([data.decode().splitlines()[1]]))) == 3
    with pytest.raises(RuntimeError, match="CSV cannot carry"):
        pass_through(data, sizes, "csv")


@given(PIECES)
@pytest.mark.parametrize("name", ["aboutEach", "aboutEachPrefix", "bagID"])
def test_names_that_rdf_xml_forbids_are_stopped(name: str, sizes: list[int]) -> None:
    """No reader takes them (RDF/XML, section 7.2.5)."""
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    triple = ox.Triple(ox.NamedNode("u:a"), ox.NamedNode(rdf + name), ox.Literal("<rdf:bagID"))
    data = ox.serialize([triple], format=ox.RdfFormat.RDF_XML)

    assert data is not None
    with pytest.raises(RuntimeError, match="has no name"):
        pass_through(data, sizes, "rdfxml")
    harmless = data.replace(b"<rdf:" + name.encode(), b"<rdf:value")
    assert pass_through(harmless, sizes, "rdfxml") == harmless
