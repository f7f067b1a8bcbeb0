"""The state of the server, and the meaning of `/errors/…` and `/profile/…`.

These names begin with `https://w3id.org/pacta/`, from where they lead here.
"""

import json
import time
from collections.abc import Mapping
from pathlib import Path

from flask import Blueprint, Response, request

from server.documents.links import JSON
from server.documents.offers import BY_PROFILE
from server.documents.profiles import RENDITIONS
from server.errors import NotFoundError, ServerError, list_errors
from server.http.formats import BY_NAME, Format
from server.http.headers import is_here
from server.http.representation import Resource
from server.rdf.jsonld_profiles import write_json
from server.release.opened import OpenedRelease
from server.routes import release, render, send_resource, site

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
        matches = is_here(opened.base, parts.settings.host, parts.settings.port)
        body |= {
            "release": opened.id,
            "base": opened.base,
            "base_is_here": matches,
            "refused": [{"release": name, "reason": why} for name, why in parts.holder.refused],
        }
        if not matches:
            problems.append(
                f"addresses begin with {opened.base}, the server listens on "
                f"{parts.settings.host}:{parts.settings.port}: links on pages work, the absolute "
                "addresses in RDF lead to the base"
            )
        problems += [f"release {name} was refused" for name, _ in parts.holder.refused]
    body["cache"] = {"entries": len(parts.answers), "bytes": parts.answers.size_bytes}
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


def _has_frontend() -> bool:
    """Whether the browser libraries were installed."""
    try:
        return bool(json.loads(_VENDOR.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False


@BLUEPRINT.get("/errors/")
def show_errors() -> Response:
    """All errors by status: a page, or JSON."""
    known = sorted(list_errors().items(), key=lambda row: (row[1].status, row[0]))
    rows = [
        {
            "code": code,
            "status": error.status,
            "title": error.title,
            "text": " ".join(explain_error(error)),
            "href": _locate_error(code),
        }
        for code, error in known
    ]
    meanings = {code: explain_error(error) for code, error in known}
    return _send_told("errors.html", {"errors": rows}, meanings)


@BLUEPRINT.get("/errors/<code>")
def show_error(code: str) -> Response:
    """What an error means: the `type` of a problem (RFC 9457, 3.1.1) leads here."""
    known = list_errors()
    if code not in known:
        codes = [{"href": _locate_error(each), "label": each} for each in sorted(known)]
        raise NotFoundError(f"no error has the code {code[:60]}", members={"available": codes})
    error = known[code]
    meaning = explain_error(error)
    told = {"title": error.title, "text": " ".join(meaning)}
    facts: dict[str, object] = {"status": error.status, "code": code}
    if error.limits:
        facts["limits"] = error.limits
    return _send_told("error_code.html", told | facts, {"meaning": meaning})


def explain_error(error: type[ServerError]) -> tuple[str, ...]:
    """What an error means and what to do about it, as messages of the catalogues."""
    dumps = error.dumps_hint if _find_release() else ""
    return tuple(text for text in (error.meaning(), error.default_hint, dumps) if text)


def _locate_error(code: str) -> str:
    """The path where an error is explained."""
    opened = _find_release()
    return f"{opened.addresses.home if opened else ''}/errors/{code}"


def _find_release() -> OpenedRelease | None:
    """The release of this request; None where plain files are served."""
    return release() if site().holder is not None else None


@BLUEPRINT.get("/profile/<name>")
def show_profile(name: str) -> Response:
    """What a profile of documents holds."""
    release()  # plain files have no documents
    known = {each.iri.rpartition("/")[2]: each for each in RENDITIONS if "/profile/" in each.iri}
    if name not in known:
        raise NotFoundError(f"there is no profile {name[:60]} here")
    found = known[name]
    how = f"Add ?_profile={found.token} to a document's address, or send its name in {BY_PROFILE}."
    facts = {"profile": found.iri, "token": found.token}
    return _send_told("meaning.html", {"title": found.title, "text": how, **facts}, facts)


def _send_told(
    template: str, told: Mapping[str, object], facts: Mapping[str, object] | None = None
) -> Response:
    """What names of the software mean: a page, or the same as JSON.

    Args:
        template: The template of the page.
        told: The members of the JSON, which the page is made of.
        facts: Those that the page lists one below the other.
    """

    def build(row: Format, profile: str) -> bytes:
        if row is JSON:
            return write_json(told)
        return render(template, **told, facts=facts)

    opened = _find_release()
    key = (opened.id if opened else "", site().software, request.path)
    return send_resource(Resource(key=key, offers=(BY_NAME["html"], JSON), build=build))


@BLUEPRINT.get("/metrics")
def show_metrics() -> Response:
    """Counters in the Prometheus text format."""
    parts = site()
    lines = parts.tally.write()
    lines += [
        "# TYPE pacta_answer_cache_hits_total counter",
        f"pacta_answer_cache_hits_total {parts.answers.hits}",
        "# TYPE pacta_answer_cache_misses_total counter",
        f"pacta_answer_cache_misses_total {parts.answers.misses}",
        "# TYPE pacta_answer_cache_bytes gauge",
        f"pacta_answer_cache_bytes {parts.answers.size_bytes}",
    ]
    if parts.holder is not None:
        lines += [
            "# TYPE pacta_releases_refused gauge",
            f"pacta_releases_refused {len(parts.holder.refused)}",
        ]
    if parts.metrics is not None:
        lines += parts.metrics()
    body = "\n".join(lines) + "\n"
    response = Response(body, content_type="text/plain; version=0.0.4; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
