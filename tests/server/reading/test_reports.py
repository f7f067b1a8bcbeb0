"""What people reported of files elsewhere, with neighbours: read right, or told clearly."""

from __future__ import annotations

import bz2
import codecs
import gzip
import json
from pathlib import Path

import pytest
import zstandard

from server.reading.contexts import ContextSources
from server.reading.faults import FilesError
from server.reading.reader import DataFile, ReadingOptions
from server.reading.summary import count_statements, describe_reports, summarise_reports
from server.release.store import load_files
from tests.server.reading.files import ONE, OPEN, A, around, load, refuse

# ---- byte order marks and compression ---------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ttl", f"{A} ."),
        ("a.nt", f"{A} .\n"),
        ("a.nq", f"{A} .\n"),
        ("a.trig", f"{{ {A} }}"),
        ("a.n3", f"{A} ."),
        ("a.rdf", around("<ex:b>x</ex:b>")),
        ("a.jsonld", '{"@id": "http://e/a", "http://e/b": "x"}'),
    ],
)
def test_marks_and_compression_in_every_syntax(tmp_path: Path, name: str, text: str) -> None:
    """A byte order mark is no character; `.gz`, `.bz2` and `.zst` are read, in several members."""
    data = codecs.BOM_UTF8 + text.encode()
    forms = {
        "": data,
        ".gz": gzip.compress(data[:9]) + gzip.compress(data[9:]),
        ".bz2": bz2.compress(data[:9]) + bz2.compress(data[9:]),
        ".zst": zstandard.compress(data[:9]) + zstandard.compress(data[9:]),
    }
    for suffix, packed in forms.items():
        for skip in (False, True):
            folder = tmp_path / f"x{suffix}{skip}"
            folder.mkdir()
            options = ReadingOptions(skip_invalid=skip)
            assert load(folder, name + suffix, packed, options)[0] == ONE
    (tmp_path / "named").mkdir()
    assert load(tmp_path / "named", name, forms[".gz"])[0] == ONE  # the bytes say it, not the name


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".zst"])
def test_compressed_files_that_are_cut_off_or_damaged_are_refused(
    tmp_path: Path, suffix: str
) -> None:
    """Never served as far as they go."""
    data = "".join(f'<http://e/{n}> <http://e/b> "{n}" .\n' for n in range(20_000)).encode()
    packed = {
        ".gz": gzip.compress(data),
        ".bz2": bz2.compress(data),
        ".zst": zstandard.ZstdCompressor(write_checksum=True).compress(data),
    }[suffix]

    assert "cut off" in refuse(tmp_path, f"a.nt{suffix}", packed[: len(packed) // 2])
    (tmp_path / "2").mkdir()
    broken = packed[:200] + bytes(64) + packed[264:]
    assert "damaged" in refuse(tmp_path / "2", f"a.nt{suffix}", broken)


# ---- what a file is ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "syntax"),
    [
        ("turtle-in.owl", f"{A} .", "turtle"),
        ("turtle-in.rdf", "@prefix ex: <http://e/> . ex:a ex:b 'x' .", "turtle"),
        ("xml-in.ttl", around("<ex:b>x</ex:b>"), "rdfxml"),
        ("json-in.ttl", '{"@id": "http://e/a", "http://e/b": "x"}', "jsonld"),
        ("noending", f"# a comment\n{A} .\n", "turtle"),
        ("noending2", f"{A} <http://e/g> .\n", "nquads"),
        ("noending3", "PREFIX ex: <http://e/>\nex:g { ex:a ex:b 'x' }", "trig"),
        ("data.txt", '[{"@id": "http://e/a", "http://e/b": "x"}]', "jsonld"),
        ("xml.json", around("<ex:b>x</ex:b>", '<?xml version="1.0"?>\n'), "rdfxml"),
        ("A.TTL", f"{A} .", "turtle"),
    ],
)
def test_content_says_the_format_where_the_name_misleads(
    tmp_path: Path, name: str, text: str, syntax: str
) -> None:
    """Also where there is no ending, or one that says nothing."""
    found, report = load(tmp_path, name, text)

    assert report.format == syntax
    assert [line.partition(" <http://e/g>")[0] for line in found] == ONE


@pytest.mark.parametrize(
    ("name", "text", "looks"),
    [
        ("a.ttl", "<!DOCTYPE html><html><body>Sign in</body></html>", "a web page"),
        ("a.rdf", '<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', "a web page"),
        (
            "a.owl",
            '<Ontology xmlns="http://www.w3.org/2002/07/owl#" ontologyIRI="u:o"/>',
            "OWL/XML",
        ),
        ("a.owl", "Prefix(:=<http://e/>)\nOntology(<http://e/o>)", "functional syntax"),
        ("a.ttl", "Prefix: : <http://e/>\nOntology: <http://e/o>", "Manchester"),
        ("a.xml", '<TEI xmlns="http://www.tei-c.org/ns/1.0"/>', "TEI"),
        ("a.xml", "<records><record/></records>", "root <records>"),
        ("a.rdf", '<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        ("a.ttl", codecs.BOM_UTF16_LE.decode("latin-1"), "UTF-16"),
        ("a.csv", "a,b\n1,2\n", "endings known are"),
        ("a.xlsx", "PK\x03\x04", "ZIP"),
        ("a.pdf", "%PDF-1.7", "PDF"),
        ("a.rdf", "<HTML><BODY>404</BODY></HTML>", "a web page"),
        ("a.xml", '<mods xmlns="http://www.loc.gov/mods/v3"/>', "MODS"),
        ("a.xml", "<ead/>", "EAD"),
        ("a.xml", '<k xmlns="http://e/k"/>', "the root <k> of http://e/k"),
        ("a.rj", '{"http://e/a": {"http://e/b": [{"value": "x", "type": "uri"}]}}', "RDF/JSON"),
        ("a.json", '{"_:a": {"http://e/b": [{"type": "literal"}]}}', "RDF/JSON"),
        ("a.jsonl", '{"@id": "u:a"}\n{"@id": "u:b"}\n', "jq -s"),
        ("a.rq", "PREFIX e: <http://e/>\nselect * { ?s e:p ?o }", "pacta query"),
        ("a.ttl", "INSERT DATA { <u:a> <u:b> 1 }", "a SPARQL query or update"),
        ("a.nt.xz", "\xfd7zXZ\x00", "unpack it first"),
        ("a.tar", "a.nt".ljust(257, "\x00") + "ustar", "a tar archive"),
        ("a.hdt", "$HDT\x01", "hdt2rdf"),
        ("a.ttl", "version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
        ("a.nt", "\x00<\x00u\x00:\x00a\x00>", "iconv -f UTF-16-BE"),
    ],
)
def test_what_is_no_rdf_is_named(tmp_path: Path, name: str, text: str, looks: str) -> None:
    """The message says what the file looks like."""
    data = text.encode("latin-1")
    if looks == "UTF-16":
        data += f"{A} .".encode("utf-16-le")

    assert looks in refuse(tmp_path, name, data)


@pytest.mark.parametrize(
    "first", ["SELECTED:a", "ask:a", "Base:a", "<http://e/select>", "_:insert", "[]"]
)
def test_turtle_that_begins_like_something_else_is_turtle(tmp_path: Path, first: str) -> None:
    """A prefix may have the name of a keyword of SPARQL."""
    names = "".join(f"@prefix {name}: <u:> .\n" for name in ("SELECTED", "ask", "Base"))

    assert len(load(tmp_path, "a.ttl", f"{names}{first} <u:p> 1 .")[0]) == 1
    (tmp_path / "2").mkdir()
    message = refuse(tmp_path / "2", "a.ttl", f"{first} <u:p> <u: x> .")
    assert message.startswith("a.ttl:1:")


@pytest.mark.parametrize(
    ("character", "words"),
    [
        ("\u00a0", "U+00A0 NO-BREAK SPACE"),
        ("\u200b", "U+200B ZERO WIDTH SPACE"),
        ("\ufeff", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("\x00", "U+0000"),
        ("“", "“"),
    ],
)
def test_characters_that_cannot_be_seen_are_named(
    tmp_path: Path, character: str, words: str
) -> None:
    """Where the message quotes one; they come from web pages and word processors."""
    message = refuse(tmp_path, "a.ttl", f"{A} .\n{character} {A} .")

    assert message.startswith("a.ttl:2:1: ")
    assert f"{words} is not " in message.replace("'", "")


@pytest.mark.parametrize("name", ["a.ttl", "a.nt", "a.nq", "a.trig", "a.jsonld"])
def test_bytes_of_another_encoding_are_told_with_the_repair(tmp_path: Path, name: str) -> None:
    """Only XML says how it is encoded; here it must be UTF-8."""
    line = '<http://e/a> <http://e/b> "é" .'
    text = '{"@id": "http://e/a", "http://e/b": "é"}' if name == "a.jsonld" else line
    message = refuse(tmp_path, name, text.encode("latin-1"))

    assert message.startswith(f"{name}:1:")
    assert "iconv -f ENCODING -t UTF-8" in message


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ('{"type": "FeatureCollection", "features": []}', "GeoJSON"),
        ('{"head": {"vars": []}, "results": {"bindings": []}}', "a SPARQL result"),
        ('{"name": "x"}', "plain JSON without an @context"),
        ('{"@context": {}, "name": "x"}', ""),
        ("[]", ""),
        ("", ""),
    ],
)
def test_no_statements_is_a_warning(tmp_path: Path, text: str, look: str) -> None:
    """The start says so, and what the file looks like."""
    _, report = load(tmp_path, "a.json", text)
    lines = describe_reports([report], union=False)

    assert lines[0].endswith("a.json: 0 statements (jsonld)")
    assert lines[1].startswith("warning: ")
    assert "no statements in it" in lines[1]
    assert look in lines[1]


# ---- bad lines --------------------------------------------------------------------------------

BAD_LINES = """<http://e/1> <http://e/p> "1" .
<http://e/a b> <http://e/p> "2" .
<http://e/x?f[]=1> <http://e/p> "3" .
<http://e/x#a#b> <http://e/p> "4" .
<http://e/100%> <http://e/p> "5" .
<http://e/6> <http://e/p> "6"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString> .
<http://e/7> <http://e/p> "7"@ .
<http://e/8> <http://e/p> "8" .
"""


def test_all_faults_in_one_run_each_with_its_place(tmp_path: Path) -> None:
    """The places read once: `2:1 to 2:15`."""
    lines = refuse(tmp_path, "a.nt", BAD_LINES).splitlines()

    assert [line.partition(": ")[0] for line in lines[:4]] == [
        "a.nt:2:1 to 2:15",
        "a.nt:3:1 to 3:19",
        "a.nt:4:1 to 4:17",
        "a.nt:5:1 to 5:16",
    ]
    assert lines[6] == (
        "6 faults in 1 file, and nothing is served: "
        "repair the file, or start with --skip-invalid to serve the rest"
    )


def test_skip_invalid_serves_the_rest_and_says_what_it_left_out(tmp_path: Path) -> None:
    """A line that is faulty gives nothing at all."""
    found, report = load(tmp_path, "a.nt", BAD_LINES, ReadingOptions(skip_invalid=True))

    assert found == [
        '<http://e/1> <http://e/p> "1"',
        '<http://e/8> <http://e/p> "8"',
    ]
    assert (report.statements, report.left_out_count) == (2, 6)
    assert "left out because of 6 faults" in describe_reports([report], union=False)[1]
    (told,) = summarise_reports([report])
    assert told["left_out"] == 6
    assert str(told["faults"]).count("a.nt:") == 6


def test_a_hundred_faults_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    """A file that is wrong throughout does not fill the terminal."""
    lines = refuse(
        tmp_path, "a.nt", "".join(f"<a b> <u:p> {n} .\n" for n in range(250))
    ).splitlines()

    assert len(lines) == 102
    assert lines[100] == "a.nt: 150 more faults are not shown"


def test_faults_of_several_files_come_together(tmp_path: Path) -> None:
    """Those that stand behind the first faulty file, too."""
    names = []
    for name, text in (("a.nt", "x\n"), ("b.nt", f"{A} .\n"), ("c.ttl", "<u:a> <u:b> nope:c .\n")):
        (tmp_path / name).write_text(text)
        names.append(DataFile(str(tmp_path / name)))
    with pytest.raises(FilesError) as caught:
        load_files(names, tmp_path / "store")

    message = str(caught.value)
    assert "a.nt:1:1" in message
    assert "c.ttl:1:13 to 1:19" in message
    assert "b.nt" not in message
    assert "2 faults in 2 files" in message


TURTLE = """@prefix ex: <http://e/> . # one. two
ex:a ex:b <http://x y>, "q. r", ex:d ; ex:p "ok. fine" .
ex:1 ex:b "bad \\q escape . ex:no ex:no ex:no . " .
ex:2 ex:b "two. words
ex:3 ex:b ex:c .
ex:4 ex:b [ ex:c ( 1 2.5 foo ) ] . ex:5 ex:b ex:c .
PREFIX é: <http://f/>
é:6 ex:b '''long. "text"
''' . é:7 ex:b nope:x .
ex:8 ex:b 1. ex:9 ex:b _:x . _:x ex:b ex:c .
"""


@pytest.mark.parametrize("name", ["a.ttl", "a.trig", "a.n3"])
def test_a_faulty_statement_of_turtle_costs_itself_alone(tmp_path: Path, name: str) -> None:
    """Nothing is invented from what stands in a string, and no graph is lost."""
    message = refuse(tmp_path, name, TURTLE)
    places = [line.partition(": ")[0] for line in message.splitlines()]
    assert places[0] == f"{name}:2:11 to 2:23"
    assert places[4].startswith(f"{name}:9:16 to 9:22")

    (tmp_path / "2").mkdir()
    found, report = load(tmp_path / "2", name, TURTLE, ReadingOptions(skip_invalid=True))
    subjects = {line.partition(" ")[0] for line in found if not line.startswith("_:")}
    assert subjects == {f"<http://{host}>" for host in ("e/5", "f/6", "e/8", "e/9")}
    assert report.left_out_count == 5
    blank = next(line for line in found if "<http://e/9>" in line).rpartition(" ")[2]
    assert f"{blank} <http://e/b> <http://e/c>" in found


def test_graphs_keep_their_statements_where_one_is_left_out(tmp_path: Path) -> None:
    """The engine's own recovery would put the rest of a graph into the default graph."""
    text = (
        "@prefix ex: <http://e/> .\n"
        "ex:g { ex:a ex:b <http://x y>. ex:a ex:b 1 . }\n"
        "ex:h { ex:a ex:c 2 . nope:x ex:p 3. ex:a ex:d 4 }\n"
        "{ ex:z ex:b 5 }\n"
    )
    found, report = load(tmp_path, "a.trig", text, ReadingOptions(skip_invalid=True))

    graphs = sorted(line.rpartition(">")[0].rpartition("<")[2] for line in found)
    assert len(found) == 4
    assert report.left_out_count == 2
    assert sum("<http://e/g>" in line for line in found) == 1
    assert sum("<http://e/h>" in line for line in found) == 2
    assert graphs


@pytest.mark.parametrize(
    "text", ["<u:g> { <u:a> <u:b> <u:c> .", "<u:a> <u:b> <u:c>", "@prefix ex: <http://e/>"]
)
def test_a_file_that_is_cut_off_is_never_taken_for_whole(tmp_path: Path, text: str) -> None:
    """Though each statement that is there may be right."""
    assert "a.trig:1:" in refuse(tmp_path, "a.trig", text)
    (tmp_path / "2").mkdir()
    _, report = load(tmp_path / "2", "a.trig", text, ReadingOptions(skip_invalid=True))
    assert report.left_out_count == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.nt", '\n<http://e/a> <http://e/b> "', '" .\n'),
        ("a.ttl", '\n<http://e/a> <http://e/b> """', '""" .\n'),
        ("a.jsonld", '[\n{"@id": "http://e/a", "http://e/b": "', '"}]'),
        (
            "a.rdf",
            f'{OPEN}<rdf:Description rdf:about="http://e/a">\n<ex:b>',
            "</ex:b></rdf:Description></rdf:RDF>",
        ),
    ],
)
def test_a_token_of_any_length_is_read_or_its_line_told(
    tmp_path: Path, name: str, before: str, after: str
) -> None:
    """The engine's readers stop at 16 MiB; RDF/XML has no limit."""
    text = before + "x" * (20 << 20) + after
    if name == "a.rdf":
        assert len(load(tmp_path, name, text)[0][0]) > 20 << 20
        return
    message = refuse(tmp_path, name, text)
    assert message.startswith(f"{name}:2")
    assert "longer than 16 MiB" in message


