"""The largest dump, beside nginx with the same file: throughput, and the server's memory."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench.client import Client
from bench.peers import serve_files, serve_release
from bench.table import Measure, Row, interleave

PART: Final = "files"
DUMP: Final = "pacta.nq"
LEAST_OF_NGINX: Final = 0.9
MOST_GROWTH_MIB: Final = 16
_MIB: Final = 1 << 20


def measure_files(out: Path, folder: Path, nginx: str, repeats: int) -> list[Row]:
    """Fetch the dump whole from both in turns.

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
    with serve_release(out) as ours, serve_files(nginx, dumps, folder) as theirs:
        first, second = Client(ours.port), Client(theirs.port)
        measures: dict[str, Measure] = {
            "pacta": lambda _: _fetch(first, path, size),
            "nginx": lambda _: _fetch(second, f"/{DUMP}", size),
        }
        before = ours.memory_bytes("VmRSS")
        ours.forget_peak()
        found = interleave(measures, max(5, repeats // 50))
        grown = (ours.memory_bytes("VmHWM") - before) / _MIB
    rate = {name: size / series.median / 1000 for name, series in found.items()}
    ratio = rate["pacta"] / rate["nginx"]
    return [
        Row(
            PART,
            f"a dump of {size / 1e6:.0f} MB",
            f"{rate['pacta']:.0f} MB/s, nginx {rate['nginx']:.0f} MB/s: {ratio:.2f} times",
            f"at least {LEAST_OF_NGINX} times",
            ratio >= LEAST_OF_NGINX,
            {"mb_per_s": rate["pacta"], "nginx_mb_per_s": rate["nginx"], "times": ratio},
        ),
        Row(
            PART,
            "memory of the server meanwhile",
            f"{grown:+.1f} MiB",
            f"at most {MOST_GROWTH_MIB} MiB more",
            grown <= MOST_GROWTH_MIB,
            {"mib": grown},
        ),
    ]


def _fetch(client: Client, path: str, size: int) -> float:
    reply = client.get(path, keep=False)
    if (reply.status, reply.size) != (200, size):
        raise RuntimeError(f"{path} was answered {reply.status} with {reply.size} of {size} bytes")
    return reply.ms
