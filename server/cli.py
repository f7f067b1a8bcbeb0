"""The commands of the server: `pacta serve`, `pacta freeze` and `pacta prepare`.

Settings are read here, once; the listening socket, the pool and the application are made here and
taken apart here. Errors name the file, line and column and end with exit code 2.
"""

import argparse
import contextlib
import logging
import os
import re
import secrets
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from loader.options import SettingError, add_options, read_settings
from loader.progress import Progress
from loader.terminal import is_colourful
from server.deploying import OPTIONS, SERVER, render_nginx
from server.errors import ServerError
from server.http.headers import is_here
from server.pool.engine import StoreSpec
from server.reading.contexts import ContextSources, hash_context
from server.reading.faults import DataError, FilesError
from server.reading.reader import DataFile, ReadingOptions
from server.reading.summary import (
    count_statements,
    describe_left_out,
    describe_reports,
    summarise_reports,
)
from server.release.store import load_files
from server.settings import Settings, describe_folder

EXIT_LACKING = 1
EXIT_INPUT = 2


class UsageError(Exception):
    """A command line that makes no sense; the message says what was expected."""


def add_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    own_context: Callable[[], str] | None = None,
) -> None:
    """Add `serve`, `freeze` and `prepare` to the subcommands of `pacta`, each with its `run`.

    Args:
        commands: The subcommands.
        own_context: Makes the text of the JSON-LD context of Pacta's own ontology, for documents
            of other collections that `serve --data` reads.
    """
    serve = commands.add_parser(
        "serve",
        help="serve a release folder, or any RDF files",
        description="Serve a release folder, or with --data any RDF files, read-only, over HTTP.",
    )
    serve.add_argument("--release", metavar="DIR", help="a release folder (default build/current)")
    serve.add_argument(
        "--out",
        metavar="DIR",
        default="",
        help="folder of the releases (default: build/ of the workspace)",
    )
    serve.add_argument(
        "--data",
        metavar="FILE",
        action="append",
        default=[],
        help="an RDF file, also .gz .bz2 .zst; N-Quads and TriG keep their graphs; may be given "
        "again",
    )
    serve.add_argument(
        "--named-graph",
        metavar="URI=FILE",
        action="append",
        default=[],
        help="an RDF file for a named graph; may be given again",
    )
    serve.add_argument(
        "--skip-invalid",
        action="store_true",
        help="serve --data without the statements that are faulty, and say what was left out",
    )
    serve.add_argument(
        "--union",
        action="store_true",
        help="with --data, the default graph is the union of all graphs",
    )
    serve.add_argument(
        "--context",
        metavar="URL=FILE",
        action="append",
        default=[],
        help="a file for a JSON-LD context that a document refers to; may be given again",
    )
    add_options(serve.add_argument_group("settings"), Settings)
    serve.set_defaults(run=run_serve, own_context=own_context)
    _add_freeze(commands)
    _add_prepare(commands)


