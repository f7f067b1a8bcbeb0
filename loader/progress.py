"""Reports the progress of a build: its stages, what each found and how long it took.

On a terminal only; in a pipe nothing but warnings. Colour follows the terminal and ``NO_COLOR``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

_BOLD, _DIM, _YELLOW, _OFF = "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[0m"


@dataclass
class Stage:
    """One stage: its name, what it found (set while it runs), and the seconds it took.

    Attributes:
        step: gets how far a long stage has come, such as ``dump 12 of 150``.
    """

    name: str
    found: str = ""
    seconds: float = 0.0
    step: Callable[[str], None] = field(default=lambda text: None, repr=False)

    def count(self, things: str) -> Callable[[int, int], None]:
        """What tells a stage how many things are done, and of how many; ``found`` says it, too."""

        def tell(done: int, total: int) -> None:
            self.found = f"{done:,} {things}"
            self.step(f"{done:,} of {total:,} {things}")

        return tell


@dataclass
class Progress:
    """Writes stages to a stream.

    Attributes:
        stream: where to write; None writes nothing at all.
        shown: whether stages are written (warnings always are).
        colour: whether to use colours.
        stages: those that have ended, for timings.
        warnings: those that were given.
    """

    stream: TextIO | None = None
    shown: bool = False
    colour: bool = False
    stages: list[Stage] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Time a stage; the code that runs the stage sets ``found``."""
        stage = Stage(name)
        if self.shown and self.colour:
            stage.step = lambda text: self._write(
                f"  {self._paint(_DIM, f'{name:<10} {text:<60}')}\r"
            )
            stage.step("")
        start = time.perf_counter()
        yield stage
        stage.seconds = time.perf_counter() - start
        self.stages.append(stage)
        if self.shown:
            self._write(f"  {name:<10} {stage.found:<60} {stage.seconds:6.2f} s\n")

    def note(self, text: str) -> None:
        """Say something beside the stages."""
        if self.shown:
            self._write(f"{self._paint(_BOLD, text)}\n")

    def warn(self, text: str) -> None:
        """Say something that must not be missed, terminal or not."""
        self.warnings.append(text)
        self._write(f"{self._paint(_YELLOW, 'warning:')} {text}\n")

    def _paint(self, code: str, text: str) -> str:
        return f"{code}{text}{_OFF}" if self.colour else text

    def _write(self, text: str) -> None:
        if self.stream is not None:
            self.stream.write(text)
            self.stream.flush()
