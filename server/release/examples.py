"""The sample questions of a release, read once for each language."""

from functools import lru_cache
from pathlib import Path

from server.pages.editor import Example, read_example
from server.release.opened import OpenedRelease


@lru_cache(maxsize=16)
def read_examples(opened: OpenedRelease, code: str) -> tuple[Example, ...]:
    """The questions by the names of their files, each in a language where it is said in it."""
    names = sorted(n for n in opened.manifest.files if n.startswith("queries/"))
    return tuple(
        read_example(
            Path(name).stem,
            opened.release.file(name).read_text(encoding="utf-8"),
            opened.base,
            code,
        )
        for name in names
        if name.endswith(".rq")
    )
