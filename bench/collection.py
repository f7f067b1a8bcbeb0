"""Writes a made-up collection of any size: `python -m bench.collection FOLDER --treaties 400`.

A workspace under our own ontology and shapes that `pacta build` accepts: records, the documents
they were read from, and a register whose passages `pacta verify` finds. The same size and seed give
the same bytes. What a real collection has and a uniform one lacks is there: few parties sign most
treaties, few treaties have most articles, documents differ in length by two orders of magnitude,
sources contradict one another, names stand in several languages and scripts.

About 430 treaties give 420,000 triples, ten times the packaged collection.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent

_ONSETS: Final = [*"bdfgklmnprstvz", "br", "dr", "gr", "kl", "sk", "st", "tr"]
_VOWELS: Final = ["a", "e", "i", "o", "u", "ai", "au", "ei", "ie", "uo"]
_CODAS: Final = ["", "", "", "l", "n", "r", "s", "k"]
_FOREIGN: Final = {
    "pl": str.maketrans({"a": "ą", "s": "ś", "l": "ł", "z": "ż"}),
    "be": str.maketrans(
        dict(zip("abdefgiklmnoprstuvz", "абдэфгіклмнопрстувз", strict=True)),
    ),
    "de": str.maketrans({"u": "ü", "o": "ö"}),
    "zh": str.maketrans({"a": "阿", "e": "埃", "i": "伊", "o": "奥", "u": "乌"}),
}
_TREATY_KINDS: Final = ("peace", "non-aggression", "mutual-assistance", "ceasefire")
_ARTICLE_KINDS: Final = ("recognition", "supply", "stationing", "mutual-assistance")
_EVENT_KINDS: Final = ("negotiation", "battle", "campaign", "capture")
_SPEECH_ACTS: Final = ("argument", "worry", "refusal", "protest")
_FIRST_DAY: Final = date(1860, 1, 1)
_DAYS: Final = 29_000
_TREATIES_PER_DOCUMENT: Final = 12
_MOST_ARTICLES: Final = 60


@dataclass
class Document:
    """A text that grows sentence by sentence, and the passages cited from it.

    Attributes:
        handle: the part of references before the sign ``@``.
        family: what it copies.
        parts: its sentences.
        length: of all of them, in characters.
        passages: span → SHA-256 of its words.
    """

    handle: str
    family: str
    parts: list[str] = field(default_factory=list)
    length: int = 0
    passages: dict[tuple[int, int], str] = field(default_factory=dict)

    def say(self, sentence: str) -> str:
        """Append a sentence and return the reference of its passage."""
        start, end = self.length, self.length + len(sentence)
        self.parts.append(sentence + "\n")
        self.length = end + 1
        self.passages[start, end] = hashlib.sha256(sentence.encode()).hexdigest()
        return f"{self.handle}@{start}-{end}"

    @property
    def text(self) -> str:
        """The whole document."""
        return "".join(self.parts)


class Collection:
    """Everything that is said, record by record; see `write_collection`."""

    def __init__(self, treaties: int, seed: int) -> None:
        self._random = random.Random(f"{seed}/{treaties}")  # noqa: S311
        self._names: set[str] = set()
        self.treaties = treaties
        self.documents: list[Document] = []
        self.parties = [f"party/{self._name()}" for _ in range(max(8, treaties // 4))]
        self.places = [f"place/{self._name()}" for _ in range(max(8, treaties // 2))]
        self.territories = [f"territory/{self._name()}" for _ in range(max(4, treaties // 3))]
        self.persons: dict[str, str] = {}

    def _name(self) -> str:
        while True:
            syllables = self._random.choices(range(3), (0, 6, 4))[0] + 1
            name = "".join(
                self._random.choice(_ONSETS)
                + self._random.choice(_VOWELS)
                + self._random.choice(_CODAS)
                for _ in range(syllables)
            )
            if name not in self._names:
                self._names.add(name)
                return name

    def _rank(self, size: int) -> int:
        """Return a number below ``size``; half of all fall among the first tenth of them."""
        return min(size - 1, int(size * self._random.random() ** 3.3))

    def _few(self, most: int) -> int:
        """Return a number from 1 to ``most`` that is mostly small and rarely large."""
        return min(most, int(self._random.paretovariate(1.2)))

    def _day(self) -> date:
        return _FIRST_DAY + timedelta(days=self._random.randrange(_DAYS))

    def _open_document(self) -> Document:
        number = len(self.documents)
        family = f"family/group-{number // 3}"
        document = Document(f"d{number:05}", family)
        self.documents.append(document)
        return document

    # ---- records, each a value that `_write` turns into YAML

    def records(self) -> Iterator[tuple[str, list[object]]]:
        """Yield (file name below ``seeds/``, its records); sources come last."""
        first = self._open_document()
        yield "parties/parties.yaml", [self._party(one, first) for one in self.parties]
        yield "places/places.yaml", [self._place(one, first) for one in self.places]
        yield "links/places.yaml", [self._link(one) for one in self.places]
        yield "territories/territories.yaml", [self._territory(t, first) for t in self.territories]
        current, left, disputes = first, 0, list[object]()
        for number in range(self.treaties):
            if not left:
                current, left = self._open_document(), self._few(10 * _TREATIES_PER_DOCUMENT) + 4
            left -= 1
            group, dispute = self._treaty(number, current, first)
            yield f"treaties/{number:06}.yaml", group
            if dispute:
                disputes.append(dispute)
        yield "disagreements/dates.yaml", disputes
        yield (
            "persons/persons.yaml",
            [
                {
                    "id": one,
                    "type": "Person",
                    "label": _label(one),
                    "roles": [self._office(one, first)],
                }
                for one in self.persons
            ],
        )
        families = {document.family: None for document in self.documents}
        yield (
            "sources.yaml",
            [
                *({"id": one, "type": "SourceFamily", "label": _label(one)} for one in families),
                *map(_source, self.documents),
            ],
        )

    def _party(self, party: str, document: Document) -> object:
        name = _title(party)
        language = self._random.choice(sorted(_FOREIGN))
        foreign = party.partition("/")[2].translate(_FOREIGN[language])
        evidence = document.say(f"{name}, which its own people call {foreign}, is a state.")
        return {
            "id": party,
            "type": "Party",
            "kind": "state",
            "label": _label(party),
            "statements": [{"altLabel": {language: foreign}, "evidence": evidence}],
        }

    def _place(self, place: str, document: Document) -> object:
        territory = self.territories[self._rank(len(self.territories))]
        said = f"{_title(place)} lies in {_title(territory)}."
        return {
            "id": place,
            "type": "Settlement",
            "label": _label(place),
            "statements": [{"within": territory, "evidence": document.say(said)}],
        }

    def _link(self, place: str) -> object:
        lat, long = self._random.randint(51, 59), self._random.randint(19, 38)
        point = {
            "id": "point",
            "authority": "geonames",
            "lat": f"{lat}.{self._random.randint(1, 9)}",
            "long": f"{long}.{self._random.randint(1, 9)}",
            "seenIn": "a made-up file",
            "seenOn": "2026-01-01",
        }
        return {"about": place, "links": [point]}

    def _territory(self, territory: str, document: Document) -> object:
        """Held by one party after the other; one of them is claimed by another at the end."""
        year, statuses = 1861 + self._random.randrange(10), list[object]()
        for number in range(self._few(5) + 1):
            until = year + self._random.randint(1, 12)
            holder = self.parties[self._rank(len(self.parties))]
            said = f"From {year} to {until} {_title(holder)} held {_title(territory)}."
            statuses.append(
                {
                    "id": f"held-{number}",
                    "holder": holder,
                    "mode": "de-facto",
                    "from": f"{year}-03-01",
                    "until": f"{until}-03-01",
                    "evidence": document.say(said),
                }
            )
            year = until
        rival = self.parties[self._rank(len(self.parties))]
        said = f"{_title(rival)} claimed {_title(territory)} from {year} on."
        statuses.append(
            {
                "id": "claim",
                "holder": rival,
                "mode": "de-jure",
                "accordingTo": rival,
                "kind": "claim",
                "from": str(year),
                "evidence": document.say(said),
            }
        )
        record = {"id": territory, "type": "Territory", "kind": "region"}
        return record | {"label": _label(territory), "statuses": statuses}

    def _office(self, person: str, document: Document) -> object:
        party = self.persons[person]
        said = f"{_title(person)} was foreign minister of {_title(party)}."
        evidence = document.say(said)
        return {"role": "foreign-minister", "roleIn": party, "evidence": evidence}

    def _treaty(
        self, number: int, document: Document, first: Document
    ) -> tuple[list[object], object | None]:
        kind = self._random.choice(_TREATY_KINDS)
        slug = f"{kind}-{number}"
        treaty, title = f"treaty/{slug}", f"Treaty {number}"
        left, right = self._random.sample(range(min(len(self.parties), 4 + number)), 2)
        if self._random.random() < 0.7:
            left = self._rank(max(1, right)) if right else left
        parties = [self.parties[left], self.parties[right]]
        place, signed = self.places[self._rank(len(self.places))], self._day()
        names = " and ".join(map(_title, parties))
        signatories = []
        for party in parties:
            person = f"person/{party.partition('/')[2]}-{self._rank(3)}"
            self.persons.setdefault(person, party)
            signatories.append(person)
        articles = self._few(_MOST_ARTICLES)
        say = document.say
        statements: list[object] = [
            {"hasParty": parties, "evidence": say(f"{names} concluded {title}.")},
            {
                "id": "signed",
                "signedOn": signed.isoformat(),
                "evidence": say(f"{title} was signed on {signed:%d.%m.%Y}."),
            },
            {"signedAt": place, "evidence": say(f"It was signed at {_title(place)}.")},
            {"articleCount": articles, "evidence": say(f"It has {articles} articles.")},
            {"signatory": signatories, "evidence": say(f"For {names} their ministers signed.")},
            {
                "inForceFrom": str(signed.year + 1),
                "evidence": say(f"{title} įsigaliojo {signed.year + 1} m."),
            },
            {"altLabel": {"lt": f"Sutartis {number}"}, "evidence": say(f"Sutartis {number}.")},
        ]
        dispute = None
        draw = self._random.random()
        if draw < 0.15:
            other = signed + timedelta(days=self._random.randint(1, 40))
            evidence = first.say(f"{title} dates from {other:%d.%m.%Y}.")
            undecided = draw < 0.05
            wrong = {"id": "signed-other", "signedOn": other.isoformat(), "evidence": evidence}
            if not undecided:
                wrong |= {"rank": "deprecated", "reason": "contradicted-by-detailed-source"}
            statements.append(wrong)
            dispute = _dispute(slug, treaty, title, undecided)
        record: dict[str, object] = {
            "id": treaty,
            "type": "Treaty",
            "kind": kind,
            "label": {"en": title, "lt": f"Sutartis {number}"},
            "statements": statements,
            "provisions": [self._article(n, title, parties, document) for n in range(articles)],
        }
        if self._random.random() < 0.3:
            record["figures"] = self._figures(slug, title, document)
        events = [self._event(slug, n, treaty, parties, document) for n in range(self._few(6))]
        return [record, *events], dispute

    def _article(
        self, number: int, title: str, parties: list[str], document: Document
    ) -> Mapping[str, object]:
        kind, amount = self._random.choice(_ARTICLE_KINDS), self._random.randint(2, 900)
        said = f"Article {number + 1} of {title} is on {kind} within {amount} days."
        return {
            "number": str(number + 1),
            "kind": kind,
            "obliges": parties[number % 2],
            "benefits": parties[1 - number % 2],
            "content": {"en": f"{kind} within {amount} days", "lt": f"per {amount} d."},
            "evidence": document.say(said),
        }

    def _figures(self, slug: str, title: str, document: Document) -> list[object]:
        """A total and its parts, which add up."""
        parts = [self._random.randint(1, 99) * 100 for _ in range(self._few(8) + 1)]
        figure = {"quantity": "personnel", "stage": "agreed"}
        evidence = document.say(f"{title} allows {sum(parts)} men.")
        found: list[object] = [
            {"id": "total", "amount": sum(parts), **figure, "evidence": evidence}
        ]
        for number, amount in enumerate(parts):
            evidence = document.say(f"Part {number} of them are {amount} men.")
            part = {"id": f"part-{number}", "amount": amount, **figure}
            found.append(part | {"partOfFigure": f"figure/{slug}--total", "evidence": evidence})
        return found

    def _event(
        self, slug: str, number: int, treaty: str, parties: list[str], document: Document
    ) -> object:
        kind, day = self._random.choice(_EVENT_KINDS), self._day()
        place, actor = self.places[self._rank(len(self.places))], self._random.choice(parties)
        said = f"In the {kind} of {day:%d.%m.%Y} at {_title(place)} {_title(actor)} took part."
        evidence = document.say(said)
        content = {"en": f"the terms of round {number} would not last"}
        position = {
            "id": "said",
            "act": self._random.choice(_SPEECH_ACTS),
            "saidBy": actor,
            "concerns": treaty,
            "content": content,
            "evidence": document.say(f"{_title(actor)} said that the terms would not last."),
        }
        return {
            "id": f"event/{slug}-{number}",
            "type": "Event",
            "kind": kind,
            "label": {"en": f"{kind} {number}, {slug}", "lt": f"Įvykis {number}, {slug}"},
            "statements": [
                {"date": day.isoformat(), "atPlace": place, "actor": actor, "evidence": evidence}
            ],
            "positions": [position],
        }


def _dispute(slug: str, treaty: str, title: str, undecided: bool) -> object:
    sides = [f"statement/{slug}--signed", f"statement/{slug}--signed-other"]
    record: dict[str, object] = {
        "id": f"disagreement/{slug}-signature",
        "type": "Disagreement",
        "kind": "tension" if undecided else "contradiction",
        "about": treaty,
        "label": {"en": f"When {title} was signed", "lt": f"Kada pasirašyta: {slug}"},
        "sides": sides,
        "judgement": {"en": "Two sources give two days."},
    }
    return record if undecided else record | {"prefers": sides[0]}


def _source(document: Document) -> object:
    return {
        "id": f"source/{document.handle}",
        "type": "Source",
        "handle": document.handle,
        "label": {"en": f"Chronicle {document.handle}", "lt": f"Kronika {document.handle}"},
        "sha256": hashlib.sha256(document.text.encode()).hexdigest(),
        "characterCount": document.length,
        "family": document.family,
        "note": "Made up; no licence is given.",
    }


def _title(address: str) -> str:
    return address.partition("/")[2].replace("-", " ").title()


def _label(address: str) -> dict[str, str]:
    return {"en": _title(address), "lt": f"{_title(address)}as"}


# ---- writing


def write_collection(folder: Path, treaties: int, seed: int = 1) -> Collection:
    """Write a workspace and its documents into a folder.

    Args:
        folder: is made; ``documents/`` in it holds the texts.
        treaties: how many; all else is in proportion.
        seed: another seed gives another collection of the same size.

    Raises:
        FileExistsError: the folder is there already.
    """
    folder.mkdir(parents=True)
    for name in ("ontology", "shapes"):
        unknown = shutil.ignore_patterns("explained.yaml")
        shutil.copytree(ROOT / name, folder / name, ignore=unknown)
    (folder / "pacta.toml").write_text(_PUBLICATION.format(treaties=treaties), encoding="utf-8")
    (folder / "queries").mkdir()
    (folder / "queries" / "treaties.rq").write_text(_QUESTION, encoding="utf-8")
    (folder / "queries" / "treaties.tsv").write_text(f"?treaties\n{treaties}\n", encoding="utf-8")
    collection = Collection(treaties, seed)
    for name, records in collection.records():
        path = folder / "seeds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"- {_flow(record)}\n" for record in records)
    for document in collection.documents:
        path = folder / "documents" / f"{document.handle}_chronicle.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(document.text, encoding="utf-8", newline="\n")
        path = folder / "seeds" / "passages" / f"{document.handle}.yaml"
        path.parent.mkdir(exist_ok=True)
        spans = sorted(document.passages.items())
        lines = (f"{start}-{end}: {digest}\n" for (start, end), digest in spans)
        path.write_text("".join(lines), encoding="utf-8", newline="\n")
    return collection


def _flow(value: object) -> str:
    """Return a value as YAML on one line; texts are quoted, so none is taken for anything else."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