# ---- JSON-LD ----------------------------------------------------------------------------------


def test_a_context_that_is_not_at_hand_is_asked_for(tmp_path: Path) -> None:
    """No address is ever opened; the message says how to give the file."""
    text = '{"@context": "https://contexts.example/", "@id": "http://e/a", "b": "x"}'
    message = refuse(tmp_path, "a.jsonld", text)

    assert "--context https://contexts.example/=contexts-example.jsonld" in message
    assert "curl" in message

    own = tmp_path / "own.jsonld"
    own.write_text('{"@context": {"b": "http://e/b"}}')
    (tmp_path / "2").mkdir()
    options = ReadingOptions(context_sources=ContextSources({"https://contexts.example/": own}))
    assert load(tmp_path / "2", "a.jsonld", text, options)[0] == ONE


@pytest.mark.parametrize(
    "context",
    [
        '"beside.jsonld"',
        '["beside.jsonld", {"c": "http://e/c"}]',
        '"deep/./nested.jsonld"',
        '{"@version": 1.1, "@import": "beside.jsonld"}',
        '{"b": {"@id": "http://e/b", "@context": "beside.jsonld"}}',
    ],
)
def test_contexts_beside_the_document(tmp_path: Path, context: str) -> None:
    """By relative reference, in lists, imported, scoped, and from one another."""
    (tmp_path / "beside.jsonld").write_text(
        '{"@context": {"@base": "http://never/", "b": "http://e/b"}}'
    )
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "nested.jsonld").write_text('{"@context": ["../beside.jsonld"]}')
    text = f'{{"@context": {context}, "@id": "http://e/a", "b": "x"}}'

    assert load(tmp_path, "a.jsonld", text)[0] == ONE


