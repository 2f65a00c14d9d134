"""Whether a model has room on a card, and what is said where vLLM would fail."""

import re

import pytest

from jsl_pipeline.errors import EngineError
from jsl_pipeline.hosting import (
    GPUS,
    MODELS,
    Model,
    VllmOptions,
    check_model,
    find_gpu,
    find_model,
    fits,
    needed_bytes,
    similar_model,
)
from tests.hosting.conftest import TEXT, VISION, Write

GB = 10**9


def known(name: str) -> Model:
    model = find_model(name)
    assert model is not None
    return model


def fit(name: str, workload_type: str, **options: object):
    gpu = find_gpu(workload_type)
    assert gpu is not None
    return fits(known(name), gpu, VllmOptions.model_validate({"model": name} | options))


def test_names_are_given_once() -> None:
    assert len({model.name for model in MODELS}) == len(MODELS)
    assert len({gpu.name for gpu in GPUS}) == len(GPUS)
    workloads = [gpu.workload_type for gpu in GPUS if gpu.workload_type]
    assert len(set(workloads)) == len(workloads)


def test_the_published_medical_models_are_there() -> None:
    licensed = [model for model in MODELS if model.licensed]
    assert {model.parameters for model in licensed if model.vision} == {3, 4, 7, 8, 30}
    assert {model.parameters for model in licensed if not model.vision} == {4, 8, 14, 32}
    assert all(f"_{model.parameters:g}b" in model.name for model in licensed)


def test_what_a_model_needs() -> None:
    plain = needed_bytes(8, tokens=1000, kv_bytes_per_token=147_456)
    assert (plain.weights, plain.cache) == (16 * GB, 147_456_000)
    assert plain.total == plain.weights + plain.cache + plain.working
    assert needed_bytes(8, "fp8").weights == 8 * GB
    assert needed_bytes(8, "awq").weights == 4 * GB
    shared = needed_bytes(8, tokens=1000, kv_bytes_per_token=147_456, cards=2)
    assert (shared.weights, shared.cache) == (8 * GB, 73_728_000)


@pytest.mark.parametrize(
    ("model", "workload_type"),
    [
        ("Qwen/Qwen2.5-VL-3B-Instruct", "GPU_MEDIUM"),  # what Databricks' own page serves on an A10
        ("Qwen/Qwen3-VL-4B-Instruct", "GPU_MEDIUM"),
        ("Qwen/Qwen3-VL-8B-Instruct", "GPU_LARGE"),
        ("Qwen/Qwen3-VL-30B-A3B-Instruct", "GPU_LARGE_RTX"),
    ],
)
def test_models_have_room_where_others_serve_them(model: str, workload_type: str) -> None:
    found = fit(model, workload_type)
    assert found.ok
    assert found.pages >= 4


def test_every_way_that_is_advised_has_room() -> None:
    told = fit("Qwen/Qwen3-VL-8B-Instruct", "GPU_MEDIUM")
    assert not told.ok
    assert told.pages == 0
    for named in ('`quantization` to "fp8"', "`tensor_parallel` to 4 (MULTIGPU_MEDIUM, 4 cards)", "GPU_LARGE"):
        assert named in told.advice
    assert fit("Qwen/Qwen3-VL-8B-Instruct", "GPU_MEDIUM", quantization="fp8").ok
    assert fit("Qwen/Qwen3-VL-8B-Instruct", "MULTIGPU_MEDIUM", tensor_parallel=4).ok
    assert fit("Qwen/Qwen3-VL-8B-Instruct", "GPU_LARGE").ok


def test_a_long_page_may_be_all_that_is_too_much() -> None:
    told = fit("google/medgemma-4b-it", "GPU_SMALL", max_model_len=32768)
    shorter = re.search(r"`max_model_len` to (\d+)", told.advice)
    assert not told.ok
    assert shorter is not None
    assert fit("google/medgemma-4b-it", "GPU_SMALL", max_model_len=int(shorter[1])).ok


def test_a_workload_has_the_cards_it_has() -> None:
    told = fit("Qwen/Qwen3-VL-8B-Instruct", "GPU_MEDIUM", tensor_parallel=4)
    assert not told.ok
    assert "shared by 4 cards, and GPU_MEDIUM has 1" in told.advice
    assert "MULTIGPU_MEDIUM" in told.advice


def test_a_card_without_fp8_is_not_advised_to_use_it() -> None:
    assert "fp8" not in fit("Qwen/Qwen3-VL-8B-Instruct", "GPU_SMALL").advice


def test_options_by_vllms_own_names_count() -> None:
    name = "Qwen/Qwen3-VL-8B-Instruct"
    plain, half = fit(name, "GPU_LARGE"), fit(name, "GPU_LARGE", options={"kv_cache_dtype": "fp8"})
    assert half.needs.cache * 2 == plain.needs.cache
    assert half.pages == pytest.approx(2 * plain.pages, abs=2)
    assert fit(name, "GPU_LARGE", options={"gpu_memory_utilization": 0.5}).available == 40 * GB
    assert fit(name, "GPU_LARGE", options={"max_model_len": -1}).ok  # vLLM's own choice
    assert fit(name, "GPU_LARGE", max_sequences=3).pages == 3


