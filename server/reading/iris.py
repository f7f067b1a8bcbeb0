"""Reference resolution of RFC 3986, section 5.2 (pure).

`urllib.parse.urljoin` leaves the references of schemes that it does not know as they are.
"""

import re

_PARTS = re.compile(r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")


def resolve(reference: str, base: str) -> str:
    """An IRI reference as an absolute IRI; an absolute one is returned unchanged.

    Args:
        reference: A reference of any form.
        base: An absolute IRI; its fragment does not count.
    """
    if _SCHEME.match(reference):
        return reference
    found, of = _PARTS.fullmatch(reference), _PARTS.fullmatch(base)
    if found is None or of is None:  # cannot be: every part may be empty
        return reference
    _, authority, path, query, fragment = found.groups()
    if authority is not None:
        path = remove_dots(path)
    else:
        authority = of[2]
        if not path:
            path, query = of[3], of[4] if query is None else query
        elif path.startswith("/"):
            path = remove_dots(path)
        else:
            folder = "/" if authority is not None and not of[3] else of[3][: of[3].rfind("/") + 1]
            path = remove_dots(folder + path)
    return (
        f"{of[1]}:"
        + (f"//{authority}" if authority is not None else "")
        + path
        + (f"?{query}" if query is not None else "")
        + (f"#{fragment}" if fragment is not None else "")
    )


def remove_dots(path: str) -> str:
    """A path without `.` and `..` (RFC 3986, section 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == ".":
            if last:
                kept.append("")
        elif segment == "..":
            if len(kept) > 1 or (kept and kept[0]):
                kept.pop()
            if last:
                kept.append("")
        else:
            kept.append(segment)
    return "/".join(kept)
