"""Answers kept for the next who asks the same: bounded in bytes, never older than their data.

A key holds everything that changes the bytes: the store, the dataset, the query's text and the
format, in full, so that no two keys can be taken for one another. Only whole answers of
deterministic queries come here, and only those that take at most an eighth of the room; one that
came in a file stays in its file.
"""

from collections import OrderedDict
from dataclasses import dataclass
from sys import getsizeof
from threading import Lock

from server.pool.spool import Answer


@dataclass(frozen=True)
class ResultKey:
    """What an answer depends on.

    Attributes:
        store: `StoreSpec.id`.
        dataset: The request's default and named graphs, or None where it names none.
        query: The text.
        format: The name of the row of `formats`.
    """

    store: str
    dataset: tuple[tuple[str, ...], tuple[str, ...]] | None
    query: str
    format: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Everything as strings, for an ETag; different keys have different parts."""
        if self.dataset is None:
            names: tuple[str, ...] = ("store",)
        else:
            default, named = self.dataset
            names = ("request", str(len(default)), *default, *named)
        return (self.store, self.format, self.query, *names)


_OVERHEAD_BYTES = 500
"""About what an entry takes beside its body and its key."""


class ResultCache:
    """Answers by key, the least recently used leaving first; safe between threads.

    Args:
        most_bytes: Sum of bodies, keys and overhead kept; 0 keeps nothing.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._answers: OrderedDict[ResultKey, tuple[Answer, int]] = OrderedDict()
        self._lock = Lock()
        self.size_bytes = 0
        self.hits = 0
        self.misses = 0

    def get(self, key: ResultKey) -> Answer | None:
        """The answer kept under the key, or None; the caller closes it."""
        with self._lock:
            found = self._answers.get(key)
            if found is None:
                self.misses += 1
                return None
            self.hits += 1
            self._answers.move_to_end(key)
            return found[0].share()

    def put(self, key: ResultKey, answer: Answer) -> None:
        """Keep an answer that takes at most an eighth of the room."""
        names = [name for names in key.dataset or () for name in names]
        cost = answer.size + sum(map(getsizeof, (key.query, *names))) + _OVERHEAD_BYTES
        if cost * 8 > self._most:
            return
        answer = answer.share()
        with self._lock:
            former = self._answers.pop(key, None)
            self.size_bytes += cost - (former[1] if former else 0)
            self._answers[key] = answer, cost
            while self.size_bytes > self._most:
                _, (_, freed) = self._answers.popitem(last=False)
                self.size_bytes -= freed

    def drop_files(self) -> None:
        """Drop every answer that lies in a file."""
        with self._lock:
            for key in [key for key, (answer, _) in self._answers.items() if answer.in_file]:
                self.size_bytes -= self._answers.pop(key)[1]

    def forget_store(self, store: str) -> None:
        """Drop every answer of a store that is no longer served."""
        with self._lock:
            for key in [key for key in self._answers if key.store == store]:
                self.size_bytes -= self._answers.pop(key)[1]
