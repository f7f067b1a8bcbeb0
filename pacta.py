"""The front door: the `pacta` command. The only module that knows loader, server and conform.

Each side adds its subcommands to one parser. Those of server and conform are left out while a
loader's command runs, so that a build does not wait for libraries that it does not use.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import sys
from collections.abc import Callable, Sequence

import loader.cli
from loader.terminal import run_safely
from loader.write.digest import program_version


def make_parser(only_loader: bool = False) -> argparse.ArgumentParser:
    """Return the parser with all subcommands.

    Args:
        only_loader: leave those of the others out.
    """
    parser = argparse.ArgumentParser(
        prog="pacta",
        description="Publishes treaties as linked data: "
        "every statement goes back to the passage that says it.",
        epilog="`pacta COMMAND --help` explains a command and gives examples.",
    )
    parser.add_argument("--version", action="version", version=f"pacta {program_version()}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    loader.cli.add_commands(commands)
    if not only_loader:
        import conform.cli
        import server.cli

        server.cli.add_commands(commands, make_own_context)
        conform.cli.add_commands(commands)
    return parser


def make_own_context() -> str:
    """Return the JSON-LD context of a release whose ontology is Pacta's; reads the ontology."""
    from loader.read.ontology.vocabulary import render_packaged_context

    return render_packaged_context()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    atexit.register(gc.freeze)  # else Python looks for cycles in all that is about to go
    given = sys.argv[1:] if argv is None else list(argv)
    is_loaders = bool(given) and given[0] in {command.name for command in loader.cli.COMMANDS}
    arguments = make_parser(is_loaders).parse_args(given)
    run: Callable[[argparse.Namespace], int] = arguments.run
    return run(arguments) if is_loaders else run_safely(lambda: run(arguments))


if __name__ == "__main__":
    sys.exit(main())