_PUBLICATION: Final = """base = "http://localhost:8000/"
line = "bench"
issued = 2026-01-01
licence = "https://creativecommons.org/licenses/by/4.0/"
languages = ["en", "lt"]

[title]
en = "A made-up collection of {treaties} treaties"
lt = "Išgalvotas {treaties} sutarčių rinkinys"

[description]
en = "Treaties, parties and documents that never were, to measure with."
lt = "Nebūtos sutartys, šalys ir dokumentai matavimams."

[publisher]
name = "Pacta"
url = "https://w3id.org/pacta"
"""
_QUESTION: Final = """# title: Treaties
# question: How many treaties are there?
PREFIX pacta: <https://w3id.org/pacta/ns#>

SELECT (COUNT(?treaty) AS ?treaties) WHERE { ?treaty a pacta:Treaty }
"""


def main() -> int:
    """Write one collection; say how much there is."""
    parser = argparse.ArgumentParser(prog="bench.collection", description=__doc__)
    parser.add_argument("folder", type=Path, help="to be made")
    parser.add_argument("--treaties", type=int, default=43, help="how many (default 43)")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    made = write_collection(asked.folder, asked.treaties, asked.seed)
    passages = sum(len(document.passages) for document in made.documents)
    print(f"{made.treaties} treaties, {len(made.documents)} documents, {passages} passages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
