"""The namespaces and terms that the code refers to by name.

Each name here must exist: `tests/knowledge/test_ontology.py` checks every one against
the files of `ontology/`, so that no code speaks of a term that is not declared. Which
property a record may use is never decided here but by the marks in the ontology,
which `loader.read.ontology.vocabulary` reads.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import Final

from rdflib import SDO, XSD, Namespace, URIRef
from rdflib.term import bind
from rdflib.xsd_datetime import parse_xsd_date

from loader.rdf.days import Day, read_day


class _Terms(Namespace):
    """A namespace that makes each of its terms once; the code asks for some for every record."""

    def __getattr__(self, name: str) -> URIRef:
        term = super().__getattr__(name)
        setattr(self, name, term)  # found there the next time
        return term


NS: Final = "https://w3id.org/pacta/ns#"
PACTA: Final = _Terms(NS)
REC: Final = _Terms("https://w3id.org/pacta/ns/records#")
VOCAB: Final = Namespace("https://w3id.org/pacta/vocab/")
SHAPES: Final = Namespace("https://w3id.org/pacta/shapes/")

# ---- marks on properties
PLACEMENT: Final = REC.placement
VALUE_FORM: Final = REC.valueForm
SINGLE_VALUED: Final = REC.singleValued
SCHEME: Final = REC.scheme

# ---- hints of schema.org that take the place of marks
DOMAIN_INCLUDES: Final = SDO.domainIncludes
RANGE_INCLUDES: Final = SDO.rangeIncludes

# ---- marks on classes
KIND_SCHEME: Final = REC.kindScheme
ACT_SCHEME: Final = REC.actScheme
BLOCK: Final = REC.block
OWNER_PROPERTY: Final = REC.ownerProperty
PERSON_OWNER_PROPERTY: Final = REC.personOwnerProperty
PATH_KIND: Final = REC.pathKind
REQUIRES: Final = REC.requires
OWN_WORD: Final = REC.ownWord

# ---- marks on concepts
LINK_PROPERTY: Final = REC.linkProperty
STANDS_OUTSIDE: Final = REC.standsOutside

# ---- classes and properties that the format of records itself rests on
ASSERTION: Final = PACTA.Assertion
STATEMENT: Final = PACTA.Statement
EVIDENCE: Final = PACTA.Evidence
HAS_EVIDENCE: Final = PACTA.hasEvidence
HAS_END_EVIDENCE: Final = PACTA.hasEndEvidence
HAS_SIDE: Final = PACTA.hasSide

# ---- lists whose words may stand in the place of a value
VALUE_STATUS: Final = VOCAB["value-status"]


def _read_xsd_date(text: str) -> Day | date:
    try:
        known: date = parse_xsd_date(text)
    except ValueError:
        return read_day(text)
    return known


def bind_days() -> None:
    """Make rdflib read days before year 1, which it takes for ill-typed (RDFLib issue 3092).

    Importing this module does it. A library that sets readers of its own for the whole process,
    as owlrl does, undoes it.
    """
    logger = logging.getLogger("rdflib.term")
    logger.disabled = True  # it warns that xsd:date was bound before
    bind(XSD.date, Day, _read_xsd_date, Day.isoformat)
    logger.disabled = False


bind_days()
