"""The version of the code that runs here, by its contents."""

import hashlib
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent


@cache
def digest_software() -> str:
    """Twelve hex digits over everything that decides how a body looks."""
    digest = hashlib.sha256()
    for pattern in ("**/*.py", "templates/**/*.html", "translations/*.po", "static/*.css"):
        for path in sorted(_HERE.glob(pattern)):
            name = path.relative_to(_HERE).as_posix()
            digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
