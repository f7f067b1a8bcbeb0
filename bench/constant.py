"""A Flask application with one constant answer, under our web server: `python -m bench.constant`.

Its time is the part of every answer that Python, Flask and waitress take.
"""

from __future__ import annotations

import socket
import sys

from flask import Flask

from server.serving import serve_app
from server.settings import Settings


def main() -> int:
    """Serve until told to stop; return the exit code."""
    app = Flask("constant")

    @app.get("/")
    @app.get("/health")
    def constant() -> str:
        return "constant"

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        return serve_app(app, Settings(), listener, f"serving one constant answer at {address}")


if __name__ == "__main__":
    sys.exit(main())
