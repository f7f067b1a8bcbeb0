"""The namespaces that code writes, and the addresses in them that code knows by name.

A name that stands here is a promise: `tests/knowledge/test_ontology.py` holds every one to
the files of `ontology/`, so that no code speaks of a term that is not declared. Which
property a record may use is never decided here but by the marks in the ontology,
which `loader.read.vocabulary` reads.
"""

from __future__ import annotations

from typing import Final

from rdflib import Namespace

NS: Final = "https://w3id.org/pacta/ns#"
PACTA: Final = Namespace(NS)
VOCAB: Final = Namespace("https://w3id.org/pacta/vocab/")
SHAPES: Final = Namespace("https://w3id.org/pacta/shapes/")

# ---- marks on properties
PLACEMENT: Final = PACTA.placement
VALUE_FORM: Final = PACTA.valueForm
VALUE_CLASS: Final = PACTA.valueClass
SINGLE_VALUED: Final = PACTA.singleValued
USED_ON: Final = PACTA.usedOn
SCHEME: Final = PACTA.scheme

# ---- marks on classes
KIND_SCHEME: Final = PACTA.kindScheme
ACT_SCHEME: Final = PACTA.actScheme
BLOCK: Final = PACTA.block
OWNER_PROPERTY: Final = PACTA.ownerProperty
PERSON_OWNER_PROPERTY: Final = PACTA.personOwnerProperty
OWNER_CLASS: Final = PACTA.ownerClass
PATH_KIND: Final = PACTA.pathKind
REQUIRES: Final = PACTA.requires
OWN_WORD: Final = PACTA.ownWord

# ---- marks on concepts
LINK_PROPERTY: Final = PACTA.linkProperty

# ---- classes and properties that the format of records itself rests on
ASSERTION: Final = PACTA.Assertion
STATEMENT: Final = PACTA.Statement
EVIDENCE: Final = PACTA.Evidence
HAS_EVIDENCE: Final = PACTA.hasEvidence
HAS_END_EVIDENCE: Final = PACTA.hasEndEvidence
HAS_SIDE: Final = PACTA.hasSide

# ---- lists whose words may stand in the place of a value
VALUE_STATUS: Final = VOCAB["value-status"]
