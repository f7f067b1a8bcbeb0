"""Puts originals into a workspace: the text, its page map, and the record of the source.

Everything is read before anything is written, and what was written is taken away again where
something cannot be: a workspace never holds half a source.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from loader.errors import LoaderError, WorkspaceError
from loader.read.addresses import text_part
from loader.read.layout import lay_out
from loader.read.originals.html import read_html
from loader.read.originals.pdf import read_pdf
from loader.read.originals.text import OriginalText
from loader.read.originals.word import read_word
from loader.read.sources.pages import FOLDER, format_page_map
from loader.read.yamltext import Map, Text, members, read_yaml
from loader.workspace import Workspace, replace_file

Reader = Callable[[bytes, Path], OriginalText]
FORMATS: Mapping[str, tuple[str, Reader]] = {
    ".pdf": ("PDF", read_pdf),
    ".docx": ("Word", read_word),
    ".html": ("HTML", read_html),
    ".htm": ("HTML", read_html),
    ".xhtml": ("HTML", read_html),
}
"""Ending → what such a file is, and what reads it."""

_INSTEAD = {
    ".doc": "Open it in Word or LibreOffice and save it as .docx.",
    ".odt": "Open it in LibreOffice and save it as .docx.",
    ".rtf": "Open it in Word or LibreOffice and save it as .docx.",
    ".txt": "A UTF-8 text needs no conversion: put it into documents/ as HANDLE_name.txt.",
}
_HEAD_BYTES = 1024
_HANDLE = re.compile(r"[0-9a-z]{1,16}", re.ASCII)
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+", re.ASCII)
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Details:
    """What a person says about a source.

    Attributes:
        handle: its number; empty: the next free one.
        label: what it is called; empty: the name of its file.
        address: where the original is on the web, or empty.
        archived: where a web archive has a copy of it, or empty.
    """

    handle: str = ""
    label: str = ""
    address: str = ""
    archived: str = ""


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source that was added.

    Attributes:
        file: its text.
        pages: the page map, or None.
        text: what was read.
        entry: the record for ``sources.yaml``.
    """

    file: Path
    pages: Path | None
    text: OriginalText
    entry: str


def add_originals(
    originals: Iterable[Path],
    workspace: Workspace,
    documents: Path,
    details: Details,
    *,
    add: bool = False,
) -> tuple[NewSource, ...]:
    """Write the text and the page map of originals, and make their records.

    Args:
        originals: files whose endings `FORMATS` has.
        workspace: the workspace whose sources they become.
        documents: the folder of the texts.
        details: the description of the source; empty for several originals.
        add: write the records into ``seeds/sources.yaml`` too.

    Raises:
        WorkspaceError: a file cannot be read or converted, with all other faults in its `also`;
            a source has the original, the handle or the text already; a file cannot be written.
            Nothing is written then.
        SeedError: ``sources.yaml`` cannot be read.
    """
    files = list(originals)
    _check_details(details, len(files))
    sources = workspace.seeds / "sources.yaml"
    before, known = _read_sources(sources)
    errors: list[LoaderError] = []
    read: list[tuple[Path, str, OriginalText]] = []
    for file in files:
        try:
            data = _read_file(file)
            digest = hashlib.sha256(data).hexdigest()
            if digest in known.values():
                handle = next(name for name, own in known.items() if own == digest)
                raise WorkspaceError(f"source {handle} is made from this file already", file)
            read.append((file, digest, read_original(data, file)))
        except WorkspaceError as error:
            errors.append(error)
    if problem := LoaderError.together(errors):
        raise problem
    taken = {*known, *(file.stem.split("_")[0] for file in documents.glob("*.txt"))}
    made: list[NewSource] = []
    writes: list[tuple[Path, bytes]] = []
    for file, digest, text in read:
        handle = details.handle or _next_handle(taken)
        if handle in taken:
            hint = f"The next free one is {_next_handle(taken)}."
            raise WorkspaceError(f"there is a source or a text {handle} already", hint=hint)
        taken.add(handle)
        label = details.label or _name_label(file)
        target = documents / f"{handle}_{text_part(label)}.txt"
        body = text.text.encode()
        writes.append((target, body))
        pages = workspace.seeds / FOLDER / f"{handle}.yaml" if text.pages else None
        if pages is not None:
            writes.append((pages, format_page_map(text.pages).encode()))
        languages = workspace.publication.languages
        entry = _write_entry(handle, label, languages, text, body, digest, details)
        made.append(NewSource(target, pages, text, entry))
    if add:
        whole = before.rstrip("\n") + "\n\n" if before.strip() else ""
        whole += "\n".join(each.entry for each in made)
        writes.append((sources, lay_out(whole.encode(), sources)))
    _write_all(writes)
    return tuple(made)


