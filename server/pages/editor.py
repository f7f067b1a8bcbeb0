"""What the SPARQL editor needs from a release: questions, prefixes and terms. Pure.

`/editor.json` hands it to the editor, and the page at `/sparql` lists the questions for everybody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loader.rdf.prefixes import PREFIXES
from server.pages.language import ENGLISH, Language
from server.rdf.model import (
    LABEL,
    OWL,
    PACTA,
    PREF_LABEL,
    RDF,
    RDFS,
    SKOS,
    TYPE,
    VOCAB,
    VOID,
    Iri,
    Literal,
    Quad,
)

_START = """\
# {comment}
BASE <{base}>
PREFIX pacta: <{pacta}>
PREFIX rdfs: <{rdfs}>

SELECT ?treaty ?title ?signed WHERE {{
  ?treaty a pacta:Treaty ; rdfs:label ?title .
  OPTIONAL {{ ?treaty pacta:signedOn ?signed }}
  FILTER( LANG(?title) = "{language}" )
}} ORDER BY DESC( BOUND(?signed) ) ?signed
"""
_SHOWN_KEYS = ("title", "question", "note")
_PROPERTY = "Property"
_NAMING = {TYPE: "class", VOID + "class": "class", VOID + "property": "property"}


@dataclass(frozen=True)
class Example:
    """A question of the release.

    Attributes:
        name: Of its file, without the suffix.
        title: In a few words.
        question: In full; may be empty.
        text: The query as the editor shows it: what it asks as comments, `BASE`, the query.
    """

    name: str
    title: str
    question: str
    text: str


def write_start(base: str, language: Language = ENGLISH, titles: str = "en") -> str:
    """The query that an empty editor begins with.

    Args:
        base: The address that `BASE` gives the query.
        language: Of its comment.
        titles: The language of the titles that it asks for.
    """
    comment = language.say("The treaties and when they were signed.")
    return _START.format(comment=comment, base=base, pacta=PACTA, rdfs=RDFS, language=titles)


def read_example(name: str, text: str, base: str, language: str = "") -> Example:
    """A file of `queries/`: comments `# key: …` at its top, then SPARQL with relative addresses.

    Args:
        name: Of the file, without the suffix.
        text: What stands in it.
        base: The address that `BASE` gives the query.
        language: Which of its wordings to show; one without this language keeps the first.
    """
    lines = text.strip().splitlines()
    top = _find_top(lines)
    header = read_header(text)
    title, question, note = (say_header(header, key, language) for key in _SHOWN_KEYS)
    told = [f"# {words}" for words in (title, question, note) if words]
    query = "\n".join(lines[top:]).strip()
    return Example(
        name=name,
        title=title or name,
        question=question,
        text="\n".join([*told, f"BASE <{base}>", query]) + "\n",
    )


def _find_top(lines: Sequence[str]) -> int:
    """How many lines of comment a query begins with."""
    return next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))


def read_header(text: str) -> dict[str, str]:
    """The comments at the top of a query: `# title: …`, `# title@lt: …`, by key."""
    lines = text.strip().splitlines()
    header: dict[str, str] = {}
    key = ""
    for line in lines[: _find_top(lines)]:
        said = line.lstrip("#").strip()
        word, colon, rest = said.partition(":")
        if colon and word.replace("@", "").isalpha() and word.islower():
            key, said = word, rest.strip()
        header[key] = f"{header.get(key, '')} {said}".strip()
    return header


def say_header(header: Mapping[str, str], key: str, language: str) -> str:
    """A comment at the top of a query, in a language where it is there; may be empty."""
    return header.get(f"{key}@{language}") or header.get(key, "")


def list_prefixes(quads: Iterable[Quad]) -> dict[str, str]:
    """Prefix → namespace: the well-known ones, then one for each concept list."""
    schemes = {
        str(quad.subject)
        for quad in quads
        if quad.predicate == TYPE
        and str(quad.object) == SKOS + "ConceptScheme"
        and quad.subject.startswith(VOCAB)
    }
    own = {iri[len(VOCAB) :]: f"{iri}/" for iri in sorted(schemes)}
    return {**PREFIXES} | {name: iri for name, iri in own.items() if name not in PREFIXES}


def list_words(
    quads: Iterable[Quad], prefixes: Mapping[str, str], languages: Sequence[str] = ()
) -> list[dict[str, str]]:
    """Classes, properties and concepts with a prefixed name, each with its label and meaning.

    Beside what is declared, what is in use: the predicates of the quads, what something is an
    instance of, and the properties and classes that VoID counts. They have no label of ours.

    Args:
        quads: Of the vocabulary graph, and VoID of the release where it should count.
        prefixes: As `list_prefixes` gives them.
        languages: Of the collection; a label is in the first that has one, else in English.

    Returns:
        In the order of their names: `name`, `role` (class, property, concept), `label`, `about`.
    """
    roles: dict[str, str] = {}
    used: dict[str, str] = {}
    labels: dict[str, tuple[int, str]] = {}
    meanings: dict[str, tuple[int, str]] = {}
    places = {tag: place for place, tag in enumerate(dict.fromkeys((*languages, "en", "")))}
    for subject, predicate, value, *_ in quads:
        used[predicate] = "property"
        if predicate in _NAMING and isinstance(value, Iri):
            used.setdefault(value, _NAMING[predicate])
        if predicate == TYPE:
            role = _name_role(str(value))
            if role:
                roles[subject] = role
        elif isinstance(value, Literal) and value.language in places:
            told = (places[value.language], value.value)
            if predicate in (LABEL, PREF_LABEL):
                labels[subject] = min(told, labels.get(subject, told))
            elif predicate == SKOS + "definition":
                meanings[subject] = min(told, meanings.get(subject, told))
    words = [
        {
            "name": name,
            "role": role,
            "label": labels.get(subject, (0, ""))[1],
            "about": meanings.get(subject, (0, ""))[1],
        }
        for subject, role in (used | roles).items()
        if (name := _shorten(subject, prefixes))
    ]
    return sorted(words, key=lambda word: word["name"].casefold())


def _name_role(kind: str) -> str:
    if kind == OWL + "Class":
        return "class"
    if kind == SKOS + "Concept":
        return "concept"
    return "property" if kind in (RDF + _PROPERTY, *_OWL_PROPERTIES) else ""


_OWL_PROPERTIES = tuple(
    f"{OWL}{kind}{_PROPERTY}" for kind in ("Object", "Datatype", "Annotation", "Transitive")
)


def _shorten(iri: str, prefixes: Mapping[str, str]) -> str:
    """A prefixed name, or nothing where there is none that needs no escapes."""
    for prefix, namespace in prefixes.items():
        local = iri[len(namespace) :]
        if iri.startswith(namespace) and local and local.replace("-", "").isalnum():
            return f"{prefix}:{local}"
    return ""


WORDS = (
    "%(first)s–%(last)s of %(all)s",
    "%(most)s s was the time asked for, of at most %(n)s s:",
    "%(n)s of %(all)s fit the filter",
    "%(name)s and %(n)s more",
    "%(what)s are not drawn: %(why)s. The table has all.",
    "%(what)s is not drawn: %(why)s. The table has all.",
    "All limits",
    "All on one page",
    "Answer",
    "Answer as sent",
    "Chart",
    "Copy link",
    "Ctrl+Enter runs · Ctrl+Space completes a word, a prefix, or a name after < · "
    "Tab leaves the editor",
    "Download",
    "Earlier queries",
    "Every date in these rows is open.",
    "Filter rows",
    "Forget the earlier queries",
    "Forget them",
    "Go to line %(line)s",
    "Go to line %(line)s, column %(column)s",
    "Indent",
    "Length of the bars:",
    "Limit:",
    "Map",
    "Map of the rows with coordinates",
    "Natural Earth: present-day borders, quiet background only",
    "Next",
    "No",
    "No file was stored.",
    "No part of an answer is shown, because none was complete.",
    "No row matches. That is the whole answer.",
    "No statement matches.",
    "No whole answer arrived",
    "On the map, as a list (%(n)s)",
    "Over these graphs only:",
    "Over this graph only:",
    "Previous",
    "Raw",
    "Rows",
    "Run",
    "Run the query again in a while.",
    "Run the query again.",
    "Running: %(done)s s of at most %(most)s s",
    "SHA-256 %(value)s, the same as the server's",
    "Show as",
    "Stop",
    "Stopped. There is no answer.",
    "Table",
    "The address of this page is the link: it opens the editor with this query.",
    "The answer is not what the server sent",
    "The answer is not whole",
    "The answer is whole at the server and too large for a page. A download gives all of it; "
    "LIMIT or an aggregate makes it smaller.",
    "The download failed",
    "The first %(n)s of %(all)s characters. The downloads hold all.",
    "The link is on the clipboard; it opens the editor with this query.",
    "The page failed",
    "The query was not answered",
    "The same query may be answered in %(n)s s.",
    "The server answered %(status)s",
    "The server cannot be reached",
    "Timeline",
    "Yes",
    "a chart shows %(n)s at most",
    "a timeline shows %(n)s at most",
    "all %(n)s shown",
    "and %(n)s more, in the table",
    "asking for %(what)s …",
    "checked",
    "complete",
    "complete: %(what)s",
    "named, for GRAPH",
    "no coordinates in them",
    "no date in them",
    "nothing is bound to %(name)s",
)
"""What the editor's modules say, messages."""
NOUNS = (("row", "rows"), ("statement", "statements"), ("byte", "bytes"))
"""What they count, messages in one and in many."""
_COUNTED = 120
"""Numbers from zero that need every plural form of a language."""


def translate_words(messages: Iterable[str], language: Language) -> dict[str, str | dict[str, str]]:
    """What the editor says in a language: message → text, noun → its form by plural category.

    Args:
        messages: Beside `WORDS`, such as the titles of errors.
        language: The language of the page.
    """
    said: dict[str, str | dict[str, str]] = {m: language.say(m) for m in (*WORDS, *messages)}
    for one, many in NOUNS:
        said[one] = {
            language.locale.plural_form(n): language.catalogue.ngettext(one, many, n)
            for n in range(_COUNTED)
        }
    return said
