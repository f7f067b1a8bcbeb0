"""The exceptions of the suite, as one tree.

ConformError              bad input: an address that is none, a server that does not answer
└── LimitError            the number of requests or the time of a run is used up
NoAnswerError             one request had no answer: refused, broken off, too late
VerdictError              how a check ends early
├── RuleBrokenError       the rule does not hold; says what was seen
└── InapplicableError     the rule does not apply here; says why
"""


class ConformError(Exception):
    """The suite cannot be run like this."""


class LimitError(ConformError):
    """The number of requests or the time of a run is used up."""


class NoAnswerError(Exception):
    """A request had no answer that HTTP knows."""


class VerdictError(Exception):
    """A check that ends before its end; the message is for the reader of the report."""


class RuleBrokenError(VerdictError):
    """The rule does not hold."""


class InapplicableError(VerdictError):
    """The rule does not apply to this server, or not to this thing."""


def require(holds: object, seen: str) -> None:
    """Go on where something holds.

    Raises:
        RuleBrokenError: It does not; says what was seen.
    """
    if not holds:
        raise RuleBrokenError(seen)


def apply_if(holds: object, why: str) -> None:
    """Go on where a rule applies.

    Raises:
        InapplicableError: It does not; says why.
    """
    if not holds:
        raise InapplicableError(why)
