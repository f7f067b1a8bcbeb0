"""Many clients at once, in a process of their own: `python -m bench.load`.

The plan is one JSON object on standard input: ``port``, ``clients``, ``seconds``, and ``requests``
as ``[path, headers]`` pairs that the clients send in turn, each from a place of its own; ``rate``
holds them to so many requests a second together. Printed is one JSON object: ``seconds``, ``ms``,
the times of all good answers, sorted, and ``faults``, what came instead, and how often.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from bench.client import Client
from bench.peers import ROOT

GOOD = (200, 304)
AT_ADDRESS = 16
"""Clients that a server sees at one address: more would have more than their share."""


@dataclass(frozen=True)
class Plan:
    """What the clients do.

    Attributes:
        port: Of the server, on this machine.
        clients: How many, each with one kept connection.
        seconds: How long.
        requests: Path and header fields of each request.
        rate: Requests a second of all clients together; 0: as many as are answered.
    """

    port: int
    clients: int
    seconds: float
    requests: Sequence[tuple[str, Mapping[str, str]]]
    rate: float = 0

    def write(self) -> str:
        """The plan as `main` reads it."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Outcome:
    """What came of a plan.

    Attributes:
        seconds: How long it took.
        ms: Milliseconds of each good answer (200, 304), sorted.
        faults: Another status, or a connection that broke → how often.
    """

    seconds: float
    ms: Sequence[float]
    faults: Mapping[str, int]

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.ms) / self.seconds


def run_clients(plan: Plan) -> Outcome:
    """Send requests until the time is over; after a fault a client goes on with the next."""
    times: list[list[float]] = [[] for _ in range(plan.clients)]
    faults: list[list[str]] = [[] for _ in range(plan.clients)]
    began = time.perf_counter()
    until = began + plan.seconds
    step = plan.clients / plan.rate if plan.rate else 0

    def run(own: int) -> None:
        client = Client(plan.port, address=f"127.0.0.{1 + own // AT_ADDRESS}")
        number = own * 7919
        due = began + step * own / plan.clients
        while (now := time.perf_counter()) < until:
            if now < due:
                time.sleep(min(due, until) - now)
            due += step
            path, headers = plan.requests[number % len(plan.requests)]
            number += 1
            try:
                reply = client.get(path, headers, keep=False)
            except OSError as error:
                faults[own].append(f"{path.partition('?')[0]}: {error}")
                client.reconnect()
                continue
            if reply.status in GOOD:
                times[own].append(reply.ms)
            else:
                faults[own].append(f"{path.partition('?')[0]}: {reply.status}")
        client.close()

    threads = [threading.Thread(target=run, args=(own,)) for own in range(plan.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Outcome(
        time.perf_counter() - began,
        sorted(ms for own in times for ms in own),
        dict(Counter(fault for own in faults for fault in own)),
    )


def start_plan(plan: Plan) -> subprocess.Popen[str]:
    """Start a plan in a process of its own; `read_outcome` waits for it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.load"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(plan.write())
    process.stdin.close()
    process.stdin = None
    assert process.stdout is not None
    process.stdout.readline()  # it has the plan and begins now
    return process


def read_outcome(process: subprocess.Popen[str]) -> Outcome:
    """Return what came of a plan, once it is over."""
    said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the clients ended with {process.returncode}")
    return Outcome(**json.loads(said))


def run_plan(plan: Plan) -> Outcome:
    """Run a plan in a process of its own, where every request is to be answered.

    Raises:
        RuntimeError: One was not.
    """
    outcome = read_outcome(start_plan(plan))
    if outcome.faults:
        raise RuntimeError(str(outcome.faults))
    return outcome


def main() -> int:
    """Read the plan, run it and print the outcome."""
    plan = Plan(**json.load(sys.stdin))
    print(flush=True)
    print(json.dumps(asdict(run_clients(plan))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
