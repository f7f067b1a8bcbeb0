"""The rules for nginx: negotiation by `map`. Pure.

nginx has no negotiation of its own, so its `map` does it: each format gets a key of six digits from
the `Accept` field (weight, how exactly it was named, whether it comes first), the greatest key is
found digit by digit, and the first format that has it is sent. That is what
`server.http.negotiate.choose_index` does.
"""

from collections.abc import Iterable, Iterator

from server.documents.links import LINKSET, RDF_FORMATS
from server.freeze.hosts import (
    CLASSES,
    HTML,
    POLICY,
    Facts,
    escape_pattern,
    list_charsets,
    list_rows,
    list_types,
)
from server.http.representation import EXPOSED

_ELEMENT = r'^(?:(?:[^",]|"(?:[^"\\]|\\.)*")*,)*[ \t]*'
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_END = r"[ \t]*(?:,|$)"
_WEIGHT = r"(?:[ \t]*;[ \t]*q=([01](?:\.\d{0,3})?))?"


def _accept(names: Iterable[str], advisory: Iterable[str]) -> str:
    """The pattern of one element of `Accept` that names a type; its weight is the first group."""
    types = "|".join(escape_pattern(name) for name in names)
    allowed = "|".join(['charset="?utf-?8"?', *(f"{n}=(?:{_QUOTED}|[^,;]*)" for n in advisory)])
    parameters = rf"(?:[ \t]*;[ \t]*(?:{allowed}))*"
    return f"{_ELEMENT}(?:{types}){parameters}{_WEIGHT}{_END}"


