"""How a command ends: messages, colours and exit codes.

| code | when |
|---|---|
| 0 | done |
| 1 | the data does not conform |
| 2 | bad input or usage |
| 3 | our bug |
| 130 | interrupted from the keyboard |
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final, TextIO

from loader.errors import LoaderError

EXIT_DONE: Final = 0
EXIT_NONCONFORMING: Final = 1
EXIT_INPUT: Final = 2
EXIT_BUG: Final = 3
EXIT_INTERRUPTED: Final = 130


def run_safely(run: Callable[[], int], stream: TextIO | None = None) -> int:
    """Run a command and turn what it raises into a message and an exit code."""
    errors = sys.stderr if stream is None else stream
    try:
        return run()
    except LoaderError as error:
        for one in (error, *error.also):
            one.path = _near(one.path)
        errors.write(f"{_paint(str(error), errors)}\n")
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except KeyboardInterrupt:
        errors.write("interrupted; the release in use is untouched\n")
        return EXIT_INTERRUPTED
    except Exception:  # the one place: whatever gets here is our bug
        traceback.print_exc(file=errors)
        errors.write("This is a bug in Pacta. Please report it with the lines above.\n")
        return EXIT_BUG


def is_colourful(stream: TextIO) -> bool:
    """Whether to use colours on a stream: a terminal that can, and nobody who minds.

    Source: https://no-color.org/.
    """
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and stream.isatty()


def _near(path: Path | None) -> Path | None:
    """Return a path as seen from the current folder, where it lies below it."""
    if path is not None and path.is_absolute() and path.is_relative_to(Path.cwd()):
        return path.relative_to(Path.cwd())
    return path


def _paint(text: str, stream: TextIO) -> str:
    if not is_colourful(stream):
        return text
    first, newline, rest = text.partition("\n")
    return f"\x1b[31m{first}\x1b[0m{newline}{rest}"
