"""Finds passages in the documents, writes them into the register, and finds them again.

The documents lie in a folder as ``{handle}_….txt`` (or ``{handle}.txt``); they are never
copied. `locate` and `check_passages` are pure; the others open files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from loader.errors import SeedError, WorkspaceError
from loader.read.sources.passages import (
    FOLDER,
    Passage,
    Reference,
    check_repeats,
    format_register,
    passage_digest,
    read_register,
)
from loader.read.sources.wording import NearMiss, find_forgiving, find_near, fold_form
from loader.read.yamltext import Location, Map, Text, members, read_yaml
from loader.workspace import Workspace, replace_file

CONTEXT_CHARACTERS = 30


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a document.

    Attributes:
        handle: its number, such as ``003``.
        text: the file decoded as UTF-8, line ends untouched.
        sha256: of the whole file, as 64 hex digits.
    """

    handle: str
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Located:
    """One place where the words stand.

    Attributes:
        passage: the reference and the digest, as the register would hold them.
        before: some characters before the passage, for choosing among several.
        after: some characters after it.
        registered: whether the register already had the passage.
    """

    passage: Passage
    before: str
    after: str
    registered: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that `verify` found wrong; ``at`` is the line of register or sources."""

    message: str
    at: Location | None
    hint: str | None = None

    def __str__(self) -> str:
        place = f"{self.at.path}:{self.at.line}:{self.at.column}: " if self.at else ""
        return f"{place}{self.message}" + (f"\n  {self.hint}" if self.hint else "")


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was found for one passage.

    Attributes:
        words: as they were looked for.
        places: where they stand, in the order of the document.
        other_form: they stand there in another form: quotes, hyphens, capitals, composed letters.
        near: what is most like them, where they stand nowhere.
    """

    words: str
    places: tuple[Located, ...]
    other_form: bool = False
    near: tuple[NearMiss, ...] = ()


def locate(text: str, words: str) -> tuple[tuple[int, int], ...]:
    """Return where ``words`` stand in ``text``: (start, end) in code points, ascending.

    Exact matches are tried first; where there is none, any run of white space in
    ``words`` matches any run of white space in ``text``. Overlapping matches are all given.

    >>> locate("one  two one two", "one two")
    ((9, 16),)
    """
    words = words.strip()
    if not words:
        return ()
    loose = r"\s+".join(map(re.escape, words.split()))
    for pattern in (re.escape(words), loose):
        if found := tuple(match.span(1) for match in re.finditer(f"(?=({pattern}))", text)):
            return found
    return ()


def find_document(folder: Path, handle: str) -> Document:
    """Return the document whose file's name begins with ``handle``.

    Raises:
        WorkspaceError: no such folder, none or several such files, or not UTF-8.
    """
    if not folder.is_dir():
        raise WorkspaceError(
            "there is no such folder",
            folder,
            hint="Name the folder of the documents with --documents DIR.",
        )
    files = sorted({*folder.glob(f"{handle}_*.txt"), *folder.glob(f"{handle}.txt")})
    if len(files) != 1:
        known = ", ".join(sorted({file.stem.split("_")[0] for file in folder.glob("*.txt")}))
        raise WorkspaceError(
            f"{len(files) or 'no'} files named {handle}_….txt or {handle}.txt, expected one",
            folder,
            hint=f"Documents there: {known or 'none'}.",
        )
    try:
        data = files[0].read_bytes()
        return Document(handle, data.decode("utf-8"), hashlib.sha256(data).hexdigest())
    except OSError as error:
        raise WorkspaceError(f"cannot be read: {error.strerror}", files[0]) from None
    except UnicodeDecodeError as error:
        raise WorkspaceError(f"not UTF-8 at byte {error.start}", files[0]) from None


