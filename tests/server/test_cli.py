"""`pacta serve`: settings, what stops a start, how it stops."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from loader.options import (
    SettingError,
    list_settings,
    name_option,
    name_variable,
    read_settings,
)
from server.cli import EXIT_INPUT, UsageError, add_commands, read_named_graph
from server.settings import Settings, count_processors, count_threads, count_workers
from tests.browser.chromium import Pipe, find_browser, start_browser
from tests.live import LiveServer, Reply, make_command, start_server, wait_until
from tests.server_release import make_small_release
from tests.skips import needs

BROWSER = find_browser()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server of one file with a long name in it."""
    long = f"<http://example.org/{'a/rather/long/name/' * 6}>"
    file = tmp_path_factory.mktemp("served") / "d.ttl"
    file.write_text(f"<u:a> {long} {long}, 'text' .")
    with start_server("--data", str(file)) as server:
        yield server


def parse(*arguments: str) -> argparse.Namespace:
    """The parsed command line of `pacta serve`."""
    parser = argparse.ArgumentParser(prog="pacta")
    add_commands(parser.add_subparsers(required=True))
    return parser.parse_args(["serve", *arguments])


def test_every_setting_is_an_option_and_a_variable() -> None:
    """The command line wins over the environment, that over the default."""
    for item, facts in list_settings(Settings):
        value = str(item.default * 2 if isinstance(item.default, int | float) else "x")
        value = facts.choices[0] if facts.choices else value
        options = vars(parse(name_option(item.name), value))
        from_line = read_settings(Settings, options, {})
        from_variable = read_settings(Settings, vars(parse()), {name_variable(item.name): value})
        both = read_settings(Settings, options, {name_variable(item.name): "7"})

        assert str(getattr(from_line, item.name)) == value
        assert from_line == from_variable == both
    assert read_settings(Settings, vars(parse()), {name_variable("port"): ""}) == Settings()
    assert name_option("query_timeout_s") == "--query-timeout-s"
    assert name_variable("query_timeout_s") == "PACTA_QUERY_TIMEOUT_S"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("query_timeout_s", text) for text in ("soon", "0", "nan", "inf")),
        *(("port", "-1"), ("port", "1.5"), ("workers", "-2"), ("log_level", "loud")),
    ],
)
def test_settings_out_of_range_are_named(name: str, value: str) -> None:
    """The option or the variable stands in the message."""
    with pytest.raises(SettingError, match=name_option(name)):
        read_settings(Settings, {name: value}, {})
    with pytest.raises(SettingError, match=name_variable(name)):
        read_settings(Settings, {}, {name_variable(name): value})


def test_derived_numbers() -> None:
    """Two workers a processor, at least four; threads for a full queue and sixteen more."""
    assert count_workers(Settings()) == max(4, 2 * count_processors())
    assert count_workers(Settings(workers=5)) == 5
    assert count_threads(Settings(workers=5, queue_length=10)) == 31
    assert count_threads(Settings(threads=3)) == 3


@pytest.mark.parametrize(
    ("text", "name", "path"),
    [
        ("http://g/a=f.ttl", "http://g/a", "f.ttl"),
        ("http://g/?a=b=f.ttl", "http://g/?a=b", "f.ttl"),
    ],
)
def test_named_graphs_split_at_the_last_mark(text: str, name: str, path: str) -> None:
    """An IRI may hold `=`."""
    item = read_named_graph(text)

    assert (item.graph, item.path) == (name, path)


