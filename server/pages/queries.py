"""The SPARQL query behind each table or picture of a page. Pure.

`%s` stands for the IRI of the thing. Rows of the query are rows of the page; a test holds both to
each other.
"""

from collections.abc import Iterable
from urllib.parse import urlencode

_PREFIXES = {
    "pacta": "https://w3id.org/pacta/ns#",
    "rank": "https://w3id.org/pacta/vocab/rank/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}
_PLAIN = ":/?*(),;@!$'"
"""What may stand in a query string as it is (RFC 3986, section 3.4), so that links stay short."""

_BODIES = {
    "holders": """SELECT ?status ?mode ?holder ?accordingTo ?through ?from ?until WHERE {
  VALUES ?thing { %s }
  ?status a pacta:TerritorialStatus ;
    pacta:about ?thing ;
    pacta:holder ?holder ;
    pacta:mode ?mode ;
    pacta:rank ?rank .
  FILTER( ?rank != rank:deprecated )
  OPTIONAL { ?status pacta:accordingTo ?accordingTo }
  OPTIONAL { ?status pacta:through ?through }
  OPTIONAL { ?status pacta:from ?from }
  OPTIONAL { ?status pacta:until ?until }
} ORDER BY ?thing ?mode ?from""",
    "held": """SELECT ?status ?thing ?mode ?accordingTo ?from ?until WHERE {
  VALUES ?holder { %s }
  ?status a pacta:TerritorialStatus ;
    pacta:about ?thing ;
    pacta:holder ?holder ;
    pacta:mode ?mode ;
    pacta:rank ?rank .
  FILTER( ?rank != rank:deprecated )
  OPTIONAL { ?status pacta:accordingTo ?accordingTo }
  OPTIONAL { ?status pacta:from ?from }
  OPTIONAL { ?status pacta:until ?until }
} ORDER BY ?thing ?mode ?from""",
    "life": """SELECT ?event (SAMPLE(?name) AS ?label)
  (MIN(?first) AS ?earliest) (MAX(?last) AS ?latest)
WHERE {
  VALUES ?event { %s }
  ?event rdfs:label ?name . FILTER( LANG(?name) = "%(language)s" )
  OPTIONAL { ?event pacta:earliest ?first }
  OPTIONAL { ?event pacta:latest ?last }
} GROUP BY ?event ORDER BY ?earliest ?event""",
    "amounts": """SELECT ?figure ?quantity ?stage ?bound ?amount ?date WHERE {
  VALUES ?figure { %s }
  ?figure pacta:quantity ?quantity .
  OPTIONAL { ?figure pacta:amount ?amount }
  OPTIONAL { ?figure pacta:stage ?stage }
  OPTIONAL { ?figure pacta:bound ?bound }
  OPTIONAL { ?figure pacta:date ?date }
} ORDER BY ?quantity ?date""",
    "treaties": """SELECT ?treaty (SAMPLE(?name) AS ?label) (MIN(?day) AS ?signed) WHERE {
  VALUES ?treaty { %s }
  ?treaty rdfs:label ?name . FILTER( LANG(?name) = "%(language)s" )
  OPTIONAL { ?treaty pacta:signedOn ?day }
} GROUP BY ?treaty ORDER BY ?signed ?treaty""",
    "points": """SELECT ?thing (SAMPLE(?north) AS ?lat) (SAMPLE(?east) AS ?long) WHERE {
  VALUES ?thing { %s }
  ?thing pacta:lat ?north ; pacta:long ?east .
} GROUP BY ?thing ORDER BY ?thing""",
    "provisions": """SELECT ?provision ?number ?content ?obliges ?benefits WHERE {
  VALUES ?provision { %s }
  OPTIONAL { ?provision pacta:number ?number }
  OPTIONAL { ?provision pacta:content ?content }
  OPTIONAL { ?provision pacta:obliges ?obliges }
  OPTIONAL { ?provision pacta:benefits ?benefits }
} ORDER BY ?number""",
    "statements": """SELECT ?statement ?property ?value ?rank ?source ?start ?end WHERE {
  VALUES ?thing { %s }
  ?statement pacta:about ?thing ; pacta:rank ?rank ; pacta:hasEvidence ?evidence .
  OPTIONAL { ?statement pacta:onProperty ?property }
  OPTIONAL { ?statement pacta:value ?value }
  ?evidence <http://www.w3.org/ns/oa#hasSource> ?source ;
    <http://www.w3.org/ns/oa#hasSelector> ?selector .
  ?selector <http://www.w3.org/ns/oa#start> ?start ; <http://www.w3.org/ns/oa#end> ?end .
} ORDER BY ?property ?statement ?start""",
    "day": """SELECT ?status ?thing ?mode ?holder ?accordingTo
  ?fromEarliest ?fromLatest ?untilEarliest ?untilLatest
WHERE {
  ?status a pacta:TerritorialStatus ;
    pacta:about ?thing ;
    pacta:mode ?mode ;
    pacta:holder ?holder ;
    pacta:rank ?rank ;
    pacta:fromEarliest ?fromEarliest ; pacta:fromLatest ?fromLatest ;
    pacta:untilEarliest ?untilEarliest ; pacta:untilLatest ?untilLatest .
  FILTER( ?rank != rank:deprecated &&
    STR(?fromEarliest) <= "%(last)s" &&
    STR(?untilLatest) >= "%(first)s" )
  OPTIONAL { ?status pacta:accordingTo ?accordingTo }
} ORDER BY ?thing ?mode ?fromEarliest""",
    "kind": """SELECT ?thing ?label WHERE {
  ?thing rdfs:label ?label .
  FILTER( STRSTARTS(STR(?thing), "%s") && LANG(?label) = "%(language)s" )
} ORDER BY ?label""",
}

_BODIES["collection"] = _BODIES["treaties"].replace(
    "VALUES ?treaty { %s }", "?treaty a pacta:Treaty ."
)


def write_query(name: str, things: Iterable[str], language: str = "en") -> str:
    """The query of a table about things, given by their IRIs; its labels are in one language."""
    every = list(things)
    folders = {thing.rpartition("/")[0] + "/" for thing in every}
    base = min(folders) if len(every) > 1 and len(folders) == 1 else ""
    named = " ".join(f"<{thing.removeprefix(base)}>" for thing in every)
    head = f"BASE <{base}>\n" if base else ""
    return head + _with_prefixes(_fill(name, named, language))


def _fill(name: str, named: str, language: str) -> str:
    """Fill the body of a query with the things it asks about and the language of its labels."""
    return _BODIES[name].replace("%(language)s", language).replace("%s", named)


def _with_prefixes(body: str) -> str:
    """A query with the prefixes that it uses."""
    used = [f"PREFIX {name}: <{iri}>\n" for name, iri in _PREFIXES.items() if f"{name}:" in body]
    return "".join(used) + body


def write_day_query(first: str, last: str) -> str:
    """The query for what held on any day from the first to the last, `YYYY-MM-DD`."""
    body = _BODIES["day"].replace("%(first)s", first).replace("%(last)s", last)
    return _with_prefixes(body)


def write_kind_query(prefix: str, language: str) -> str:
    """The query for all things whose IRI begins with a text, with their labels in one language."""
    return _with_prefixes(_fill("kind", prefix, language))


def link_query(prefix: str, query: str) -> str:
    """The path of the editor with a query in it."""
    return f"{prefix}/sparql?{urlencode({'query': query}, safe=_PLAIN)}"
