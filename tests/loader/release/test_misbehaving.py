"""Endpoints that misbehave: `pacta query` and `pacta push` end with a sentence all the same."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pacta
from loader.release.answers import AnswerError, check_answer
from tests.server_release import make_release

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
ROW = '{"s": {"type": "uri", "value": "urn:a"}}'
TABLE = '{"head": {"vars": ["s"]}, "results": {"bindings": [' + ROW + "]}}"


def head(status: str, kind: str, length: int | None, *more: str) -> bytes:
    """The head of an answer; no length where the body ends with the connection."""
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {kind}"] if kind else []), *more]
    lines += [f"Content-Length: {length}"] if length is not None else []
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


def ok(body: str | bytes, kind: str = JSON, *more: str) -> list[bytes]:
    """A whole answer with 200."""
    data = body.encode() if isinstance(body, str) else body
    return [head("200 OK", kind, len(data), *more), data]


def read_request(line: socket.socket) -> bytes:
    """Take a whole request and return its body; a socket that closes before resets the line."""
    with line.makefile("rb") as stream:
        length = 0
        while (field := stream.readline().strip()) != b"":
            name, _, value = field.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return stream.read(length)


@contextmanager
def endpoint(pieces: list[bytes], pause_s: float = 0.0) -> Iterator[str]:
    """A server that sends these bytes to everyone, whatever is asked; its address."""
    with serve_pieces(lambda body: pieces, pause_s) as address:
        yield address


@contextmanager
def serve_pieces(choose: Callable[[bytes], list[bytes]], pause_s: float = 0.0) -> Iterator[str]:
    """A server that sends the bytes chosen for the body of a request; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)

        def serve() -> None:
            while True:
                try:
                    line, _ = listener.accept()
                except OSError:
                    return
                with line, suppress(OSError):
                    line.settimeout(5)
                    for piece in choose(read_request(line)):
                        line.sendall(piece)
                        time.sleep(pause_s)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/sparql"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


