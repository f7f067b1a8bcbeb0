"""What `pacta init` asks about a new collection, and how each answer is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from loader.errors import WorkspaceError

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"{}|\\^`?#]+")
_TAG: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the new `pacta.toml` says.

    Attributes:
        title: the title of the collection, in its first language.
        base: the address that all addresses begin with; ends in a slash.
        languages: tags, the first is that of titles and texts.
        publisher: the name of who publishes.
        publisher_url: their address.
        licence: the address of the licence of the data.
        line: the first part of every release's name.
        requirement: what pip installs Pacta from, in the workflow.
    """

    title: str
    base: str
    languages: tuple[str, ...]
    publisher: str
    publisher_url: str
    licence: str
    line: str
    requirement: str


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked.

    Attributes:
        name: the name of the option, with underscores.
        text: what it is, one line.
        metavar: what stands for the value in ``--help``.
        default: from the answers before it; empty where somebody must say.
    """

    name: str
    text: str
    metavar: str
    default: Callable[[Mapping[str, str]], str]


QUESTIONS: Final = (
    Question("title", "title of the collection, in its first language", "TEXT", lambda _: ""),
    Question(
        "languages", "languages of labels and texts, the first one first", "TAGS", lambda _: "en"
    ),
    Question(
        "base",
        "address that all addresses begin with; chosen once, so localhost is for trying out",
        "URL",
        lambda _: "http://localhost:8000/",
    ),
    Question("publisher", "who publishes: a name", "TEXT", lambda given: given["title"]),
    Question("publisher_url", "address of the publisher", "URL", lambda given: given["base"]),
    Question(
        "licence",
        "address of the licence of the data",
        "URL",
        lambda _: "https://creativecommons.org/licenses/by/4.0/",
    ),
)
"""In the order in which they are asked on a terminal."""


def check_answers(given: Mapping[str, str], *, line: str, requirement: str) -> Answers:
    """Return the answers if a collection can be made of them.

    Args:
        given: name of a question → text.
        line: first part of the names of releases.
        requirement: what pip installs Pacta from.

    Raises:
        WorkspaceError: one is missing or of the wrong form; the others are in its `also`.
    """
    errors: list[WorkspaceError] = []

    def expect(name: str, right: bool, expected: str, hint: str) -> None:
        if not right:
            option = f"--{name.replace('_', '-')}"
            found = repr(given[name]) if given[name] else "missing"
            message = f"{option} is {found}, expected {expected}"
            errors.append(WorkspaceError(message, hint=hint))

    languages = tuple(re.split(r"[\s,]+", given["languages"].strip()))
    expect("title", _is_line(given["title"]), "a text in one line", 'Such as --title "Treaties".')
    if given["title"]:  # the name of the publisher when none is given
        named = _is_line(given["publisher"])
        expect("publisher", named, "a name in one line", "A person or a team.")
    from babel import Locale  # every command imports this module, and only `init` needs Babel

    known = Locale("en").languages
    for tag in languages:
        expect(
            "languages",
            bool(_TAG.fullmatch(tag)) and tag.split("-")[0] in known,
            f"language tags such as pt,es; {tag!r} is none",
            "Tags are in lower case (BCP 47): two letters where there are two, else three.",
        )
    expect(
        "languages", len(set(languages)) == len(languages), "each language once", "Name it once."
    )
    base = given["base"]
    expect(
        "base",
        bool(_ADDRESS.fullmatch(base)) and base.endswith("/"),
        "an http(s) address that ends in a slash, without ? and #",
        "Such as https://treaties.example.org/.",
    )
    for name in ("publisher_url", "licence"):
        hint = "Such as https://example.org/."
        expect(name, bool(_ADDRESS.fullmatch(given[name])), "an http(s) address", hint)
    if problem := WorkspaceError.together(errors):
        raise problem
    return Answers(
        title=given["title"].strip(),
        base=base,
        languages=languages,
        publisher=given["publisher"].strip(),
        publisher_url=given["publisher_url"],
        licence=given["licence"],
        line=line,
        requirement=requirement,
    )


def _is_line(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()
