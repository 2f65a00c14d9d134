"""What went wrong with a request, told from what came back, and how often a page may go through it."""

from enum import StrEnum

from jsl_pipeline.errors import EngineError
from jsl_pipeline.schemas import FailureCause, PageFailure
from jsl_pipeline.serving.http import NoReply, Reply


class Fault(StrEnum):
    """Why a request has no answers."""

    THROTTLED = "throttled"  # 429: it was one too many, and was not worked on
    UNAVAILABLE = "unavailable"  # 502, 503: nobody was there to work on it
    TIMED_OUT = "timed_out"  # 504, 408, or no answer in the time given: it may still be worked on
    DISCONNECTED = "disconnected"  # the connection was closed: it may have been worked on
    SERVER_ERROR = "server_error"  # 5xx: the endpoint broke on it
    TOO_LARGE = "too_large"
    BAD_INPUT = "bad_input"  # 4xx: the endpoint will not have it
    WRONG_FORM = "wrong_form"  # an answer, but not in the form of the protocol


STATE_FAULTS = frozenset({Fault.UNAVAILABLE, Fault.TIMED_OUT, Fault.DISCONNECTED})
"""May be the endpoint's state rather than the page's fault: who is to blame is found out before a page is charged."""

TRIES = {
    Fault.TIMED_OUT: 2,  # each may be worked on, and paid for, to its end
    Fault.DISCONNECTED: 6,  # at one connection in ten reset, one page in a million fails
    Fault.SERVER_ERROR: 3,
    Fault.WRONG_FORM: 2,
    Fault.TOO_LARGE: 1,
    Fault.BAD_INPUT: 1,
}
"""How often a page, alone in its request, may meet a fault. Those that are not here are never charged."""

_FAILURES = {
    Fault.UNAVAILABLE: (FailureCause.TIMEOUT, "The endpoint had no room for this page within its deadline."),
    Fault.TIMED_OUT: (FailureCause.TIMEOUT, "The endpoint did not answer this page in time."),
    Fault.DISCONNECTED: (FailureCause.CRASHED, "The endpoint closes the connection on this page."),
    Fault.SERVER_ERROR: (FailureCause.ENGINE, "The endpoint fails on this page."),
    Fault.WRONG_FORM: (FailureCause.UNUSABLE, "The endpoint's response is not in the form of the set protocol."),
    Fault.TOO_LARGE: (
        FailureCause.TOO_LARGE,
        "The page alone is too large for a request: lower the pixel budget, or split its text.",
    ),
    Fault.BAD_INPUT: (FailureCause.ENGINE, "The endpoint refuses this page as bad input."),
}


def find_fault(reply: Reply | NoReply) -> Fault | None:
    """The fault of a request, or None for a response with answers. Raises EngineError where none will ever work."""
    if isinstance(reply, NoReply):
        return Fault.TIMED_OUT if reply.timed_out else Fault.DISCONNECTED
    match reply.status:
        case status if 200 <= status < 300:
            return None
        case 401 | 403:
            raise EngineError(f"The endpoint denies access (HTTP {reply.status}): check `token` and permissions.")
        case 404:
            raise EngineError("There is no such endpoint or path (HTTP 404): check `url`, `name` and `protocol`.")
        case 429:
            return Fault.THROTTLED
        case 408 | 504:
            return Fault.TIMED_OUT
        case 502 | 503:
            return Fault.UNAVAILABLE
        case 413:
            return Fault.TOO_LARGE
        case status if status >= 500:
            return Fault.SERVER_ERROR
        case _ if b"logprobs" in reply.body[:2000]:
            raise EngineError(
                "The endpoint does not take `logprobs` (HTTP 4xx): set `token_probabilities` of the engine to false."
            )
        case _:
            return Fault.TOO_LARGE if _says_too_large(reply.body) else Fault.BAD_INPUT


def failure(fault: Fault, retryable: bool = True) -> PageFailure:
    """What a page becomes that met a fault too often."""
    cause, message = _FAILURES[fault]
    return PageFailure(cause=cause, message=message, retryable=retryable)


def _says_too_large(body: bytes) -> bool:
    """Databricks answers 400 with 'Request size cannot exceed N bytes'; other servers say much the same."""
    text = body[:2000].lower()
    return b"request size" in text or b"too large" in text or (b"payload" in text and b"exceed" in text)
