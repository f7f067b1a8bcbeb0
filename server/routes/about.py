"""`/health` and `/metrics`: how the server is."""

import json
import time
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response

from server.routes import site
from server.site import Site

BLUEPRINT = Blueprint("about", __name__)

_BEGAN = time.monotonic()
_VENDOR = Path(__file__).parent.parent / "static" / "vendor" / "frontend.json"


@BLUEPRINT.get("/health")
def show_health() -> Response:
    """What is served, what was refused, whether the base is where the server listens."""
    parts = site()
    problems: list[str] = []
    body: dict[str, object] = {"status": "ok", "uptime_s": round(time.monotonic() - _BEGAN)}
    if parts.holder is not None:
        opened = parts.holder.current
        matches = _serves_base(parts, opened.base)
        body |= {
            "release": opened.id,
            "base": opened.base,
            "base_is_here": matches,
            "refused": [{"release": name, "reason": why} for name, why in parts.holder.refused],
            "cache": {"bodies": len(opened.cache), "bytes": opened.cache.size_bytes},
        }
        if not matches:
            problems.append(
                f"addresses begin with {opened.base}, the server listens on "
                f"{parts.settings.host}:{parts.settings.port}: links on pages work, the absolute "
                "addresses in RDF lead to the base"
            )
        problems += [f"release {name} was refused" for name, _ in parts.holder.refused]
    body["frontend"] = "present" if _has_frontend() else "absent"
    if problems:
        body["notes"] = problems
    if parts.health is not None:
        body |= parts.health()
    response = Response(json.dumps(body, indent=2) + "\n", content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _serves_base(parts: Site, base: str) -> bool:
    """Whether the base names the host and port that the server listens on."""
    where = urlsplit(base)
    port = where.port or {"https": 443}.get(where.scheme, 80)
    local = ("localhost", "127.0.0.1", "::1")
    same_host = where.hostname == parts.settings.host or (
        where.hostname in local and parts.settings.host in (*local, "0.0.0.0", "::")  # noqa: S104
    )
    return same_host and port == parts.settings.port


def _has_frontend() -> bool:
    """Whether the browser libraries were installed."""
    try:
        return bool(json.loads(_VENDOR.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False


@BLUEPRINT.get("/metrics")
def show_metrics() -> Response:
    """Counters in the Prometheus text format."""
    parts = site()
    lines = parts.tally.write()
    if parts.holder is not None:
        cache = parts.holder.current.cache
        lines += [
            "# TYPE pacta_document_cache_bytes gauge",
            f"pacta_document_cache_bytes {cache.size_bytes}",
            "# TYPE pacta_releases_refused gauge",
            f"pacta_releases_refused {len(parts.holder.refused)}",
        ]
    if parts.metrics is not None:
        lines += parts.metrics()
    body = "\n".join(lines) + "\n"
    response = Response(body, content_type="text/plain; version=0.0.4; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
