"""The build, from top to bottom: knowledge in, one release folder out. Read this first.

    read ─► graph ─► reason ─► validate ─► describe ─► questions ─► write ─► publish

`prepare` is everything up to the questions and writes nothing; `check` is just that. `build` goes
on to write what was prepared into a staging folder, which becomes the release in one rename.
Whatever goes wrong before that leaves the releases that are there as they were.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final, Literal

from rdflib import BNode, URIRef

from loader.check.promises import (
    UNUSED_PASSAGE,
    broken_promises,
    is_local,
    lost_addresses,
    read_promised,
    unused_passages,
)
from loader.check.questions import Question, check_questions, read_questions
from loader.check.report import Placed, place_results, report_json, violations
from loader.check.rules import SHAPE_FILES
from loader.check.shapes import Report, check_shapes
from loader.collector import stop_collector
from loader.errors import ConformanceError, SeedError
from loader.graph.build import Graph, build_graph
from loader.graph.inference import infer
from loader.progress import Progress
from loader.rdf.counts import say_count
from loader.rdf.ordering import Order, Triple, nt
from loader.rdf.table import Table
from loader.rdf.terms import PACTA
from loader.rdf.turtle import write_turtle
from loader.read.addresses import Ref
from loader.read.model import Withdrawal
from loader.read.ontology.context import CONTEXT_FILE, render_context
from loader.read.ontology.vocabulary import read_vocabulary
from loader.read.records import read_records
from loader.read.withdrawn import WITHDRAWN_FILE
from loader.read.yamltext import Location
from loader.release.manifest import FORMAT, Manifest
from loader.release.opened import Release
from loader.release.store import Store, canonical
from loader.settings import Settings
from loader.workspace import Publication, Workspace
from loader.write.description import describe_demands, describe_files, describe_release
from loader.write.digest import id_of, program_version
from loader.write.dumps import DumpFile, ntriples, write_dumps
from loader.write.staging import publish_release, reuse_release, stage_release
from loader.write.void import Counts, is_entity

GRAPHS: Final = ("facts", "statements", "links", "vocabulary", "inferred", "about")
"""The named graphs, in the order of the dumps."""


@dataclass(frozen=True)
class Prepared:
    """A release that is ready to be written.

    Attributes:
        workspace: where it comes from.
        publication: what ``pacta.toml`` says, with the base of this build.
        id: the id of the release.
        context: every word of records and JSON-LD documents, with what it means.
        graph: what the records say, with their places.
        table: all statements of all named graphs.
        about: the triples of the graph ``about``.
        counts: the counts of the whole release.
        report: the report of the rules.
        results: the results of the report, with places in the records.
        store: the release in the embedded engine.
        questions: the questions that the release answered as expected.
    """

    workspace: Workspace
    publication: Publication
    id: str
    context: Mapping[str, Any]
    graph: Graph
    table: Table
    about: frozenset[Triple]
    counts: Counts
    report: Report
    results: tuple[Placed, ...]
    store: Store
    questions: tuple[Question, ...]


Answers = Literal["refuse", "warn", "accept"]
"""What becomes of a question with other rows than it must have; accept: they are not compared."""


def build(workspace: Workspace, base: str, settings: Settings, progress: Progress) -> Release:
    """Build the release of a workspace and put it in use.

    Raises:
        LoaderError: the input is wrong, the data does not conform, or the folder cannot be
            written; the release in use stays in use.
    """
    out = Path(settings.out)

    def waiting(holder: str) -> None:
        progress.note(f"waiting for another build (process {holder})")

    with stage_release(out, settings.lock_wait_s, waiting) as staging, stop_collector():
        if built := reuse_release(out, id_of(workspace, base)):
            return built
        warn = not _refuses(settings.changed_answers, base)
        prepared = prepare(workspace, base, progress, answers="warn" if warn else "refuse")
        keep_promises(prepared, out, settings.lost_addresses, progress)
        prepared.store.clear()
        with progress.stage("write") as stage:
            files = write(prepared, staging, stage.step)
            stage.found = f"{len(files)} dumps, {sum(f.bytes for f in files) / 1e6:.1f} MB"
        with progress.stage("publish") as stage:
            release = publish_release(out, staging, describe(prepared))
            stage.found = str(release.path)
    return release


@stop_collector()
def prepare(
    workspace: Workspace, base: str, progress: Progress, *, answers: Answers = "refuse"
) -> Prepared:
    """Return everything that a release holds, checked; nothing is written.

    Args:
        workspace: where ontology, shapes, seeds and queries lie.
        base: the base address of the release.
        progress: gets each stage.
        answers: what to do when a question gets other rows than it must.

    Raises:
        LoaderError: as `build`, except for the folder of releases.
    """
    publication = replace(workspace.publication, base=base)
    name = id_of(workspace, base)
    with progress.stage("read") as stage:
        vocabulary = read_vocabulary(workspace.ontology, base, publication.languages[0])
        records = read_records(workspace, vocabulary, keep_faults=True, step=stage.step)
        questions = read_questions(workspace.queries)
        stage.found = (
            f"{say_count(len(records.records), 'record')}, {say_count(len(questions), 'question')}"
        )
    with progress.stage("graph") as stage:
        graph = keep_promised(build_graph(records, vocabulary, base), workspace.seeds)
        graphs = name_graphs(graph.triples, base)
        ontology = graph.triples["vocabulary"]
        graph = replace(graph, triples={})
        del records
        stage.found = say_count(sum(map(len, graphs.values())), "statement")
    with progress.stage("reason") as stage:
        inferred = infer(graphs.values(), ontology)
        graphs[URIRef(f"{base}graph/inferred")] = frozenset(inferred)
        stage.found = f"{len(inferred)} inferred"
    with progress.stage("validate") as stage:
        store = Store.of(chain(describe_demands(publication), *graphs.values()))
        report = check_shapes(store, workspace.shapes, base=base)
        results = place_results(report, graph.origins)
        stage.found = (
            f"{say_count(len(report.violations), 'violation')}, "
            f"{say_count(len(report.warnings), 'warning')}"
        )
    if error := violations(results, base):
        raise error
    for explanation in report.stale:
        progress.warn(
            f"rule {explanation.rule} no longer warns of {explanation.focus}: explained.yaml"
        )
    with progress.stage("describe") as stage:
        about, counts = _describe(graphs, publication, name)
        table = Table.of(
            graphs | {_about(base): about}, base, publication.languages, _heading(name, publication)
        )
        stage.found = (
            f"{say_count(counts.triples, 'triple')}, "
            f"{say_count(counts.entities, 'entity', 'entities')}"
        )
    with progress.stage("questions") as stage:
        store.add(about)
        for graph_name, triples in graphs.items():
            store.add(triples, graph_name)
        store.add(about, _about(base))
        changed: ConformanceError | None = None
        try:
            if answers != "accept":
                check_questions(questions, store, base)
        except ConformanceError as error:
            if answers == "refuse":
                raise
            changed = error
        others = 1 + len(changed.also) if changed else 0
        stage.found = f"{len(questions) - others} answered as expected"
    if changed:
        told = say_count(others, "question")
        progress.warn(f"other rows than expected: {told}; `pacta check` shows them")
    return Prepared(
        workspace=workspace,
        publication=publication,
        id=name,
        context=vocabulary.terms,
        graph=graph,
        table=table,
        about=about,
        counts=counts,
        report=report,
        results=results,
        store=store,
        questions=questions,
    )


def name_graphs(
    triples: Mapping[str, Iterable[Triple]], base: str
) -> dict[URIRef, frozenset[Triple]]:
    """Return address of a named graph → its triples, in the order of `GRAPHS`.

    Nodes without a name (there are some in the ontology) get canonical labels, so that they
    are the same in every build.
    """
    named = {URIRef(f"{base}graph/{name}"): triples[name] for name in GRAPHS if name in triples}
    found: dict[URIRef, set[Triple]] = {name: set() for name in named}
    lines: list[str] = []
    for name, members in named.items():
        for s, p, o in members:
            if isinstance(s, BNode) or isinstance(o, BNode):
                lines.append(f"{nt(s)} {nt(p)} {nt(o)} {nt(name)} .\n")
            else:
                found[name].add((s, p, o))
    for s, p, o, graph in canonical("".join(lines)):
        found[URIRef(str(graph))].add((s, p, o))
    return {name: frozenset(members) for name, members in found.items()}


def write(
    prepared: Prepared, folder: Path, step: Callable[[str], None] = lambda text: None
) -> tuple[DumpFile, ...]:
    """Write all files of a release but the manifest.

    Args:
        prepared: what to write.
        folder: the folder of the new release.
        step: gets how far the work has come.

    Raises:
        OSError: a file cannot be written.
    """
    workspace, order = prepared.workspace, prepared.table.terms.order
    files = write_dumps(folder / "dumps", prepared.table, step)
    _copy_knowledge(workspace, prepared.publication.base, folder)
    (folder / "ontology" / CONTEXT_FILE).write_bytes(render_context(prepared.context).encode())
    about = describe_files(prepared.about, prepared.publication, prepared.id, files)
    _write_both(folder / "about" / "description", about, order)
    _write_both(folder / "report" / "report", prepared.report.graph, order)
    text = report_json(prepared.results, prepared.report.conforms, workspace.root)
    (folder / "report" / "report.json").write_bytes(text.encode())
    withdrawn = json.dumps(_withdrawn(prepared), ensure_ascii=False, indent=1) + "\n"
    (folder / "about" / "withdrawn.json").write_bytes(withdrawn.encode())
    return files


def _copy_knowledge(workspace: Workspace, base: str, folder: Path) -> None:
    """Copy what the release was made with; a workspace's own layers go into folders ``own/``."""
    for name, source, patterns, start in (
        ("ontology", workspace.ontology.whole, ("*.ttl", "vocab/*.ttl", "*.tsv"), ""),
        ("ontology/own", workspace.ontology.overlay, ("**/*.ttl",), f"@base <{base}> .\n"),
        ("shapes", workspace.shapes.whole, SHAPE_FILES, ""),
        ("shapes/own", workspace.shapes.overlay, ("*.ttl",), f"@base <{base}> .\n"),
        ("queries", workspace.queries, ("*.rq", "*.tsv"), ""),
    ):
        if source is None:
            continue
        for path in sorted(p for pattern in patterns for p in source.glob(pattern)):
            target = folder / name / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(start.encode() + path.read_bytes())


