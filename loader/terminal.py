"""Ends a command: messages, colours and exit codes.

| code | when |
|---|---|
| 0 | done |
| 1 | the data does not conform |
| 2 | bad input or usage |
| 3 | our bug |
| 130 | interrupted from the keyboard |
"""

from __future__ import annotations

import errno
import os
import re
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

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")


def run_safely(run: Callable[[], int], stream: TextIO | None = None) -> int:
    """Run a command and turn what it raises into a message and an exit code."""
    errors = sys.stderr if stream is None else stream
    try:
        code = run()
        if sys.stdout is not None:  # it is where the output is closed
            sys.stdout.flush()
        return code
    except LoaderError as error:
        for one in (error, *error.also):
            one.path = _near(one.path)
        errors.write(f"{_paint(str(error), errors)}\n")
        return error.exit_code
    except BrokenPipeError:
        _drop_output()
        return EXIT_DONE
    except KeyboardInterrupt:
        errors.write("interrupted; the release in use is untouched\n")
        return EXIT_INTERRUPTED
    except Exception as error:  # the one place: whatever gets here is our bug
        if isinstance(error, OSError) and error.errno in _FULL:
            _drop_output()
            errors.write(f"{error.filename or 'the output'} cannot be written: {error.strerror}\n")
            return EXIT_INPUT
        traceback.print_exc(file=errors)
        errors.write("This is a bug in Pacta. Please report it with the lines above.\n")
        return EXIT_BUG


def show_controls(text: str) -> str:
    """Return a text as a terminal may have it: its control characters to be read, not obeyed."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def is_colourful(stream: TextIO) -> bool:
    """Whether to use colours on a stream: only on a terminal, unless the user declines.

    Source: https://no-color.org/.
    """
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and stream.isatty()


def _drop_output() -> None:
    """Send what is not yet written nowhere, so that the end of the program does not fail too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _near(path: Path | None) -> Path | None:
    """Return a path as seen from the current folder, where it lies below it."""
    if path is not None and path.is_absolute() and path.is_relative_to(Path.cwd()):
        return path.relative_to(Path.cwd())
    return path


def _paint(text: str, stream: TextIO) -> str:
    text = show_controls(text) if stream.isatty() else text
    if not is_colourful(stream):
        return text
    first, newline, rest = text.partition("\n")
    return f"\x1b[31m{first}\x1b[0m{newline}{rest}"
