"""What the pipeline costs over vLLM alone, on a CPU: two ways in process, and two over HTTP, in turns in one run."""

import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.figures import Figure, Scale
from bench.vllm.models import CPU_SIZED, write_model
from bench.vllm.sheets import sheets
from bench.vllm.ways import BareChat, BenchClient, InProcess, OverHttp, Spent, Way, same_tokens, served
from jsl_pipeline.engines import VllmEngine, VllmSettings

_SIZE = (480, 640)
_SEQUENCES = 4
_TOKENS = 64
_AIM = 0.05


def overhead(folder: Path, scale: Scale) -> Iterator[Figure]:
    """Both pairs, over the same pages, rounds in turns and the other way round every second time."""
    rounds, pages = scale.count(7, 2), scale.count(24, 8)
    model = write_model(CPU_SIZED, folder / "model")
    settings = VllmSettings(
        model=str(model),
        load_format="dummy",
        max_model_len=2048,
        max_sequences=_SEQUENCES,
        eager=True,
        max_tokens=_TOKENS,
        page_tokens=_TOKENS,
    )
    with ExitStack() as stack:
        bare = BareChat(settings)
        stack.callback(bare.close)
        engine = stack.enter_context(VllmEngine(settings, print))
        url = stack.enter_context(served(settings))
        in_process = (bare, InProcess(engine))
        over_http = (BenchClient(url, settings, folder), OverHttp(url, settings))
        for section, pair, at_once in (("in process", in_process, pages), ("over HTTP", over_http, 2 * _SEQUENCES)):
            yield from _figures(section, pair, _taken(pair, rounds, pages, at_once))


def _taken(pair: tuple[Way, Way], rounds: int, pages: int, at_once: int) -> tuple[list[Spent], list[Spent]]:
    """What each way took, round by round. The first is for warming up."""
    spent: tuple[list[Spent], list[Spent]] = ([], [])
    mark = 0
    for turn in range(rounds + 1):
        order = (0, 1) if turn % 2 else (1, 0)
        for which in order:
            spent[which].append(pair[which].read(list(sheets(pages, _SIZE, mark)), at_once))
            mark += pages
    return spent[0][1:], spent[1][1:]


def _figures(section: str, pair: tuple[Way, Way], taken: tuple[list[Spent], list[Spent]]) -> Iterator[Figure]:
    medians: list[float] = []
    for way, spent in zip(pair, taken, strict=True):
        seconds = sorted(each.seconds / each.pages for each in spent)
        medians.append(statistics.median(seconds))
        detail = f"{len(spent)} rounds of {spent[0].pages} pages: {seconds[0] * 1000:.0f} to {seconds[-1] * 1000:.0f}"
        yield Figure(section, f"{way.name}, a page", medians[-1] * 1000, "ms", detail=detail)
    theirs, ours = medians
    ratios = sorted(b.seconds / a.seconds - 1 for a, b in zip(*taken, strict=True))
    over, detail = ours / theirs - 1, f"round by round {ratios[0]:.1%} to {ratios[-1]:.1%}"
    yield Figure(section, f"{pair[1].name} over {pair[0].name}", over, "%", f"<= {_AIM:.0%}", over <= _AIM, detail)
    yield from _cpu(section, pair, taken)
    same = same_tokens([*taken[0], *taken[1]])
    tokens = taken[1][0].tokens
    detail = f"{tokens[0]:.0f} tokens of prompt and image"
    yield Figure(section, "tokens of an answer", tokens[1], "", "the same on both", same, detail)


def _cpu(section: str, pair: tuple[Way, Way], taken: tuple[list[Spent], list[Spent]]) -> Iterator[Figure]:
    """Time of the process that asks, where it is this one."""
    spent = [[1000 * each.cpu_seconds / each.pages for each in some if each.cpu_seconds is not None] for some in taken]
    for way, some in zip(pair, spent, strict=True):
        if some:
            yield Figure(section, f"{way.name}, CPU of the asking process a page", statistics.median(some), "ms")
    if all(spent):
        added = statistics.median(spent[1]) - statistics.median(spent[0])
        yield Figure(section, "CPU that this pipeline adds, a page", added, "ms")