def keep_promised(graph: Graph, seeds: Path) -> Graph:
    """Hold the graph to the addresses of published releases; see `loader.check.promises`.

    Returns:
        The graph; the passages that nothing rests on any more are among what it withdraws.

    Raises:
        SeedError: an address is gone without an entry in ``seeds/withdrawn.yaml``, or stands for
            another fact.
    """
    promised = read_promised(seeds)
    start = f"{graph.base}id/"
    here = {iri.removeprefix(start): "" for iri in graph.origins if iri.startswith(start)}
    for s, p, o in graph.triples["statements"]:
        if p == PACTA.onProperty:
            here[str(s).removeprefix(start)] = str(o).rpartition("#")[2].rpartition("/")[2]
    gone = {str(one.id) for one in graph.withdrawn}
    file = seeds / WITHDRAWN_FILE
    if problem := SeedError.together(broken_promises(promised, here, gone, file)):
        raise problem
    unused = (
        Withdrawal(Ref(address), None, UNUSED_PASSAGE, Location(file, 1, 1))
        for address in unused_passages(promised, here)
        if address not in gone
    )
    return replace(graph, withdrawn=(*graph.withdrawn, *unused))


def _refuses(rule: str, base: str) -> bool:
    """Whether a broken promise stops the build: a base local to this machine is not public yet."""
    return rule == "refuse" or (rule == "auto" and not is_local(base))


