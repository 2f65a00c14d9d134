"""`jsl-pipeline models` and `package`, as a user and as a script meets them."""

import json
from pathlib import Path

from tests.cli.conftest import Call


def test_the_catalogue_is_printed(call_here: Call) -> None:
    shown = call_here("models")
    assert shown.returncode == 0
    row = next(line for line in shown.stdout.splitlines() if "Qwen/Qwen3-VL-8B-Instruct" in line)
    assert row.split() == ["Qwen/Qwen3-VL-8B-Instruct", "pages", "8.77", "17.5", "A100", "40", "GB", "A10G", "vllm"]
    assert "…" not in shown.stdout  # nothing is cut where nobody watches


def test_the_catalogue_is_data(call_here: Call) -> None:
    models = json.loads(call_here("models", "--json").stdout)["models"]
    assert {"name": "jsl_medm_vl_30b", "parameters": 30, "licensed": True}.items() <= {
        key: value for model in models if model["name"] == "jsl_medm_vl_30b" for key, value in model.items()
    }.items()


def test_what_one_model_needs_of_each_card(call_here: Call) -> None:
    shown = call_here("models", "Qwen/Qwen3-VL-8B-Instruct")
    rows = [line.split() for line in shown.stdout.splitlines() if line.split()[:2] == ["A10G", "GPU_MEDIUM"]]
    assert [(row[2], "yes" in row) for row in rows] == [("as", False), ("fp8", True)]
    cards = json.loads(call_here("models", "Qwen/Qwen3-VL-8B-Instruct", "--json").stdout)["cards"]
    assert [each["fit"]["ok"] for each in cards if each["gpu"]["name"] == "A10G"] == [False, True]
    longer = call_here("models", "Qwen/Qwen3-VL-8B-Instruct", "--max-model-len", "131072", "--json").stdout
    assert sum(each["fit"]["ok"] for each in json.loads(longer)["cards"]) < sum(each["fit"]["ok"] for each in cards)


def test_a_name_that_is_not_known_is_put_right(call_here: Call) -> None:
    refused = call_here("models", "qwen3-vl-8b-instuct")
    assert refused.returncode == 2
    assert "Is it Qwen/Qwen3-VL-8B-Instruct?" in " ".join(refused.stderr.split())


def test_an_endpoint_is_packaged(call_here: Call, tmp_path: Path) -> None:
    done = call_here("package", "Qwen/Qwen2.5-VL-3B-Instruct", "--to", "endpoint", "--name", "main.jsl.reader")
    assert done.returncode == 0
    assert done.stdout == ""
    assert "main.jsl.reader on GPU_MEDIUM" in " ".join(done.stderr.split())
    assert json.loads((tmp_path / "endpoint" / "model.json").read_text())["name"] == "main.jsl.reader"
    again = call_here("package", "Qwen/Qwen2.5-VL-3B-Instruct", "--to", "endpoint")
    assert again.returncode == 2
    assert "--force" in again.stderr


def test_a_wrong_option_is_one_sentence(call_here: Call) -> None:
    refused = call_here("package", "Qwen/Qwen2.5-VL-3B-Instruct", "--to", "endpoint", "--quantization", "fp7")
    assert refused.returncode == 2
    assert "quantization" in refused.stderr
    assert "Traceback" not in refused.stderr
