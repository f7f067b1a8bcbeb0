"""The rules for Apache's `mod_rewrite`: on the host itself, and behind w3id.org. Pure.

They look for media types in `Accept` in the server's order and read no weights: `.htaccess` has
nothing that compares numbers.
"""

from collections.abc import Iterator

from server.documents.links import DOCUMENT_FORMATS
from server.freeze.hosts import (
    CLASSES,
    HTML,
    POLICY,
    Facts,
    escape_pattern,
    list_charsets,
    list_types,
)
from server.http.formats import Format

_PAGE = r"text/html|application/xhtml\+xml"
_ANY = r"^$|\*/\*"


def _accepts(row: Format) -> str:
    """The pattern of a format's media types, where they are not refused by `q=0`."""
    names = "|".join(escape_pattern(name) for name in (row.media_type, *row.synonyms))
    return rf"(?:{names})(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))"


def _choose(formats: tuple[Format, ...], stem: str, file: str) -> Iterator[str]:
    """The rules that lead from a stem to the file of a format; the last one answers 406."""
    for row in formats:
        if row is HTML:
            continue
        yield f"RewriteCond %{{HTTP_ACCEPT}} !{_PAGE} [NC]"
        yield f'RewriteCond %{{HTTP_ACCEPT}} "{_accepts(row)}" [NC]'
        yield f"RewriteCond {file}.{row.suffix} -f"
        yield f"RewriteRule {stem} $1.{row.suffix} [L]"
    yield f"RewriteCond %{{HTTP_ACCEPT}} {_PAGE}|text/\\*|{_ANY} [NC]"
    yield f"RewriteCond {file}.html -f"
    yield f"RewriteRule {stem} $1.html [L]"
    yield f"RewriteCond {file}.html -f"
    yield f"RewriteRule {stem} - [R=406,L]"


def write_htaccess(facts: Facts) -> str:
    """The `.htaccess` of the folder of the site: types, headers, redirects, negotiation."""
    home, charsets = facts.home, list_charsets()
    file = f"%{{DOCUMENT_ROOT}}{home}/$1"
    types = [
        f"AddType '{kind}{'; charset=utf-8' if kind in charsets else ''}' .{suffix}"
        for suffix, kind in list_types().items()
    ]
    lines = [
        "# Apache for a frozen site at the path of its base. Written by pacta freeze.",
        "# Needs AllowOverride All, mod_rewrite, mod_mime and mod_headers.",
        "Options -Indexes",
        "<IfModule mod_negotiation.c>",
        "    Options -MultiViews",
        "</IfModule>",
        "DirectorySlash Off",
        "DirectoryIndex index.html",
        *types,
        "RemoveEncoding .gz",
        f"ErrorDocument 404 {home}/404.html",
        f"ErrorDocument 406 {home}/frozen/406-data.html",
        f"ErrorDocument 410 {home}/frozen/410.html",
        '<Files "void">',
        "    ForceType 'text/turtle; charset=utf-8'",
        "</Files>",
        'Header always set Access-Control-Allow-Origin "*"',
        f'Header always set Content-Security-Policy "{POLICY}"',
        'Header always set X-Content-Type-Options "nosniff"',
        'Header always merge Vary "Accept"',
        "RewriteEngine On",
        f"RewriteBase {home}/",
        *(
            rf"RewriteRule ^(id|doc)/{escape_pattern(old)}(\.[a-z]+)?$ {home}/$1/{new}$2 [R=308,L]"
            for old, new in facts.merged
        ),
        *(
            rf"RewriteRule ^(?:id|doc)/{escape_pattern(each)}(?:\.[a-z]+)?$ - [G]"
            for each in facts.gone
        ),
        f"RewriteCond %{{DOCUMENT_ROOT}}{home}/doc/$1.html -f",
        f"RewriteRule ^id/([^/]+/[^/]+)$ {home}/doc/$1 [R=303,L]",
        f"RewriteRule ^dumps/latest/(.*)$ {home}/dumps/{facts.release}/$1 [R=307,L]",
        "RewriteCond %{REQUEST_FILENAME} -f",
        "RewriteRule ^ - [L]",
        "RewriteRule ^$ index",
        f"RewriteRule ^(dumps|errors|frozen|dumps/{escape_pattern(facts.release)})/?$ $1/index",
    ]
    lists, data = CLASSES["list"][0], DOCUMENT_FORMATS
    lines += _choose(lists, "^(kind/[^/]+)$", file)
    lines += _choose(data, "^(.+?)/?$", file)
    return "\n".join(lines) + "\n"


def write_w3id(facts: Facts) -> str:
    """The `.htaccess` of a folder at w3id.org that leads to the site, format by format."""
    lines = [
        "# A folder at w3id.org that leads to a frozen site. Written by pacta freeze.",
        "# Replace https://SITE by the address at which the site lies.",
        "Options -MultiViews",
        "RewriteEngine on",
        "# What has a suffix is a file.",
        r"RewriteRule ^(.+\.[a-z]+)$ https://SITE/$1 [R=302,L]",
        "# A thing leads to its document, in the format asked for.",
    ]
    rows = [row for row in DOCUMENT_FORMATS if row is not HTML]
    for start, target in (
        (r"^(?:id|doc)/([^/]+/[^/]+)$", "doc/$1"),
        (r"^((?:ns|vocab|shapes|graph)(?:/[^.]*[^./])?)/?$", "$1"),
    ):
        for row in rows:
            lines.append(f"RewriteCond %{{HTTP_ACCEPT}} !{_PAGE} [NC]")
            lines.append(f'RewriteCond %{{HTTP_ACCEPT}} "{_accepts(row)}" [NC]')
            lines.append(f"RewriteRule {start} https://SITE/{target}.{row.suffix} [R=303,L]")
        lines.append(f"RewriteRule {start} https://SITE/{target}.html [R=303,L]")
    lines += [
        r"RewriteRule ^$ https://SITE/index.html [R=303,L]",
        r"RewriteRule ^(.+?)/?$ https://SITE/$1.html [R=303,L]",
    ]
    return "\n".join(lines) + "\n"
