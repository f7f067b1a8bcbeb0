"""Writes the configuration of nginx before one or more servers, `pacta deploy nginx`.

`docs/how-to/deploy.md` shows what it writes for one server; a test runs nginx with it.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

OPTIONS: Final = (
    ("name", "HOST", "treaties.example.org", "host name of the site"),
    ("secure", "PORT", "443", "where nginx listens for HTTPS, also ADDRESS:PORT"),
    ("plain", "PORT", "80", "where nginx listens for HTTP, also ADDRESS:PORT"),
    ("cache", "DIR", "/var/cache/nginx/pacta", "folder of nginx's cache"),
    ("releases", "DIR", "/srv/pacta/build/releases", "folder of the releases, read by nginx"),
    ("certificate", "FILE", "{live}/fullchain.pem", "the certificate"),
    ("key", "FILE", "{live}/privkey.pem", "its key"),
)
"""Name of an option, what its value is, default, help; `{live}` is where ACME clients write."""

SERVER: Final = "127.0.0.1:8000"
INTERNAL: Final = "/internal/releases/"
"""The location of the releases in nginx, which `--x-accel-redirect` names to the server."""
_LIVE: Final = "/etc/letsencrypt/live/"


def render_nginx(servers: Sequence[str], options: dict[str, str]) -> str:
    """Return a file for nginx's `conf.d`.

    All servers serve the same releases. A request whose server is gone goes to the next one; no
    server is counted out, for the last one left must not be.

    Args:
        servers: Address and port of each `pacta serve`.
        options: A value for each of `OPTIONS`.
    """
    upstream = "    least_conn;\n" if len(servers) > 1 else ""
    upstream += "".join(f"    server {server} max_fails=0;\n" for server in servers)
    text = (files("server") / "templates" / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("{servers}", upstream)
    for name, _, default, _ in OPTIONS:
        text = text.replace(f"{{{name}}}", options.get(name) or default)
    text = text.replace("{internal}", INTERNAL)
    return text.replace("{live}", _LIVE + options["name"])
