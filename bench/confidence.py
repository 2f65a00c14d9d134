"""How good confidences are, and the model that comes with the package.

    python -m bench.confidence draw FOLDER     # then for each of its four sets: jsl-pipeline run SET --store SET-store
    python -m bench.confidence fit FOLDER      # writes jsl_pipeline/confidence/model.json
    python -m bench.confidence measure FOLDER [SAMPLES_STORE]

Sets are drawn pages and hard pages with exact labels, read by the OCR engine; what is measured on has other seeds than
what is fitted on. Faults are those of `bench.rules`, put into true answers over pages whose words are known, and are
what a model that reads the page would be accused of: half on text layers of drawn documents, half on OCR lines. The
samples are only measured on. Curves are written to FOLDER as SVG.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from bench.evidence import Case, drawn_cases, read_cases
from bench.rules import FAULTS, LABELS, TODAY
from jsl_pipeline import __version__
from jsl_pipeline.cli.calibrate import read_examples
from jsl_pipeline.confidence import ConfidenceModel, Fitted, Logistic, Ranking, shipped_model
from jsl_pipeline.evaluation import load_labels
from jsl_pipeline.evaluation.calibration import Example, Quality, example, fitted, measure
from jsl_pipeline.evaluation.plots import plot_quality
from jsl_pipeline.schemas import Label
from jsl_pipeline.store import Store
from jsl_pipeline.synthetic import write_hard, write_volume

_SETS = {"fit": 101, "hard-fit": 301, "measure": 202, "hard-measure": 402}  # with their seeds
_PAGES, _HARD = 168, 112
_DRAWN = 210
_FAULTS, _FAULTS_TO_FIT, _WORDLESS_TO_FIT = 2000, 400, 100
_FITTED_FROM = 1000  # number of the first drawn document that faults are fitted on
_TOKEN_UNSURE = -1.0  # not fitted: no set has probabilities of tokens; the odds of an unsure token count in full
_MODEL = Path(__file__).parents[1] / "jsl_pipeline" / "confidence" / "model.json"


def main() -> None:
    match sys.argv[1:]:
        case ["draw", folder]:
            _draw(Path(folder))
        case ["fit", folder]:
            _fit(Path(folder))
        case ["measure", folder, *samples]:
            _measure(Path(folder), samples)
        case _:
            sys.exit(__doc__)


def _draw(folder: Path) -> None:
    for name, seed in _SETS.items():
        if name.startswith("hard"):
            write_hard(folder / name, _HARD, seed)
        else:
            write_volume(folder / name, _PAGES, seed)


def _fit(folder: Path) -> None:
    read = [*_read(folder, "fit"), *_read(folder, "hard-fit")]
    cases = [*drawn_cases(_DRAWN, _FITTED_FROM), *read_cases("read", folder / "fit-store", folder / "fit-labels")]
    faulty = [each for _, each in fault_examples(cases, _FAULTS_TO_FIT, seed=107)]
    unseen = [each for _, each in fault_examples(cases, _WORDLESS_TO_FIT, seed=108, wordless=True)]
    examples = [*read, *faulty, *unseen]
    values, records = (_rounded(each) for each in fitted(examples))
    told = Fitted(
        on=f"bench.confidence: {len(read)} drawn pages read by OCR (seeds 101, 301), {_FAULTS_TO_FIT} faults "
        f"in answers over known words (107), {_WORDLESS_TO_FIT} over none (108), and the answers without faults",
        date=date.today().isoformat(),
        version=__version__,
        documents=len(examples),
        wrong_documents=sum(each.critical_wrong > 0 for each in examples),
        values=sum(len(each.right) for each in examples),
        wrong_values=sum(not right for each in examples for right in each.right.values()),
    )
    values = values.model_copy(update={"weights": {**values.weights, "token_unsure": _TOKEN_UNSURE}})
    _MODEL.write_text(ConfidenceModel(values=values, record=records, fitted=(told,)).model_dump_json(indent=1) + "\n")


def _rounded(model: Logistic) -> Logistic:
    weights = {name: round(weight, 3) for name, weight in sorted(model.weights.items())}
    return Logistic(intercept=round(model.intercept, 3), weights=weights)


def _read(folder: Path, name: str) -> list[Example]:
    return read_examples(Store(str(folder / f"{name}-store")), load_labels(folder / f"{name}-labels"))


def fault_examples(
    cases: Sequence[Case], count: int, seed: int, wordless: bool = False
) -> Iterator[tuple[str | None, Example]]:
    """Every true answer, and `count` with one fault of a known kind; `wordless`: on pages that nothing else has read.

    What is right is what the record of the true answer says.
    """
    rng = Random(seed)
    truths = {id(case): Label.model_validate(case.result(case.candidate).record.model_dump()) for case in cases}
    groups = [[each for each in cases if each.group == group] for group in dict.fromkeys(each.group for each in cases)]
    chosen = [(None, case, case.candidate) for case in (rng.sample(cases, count) if wordless else cases)]
    for number, (name, fault) in enumerate(FAULTS.items()):
        put = 0
        while put < count // len(FAULTS) + (number < count % len(FAULTS)):
            case = rng.choice(groups[put % len(groups)])
            changed = fault(case.candidate, rng)
            if changed is not None and changed != case.candidate:
                put += 1
                chosen.append((name, case, changed))
    for name, case, candidate in chosen:
        pages = case.readings(candidate)
        if wordless:
            pages = [each.model_copy(update={"lines": ()}) for each in pages]
        yield name, example(truths[id(case)], "d" * 64, len(pages), pages, today=TODAY)


def _measure(folder: Path, samples: Sequence[str]) -> None:
    cases = list(drawn_cases(_DRAWN))
    cases += read_cases("samples", Path(samples[0]), LABELS) if samples else ()
    faulty = list(fault_examples(cases, _FAULTS, seed=7))
    drawn, hard = _read(folder, "measure"), _read(folder, "hard-measure")
    sets = {
        "faults, and the same answers without": [each for _, each in faulty],
        "drawn pages, OCR": drawn,
        "hard pages, OCR": hard,
        "drawn and hard, OCR": [*drawn, *hard],
    }
    if samples:
        sets["samples, OCR"] = read_examples(Store(samples[0]), load_labels(LABELS))
    console, model = Console(), shipped_model()
    found = {name: measure(examples, model) for name, examples in sets.items()}
    console.print(_rankings(found))
    console.print(_trades(found, sets))
    console.print(_by_fault(faulty, model))
    console.print(_cost([each for examples in sets.values() for each in examples], model))
    for name, file in (
        ("drawn and hard, OCR", "confidence.svg"),
        ("faults, and the same answers without", "faults.svg"),
    ):
        plot_quality(found[name], folder / file)


def _rankings(found: dict[str, Quality]) -> Table:
    shown = Table("set", "of", "right", "wrong", "AUROC", "95 % interval", "calibration error")
    for name, quality in found.items():
        for of in ("values", "critical", "records"):
            each = getattr(quality, of)
            ranking: Ranking = each.ranking
            told = "-" if ranking.auroc is None else f"{ranking.auroc:.3f}"
            interval = "" if ranking.auroc is None else f"{ranking.low:.3f}-{ranking.high:.3f}"
            shown.add_row(
                name, of, str(ranking.right), str(ranking.wrong), told, interval, f"{each.reliability.error:.4f}"
            )
    return shown


def _trades(found: dict[str, Quality], sets: dict[str, list[Example]]) -> Table:
    shown = Table("set", "threshold", "to review", "of right records", "of wrong records", "unmarked and wrong")
    for name, examples in sets.items():
        model = shipped_model()
        said = [model.judge(each.grounds).record for each in examples]
        values = sum(each.critical_values for each in examples)
        for threshold in (0.0, 0.5, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
            sent = [each.doubted or own < threshold for each, own in zip(examples, said, strict=True)]
            of_right = [s for s, each in zip(sent, examples, strict=True) if not each.critical_wrong]
            of_wrong = [s for s, each in zip(sent, examples, strict=True) if each.critical_wrong]
            unmarked = sum(each.critical_wrong for s, each in zip(sent, examples, strict=True) if not s)
            shown.add_row(
                name if not threshold else "",
                f"{threshold:g}",
                f"{sum(sent) / len(sent):.1%}",
                f"{sum(of_right)} of {len(of_right)} ({sum(of_right) / max(1, len(of_right)):.1%})",
                f"{sum(of_wrong)} of {len(of_wrong)}",
                f"{unmarked} of {values} ({unmarked / values:.2%})",
            )
    return shown


def _by_fault(faulty: Sequence[tuple[str | None, Example]], model: ConfidenceModel) -> Table:
    shown = Table("fault", "records", "median confidence", "above 0.9")
    for name in dict.fromkeys(name for name, _ in faulty):
        said = sorted(model.judge(each.grounds).record for other, each in faulty if other == name)
        high = sum(each > 0.9 for each in said) / len(said)
        shown.add_row(name or "none", str(len(said)), f"{said[len(said) // 2]:.3f}", f"{high:.1%}")
    return shown


def _cost(examples: Sequence[Example], model: ConfidenceModel) -> Table:
    times: list[float] = []
    for each in examples:
        started = time.process_time()
        model.judge(each.grounds)
        times.append((time.process_time() - started) * 1e3 / max(1, len(each.grounds.readings)))
    times.sort()
    shown = Table("ms a page", "mean", "95 % within", "most")
    shown.add_row("judge", f"{sum(times) / len(times):.2f}", f"{times[len(times) * 95 // 100]:.2f}", f"{times[-1]:.2f}")
    return shown


if __name__ == "__main__":
    main()