def keep_promises(prepared: Prepared, out: Path, rule: str, progress: Progress) -> None:
    """Hold the new release to the addresses of the one in use; see `loader.check.promises`.

    Raises:
        SeedError: addresses are gone without an entry in ``seeds/withdrawn.yaml``.
    """
    start = f"{prepared.publication.base}id/"
    here = {str(node).removeprefix(start) for node in prepared.table.terms.nodes}
    here |= {str(one.id) for one in prepared.graph.withdrawn}
    file = prepared.workspace.seeds / WITHDRAWN_FILE
    error = lost_addresses(out, prepared.publication.base, here, file)
    if error is None:
        return
    if _refuses(rule, prepared.publication.base):
        raise error
    progress.warn(f"{error.message}; before it is published, write them into {file.name}")


def describe(prepared: Prepared) -> Manifest:
    """Return the manifest, still without its files."""
    publication, counts = prepared.publication, prepared.counts
    order = prepared.table.terms.order
    kinds = dict.fromkeys(order.kinds, 0)
    for subject in {row[0] for row in prepared.table.union}:
        node = prepared.table.terms.nodes[subject]
        if is_entity(node, publication.base) and (kind := order.kind(node)):
            kinds[kind] += 1
    return Manifest(
        format=FORMAT,
        id=prepared.id,
        line=publication.line,
        base=publication.base,
        title=publication.title,
        description=publication.description,
        issued=publication.issued.isoformat(),
        publisher={"name": publication.publisher_name, "url": publication.publisher_url},
        licence=publication.licence,
        languages=publication.languages,
        pacta_version=program_version(),
        counts={
            "quads": sum(counts.graphs.values()),
            "triples": counts.triples,
            "entities": counts.entities,
            "subjects": counts.subjects,
            "violations": len(prepared.report.violations),
            "warnings": len(prepared.report.warnings),
            "questions": len(prepared.questions),
        },
        graphs={str(name).rpartition("/")[2]: size for name, size in counts.graphs.items()},
        kinds=kinds,
    )


