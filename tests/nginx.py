"""Real nginx (Debian: nginx-light) before real servers, with the file of `pacta deploy nginx`."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.live import LiveServer, Reply, wait_until
from tests.places import ROOT
from tests.skips import needs
from tests.stores import find_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
OPENSSL = shutil.which("openssl")
NEEDED = [needs("nginx", NGINX), needs("openssl", OPENSSL)]


@dataclass
class Proxy:
    """nginx with the file of the page, and the server behind it."""

    port: int
    server: LiveServer

    def connect(self) -> http.client.HTTPSConnection:
        """A connection; the certificate is this test's own."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """One request; `_` in the name of a field stands for `-`."""
        with contextlib.closing(self.connect()) as connection:
            fields = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, fields)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, names, answer.read())


def write_configuration(
    folder: Path, secure: int, servers: Sequence[int], releases: Path | None
) -> Path:
    """Write what `pacta deploy nginx` prints, as a configuration of nginx; return its file."""
    command = [sys.executable, "-m", "pacta", "deploy", "nginx"]
    for server in servers:
        command += ["--server", f"127.0.0.1:{server}"]
    command += ["--secure", f"127.0.0.1:{secure}", "--plain", f"127.0.0.1:{find_port()}"]
    command += ["--cache", f"{folder}/cache"]
    command += ["--releases", str(releases)] if releases else []
    command += ["--certificate", f"{folder}/cert.pem", "--key", f"{folder}/key.pem"]
    block = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    return frame_configuration(folder, block)


def frame_configuration(folder: Path, block: str) -> Path:
    """Write a block of `http` into a folder, inside the frame that Debian gives it."""
    file = folder / "nginx.conf"
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root; " if os.geteuid() == 0 else ""  # another user's worker has no access here
    file.write_text(
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"worker_processes 1; events {{ }}\n"
        f"http {{ access_log off;\n{temporary}{block}}}\n",
        encoding="utf-8",
    )
    return file


@contextlib.contextmanager
def run_nginx(folder: Path, servers: Sequence[int], releases: Path | None = None) -> Iterator[int]:
    """Nginx before servers on these ports; the port where it listens for HTTPS.

    Args:
        folder: For its files.
        servers: Ports.
        releases: The folder of the releases whose dumps it sends itself.
    """
    folder.chmod(0o755)
    certificate = [str(OPENSSL), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    certificate += ["-subj", "/CN=treaties.example.org"]
    certificate += ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run(certificate, check=True, capture_output=True)
    port = find_port()
    file = write_configuration(folder, port, servers, releases)
    with run_configured(file, port):
        yield port


@contextlib.contextmanager
def run_configured(file: Path, port: int) -> Iterator[None]:
    """Nginx with a configuration, once it listens on a port."""
    with subprocess.Popen([str(NGINX), "-p", file.parent, "-c", file]) as running:
        try:
            assert wait_until(lambda: accepts(port)), (file.parent / "error.log").read_text()
            yield
        finally:
            running.terminate()
            running.wait(20)


def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
