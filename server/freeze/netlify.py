"""The rules for Netlify and hosts that read its `_redirects` and `_headers`. Pure.

These hosts choose nothing by `Accept`: an address without a suffix is the page.
"""

from server.freeze.hosts import POLICY, Facts, list_charsets, list_types


def write_redirects(facts: Facts) -> str:
    """Things to documents, names of folders to their pages; the first rule that fits counts."""
    home = facts.home
    parts = ("id", "doc")
    rows = [
        *(
            (f"{home}/{p}/{old}", f"{home}/doc/{new}", "308")
            for p in parts
            for old, new in facts.merged
        ),
        *(
            (f"{home}/{p}/{old}", f"{home}/frozen/410.html", "410")
            for p in parts
            for old in facts.gone
        ),
        (f"{home}/id/*", f"{home}/doc/:splat", "303"),
        (f"{home}/dumps/latest/*", f"{home}/dumps/{facts.release}/:splat", "302"),
        *((f"{home}/{name}", f"{home}/{name}.html", "200") for name in ("ns", "vocab", "shapes")),
    ]
    lines = ["# Netlify for a frozen site. Written by pacta freeze."]
    return "\n".join([*lines, *("  ".join(row) for row in rows)]) + "\n"


def write_headers(facts: Facts) -> str:
    """Media types and what every answer carries."""
    home, charsets = facts.home, list_charsets()
    lines = [
        "# Netlify for a frozen site. Written by pacta freeze.",
        f"{home}/*",
        "  Access-Control-Allow-Origin: *",
        f"  Content-Security-Policy: {POLICY}",
        "  X-Content-Type-Options: nosniff",
        f"{home}/.well-known/void",
        "  Content-Type: text/turtle; charset=utf-8",
    ]
    for suffix, kind in list_types().items():
        charset = "; charset=utf-8" if kind in charsets else ""
        lines += [f"{home}/*.{suffix}", f"  Content-Type: {kind}{charset}"]
    return "\n".join(lines) + "\n"