def _describe(
    graphs: dict[URIRef, frozenset[Triple]], publication: Publication, name: str
) -> tuple[frozenset[Triple], Counts]:
    terms = {term for triples in graphs.values() for triple in triples for term in triple}
    order = Order.of(terms, publication.base, publication.languages)
    about, counts = describe_release(
        graphs, _about(publication.base), publication, name, program_version(), order
    )
    return frozenset(about), counts


def _about(base: str) -> URIRef:
    return URIRef(f"{base}graph/about")


def _heading(name: str, publication: Publication) -> str:
    title = publication.title[publication.languages[0]]
    return f"{title}\nRelease {name}, issued {publication.issued}. Licence: {publication.licence}"


def _write_both(path: Path, triples: Iterable[Triple], order: Order) -> None:
    """Write triples as Turtle for people and as N-Triples for programs."""
    path.parent.mkdir(exist_ok=True)
    table = Table.of({URIRef("urn:all"): triples}, order.base, order.languages)
    for ending, pieces in ((".ttl", write_turtle(table)), (".nt", ntriples(table))):
        path.with_suffix(ending).write_bytes("".join(pieces).encode())


def _withdrawn(prepared: Prepared) -> dict[str, dict[str, object]]:
    """Return address → what replaces it and why, for the server's answers 410 and 308."""
    start = f"{prepared.publication.base}id/"
    return {
        f"{start}{one.id}": {
            "status": "merged" if one.merged else "withdrawn",
            "successor": f"{start}{one.successor}" if one.successor else None,
            "reason": dict(one.reason),
        }
        for one in sorted(prepared.graph.withdrawn, key=lambda one: str(one.id))
    }