BROKEN: dict[str, tuple[list[bytes], str, str]] = {
    "cut off": (ok(TABLE[:60]), "table", "cut off"),
    "cut off in a string": (ok(TABLE[:-20]), "json", "cut off"),
    "less than its length": ([head("200 OK", JSON, 500), b"{"], "json", "broke off"),
    "a chunk that breaks off": (
        [head("200 OK", JSON, None, "Transfer-Encoding: chunked"), b"ff\r\n{"],
        "json",
        "broke off",
    ),
    "no bytes": (ok(""), "table", "cut off"),
    "login page": (ok("<!DOCTYPE html><p>Please sign in", "text/html"), "table", "answered a page"),
    "login page as CSV": (ok("<html>", "text/html;charset=utf-8"), "csv", "answered a page"),
    "login page as JSON": (ok("<!doctype html><p>Hello"), "table", "answered a page"),
    "page without a type": (ok("<html>", ""), "csv", "answered a page"),
    "XML for a table": (ok("<sparql/>", XML), "table", f"answered {XML}"),
    "XML for CSV": (ok("<sparql/>", "application/xml"), "csv", "text/csv was asked for"),
    "XML cut off": (ok("<sparql><head>", XML), "xml", "cut off"),
    "CSV for Turtle": (ok("s\r\n", "text/csv"), "ttl", "answered text/csv"),
    "no head": (ok('{"results": {"bindings": []}}'), "table", '"head"'),
    "no vars": (ok('{"head": {}, "results": {"bindings": []}}'), "table", "variables"),
    "no bindings": (ok('{"head": {"vars": []}}'), "table", '"bindings"'),
    "rows that are none": (ok(TABLE.replace('"uri"', '"url"')), "table", "row 1"),
    "a list": (ok("[]"), "table", '"head"'),
    "a number": (ok("3"), "json", '"head"'),
    "deep JSON": (ok("[" * 200_000), "json", "no JSON"),
    "bytes that are no text": (ok(b'{"head": "\xff"}'), "json", "no JSON"),
    "gzip that is none": (ok(TABLE, JSON, "Content-Encoding: gzip"), "table", "gzip"),
    "401": (
        [head("401 Unauthorized", "text/html", 6), b"<html>"],
        "table",
        "--endpoint-user",
    ),
    "403": ([head("403 Forbidden", "text/plain", 2), b"no"], "table", "403"),
    "307": (
        [head("307 Temporary Redirect", "", 0, "Location: http://127.0.0.1:1/other")],
        "table",
        "http://127.0.0.1:1/other",
    ),
    "500 with a page": (
        [head("500 Oops", "text/html", 28), b"<html><h1>Broken</h1></html>"],
        "table",
        "Broken",
    ),
    "nothing at all": ([], "table", "cannot be reached"),
    "no HTTP": ([b"SSH-2.0-OpenSSH\r\n\r\n"], "table", "cannot be reached"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_query_ends_with_a_sentence(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, nothing printed as if it were an answer, no traceback."""
    pieces, form, words = BROKEN[name]
    with endpoint(pieces) as address:
        code = pacta.main(["query", "--endpoint", address, "--format", form, "SELECT * {?s ?p ?o}"])
    out, said = capfd.readouterr()

    assert (code, out) == (2, "")
    assert words in said
    assert "Traceback" not in said
    assert "bug in Pacta" not in said


def test_a_redirect_that_loses_the_query_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    """303 to a page: the answer would be to another question."""
    with endpoint(ok(TABLE)) as there:
        moved = [head("303 See Other", "", 0, f"Location: {there}")]
        with endpoint(moved) as address:
            code = pacta.main(["query", "--endpoint", address, "ASK {}"])

    assert code == 2
    assert f"redirects to {there}" in capfd.readouterr().err


def test_a_body_that_drips_ends_in_time(capfd: pytest.CaptureFixture[str]) -> None:
    """The limit is for the whole answer, not for each byte of it."""
    drip = [head("200 OK", JSON, None), *([b" "] * 100)]
    begun = time.monotonic()
    with endpoint(drip, 0.2) as address:
        options = ["--endpoint", address, "--endpoint-timeout-s", "1"]
        code = pacta.main(["query", *options, "ASK {}"])
        seconds = time.monotonic() - begun

    assert code == 2
    assert seconds < 10
    assert "no answer came in 1 s" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("pieces", "form", "words"),
    [
        (ok(TABLE, "application/json"), "table", "urn:a"),
        (ok(TABLE, "application/sparql-results+json; charset=utf-8"), "json", "urn:a"),
        (ok(TABLE, ""), "table", "urn:a"),
        (ok(gzip.compress(TABLE.encode()), JSON, "Content-Encoding: gzip"), "table", "urn:a"),
        (ok('{"head": {}, "boolean": true}'), "table", "true"),
        (ok("<urn:a> <urn:b> <urn:c> .", "text/turtle"), "table", "<urn:a>"),
        (ok("<sparql/>", "text/xml"), "xml", "<sparql/>"),
        (ok("s\r\n1\r\n", "text/csv; charset=utf-8"), "csv", "1"),
        (
            ok(TABLE.replace(ROW, '{"s": {"type": "literal", "value": "-0043-03-15"}}')),
            "table",
            "-0043-03-15",
        ),
    ],
)
def test_whole_answers_are_printed(
    pieces: list[bytes], form: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Under every media type that endpoints use for them."""
    with endpoint(pieces) as address:
        code = pacta.main(["query", "--endpoint", address, "--format", form, "ASK {}"])

    assert code == 0
    assert words in capfd.readouterr().out


@pytest.mark.parametrize("name", ["cut off", "login page", "401", "nothing at all", "no head"])
def test_push_ends_with_a_sentence(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The same for a release that is sent."""
    made = make_release(tmp_path, {"dumps/pacta.nq": b"<urn:a> <urn:b> <urn:c> <urn:g> .\n"})
    with endpoint(BROKEN[name][0]) as address:
        code = pacta.main(["push", "--release", str(made.path), "--endpoint", address])
    said = capfd.readouterr().err

    assert code == 2
    assert "Traceback" not in said


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["head", "vars", "results", "bindings", "type", "value", "s"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_any_json_is_a_result_or_refused(value: object) -> None:
    """No shape of JSON gets through to what prints tables."""
    from loader.asking import format_table

    body = json.dumps(value).encode()
    try:
        check_answer(body, JSON, JSON)
    except AnswerError:
        return
    format_table(body)


@given(st.binary(max_size=200), st.sampled_from([JSON, XML, "text/csv", "", "a/b"]))
def test_any_bytes_are_judged(body: bytes, kind: str) -> None:
    """An answer or `AnswerError`, and nothing else."""
    for accept in (f"{JSON}, text/turtle;q=0.9", XML, "application/ld+json", "text/csv"):
        with suppress(AnswerError):
            check_answer(body, kind, accept)
