"""The control API, as Databricks' own SDK sees it."""

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound, PermissionDenied, Unauthenticated
from databricks.sdk.service.serving import ChatMessage, ChatMessageRole, DataframeSplitInput
from emulator_client import chat, encoded, get, post, posts
from prometheus_client import parser as prometheus
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from jsl_pipeline.emulator import EmulatorSettings, Fault, Latency, ScaleToZero, State, running


@pytest.fixture(autouse=True)
def _no_own_workspace(monkeypatch, tmp_path):
    for name in ("HOST", "TOKEN", "CLIENT_ID", "CLIENT_SECRET", "AUTH_TYPE", "CONFIG_PROFILE"):
        monkeypatch.delenv(f"DATABRICKS_{name}", raising=False)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(tmp_path / "none"))


def static(emulator, token="emulator-token"):
    return WorkspaceClient(host=emulator.url, token=token)


def oauth(emulator, secret="emulator-secret"):
    return WorkspaceClient(host=emulator.url, client_id="emulator-client", client_secret=secret)


@pytest.mark.parametrize("client", [static, oauth])
def test_the_sdk_gets_lists_and_queries(client):
    settings = EmulatorSettings(port=0, workload_type="MULTIGPU_MEDIUM", slots=6)
    with running(settings) as emulator:
        serving = client(emulator).serving_endpoints
        endpoint = serving.get("jsl-vl")
        [entity] = endpoint.config.served_entities
        assert (endpoint.state.ready.value, endpoint.state.config_update.value) == ("READY", "NOT_UPDATING")
        assert (entity.max_provisioned_concurrency, entity.scale_to_zero_enabled) == (6, True)
        assert entity.workload_type.value == "MULTIGPU_MEDIUM"
        assert entity.state.deployment.value == "DEPLOYMENT_READY"
        assert [each.name for each in serving.list()] == ["jsl-vl"]
        split = DataframeSplitInput(columns=["image"], data=[[encoded(1)], [encoded(2)]])
        assert len(serving.query("jsl-vl", dataframe_split=split).predictions) == 2
        said = serving.query("jsl-vl", messages=[ChatMessage(role=ChatMessageRole.USER, content="Hello")])
        assert said.choices[0].message.content


def test_strangers_and_unknown_endpoints_are_refused():
    with running(EmulatorSettings(port=0)) as emulator:
        with pytest.raises(PermissionDenied, match="Invalid access token"):
            static(emulator, "wrong").serving_endpoints.get("jsl-vl")
        with pytest.raises((ValueError, Unauthenticated)):
            oauth(emulator, "wrong").serving_endpoints.get("jsl-vl")
        with pytest.raises(NotFound):
            static(emulator).serving_endpoints.get("another")
        assert get(emulator.url + "/api/2.0/serving-endpoints/another").json["error_code"] == "RESOURCE_DOES_NOT_EXIST"
        assert post(emulator.endpoint_url(), chat(), Authorization="Bearer wrong").status == 403
        assert post(emulator.endpoint_url("another"), chat()).status == 404
        assert not emulator.log


def test_an_oauth_token_ends():
    with running(EmulatorSettings(port=0, oauth_token_seconds=0.001)) as emulator, pytest.raises(PermissionDenied):
        oauth(emulator).serving_endpoints.get("jsl-vl")


def described(emulator):
    body = get(f"{emulator.url}/api/2.0/serving-endpoints/jsl-vl").json
    state, entity = body["state"], body["config"]["served_entities"][0]["state"]
    return state["ready"], state["config_update"], entity["deployment"], entity["deployment_state_message"]


def test_asking_for_the_state_does_not_wake():
    with running(EmulatorSettings(port=0)) as emulator:
        emulator.sleep_now()
        assert described(emulator) == ("READY", "NOT_UPDATING", "DEPLOYMENT_READY", "Scaled to zero")
        assert described(emulator)[3] == "Scaled to zero"
        emulator.wake_now()
        assert described(emulator)[::2] == ("NOT_READY", "DEPLOYMENT_RECOVERING")
        assert get(emulator.url + "/health").status == 503


def test_a_workspace_may_call_the_sleeping_endpoint_not_ready():
    settings = EmulatorSettings(port=0, scale_to_zero=ScaleToZero(start_asleep=True, asleep_ready="NOT_READY"))
    with running(settings) as emulator:
        assert described(emulator)[0] == "NOT_READY"


@pytest.mark.parametrize(
    ("step", "state", "told"),
    [
        ("fail", State.FAILED, ("NOT_READY", "UPDATE_FAILED", "DEPLOYMENT_FAILED")),
        ("stop", State.STOPPED, ("NOT_READY", "NOT_UPDATING", "DEPLOYMENT_ABORTED")),
        ("update", State.UPDATING, ("READY", "IN_PROGRESS", "DEPLOYMENT_CREATING")),
    ],
)
def test_scripted_states_are_told(step, state, told):
    settings = EmulatorSettings(port=0, script=[{"at_seconds": 0, "do": step, "value": 1e6}])
    with running(settings) as emulator:
        get(emulator.url + "/health")  # one request later the first step is done
        assert emulator.state is state
        assert described(emulator)[:3] == told


