"""`pacta conform BASE-URL`: judge a server by the rules of linked data over HTTP."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from conform.answers.fetch import Limits, check_url
from conform.door import Options
from conform.errors import ConformError
from conform.model import Result
from conform.report import (
    format_heading,
    format_result,
    format_summary,
    name_format,
    write_earl,
)
from conform.rules import BY_ID, RULES
from conform.run import run_suite

EXIT_INPUT = 2
DEFAULTS = Limits()

EPILOG = """Exit codes: 0 every applicable rule holds; 1 at least one does not; 2 bad input, no
answer at all, or limits that cut the run short."""


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `conform` to the subcommands of `pacta`; the parsed arguments get `run`."""
    parser = commands.add_parser(
        "conform",
        help="judge any linked-data server by the HTTP rules",
        description="Judge a linked-data server by its answers: one line per rule.",
        epilog=EPILOG,
    )
    parser.add_argument("base", metavar="BASE-URL", help="address of the site")
    _add_places(parser)
    parser.add_argument("--sample", type=int, default=5, metavar="N",
                        help="things drawn at random over all kinds (default 5)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=1, metavar="S",
                        help="makes the draw repeatable (default 1)")  # fmt: skip
    parser.add_argument("--rule", action="append", default=[], metavar="ID",
                        help="judge only this rule; may be given again")  # fmt: skip
    parser.add_argument("--earl", metavar="FILE",
                        help="write the report as EARL: .ttl, .jsonld or .nt")  # fmt: skip
    parser.add_argument("--failures", action="store_true", help="show only rules that fail")
    _add_limits(parser)
    parser.set_defaults(run=run_conform)


def _add_places(parser: argparse.ArgumentParser) -> None:
    again = "; may be given again"
    parser.add_argument("--entity", action="append", default=[], metavar="IRI",
                        help=f"a thing to judge{again}")  # fmt: skip
    parser.add_argument("--document", action="append", default=[], metavar="URL",
                        help=f"a document to judge{again}")  # fmt: skip
    parser.add_argument("--sparql", default="", metavar="URL", help="the SPARQL endpoint")
    parser.add_argument("--dump", action="append", default=[], metavar="URL",
                        help=f"a dump to judge{again}")  # fmt: skip
    parser.add_argument("--void", default="", metavar="URL", help="the VoID description")
    parser.add_argument("--withdrawn", action="append", default=[], metavar="IRI",
                        help=f"a thing that was withdrawn{again}")  # fmt: skip
    parser.add_argument("--merged", action="append", default=[], metavar="IRI",
                        help=f"a thing that was merged into another{again}")  # fmt: skip
    parser.add_argument("--map", action="append", default=[], metavar="FROM=TO",
                        help="addresses that begin with FROM are asked at TO instead"
                        f"{again}")  # fmt: skip


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--max-requests", type=int, default=DEFAULTS.max_requests, metavar="N",
                        help="requests of a whole run "
                        f"(default {DEFAULTS.max_requests})")  # fmt: skip
    parser.add_argument("--timeout-s", type=float, default=DEFAULTS.timeout_s, metavar="S",
                        help="seconds of a whole run "
                        f"(default {DEFAULTS.timeout_s:g})")  # fmt: skip
    parser.add_argument("--request-timeout-s", type=float, default=DEFAULTS.request_timeout_s,
                        metavar="S", help="seconds to wait for one answer "
                        f"(default {DEFAULTS.request_timeout_s:g})")  # fmt: skip
    parser.add_argument("--max-bytes", type=int, default=DEFAULTS.max_bytes, metavar="N",
                        help=f"bytes read of one body (default {DEFAULTS.max_bytes})")  # fmt: skip
    parser.add_argument("--delay-s", type=float, default=DEFAULTS.delay_s, metavar="S",
                        help="seconds to wait before each request (default 0)")  # fmt: skip


def read_map(text: str) -> tuple[str, str]:
    """`FROM=TO`, split before the last address.

    Raises:
        ConformError: It is not two addresses.
    """
    at = max(text.rfind("=http://"), text.rfind("=https://"))
    if at <= 0:
        raise ConformError(f"--map {text!r}: expected FROM=TO, two addresses")
    return text[:at], check_url(text[at + 1 :])


def read_options(arguments: argparse.Namespace) -> Options:
    """The options of a command line.

    Raises:
        ConformError: One of them is no address, or a number is out of range.
    """
    if arguments.sample < 0:
        raise ConformError("--sample: expected a number from 0")
    base = check_url(arguments.base)
    for name in ("entity", "document", "dump", "withdrawn", "merged"):
        for text in getattr(arguments, name):
            check_url(text)
    for text in filter(None, (arguments.sparql, arguments.void)):
        check_url(text)
    return Options(
        base=base if base.endswith("/") else f"{base}/",
        maps=dict(map(read_map, arguments.map)),
        entities=tuple(arguments.entity),
        documents=tuple(arguments.document),
        sparql=arguments.sparql,
        dumps=tuple(arguments.dump),
        void=arguments.void,
        withdrawn=tuple(arguments.withdrawn),
        merged=tuple(arguments.merged),
        sample=arguments.sample,
        seed=arguments.seed,
    )


def read_limits(arguments: argparse.Namespace) -> Limits:
    """The limits of a command line.

    Raises:
        ConformError: One of them is out of range.
    """
    for name in ("max_requests", "timeout_s", "request_timeout_s", "max_bytes"):
        if not getattr(arguments, name) > 0:
            raise ConformError(f"--{name.replace('_', '-')}: expected a number above 0")
    return Limits(
        max_requests=arguments.max_requests,
        timeout_s=arguments.timeout_s,
        request_timeout_s=arguments.request_timeout_s,
        max_bytes=arguments.max_bytes,
        delay_s=max(0.0, arguments.delay_s),
    )


def run_conform(arguments: argparse.Namespace) -> int:
    """Judge a server and print the report; the exit code."""
    colour = sys.stdout.isatty()

    def show(result: Result) -> None:
        if not arguments.failures:
            heading = format_heading(result)
            if heading:
                print(heading)
        if not arguments.failures or result.verdict in ("fail", "untested"):
            print(format_result(result, colour), flush=True)

    try:
        unknown = [name for name in arguments.rule if name not in BY_ID]
        if unknown:
            raise ConformError(f"--rule {unknown[0]}: there is no such rule")
        if arguments.earl:
            name_format(arguments.earl)
        rules = [
            scoped for scoped in RULES if not arguments.rule or scoped.rule.id in arguments.rule
        ]
        run = run_suite(read_options(arguments), read_limits(arguments), show, rules)
        if arguments.earl:
            now = datetime.now(UTC).replace(microsecond=0)
            Path(arguments.earl).write_bytes(write_earl(run, now, arguments.earl))
    except (ConformError, OSError) as error:
        print(f"pacta conform: {error}", file=sys.stderr)
        return EXIT_INPUT
    for note in run.notes:
        print(f"note: {note}")
    print(format_summary(run))
    return run.exit_code
