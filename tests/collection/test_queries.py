"""The questions of queries/: the same rows in two engines, only words that are declared.

And what no question may ever be answered with: planted among the records of the tiny workspace,
a plan, a proposal, a rejected situation, and statements that are attributed, negated, rejected,
hedged or undecided.
"""
# ruff: noqa: E501 - records and patterns, one in a line

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
import pytest
from rdflib import RDF, SKOS, URIRef
from rdflib.plugins.sparql import prepareQuery

from loader.check.questions import Question, check_questions, read_questions
from loader.graph.build import build_graph
from loader.graph.inference import infer
from loader.rdf.ordering import nt
from loader.rdf.terms import PACTA, REC, VOCAB
from loader.read.ontology.vocabulary import Vocabulary, read_ontology
from loader.read.records import read_records
from loader.release.store import Store
from loader.workspace import open_workspace
from server.pages.editor import read_header
from server.settings import Settings
from server.syntax.inspection import list_tokens
from server.syntax.virtuoso import rewrite_for_virtuoso
from tests.places import ROOT
from tests.realbuild import (
    BASE,
    ask_engine,
    ask_rdflib,
    load_into_rdflib,
    prepare_real,
)
from tests.sample import sample

QUESTIONS: Final = read_questions(ROOT / "queries")
IN_RDFLIB: Final = 24
"""Questions that a run asks rdflib, too; the build asks the embedded engine all of them."""
KNOWN: Final = (
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://www.w3.org/2000/01/rdf-schema#",
    "http://www.w3.org/2001/XMLSchema#",
    "http://www.w3.org/2002/07/owl#",
    "http://www.w3.org/2004/02/skos/core#",
    "http://www.w3.org/ns/oa#",
    "http://www.opengis.net/ont/geosparql#",
)
"""Vocabularies of others that docs/data-model.md explains."""


LANGUAGES: Final = open_workspace(ROOT).publication.languages


def name(question: Question) -> str:
    """Return the name of a question's file, for the name of its test."""
    return question.path.stem


def whole(question: Question) -> str:
    """Return the query as it is asked."""
    return f"BASE <{BASE}> {question.text}"


# --- the questions -------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS, ids=name)
def test_question_has_its_rows(question: Question) -> None:
    """The embedded engine gives exactly the rows of the file beside the query."""
    check_questions([question], prepare_real().store, BASE)


@cache
def ask_own(query: str) -> list[tuple[str, ...]]:
    """Return the rows of the embedded engine; not to be changed."""
    return ask_engine(prepare_real().store, query)


@pytest.mark.slow
@pytest.mark.parametrize(
    "question",
    sample([each for each in QUESTIONS if "GRAPH" not in whole(each)], IN_RDFLIB),
    ids=name,
)
def test_question_has_the_same_rows_in_rdflib(question: Question) -> None:
    """A second engine gives the same rows; two spellings of one number are the same.

    rdflib is given the union as one graph, so questions that name a graph are left out.
    """
    found = ask_rdflib(load_into_rdflib(), whole(question))

    assert sorted(ask_own(whole(question))) == sorted(found)


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS, ids=name)
def test_question_has_an_answer(question: Question) -> None:
    """What is not known is a row that says so: no question is answered with an empty table."""
    assert ask_own(whole(question))


def test_questions_have_titles_of_their_own() -> None:
    """A title names one question; the facts it rests on are named in one form."""
    titles = [question.title for question in QUESTIONS]

    assert sorted(set(titles)) == sorted(titles)
    assert [] == [
        fact
        for question in QUESTIONS
        for fact in question.facts
        if not re.fullmatch(r"F\d{3}-\d{3}", fact)
    ]


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_questions_are_asked_in_all_languages(language: str) -> None:
    """Title, question and note are there in every language of the collection, each its own."""
    headers = {name(question): read_header(question.text) for question in QUESTIONS}
    titles = [header.get(f"title@{language}", "") for header in headers.values()]

    assert [] == [
        (stem, key)
        for stem, header in headers.items()
        for key in ("title", "question", *({"note"} & header.keys()))
        if not header.get(f"{key}@{language}") or header[f"{key}@{language}"] == header.get(key)
    ]
    assert sorted(set(titles)) == sorted(titles)