def test_stop_and_start():
    settings = EmulatorSettings(port=0, scale_to_zero=ScaleToZero(wake_seconds=0))
    with running(settings) as emulator:
        base = f"{emulator.url}/api/2.0/serving-endpoints/jsl-vl/config"
        assert post(f"{base}:stop", {}).status == 200
        assert emulator.state is State.STOPPED
        assert post(emulator.endpoint_url(), chat()).status == 400
        assert emulator.state is State.STOPPED  # a request does not wake it
        assert post(f"{base}:start", {}).status == 200
        assert post(emulator.endpoint_url(), chat()).status == 200


def metrics(emulator):
    text = get(f"{emulator.url}/api/2.0/serving-endpoints/jsl-vl/metrics").text
    return {family.name: family for family in text_string_to_metric_families(text)}


def test_metrics_are_openmetrics_and_tell_cards_counts_and_load():
    fault = Fault(effect="status", status=503, every=3)
    latency = Latency(request_seconds=1)
    settings = EmulatorSettings(port=0, gpus=4, slots=2, latency=latency, speed=2, faults=[fault])
    with running(settings) as emulator:
        posts(emulator.endpoint_url(), [chat(number) for number in range(6)] + [{}])
        found = metrics(emulator)
        cards = {sample.labels["gpu"]: sample.value for sample in found["gpu_usage_percentage"].samples}
        assert set(cards) == {"gpu0", "gpu1", "gpu2", "gpu3"}
        assert all(0 < busy <= 100 for busy in cards.values())
        assert all(sample.value > 0 for sample in found["gpu_mem_usage_percentage"].samples)
        assert found["request_count_total"].samples[0].value == 7
        assert found["request_4xx_count_total"].samples[0].value == 1
        assert found["request_5xx_count_total"].samples[0].value == 2
        assert found["provisioned_concurrent_requests_total"].samples[0].value == 2
        buckets = {s.labels["le"]: s.value for s in found["request_latency_ms"].samples if s.name.endswith("_bucket")}
        assert buckets["+Inf"] == 7
        assert buckets["500.0"] == 3  # refusals; those that were worked on took a second and more
        waited = next(s.value for s in found["model_queue_time_ms"].samples if s.name.endswith("_sum"))
        assert 0 < waited < 8000  # ms; two of four waited for a slot
        emulator.sleep_now()
        assert metrics(emulator)["gpu_usage_percentage"].samples[0].value == 0


def test_cards_that_the_model_does_not_use_are_idle_and_nearly_empty():
    settings = EmulatorSettings(port=0, gpus=4, used_gpus=2, latency=Latency(request_seconds=1), speed=10)
    with running(settings) as emulator:
        posts(emulator.endpoint_url(), [chat(number) for number in range(8)])
        found = metrics(emulator)
        use = {sample.labels["gpu"]: sample.value for sample in found["gpu_usage_percentage"].samples}
        memory = {sample.labels["gpu"]: sample.value for sample in found["gpu_mem_usage_percentage"].samples}
    assert min(use["gpu0"], use["gpu1"]) > 0
    assert (use["gpu2"], use["gpu3"]) == (0, 0)
    assert memory == {"gpu0": 90, "gpu1": 90, "gpu2": 2, "gpu3": 2}


def test_figures_of_a_vllm_server_tell_requests_tokens_and_times():
    latency = Latency(request_seconds=1, token_seconds=0.1)
    fault = Fault(effect="status", status=503, times=1)
    settings = EmulatorSettings(port=0, slots=2, queue=None, latency=latency, speed=20, faults=[fault])
    with running(settings) as emulator:
        posts(emulator.endpoint_url(), [chat(number) for number in range(5)])
        families = prometheus.text_string_to_metric_families(get(f"{emulator.url}/metrics").text)
        found = {sample.name: sample for family in families for sample in family.samples}
        ended = found["vllm:request_success_total"]
    assert (ended.labels["finished_reason"], ended.value) == ("error", 1)
    assert found["vllm:e2e_request_latency_seconds_count"].value == 5
    seconds = {name: found[f"vllm:request_{name}_time_seconds_sum"].value for name in ("queue", "prefill", "decode")}
    assert seconds["prefill"] >= 4
    assert seconds["decode"] == pytest.approx(0.1 * found["vllm:generation_tokens_total"].value, rel=0.01)
    assert seconds["queue"] > 0
    assert found["vllm:prompt_tokens_total"].value > 4 * 1000
    assert found["vllm:num_requests_running"].value == 0