def test_a_folder_is_measured_by_its_files(model_folder: Write) -> None:
    folder = str(model_folder(weights=26 * GB))
    check_model(VllmOptions(model=folder), gpu_bytes=80 * GB)
    with pytest.raises(EngineError, match=r"does not fit.*needs about 33.0 GB.*`quantization` to \"fp8\""):
        check_model(VllmOptions(model=folder), gpu_bytes=24 * GB)
    check_model(VllmOptions(model=folder, quantization="fp8"), gpu_bytes=24 * GB)
    check_model(VllmOptions(model=folder, tensor_parallel=2), gpu_bytes=24 * GB)


def test_a_folder_that_was_shrunk_is_not_shrunk_again(model_folder: Write) -> None:
    folder = str(model_folder(VISION | {"quantization_config": {"quant_method": "fp8"}}, weights=26 * GB))
    with pytest.raises(EngineError, match="does not fit") as told:
        check_model(VllmOptions(model=folder), gpu_bytes=24 * GB)
    assert "quantization" not in str(told.value)


def test_only_what_is_certain_is_refused() -> None:
    near = VllmOptions(model="Qwen/Qwen3-VL-8B-Instruct")
    assert not fit(near.model, "GPU_MEDIUM").ok  # with its margin, it has no room
    check_model(near, gpu_bytes=24 * GB)  # and vLLM may try
    with pytest.raises(EngineError, match="does not fit"):
        check_model(near, gpu_bytes=16 * GB)


def test_without_a_card_only_the_model_is_looked_at(model_folder: Write) -> None:
    check_model(VllmOptions(model=str(model_folder(weights=900 * GB))), gpu_bytes=None)


@pytest.mark.parametrize("name", ["jsl_medm_vl_30b", "jsl_meds_vl_8b", "jsl_something_new"])
def test_licensed_models_are_on_no_hub(name: str) -> None:
    with pytest.raises(EngineError, match=r"John Snow Labs' library.*`kind` to jsl.*folder of its weights"):
        check_model(VllmOptions(model=name), gpu_bytes=None)


def test_a_folder_may_be_called_as_a_licensed_model(model_folder: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = model_folder()
    folder.rename(folder.with_name("jsl_meds_vl_8b"))
    monkeypatch.chdir(folder.parent)
    check_model(VllmOptions(model="jsl_meds_vl_8b"), gpu_bytes=24 * GB)


def test_misspelt_names_are_put_right() -> None:
    with pytest.raises(EngineError, match=r"Is it Qwen/Qwen3-VL-8B-Instruct\?"):
        check_model(VllmOptions(model="Qwen3-VL-8B-Instuct"), gpu_bytes=None)
    with pytest.raises(EngineError, match="jsl_medm_vl_30b is the nearest"):
        check_model(VllmOptions(model="jsl_med_vl_30b"), gpu_bytes=None)
    assert similar_model("something else entirely") is None


@pytest.mark.parametrize("name", ["Qwen/Qwen3-VL-8B-Thinking", "somebody/finetuned-vl", "s3://bucket/model"])
def test_models_that_are_not_known_are_left_to_vllm(name: str) -> None:
    check_model(VllmOptions(model=name), gpu_bytes=1 * GB)


def test_a_model_of_text_reads_no_pages(model_folder: Write) -> None:
    options = VllmOptions(model=str(model_folder(TEXT)))
    with pytest.raises(EngineError, match="reads text alone"):
        check_model(options, gpu_bytes=None)
    check_model(options, gpu_bytes=None, vision=False)


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("tokenizer.json", "no tokenizer"),
        ("preprocessor_config.json", "how images are prepared"),
        ("chat_template.jinja", "no chat template"),
    ],
)
def test_what_is_missing_is_named(model_folder: Write, missing: str, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        check_model(VllmOptions(model=str(model_folder(without=(missing,)))), gpu_bytes=None)


def test_weights_are_missing_unless_they_are_made_up(model_folder: Write) -> None:
    folder = str(model_folder(weights=0))
    with pytest.raises(EngineError, match="no files of weights"):
        check_model(VllmOptions(model=folder), gpu_bytes=None)
    check_model(VllmOptions(model=folder, load_format="dummy"), gpu_bytes=24 * GB)


def test_a_page_may_be_longer_than_a_model_reads(model_folder: Write) -> None:
    short = VISION | {"text_config": VISION["text_config"] | {"max_position_embeddings": 8192}}
    folder = str(model_folder(short))
    with pytest.raises(EngineError, match=r"`max_model_len` is 16384 tokens.*8192"):
        check_model(VllmOptions(model=folder), gpu_bytes=None)
    check_model(VllmOptions(model=folder, max_model_len=8192), gpu_bytes=None)