def iris_of(node: Any) -> Iterator[URIRef]:
    """Give every IRI in the algebra of a query."""
    if isinstance(node, URIRef):
        yield node
    elif isinstance(node, dict):
        for key, part in node.items():
            if key not in ("_vars", "datasetClause"):
                yield from iris_of(part)
    elif isinstance(node, (list, tuple, set)):
        for part in node:
            yield from iris_of(part)
    elif hasattr(node, "args"):  # a property path
        yield from iris_of(node.args)
    elif hasattr(node, "arg"):  # a negated or repeated one
        yield from iris_of(node.arg)
    elif hasattr(node, "path"):
        yield from iris_of(node.path)


@cache
def words_of(query: str) -> frozenset[str]:
    """Every IRI in a query."""
    return frozenset(map(str, iris_of(prepareQuery(query, base=BASE).algebra)))


@pytest.fixture(scope="module")
def declared() -> set[str]:
    """Every word of the ontology and every concept and list."""
    graph = read_ontology(ROOT / "ontology")
    schemes = set(graph.subjects(RDF.type, SKOS.ConceptScheme))
    return {str(term) for term in {*graph.subjects(), *schemes}}


@pytest.fixture(scope="module")
def addresses() -> set[str]:
    """Every address in the real collection."""
    return {str(node) for node in prepare_real().table.terms.nodes}


@pytest.mark.parametrize("question", QUESTIONS, ids=name)
def test_question_uses_declared_words_only(question: Question, declared: set[str]) -> None:
    """Nothing but the ontology, its lists, and vocabularies that the documentation explains."""
    unknown = {
        iri
        for iri in words_of(question.text)
        if not iri.startswith((BASE, *KNOWN)) and iri not in declared
    }

    assert set() == unknown


def test_questions_walk_finds_the_words_of_paths_and_filters() -> None:
    """The test above would see a wrong word wherever it stands."""
    query = prepareQuery(
        "PREFIX x: <x:> SELECT ?a { ?a x:1/x:2|^x:3 ?b ; (x:4?) ?c . VALUES ?b { x:5 } "
        "OPTIONAL { ?a !x:6 x:7 FILTER( ?c IN ( x:8 ) ) } FILTER NOT EXISTS { ?a x:9 ?d } }"
    )

    found = {str(iri) for iri in iris_of(query.algebra)}

    assert found >= {f"x:{number}" for number in range(1, 10)}


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS, ids=name)
def test_question_names_things_that_are_there(question: Question, addresses: set[str]) -> None:
    """An address that leads nowhere would make an answer empty in silence."""
    missing = {
        iri for iri in words_of(question.text) if iri.startswith(BASE) and iri not in addresses
    }

    assert set() == missing


# --- what must never be an answer ----------------------------------------------------------------

