"""Releases and SPARQL endpoints: ask, push."""

from __future__ import annotations

import argparse
import sys
from typing import Final

from loader.commands.command import (
    FLAG,
    PROGRESS,
    Command,
    find_out,
    make_progress,
)
from loader.rdf.counts import say_count
from loader.settings import Settings
from loader.terminal import EXIT_DONE, EXIT_NONCONFORMING


def run_query(arguments: argparse.Namespace, settings: Settings) -> int:
    """Run one query on a release, or on a remote endpoint."""
    from loader.asking import ask

    data = ask(
        arguments.query,
        arguments.release,
        arguments.format,
        settings,
        terminal=sys.stdout.isatty(),
    )
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
    return EXIT_DONE


def run_push(arguments: argparse.Namespace, settings: Settings) -> int:
    """Load a release into a remote SPARQL store, or say what the store changed."""
    from loader.asking import endpoint_of
    from loader.release.diff import find_release
    from loader.release.opened import current_release
    from loader.release.push import check_pushed, count_kinds, push_release

    out = find_out(settings)
    release = find_release(arguments.release, out) if arguments.release else current_release(out)
    endpoint = endpoint_of(settings, arguments.query_endpoint)
    if arguments.check:
        changes = check_pushed(release, endpoint)
    else:
        progress = make_progress(arguments)
        changes = push_release(release, endpoint, settings.push_batch_bytes, progress.note)
    for kind, count, first in count_kinds(changes):
        print(f"{count} x {kind}, such as\n  {first.sent or '-'}\n  {first.held or '-'}")
    state = (
        f"{say_count(len(changes), 'statement')} otherwise" if changes else "all as in the release"
    )
    quads = release.manifest.counts["quads"]
    print(f"{release.id}: {quads} statements at {endpoint.update}, {state}")
    return EXIT_NONCONFORMING if changes and arguments.check else EXIT_DONE


_RELEASE: Final = ("--release", {"metavar": "RELEASE", "help": "id or folder (default: in use)"})

_REMOTE: Final = (
    "endpoint",
    "endpoint_user",
    "endpoint_password",
    "endpoint_auth",
    "endpoint_timeout_s",
)

COMMANDS: Final = (
    Command(
        "query",
        "one query, on a release or an endpoint",
        (
            "pacta query 'SELECT * { ?s a <https://w3id.org/pacta/ns#Treaty> }'",
            "pacta query queries/q-vilnius-on-four-days.rq --format csv",
            "pacta query --endpoint http://localhost:8000/sparql 'ASK {}'",
        ),
        ("out", "base", "workspace", *_REMOTE),
        run_query,
        (
            ("query", {"metavar": "QUERY-OR-FILE", "help": "SPARQL, a file, or - for input"}),
            _RELEASE,
            (
                "--format",
                {
                    "metavar": "F",
                    "default": "table",
                    "help": "table json xml csv tsv, for triples ttl nt jsonld rdf "
                    "(default: table, or ttl)",
                },
            ),
        ),
    ),
    Command(
        "push",
        "load a release into a remote SPARQL store",
        (
            "pacta push --endpoint http://store:7878/update --graph-store http://store:7878/store",
            "PACTA_ENDPOINT_PASSWORD=… pacta push --endpoint http://store:8890/sparql-auth \\\n"
            "    --endpoint-user dba --endpoint-auth digest \\\n"
            "    --graph-store http://store:8890/sparql-graph-crud-auth",
            "pacta push --check --endpoint http://store:7878/update",
        ),
        ("out", "workspace", *_REMOTE, "graph_store", "push_batch_bytes"),
        run_push,
        (
            PROGRESS,
            _RELEASE,
            (
                "--query-endpoint",
                {"metavar": "URL", "help": "where the store answers queries, if elsewhere"},
            ),
            (
                "--check",
                FLAG | {"help": "send nothing; tell what the store holds otherwise, exit 1"},
            ),
        ),
    ),
)
