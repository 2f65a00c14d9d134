"""What is understood of the control API's answers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsl_pipeline.serving import EndpointState, parse_status

ASLEEP, WAKING, READY, UPDATING, FAILED, UNKNOWN = (
    EndpointState.ASLEEP,
    EndpointState.WAKING,
    EndpointState.READY,
    EndpointState.UPDATING,
    EndpointState.FAILED,
    EndpointState.UNKNOWN,
)


def entity(deployment: Any = "DEPLOYMENT_READY", message: Any = "", **more: Any) -> dict[str, Any]:
    return {"state": {"deployment": deployment, "deployment_state_message": message}, **more}


def endpoint(*entities: Any, ready: Any = "READY", update: Any = "NOT_UPDATING", **state: Any) -> bytes:
    flags = {"ready": ready, "config_update": update, **state}
    return json.dumps({"name": "e", "state": flags, "config": {"served_entities": entities}}).encode()


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (endpoint(entity()), READY),
        (endpoint(entity(message="Scaled to zero")), ASLEEP),
        (endpoint(entity(message="Scaled to zero"), ready="NOT_READY"), ASLEEP),
        (endpoint(entity("DEPLOYMENT_CREATING", "Scaled to zero")), ASLEEP),
        (endpoint(entity("DEPLOYMENT_ABORTED", "Stopped"), ready="NOT_READY"), ASLEEP),
        (endpoint(entity("DEPLOYMENT_READY", "The endpoint was stopped by a user."), ready="NOT_READY"), ASLEEP),
        (endpoint(entity("DEPLOYMENT_ABORTED"), ready="NOT_READY", suspend="SUSPENDED"), ASLEEP),
        (endpoint(entity("DEPLOYMENT_CREATING"), ready="NOT_READY"), WAKING),
        (endpoint(entity("DEPLOYMENT_CREATING"), ready="NOT_READY", update="IN_PROGRESS"), WAKING),
        (endpoint(entity("DEPLOYMENT_RECOVERING"), ready="NOT_READY"), WAKING),
        (endpoint(entity("DEPLOYMENT_RECOVERING", "Scaling from zero")), WAKING),
        (endpoint(entity("DEPLOYMENT_READY", "Scaling up from zero.")), WAKING),
        (endpoint(entity(), ready="NOT_READY"), WAKING),
        (endpoint(entity(), update="IN_PROGRESS"), UPDATING),
        (endpoint(entity("DEPLOYMENT_CREATING", "Creating"), update="IN_PROGRESS"), UPDATING),
        (endpoint(entity("DEPLOYMENT_FAILED"), ready="NOT_READY"), FAILED),
        (endpoint(entity("DEPLOYMENT_ABORTED"), ready="NOT_READY"), FAILED),
        (endpoint(entity("DEPLOYMENT_FAILED")), FAILED),
        (endpoint(entity("DEPLOYMENT_CREATING"), ready="NOT_READY", update="UPDATE_FAILED"), FAILED),
        (endpoint(entity(), update="UPDATE_FAILED"), READY),  # "Ready (Update failed)": the version before answers
        (endpoint(entity(message="Scaled to zero"), update="UPDATE_FAILED"), ASLEEP),
        (endpoint(entity(), update="UPDATE_CANCELED"), READY),
        (endpoint({"foundation_model": {}}), READY),
        (endpoint(), READY),
        (endpoint(entity(), entity(message="Scaled to zero")), ASLEEP),
        (endpoint(entity(), entity("DEPLOYMENT_CREATING")), WAKING),
        (endpoint(entity("DEPLOYMENT_CREATING"), entity(message="Scaled to zero")), ASLEEP),
        (endpoint(entity(message="Scaled to zero"), entity("DEPLOYMENT_FAILED")), FAILED),
        (endpoint(entity("DEPLOYMENT_NEW_IN_2031"), ready="NOT_READY"), UNKNOWN),
        (endpoint(entity(), ready="SOON"), UNKNOWN),
        (endpoint(entity(), ready=None), UNKNOWN),
        (endpoint(entity([], {}), ready="NOT_READY"), UNKNOWN),
        (endpoint("text", 3, None, ready="NOT_READY"), UNKNOWN),
        (b'{"state": {"ready": "READY"}, "config": []}', READY),
        (b'{"endpoints": []}', UNKNOWN),
        (b'{"state": "READY"}', UNKNOWN),
        (b"[]", UNKNOWN),
        (b"", UNKNOWN),
        (b"<html>Sign in</html>", UNKNOWN),
        (b"\xff\xfe{", UNKNOWN),
        (b"[" * 100_000, UNKNOWN),
    ],
)
def test_every_state(body: bytes, state: EndpointState) -> None:
    assert parse_status(body).state is state


def test_stopped_is_told_from_scaled_to_zero() -> None:
    assert parse_status(endpoint(entity("DEPLOYMENT_ABORTED", "Stopped"), ready="NOT_READY")).stopped
    assert not parse_status(endpoint(entity(message="Scaled to zero"))).stopped


def test_a_failed_update_is_told_though_the_endpoint_answers() -> None:
    assert parse_status(endpoint(entity(), update="UPDATE_FAILED")).message == "the last update failed"


@pytest.mark.parametrize(
    ("entities", "concurrency"),
    [
        ([entity(workload_size="Small")], 4),
        ([entity(workload_size="Medium")], 16),
        ([entity(workload_size="Large")], 64),
        ([entity(workload_size="Small", min_provisioned_concurrency=4, max_provisioned_concurrency=12)], 12),
        ([entity(workload_size="Small", max_provisioned_concurrency=0)], 4),
        ([entity(workload_size="Custom")], None),
        ([entity(max_provisioned_concurrency="8")], None),
        ([entity(workload_size="Small"), entity(max_provisioned_concurrency=8)], 12),
        ([], None),
    ],
)
def test_concurrency_adds_up(entities: list[dict[str, Any]], concurrency: int | None) -> None:
    assert parse_status(endpoint(*entities)).concurrency == concurrency


def test_size_is_told_where_it_is_the_same_for_all() -> None:
    one = parse_status(endpoint(entity(workload_type="GPU_MEDIUM", scale_to_zero_enabled=True)))
    two = parse_status(endpoint(entity(workload_type="CPU"), entity(workload_type="GPU_SMALL")))
    assert (one.workload_type, one.scales_to_zero) == ("GPU_MEDIUM", True)
    assert (two.workload_type, two.scales_to_zero) == (None, None)


def test_older_workspaces_name_their_models_otherwise() -> None:
    config = {"served_models": [entity(message="Scaled to zero", workload_size="Medium")]}
    status = parse_status(json.dumps({"state": {"ready": "READY"}, "config": config}).encode())
    assert (status.state, status.concurrency) == (ASLEEP, 16)


def test_a_message_is_one_short_line() -> None:
    message = parse_status(endpoint(entity("DEPLOYMENT_FAILED", "Out of\n\n  memory " + "x" * 5000))).message
    assert message.startswith("Out of memory xx")
    assert len(message) == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["state", "config", "served_entities", "ready", "deployment"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON, JSON, JSON)
def test_nothing_that_is_json_is_too_odd(flags: Any, entities: Any, whole: Any) -> None:
    parse_status(json.dumps(whole).encode())
    parse_status(json.dumps({"state": flags, "config": {"served_entities": entities}}).encode())
    parse_status(endpoint(flags, {"state": entities}))


@given(st.binary(max_size=60))
def test_bytes_that_are_not_json_are_unknown_or_harmless(body: bytes) -> None:
    assert parse_status(body).state is UNKNOWN
