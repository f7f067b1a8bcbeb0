"""Values that are legal RDF and that Python has no form for."""

from __future__ import annotations

import logging

import pytest

from conform.answers.rdf import TURTLE, parse

VALUES = (
    '"-0043-03-15"^^xsd:date',
    '"99999-12-31"^^xsd:date',
    '"0000"^^xsd:gYear',
    '"2000-01-01T24:00:00"^^xsd:dateTime',
    '"P1M"^^xsd:dayTimeDuration',
    '"x"^^xsd:integer',
)


@pytest.mark.parametrize("value", VALUES)
def test_no_traceback_stands_among_the_rules(value: str, caplog: pytest.LogCaptureFixture) -> None:
    """A statement is a statement, whatever its value is to Python."""

    def load(address: str) -> bytes:
        raise AssertionError(address)

    with caplog.at_level(logging.NOTSET):
        text = f"@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . <urn:a> <urn:b> {value} ."
        triples = parse(text.encode(), TURTLE, "urn:base", load)

    assert len(triples) == 1
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
