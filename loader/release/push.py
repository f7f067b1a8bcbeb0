"""Loads a release into a remote SPARQL store, and compares what the store holds with it.

`pushed` names the graphs. Blank nodes become addresses (RDF 1.1 Concepts, 3.5), so that two
requests can speak of the same node; the server makes them blank nodes again.
Source: decision 0037.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loader.rdf.counts import say_count
from loader.release.endpoint import (
    Endpoint,
    EndpointError,
    add_triples,
    ask_rows,
    save_triples,
    update,
)
from loader.release.opened import Release
from loader.release.pushed import (
    CHECKSUM,
    IDENTIFIER,
    PART_OF,
    VERSION,
    ledger_of,
    mark_query,
    pushed_name,
    skolem_prefix,
    union_of,
)
from loader.release.store import RdfError, read_lines

_BLANK: Final = re.compile(r'("(?:[^"\\]|\\.)*")|_:([A-Za-z0-9]+)')
_QUAD: Final = re.compile(r"(.*) <([^>]*)> \.")
_TRIPLE: Final = re.compile(r"(\S+) (\S+) (.*) \.")
_LITERAL: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@(\S+)|\^\^<(\S+)>)?')
_MODULUS: Final = 1 << 256
_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"


@dataclass(frozen=True)
class Change:
    """A statement that a store holds otherwise than the release.

    Attributes:
        graph: its name in the release.
        kind: what changed, such as ``form of xsd:boolean``; ``lost`` or ``added``.
        sent: the statement of the release, or empty.
        held: that of the store, or empty.
    """

    graph: str
    kind: str
    sent: str
    held: str

    @property
    def rewritten(self) -> bool:
        """Whether the same thing is still said, in another form."""
        return bool(self.sent and self.held)


def push_release(
    release: Release, endpoint: Endpoint, batch_bytes: int, told: Callable[[str], None]
) -> tuple[Change, ...]:
    """Load a release into graphs of its own, compare them, and make it the one in use.

    The statements go in pieces; one that arrived in an earlier, broken push is not sent again.
    One short update then says in the ledger that the release is whole and in use. The release in
    use before stays, so that servers which still answer from it go on; older ones are removed.
    Graphs that no release owns stay as they are. A release that is whole in the store is not sent
    again.

    Args:
        release: what to load.
        endpoint: must take updates.
        batch_bytes: how much to send in one request.
        told: called with each step.

    Returns:
        Literals that the store rewrote; nothing else of the release differs.

    Raises:
        EndpointError: as `endpoint.update`, or the store does not hold what was sent; then the
            former release is in use as before.
    """
    base = release.manifest.base
    ledger, set_name = ledger_of(base), union_of(base, release.id)
    names = _list_graphs(release)
    changes: list[Change] = []
    if not ask_rows(endpoint, mark_query(base, release.id)):
        sent = _read_sent(endpoint, ledger, set_name)
        parts = " ".join(f"<{pushed}> <{PART_OF}> <{set_name}> ." for pushed in names.values())
        update(endpoint, f"INSERT DATA {{ GRAPH <{ledger}> {{ {parts} }} }}")
        for name, pushed in names.items():
            batches = _batches(_read_graph(release, name), batch_bytes)
            count = _send_graph(endpoint, ledger, pushed, batches, sent.get(pushed, frozenset()))
            told(f"{name or 'all graphs'} ({say_count(count, 'statement')})")
            changes += _verify(release, endpoint, name, pushed, count)
        mark = f'<{set_name}> <{IDENTIFIER}> "{secrets.token_hex(8)}"'
        update(endpoint, f"INSERT DATA {{ GRAPH <{ledger}> {{ {mark} }} }}")
    _use(endpoint, ledger, set_name)
    return tuple(changes)


def check_pushed(release: Release, endpoint: Endpoint) -> tuple[Change, ...]:
    """Compare a release that a store holds with the one that was sent, statement by statement.

    Raises:
        EndpointError: as `endpoint.ask_rows`, or the store does not hold the release whole.
    """
    if not ask_rows(endpoint, mark_query(release.manifest.base, release.id)):
        raise EndpointError(
            f"{endpoint.query} does not hold {release.id} whole", hint="push it: pacta push"
        )
    return tuple(
        change
        for name, pushed in _list_graphs(release).items()
        for change in _compare(release, endpoint, name, pushed)
    )


def count_kinds(changes: Iterable[Change]) -> list[tuple[str, int, Change]]:
    """Return each kind of change with how often it occurs and its first statement, by name."""
    listed = list(changes)
    counts = Counter(change.kind for change in listed)
    first = {change.kind: change for change in reversed(listed)}
    return [(kind, count, first[kind]) for kind, count in sorted(counts.items())]


# ---- sending ----------------------------------------------------------------------------------


def _send_graph(
    endpoint: Endpoint, ledger: str, pushed: str, batches: Iterable[list[str]], sent: frozenset[str]
) -> int:
    """Send what of a graph has not arrived yet; returns how many statements the graph has."""
    count = 0
    for batch in batches:
        count += len(batch)
        text = "".join(batch)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if digest not in sent:
            add_triples(endpoint, pushed, text)
            note = f'<{pushed}> <{CHECKSUM}> "{digest}"'
            update(endpoint, f"INSERT DATA {{ GRAPH <{ledger}> {{ {note} }} }}")
    return count


def _read_sent(endpoint: Endpoint, ledger: str, set_name: str) -> dict[str, frozenset[str]]:
    """Return graph of a set → digests of the pieces that an earlier push sent."""
    found: dict[str, set[str]] = {}
    query = (
        f"SELECT ?g ?digest WHERE {{ GRAPH <{ledger}> {{ "
        f"?g <{PART_OF}> <{set_name}> ; <{CHECKSUM}> ?digest }} }}"
    )
    for row in ask_rows(endpoint, query):
        found.setdefault(row["g"], set()).add(row["digest"])
    return {name: frozenset(digests) for name, digests in found.items()}


def _verify(
    release: Release, endpoint: Endpoint, name: str, pushed: str, count: int
) -> list[Change]:
    """Return the literals that the store rewrote in a graph that was just sent.

    Raises:
        EndpointError: it does not hold what was sent; the next push sends everything again.
    """
    problem = ""
    changes: list[Change] = []
    if (held := _count(endpoint, pushed)) != count:
        statements = say_count(held, "statement")
        problem = f"{endpoint.update} holds {statements} of {pushed}, {count} were sent"
    else:
        changes = _compare(release, endpoint, name, pushed)
        if other := next((each for each in changes if not each.rewritten), None):
            problem = f"{endpoint.update}, {pushed}: {other.kind}: {other.sent or other.held}"
    if problem:
        base = release.manifest.base
        _remove(endpoint, ledger_of(base), union_of(base, release.id))
        raise EndpointError(problem, hint="no other release was touched; see the log of the store")
    return changes


def _use(endpoint: Endpoint, ledger: str, set_name: str) -> None:
    """Put a set in use; remove all others but the one in use before."""
    query = f"SELECT ?set WHERE {{ GRAPH <{ledger}> {{ <{ledger}> <{VERSION}> ?set }} }}"
    former = {row["set"] for row in ask_rows(endpoint, query)}
    if former == {set_name}:
        return
    told = f"GRAPH <{ledger}> {{ <{ledger}> <{VERSION}>"
    update(
        endpoint,
        f"DELETE {{ {told} ?set }} }} WHERE {{ {told} ?set }} }} ;\n"
        f"INSERT DATA {{ {told} <{set_name}> }} }}",
    )
    query = f"SELECT DISTINCT ?set WHERE {{ GRAPH <{ledger}> {{ ?g <{PART_OF}> ?set }} }}"
    for row in ask_rows(endpoint, query):
        if row["set"] not in (set_name, *former):
            _remove(endpoint, ledger, row["set"])


def _remove(endpoint: Endpoint, ledger: str, set_name: str) -> None:
    """Remove the graphs of a set, but first its mark, because the set is no longer whole."""
    _delete(endpoint, ledger, f"<{set_name}> <{IDENTIFIER}> ?x")
    query = f"SELECT ?g WHERE {{ GRAPH <{ledger}> {{ ?g <{PART_OF}> <{set_name}> }} }}"
    for row in ask_rows(endpoint, query):
        update(endpoint, f"DROP SILENT GRAPH <{row['g']}>")
        _delete(endpoint, ledger, f"<{row['g']}> ?p ?x")


def _delete(endpoint: Endpoint, ledger: str, pattern: str) -> None:
    """Delete what matches a pattern in the ledger."""
    what = f"{{ GRAPH <{ledger}> {{ {pattern} }} }}"
    update(endpoint, f"DELETE {what} WHERE {what}")


def _count(endpoint: Endpoint, graph: str) -> int:
    query = f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
    try:
        return int(ask_rows(endpoint, query)[0]["n"])
    except (LookupError, ValueError):
        raise EndpointError(f"{endpoint.query} does not answer in SPARQL JSON") from None


# ---- reading the release ----------------------------------------------------------------------


def _list_graphs(release: Release) -> dict[str, str]:
    """Return graph → its name in the store, sorted; the empty name is the union."""
    found = sorted({name for name, _ in _read_quads(release)})
    named = {name: pushed_name(name, release.id) for name in found}
    return named | {"": union_of(release.manifest.base, release.id)}


def _read_graph(release: Release, name: str) -> Iterator[str]:
    """Yield the statements of a graph as lines of N-Triples, blank nodes as addresses."""
    front = skolem_prefix(release.manifest.base)
    lines: Iterable[str]
    if name:
        lines = (line for graph, line in _read_quads(release) if graph == name)
    else:
        lines = _read_file(release, "dumps/pacta.nt")
    for line in lines:
        yield _BLANK.sub(lambda m: m[1] or f"<{front}{m[2]}>", line) if "_:" in line else line


def _read_quads(release: Release) -> Iterator[tuple[str, str]]:
    """Yield the graph and the line of each statement of the release."""
    for line in _read_file(release, "dumps/pacta.nq"):
        if match := _QUAD.fullmatch(line.rstrip("\n")):
            yield match[2], f"{match[1]} .\n"


def _read_file(release: Release, name: str) -> Iterator[str]:
    try:
        with release.file(name).open(encoding="utf-8", newline="\n") as file:
            yield from file
    except OSError as error:
        raise EndpointError(f"cannot be read: {error.strerror}", release.path) from None


def _batches(lines: Iterable[str], size: int) -> Iterator[list[str]]:
    """Yield lines in groups of about ``size`` bytes."""
    batch: list[str] = []
    length = 0
    for line in lines:
        batch.append(line)
        length += len(line.encode())
        if length >= size:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch


# ---- comparing --------------------------------------------------------------------------------


def _compare(release: Release, endpoint: Endpoint, name: str, held: str) -> list[Change]:
    """Return how a graph of the store differs from that of the release.

    Both sides give one digest that does not depend on the order of statements; only where the
    two differ are the statements held in memory.

    Args:
        release: the release whose graph ``name`` is sent.
        endpoint: the store whose graph ``held`` is read.
        name: as the release calls it.
        held: as the store does.
    """
    with tempfile.TemporaryDirectory(prefix="pacta-push-") as folder:
        file = Path(folder) / "held.nt"
        with file.open("wb") as stream:
            save_triples(endpoint, held, stream)
        try:
            given = sum(1 for _ in read_lines(file))
            if given < (count := _count(endpoint, held)):
                raise EndpointError(
                    f"{endpoint.query} gives {given} of the {count} statements of {held}",
                    hint="raise its row limit (Virtuoso: ResultSetMaxRows), at least for the push",
                )
            if _digest(_read_graph(release, name)) == _digest(read_lines(file)):
                return []
            sent_lines, held_lines = set(_read_graph(release, name)), set(read_lines(file))
        except RdfError as error:
            raise EndpointError(f"{endpoint.query}: {held} {error.message}") from None
    return _pair(name, sent_lines - held_lines, held_lines - sent_lines)


def _digest(lines: Iterable[str]) -> int:
    """Return one number for a set of lines, whatever their order: the sum of their SHA-256."""
    total = 0
    for line in lines:
        total += int.from_bytes(hashlib.sha256(line.encode()).digest())
    return total % _MODULUS


def _pair(name: str, lost: set[str], added: set[str]) -> list[Change]:
    """Return the changes: a lost and an added value of one subject and predicate are a pair."""
    values: dict[tuple[str, str], list[str]] = {}
    for line in sorted(added):
        if match := _TRIPLE.fullmatch(line.rstrip("\n")):
            values.setdefault((match[1], match[2]), []).append(line)
    changes: list[Change] = []
    for line in sorted(lost):
        match = _TRIPLE.fullmatch(line.rstrip("\n"))
        rest = values.get((match[1], match[2]), []) if match else []
        held = min(rest, key=lambda each: _rate(line, each), default="")
        if match is None or not _read_literal(line) or not _read_literal(held):
            changes.append(Change(name, "lost", line.rstrip("\n"), ""))
            continue
        rest.remove(held)
        changes.append(Change(name, _explain(line, held), line.rstrip("\n"), held.rstrip("\n")))
    changes += [
        Change(name, "added", "", line.rstrip("\n")) for rest in values.values() for line in rest
    ]
    return changes


def _rate(sent: str, held: str) -> int:
    """Return how far two literals are apart: 0 for the same text, 1 for the same kind, else 2."""
    one, other = _read_literal(sent), _read_literal(held)
    if one is None or other is None:
        return 3
    return 0 if one[0] == other[0] else 1 if one[1:] == other[1:] else 2


def _read_literal(line: str) -> tuple[str, str, str] | None:
    """Return text, language and type of the literal of a statement; None where it has none."""
    match = _TRIPLE.fullmatch(line.rstrip("\n"))
    literal = _LITERAL.fullmatch(match[3]) if match else None
    if literal is None:
        return None
    return literal[1], literal[2] or "", literal[3] or _STRING


def _explain(sent: str, held: str) -> str:
    """Return what happened to a literal."""
    one, other = _read_literal(sent), _read_literal(held)
    if one is None or other is None:
        return "lost"
    if one[1] != other[1]:
        return f"language {one[1]} became {other[1] or 'none'}"
    kind = _shorten(one[2])
    if one[2] != other[2]:
        return f"type {kind} became {_shorten(other[2])}"
    return f"form of {kind}"


def _shorten(iri: str) -> str:
    return re.split(r"[#/]", iri)[-1]
