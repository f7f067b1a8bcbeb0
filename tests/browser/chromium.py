"""A headless Chromium for tests, driven over its debugging pipe: no driver, no library, no port.

Commands and events are JSON objects, each ended by a zero byte (the DevTools protocol); the
browser reads them from its descriptor 3 and writes to 4.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_START = (
    "import fcntl, os, sys; r, w = (fcntl.fcntl(int(n), fcntl.F_DUPFD, 10) for n in sys.argv[1:3]);"
    "os.dup2(r, 3); os.dup2(w, 4); os.execv(sys.argv[3], sys.argv[3:])"
)
SIZE = (1200, 900)
"""Of the window of a new tab, in CSS pixels."""
ONLINE = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
WAIT_S = 120.0
"""Seconds after which what a test waits for counts as never come, on however slow a machine."""


class BrowserError(Exception):
    """The browser did not do what it was told; the message is its own."""


def find_browser() -> str | None:
    """The path of a Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass
class Page:
    """One tab.

    Attributes:
        context: Of the browser: cookies, cache and storage of this tab alone.
        requests: The addresses that the tab asked for since it was opened.
        messages: What it wrote to its console as warning or error, and errors nobody caught.
    """

    pipe: Pipe
    session: str
    context: str
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol; its result."""
        return self.pipe.call(method, parameters, self.session)

    def open(self, address: str) -> None:
        """Go to an address and wait until it has loaded."""
        self.call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def begin_anew(self, address: str) -> None:
        """Go to an address as a tab that was just opened does; the cache alone is kept.

        Args:
            address: Of the server that the tab has shown so far.
        """
        self.call("Page.navigate", url="about:blank")
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        self.call("Storage.clearDataForOrigin", origin=origin, storageTypes="all")
        self.call("Network.clearBrowserCookies")
        self.call("Network.emulateNetworkConditions", **ONLINE)
        self.resize(*SIZE)
        self.requests.clear()
        self.messages.clear()
        self.open(address)

    def close(self) -> None:
        """Close the tab, and give up its context."""
        del self.pipe.pages[self.session]
        self.pipe.call("Target.disposeBrowserContext", {"browserContextId": self.context})

    def read(self, expression: str) -> Any:
        """The value of an expression in the page, awaited.

        Raises:
            BrowserError: It threw.
        """
        answer = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def wait(self, expression: str, seconds: float = WAIT_S) -> Any:
        """The value of an expression as soon as it is true.

        Raises:
            BrowserError: It never was; with what the page complained of.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(BrowserError):  # the page may be between two documents
                if value := self.read(expression):
                    return value
            time.sleep(0.05)
        raise BrowserError(f"never true: {expression}; console: {self.messages[-5:]}")

    def press(self, key: str, code: int, modifiers: int = 0, text: str = "") -> None:
        """One key, down and up; `modifiers` 2 is Ctrl."""
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                windowsVirtualKeyCode=code,
                modifiers=modifiers,
                **({"text": text} if text and kind == "keyDown" else {}),
            )

    def type(self, text: str) -> None:
        """Characters, as if typed."""
        for character in text:
            self.call("Input.dispatchKeyEvent", type="char", text=character)

    def resize(self, width: int, height: int) -> None:
        """The size of the window in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def shoot(self, path: Path, *, whole: bool = False) -> None:
        """Write a picture of the window, or of the whole page, as PNG."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))


class Pipe:
    """The two ends of the debugging pipe; events go to the pages they belong to."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._out = to_browser
        self._in = from_browser
        self._rest = b""
        self._last = 0
        self.pages: dict[str, Page] = {}

    def call(self, method: str, parameters: dict[str, Any], session: str = "") -> dict[str, Any]:
        """Send a command and wait for its result.

        Raises:
            BrowserError: It was refused, or no answer came.
        """
        self._last += 1
        command = {"id": self._last, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        os.write(self._out, json.dumps(command).encode() + b"\0")
        until = time.monotonic() + WAIT_S
        while True:
            message = self._receive(until)
            if message.get("id") == self._last:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error'].get('message')}")
                result: dict[str, Any] = message["result"]
                return result
            self._note(message)

    def _receive(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(until - time.monotonic(), 0))
            piece = os.read(self._in, 1 << 20) if ready else b""
            if not piece:
                raise BrowserError("the browser does not answer")
            self._rest += piece
        text, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def _note(self, event: dict[str, Any]) -> None:
        page = self.pages.get(event.get("sessionId", ""))
        if page is None:
            return
        told = event.get("params", {})
        match event.get("method"):
            case "Network.requestWillBeSent":
                page.requests.append(told["request"]["url"])
            case "Log.entryAdded" if told["entry"]["level"] in ("warning", "error"):
                page.messages.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")
            case "Runtime.exceptionThrown":
                page.messages.append(json.dumps(told["exceptionDetails"])[:1000])

    def open_page(self) -> Page:
        """A new tab in a context of its own: no cookie, cache or storage of another."""
        context = self.call("Target.createBrowserContext", {})["browserContextId"]
        target = self.call(
            "Target.createTarget", {"url": "about:blank", "browserContextId": context}
        )["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})
        page = Page(self, session["sessionId"], context)
        self.pages[page.session] = page
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.call(f"{domain}.enable")
        page.resize(*SIZE)
        return page


@contextlib.contextmanager
def start_browser(path: str, profile: Path, *options: str) -> Iterator[Pipe]:
    """A running browser; stopped at the end.

    Args:
        path: Of the program.
        profile: An empty folder for what it keeps.
        options: Further ones of the program.
    """
    to_read, to_write = os.pipe()
    from_read, from_write = os.pipe()
    command = [
        path,
        "--headless=new",
        "--remote-debugging-pipe",
        f"--user-data-dir={profile}",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
        "--hide-scrollbars",
        *options,
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", _START, str(to_read), str(from_write), *command],
        pass_fds=(to_read, from_write),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_read)
    os.close(from_write)
    try:
        yield Pipe(to_write, from_read)
    finally:
        os.close(to_write)
        os.close(from_read)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
