"""The documents of entities, warm, beside a constant answer of the same web server."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from bench.client import Client
from bench.peers import serve_constant, serve_release
from bench.serving.endpoint import list_entities
from bench.table import Measure, Row, interleave

PART = "documents"
MOST_ABOVE_MS = 3.0
MOST_ABOVE_304_MS = 1.0
ENTITIES = 25
TYPES = {"Turtle": "text/turtle", "JSON-LD": "application/ld+json"}


def measure_documents(out: Path, repeats: int) -> list[Row]:
    """Measure Turtle, JSON-LD and 304 of entities spread over the collection.

    Args:
        out: Folder of releases.
        repeats: How often each is asked for.
    """
    with serve_release(out) as server, serve_constant() as constant:
        ours, theirs = Client(server.port), Client(constant.port)
        entities = list_entities(ours)
        chosen = entities[:: max(1, len(entities) // ENTITIES)][:ENTITIES]
        paths = [urlsplit(iri).path.replace("/id/", "/doc/", 1) for iri in chosen]
        measures: dict[str, Measure] = {"constant": lambda _: _get(theirs, "/", {}, 200)}
        for name, media_type in TYPES.items():
            measures[name] = _reading(ours, paths, media_type)
        measures["304"] = _revalidating(ours, paths)
        found = interleave(measures, repeats, warm=len(paths))
    base = found["constant"]
    rows = [Row(PART, "a constant Flask answer", str(base), numbers={"median_ms": base.median})]
    for name, series in found.items():
        if name == "constant":
            continue
        above = series.median - base.median
        most = MOST_ABOVE_304_MS if name == "304" else MOST_ABOVE_MS
        rows.append(
            Row(
                PART,
                f"{name} of {len(paths)} entities",
                f"{series} ({above:+.2f} ms)",
                f"at most {most:g} ms above",
                above <= most,
                {"median_ms": series.median, "p99_ms": series.p99, "above_ms": above},
            )
        )
    return rows


def _get(client: Client, path: str, headers: dict[str, str], status: int) -> float:
    reply = client.get(path, headers)
    if reply.status != status:
        raise RuntimeError(f"{path} answered {reply.status}: {reply.body[:300]!r}")
    return reply.ms


def _reading(client: Client, paths: list[str], media_type: str) -> Measure:
    headers = {"Accept": media_type}
    return lambda number: _get(client, paths[number % len(paths)], headers, 200)


def _revalidating(client: Client, paths: list[str]) -> Measure:
    tags = [client.get(path, {"Accept": "text/turtle"}).header("ETag") for path in paths]

    def measure(number: int) -> float:
        place = number % len(paths)
        headers = {"Accept": "text/turtle", "If-None-Match": tags[place]}
        return _get(client, paths[place], headers, 304)

    return measure
