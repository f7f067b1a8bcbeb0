"""One bounded cache of complete answers: a release never changes, so its answers do not either.

A key begins with the id of its release. The cache holds whatever it is given and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from cachetools import LRUCache

Key = tuple[Any, ...]

_OVERHEAD_BYTES = 500
"""About what an entry takes beside its content and its key."""

_LARGEST_SHARE = 8
"""An answer that takes more than this part of the room is not kept."""


@dataclass(frozen=True)
class _Entry:
    content: Any
    size: int


class AnswerCache:
    """Answers by key, the least recently used leaving first; safe between threads.

    Attributes:
        hits: Look-ups that found something.
        misses: Look-ups that did not.

    Args:
        most_bytes: What all entries together may take; 0 keeps nothing.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._entries: LRUCache[Key, _Entry] = LRUCache(most_bytes, getsizeof=lambda e: e.size)
        self._lock = Lock()
        self.hits = 0
        self.misses = 0

    @property
    def size_bytes(self) -> int:
        """Bytes held now."""
        return int(self._entries.currsize)

    def __len__(self) -> int:
        """How many entries are held."""
        return len(self._entries)

    def get(self, key: Key) -> Any:
        """The entry under the key, marked as most recently used; or None."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                self.misses += 1
                return None
            self.hits += 1
            return entry.content

    def put(self, key: Key, content: object, size: int) -> None:
        """Keep an entry if there is room for it.

        Args:
            key: A tuple of strings and bytes, whose length counts, too.
            content: What is kept.
            size: The bytes it takes.
        """
        size += _OVERHEAD_BYTES + sum(len(part) for part in key if isinstance(part, str | bytes))
        if size * _LARGEST_SHARE <= self._most:
            with self._lock:
                self._entries[key] = _Entry(content, size)

    def drop(self, where: Callable[[Key, Any], bool]) -> None:
        """Drop the entries whose key and content satisfy the condition."""
        with self._lock:
            for key in [key for key, each in self._entries.items() if where(key, each.content)]:
                del self._entries[key]

    def forget(self, release: str) -> None:
        """Drop everything of a release that is no longer in use."""
        self.drop(lambda key, _: key[0] == release)
