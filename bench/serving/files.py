"""The largest dump, straight and behind nginx, beside nginx with the same file; and memory."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from bench.client import Client
from bench.peers import serve_files, serve_proxy, serve_release
from bench.table import Measure, Row, interleave
from server.deploying import INTERNAL

PART: Final = "files"
DUMP: Final = "pacta.nq"
LEAST_OF_NGINX: Final = 0.9
MOST_GROWTH_MIB: Final = 16
_MIB: Final = 1 << 20


def measure_files(out: Path, folder: Path, nginx: str, repeats: int) -> list[Row]:
    """Fetch the dump whole from a server, from one behind nginx, and from nginx, in turns.

    Args:
        out: Folder of releases.
        folder: For what nginx writes.
        nginx: The program, or empty.
        repeats: A fiftieth of it is how often the dump is fetched.
    """
    if not nginx:
        return [Row(PART, DUMP, "nginx is absent (name it by --nginx)")]
    dumps = (out / "current" / "dumps").resolve()
    size, path = (dumps / DUMP).stat().st_size, f"/dumps/{dumps.parent.name}/{DUMP}"
    with contextlib.ExitStack() as stack:
        straight = stack.enter_context(serve_release(out))
        behind = stack.enter_context(serve_release(out, "--x-accel-redirect", INTERNAL))
        proxy = stack.enter_context(serve_proxy(nginx, [behind], folder, dumps.parent.parent))
        files = stack.enter_context(serve_files(nginx, dumps, folder))
        measures = {
            "straight": _fetching(straight.port, path, size),
            "behind nginx": _fetching(proxy.port, path, size),
            "nginx": _fetching(files.port, f"/{DUMP}", size),
        }
        servers = {"straight": straight, "behind nginx": behind}
        before = {name: server.memory_bytes("VmRSS") for name, server in servers.items()}
        for server in servers.values():
            server.forget_peak()
        found = interleave(measures, max(5, repeats // 50))
        grown = {
            name: (server.memory_bytes("VmHWM") - before[name]) / _MIB
            for name, server in servers.items()
        }
    rate = {name: size / series.median / 1000 for name, series in found.items()}
    rows = []
    for name in servers:
        ratio, is_target = rate[name] / rate["nginx"], name == "behind nginx"
        rows.append(
            Row(
                PART,
                f"a dump of {size / 1e6:.0f} MB, {name}",
                f"{rate[name]:.0f} MB/s, nginx {rate['nginx']:.0f} MB/s: {ratio:.2f} times",
                f"at least {LEAST_OF_NGINX} times" if is_target else "",
                ratio >= LEAST_OF_NGINX if is_target else None,
                {"mb_per_s": rate[name], "nginx_mb_per_s": rate["nginx"], "times": ratio},
            )
        )
        rows.append(
            Row(
                PART,
                f"memory of the server meanwhile, {name}",
                f"{grown[name]:+.1f} MiB",
                f"at most {MOST_GROWTH_MIB} MiB more",
                grown[name] <= MOST_GROWTH_MIB,
                {"mib": grown[name]},
            )
        )
    return rows


def _fetching(port: int, path: str, size: int) -> Measure:
    client = Client(port)

    def measure(_: int) -> float:
        reply = client.get(path, keep=False)
        if (reply.status, reply.size) != (200, size):
            raise RuntimeError(f"{path} was answered {reply.status}, {reply.size} of {size} bytes")
        return reply.ms

    return measure