@pytest.mark.parametrize("text", ["", "x", "=f", "u:g="])
def test_named_graphs_without_a_part(text: str) -> None:
    """What was expected is said."""
    with pytest.raises(UsageError, match="expected URI=FILE"):
        read_named_graph(text)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--data", "{tmp}/broken.ttl"), "broken.ttl:2:"),
        (("--data", "{tmp}/none.ttl"), "none.ttl"),
        (("--named-graph", "nothing"), "expected URI=FILE"),
        (("--data", "{tmp}/good.ttl", "--query-timeout-s", "never"), "--query-timeout-s"),
        (("--data", "{tmp}/good.ttl", "--release", "{tmp}"), "do not go together"),
        (("--data", "{tmp}/good.ttl", "--port", "-1"), "expected at least 0"),
        (("--release", "{tmp}/none"), "none"),
        ((), "no collection is chosen"),
    ],
)
def test_what_stops_the_start(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    """Exit code 2, and a line that names the file, the line or the option."""
    (tmp_path / "good.ttl").write_text("<u:a> <u:b> <u:c> .")
    (tmp_path / "broken.ttl").write_text("<u:a> <u:b> <u:c> .\n<u:a> <u:b> .")
    monkeypatch.chdir(tmp_path)
    given = parse("--port", "0", *(each.format(tmp=tmp_path) for each in arguments))

    assert given.run(given) == EXIT_INPUT
    assert says in capfd.readouterr().err


def test_port_in_use_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """And that `--port` takes another."""
    (tmp_path / "good.ttl").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        given = parse("--port", port, "--data", str(tmp_path / "good.ttl"))

        assert given.run(given) == EXIT_INPUT
    assert "--port takes another" in capfd.readouterr().err


def test_a_store_that_cannot_be_written_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The folder, the reason and what to do; nothing is written elsewhere."""
    release = make_small_release(tmp_path / "build")
    (tmp_path / "build" / "stores").write_text("a file stands where the folder belongs")
    given = parse("--port", "0", "--release", str(release.path))

    assert given.run(given) == EXIT_INPUT
    said = capfd.readouterr().err
    assert f"{tmp_path}/build/stores: the cache of stores cannot be written" in said
    assert "let the user that runs the server write there" in said


def test_each_answer_has_a_line_in_the_log(served: LiveServer, tmp_path: Path) -> None:
    """At `--log-level info`: method, path, status, time and the request's id; else none."""
    file = tmp_path / "d.ttl"
    file.write_text("<u:a> <u:b> <u:c> .")
    with start_server("--data", str(file), "--log-level", "info") as telling:
        for server, expected in ((telling, True), (served, False)):
            identifier = server.send("GET", "/health").headers["x-request-id"]
            line = f"GET /health 200 .* {identifier}"

            def has_line(line: str = line, server: LiveServer = server) -> bool:
                return any(re.search(line, each) for each in server.lines)

            assert expected == wait_until(has_line, 20.0 if expected else 1.0)


@pytest.mark.slow
def test_stop_is_gentle(tmp_path: Path) -> None:
    """SIGTERM: nothing is left, neither workers nor the temporary folder; exit code 0."""
    file = tmp_path / "d.ttl"
    file.write_text("<u:a> <u:b> <u:c> .")
    spool = tmp_path / "spool"
    spool.mkdir()
    with start_server("--data", str(file), "--spool-folder", str(spool)) as server:
        assert wait_until(lambda: len(server.workers()) >= 2)
        pids = server.workers()
        assert list(spool.iterdir())
        server.process.send_signal(signal.SIGTERM)
        code = server.process.wait(20)

    assert code == 0
    assert wait_until(lambda: not [pid for pid in pids if Path(f"/proc/{pid}").exists()])
    assert list(spool.iterdir()) == []


@pytest.mark.slow
def test_stop_lets_answers_be_sent(tmp_path: Path) -> None:
    """What was asked before SIGTERM is answered after it; what is asked then gets 503."""
    file = tmp_path / "d.nt"
    file.write_text("".join(f"<u:a{i}> <u:b> <u:c{i}> .\n" for i in range(400)))
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h <u:c1> FILTER(?c != ?f) }"
    replies: list[int] = []
    with start_server("--data", str(file), constants={"shutdown_s": 60.0}) as server:
        threads = [
            threading.Thread(
                target=lambda n: replies.append(server.ask(f"{query} # {n}").status), args=(n,)
            )
            for n in range(3)
        ]
        for thread in threads:
            thread.start()
        assert wait_until(lambda: count_queries(server) == 3)
        server.process.send_signal(signal.SIGTERM)
        assert wait_until(lambda: "stopping" in server.lines)
        refused = server.ask("ASK {}")
        for thread in threads:
            thread.join(60)
        code = server.process.wait(60)

    assert (code, replies) == (0, [200, 200, 200])
    assert (refused.status, refused.headers["retry-after"]) == (503, "5")


