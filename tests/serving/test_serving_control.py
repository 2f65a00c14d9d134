"""Asking an endpoint what it is doing, waking and stopping it, over real HTTP."""

import base64
import json
import logging
import time
from typing import Any, get_args

import cv2
import numpy as np
import pytest
from loopback import Answer, by_path, closing, listening, saying, silent

from jsl_pipeline.emulator import EmulatorSettings, ScaleToZero, State, Waking, running
from jsl_pipeline.errors import EngineError, EngineUnavailable
from jsl_pipeline.serving import Control, EndpointSettings, EndpointState, dummy_request, open_control
from jsl_pipeline.serving.settings import ProtocolName

TOKEN = "s3cret-token"
NOBODY = "http://127.0.0.1:9"  # the discard port: nobody listens there


def workspace(url: str, **settings: Any) -> Control:
    return open_control(EndpointSettings(**{"url": url, "name": "e", "token": TOKEN, **settings}))


def own_server(url: str, **settings: Any) -> Control:
    return open_control(EndpointSettings(url=url, auth="none", **settings))


def described(ready: str = "READY", deployment: str = "DEPLOYMENT_READY", message: str = "") -> Answer:
    state = {"deployment": deployment, "deployment_state_message": message}
    body = {"state": {"ready": ready}, "config": {"served_entities": [{"state": state, "workload_size": "Medium"}]}}
    return saying(200, json.dumps(body))


STOPPED = described("NOT_READY", "DEPLOYMENT_ABORTED", "Stopped")


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "aiohttp")


# Of a workspace


def test_the_status_comes_from_the_control_api() -> None:
    with listening(described(message="Scaled to zero")) as server:
        status = workspace(server.url).status()
    assert (status.state, status.concurrency, status.message) == (EndpointState.ASLEEP, 16, "Scaled to zero")
    assert server.paths == ["GET /api/2.0/serving-endpoints/e"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (saying(500), "HTTP 500"),
        (saying(503, "<html>busy</html>"), "HTTP 503"),
        (saying(429), "HTTP 429"),
        (saying(400, '{"error_code": "INVALID_PARAMETER_VALUE"}'), "HTTP 400"),
        (saying(200, "<html>Sign in</html>"), "no JSON"),
        (saying(200, ""), "no JSON"),
        (saying(200, "{}"), "no state"),
        (closing, "cannot be reached"),
        (silent, "in time"),
    ],
)
def test_what_tells_no_state_is_unknown_and_says_why(answer: Answer, says: str) -> None:
    with listening(answer) as server:
        status = workspace(server.url).status()
    assert status.state is EndpointState.UNKNOWN
    assert says in status.message


def test_a_workspace_out_of_reach_is_unknown() -> None:
    status = workspace(NOBODY).status()
    assert (status.state, status.message) == (EndpointState.UNKNOWN, "It cannot be reached.")


@pytest.mark.parametrize("call", ["status", "wake", "answers"])
@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (saying(401), "check `token`"),
        (saying(403, '{"message": "Invalid access token s3cret-token"}'), "check `token`"),
        (saying(404, '{"error_code": "RESOURCE_DOES_NOT_EXIST"}'), "named 'e'"),
        (saying(302, Location="https://elsewhere.example/login"), "redirects"),
    ],
)
def test_what_a_person_must_clear_is_an_error_with_advice(call: str, answer: Answer, advice: str) -> None:
    with listening(answer) as server, pytest.raises(EngineError, match=advice) as caught:
        getattr(workspace(server.url), call)()
    assert not caught.value.retryable
    assert TOKEN not in repr(caught.value)


def test_a_token_that_comes_back_in_a_message_is_blotted_out() -> None:
    with listening(described("NOT_READY", "DEPLOYMENT_FAILED", f"env TOKEN={TOKEN} missing")) as server:
        control = workspace(server.url)
        assert control.status().message == "env TOKEN=*** missing"
    assert TOKEN not in repr(control) + repr(vars(control))


def test_waking_sends_one_dummy_request_and_does_not_wait_for_its_answer() -> None:
    with listening(by_path({"api": described(message="Scaled to zero"), "invocations": silent})) as server:
        began = time.monotonic()
        workspace(server.url).wake()
        assert time.monotonic() - began < 60  # it would be held for an hour
    assert server.paths == ["GET /api/2.0/serving-endpoints/e", "POST /serving-endpoints/e/invocations"]
    assert json.loads(server.asked[1].body)["max_tokens"] == 1


@pytest.mark.parametrize("status", [200, 400, 429, 500, 503, 504])
def test_any_answer_to_the_dummy_request_will_do(status: int) -> None:
    with listening(by_path({"api": saying(500), "invocations": saying(status)})) as server:
        workspace(server.url).wake()
    assert len(server.asked) == 2


def test_a_stopped_endpoint_is_started_instead() -> None:
    with listening(by_path({"config:start": saying(200, "{}"), "api": STOPPED})) as server:
        workspace(server.url).wake()
    assert server.paths[1:] == ["POST /api/2.0/serving-endpoints/e/config:start"]


def test_waking_an_endpoint_that_was_just_looked_at_asks_once() -> None:
    with listening(by_path({"api": described(message="Scaled to zero"), "invocations": silent})) as server:
        control = workspace(server.url)
        control.status()
        control.wake()
    assert server.paths == ["GET /api/2.0/serving-endpoints/e", "POST /serving-endpoints/e/invocations"]


