"""The graph of the tiny workspace, and what each fault among records is answered with."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import OWL, RDF, RDFS, SKOS, BNode, Literal, Namespace, URIRef
from rdflib import Graph as RdfGraph

from loader.errors import SeedError
from loader.graph.build import Graph, build_graph
from loader.graph.plain import can_be_plain
from loader.rdf.terms import PACTA, VOCAB
from loader.read.expand import expand_entries
from loader.read.model import Records
from loader.read.ontology.vocabulary import Triple, Vocabulary
from loader.read.records import parse_records, read_records
from loader.read.sources.passages import read_register
from loader.read.withdrawn import parse_withdrawn
from loader.workspace import Workspace, open_workspace
from tests.strategies import SCALARS
from tests.tinybuild import BASE, Build, edit_record

ID = Namespace(f"{BASE}id/")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
XSD_DATE = URIRef("http://www.w3.org/2001/XMLSchema#date")
XSD_STRING = "^^<http://www.w3.org/2001/XMLSchema#string>"
OA = Namespace("http://www.w3.org/ns/oa#")


def as_rdflib(graph: Graph, *names: str) -> RdfGraph:
    """Return the union of some graphs."""
    union = RdfGraph()
    for name in names or ("facts", "statements", "links"):
        for triple in graph.triples[name]:
            union.add(triple)
    return union


def test_graph_chooses_the_plain_date_and_keeps_the_others(build: Build) -> None:
    """One plain signature date, three statements with rank."""
    graph = as_rdflib(build())
    treaty = ID["treaty/lakeside-peace"]

    assert [str(o) for o in graph.objects(treaty, PACTA.signedOn)] == ["1921-05-03"]
    ranks = {
        str(graph.value(s, PACTA.value)): graph.value(s, PACTA.rank)
        for s in graph.subjects(PACTA.onProperty, PACTA.signedOn)
    }
    assert ranks == {
        "1921-05-03": VOCAB["rank/preferred"],
        "1921-05": VOCAB["rank/normal"],
        "1921-06-09": VOCAB["rank/deprecated"],
    }


def test_graph_leads_every_statement_back_to_its_passage(build: Build) -> None:
    """Evidence has document, offsets and digest; a copy says what it repeats."""
    graph = as_rdflib(build())
    statement = ID["statement/lakeside-peace--signed-third"]
    evidence = graph.value(statement, PACTA.hasEvidence)
    assert evidence is not None
    selector = graph.value(evidence, OA.hasSelector)
    assert selector is not None

    assert graph.value(evidence, OA.hasSource) == ID["source/900"]
    assert str(evidence).endswith(
        f"{graph.value(selector, OA.start)}-{graph.value(selector, OA.end)}"
    )
    assert len(str(graph.value(evidence, PACTA.sha256))) == 64
    assert len(list(graph.subject_objects(PACTA.repeats))) == 1


def test_graph_bounds_every_status_and_role(build: Build) -> None:
    """Four bounds each; an end that nobody gives is the last day that any date here allows."""
    graph = as_rdflib(build())
    names = ("fromEarliest", "fromLatest", "untilEarliest", "untilLatest")
    situations = [
        *graph.subjects(RDF.type, PACTA.TerritorialStatus),
        *graph.subjects(RDF.type, PACTA.Role),
    ]
    assert len(situations) == 5
    for node in situations:
        assert all(len(list(graph.objects(node, PACTA[name]))) == 1 for name in names)

    rejected = ID["status/lakeside--since-1915"]
    assert str(graph.value(rejected, PACTA.untilEarliest)) == "1915-01-01"
    assert str(graph.value(rejected, PACTA.untilLatest)) == "1931-12-31"


def test_graph_writes_no_end_of_time(tiny: Workspace, build: Build) -> None:
    """Neither an open date nor an open period ends in the year 9999."""
    edit_record(tiny.root, "events/events.yaml", "date: 1919/1921", "date: 1919/..")
    graph = as_rdflib(build())

    war = ID["event/lake-war"]
    bounds = (graph.value(war, PACTA.earliest), graph.value(war, PACTA.latest))
    assert [str(one) for one in bounds] == ["1919-01-01", "1931-12-31"]
    assert not [o for o in graph.objects() if str(o).startswith("9999")]


def test_graph_bounds_what_is_said_by_the_event_it_was_said_during(
    tiny: Workspace, build: Build
) -> None:
    """A position and a proposal share the days of the talks, and no days without them."""
    said, put = ID["position/talks-1921--never-leave"], ID["proposal/talks-1921--midport"]
    graph = as_rdflib(build())
    for node in (said, put):
        bounds = [str(graph.value(node, PACTA[name])) for name in ("earliest", "latest")]
        assert bounds == ["1921-04-01", "1921-04-30"]

    path = tiny.root / "seeds/events/events.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("      madeDuring: event/talks-1921\n", ""), encoding="utf-8")
    graph = as_rdflib(build())
    for node in (said, put):
        assert graph.value(node, PACTA.about) == ID["event/talks-1921"]
        assert graph.value(node, PACTA.madeDuring) is None
        assert graph.value(node, PACTA.earliest) is None


def test_graph_ends_a_recognition_with_its_recogniser(build: Build) -> None:
    """Borland cannot claim anything after 1930."""
    graph = as_rdflib(build())
    status = ID["status/lakeside--theirs"]

    assert str(graph.value(status, PACTA.untilLatest)) == "1930-12-31"
    assert graph.value(status, PACTA.endInferredFrom) == ID["party/borland"]
    assert graph.value(status, PACTA.until) is None


def test_graph_makes_what_was_at_a_time_certain_for_no_day(build: Build) -> None:
    """`at: 1921-04` is possible on each day of April and certain on none."""
    graph = as_rdflib(build())
    role = ID["role/ruun--foreign-minister--arland"]
    bounds = [
        str(graph.value(role, PACTA[name]))
        for name in ("fromEarliest", "fromLatest", "untilEarliest", "untilLatest")
    ]

    assert bounds == ["1921-04-01", "1921-04-30", "1921-04-01", "1921-04-30"]


def test_graph_keeps_the_rejected_out_of_its_class(build: Build) -> None:
    """Found by `rejectedAs` and `about`, by nothing else."""
    graph = as_rdflib(build())
    rejected = ID["status/lakeside--since-1915"]

    assert set(graph.objects(rejected, RDF.type)) == {PACTA.Assertion}
    assert set(graph.objects(rejected, PACTA.rejectedAs)) == {PACTA.TerritorialStatus}
    assert graph.value(rejected, PACTA.territory) is None
    assert graph.value(rejected, PACTA.about) == ID["place/lakeside"]


def test_graph_tells_the_life_of_a_treaty_as_events(build: Build) -> None:
    """Signature, exchange and registration; no event for a date that nobody states."""
    graph = as_rdflib(build(), "facts")
    life = {
        str(kind).rpartition("/")[2]: str(graph.value(event, PACTA.earliest))
        for event in graph.subjects(PACTA.ofTreaty, ID["treaty/lakeside-peace"])
        if (event, RDF.type, PACTA.Event) in graph
        for kind in graph.objects(event, PACTA.kind)
    }
    signature = ID["event/lakeside-peace--signature"]

    assert life == {
        "signature": "1921-05-03",
        "exchange-of-ratifications": "1921-06-04",
        "registration": "1922-01-01",
        "negotiation": "1921-04-01",
    }
    assert graph.value(signature, PACTA.atPlace) == ID["place/lakeside"]
    exchange = ID["event/lakeside-peace--exchange-of-ratifications"]
    days = [int(str(graph.value(one, PACTA.julianDay))) for one in (signature, exchange)]
    assert days[1] - days[0] == 32
    assert (signature, RDFS.label, Literal("Peace of Lakeside: signature", lang="en")) in graph


def test_graph_never_makes_a_plan_or_proposal_an_event_or_base(build: Build) -> None:
    """A query on `Event` or `MilitaryBase` meets only what was."""
    graph = as_rdflib(build())

    assert (ID["event/renewal-1931"], RDF.type, PACTA.Event) not in graph
    assert set(graph.subjects(RDF.type, PACTA.MilitaryBase)) == {ID["base/lakeside-base"]}
    assert graph.value(ID["treaty/lakeside-peace"], PACTA.ended) is None


def hold_facts_to_statements(records: Records, graph: Graph, vocabulary: Vocabulary) -> int:
    """Every plain triple that a document must say comes from a statement that may be plain."""
    statements = [
        one
        for record in records.records
        for one in expand_entries(record, vocabulary)
        if one.prop is not None and can_be_plain(one)
    ]
    allowed = {
        (str(ID[one.about]), one.prop.iri, str(one.value.term).rpartition("/")[2])
        for one in statements
        if one.prop is not None and one.value is not None
    }
    count = 0
    for subject, prop, value in graph.triples["facts"]:
        assert isinstance(prop, URIRef)
        known = vocabulary.by_iri.get(prop)
        if known is None or known.placement != "sourced" or "--" in str(subject):
            continue
        if (subject, RDF.type, PACTA.Source) in graph.triples["facts"]:
            continue
        count += 1
        assert (str(subject), prop, str(value).rpartition("/")[2]) in allowed
    situations = {cls.iri for cls in vocabulary.classes.values() if cls.is_a(PACTA.Assertion)}
    assert not {o for _, p, o in graph.triples["facts"] if p == RDF.type} & situations
    return count


def test_graph_has_no_plain_triple_that_nobody_asserts(
    tiny: Workspace, vocabulary: Vocabulary
) -> None:
    """Not one from an attributed, negated or rejected statement, no situation among the facts."""
    records = read_records(tiny, vocabulary)

    assert hold_facts_to_statements(records, build_graph(records, vocabulary, BASE), vocabulary) > 9


@pytest.mark.slow
def test_graph_of_the_seeds_has_no_plain_triple_that_nobody_asserts(
    root: Path, vocabulary: Vocabulary
) -> None:
    """The same for the collection of the checkout, whichever that is."""
    records = read_records(open_workspace(root), vocabulary)
    graph = build_graph(records, vocabulary, BASE)

    assert hold_facts_to_statements(records, graph, vocabulary) > 0


def test_graph_gives_roles_in_events_as_participants(build: Build) -> None:
    """A plain triple for the map and the timeline."""
    graph = as_rdflib(build(), "facts")

    assert graph.value(ID["event/talks-1921"], PACTA.participant) == ID["person/ruun"]


def test_graph_makes_the_sides_of_a_contradiction_conflict(build: Build) -> None:
    """Both ways; the two sides of a tension do not."""
    graph = as_rdflib(build())
    pairs = set(graph.subject_objects(PACTA.conflictsWith))
    third, may, june = (
        ID[f"statement/lakeside-peace--{name}"]
        for name in ("signed-third", "signed-on--1921-05", "signed-june")
    )

    assert pairs == {(third, june), (june, third), (may, june), (june, may)}


def test_graph_keeps_outside_knowledge_in_its_own_graph(build: Build) -> None:
    """Coordinates, identity and foreign spellings are in `links` and nowhere else."""
    built = build()
    links, rest = as_rdflib(built, "links"), as_rdflib(built, "facts", "statements")
    place = ID["place/lakeside"]

    assert (place, OWL.sameAs, URIRef("https://example.org/entity/Q1")) in links
    assert (place, SKOS.altLabel, Literal("Вільня", lang="be")) in links
    assert {str(key) for key in links.objects(place, PACTA.searchKey)} == {"вільня", "vilnya"}
    assert rest.value(place, PACTA.lat) is None
    assert {str(key) for key in rest.objects(place, PACTA.searchKey)} == {
        "jarvela",
        "lakeside",
        "leiksaidas",
    }
    none_found = ID["link/lakeside--dbpedia"]
    assert links.value(none_found, PACTA.searchResult) == VOCAB["search-result/none-found"]
    assert links.value(none_found, PACTA.matchRelation) is None


def test_graph_gives_a_shape_a_node_with_its_accuracy(tiny_folder: Path, build: Build) -> None:
    """On the link and on the thing; the engine keeps its literals as they are."""
    file = tiny_folder / "seeds/links/lakeside.yaml"
    more = (
        "    - {id: extent, authority: geonames, asWKT: 'POLYGON((25 54, 26 54, 26 55, 25 54))', "
        "accuracyMetres: 20000, schematic: true, seenIn: a sketch, seenOn: 2026-01-01}\n"
    )
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    built = build()
    links = as_rdflib(built, "links")
    geometry = ID["link/lakeside--extent#geometry"]

    assert links.value(ID["place/lakeside"], GEO.hasGeometry) == geometry
    assert links.value(ID["link/lakeside--extent"], GEO.hasGeometry) == geometry
    assert str(links.value(geometry, GEO.hasMetricSpatialAccuracy)) == "20000"
    assert_kept_by_the_engine(built)


def test_graph_has_an_origin_for_every_subject_and_no_blank_node(build: Build) -> None:
    """Every node leads to a line; no node is without an address."""
    graph = build()
    for name in ("facts", "statements", "links"):
        for subject, _, value in graph.triples[name]:
            assert not isinstance(subject, BNode)
            assert not isinstance(value, BNode)
            assert graph.origins[str(subject)].line > 0


def test_graph_has_nothing_dangling(build: Build) -> None:
    """Every address of the publication that is named is also described."""
    graph = as_rdflib(build())
    subjects = set(graph.subjects())

    assert not [o for o in graph.objects() if str(o).startswith(ID) and o not in subjects]


def test_graph_literals_are_kept_by_the_engine(build: Build) -> None:
    """What goes into the store comes out the same, quad by quad."""
    assert_kept_by_the_engine(build())


def assert_kept_by_the_engine(graph: Graph) -> None:
    """Load the triples and compare what the store has with what was written, letter by letter."""
    store = pyoxigraph.Store()
    names = ("facts", "statements", "links")
    triples = frozenset[Triple]().union(*(graph.triples[name] for name in names))
    lines = {f"{' '.join(term.n3() for term in triple)}" for triple in triples}
    store.load(" .\n".join([*lines, ""]), format=pyoxigraph.RdfFormat.N_TRIPLES)
    stored = {f"{quad.subject} {quad.predicate} {quad.object}" for quad in store}

    assert stored == {line.replace(XSD_STRING, "") for line in lines}


def test_graph_does_not_depend_on_base_or_order(tiny: Workspace, vocabulary: Vocabulary) -> None:
    """Another base changes only addresses; another order of files nothing."""
    records = read_records(tiny, vocabulary)
    backward = dataclasses.replace(records, records=records.records[::-1])
    one = build_graph(records, vocabulary, BASE)
    other = build_graph(backward, vocabulary, BASE)
    moved = build_graph(records, vocabulary, "https://example.org/p/")

    assert one.triples == other.triples
    assert one.addresses == moved.addresses
    assert len(one.triples["facts"]) == len(moved.triples["facts"])


FAULTS = [
    ("sources.yaml", 'handle: "901"', 'handle: "900"', "names two sources"),
    (
        "parties/parties.yaml",
        "id: party/arland",
        "id: party/arlend",
        "nothing has the address party/arland|party/arlend",
    ),
    (
        "parties/parties.yaml",
        "id: party/arland",
        "id: party/borland",
        "party/borland has two records",
    ),
    (
        "parties/parties.yaml",
        "id: party/arland",
        "id: party/lakeside",
        "has the name of party/lakeside|unique across all kinds",
    ),
    (
        "treaties/lakeside-peace.yaml",
        "id: signed-june, signedOn: 1921-06-09",
        "signedOn: 1921-05, note: x",
        "would have the address|Give the new one an id",
    ),
    (
        "treaties/lakeside-peace.yaml",
        "901@106-127",
        "901@106-126",
        "901@106-126 is not in the register|pacta locate 901",
    ),
    (
        "treaties/lakeside-peace.yaml",
        "901@106-127",
        "901@106-9127",
        "past the end of document 901, which has 278 characters",
    ),
    (
        "treaties/lakeside-peace.yaml",
        "901@106-127",
        "902@106-127",
        "no source has as handle|Did you mean",
    ),
    (
        "treaties/lakeside-peace.yaml",
        "articleCount: 7",
        "articleCount: 6",
        "withdrawn and yet in use",
    ),
    (
        "withdrawn.yaml",
        "successor: statement/lakeside-peace--signed-third",
        "successor: statement/gone",
        "has no record",
    ),
    (
        "withdrawn.yaml",
        "successor: statement/lakeside-peace--signed-third",
        "into: statement/lakeside-peace--signed-may",
        "which is withdrawn itself",
    ),
    (
        "disagreements/lakeside.yaml",
        "prefers: statement/lakeside-peace--signed-third",
        "prefers: treaty/lakeside-peace",
        "expected an Assertion",
    ),
    (
        "disagreements/lakeside.yaml",
        "- statement/lakeside-peace--signed-june",
        "- statement/lakeside-peace--signed-june2",
        "nothing has the address|Did you mean statement/lakeside-peace--signed-june",
    ),
    (
        "events/events.yaml",
        "id: never-leave\n      act",
        "act",
        "a Position needs an id",
    ),
    (
        "links/lakeside.yaml",
        "about: place/lakeside",
        "about: place/nowhere",
        "nothing has the address place/nowhere",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), FAULTS)
def test_graph_answers_each_fault_with_place_cause_and_repair(
    tiny_folder: Path, build: Build, file: str, old: str, new: str, said: str
) -> None:
    """What stood there, what was expected, what to do; and where."""
    edit_record(tiny_folder, file, old, new)
    with pytest.raises(SeedError) as caught:
        build()

    for part in said.split("|"):
        assert part in str(caught.value)
    assert all(error.line for error in (caught.value, *caught.value.also))


TOKENS = re.compile(r"[\w@./-]+|[\[\]{},:]|\n *")


@settings(max_examples=30)
@given(st.data())
def test_graph_of_slipped_records_is_a_graph_or_a_seed_error(
    vocabulary: Vocabulary, root: Path, data: st.DataObject
) -> None:
    """One word put in the place of another never ends in anything else."""
    seeds = root / "tests/data/tiny/seeds"
    names = (path for path in seeds.rglob("*.yaml") if path.parent.name != "passages")
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(names)}
    words = sorted({word for text in texts.values() for word in TOKENS.findall(text)})
    path = data.draw(st.sampled_from(sorted(texts)))
    place = data.draw(st.sampled_from(list(TOKENS.finditer(texts[path]))))
    word = data.draw(st.one_of(st.sampled_from(words), SCALARS))
    texts[path] = texts[path][: place.start()] + word + texts[path][place.end() :]
    files = {path: text.encode("utf-8", "replace") for path, text in texts.items()}
    errors: list[SeedError] = []
    withdrawn = tuple(parse_withdrawn(files.pop(seeds / "withdrawn.yaml"), path, errors))
    records = tuple(parse_records(files, vocabulary, errors))
    with contextlib.suppress(SeedError):
        build_graph(
            Records(records, withdrawn, read_register(seeds / "passages")), vocabulary, BASE
        )


@pytest.mark.slow
def test_graph_of_the_seeds_is_kept_by_the_engine(root: Path, vocabulary: Vocabulary) -> None:
    """The whole collection is built, and every triple of it has the form the engine gives back."""
    graph = build_graph(read_records(open_workspace(root), vocabulary), vocabulary, BASE)

    assert_kept_by_the_engine(graph)


WORK = """
- id: publication/ruun-1930-12
  type: CitedWork
  label: {en: "Ruun 1930, p. 12", lt: "Ruun 1930, p. 12"}
  statements:
    - {authorName: "Ruun, Oda", publishedOn: 1930, pages: "12", evidence: 900@519-556}
    - {citedBy: source/900, evidence: 900@409-480}
