"""The service description of the endpoint, as N-Triples.

Source: SPARQL 1.1 Service Description; the formats' names are those of https://www.w3.org/ns/formats/.
Pure.
"""

from dataclasses import dataclass

_SD = "http://www.w3.org/ns/sparql-service-description#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_VOID = "http://rdfs.org/ns/void#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_FORMATS = "http://www.w3.org/ns/formats/"


_FORMAT_NAMES = (
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "JSON-LD",
    "N-Triples",
    "RDF_XML",
    "TriG",
    "N-Quads",
)


@dataclass(frozen=True)
class GraphCount:
    """A graph and how many triples it holds; None where they were not counted."""

    name: str
    triples: int | None


@dataclass(frozen=True)
class ServiceFacts:
    """The facts that a description states.

    Attributes:
        endpoint: The endpoint's absolute address.
        union: The default graph is the union of the named graphs.
        default_triples: In the default graph; None where they were not counted.
        graphs: The named graphs, sorted by name.
        dataset: The IRI of the dataset served, or empty.
        limits: The address of the limits, absolute.
        remark: What a reader must know of the dataset; empty: nothing.
    """

    endpoint: str
    union: bool
    default_triples: int | None
    graphs: tuple[GraphCount, ...]
    dataset: str
    limits: str
    remark: str = ""


def _count(subject: str, triples: int | None) -> list[str]:
    """The triple that states a count, if there is one."""
    if triples is None:
        return []
    return [f'{subject} <{_VOID}triples> "{triples}"^^<{_XSD}integer> .']


def _quote(text: str) -> str:
    """A plain literal of one line as N-Triples writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def describe_service(facts: ServiceFacts) -> str:
    """The description, one triple per line, without blank nodes."""
    service = f"<{facts.endpoint}#service>"
    dataset = f"<{facts.dataset or facts.endpoint + '#dataset'}>"
    default = f"<{facts.endpoint}#default-graph>"
    is_a = f"<{_RDF}type>"
    lines = [
        f"{service} {is_a} <{_SD}Service> .",
        f"{service} <{_SD}endpoint> <{facts.endpoint}> .",
        f"{service} <{_SD}supportedLanguage> <{_SD}SPARQL10Query> .",
        f"{service} <{_SD}supportedLanguage> <{_SD}SPARQL11Query> .",
        *(f"{service} <{_SD}resultFormat> <{_FORMATS}{name}> ." for name in _FORMAT_NAMES),
        *([f"{service} <{_SD}feature> <{_SD}UnionDefaultGraph> ."] if facts.union else []),
        f"{service} <{_RDFS}seeAlso> <{facts.limits}> .",
        f"{service} <{_SD}defaultDataset> {dataset} .",
        f"{service} <{_SD}availableGraphs> {dataset} .",
        f"{dataset} {is_a} <{_SD}Dataset> .",
        f"{dataset} {is_a} <{_SD}GraphCollection> .",
        f"{dataset} <{_SD}defaultGraph> {default} .",
        f"{default} {is_a} <{_SD}Graph> .",
        *_count(default, facts.default_triples),
        *([f"{dataset} <{_RDFS}comment> {_quote(facts.remark)} ."] if facts.remark else []),
    ]
    for number, graph in enumerate(facts.graphs, 1):
        named = f"<{facts.endpoint}#named-graph-{number}>"
        content = f"<{facts.endpoint}#graph-{number}>"
        lines += [
            f"{dataset} <{_SD}namedGraph> {named} .",
            f"{named} {is_a} <{_SD}NamedGraph> .",
            f"{named} <{_SD}name> <{graph.name}> .",
            f"{named} <{_SD}graph> {content} .",
            f"{content} {is_a} <{_SD}Graph> .",
            *_count(content, graph.triples),
        ]
    return "\n".join(lines) + "\n"
