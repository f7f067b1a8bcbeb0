"""The servers that are measured: each a process of its own on a free port, ended by its id."""

from __future__ import annotations

import contextlib
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench.client import JSON_ROWS, Client
from server.deploying import render_nginx

ROOT = Path(__file__).resolve().parent.parent
PACTA = Path(sys.executable).with_name("pacta")
START_S = 120.0
CACHE_OFF = ("--result-cache-bytes", "0")
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, its process, how long it took to answer."""

    port: int
    pid: int
    started_s: float

    def memory_bytes(self, name: str) -> int:
        """Return `VmRSS` (now) or `VmHWM` (at most since `forget_peak`) of the process."""
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        found = re.search(rf"{name}:\s+(\d+) kB", text)
        return int(found[1]) * 1024 if found else 0

    def measure_all_bytes(self) -> int:
        """Return the memory now (`VmRSS`) of the process and of those that it started."""
        listed = subprocess.run(
            ["ps", "-o", "rss=", "--pid", str(self.pid), "--ppid", str(self.pid)],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
        return sum(map(int, listed.stdout.split())) * 1024

    def forget_peak(self) -> None:
        """Begin the measure of the peak anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", encoding="ascii")

    def count_spools(self) -> int:
        """Return how many files without a name the process holds open, its log left out."""
        count = 0
        for entry in Path(f"/proc/{self.pid}/fd").iterdir():
            if entry.name in ("0", "1", "2"):
                continue
            with contextlib.suppress(OSError):
                target = str(entry.readlink())
                count += target.endswith(" (deleted)") and not target.startswith("/memfd:")
        return count


@contextlib.contextmanager
def run_server(command: Sequence[str | Path], probe: str, port: int = 0) -> Iterator[Server]:
    """Run a server while the block runs.

    Args:
        command: What starts it.
        probe: A path that it answers once it is up.
        port: Where it will listen; 0: it says so on its first lines.

    Raises:
        RuntimeError: It ended, or did not answer in time.
    """
    began = time.perf_counter()
    with (
        tempfile.TemporaryFile() as log,  # a pipe that nobody reads would stop the server
        subprocess.Popen(
            command, stdout=log if port else subprocess.PIPE, stderr=log, text=True, cwd=ROOT
        ) as process,
    ):
        try:
            found = port or _read_port(process)
            _await_answer(process, found, probe)
            yield Server(found, process.pid, time.perf_counter() - began)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _read_port(process: subprocess.Popen[str]) -> int:
    said: list[str] = []
    for line in process.stdout or ():
        said.append(line)
        found = _ADDRESS.search(line)
        if found:
            return int(found[1])
    raise RuntimeError("".join(said) or "the server said nothing")


def _await_answer(process: subprocess.Popen[str], port: int, probe: str) -> None:
    until = time.perf_counter() + START_S
    while process.poll() is None and time.perf_counter() < until:
        with contextlib.suppress(OSError):
            client = Client(port, 5.0)
            try:
                if client.get(probe).status == 200:
                    return
            finally:
                client.close()
        time.sleep(0.005)
    raise RuntimeError(f"{process.args!r} did not answer {probe}")


def serve_release(out: Path, *options: str) -> contextlib.AbstractContextManager[Server]:
    """Serve the release in use of a folder, as anyone would."""
    command: list[str | Path] = [PACTA, "serve", "--out", out, "--port", "0", *options]
    return run_server(command, "/sparql?query=ASK%7B%7D")


def serve_constant() -> contextlib.AbstractContextManager[Server]:
    """Serve one constant answer with Flask, under the same web server with the same settings."""
    return run_server([sys.executable, "-m", "bench.constant"], "/")


@contextlib.contextmanager
def serve_oxigraph(command: str, file: Path, folder: Path) -> Iterator[Server]:
    """Load N-Triples into a store, put it in order, and serve it by `oxigraph serve`.

    Args:
        command: The program.
        file: What is loaded, into the default graph.
        folder: For the store.
    """
    store = folder / "oxigraph"
    load: list[str | Path] = [command, "load", "--location", store, "--file", file]
    subprocess.run(load, check=True, capture_output=True)
    subprocess.run([command, "optimize", "--location", store], check=True, capture_output=True)
    port = find_free_port()
    serve: list[str | Path] = [command, "serve", "--location", store, "--bind", f"127.0.0.1:{port}"]
    with run_server(serve, "/query?query=ASK%7B%7D", port) as server:
        yield server


@contextlib.contextmanager
def serve_rdflib(command: str, file: Path) -> Iterator[Server]:
    """Serve N-Triples by rdflib-endpoint, over its Oxigraph store.

    Args:
        command: The program `rdflib-endpoint`.
        file: What is served, in the default graph.
    """
    port = find_free_port()
    serve: list[str | Path] = [command, "serve", "--host", "127.0.0.1", "--port", str(port)]
    serve += ["--store", "Oxigraph", file]
    with run_server(serve, "/?query=ASK%7B%7D", port) as server:
        yield server


