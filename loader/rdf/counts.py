"""A number with its noun, in messages: `1 question`, `2 questions`. Pure."""

from __future__ import annotations


def say_count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    >>> say_count(1, "question"), say_count(2, "question"), say_count(0, "entity", "entities")
    ('1 question', '2 questions', '0 entities')
    """
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"