REAL: Final = {
    "a plan or a proposal is of no class of what stands": """
        SELECT ?x { { ?x a pacta:PlannedEvent, pacta:Event }
          UNION { ?x a pacta:PlannedEvent ; pacta:date ?d } UNION { ?x a pacta:Proposal, pacta:MilitaryBase }
          UNION { ?x a pacta:Proposal, pacta:Provision } UNION { ?x a pacta:Proposal, pacta:Event } }""",
    "a rejected situation has neither class nor owner": """
        SELECT ?x { ?x pacta:rejectedAs ?c . { ?x a ?c } UNION
          { ?x pacta:territory|pacta:figureOf|pacta:roleIn|pacta:provisionOf|pacta:madeDuring ?o } UNION
          { ?o pacta:hasProvision ?x } }""",
    "what is rejected is rejected as a class or is a statement": """
        SELECT ?x { ?x pacta:rank rank:deprecated . FILTER NOT EXISTS { ?x pacta:rejectedAs ?c } FILTER NOT EXISTS { ?x a pacta:Statement } }""",
    "no plain triple that only a speaker, a denial or a rejection gives": """
        SELECT ?x ?p ?v {
          ?s a pacta:Statement ; pacta:about ?x ; pacta:onProperty ?p ; pacta:value ?v .
          { ?s pacta:saidBy ?who } UNION { ?s pacta:negated true } UNION { ?s pacta:rank rank:deprecated }
          UNION { ?s pacta:modality ?m FILTER( ?m != modality:asserted ) }
          GRAPH <graph/facts> { ?x ?p ?v }
          FILTER NOT EXISTS {
            ?t a pacta:Statement ; pacta:about ?x ; pacta:onProperty ?p ; pacta:value ?v .
            FILTER NOT EXISTS { ?t pacta:saidBy ?w } FILTER NOT EXISTS { ?t pacta:negated true } FILTER NOT EXISTS { ?t pacta:rank rank:deprecated } } }""",
    "no single-valued property with two plain values": """
        SELECT ?x ?p { ?p rec:singleValued true . GRAPH <graph/facts> { ?x ?p ?v, ?w } FILTER( ?v != ?w ) }""",
}  # fmt: skip
PREFIXES: Final = (
    f"BASE <{BASE}> PREFIX pacta: <{PACTA}> PREFIX rank: <{VOCAB}rank/> "
    f"PREFIX rec: <{REC}> PREFIX modality: <{VOCAB}modality/> PREFIX skos: <{SKOS}> "
)


@pytest.mark.slow
@pytest.mark.parametrize("rule", REAL)
def test_real_collection_keeps_apart_what_stands(rule: str) -> None:
    """Over everything that is published, nothing breaks the rule."""
    assert [] == ask_engine(prepare_real().store, PREFIXES + REAL[rule])


DISAGREEMENTS: Final = """
    SELECT ?d ?kind ?side ?a ?e ?who ?judgement ?back {
      ?d a pacta:Disagreement ; pacta:kind/skos:notation ?kind ; pacta:judgement ?judgement ; pacta:hasSide ?side .
      ?side pacta:includes ?a .
      OPTIONAL { ?a pacta:hasEvidence ?e } OPTIONAL { ?a pacta:saidBy ?who }
      BIND( EXISTS { ?a pacta:onSide ?side . ?d pacta:hasSide ?side } AS ?back ) }"""
ONE_SIDED: Final = ("damage", "unsupported")


@pytest.mark.slow
def test_real_disagreements_have_sides_passages_and_judgements_of_their_own() -> None:
    """Each is linked both ways; its sides differ in passages or speakers; none is there twice."""
    rows = ask_engine(prepare_real().store, f"{PREFIXES} {DISAGREEMENTS}")
    kinds = {row[0]: row[1].strip('"') for row in rows}
    sides: dict[str, dict[str, set[str]]] = {}
    members: dict[str, set[str]] = {}
    for disagreement, _, side, assertion, passage, speaker, _, _ in rows:
        grounds = sides.setdefault(disagreement, {}).setdefault(side, set())
        grounds |= {passage, speaker or assertion}
        members.setdefault(disagreement, set()).add(assertion)
    judgements = {(row[0], row[6]) for row in rows if row[6].endswith("@en")}

    assert len(kinds) >= 56
    assert {"true"} == {row[7].partition('"^^')[0].strip('"') for row in rows}
    assert [] == [d for d, kind in kinds.items() if (len(sides[d]) == 1) != (kind in ONE_SIDED)]
    assert [] == [
        d
        for d, found in sides.items()
        if len({frozenset(grounds) for grounds in found.values()}) != len(found)
    ]
    assert len(kinds) == len({text for _, text in judgements})
    assert len(kinds) == len({(frozenset(found), kinds[d]) for d, found in members.items()})


