"""`jsl-pipeline plan`, as a user and as a script meets it."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call

_QUICK = ("--pages-per-hour", "30", "--assume", "GPU_LARGE=3", "--workers", "1", "--cores", "2")


def test_the_choice_is_printed_with_its_reasons(call_here: Call, tmp_path: Path) -> None:
    shown = call_here("plan", *_QUICK, "--deadline", "2h", "--out", "plan", "--plot", "plan.svg")
    assert shown.returncode == 0, shown.stderr
    said = " ".join(shown.stdout.split())
    assert "Choice" in said
    assert "a day ($" in said
    assert "GPU_LARGE: assumed, 3 s a page" in said
    assert "Prices were read on 2026-05-01" in said
    assert "GPU_SMALL" in said.split("Left out")[1]
    assert "…" not in shown.stdout
    assert (tmp_path / "plan.svg").exists()
    assert {each.name for each in (tmp_path / "plan").iterdir()} >= {"plan.json", "jsl_pipeline.toml"}


def test_a_plan_is_data(call_here: Call) -> None:
    made = json.loads(call_here("plan", *_QUICK, "--deadline", "90m", "--json").stdout)
    assert made["terms"]["deadline_seconds"] == 5400
    assert made["choice"]["outcome"]["p99_seconds"] <= 5400
    assert made["load"]["source"] == "30 pages in each hour"


def test_the_price_file_is_printed_and_taken_back(call_here: Call, tmp_path: Path) -> None:
    printed = call_here("plan", "--show-prices")
    assert printed.returncode == 0
    dearer = printed.stdout.replace("GPU_LARGE = 78.6", "GPU_LARGE = 786.0")
    assert dearer != printed.stdout
    (tmp_path / "prices.toml").write_text(dearer)
    costs = [
        json.loads(call_here("plan", *_QUICK, *more, "--json").stdout)["choice"]["dollars_a_day"]
        for more in ((), ("--prices", "prices.toml"))
    ]
    assert costs[1] == pytest.approx(10 * costs[0], rel=0.01)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Say the load in one way"),
        (("--pages-per-hour", "5", "--history"), "Say the load in one way"),
        (("--load", "none.csv"), "none.csv cannot be read"),
        (("--load", "wrong.csv"), "line 2: `pages` is not a number"),
        (("--history",), "no history"),
        ((*_QUICK, "--deadline", "soon"), "`--deadline` is a time such as 2h"),
        ((*_QUICK, "--deadline", "0"), "`--deadline` is a time such as 2h"),
        ((*_QUICK, "--deadline", "5s"), "The shortest found is"),
        ((*_QUICK, "--budget", "1", "--deadline", "1h"), "the cheapest is"),
        ((*_QUICK, "--budget", "0"), "more than 0 dollars"),
        ((*_QUICK, "--prices", "none.toml"), "none.toml cannot be read"),
        ((*_QUICK, "--zone", "Mars/Olympus"), "no time zone"),
        ((*_QUICK, "--plot", "plan.txt"), "plot is written as .svg"),
        (("--pages-per-hour", "5", "--assume", "GPU_XLARGE=3"), "no price of GPU_XLARGE"),
        (("--pages-per-hour", "5", "--assume", "GPU_LARGE"), "`--assume` is COMPUTE=SECONDS"),
        (("--pages-per-hour", "5", "--profile", "none.json"), "none.json cannot be read"),
        (("--pages-per-hour", "5", "--profile", "wrong.csv"), "wrong.csv is none"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    call_here: Call, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "wrong.csv").write_text("hour,pages\n0,many\n")
    refused = call_here("plan", *arguments)
    assert refused.returncode == 2
    assert sentence in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr
    assert refused.stdout == ""
