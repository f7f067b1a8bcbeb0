"""What a build tells: stages at their end, how far a long one is on terminals alone."""

from __future__ import annotations

import io

import pytest

from loader.progress import Progress


@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_tells_steps_on_a_terminal_only(is_terminal: bool) -> None:
    """A step is written over the line of its stage; a log gets the stage alone."""
    stream = io.StringIO()
    progress = Progress(stream, shown=True, colour=is_terminal)

    with progress.stage("write") as stage:
        stage.step("dump 1 of 2")
        stage.found = "2 dumps"

    told = stream.getvalue()
    assert ("dump 1 of 2" in told) is is_terminal
    assert told.endswith("s\n")
    assert "2 dumps" in told.rpartition("\r")[2]
    assert [one.name for one in progress.stages] == ["write"]


def test_progress_that_is_not_shown_tells_warnings_alone() -> None:
    """Whatever a stage says of its steps."""
    stream = io.StringIO()
    progress = Progress(stream)
    with progress.stage("write") as stage:
        stage.step("dump 1 of 2")
    progress.warn("look")

    assert stream.getvalue() == "warning: look\n"
