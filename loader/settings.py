"""Every setting of the loader's commands, read once in `cli.py` by `loader.options`.

Nothing else in the loader reads the environment, but for ``NO_COLOR`` and ``TERM``
(`loader.terminal`).
"""

from __future__ import annotations

from dataclasses import dataclass

from loader.options import setting


@dataclass(frozen=True)
class Settings:
    """The settings of one run of the loader. What belongs to the data stands in `pacta.toml`."""

    workspace: str = setting(
        "",
        "folder with pacta.toml; empty: the current folder or the nearest above it that has one",
        metavar="DIR",
    )
    base: str = setting(
        "", "base address of the release; empty: the one in pacta.toml", metavar="URL"
    )
    out: str = setting("", "folder of the releases; empty: build/ in the workspace", metavar="DIR")
    documents: str = setting(
        "", "folder of the source documents; empty: documents/ in the workspace", metavar="DIR"
    )
    lock_wait_s: float = setting(600.0, "seconds to wait for another build into the same folder")
    lost_addresses: str = setting(
        "auto",
        "what to do when an address of the release in use is gone without an entry in "
        "seeds/withdrawn.yaml; auto: refuse, but only warn where the base is on this machine",
        choices=("auto", "refuse", "warn"),
    )
    changed_answers: str = setting(
        "auto",
        "what to do when a question of queries/ gets other rows than it must; "
        "auto: refuse, but only warn where the base is on this machine",
        choices=("auto", "refuse", "warn"),
    )
    endpoint: str = setting("", "address of a remote SPARQL endpoint", metavar="URL")
    endpoint_user: str = setting("", "user name for the endpoint; empty: none")
    endpoint_password: str = setting(
        "", "password for the endpoint; better given as environment variable than as option"
    )
    endpoint_auth: str = setting(
        "basic", "how the password is sent; Virtuoso wants digest", choices=("basic", "digest")
    )
    endpoint_timeout_s: float = setting(60.0, "seconds to wait for the endpoint", least=0.1)
    graph_store: str = setting(
        "",
        "address of the store's Graph Store Protocol, which takes statements faster than updates; "
        "empty: none",
        metavar="URL",
    )
    push_batch_bytes: int = setting(
        1_000_000, "bytes of statements sent to the endpoint in one request", least=1000
    )