"""


def test_graph_ties_a_note_to_the_passages_of_its_sentence(tiny_folder: Path, build: Build) -> None:
    """A passage within a sentence that ends with the mark of a note cites the note's work."""
    (tiny_folder / "seeds/works.yaml").write_text(WORK, encoding="utf-8")
    register = tiny_folder / "seeds/passages/900.yaml"
    line = f"409-480: {'0' * 64}\n"
    register.write_text(register.read_text(encoding="utf-8") + line, encoding="utf-8")

    graph = as_rdflib(build())

    cited = {str(s).rpartition("/")[2] for s in graph.subjects(PACTA.citesWork)}
    assert cited == {"900-409-432", "900-438-480", "900-409-480"}
    assert set(graph.objects(None, PACTA.citesWork)) == {ID["publication/ruun-1930-12"]}


PAGES = """
0-420: "iv"
421-450: {page: "1", image: "https://iiif.example.org/1/0,0,90,50/max/0/default.jpg"}
451-470: {page: "1", image: "https://iiif.example.org/1/0,50,90,50/max/0/default.jpg"}
"""


def test_graph_knows_the_pages_of_a_passage(tiny_folder: Path, build: Build) -> None:
    """Each page that a passage touches once, with the pictures of the parts where it stands."""
    (tiny_folder / "seeds" / "pages").mkdir()
    (tiny_folder / "seeds" / "pages" / "900.yaml").write_text(PAGES, encoding="utf-8")

    graph = as_rdflib(build())

    pages, images = (
        {
            name: sorted(map(str, graph.objects(ID[f"evidence/{name}"], prop)))
            for name in ("900-409-432", "900-438-480")
        }
        for prop in (PACTA.onPage, PACTA.pageImage)
    )
    start = "https://iiif.example.org/1/0,"
    assert {"900-409-432": ["1", "iv"], "900-438-480": ["1"]} == pages
    assert [f"{start}0,90,50/max/0/default.jpg"] == images["900-409-432"]
    assert 2 == len(images["900-438-480"])