def _add_freeze(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `freeze`."""
    freeze = commands.add_parser(
        "freeze",
        help="write a release as a static site that needs no server",
        description="Write the release in use as a static site: every page in every language of "
        "the interface, every document and list in every format, the dumps, a search and a query "
        "engine that run in the browser, and rules for web servers.",
        epilog="examples:\n"
        "  pacta freeze --out site\n"
        "  pacta freeze --release build/releases/2026.11-0123abcd --out /var/www/treaties\n"
        "  pacta freeze --check https://treaties.example.org/\n"
        "The addresses in the data are those of the release: pacta build --base URL sets them. "
        "Links between pages are relative, so the site works below any path.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    freeze.add_argument("--release", metavar="DIR", help="a release folder (default build/current)")
    freeze.add_argument(
        "--out",
        metavar="DIR",
        default="site",
        help="folder of the site: a new one, or a frozen site to replace (default: site)",
    )
    freeze.add_argument(
        "--check",
        metavar="URL",
        help="write nothing; say what the host of a frozen site can do, exit 1 where it lacks some",
    )
    add_options(freeze, Settings, ("documents",))
    freeze.set_defaults(run=run_freeze)


def _add_prepare(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `prepare`."""
    prepare = commands.add_parser(
        "prepare",
        help="make now what the first start of a server makes",
        description="Verify a release and make its store and its search index now, so that servers "
        "start at once. What is there already is kept.",
        epilog="example:\n  pacta prepare --out /srv/pacta",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    prepare.add_argument(
        "--release", metavar="DIR", help="a release folder (default build/current)"
    )
    prepare.add_argument(
        "--out",
        metavar="DIR",
        default="",
        help="folder of the releases (default: build/ of the workspace)",
    )
    prepare.set_defaults(run=run_prepare)

    deploy = commands.add_parser(
        "deploy",
        help="write the configuration of a proxy in front of the servers",
        description="Write the configuration of nginx in front of one or more `pacta serve`.",
        epilog="examples:\n"
        "  pacta deploy nginx --name treaties.example.org > /etc/nginx/conf.d/pacta.conf\n"
        "  pacta deploy nginx --server 127.0.0.1:8000 --server 127.0.0.1:8001\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    deploy.add_argument("proxy", metavar="nginx", choices=("nginx",), help="the proxy: nginx")
    deploy.add_argument(
        "--server",
        metavar="ADDRESS:PORT",
        action="append",
        help=f"a `pacta serve`; may be given again (default: {SERVER})",
    )
    for name, metavar, default, text in OPTIONS:
        shown = default.replace("{live}", "that of an ACME client for the host")
        deploy.add_argument(
            f"--{name}", metavar=metavar, default=default, help=f"{text} (default: {shown})"
        )
    deploy.set_defaults(run=run_deploy)


def run_deploy(arguments: argparse.Namespace) -> int:
    """Print the configuration; the exit code."""
    print(render_nginx(arguments.server or [SERVER], vars(arguments)), end="")
    return 0


def read_named_graph(text: str) -> DataFile:
    """`URI=FILE`, split at the last `=`.

    Raises:
        UsageError: There is no `=`, or nothing on one of its sides.
    """
    name, mark, path = text.rpartition("=")
    if not mark or not name or not path:
        raise UsageError(f"--named-graph {text!r}: expected URI=FILE")
    return DataFile(path, name)


def read_options(arguments: argparse.Namespace) -> ReadingOptions:
    """How the files of `--data` are read.

    Raises:
        UsageError: A `--context` is not URL=FILE.
    """
    contexts: dict[str, Path] = {}
    for text in arguments.context:
        address, mark, path = text.rpartition("=")
        if not mark or not address or not path:
            raise UsageError(f"--context {text!r}: expected URL=FILE")
        contexts[address] = Path(path)
    known = [*contexts.values(), *find_own_contexts(arguments.out)]
    digests = {hash_context(path.read_bytes()): path for path in known if path.is_file()}
    sources = ContextSources(contexts, digests, arguments.own_context)
    return ReadingOptions(arguments.skip_invalid, sources)


def find_own_contexts(out: str) -> list[Path]:
    """The JSON-LD contexts of the releases of the workspace, whole as they were published."""
    try:
        releases = find_releases(out, "")
    except UsageError:
        return []
    return list(releases.glob("releases/*/ontology/context.jsonld"))


def run_serve(arguments: argparse.Namespace) -> int:
    """Serve until told to stop; the exit code."""
    try:
        settings = read_settings(Settings, vars(arguments), os.environ)
        start_log(settings.log_level)
        files = [DataFile(path) for path in arguments.data]
        files += [read_named_graph(text) for text in arguments.named_graph]
        if files and arguments.release:
            raise UsageError("--release and --data do not go together")
        if not files and (arguments.skip_invalid or arguments.union or arguments.context):
            raise UsageError("--skip-invalid, --union and --context go with --data")
        if settings.endpoint and files:
            raise UsageError("--endpoint and --data do not go together")
        if settings.endpoint and not settings.endpoint.startswith(("http://", "https://")):
            raise UsageError(f"--endpoint {settings.endpoint!r}: expected http://… or https://…")
        location = settings.x_accel_redirect
        if location and not re.fullmatch(r"/(?:[\w.~-]+/)+", location, re.ASCII):
            raise UsageError(f"--x-accel-redirect {location!r}: expected /…/, as in nginx's file")
        with _listen(settings) as listener:
            settings = replace(settings, port=listener.getsockname()[1])
            if files:
                options = read_options(arguments)
                return serve_data(files, settings, listener, options, union=arguments.union)
            return serve_release(arguments, settings, listener)
    except (UsageError, SettingError, DataError, FilesError, ServerError) as error:
        print(f"pacta serve: {error}", file=sys.stderr)
        return EXIT_INPUT


def run_freeze(arguments: argparse.Namespace) -> int:
    """Write a static site, or judge the host of one; the exit code."""
    if arguments.check:
        return run_check(arguments.check)
    from loader.release.opened import CURRENT, ReleaseError
    from server.freeze.writing import FreezeError, freeze

    # an exception, so that what was written so far is taken away as after any failure
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        settings = read_settings(Settings, vars(arguments), os.environ)
        builds = find_releases("", arguments.release).absolute()
        release = Path(arguments.release).absolute() if arguments.release else builds / CURRENT
        shown = sys.stderr.isatty()

        def tell(done: int, total: int) -> None:
            if shown:
                end = "\n" if done == total else "\r"
                print(f"  {done:,} of {total:,} addresses", end=end, file=sys.stderr, flush=True)

        made = freeze(
            builds, release.resolve(), Path(arguments.out), documents=settings.documents, tell=tell
        )
    except (UsageError, SettingError, DataError, ServerError, ReleaseError, FreezeError) as error:
        print(f"pacta freeze: {error}", file=sys.stderr)
        return EXIT_INPUT
    for target, file in made.unknown[:20]:
        print(f"pacta freeze: {file} links to {target}, which the site lacks", file=sys.stderr)
    print(
        f"{arguments.out}: release {made.release}, {made.files:,} files, "
        f"{made.bytes / 1_000_000:,.0f} MB"
    )
    return 0


def run_prepare(arguments: argparse.Namespace) -> int:
    """Make what the start of a server needs, and say what there is; the exit code."""
    from loader.release.opened import ReleaseError
    from server.release.current import ReleaseHolder

    try:
        out = find_releases(arguments.out, arguments.release)
        folder = Path(arguments.release).absolute() if arguments.release else None
        began = time.perf_counter()
        opened = ReleaseHolder(out.absolute(), folder).open(make_progress())
    except (UsageError, DataError, ReleaseError) as error:
        print(f"pacta prepare: {error}", file=sys.stderr)
        return EXIT_INPUT
    seconds = time.perf_counter() - began
    print(f"release {opened.id} is ready to be served; this took {seconds:.1f} s")
    return 0


def make_progress() -> Progress:
    """What tells on a terminal how far the work is, and nothing in a pipe."""
    return Progress(sys.stderr, sys.stderr.isatty(), is_colourful(sys.stderr))


def run_check(address: str) -> int:
    """Say what the host of a frozen site can do, one line for each thing; the exit code."""
    from server.freeze.host_check import HostError, check_host

    try:
        found = check_host(address)
    except HostError as error:
        print(f"pacta freeze: {error}", file=sys.stderr)
        return EXIT_INPUT
    for each in found:
        print(
            f"{'can    ' if each.able else 'cannot '} {each.name}"
            + (each.seen and f" ({each.seen})")
        )
    return 0 if all(each.able for each in found) else EXIT_LACKING


def start_log(level: str) -> None:
    """Write the log to standard error, from this level up."""
    line = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=level.upper(), format=line)
    logging.getLogger("waitress").setLevel(logging.ERROR)  # it warns whenever a request waits


@contextlib.contextmanager
def _listen(settings: Settings) -> Iterator[socket.socket]:
    """The listening socket, bound and not yet listening; bound first, so that errors come early."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"cannot listen on {settings.host} port {settings.port}: {error}; "
                "--port takes another"
            ) from None
        yield listener


def describe_address(listener: socket.socket) -> str:
    """`http://host:port/` of a bound socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def show_count(count: int) -> None:
    """Show how many statements were read, in a line that the next one replaces."""
    print(f"  {count:,} statements read", end="\r", file=sys.stderr, flush=True)


def serve_data(
    files: list[DataFile],
    settings: Settings,
    listener: socket.socket,
    options: ReadingOptions,
    *,
    union: bool,
) -> int:
    """Load RDF files into a store in a temporary folder and serve it."""
    from server.app import create_app
    from server.routes.sparql import make_blueprint, render_form
    from server.serving import serve_app
    from server.sparql.service import SparqlService

    with tempfile.TemporaryDirectory(prefix="pacta-data-", dir=describe_folder(settings)) as folder:
        store_folder = Path(folder).resolve() / "store"
        tell = show_count if sys.stderr.isatty() else None
        reports = load_files(files, store_folder, options, union=union, tell=tell)
        address = describe_address(listener)
        store = StoreSpec(
            str(store_folder), f"data-{secrets.token_hex(8)}", f"{address}sparql", union=union
        )
        service = SparqlService(settings)
        try:
            remark = describe_left_out(reports)
            endpoint = service.open(store, f"{address}sparql", remark=remark)
            blueprint = make_blueprint(service, lambda: endpoint, render_form)
            app = create_app(
                settings,
                None,
                [blueprint],
                lambda: service.report_health() | {"data": summarise_reports(reports)},
                service.list_metrics,
                service.answers,
            )
            greeting = "\n".join(
                [
                    f"serving {count_statements(reports)} at {address}sparql",
                    *describe_reports(reports, union=union),
                ]
            )
            traffic = app.extensions["pacta"].traffic
            return serve_app(app, settings, listener, greeting, traffic, service.close)
        finally:
            service.close()


def find_releases(out: str, release: str | None) -> Path:
    """The folder of releases: as given, the one that holds `release`, or that of the workspace.

    Raises:
        UsageError: Nothing is given, and there is no workspace here.
    """
    from loader.release.home import BUILD, PUBLICATION_FILE, find_workspace
    from loader.release.opened import RELEASES

    if out:
        return Path(out)
    if release:
        folder = Path(release).absolute().parent
        return folder.parent if folder.name == RELEASES else folder
    root = find_workspace(Path())
    if root is not None:
        return root / BUILD
    raise UsageError(
        f"no {PUBLICATION_FILE} in this folder or in one above it, so no collection is chosen. "
        "Go to the folder of the collection, or name what to serve: --release DIR, --out DIR "
        "or --data FILE"
    )


def serve_release(
    arguments: argparse.Namespace, settings: Settings, listener: socket.socket
) -> int:
    """Serve the release in use, or one release folder."""
    from loader.release.opened import Release, ReleaseError
    from server.app import create_app
    from server.release.current import ReleaseHolder
    from server.routes.sparql import make_blueprint, render_page
    from server.serving import serve_app
    from server.sparql.service import Endpoint, SparqlService

    out = find_releases(arguments.out, arguments.release)
    service = SparqlService(settings)

    def open_endpoint(release: Release, store: StoreSpec) -> Endpoint:
        base = release.manifest.base
        return service.open(store, f"{base}sparql", f"{base}id/dataset/{release.id}")

    holder = ReleaseHolder(
        out.absolute(),
        Path(arguments.release).absolute() if arguments.release else None,
        on_open=open_endpoint,
        on_close=service.forget,
    )
    try:
        release = holder.open(make_progress())
        holder.watch()
        blueprint = make_blueprint(service, lambda: holder.current.service, render_page)
        app = create_app(
            settings,
            holder,
            [blueprint],
            service.report_health,
            service.list_metrics,
            service.answers,
        )
        here = is_here(release.base, *listener.getsockname()[:2])
        address = release.base if here else describe_address(listener)
        greeting = f"serving release {release.id} at {address}"
        if not here:
            greeting += f"\nits addresses begin with {release.base}: they resolve there, not here"
        traffic = app.extensions["pacta"].traffic
        return serve_app(app, settings, listener, greeting, traffic, service.close)
    except ReleaseError as error:
        print(f"pacta serve: {error}", file=sys.stderr)
        return EXIT_INPUT
    finally:
        holder.stop()
        service.close()
