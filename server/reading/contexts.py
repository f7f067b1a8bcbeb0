"""Embeds the JSON-LD contexts that a document refers to by address (JSON-LD 1.1).

The engine's reader fetches no context, and neither does this module: a context comes from a file
that is given for its address, from a file beside the document, from a release, from an installed
package, or it is missing and the document is refused.
"""

import hashlib
import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from server.reading.iris import resolve
from server.reading.published import find_published

_MOST_NESTED = 16
_ADDRESSED = re.compile(r"/ns/context/([0-9a-f]{16})\.jsonld\Z")
"""How Pacta names a context: 16 digits of the SHA-256 of its file stand in the address."""

_SCHEMA_ORG = re.compile(r"https?://schema\.org/?\Z")
_SCHEMA_ORG_FILE = "https://schema.org/docs/jsonldcontext.jsonld"
"""Where schema.org has its context; at its first address it sends the page whatever is asked."""


class ContextError(ValueError):
    """A context that is not at hand, or is none."""


class MissingContextsError(ContextError):
    """Contexts that are not at hand.

    Attributes:
        reasons: One sentence for each.
    """

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


def hash_context(data: bytes) -> str:
    """The digest that stands in the address of a context of Pacta: 16 hex digits of SHA-256."""
    return hashlib.sha256(data).hexdigest()[:16]


def name_digest(address: str) -> str | None:
    """The digest in an address of Pacta's own form, or None."""
    found = _ADDRESSED.search(address)
    return found[1] if found else None


def refers_outside(document: Any) -> bool:
    """Whether any context in a document is an address."""
    if isinstance(document, list):
        return any(map(refers_outside, document))
    if not isinstance(document, dict):
        return False
    return any(
        (key == "@context" and _has_address(value)) or refers_outside(value)
        for key, value in document.items()
    )


def _has_address(context: Any) -> bool:
    if isinstance(context, list):
        return any(map(_has_address, context))
    return isinstance(context, str) or (isinstance(context, dict) and "@import" in context)


def inline_contexts(document: Any, base: str, load: Callable[[str], Any]) -> Any:
    """A document whose contexts all stand inside it.

    Args:
        document: Parsed JSON.
        base: The address that the document's references resolve against.
        load: Absolute address → the parsed JSON of a context document.

    Raises:
        MissingContextsError: One or more contexts are not at hand.
        ContextError: A context is none, or refers to itself.
    """
    inliner = _Inliner(load)
    whole = inliner.walk(document, base)
    if inliner.missing:
        raise MissingContextsError(list(inliner.missing.values()))
    return whole


class _Inliner:
    """Remembers the terms whose values are JSON literals: what stands in those is no JSON-LD.

    Attributes:
        missing: Address → why the context is not at hand.
    """

    def __init__(self, load: Callable[[str], Any]) -> None:
        self._load = load
        self._json_terms: set[str] = set()
        self.missing: dict[str, str] = {}

    def walk(self, node: Any, base: str) -> Any:
        """A node of the document, its contexts inside."""
        if isinstance(node, list):
            return [self.walk(each, base) for each in node]
        if not isinstance(node, dict) or node.get("@type") == "@json":
            return node
        found: dict[str, Any] = {}
        if "@context" in node:
            found["@context"] = self._expand(node["@context"], base, ())
        for key, value in node.items():
            if key != "@context":
                found[key] = value if key in self._json_terms else self.walk(value, base)
        return found

    def _expand(self, context: Any, base: str, within: tuple[str, ...]) -> Any:
        """A context without addresses in it.

        Args:
            context: The value of `@context`.
            base: Its addresses resolve against it.
            within: The addresses of the contexts that it stands in, outermost first.
        """
        if isinstance(context, list):
            flat: list[Any] = []
            for each in context:
                expanded = self._expand(each, base, within)
                flat += expanded if isinstance(expanded, list) else [expanded]
            return flat
        if isinstance(context, str):
            return self._fetch(resolve(context, base), within)
        if not isinstance(context, dict):
            return context
        whole = dict(context)
        if "@import" in whole:
            wanted = whole.pop("@import")
            if not isinstance(wanted, str):
                raise ContextError("the value of @import is no address")
            imported = self._fetch(resolve(wanted, base), within)
            if not isinstance(imported, dict):
                raise ContextError(f"{wanted} is imported and is no single context")
            whole = {**imported, **whole}
        for term, definition in whole.items():
            if isinstance(definition, dict):
                if definition.get("@type") == "@json":
                    self._json_terms.add(term)
                if "@context" in definition:
                    scoped = self._expand(definition["@context"], base, within)
                    whole[term] = {**definition, "@context": scoped}
        return whole

    def _fetch(self, address: str, within: tuple[str, ...]) -> Any:
        """The context at an address, its base taken out: a remote `@base` does not count."""
        if address in within or len(within) >= _MOST_NESTED:
            raise ContextError(f"the context {address} refers to itself")
        if address in self.missing:
            return {}
        try:
            loaded = self._load(address)
        except MissingContextsError as error:  # the others are looked for, to name all in one run
            self.missing[address] = error.reasons[0]
            return {}
        if not isinstance(loaded, dict):
            raise ContextError(f"{address} is no JSON-LD context: it holds no object")
        expanded = self._expand(loaded.get("@context", {}), address, (*within, address))
        parts = expanded if isinstance(expanded, list) else [expanded]
        kept = [
            {key: value for key, value in part.items() if key != "@base"}
            if isinstance(part, dict)
            else part
            for part in parts
        ]
        return kept[0] if len(kept) == 1 else kept


@dataclass(frozen=True)
class ContextSources:
    """Where contexts come from: files alone.

    Attributes:
        files: Address → file, as the one who starts the server says.
        digests: Digest → file, for addresses of Pacta's own form.
        own: Makes the text of the context of a release whose ontology is Pacta's; called where a
            document names a context of Pacta's own form that no file has.
    """

    files: Mapping[str, Path] = field(default_factory=dict)
    digests: Mapping[str, Path] = field(default_factory=dict)
    own: Callable[[], str] | None = None

    def load(self, address: str) -> Any:
        """The parsed JSON of the context document at an absolute address.

        Raises:
            MissingContextsError: It is not at hand.
            ContextError: Its file cannot be read.
        """
        digest = name_digest(address)
        path = self.files.get(address) or self.digests.get(digest or "")
        if path is None and address.startswith("file:"):  # beside the document
            path = Path(unquote(urlsplit(address).path))
        path = path or find_published(address)
        if path is not None:
            return _read_context_file(address, path)
        if digest and self.own:
            text = self.own()
            if hash_context(text.encode()) == digest:
                return json.loads(text)
        raise MissingContextsError([_tell_missing(address)])


def _read_context_file(address: str, path: Path) -> Any:
    """The parsed JSON of a file that stands for an address."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return json.loads(text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if text.lstrip().startswith("<"):
            reason = "it holds a page or XML, not JSON: download the context itself"
        raise ContextError(f"its context {address} cannot be read: {path}: {reason}") from None


def _tell_missing(address: str) -> str:
    """What to type to give the context at an address."""
    source = _SCHEMA_ORG_FILE if _SCHEMA_ORG.match(address) else address
    name = re.sub(r"\W+", "-", address.partition(":")[2]).strip("-")[:80] + ".jsonld"
    option = shlex.quote(f"{address}={name}")
    return (
        f"its context {address} is not at hand, and nothing is fetched: save it "
        f"(curl -L -H 'Accept: application/ld+json' -o {name} {shlex.quote(source)}) and "
        f"start with --context {option}"
    )
