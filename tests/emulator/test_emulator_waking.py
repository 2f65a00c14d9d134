"""Scale to zero: asleep, waking in each of the known manners, awake, asleep again."""

import pytest
from emulator_client import chat, post, posts

from jsl_pipeline.emulator import EmulatorSettings, ErrorBody, ScaleToZero, State, Waking, running


def asleep(waking, **zero):
    zero = {"start_asleep": True, "wake_seconds": 60, **zero}
    return EmulatorSettings(port=0, speed=1000, scale_to_zero=ScaleToZero(waking=waking, **zero))


def post_until_awake(emulator):
    """The statuses that a stubborn client sees, the last of them 200."""
    statuses = []
    while 200 not in statuses:
        statuses.append(post(emulator.endpoint_url(), chat()).status)
    return statuses


@pytest.mark.parametrize(
    ("waking", "status"),
    [
        (Waking.UNAVAILABLE, 503),
        (Waking.GATEWAY_TIMEOUT, 504),
        (Waking.THROTTLED, 429),
        (Waking.CLOSED, 0),
    ],
)
def test_while_it_wakes_requests_end_as_scripted(waking, status):
    with running(asleep(waking, wake_seconds=500)) as emulator:
        assert emulator.state is State.ASLEEP
        statuses = post_until_awake(emulator)
        assert set(statuses) == {status, 200}
        assert emulator.state is State.READY


def test_held_requests_are_answered_once_it_is_awake():
    with running(asleep(Waking.HELD)) as emulator:
        got = posts(emulator.endpoint_url(), [chat(number) for number in range(5)])
        assert [each.status for each in got] == [200] * 5
        assert min(entry.at_seconds for entry in emulator.log) >= 60


def test_a_request_is_not_held_for_longer_than_the_time_limit():
    with running(asleep(Waking.HELD, wake_seconds=1000)) as emulator:
        assert set(post_until_awake(emulator)) == {504, 200}
        assert 297 <= emulator.log[0].at_seconds < 1000


def test_even_a_bad_request_wakes():
    with running(asleep(Waking.UNAVAILABLE, wake_seconds=1e6)) as emulator:
        assert post(emulator.endpoint_url(), b"").status == 503
        assert emulator.state is State.WAKING


def test_it_sleeps_again_when_idle_and_not_before():
    with running(asleep(Waking.HELD, idle_seconds=200)) as emulator:
        post(emulator.endpoint_url(), chat())
        while (state := emulator.state) is not State.ASLEEP:
            assert state is State.READY
        assert post(emulator.endpoint_url(), chat()).status == 200
        first, second = emulator.log
        assert second.at_seconds - first.at_seconds >= 200 + 60


def test_an_endpoint_without_scale_to_zero_stays_awake():
    zero = ScaleToZero(enabled=False, idle_seconds=0.001)
    with running(EmulatorSettings(port=0, speed=1000, scale_to_zero=zero)) as emulator:
        post(emulator.endpoint_url(), chat())
        assert emulator.state is State.READY


def test_a_wake_may_fail():
    with running(asleep(Waking.HELD, failing_wakes=1)) as emulator:
        assert post(emulator.endpoint_url(), chat()).status == 503
        assert emulator.state is State.FAILED
        assert post(emulator.endpoint_url(), chat()).status == 503  # no request mends it
        emulator.wake_now()
        assert post(emulator.endpoint_url(), chat()).status == 200


@pytest.mark.parametrize(("serves", "status"), [(True, 200), (False, 503)])
def test_during_an_update_the_old_version_may_answer(serves, status):
    settings = EmulatorSettings(
        port=0,
        serves_while_updating=serves,
        scale_to_zero=ScaleToZero(waking=Waking.UNAVAILABLE),
        script=[{"at_seconds": 0, "do": "update", "value": 1e6}],
    )
    with running(settings) as emulator:
        post(emulator.endpoint_url(), chat())  # one request later the first step is done
        assert emulator.state is State.UPDATING
        assert post(emulator.endpoint_url(), chat()).status == status


@pytest.mark.parametrize("body", list(ErrorBody))
def test_errors_while_waking_take_every_form(body):
    settings = asleep(Waking.UNAVAILABLE, wake_seconds=1e6, error_body=body)
    with running(settings.model_copy(update={"retry_after_seconds": 5})) as emulator:
        got = post(emulator.endpoint_url(), chat())
    assert (got.status, got.retry_after) == (503, "5")
    match body:
        case ErrorBody.DATABRICKS:
            assert set(got.json) == {"error_code", "message"}
        case ErrorBody.ERROR:
            assert set(got.json) == {"error"}
        case ErrorBody.TEXT:
            assert "zero" in got.text
        case ErrorBody.HTML:
            assert got.text.startswith("<html>")
        case ErrorBody.EMPTY:
            assert got.text == ""