PLANTED: Final = """
- {id: party/corland, type: Party, kind: state, label: {en: Corland, lt: Korlandija}}
- {id: party/dorland, type: Party, kind: state, label: {en: Dorland, lt: Dorlandija}}
- id: treaty/planted
  type: Treaty
  kind: non-aggression
  label: {en: Planted pact, lt: Pasodintas paktas}
  statements:
    - {hasParty: party/arland, evidence: 900@0-29}
    - {hasParty: party/borland, saidBy: person/ruun, evidence: 900@438-480}
    - {hasParty: party/corland, negated: true, evidence: 900@42-55}
    - {hasParty: party/dorland, rank: deprecated, reason: anachronism, evidence: 900@72-86}
    - {signedAt: place/midport, modality: hedged, evidence: 900@30-50}
    - {id: seven, articleCount: 7, evidence: 900@72-86}
    - {id: eight, articleCount: 8, evidence: 901@53-74}
  provisions:
    - {id: gone, number: "1", kind: stationing, obliges: party/arland, content: {en: never agreed}, rank: deprecated, reason: conflation, evidence: 900@172-216}
  figures:
    - {id: gone, quantity: personnel, amount: 99, stage: agreed, rank: deprecated, reason: conflation, evidence: 900@198-216}
- id: event/planted-talks
  type: Event
  kind: negotiation
  label: {en: Planted talks, lt: Pasodintos derybos}
  statements:
    - {date: 1921-04, evidence: 900@409-432}
  roles:
    - {id: gone, agent: person/ruun, role: delegate, rank: deprecated, reason: conflation, evidence: 900@405-418}
  proposals:
    - {id: site, proposedBy: party/borland, act: demand, madeDuring: event/planted-talks, proposes: base, site: place/highford, outcome: not-adopted, evidence: 900@482-517}
- id: event/planted-congress
  type: PlannedEvent
  kind: conference
  ofTreaty: treaty/planted
  outcome: not-carried-out
  label: {en: Planted congress, lt: Pasodintas kongresas}
  statements:
    - {plannedFor: 1931, evidence: 900@519-556}
- id: territory/planted-land
  type: Territory
  kind: region
  label: {en: Planted land, lt: Pasodinta žemė}
  statuses:
    - {id: gone, holder: party/borland, mode: de-facto, from: 1918, until: 1921, rank: deprecated, reason: conflation, evidence: 900@272-319}
- id: disagreement/planted-articles
  type: Disagreement
  kind: contradiction
  about: treaty/planted
  label: {en: How many articles, lt: Kiek straipsnių}
  sides: [statement/planted--seven, statement/planted--eight]
  judgement: {en: Open.}
"""

NEVER: Final = {
    "attributed, negated, rejected parties": "{ <id/treaty/planted> pacta:hasParty ?x FILTER( ?x != <id/party/arland> ) }",
    "their inverse": "{ ?x pacta:partyTo <id/treaty/planted> FILTER( ?x != <id/party/arland> ) }",
    "a hedged place": "{ <id/treaty/planted> pacta:signedAt ?x }",
    "an undecided number": "{ <id/treaty/planted> pacta:articleCount ?x }",
    "a plan as an event": "{ ?x a pacta:Event ; pacta:kind <https://w3id.org/pacta/vocab/event-kind/conference> }",
    "a plan with a date": "{ <id/event/planted-congress> pacta:date ?x }",
    "a site as a base": "{ ?x a pacta:MilitaryBase ; pacta:locatedIn|pacta:within <id/place/highford> }",
    "a rejected status": "{ ?x a pacta:TerritorialStatus ; pacta:about <id/territory/planted-land> }",
    "a rejected status by its territory": "{ ?x pacta:territory <id/territory/planted-land> }",
    "a rejected figure": "{ { ?x a pacta:Figure ; pacta:about <id/treaty/planted> } UNION { ?x pacta:figureOf <id/treaty/planted> } }",
    "a rejected role": "{ { ?x a pacta:Role ; pacta:about <id/event/planted-talks> } UNION { ?x pacta:roleIn <id/event/planted-talks> } }",
    "its participant": "{ <id/event/planted-talks> pacta:participant ?x }",
    "a rejected article": "{ { ?x a pacta:Provision ; pacta:about <id/treaty/planted> } UNION { ?x a pacta:Article ; pacta:about <id/treaty/planted> } UNION { ?x pacta:provisionOf <id/treaty/planted> } UNION { <id/treaty/planted> pacta:hasProvision ?x } }",
}  # fmt: skip

