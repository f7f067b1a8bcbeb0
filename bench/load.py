"""Many clients at once, in a process of their own: `python -m bench.load`.

The plan is one JSON object on standard input: ``port``, ``clients``, ``seconds``, and ``requests``
as ``[path, headers]`` pairs that the clients send in turn, each from a place of its own. Printed is
one JSON object: ``answers``, ``seconds`` and ``ms``, the times of all answers, sorted.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from bench.client import Client

GOOD = (200, 304)


@dataclass(frozen=True)
class Plan:
    """What the clients do.

    Attributes:
        port: Of the server, on this machine.
        clients: How many, each with one kept connection.
        seconds: How long.
        requests: Path and header fields of each request.
    """

    port: int
    clients: int
    seconds: float
    requests: Sequence[tuple[str, Mapping[str, str]]]

    def write(self) -> str:
        """The plan as `main` reads it."""
        return json.dumps(asdict(self))


def run_clients(plan: Plan) -> list[float]:
    """Send requests until the time is over; the milliseconds of each answer.

    Raises:
        RuntimeError: An answer was neither 200 nor 304, or a connection broke.
    """
    times: list[list[float]] = [[] for _ in range(plan.clients)]
    faults: list[str] = []
    until = time.perf_counter() + plan.seconds

    def run(own: int) -> None:
        try:
            client = Client(plan.port)
            number = own * 7919
            while time.perf_counter() < until:
                path, headers = plan.requests[number % len(plan.requests)]
                reply = client.get(path, headers, keep=False)
                if reply.status not in GOOD:
                    faults.append(f"{path} answered {reply.status}")
                    return
                times[own].append(reply.ms)
                number += 1
            client.close()
        except OSError as error:
            faults.append(str(error))

    threads = [threading.Thread(target=run, args=(own,)) for own in range(plan.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(faults[0])
    return sorted(ms for own in times for ms in own)


def main() -> int:
    """Read the plan, run it and print the results."""
    plan = Plan(**json.load(sys.stdin))
    began = time.perf_counter()
    times = run_clients(plan)
    seconds = time.perf_counter() - began
    print(json.dumps({"answers": len(times), "seconds": seconds, "ms": times}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
