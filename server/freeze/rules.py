"""The rules for each kind of host, by the file that holds them."""

from collections.abc import Callable, Mapping

from server.freeze.apache import write_htaccess, write_w3id
from server.freeze.hosts import Facts
from server.freeze.netlify import write_headers, write_redirects
from server.freeze.nginx import write_nginx

RULES: Mapping[str, Callable[[Facts], str]] = {
    ".htaccess": write_htaccess,
    "_headers": write_headers,
    "_redirects": write_redirects,
    "hosting/nginx.conf": write_nginx,
    "hosting/w3id.htaccess": write_w3id,
}
"""File below the folder of the site → what writes it."""
