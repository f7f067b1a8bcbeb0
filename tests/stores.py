"""Real SPARQL stores of others for tests, on free ports of loopback.

A test skips where its store is absent.
`oxigraph` is looked for on the path, in the environment of the tests and in PACTA_OXIGRAPH;
`virtuoso-t` and `isql-vt` (Debian: virtuoso-opensource) on the path.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.peers import write_virtuoso
from loader.release.endpoint import Endpoint
from tests.live import wait_until
from tests.skips import skip_without

_GRANTS = """
GRANT SPARQL_UPDATE TO "SPARQL";
GRANT EXECUTE ON DB.DBA.SPARQL_INSERT_DICT_CONTENT TO "SPARQL";
DB.DBA.RDF_DEFAULT_USER_PERMS_SET ('nobody', 7);
"""

START_S = 120
"""Virtuoso makes its files when it starts first: 10 s where nothing else runs."""


def find_oxigraph() -> str | None:
    """The command of Oxigraph's own server."""
    beside = Path(sys.executable).parent / "oxigraph"
    return (
        os.environ.get("PACTA_OXIGRAPH")
        or shutil.which("oxigraph")
        or (str(beside) if beside.exists() else None)
    )


@contextlib.contextmanager
def _run(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """A server that listens on a port, until the end."""
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, cwd=folder)

    def listens() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", "/sparql?query=ASK%7B%7D")
            return connection.getresponse().status < 500
        return False

    try:
        assert wait_until(listens, START_S), (folder / "said").read_text()
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def run_oxigraph(folder: Path) -> Iterator[Endpoint]:
    """`oxigraph serve` with an empty store."""
    found = find_oxigraph()
    if found is None:
        skip_without("oxigraph")
    port = find_port()
    command = [found, "serve", "--location", str(folder / "db"), "--bind", f"127.0.0.1:{port}"]
    with _run(command, port, folder):
        root = f"http://127.0.0.1:{port}"
        yield Endpoint(f"{root}/query", f"{root}/update", f"{root}/store")


@contextlib.contextmanager
def run_virtuoso(folder: Path, most_rows: int = 2000) -> Iterator[Endpoint]:
    """Virtuoso with an empty store that gives at most so many rows, everybody may write."""
    found, client = shutil.which("virtuoso-t"), shutil.which("isql-vt")
    if found is None or client is None:
        skip_without("virtuoso")
    port, sql = find_port(), find_port()
    write_virtuoso(folder, port, sql, 20_000, most_rows, folder)
    with _run([found, "+configfile", "virtuoso.ini", "+foreground"], port, folder):
        subprocess.run(
            [client, f"127.0.0.1:{sql}", "dba", "dba"],
            input=_GRANTS.encode(),
            check=True,
            capture_output=True,
            timeout=30,
        )
        root = f"http://127.0.0.1:{port}"
        yield Endpoint(f"{root}/sparql", f"{root}/sparql", f"{root}/sparql-graph-crud")


STORES: dict[str, Callable[[Path], contextlib.AbstractContextManager[Endpoint]]] = {
    "oxigraph": run_oxigraph,
    "virtuoso": run_virtuoso,
}


def find_port() -> int:
    """A port of loopback that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