_VIRTUOSO_SETTINGS = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
ServerThreads = 20
DirsAllowed = {folder}, {readable}
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerRoot = {folder}
ServerThreads = 20
[SPARQL]
ResultSetMaxRows = {most_rows}
"""
VIRTUOSO_GRAPH = "urn:pacta:bench"
_LOAD_VIRTUOSO = """
ld_dir('{folder}', '{name}', '{graph}');
rdf_loader_run();
checkpoint;
"""


def write_virtuoso(
    folder: Path, port: int, sql_port: int, buffers: int, most_rows: int, readable: Path
) -> Path:
    """Write `virtuoso.ini` for a new store in a folder; returns the file.

    Args:
        folder: Of the store and all that belongs to it.
        port: Where it answers HTTP.
        sql_port: Where it takes SQL.
        buffers: Pages of 8 KiB that it keeps in memory.
        most_rows: Rows that it gives at most.
        readable: Another folder from which it may load files.
    """
    text = _VIRTUOSO_SETTINGS.format(
        folder=folder,
        port=port,
        sql=sql_port,
        buffers=buffers,
        dirty=buffers * 3 // 4,
        most_rows=most_rows,
        readable=readable,
    )
    file = folder / "virtuoso.ini"
    file.write_text(text, encoding="utf-8")
    return file


@contextlib.contextmanager
def serve_virtuoso(command: str, client: str, file: Path, folder: Path) -> Iterator[Server]:
    """Load N-Triples into one graph of a new Virtuoso, which answers at `/sparql`.

    Args:
        command: The program `virtuoso-t`.
        client: The program `isql-vt`, through which it loads.
        file: What is loaded into `VIRTUOSO_GRAPH`.
        folder: For the store.

    Raises:
        RuntimeError: It loaded nothing.
    """
    own, source = folder / "virtuoso", file.resolve()
    own.mkdir()
    port, sql = find_free_port(), find_free_port()
    settings = write_virtuoso(own, port, sql, 170_000, 1_000_000, source.parent)
    run: list[str | Path] = [command, "+configfile", settings, "+foreground"]
    with run_server(run, "/sparql?query=ASK%7B%7D", port) as server:
        load = _LOAD_VIRTUOSO.format(folder=source.parent, name=source.name, graph=VIRTUOSO_GRAPH)
        loading = [client, f"127.0.0.1:{sql}", "dba", "dba"]
        done = subprocess.run(loading, input=load.encode(), check=True, capture_output=True)
        asked = Client(port, START_S)
        query = quote(f"ASK {{ GRAPH <{VIRTUOSO_GRAPH}> {{ ?s ?p ?o }} }}")
        if b"true" not in asked.get(f"/sparql?query={query}", JSON_ROWS).body:
            raise RuntimeError(f"Virtuoso loaded nothing: {done.stdout.decode()[-500:]}")
        asked.close()
        yield server


@contextlib.contextmanager
def serve_files(command: str, root: Path, folder: Path) -> Iterator[Server]:
    """Serve the files of a folder by nginx, as it comes.

    Args:
        command: The program `nginx`.
        root: The folder.
        folder: For its configuration, log and temporary files.
    """
    port = find_free_port()
    block = f"server {{ listen 127.0.0.1:{port}; root {root}; autoindex on; }}\n"
    with _run_nginx(command, block, port, folder / "nginx", "/") as server:
        yield server


@contextlib.contextmanager
def serve_proxy(
    command: str, servers: Sequence[Server], folder: Path, releases: Path | None = None
) -> Iterator[Server]:
    """Serve what `pacta deploy nginx` writes for some servers, without its TLS.

    Args:
        command: The program `nginx`.
        servers: What stands behind it.
        folder: For its configuration, log, cache and temporary files.
        releases: The folder of the releases, for servers that leave the dumps to nginx.
    """
    port = find_free_port()
    options = {"name": "localhost", "secure": f"127.0.0.1:{port}", "cache": f"{folder}/cache"}
    options["plain"] = f"127.0.0.1:{find_free_port()}"
    if releases is not None:
        options["releases"] = str(releases)
    block = render_nginx([f"127.0.0.1:{server.port}" for server in servers], options)
    block = block.replace(f":{port} ssl;", f":{port};")
    block = re.sub(r"^ *ssl_certificate.*\n", "", block, flags=re.M)
    with _run_nginx(command, block, port, folder / "proxy", "/health") as server:
        yield server


@contextlib.contextmanager
def _run_nginx(command: str, block: str, port: int, own: Path, probe: str) -> Iterator[Server]:
    """Run nginx with what stands inside of `http`, until it answers a path."""
    own.mkdir()
    temporary = "".join(
        f"  {name}_temp_path {own}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (own / "nginx.conf").write_text(
        f"daemon off;\nuser root;\npid {own}/pid;\nerror_log {own}/error.log;\nevents {{ }}\n"
        f"http {{\n  access_log off;\n  sendfile on;\n{temporary}{block}}}\n",
        encoding="utf-8",
    )
    run: list[str | Path] = [command, "-p", own, "-c", own / "nginx.conf", "-e", own / "error.log"]
    with run_server(run, probe, port) as server:
        yield server


def find_free_port() -> int:
    """Return a port of this machine that nobody listens on now.

    It lies below those that the kernel gives to clients: a client that asks whether the server is
    up may be given its port, and then the server cannot have it.
    """
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("a hundred ports from 20000 to 32000 are taken")