def _map(source: str, name: str, rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f"map {source} ${name} {{"
    for pattern, value in rows:
        quoted = pattern if pattern == "default" else _quote(pattern)
        yield f"    {quoted} {_quote(value)};"
    yield "}"


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _write_keys() -> Iterator[str]:
    """For each format the key that `Accept` gives it: five digits, `00000` where it is refused."""
    for row in list_rows():
        family = row.media_type.partition("/")[0]
        ranks = (
            ("2", (row.media_type,), row.advisory),
            ("2", row.synonyms, row.advisory),
            ("1", (f"{family}/*",), ()),
            ("0", ("*/*",), ()),
        )
        found = [(f"~*{_accept(n, more)}", f"{rank}=$1") for rank, n, more in ranks if n]
        yield from _map("$http_accept", f"wish_{row.suffix}", [("", "0="), *found])
        weights = [
            ("~^([0-2])=(?:1.*)?$", "1000$1"),
            (r"~^([0-2])=0\.(\d\d\d)$", "0$2$1"),
            (r"~^([0-2])=0\.(\d\d)$", "0$20$1"),
            (r"~^([0-2])=0\.(\d)$", "0$200$1"),
            ("default", "00000"),
        ]
        yield from _map(f"$wish_{row.suffix}", f"key_{row.suffix}", weights)
    named = "(?:text/html|application/xhtml\\+xml)"
    first = [(f"~*^[ \\t]*{named}", "1"), (f"~*{named}", "0"), ("default", "1")]
    yield from _map("$http_accept", "html_first", first)


def _write_choices() -> Iterator[str]:
    """For each class of addresses the suffix of the format with the greatest key."""
    for name, (formats, _) in CLASSES.items():
        keys = " ".join(
            f"${{key_{row.suffix}}}{'${html_first}' if row is HTML else '1'}" for row in formats
        )
        # A map over nothing gives a name to a text that is made of other variables.
        yield from _map('""', f"keys_{name}", [("default", keys)])
        top = f"top_{name}"
        yield from _map(f"$keys_{name}", f"{top}1", [("~(?:^| )1", "1"), ("default", "0")])
        for place in range(2, 7):
            source = f'"${top}{place - 1} $keys_{name}"'
            rows = [
                (rf"~^(\S+) (?:.* )?\g{{1}}{digit}", f"$1{digit}") for digit in range(9, -1, -1)
            ]
            yield from _map(source, f"{top}{place}", rows)
        picked = [("~^0000", "")]
        for number, row in enumerate(formats):
            before = rf"(?: \S+){{{number}}}"
            picked.append((rf"~^(\S+){before} \g{{1}}(?: |$)", row.suffix))
        yield from _map(f'"${top}6 $keys_{name}"', f"pick_{name}", picked)
    rows = [(f"~^(?:{pattern})$", name) for name, (_, pattern) in CLASSES.items()]
    yield from _map("$path", "class", rows)
    yield from _map("$class", "suffix", [(name, f"$pick_{name}") for name in CLASSES])


def _write_places(facts: Facts) -> Iterator[str]:
    """From the path of a request to the file that it gets."""
    home = escape_pattern(facts.home)
    yield from _map("$uri", "path", [(f"~^{home}(/.*)$", "$1"), ("default", "$uri")])
    folders = "dumps|errors|frozen"
    stems = [
        ("/.well-known/void", "/index"),
        ("~^(/(?:ns|vocab|shapes))/$", "$1"),
        (f"~^(/(?:{folders}|dumps/{escape_pattern(facts.release)}))/?$", "$1/index"),
        ("~^(.*)/$", "$1/index"),
        ("default", "$path"),
    ]
    yield from _map("$path", "stem", stems)
    yield from _map("$arg_page", "part", [(r"~^([2-9]|[1-9]\d+)$", ".page-$1")])
    first, *others = facts.languages
    seen = "|".join(facts.languages)
    accepted = [(rf"~*^(?:(?!(?:{seen})\b)[^,]*,)*[ \t]*{code}\b", f".{code}") for code in others]
    yield from _map("$http_accept_language", "accepted_language", accepted)
    named = [(first, ""), *((code, f".{code}") for code in others)]
    yield from _map("$arg_lang", "language", [*named, ("default", "$accepted_language")])
    yield from _map("$suffix", "variant", [("html", "$part$language"), ("default", "$part")])
    gone = [(rf"~^/(?:id|doc)/{escape_pattern(each)}(?:\.[a-z]+)?$", "1") for each in facts.gone]
    yield from _map("$path", "gone", gone)
    moved = [
        (rf"~^/(id|doc)/{escape_pattern(old)}(\.[a-z]+)?$", f"{facts.home}/$1/{new}$2")
        for old, new in facts.merged
    ]
    yield from _map("$path", "moved", moved)
    page = [(r"~*^[ \t]*(?:text/html|application/xhtml\+xml)", "html"), ("default", "problem")]
    yield from _map("$http_accept", "told_as", page)
    done = [("~^(?:GET|HEAD)$", ""), ("default", "GET, HEAD, OPTIONS")]
    yield from _map("$request_method", "methods", done)
    yield from _map("$request_method", "accepted_fields", [("OPTIONS", _ASKED_FIELDS)])
    varied = [(r"~^\|406$", _VARY), (r"~^(.+)\|", "$1"), ("default", "Accept-Encoding")]
    yield from _map('"$negotiated_on|$status"', "varies", varied)
    lasting = f"/static/vendor/|/dumps/{escape_pattern(facts.release)}/.+|/ns/context/"
    kept = [(f"~^(?:{lasting})", "public, max-age=31536000, immutable"), ("default", _REVALIDATE)]
    yield from _map("$path", "kept_for", kept)
    page_link = f'<{facts.home}/doc/$1.html>; rel="alternate"; type="text/html"'
    data = rf"~^{home}/doc/([^/.]+/[^/.]+)(?:\.page-\d+)?\.(?!html$)[a-z]+$"
    yield from _map("$uri", "page_link", [(data, page_link)])
    yield from _map("$path", "links", [(r"~^/doc/([^/.]+/[^/.]+)(?:\.[a-z]+)?$", _links(facts))])


_REVALIDATE = "public, no-cache"
_VARY = "Accept, Accept-Encoding, Accept-Language"
_ASKED_FIELDS = "Accept, Accept-Language, If-Modified-Since, If-None-Match, If-Range, Range"
"""What a page of another site may send."""


def _links(facts: Facts) -> str:
    """The `Link` field of a document; `$1` stands for kind and name."""
    links = [
        f'<{facts.base}doc/$1>; rel="canonical"',
        f'<{facts.base}id/$1>; rel="cite-as"',
        *(
            f'<{facts.home}/doc/$1.{row.suffix}>; rel="alternate"; type="{row.media_type}"'
            for row in RDF_FORMATS
        ),
        f'<{facts.home}/doc/$1.ttl>; rel="describedby"; type="text/turtle"',
        f'<{facts.home}/doc/$1.{LINKSET.suffix}>; rel="linkset"; type="{LINKSET.media_type}"',
        f'<{facts.licence}>; rel="license"',
        f'<{facts.home}/>; rel="collection"; type="text/html"',
        '<https://schema.org/AboutPage>; rel="type"',
    ]
    return ", ".join(links)


_SERVER = """
server {
    listen 80;
    server_name HOST;
    root /var/www/SITE;           # the site lies below it at the path of the base: FOLDER
    absolute_redirect off;
    server_tokens off;
    etag on;
    index off.none;

    types {
TYPES    }
    default_type text/plain;
    charset utf-8;
    charset_types CHARSETS;

    gzip on;
    gzip_min_length 1k;
    gzip_types PACKED;

    set $allowed $methods;        # worked out now: an error page is a GET
    set $found_at "";
    set $negotiated_on "";
    add_header Allow $allowed always;
    add_header Access-Control-Allow-Headers $accepted_fields always;
    add_header Access-Control-Allow-Methods $methods always;
    add_header Access-Control-Allow-Origin "*" always;
    add_header Access-Control-Expose-Headers "EXPOSED" always;
    add_header Cache-Control $kept_for always;
    add_header Content-Location $found_at;
    add_header Content-Security-Policy "POLICY" always;
    add_header Link $links;
    add_header Link $page_link;   # at the end $uri is the file that is sent
    add_header Referrer-Policy "strict-origin-when-cross-origin" always;
    add_header Vary $varies always;
    add_header X-Content-Type-Options "nosniff" always;

    error_page 404 HOME/frozen/404.$told_as;
    error_page 405 HOME/frozen/405.$told_as;
    error_page 406 HOME/frozen/406-$class.$told_as;
    error_page 410 HOME/frozen/410.$told_as;

    if ($request_method = OPTIONS) { return 204; }
    if ($request_method !~ ^(?:GET|HEAD)$) { return 405; }

    # A thing is not its page.
    location ~ ^HOME/id/(?<thing>[^/]+/[^/]+)$ {
        if ($gone) { return 410; }
        if ($moved) { return 308 $moved; }
        if (!-f $document_rootHOME/doc/$thing.html) { return 404; }
        return 303 HOME/doc/$thing$is_args$args;
    }

    location ~ ^HOME/dumps/latest/(?<file>.*)$ {
        return 307 HOME/dumps/RELEASE/$file;
    }

    # Parts of long documents: x.ttl?page=2.
    location ~ ^HOME/doc/[^/]+/[^/.]+\\.[a-z]+$ {
        if ($part) { rewrite ^(.+)\\.([a-z]+)$ $1$part.$2 break; }
        if ($gone) { return 410; }
        if ($moved) { return 308 $moved; }
    }

    location = HOME/.well-known/void {
        error_page 418 = @negotiated;
        return 418;
    }

    location = HOME/sparql {
        if ($arg_query) { return 404; }
        try_files /none @negotiated;
    }

    location / {
        try_files $uri @negotiated;
    }

    location @negotiated {
        if ($gone) { return 410; }
        if ($moved) { return 308 $moved; }
        set $negotiated_on "Accept, Accept-Encoding, Accept-Language";
        if (!-f $document_rootHOME$stem.html) {
            set $negotiated_on "";
            return 404;
        }
        if ($suffix = "") { return 406; }
        set $found_at HOME$stem$part.$suffix;
        rewrite ^ HOME$stem$variant.$suffix break;
    }
}
"""


def write_nginx(facts: Facts) -> str:
    """A file for `/etc/nginx/conf.d/`: maps and a server."""
    host = facts.base.partition("://")[2].partition("/")[0].partition(":")[0]
    types = list_types()
    packed = sorted({*list_charsets(), *types.values()} - {"text/html", *_PACKED_ALREADY})
    server = _SERVER
    for word, text in (
        ("HOST", host),
        ("FOLDER", f"{facts.home}/"),
        ("TYPES", "".join(f"        {kind} {suffix};\n" for suffix, kind in types.items())),
        ("CHARSETS", " ".join(each for each in list_charsets() if each != "text/html")),
        ("PACKED", " ".join(packed)),
        ("EXPOSED", EXPOSED),
        ("POLICY", POLICY),
        ("RELEASE", facts.release),
        ("HOME", facts.home),
    ):
        server = server.replace(word, text)
    head = [
        "# nginx for a frozen site: formats and languages by Accept, 303 from things to documents.",
        "# Copy it to /etc/nginx/conf.d/, set root, add TLS. Written by pacta freeze.",
        "map_hash_bucket_size 256;",
        "variables_hash_max_size 4096;",
    ]
    parts = [*head, *_write_places(facts), *_write_keys(), *_write_choices()]
    return "\n".join(parts) + "\n" + server


_PACKED_ALREADY = (
    *("application/gzip", "application/zstd", "image/png", "image/vnd.microsoft.icon"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
