"""What commands share: the row of a command, and what its function asks of the settings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from loader.progress import Progress
from loader.release.home import BUILD, releases_folder
from loader.settings import Settings
from loader.terminal import is_colourful
from loader.workspace import Workspace, open_workspace, sample_workspace

Argument = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Command:
    """One subcommand.

    Attributes:
        name: as typed.
        help: one line.
        examples: lines for the end of ``--help``.
        settings: the settings it takes as options.
        run: what it does.
        arguments: what is no setting: name, and how argparse takes it.
    """

    name: str
    help: str
    examples: tuple[str, ...]
    settings: tuple[str, ...]
    run: Callable[[argparse.Namespace, Settings], int]
    arguments: tuple[Argument, ...] = ()


FLAG: Final = {"action": "store_true"}

PROGRESS: Final = ("--progress", FLAG | {"help": "tell the stages even without a terminal"})


def open_named(settings: Settings) -> Workspace:
    """Open the workspace that the settings name, else the nearest one.

    Raises:
        WorkspaceError: there is none, or it cannot be read.
    """
    return open_workspace(Path(settings.workspace) if settings.workspace else None)


def find_out(settings: Settings) -> Path:
    """Return the folder of releases; the sample's own folder is not written into."""
    if settings.workspace == str(sample_workspace()):
        return Path(settings.out or BUILD)
    return releases_folder(settings.out, Path(settings.workspace))


def make_progress(arguments: argparse.Namespace) -> Progress:
    """Return the reporter of progress, which is quiet unless on a terminal or asked for."""
    terminal = sys.stderr.isatty()
    return Progress(sys.stderr, terminal or arguments.progress, is_colourful(sys.stderr))
