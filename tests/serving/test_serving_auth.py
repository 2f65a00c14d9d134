"""Sign-in through the Databricks SDK, against the emulator's `/oidc`."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from loopback import Answer, by_path, listening, saying

from jsl_pipeline.emulator import EmulatorSettings, RunningEmulator, running
from jsl_pipeline.errors import EngineError, EngineUnavailable, SettingsError
from jsl_pipeline.serving import EndpointSettings, EndpointState, open_control
from jsl_pipeline.serving.auth import Databricks, create_auth
from jsl_pipeline.settings import load_settings

SECRET = "emulator-secret"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningEmulator]:
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "emulator-client")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", SECRET)
    with running(EmulatorSettings(port=0)) as emulator:
        yield emulator


def settings(emulator: RunningEmulator, **more: Any) -> EndpointSettings:
    return EndpointSettings(**{"url": emulator.url, "name": "jsl-vl", "auth": "databricks", **more})


def test_oauth_by_the_variables_of_the_sdk(emulator: RunningEmulator) -> None:
    assert open_control(settings(emulator)).status().state is EndpointState.READY


def test_a_token_of_the_settings_is_given_to_the_sdk(
    emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABRICKS_CLIENT_ID")
    monkeypatch.delenv("DATABRICKS_CLIENT_SECRET")
    assert open_control(settings(emulator, token="emulator-token")).status().state is EndpointState.READY
    with pytest.raises(EngineError, match="denies access"):
        open_control(settings(emulator, token="another")).status()


def test_one_sign_in_serves_every_call(emulator: RunningEmulator) -> None:
    async def headers() -> list[dict[str, str]]:
        return await asyncio.gather(*(create_auth(settings(emulator)).headers() for _ in range(3)))

    found = asyncio.run(headers()) + asyncio.run(headers())
    assert len({each["Authorization"] for each in found}) == 1


def test_a_wrong_secret_is_an_error_that_does_not_tell_it(
    emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "wr0ng-secret")
    control = open_control(settings(emulator))
    with pytest.raises(EngineError, match="DATABRICKS_") as caught:
        control.status()
    assert "wr0ng-secret" not in repr(caught.value)
    assert not caught.value.retryable
    assert caught.value.__cause__ is None
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", SECRET)
    assert control.status().state is EndpointState.READY  # put right, without a restart


def test_no_credentials_at_all_is_an_error(emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABRICKS_CLIENT_ID")
    monkeypatch.delenv("DATABRICKS_CLIENT_SECRET")
    with pytest.raises(EngineError, match="gave no credentials"):
        open_control(settings(emulator)).status()


def test_a_token_by_reference_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = {"kind": "endpoint", "url": "https://host", "token": "env:A_TOKEN_OF_OURS"}
    with pytest.raises(SettingsError, match="A_TOKEN_OF_OURS"):
        load_settings(engine=engine)
    monkeypatch.setenv("A_TOKEN_OF_OURS", "hidden-token")
    loaded = load_settings(engine=engine)
    assert isinstance(loaded.engine, EndpointSettings)
    assert loaded.engine.token is not None
    assert loaded.engine.token.get_secret_value() == "hidden-token"
    assert "hidden-token" not in repr(loaded)


def workspace(token: Answer, discover: Answer | None = None) -> dict[str, Answer]:
    """Answers of a workspace that issues tokens in its own way."""

    async def known(request: web.Request) -> web.Response:
        base = f"http://{request.host}/oidc/v1"
        return web.json_response({"authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token"})

    ready = saying(200, json.dumps({"state": {"ready": "READY"}}))
    return {"well-known": discover or known, "token": token, "endpoints": ready}


def issuing(seconds: int) -> Answer:
    token = {"access_token": "a-token", "token_type": "Bearer", "expires_in": seconds}
    return saying(200, json.dumps(token), **{"Content-Type": "application/json"})


def test_a_sign_in_slower_than_a_look_is_there_for_the_next_one(emulator: RunningEmulator) -> None:
    quick = issuing(3600)

    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(1.5)
        return await quick(request)

    with listening(by_path(workspace(slow))) as server:
        control = open_control(EndpointSettings(url=server.url, name="e", auth="databricks"))
        first = control.status()
        assert first.state is EndpointState.UNKNOWN
        while (status := control.status()).state is EndpointState.UNKNOWN:
            continue
        assert status.state is EndpointState.READY
        assert len([path for path in server.paths if "token" in path]) == 1


@pytest.mark.parametrize("answer", [saying(200, "<html>Sign in</html>"), saying(500), saying(401, "no")])
def test_no_token_at_a_first_sign_in_is_an_error(emulator: RunningEmulator, answer: Answer) -> None:
    with listening(by_path(workspace(answer))) as server:
        control = open_control(EndpointSettings(url=server.url, name="e", auth="databricks"))
        with pytest.raises(EngineError, match="Databricks") as caught:
            control.status()
    assert "html" not in str(caught.value)


def test_a_sign_in_out_of_reach_is_no_answer(emulator: RunningEmulator) -> None:
    nowhere = "http://127.0.0.1:9/token"
    known = saying(200, json.dumps({"authorization_endpoint": nowhere, "token_endpoint": nowhere}))
    with listening(by_path(workspace(issuing(3600), known))) as server:
        control = open_control(EndpointSettings(url=server.url, name="e", auth="databricks"))
        assert control.status().state is EndpointState.UNKNOWN
        with pytest.raises(EngineUnavailable):
            control.wake()
        assert not control.answers()
        assert not [path for path in server.paths if "serving-endpoints" in path]


def test_credentials_that_were_good_once_may_be_so_again(emulator: RunningEmulator) -> None:
    answers = workspace(issuing(1))  # so short a life that each use renews it
    with listening(by_path(answers)) as server:
        auth = Databricks(server.url, None, kept_seconds=0)
        good = asyncio.run(auth.headers())
        answers["token"] = saying(503, "busy")
        with pytest.raises(EngineUnavailable, match="renewed"):
            asyncio.run(auth.headers())
        answers["token"] = issuing(1)
        assert asyncio.run(auth.headers()) == good == {"Authorization": "Bearer a-token"}
