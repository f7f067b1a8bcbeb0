"""The rules for each kind of host, by the file that holds them."""

from collections.abc import Callable, Mapping

from server.freeze.hosts import Facts
from server.freeze.nginx import write_nginx

RULES: Mapping[str, Callable[[Facts], str]] = {"hosting/nginx.conf": write_nginx}
"""File below the folder of the site → what writes it."""
