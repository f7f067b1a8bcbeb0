"""Renders the files of a new workspace and writes them, all or none.

The files in `files/` hold three marks: ``$name`` is an answer; ``{each: NAME}`` is a language map
with the name in every language of the collection; ``{words: …}`` is the reference of these words
in the example's document, which is added to the register.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from string import Template
from typing import Final

from loader.errors import WorkspaceError
from loader.read.layout import lay_out
from loader.read.schema import read_schema, render_schema
from loader.read.sources.locate import locate
from loader.read.sources.passages import Passage, Reference, format_register, passage_digest
from loader.start.answers import Answers
from loader.workspace import sample_workspace

FILES: Final = Path(__file__).with_name("files")
HANDLE: Final = "001"
DOCUMENT: Final = f"documents/{HANDLE}_lakeside-gazette.txt"
REGISTER: Final = f"seeds/passages/{HANDLE}.yaml"
SCHEMA: Final = "seeds/schema.json"
RENAMED: Final = {
    "gitignore": ".gitignore",
    "pre-commit-config.yaml": ".pre-commit-config.yaml",
    "vscode-settings.json": ".vscode/settings.json",
    "workflow.yml": ".github/workflows/publish.yml",
}
"""File in `files/` → its path in the workspace, where git or an editor would obey it here."""

ALLOWED: Final = frozenset({".git"})
"""What the folder of a new workspace may hold already."""


def write_workspace(folder: Path, answers: Answers) -> tuple[Path, ...]:
    """Write a new workspace and return its files, sorted.

    Args:
        folder: absent or empty; a `.git` may be there.
        answers: what `pacta.toml` says.

    Raises:
        WorkspaceError: the folder holds something, or cannot be written; nothing is left then.
    """
    _check_free(folder)
    texts = render_files(answers)
    new = [folder] if not folder.exists() else []
    written: list[Path] = []
    try:
        for name in sorted(texts):
            path = folder / name
            new += [one for one in path.parents if not one.exists() and one not in new]
            path.parent.mkdir(parents=True, exist_ok=True)
            written.append(path)
            path.write_bytes(texts[name].encode())
    except OSError as error:
        _take_back(written, new)
        raise WorkspaceError(f"cannot be written: {error.strerror}", folder) from None
    return tuple(written)


def render_files(answers: Answers) -> dict[str, str]:
    """Return path in the workspace → text of every file."""
    values = _values(answers)
    texts: dict[str, str] = {}
    passages: set[Passage] = set()
    document = (FILES / DOCUMENT).read_text(encoding="utf-8")
    values |= {
        "sha256": hashlib.sha256(document.encode()).hexdigest(),
        "character_count": str(len(document)),
    }
    for file in sorted(path for path in FILES.rglob("*") if path.is_file()):
        inside = file.relative_to(FILES).as_posix()
        name = RENAMED.get(inside, inside)
        text = file.read_text(encoding="utf-8")
        if name == DOCUMENT:
            texts[name] = text
            continue
        text = Template(text).substitute(values)
        if name.startswith("seeds/") and name.endswith(".yaml"):
            text = _fill_languages(text, answers.languages)
            text = _fill_passages(text, document, passages)
            text = lay_out(text.encode(), Path(name)).decode()
        texts[name] = text
    texts[REGISTER] = format_register(passages)
    texts[SCHEMA] = _schema()
    return texts


@cache
def _schema() -> str:
    return render_schema(read_schema(sample_workspace() / "ontology"))


def _check_free(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise WorkspaceError("is a file, expected a folder that is absent or empty", folder)
    there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if found := [name for name in there if name not in ALLOWED]:
        raise WorkspaceError(
            f"the folder is not empty: it holds {', '.join(found[:3])}"
            + (" and more" if len(found) > 3 else ""),
            folder,
            hint="Name a folder that is absent or empty; nothing was written.",
        )


def _take_back(written: Iterable[Path], folders: Iterable[Path]) -> None:
    """Remove what was written, and the folders that were made for it."""
    for path in written:
        path.unlink(missing_ok=True)
    for made in sorted(folders, key=lambda one: len(one.parts), reverse=True):
        if made.is_dir() and not any(made.iterdir()):
            made.rmdir()


def _values(answers: Answers) -> dict[str, str]:
    """Return the values of the names in the files."""
    first = answers.languages[0]
    return {
        "title": answers.title,
        "title_toml": _quote(answers.title),
        "base_toml": _quote(answers.base),
        "base": answers.base,
        "first": first,
        "languages": ", ".join(answers.languages),
        "languages_toml": json.dumps(list(answers.languages)),
        "publisher_toml": _quote(answers.publisher),
        "publisher_url_toml": _quote(answers.publisher_url),
        "licence_toml": _quote(answers.licence),
        "line_toml": _quote(answers.line),
        "requirement": answers.requirement,
    }


def _quote(text: str) -> str:
    """Return a text as a basic string of TOML."""
    return json.dumps(text, ensure_ascii=False)


def _fill_languages(text: str, languages: Iterable[str]) -> str:
    def fill(match: re.Match[str]) -> str:
        return "{" + ", ".join(f"{tag}: {match[1]}" for tag in languages) + "}"

    return re.sub(r"\{each: ([^}]+)\}", fill, text)


def _fill_passages(text: str, document: str, passages: set[Passage]) -> str:
    def fill(match: re.Match[str]) -> str:
        ((start, end),) = locate(document, match[1])
        reference = Reference(HANDLE, start, end)
        passages.add(Passage(reference, passage_digest(document[start:end])))
        return str(reference)

    return re.sub(r"\{words: ([^}]+)\}", fill, text)