def test_graph_takes_no_mediator_for_a_participant(tiny_folder: Path, build: Build) -> None:
    """Who mediates in an event has a role there and takes no part."""
    (tiny_folder / "seeds/mediator.yaml").write_text(
        "- about: event/lake-war\n  roles:\n"
        "    - {agent: party/arland, role: belligerent, evidence: 900@438-480}\n"
        "    - {agent: person/ruun, role: mediator, evidence: 900@438-480}\n",
        encoding="utf-8",
    )

    graph = as_rdflib(build())

    assert set(graph.objects(ID["event/lake-war"], PACTA.participant)) == {ID["party/arland"]}


def test_a_converted_date_keeps_its_calendar_on_the_statement_and_its_event(
    tiny: Workspace, build: Build
) -> None:
    """The value is the day that it was; what was given stands beside it, and in the address."""
    edit_record(
        tiny.root,
        "treaties/lakeside-peace.yaml",
        "- {signedOn: 1921-05, evidence: 901@23-41}",
        "- {signedOn: 1921-04 julian, evidence: 901@23-41}",
    )
    edit_record(
        tiny.root,
        "treaties/lakeside-peace.yaml",
        "signedOn: 1921-05-03",
        "signedOn: 1921-04-20 julian",
    )
    disagreements = tiny.root / "seeds/disagreements/lakeside.yaml"
    text = disagreements.read_text(encoding="utf-8")
    new = text.replace("signed-on--1921-05]", "signed-on--1921-04-julian]")
    disagreements.write_text(new, encoding="utf-8")
    triples = set().union(*build().triples.values())

    julian = VOCAB["calendar/julian"]
    for node in ("statement/lakeside-peace--signed-third", "event/lakeside-peace--signature"):
        assert (ID[node], PACTA.calendar, julian) in triples
        assert (ID[node], PACTA.dateInCalendar, Literal("1921-04-20")) in triples
        assert (ID[node], PACTA.earliest, Literal("1921-05-03", datatype=XSD_DATE)) in triples
    other = ID["statement/lakeside-peace--signed-on--1921-04-julian"]
    assert (other, PACTA.earliest, Literal("1921-04-14", datatype=XSD_DATE)) in triples
    assert (other, PACTA.dateInCalendar, Literal("1921-04")) in triples