@pytest.mark.slow
def test_stop_ends_long_queries_with_an_answer(tmp_path: Path) -> None:
    """When the time is over: 503, no broken connection, and the process ends with 0."""
    file = tmp_path / "d.nt"
    file.write_text("".join(f"<u:a{i}> <u:b> <u:c{i}> .\n" for i in range(400)))
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    replies: list[Reply] = []
    with start_server("--data", str(file), constants={"shutdown_s": 0.5}) as server:
        thread = threading.Thread(target=lambda: replies.append(server.ask(query)))
        thread.start()
        assert wait_until(lambda: is_running(server))
        server.process.send_signal(signal.SIGTERM)
        thread.join(20)
        code = server.process.wait(20)

    assert (code, [reply.status for reply in replies]) == (0, [503])


def count_queries(server: LiveServer) -> int:
    """How many queries run or wait."""
    queries = json.loads(server.send("GET", "/health").body)["queries"]
    return int(queries["running"] + queries["waiting"])


def is_running(server: LiveServer) -> bool:
    """Whether a query runs, by what the server says of itself."""
    health = json.loads(server.send("GET", "/health").body)
    return bool(health["queries"]["running"])


@pytest.mark.slow
def test_workers_do_not_outlive_the_server(tmp_path: Path) -> None:
    """SIGKILL of the server: its workers end by themselves, the one that runs a query too."""
    file = tmp_path / "d.ttl"
    file.write_text("<u:a> <u:b> <u:c> .")
    numbers = " ".join(map(str, range(10)))
    endless = " ".join(f"VALUES ?v{i} {{ {numbers} }}" for i in range(12))
    query = f"SELECT (COUNT(*) AS ?n) {{ {endless} }}"

    def ask() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            server.ask(query)

    with start_server("--data", str(file), "--spool-folder", str(tmp_path)) as server:
        assert wait_until(lambda: len(server.workers()) >= 2)
        client = threading.Thread(target=ask)
        client.start()
        assert wait_until(
            lambda: json.loads(server.send("GET", "/health").body)["queries"]["running"]
        )
        pids = server.workers()
        server.process.send_signal(signal.SIGKILL)
        client.join()

        assert wait_until(lambda: not [pid for pid in pids if Path(f"/proc/{pid}").exists()])


@pytest.mark.slow
def test_current_directory_cannot_take_the_workers_place(tmp_path: Path) -> None:
    """A folder `server/` where one stands, or in PYTHONPATH, is never imported by a worker."""
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "__init__.py").write_text("raise SystemExit('taken over')")
    file = tmp_path / "d.ttl"
    file.write_text("<u:a> <u:b> <u:c> .")
    process = subprocess.Popen(
        [*make_command({}), "serve", "--port", "0", "--data", str(file)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    timer = threading.Timer(30, process.kill)
    timer.start()
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
    finally:
        timer.cancel()
        process.terminate()
        process.communicate(timeout=20)

    assert line.startswith("serving")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipe]:
    """A browser; each test opens a tab of its own."""
    with start_browser(BROWSER or "", tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.mark.slow
@needs("browser", BROWSER)
@pytest.mark.parametrize("query", ["", "SELECT * { ?s ?p ?o }", "SELECT * {", "DESCRIBE <u:a>"])
def test_the_form_fits_a_phone(served: LiveServer, browser: Pipe, query: str) -> None:
    """The page of `--data` scrolls down, never sideways; nothing that it asks for is missing."""
    asked = urlencode({"query": query}) if query else ""
    page = browser.open_page()
    for address in (f"{served.url}?{asked}", f"{served.url.rpartition('/')[0]}/limits"):
        page.resize(390, 844)
        page.open(address)

        assert page.read("document.documentElement.scrollWidth") == 390
        assert page.read("document.styleSheets.length") >= 1
    assert not [each for each in page.messages if "/sparql?" not in each]
