"""The loader's commands on the command line, as `loader/commands/` lists them.

Each command is a row of `COMMANDS` and one function from parsed arguments to an exit code: 0 done,
1 the data does not conform, 2 bad input or usage, 3 our bug. Heavy libraries are imported inside
the functions, so that ``--help`` and a build that has nothing to do are quick.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from typing import Final

from loader.commands import building, endpoints, records
from loader.commands.command import Command
from loader.errors import WorkspaceError
from loader.options import SettingError, add_options, read_settings
from loader.settings import Settings
from loader.terminal import run_safely
from loader.workspace import sample_workspace

COMMANDS: Final = (*records.COMMANDS, *building.COMMANDS, *endpoints.COMMANDS)


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the loader's commands to the subcommands of `pacta`; parsed arguments get `run`."""
    for command in COMMANDS:
        parser = commands.add_parser(
            command.name,
            help=command.help,
            description=command.help[0].upper() + command.help[1:] + ".",
            epilog="examples:\n" + "".join(f"  {line}\n" for line in command.examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        for name, options in command.arguments:
            parser.add_argument(name, **options)
        add_options(parser, Settings, command.settings)
        if "workspace" in command.settings:
            parser.add_argument(
                "--sample",
                dest="workspace",
                action="store_const",
                const=str(sample_workspace()),
                help="the collection that comes with Pacta",
            )
        parser.set_defaults(run=_runner(command))


def _runner(command: Command) -> Callable[[argparse.Namespace], int]:
    def run(arguments: argparse.Namespace) -> int:
        return run_safely(lambda: _run(command, arguments))

    return run


def _run(command: Command, arguments: argparse.Namespace) -> int:
    try:
        settings = read_settings(Settings, vars(arguments), os.environ)
    except SettingError as error:
        raise WorkspaceError(str(error)) from None
    return command.run(arguments, settings)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the loader's commands alone (`python -m loader`)."""
    parser = argparse.ArgumentParser(prog="pacta", description="Build releases of Pacta.")
    add_commands(parser.add_subparsers(metavar="COMMAND", required=True))
    arguments = parser.parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    return run(arguments)