def read_original(data: bytes, path: Path) -> OriginalText:
    """Return the text of an original.

    Args:
        data: the file.
        path: its ending says what it is; named in errors, not opened.

    Raises:
        WorkspaceError: no format has such an ending, the file is another one, or see
            `read_pdf`, `read_word`, `read_html`.
    """
    ending = path.suffix.lower()
    if ending not in FORMATS:
        hint = _INSTEAD.get(ending, f"Read are {', '.join(FORMATS)}.")
        named = f"files that end in {ending}" if ending else "files without an ending"
        raise WorkspaceError(f"{named} are not read", path, hint=hint)
    expected, reader = FORMATS[ending]
    found = _recognise(data)
    if not data.strip():
        raise WorkspaceError("the file is empty", path, hint="Get it again.")
    if found and found != expected:
        raise WorkspaceError(
            f"ends in {ending}, but is {found}",
            path,
            hint="Give it its right ending, or save it anew as .pdf, .docx or .html.",
        )
    return reader(data, path)


def _recognise(data: bytes) -> str:
    """Return what a file is by its first bytes; empty where they do not say."""
    head = data[:_HEAD_BYTES]
    if b"%PDF-" in head:
        return "PDF"
    if head.startswith(b"PK\x03\x04"):
        return _recognise_zip(data)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "an old Word file (.doc), or one with a password"
    if re.search(rb"<(?:!doctype\s+html|html|head|body)\b", head, re.IGNORECASE):
        return "HTML"
    return ""


def _recognise_zip(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return ""
    return "Word" if "word/document.xml" in names else "a ZIP archive of something else"


def _read_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise WorkspaceError(f"cannot be read: {error.strerror}", file) from None


def _read_sources(file: Path) -> tuple[str, dict[str, str]]:
    """Return the text of ``sources.yaml``, and the digest of each source's original by handle."""
    if not file.is_file():
        return "", {}
    data = _read_file(file)
    document = read_yaml(data, file)
    known: dict[str, str] = {}
    for record in members(document) if document is not None else ():
        if isinstance(record, Map) and isinstance(handle := record.get("handle"), Text):
            digest = record.get("originalSha256")
            known[handle.value] = digest.value if isinstance(digest, Text) else ""
    return data.decode("utf-8-sig"), known


def _check_details(details: Details, count: int) -> None:
    if count > 1 and details != Details():
        raise WorkspaceError(
            "--handle, --label, --address and --archived are of one source, and there are "
            f"{count} files",
            hint="Give the files one by one.",
        )
    if details.handle and not _HANDLE.fullmatch(details.handle):
        raise WorkspaceError(
            f"--handle: {details.handle!r} is no handle",
            hint="A handle has up to 16 digits and lower-case letters, such as 006.",
        )
    for name in ("address", "archived"):
        value = getattr(details, name)
        if value and not _ADDRESS.fullmatch(value):
            raise WorkspaceError(
                f"--{name}: {value!r} is no address on the web",
                hint="Give the whole address, such as https://example.org/treaty.pdf.",
            )


def _next_handle(taken: Iterable[str]) -> str:
    numbers = [int(each) for each in taken if each.isascii() and each.isdigit()]
    return str(max(numbers, default=0) + 1).rjust(_DIGITS, "0")


def _name_label(file: Path) -> str:
    return re.sub(r"[\s_]+", " ", file.stem).strip() or "untitled"


def _write_entry(
    handle: str,
    label: str,
    languages: Iterable[str],
    text: OriginalText,
    body: bytes,
    digest: str,
    details: Details,
) -> str:
    """Return the records of a source and its family, one key a line."""
    quoted = json.dumps(label, ensure_ascii=False)
    labels = ", ".join(f"{code}: {quoted}" for code in languages)
    family = f"family/{text_part(label)}"
    lines = [
        f"- id: {family}",
        "  type: SourceFamily",
        f"  label: {{{labels}}}",
        "",
        f"- id: source/{handle}",
        "  type: Source",
        f'  handle: "{handle}"',
        f"  label: {{{labels}}}",
        f"  sha256: {hashlib.sha256(body).hexdigest()}",
        f"  characterCount: {len(text.text)}",
        f"  originalSha256: {digest}",
        *([f"  retrievedFrom: {details.address}"] if details.address else []),
        *([f"  archivedAt: {details.archived}"] if details.archived else []),
        f"  family: {family}",
        "  note: Licence and day of retrieval are not recorded yet.",
    ]
    return "\n".join(lines) + "\n"


def _write_all(writes: Iterable[tuple[Path, bytes]]) -> None:
    """Write files, the last one over an old one perhaps; of a failure nothing new stays."""
    done: list[Path] = []
    try:
        for file, data in writes:
            is_new = not file.exists()
            replace_file(file, data)
            if is_new:
                done.append(file)
    except WorkspaceError:
        for file in done:
            file.unlink(missing_ok=True)
        raise