@pytest.mark.parametrize(
    ("beside", "words"),
    [
        ('{"@context": "beside.jsonld"}', "refers to itself"),
        ("[]", "holds no object"),
        ("{", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_contexts_that_are_none(tmp_path: Path, beside: str | None, words: str) -> None:
    """A circle, something else, broken JSON, no file."""
    if beside is not None:
        (tmp_path / "beside.jsonld").write_text(beside)
    text = '{"@context": "beside.jsonld", "@id": "http://e/a", "b": "x"}'

    assert words in refuse(tmp_path, "a.jsonld", text)


def test_what_stands_in_a_json_literal_is_left_alone(tmp_path: Path) -> None:
    """`@context` there is data, not a context."""
    (tmp_path / "beside.jsonld").write_text(
        '{"@context": {"b": {"@id": "http://e/b", "@type": "@json"}}}'
    )
    value = {"@context": "http://nowhere.example/"}
    text = json.dumps({"@context": "beside.jsonld", "@id": "http://e/a", "b": value})

    found, _ = load(tmp_path, "a.jsonld", text)

    assert "nowhere.example" in found[0]


def test_broken_json_has_a_place(tmp_path: Path) -> None:
    """With a context by address, too."""
    for number, text in enumerate(
        ('{\n"@id": x}', '{"@context": "c",\n"@id": x}', '{"@id": "u:a"\n', '{"@id":\n"u:a"} {}')
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert refuse(folder, "a.jsonld", text).startswith("a.jsonld:2:")


# ---- the start --------------------------------------------------------------------------------


def test_each_file_says_its_statements_and_named_graphs_get_a_word(tmp_path: Path) -> None:
    """The word comes only where every statement is in a named graph, and not with `--union`."""
    _, named = load(tmp_path, "a.nq", f"{A} <http://e/g> .\n{A} <http://e/h> .\n")
    (tmp_path / "2").mkdir()
    _, plain = load(tmp_path / "2", "b.nt", f"{A} .\n")

    assert count_statements([named, plain]) == "3 statements from 2 files"
    assert "--union" in describe_reports([named], union=False)[-1]
    assert len(describe_reports([named], union=True)) == 1
    assert len(describe_reports([named, plain], union=False)) == 2
