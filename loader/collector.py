"""Python's cycle collector, which costs a large build about a fifteenth of its time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stop_collector() -> Iterator[None]:
    """Switch the cycle collector off, and on again at the end if it was on.

    The collector scans all objects each time their number has grown by a quarter, and a build
    holds millions until its end. Objects in no cycle are freed as before. Source: decision 0036.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