def locate_words(
    seeds: Path,
    documents: Path,
    handle: str,
    passages: Iterable[str],
    *,
    add: bool = False,
    repeats: Reference | None = None,
) -> tuple[Lookup, ...]:
    """Return every place of each passage in a document; with ``add``, register the only ones.

    Args:
        seeds: the folder of the records.
        documents: the folder of the documents.
        handle: which document.
        passages: the words of each; their form may differ (see `loader.read.sources.wording`).
        add: write the passages into ``seeds/passages/{handle}.yaml``; nothing is written
            unless each stands in exactly one place.
        repeats: the passage that they copy.

    Raises:
        WorkspaceError: see `find_document`; or the register cannot be written.
        SeedError: the register is broken.
    """
    document = find_document(documents, handle)
    register = read_register(seeds / FOLDER)
    folded = fold_form(document.text)

    def describe(start: int, end: int) -> Located:
        reference = Reference(handle, start, end)
        return Located(
            Passage(reference, passage_digest(document.text[start:end]), repeats),
            document.text[max(0, start - CONTEXT_CHARACTERS) : start],
            document.text[end : end + CONTEXT_CHARACTERS],
            reference in register,
        )

    def look_up(words: str) -> Lookup:
        exact = locate(document.text, words)
        spans = exact or find_forgiving(folded, words)
        near = () if spans else find_near(folded, words)
        places = tuple(describe(start, end) for start, end in spans)
        return Lookup(words, places, bool(spans and not exact), near)

    found = tuple(map(look_up, passages))
    if add and all(len(each.places) == 1 for each in found):
        add_passages(seeds / FOLDER, [each.places[0].passage for each in found])
    return found


def add_passages(folder: Path, passages: Iterable[Passage]) -> None:
    """Write passages into the register, each file replaced as a whole, sorted.

    A passage that is there already keeps its ``repeats`` unless a new one is given.

    Raises:
        WorkspaceError: a file cannot be written.
        SeedError: the register is broken, or would be: a passage would repeat one that is
            not there. Nothing is written then.
    """
    register = read_register(folder)
    touched = set()
    for passage in passages:
        old = register.get(passage.reference)
        repeats = passage.repeats or (old.repeats if old else None)
        register[passage.reference] = Passage(passage.reference, passage.sha256, repeats)
        touched.add(passage.reference.document)
    if problem := SeedError.together(check_repeats(register)):
        raise problem
    for document in sorted(touched):
        lines = [entry for key, entry in register.items() if key.document == document]
        replace_file(folder / f"{document}.yaml", format_register(lines).encode())


def verify(workspace: Workspace, documents: Path) -> tuple[Finding, ...]:
    """Return what is wrong between the register, the sources and the documents.

    Every source's document is looked for and its SHA-256 and length compared with
    ``seeds/sources.yaml``; every passage of the register is cut out and compared with
    its digest. No finding means that every statement goes back to its passage.

    Raises:
        WorkspaceError: a folder or a document is missing.
        SeedError: register or sources cannot be read.
    """
    register = read_register(workspace.seeds / FOLDER)
    sources = read_source_digests(workspace.seeds / "sources.yaml")
    handles = sorted({*sources, *(reference.document for reference in register)})
    found = {handle: find_document(documents, handle) for handle in handles}
    findings = [
        Finding(
            f"document {handle} has SHA-256 {found[handle].sha256}, the source says {said.value}",
            said.at,
            "This is another file than the one the records were made from.",
        )
        for handle, said in sorted(sources.items())
        if said.value != found[handle].sha256
    ]
    findings.extend(
        Finding(f"document {handle} has passages but no source with its handle and sha256", None)
        for handle in handles
        if handle not in sources
    )
    return (*findings, *check_passages(register, found))


def check_passages(
    register: Mapping[Reference, Passage], documents: Mapping[str, Document]
) -> tuple[Finding, ...]:
    """Return the passages that do not stand where the register says.

    Args:
        register: all passages.
        documents: by handle; every document of the register is there.
    """
    findings = []
    for reference, passage in sorted(register.items()):
        text = documents[reference.document].text
        again = f'Find it again: pacta locate {reference.document} "words" --add'
        if reference.end > len(text):
            message = f"{reference} runs past the end of the document ({len(text)} characters)"
            findings.append(Finding(message, passage.at, again))
            continue
        digest = passage_digest(text[reference.start : reference.end])
        if digest != passage.sha256:
            message = f"{reference} has SHA-256 {digest}, the register says {passage.sha256}"
            findings.append(Finding(message, passage.at, again))
    return tuple(findings)


def read_source_digests(file: Path) -> dict[str, Text]:
    """Return the SHA-256 that each source's record gives for its document, by handle.

    Reads only these two keys, so that a slip elsewhere does not keep `verify` from working.

    Raises:
        SeedError: the file is missing or cannot be read.
    """
    try:
        document = read_yaml(file.read_bytes(), file)
    except OSError as error:
        raise SeedError(f"cannot be read: {error.strerror}", file) from None
    digests = {}
    for record in members(document) if document is not None else ():
        if isinstance(record, Map):
            handle, digest = record.get("handle"), record.get("sha256")
            if isinstance(handle, Text) and isinstance(digest, Text):
                digests[handle.value] = digest
    return digests
