"""What an endpoint is doing, told by its control API."""

import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from pydantic import Field

from jsl_pipeline.schemas import Value

_MESSAGE_LENGTH = 200
_CONCURRENCY = {"small": 4, "medium": 16, "large": 64}  # the most that a size of the older kind stands for


class EndpointState(StrEnum):
    """What an endpoint is doing."""

    ASLEEP = "asleep"  # scaled to zero or stopped: it costs nothing and must be woken
    WAKING = "waking"  # it was asked to start and does not answer yet
    READY = "ready"
    UPDATING = "updating"  # a new version is being rolled out; the old one may answer
    FAILED = "failed"  # it will not come up by itself: a person must look
    UNKNOWN = "unknown"  # the control API does not say, or cannot be reached


class EndpointStatus(Value):
    """The state of an endpoint, and what the control API says of its size."""

    state: EndpointState
    message: str = Field(default="", description="One sentence on why; no secret, no document text.")
    stopped: bool = Field(default=False, description="Asleep because somebody stopped it: it must be started.")
    concurrency: int | None = Field(default=None, description="Requests it takes at once, at most, where known.")
    scales_to_zero: bool | None = Field(default=None, description="Whether it sleeps when idle, where known.")
    workload_type: str | None = Field(default=None, description="E.g. GPU_MEDIUM, where known.")


_WORST_FIRST = (
    EndpointState.FAILED,
    EndpointState.ASLEEP,
    EndpointState.WAKING,
    EndpointState.UNKNOWN,
    EndpointState.READY,
)


def parse_status(body: bytes) -> EndpointStatus:
    """The status in a response to `GET /api/2.0/serving-endpoints/{name}`; UNKNOWN for any other text.

    Of several served entities the worst state counts, since each gets a part of the requests; concurrency adds up.
    """
    try:
        endpoint = json.loads(body)
    except (ValueError, RecursionError):
        return EndpointStatus(state=EndpointState.UNKNOWN, message="The control API answered with no JSON.")
    state, config = _object(endpoint, "state"), _object(endpoint, "config")
    entities = _objects(config, "served_entities") or _objects(config, "served_models")
    seen = [_seen(entity) for entity in entities]
    stopped = state.get("suspend") == "SUSPENDED" or any(stopped for _, stopped in seen)
    whole = EndpointState.ASLEEP if stopped else _whole(state, [each for each, _ in seen])
    types = {entity["workload_type"] for entity in entities if isinstance(entity.get("workload_type"), str)}
    return EndpointStatus(
        state=whole,
        message=_message(whole, state, entities),
        stopped=stopped,
        concurrency=sum(filter(None, map(_concurrency, entities))) or None,
        scales_to_zero=_any(entity.get("scale_to_zero_enabled") for entity in entities),
        workload_type=types.pop() if len(types) == 1 else None,
    )


def _whole(state: dict[str, Any], entities: list[EndpointState]) -> EndpointState:
    """The endpoint's state from its own flags and the states of what it serves."""
    ready, update = state.get("ready"), state.get("config_update")
    worst = min(entities, key=_WORST_FIRST.index, default=EndpointState.UNKNOWN)
    if ready not in ("READY", "NOT_READY"):
        return EndpointState.UNKNOWN
    if update == "IN_PROGRESS":
        return EndpointState.UPDATING if ready == "READY" else EndpointState.WAKING
    if update == "UPDATE_FAILED" and ready == "NOT_READY":
        return EndpointState.FAILED  # else the version before goes on answering, or sleeping
    if ready == "READY" and worst is EndpointState.UNKNOWN:
        return EndpointState.READY  # foundation models have no deployment of ours
    if ready == "NOT_READY" and worst is EndpointState.READY:
        return EndpointState.WAKING  # its parts are up before it is
    return worst


def _seen(entity: dict[str, Any]) -> tuple[EndpointState, bool]:
    """State of one served entity, and whether it was stopped. Its message says more than its deployment does."""
    state = _object(entity, "state")
    message = str(state.get("deployment_state_message")).lower()
    if "scaled to zero" in message:
        return EndpointState.ASLEEP, False
    if "stopped" in message:
        return EndpointState.ASLEEP, True
    if "from zero" in message:
        return EndpointState.WAKING, False
    match state.get("deployment"):
        case "DEPLOYMENT_READY":
            return EndpointState.READY, False
        case "DEPLOYMENT_CREATING" | "DEPLOYMENT_RECOVERING":
            return EndpointState.WAKING, False
        case "DEPLOYMENT_FAILED" | "DEPLOYMENT_ABORTED":
            return EndpointState.FAILED, False
        case _:
            return EndpointState.UNKNOWN, False


def _concurrency(entity: dict[str, Any]) -> int | None:
    most = entity.get("max_provisioned_concurrency")
    if isinstance(most, int) and most > 0:
        return most
    return _CONCURRENCY.get(str(entity.get("workload_size")).lower())


def _message(whole: EndpointState, state: dict[str, Any], entities: list[dict[str, Any]]) -> str:
    """What the control API says in words, on one line."""
    said = {str(_object(entity, "state").get("deployment_state_message") or "") for entity in entities}
    words = [" ".join(text.split()) for text in sorted(said - {""})]
    if state.get("config_update") == "UPDATE_FAILED":
        words.append("the last update failed")
    if whole is EndpointState.UNKNOWN and not words:
        words.append("The control API tells no state that is known")
    return "; ".join(words)[:_MESSAGE_LENGTH]


def _any(flags: Iterable[object]) -> bool | None:
    known = [flag for flag in flags if isinstance(flag, bool)]
    return any(known) if known else None


def _object(parent: object, name: str) -> dict[str, Any]:
    child = parent.get(name) if isinstance(parent, dict) else None
    return child if isinstance(child, dict) else {}


def _objects(parent: dict[str, Any], name: str) -> list[dict[str, Any]]:
    children = parent.get(name)
    return [child for child in children if isinstance(child, dict)] if isinstance(children, list) else []