def test_a_server_that_holds_the_dummy_request_was_asked() -> None:
    with listening(silent) as server:
        own_server(server.url).wake()
    assert server.paths == ["POST /v1/chat/completions"]


def test_waking_what_is_out_of_reach_can_be_tried_again() -> None:
    with pytest.raises(EngineUnavailable):
        workspace(NOBODY).wake()
    refusing = by_path({"config:start": saying(503), "api": STOPPED})
    with listening(refusing) as server, pytest.raises(EngineUnavailable, match="start"):
        workspace(server.url).wake()


@pytest.mark.parametrize(
    ("answer", "error", "advice"),
    [
        (saying(401), EngineError, "check `token`"),
        (saying(403), EngineError, "Can Manage"),
        (saying(302, Location="https://elsewhere.example"), EngineError, "redirects"),
        (saying(404), EngineError, "sleep_when_done"),
        (saying(400), EngineError, "sleep_when_done"),
        (saying(429), EngineUnavailable, "could not stop"),
        (saying(500), EngineUnavailable, "could not stop"),
    ],
)
def test_stopping_may_be_refused(answer: Answer, error: type[EngineError], advice: str) -> None:
    with listening(by_path({"config:stop": answer})) as server, pytest.raises(error, match=advice) as caught:
        workspace(server.url).stop()
    assert type(caught.value) is error


@pytest.mark.parametrize(("status", "answers"), [(200, True), (400, False), (429, False), (503, False), (504, False)])
def test_an_endpoint_answers_once_it_gives_an_answer(status: int, answers: bool) -> None:
    with listening(by_path({"invocations": saying(status, "{}")})) as server:
        assert workspace(server.url).answers() is answers
    assert not workspace(NOBODY).answers()


@pytest.mark.parametrize("waking", list(Waking))
def test_from_asleep_to_stopped_and_back_on_an_emulated_workspace(waking: Waking) -> None:
    zero = ScaleToZero(start_asleep=True, wake_seconds=100, waking=waking)
    with running(EmulatorSettings(port=0, speed=100, scale_to_zero=zero)) as emulator:
        control = workspace(emulator.url, name="jsl-vl", token="emulator-token")
        assert control.status().state is EndpointState.ASLEEP
        assert emulator.state is State.ASLEEP  # looking does not wake it
        control.wake()
        assert control.status().state in (EndpointState.WAKING, EndpointState.READY)
        while control.status().state is EndpointState.WAKING:
            continue
        assert control.status().state is EndpointState.READY
        assert control.answers()
        control.stop()
        status = control.status()
        assert (status.state, status.stopped) == (EndpointState.ASLEEP, True)
        control.wake()
        assert control.status().state in (EndpointState.WAKING, EndpointState.READY)


# Of a server of its own


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"health": saying(200)}, EndpointState.READY),
        ({"health": saying(503)}, EndpointState.WAKING),
        ({"health": saying(502)}, EndpointState.WAKING),
        ({"health": saying(500)}, EndpointState.UNKNOWN),
        ({"v1/models": saying(200, "{}")}, EndpointState.READY),
        ({"v1/models": saying(503)}, EndpointState.WAKING),
        ({}, EndpointState.UNKNOWN),
        ({"health": closing}, EndpointState.UNKNOWN),
        ({"health": silent}, EndpointState.UNKNOWN),
    ],
)
@pytest.mark.parametrize("base", ["", "/v1"])
def test_a_server_is_asked_for_its_health_then_its_models(
    base: str, answer: dict[str, Answer], state: EndpointState
) -> None:
    with listening(by_path(answer)) as server:
        status = own_server(server.url + base).status()
    assert status.state is state
    assert (status.message == "") == (state is EndpointState.READY)
    assert server.paths[0] == "GET /health"


def test_a_server_that_is_not_there_is_unknown() -> None:
    assert own_server(NOBODY).status().state is EndpointState.UNKNOWN


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_denies_access_is_an_error(status: int) -> None:
    with listening(saying(status)) as server, pytest.raises(EngineError, match="token"):
        own_server(server.url).status()


@pytest.mark.parametrize(("status", "answers"), [(200, True), (400, True), (422, True), (429, False), (503, False)])
def test_a_server_that_will_not_have_so_small_an_image_is_there(status: int, answers: bool) -> None:
    with listening(by_path({"chat/completions": saying(status)})) as server:
        assert own_server(server.url).answers() is answers


def test_a_server_without_the_path_is_an_error() -> None:
    with listening(saying(404)) as server, pytest.raises(EngineError, match="protocol"):
        own_server(server.url).answers()


def test_nobody_can_stop_a_server_from_here() -> None:
    with pytest.raises(EngineError, match="sleep_when_done"):
        own_server(NOBODY).stop()


# The dummy request


@pytest.mark.parametrize("protocol", get_args(ProtocolName))
def test_a_dummy_request_is_one_white_pixel_in_the_protocol_of_the_endpoint(protocol: str) -> None:
    chunks, size = dummy_request(EndpointSettings(url="https://host", auth="none", protocol=protocol))
    body = b"".join(chunks)
    assert len(body) == size < 1500
    json.loads(body)
    start = body.index(b"iVBOR")
    pixels = cv2.imdecode(np.frombuffer(base64.b64decode(body[start:].split(b'"')[0]), np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels.tolist() == [[255]]


def test_the_dummy_request_names_the_model_where_there_is_one() -> None:
    with listening(by_path({"chat/completions": saying(200)})) as server:
        assert own_server(server.url, model="m@1").answers()
        assert json.loads(server.asked[0].body)["model"] == "m@1"
