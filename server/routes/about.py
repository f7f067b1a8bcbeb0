"""How the server is, and what the names mean that its software gives: `/errors/…`, `/profile/…`.

These names begin with `https://w3id.org/pacta/`, from where they lead here.
"""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from server.answers import Resource
from server.documents import JSON
from server.errors import NotFoundError, ServerError
from server.formats import BY_NAME, Format
from server.pages.renditions import RENDITIONS
from server.profiles import write_json
from server.renditions import BY_PROFILE
from server.routes import release, render, send_resource, site
from server.site import Site

BLUEPRINT = Blueprint("about", __name__)

_BEGAN = time.monotonic()
_VENDOR = Path(__file__).parent.parent / "static" / "vendor" / "frontend.json"


@BLUEPRINT.get("/health")
def show_health() -> Response:
    """What is served, what was refused, whether the base is where the server listens.

    503 until queries can be answered, too: then `status` is `starting`.
    """
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
    return Response(
        json.dumps(body, indent=2) + "\n",
        200 if body["status"] == "ok" else 503,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


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


def list_errors() -> dict[str, type[ServerError]]:
    """Code → error, of all that this program can answer with."""
    found: dict[str, type[ServerError]] = {}
    todo: list[type[ServerError]] = [ServerError]
    while todo:
        error = todo.pop(0)
        found.setdefault(error.code, error)
        todo += error.__subclasses__()
    return found


@BLUEPRINT.get("/errors/<code>")
def show_error(code: str) -> Response:
    """What an error means: the `type` of a problem (RFC 9457, 3.1.1) leads here."""
    known = list_errors() if site().holder is not None else {}
    if code not in known:
        known_codes = " ".join(known)
        raise NotFoundError(f"no error has the code {code[:60]}", hint=f"There are {known_codes}")
    error = known[code]
    meaning = "" if error is ServerError else (error.__doc__ or "").strip().partition("\n")[0]
    facts = {"status": error.status, "code": code}
    return _explain(error.title, (meaning, error.default_hint), facts)


@BLUEPRINT.get("/profile/<name>")
def show_profile(name: str) -> Response:
    """What a profile of documents holds."""
    known = {each.iri.rpartition("/")[2]: each for each in RENDITIONS if "/profile/" in each.iri}
    if name not in known:
        raise NotFoundError(f"there is no profile {name[:60]} here")
    found = known[name]
    how = f"Add ?_profile={found.token} to a document's address, or send its name in {BY_PROFILE}."
    return _explain(found.title, (how,), {"profile": found.iri, "token": found.token})


def _explain(title: str, texts: Sequence[str], facts: Mapping[str, object]) -> Response:
    """A name of the software in a few words: a page, or JSON."""
    said = " ".join(text for text in texts if text)

    def build(row: Format, profile: str) -> bytes:
        if row is JSON:
            return write_json({"title": title, "text": said, **facts})
        return render("meaning.html", title=title, text=said, facts=facts)

    key = (release().id, site().software, request.path)
    return send_resource(Resource(key=key, offers=(BY_NAME["html"], JSON), build=build))


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