STILL: Final = {
    "who said it": ("{ ?s pacta:about <id/treaty/planted> ; pacta:value <id/party/borland> ; pacta:saidBy ?x }", 1),
    "that it was denied": ("{ ?x pacta:about <id/treaty/planted> ; pacta:value <id/party/corland> ; pacta:negated true }", 1),
    "that it was rejected": ("{ ?s pacta:about <id/treaty/planted> ; pacta:value <id/party/dorland> ; pacta:rankReason ?x }", 1),
    "both numbers": ("{ ?s pacta:about <id/treaty/planted> ; pacta:onProperty pacta:articleCount ; pacta:value ?x }", 2),
    "the disagreement": ("{ <id/treaty/planted> ^pacta:about/pacta:onSide/^pacta:hasSide ?x }", 1),
    "the plan": ("{ ?x a pacta:PlannedEvent ; pacta:ofTreaty <id/treaty/planted> ; pacta:plannedFor ?when }", 1),
    "the proposal": ("{ ?x a pacta:Proposal ; pacta:site <id/place/highford> ; pacta:madeDuring <id/event/planted-talks> }", 1),
    "the rejected situations": ("{ ?x pacta:rejectedAs ?class ; pacta:hasEvidence ?e FILTER( STRENDS( STR(?x), '--gone' ) ) }", 4),
}  # fmt: skip


@pytest.fixture
def planted(tiny_folder: Path, vocabulary: Vocabulary) -> Store:
    """The tiny collection with all that must never be an answer, inferences included."""
    (tiny_folder / "seeds" / "events" / "planted.yaml").write_text(PLANTED, encoding="utf-8")
    records = read_records(open_workspace(tiny_folder), vocabulary)
    graph = build_graph(records, vocabulary, BASE)
    named = graph.triples
    inferred = infer(named.values(), named["vocabulary"])
    store = Store()
    for triples in (*named.values(), inferred):
        store.load("".join(f"{nt(s)} {nt(p)} {nt(o)} .\n" for s, p, o in triples), "nt")
    return store


def test_what_does_not_stand_is_no_answer(planted: Store) -> None:
    """Whoever asks by class or by plain triple gets none of it, and need filter nothing."""
    found = {
        what: rows
        for what, pattern in NEVER.items()
        if (rows := ask_engine(planted, f"{PREFIXES} SELECT DISTINCT ?x {pattern}"))
    }

    assert {} == found
    parties = ask_engine(
        planted, f"{PREFIXES} SELECT ?x {{ <id/treaty/planted> pacta:hasParty ?x }}"
    )
    assert [(f"<{BASE}id/party/arland>",)] == parties


def test_what_does_not_stand_is_kept_with_its_reason(planted: Store) -> None:
    """Whoever asks for it finds it: nothing is dropped in silence."""
    found = {
        what: len(ask_engine(planted, f"{PREFIXES} SELECT DISTINCT ?x {pattern}"))
        for what, (pattern, _) in STILL.items()
    }

    assert {what: number for what, (_, number) in STILL.items()} == found


def test_questions_stay_queries_when_they_are_rewritten_for_virtuoso() -> None:
    """Each parses after it is rewritten; some are rewritten."""
    changed = 0
    for path in sorted((ROOT / "queries").glob("*.rq")):
        query = path.read_text(encoding="utf-8")
        sent = rewrite_for_virtuoso(query, list_tokens(query, Settings()))
        ox.Store().query(sent, base_iri="http://e/")
        changed += sent != query

    assert changed >= 3
