"""How fast pages of 960x1280 are read on a GPU: `make bench-gpu`, wherever there is one with vLLM. 25 minutes at most.

Models of published architectures with random weights read the same pages by bare `LLM.chat`, by the engine `vllm`, and
over vLLM's own server by `vllm bench serve` and by the engine `endpoint`; each way is a process of its own. At so many
pages at once, the first two read lists of so many, at the highest number one longer list; the other two keep so many
requests open. Answers are 400 tokens long, whatever is read. A row is written as soon as it is measured; what there is
no time for is left out and said. `--show FILE` prints the tables of rows that were written.

Imported are, besides vLLM with what it needs (torch, torchvision, transformers, pandas, aiohttp, pydantic, PIL): cv2,
json_repair, pebble, psutil, pybase64, rapidfuzz and rich. The rest of what this project depends on need not be there.
`--dry-run` takes the same path on a CPU, with the same architectures shrunk.
"""

import argparse
import io
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.figures import conditions
from bench.vllm.card import find_card, watched
from bench.vllm.models import ARCHITECTURES, Architecture, write_model
from bench.vllm.rows import Row, append, load, tables
from bench.vllm.sheets import sheets
from bench.vllm.ways import BareChat, BenchClient, InProcess, OverHttp, Way, served, set_environment
from jsl_pipeline.engines import VllmEngine, VllmSettings

_MINUTES = 25
_QUICK_MINUTES = 8
_GRACE_SECONDS = 150  # for a level that is under way when time is up, and for letting the model go
_WARM = 8  # pages read before any are measured
_FAILED = 1
_NO_GPU = 2

Level = tuple[int, int]
"""Pages at once, and pages in all."""

_FULL: tuple[Level, ...] = ((1, 3), (256, 768), (64, 128), (16, 32), (4, 8))
_QUICK: tuple[Level, ...] = ((1, 2), (256, 256), (64, 64))
_DRY: tuple[Level, ...] = ((1, 2), (4, 8))


@dataclass(frozen=True)
class Plan:
    """What is measured, the most telling first."""

    results: Path
    levels: tuple[Level, ...] = _FULL
    size: tuple[int, int] = (960, 1280)
    tokens: int = 400
    max_model_len: int = 4096
    eager: bool = False
    shrunk: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    def settings(self, model: Path) -> VllmSettings:
        """How the model is run: the pipeline's defaults, and what a bench needs."""
        return VllmSettings(
            model=str(model),
            load_format="dummy",
            max_model_len=self.max_model_len,
            max_sequences=max(at_once for at_once, _ in self.levels),
            eager=self.eager,
            max_tokens=self.tokens,
            page_tokens=self.tokens,
            start_seconds=600,
            options=self.options,
        )


def measure(plan: Plan, model: Architecture, folder: Path, kind: str, until: float) -> None:
    """Load the model, have it read, write rows; ends soon after `until`, by `time.time()`. For a process of its own."""
    os.setsid()  # so that it can be ended with all that it starts
    settings = plan.settings(folder)
    began, prepare = time.monotonic(), _prepare_seconds(folder, plan.size)
    with ExitStack() as stack:
        for number, way in enumerate(_ways(kind, settings, stack)):
            mark = number << 16  # two ways share a server, and its caches
            way.read(list(sheets(_WARM, plan.size, mark)), _WARM)
            load_seconds = time.monotonic() - began
            for at_once, pages in plan.levels:
                if time.time() > until:
                    _say(f"{model.like}, {way.name}: no time for {at_once} at once")
                    continue
                mark += 1024
                drawn = list(sheets(pages, plan.size, mark))
                # The highest number is what vLLM is set to work on: a list of any length keeps it full.
                whole_list = at_once == settings.max_sequences and kind != "http"
                with watched() as usage:
                    spent = way.read(drawn, pages if whole_list else at_once)
                row = Row(
                    model=model.like + (", shrunk" if plan.shrunk else ""),
                    way=way.name,
                    at_once=at_once,
                    pages=pages,
                    seconds=spent.seconds,
                    prompt_tokens=spent.tokens[0],
                    completion_tokens=spent.tokens[1],
                    load_seconds=load_seconds,
                    prepare_seconds=prepare,
                    gpu_busy=usage.mean_busy,
                    gpu_gb=usage.memory_gb or None,
                    **{name: seconds / pages for name, seconds in (spent.phases or {}).items()},
                )
                append(plan.results, row)
                _say(f"{row.model}, {row.way}, {at_once} at once: {row.page_seconds:.3g} s a page")


