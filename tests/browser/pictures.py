"""Takes the pictures of the README anew: `python -m tests.browser.pictures` (needs Chromium)."""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import find_browser, start_browser
from tests.live import start_server
from tests.places import ROOT
from tests.realrelease import build_real

FOLDER = ROOT / "docs" / "images"
PICTURES = {
    "treaty": "/doc/treaty/mutual-assistance-1939",
    "territory": "/doc/place/vilnius#holders",
    "disagreement": "/doc/disagreement/number-of-bases",
}
"""Name of a file → the page that it shows."""
WIDTH, HEIGHT = 1200, 760
SCROLLED = "{behavior: 'instant', block: 'start'}"


def main() -> None:
    """Write the pictures; stop where there is no browser."""
    browser = find_browser()
    if browser is None:
        sys.exit("there is no Chromium on this machine")
    FOLDER.mkdir(exist_ok=True)
    with (
        start_server("--release", str(build_real().path)) as server,
        tempfile.TemporaryDirectory() as profile,
        start_browser(browser, Path(profile)) as pipe,
    ):
        page = pipe.open_page()
        page.resize(WIDTH, HEIGHT)
        for name, path in PICTURES.items():
            path, _, anchor = path.partition("#")
            page.open(server.url.removesuffix("/sparql") + path)
            if anchor:
                page.read(f"document.getElementById('{anchor}').scrollIntoView({SCROLLED})")
            shot = page.call("Page.captureScreenshot", format="webp", quality=70)
            (FOLDER / f"{name}.webp").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
