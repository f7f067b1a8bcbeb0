"""Page templates are compiled once per test process, not by each application and server again."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path


@functools.cache
def make_template_folder() -> Path:
    """Return where the compiled templates of this process and of its servers lie."""
    folder = Path(tempfile.mkdtemp(prefix="pacta-templates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
