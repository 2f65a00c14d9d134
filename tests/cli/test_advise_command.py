"""`jsl-pipeline advise` on recorded days and on live endpoints."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from jsl_pipeline.emulator import EmulatorSettings, running
from jsl_pipeline.serving import Card, EndpointState, EndpointStatus, Sample
from jsl_pipeline.store import Store
from tests.cli.conftest import Call

DAY = datetime(2026, 11, 18, tzinfo=UTC)
ENGINE = {"JSL_ENGINE__KIND": "endpoint", "JSL_ENGINE__NAME": "jsl-vl", "JSL_ENGINE__TOKEN": "env:EMULATOR_TOKEN"}
ENGINE |= {"EMULATOR_TOKEN": "emulator-token", "JSL_ENGINE__URL": "http://127.0.0.1:9"}


@pytest.fixture
def recorded(tmp_path: Path) -> str:
    """Four cards, two in use in working hours, awake all day."""
    store = str(tmp_path / "store")
    usage = Store(store).usage("jsl-vl")
    status = EndpointStatus(state=EndpointState.READY, concurrency=4, workload_type="MULTIGPU_MEDIUM")
    for minute in range(0, 24 * 60, 4):
        at = DAY + timedelta(minutes=minute)
        busy = 8 <= at.hour < 18
        cards = tuple(Card(name=f"gpu{n}", use=0.7 * busy * (n < 2), memory=0.9 if n < 2 else 0.02) for n in range(4))
        usage.add(
            Sample(at=at, status=status, cards=cards, requests=60.0 * busy, refused=0, failed=0, window_seconds=60)
        )
    return store


def test_a_recorded_day_is_told_as_a_table_with_money_and_a_plot(
    recorded: str, call_here: Call, tmp_path: Path
) -> None:
    done = call_here("advise", "--day", "2026-11-18", "--store", recorded, "--plot", "day.svg", **ENGINE)
    assert done.returncode == 0
    told = " ".join(done.stdout.split())
    assert told.startswith("jsl-vl, 2026-11-18 00:00 to 2026-11-19 00:00 UTC: 360 samples, $7.84 an hour awake")
    assert "2 of 4 cards" in told
    assert "Plot: day.svg" in done.stderr
    drawn = (tmp_path / "day.svg").read_text()
    assert ElementTree.fromstring(drawn).tag.endswith("svg")


def test_json_holds_findings_and_figures_and_nothing_else_is_printed(recorded: str, call_here: Call) -> None:
    done = call_here("advise", "--since", "2026-11-18T00:00", "--store", recorded, "--json", **ENGINE)
    advice = json.loads(done.stdout)
    assert [each["code"] for each in advice["findings"]] == ["idle_hours", "idle_cards"]
    assert all(each["dollars_a_day"] > 0 for each in advice["findings"])
    assert advice["figures"]["samples"] == 360


def test_a_live_endpoint_is_watched_for_the_time_given(call_here: Call, tmp_path: Path) -> None:
    with running(EmulatorSettings(port=0, gpus=2)) as emulator:
        done = call_here("advise", "--minutes", "0.05", "--json", **ENGINE | {"JSL_ENGINE__URL": emulator.url})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["figures"]["samples"] >= 2
    assert "Watching the endpoint" in done.stderr
    assert not (tmp_path / "var").exists(), "looking left something in the store"


def test_a_vllm_server_is_watched_as_well(call_here: Call) -> None:
    with running(EmulatorSettings(port=0)) as emulator:
        own = ENGINE | {"JSL_ENGINE__URL": emulator.url}
        del own["JSL_ENGINE__NAME"]
        done = call_here("advise", "--minutes", "0.05", "--json", **own)
    figures = json.loads(done.stdout)["figures"]
    assert figures["measured"] == figures["samples"] >= 2


def test_nothing_recorded_is_a_sentence_with_what_to_do(call_here: Call) -> None:
    done = call_here("advise", **ENGINE)
    assert done.returncode == 0
    assert "Nothing was recorded" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--day", "yesterday"), "2026-11-21"),
        (("--since", "noon"), "2026-11-21T08:00"),
        (("--day", "2026-11-18", "--minutes", "5"), "one of --minutes, --day and --since"),
        (("--plot", "day.bmp"), ".svg, .png, .pdf"),
    ],
)
def test_a_wrong_call_is_one_sentence(arguments: tuple[str, ...], says: str, call_here: Call) -> None:
    done = call_here("advise", *arguments, **ENGINE)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in " ".join(done.stderr.split())


def test_without_an_endpoint_the_setting_is_named(call_here: Call) -> None:
    done = call_here("advise", JSL_ENGINE__KIND="ocr")
    assert done.returncode == 2
    assert "JSL_ENGINE__KIND=endpoint" in " ".join(done.stderr.split())