def _ways(kind: str, settings: VllmSettings, stack: ExitStack) -> Iterator[Way]:
    match kind:
        case "chat":
            bare = BareChat(settings)
            stack.callback(bare.close)
            yield bare
        case "engine":
            yield InProcess(stack.enter_context(VllmEngine(settings, _say)))
        case _:
            url = stack.enter_context(served(settings))
            yield OverHttp(url, settings)
            yield BenchClient(url, settings, Path(stack.enter_context(tempfile.TemporaryDirectory())))


def _prepare_seconds(folder: Path, size: tuple[int, int], pages: int = 8) -> float:
    """What one thread takes for a page: decoding, and the model's own image processor."""
    import torch
    from PIL import Image
    from transformers import AutoProcessor

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    processor = AutoProcessor.from_pretrained(folder)
    taken: list[float] = []
    for page in sheets(pages, size, 0):
        began = time.perf_counter()
        image = Image.open(io.BytesIO(page.image)).convert("RGB")
        processor(text=["<|vision_start|><|image_pad|><|vision_end|>"], images=[image], return_tensors="pt")
        taken.append(time.perf_counter() - began)
    torch.set_num_threads(threads)
    return sorted(taken)[pages // 2]


def run(plan: Plan, models: Sequence[Architecture], seconds: float) -> bool:
    """Measure all; whether every process came to its end. The engine comes first, should there be no time for all."""
    whole, end = True, time.time() + seconds
    jobs = [(model, kind) for model in models for kind in ("engine", "chat", "http")]
    with tempfile.TemporaryDirectory() as name:
        folders = {model.name: write_model(model, Path(name) / model.name) for model in models}
        for done, (model, kind) in enumerate(jobs):
            until = time.time() + (end - time.time()) / (len(jobs) - done)
            arguments = (plan, model, folders[model.name], kind, until)
            process = get_context("spawn").Process(target=measure, args=arguments)
            process.start()
            process.join(max(0.0, until - time.time()) + _GRACE_SECONDS)
            if process.is_alive():
                _say(f"{model.like}, {kind}: took too long, and is ended")
            _end(process.pid)
            process.join()
            if process.exitcode:
                whole = False
                _say(f"{model.like}, {kind}: ended with exit code {process.exitcode}; what it said is above")
    return whole


def _end(pid: int | None) -> None:
    """End a process and all that it left behind."""
    try:
        os.killpg(pid or 0, signal.SIGKILL) if pid else None
    except ProcessLookupError:
        return  # nothing was left


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=ARCHITECTURES, default=["8b", "3b", "30b"], metavar="MODEL")
    parser.add_argument("--quick", action="store_true", help="fewer pages, and 8 minutes at most")
    parser.add_argument("--dry-run", action="store_true", help="the same path on a CPU: no figures to keep")
    parser.add_argument("--minutes", type=float, help="at most; some two more may pass")
    parser.add_argument("--eager", action="store_true", help="without compilation: starts sooner, reads more slowly")
    parser.add_argument("--options", type=json.loads, default={}, help="further options of vLLM, as JSON")
    parser.add_argument("--results", type=Path, default=Path("var/bench-gpu.jsonl"), help="file for the rows")
    parser.add_argument("--show", type=Path, metavar="FILE", help="print the tables of such a file, and end")
    arguments = parser.parse_args()
    if arguments.show:
        print(tables(*load(arguments.show)))
        return 0
    set_environment(**({"VLLM_CPU_KVCACHE_SPACE": "1", "OMP_NUM_THREADS": "1"} if arguments.dry_run else {}))
    card = "none: a dry run" if arguments.dry_run else find_card()
    if card is None:
        _say("There is no NVIDIA GPU here, or no vLLM: nothing is measured.")
        return _NO_GPU
    levels = _DRY if arguments.dry_run else _QUICK if arguments.quick else _FULL
    plan = Plan(arguments.results.absolute(), levels, eager=arguments.eager, options=arguments.options)
    models = [ARCHITECTURES[name] for name in arguments.only]
    if arguments.dry_run:
        plan = Plan(plan.results, _DRY, (240, 320), 16, 2048, eager=True, shrunk=True, options=arguments.options)
        models = [model.shrunk() for model in models]
    under = {"gpu": card} | conditions("vllm", "torch", "transformers")
    under |= {"pages": f"{plan.size[0]}x{plan.size[1]}", "settings": json.dumps({"eager": plan.eager} | plan.options)}
    plan.results.parent.mkdir(parents=True, exist_ok=True)
    plan.results.write_text(json.dumps(under) + "\n")
    whole = run(plan, models, 60 * (arguments.minutes or (_QUICK_MINUTES if arguments.quick else _MINUTES)))
    print(tables(*load(plan.results)))
    return 0 if whole else _FAILED


if __name__ == "__main__":
    sys.exit(main())
