"""`jsl-pipeline calibrate`."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from jsl_pipeline.cli.console import JsonOption, StoreOption, out, print_json, tell

if TYPE_CHECKING:
    from jsl_pipeline.evaluation.calibration import Example, Quality
    from jsl_pipeline.extraction import Reader
    from jsl_pipeline.schemas import Label
    from jsl_pipeline.store import Store
    from jsl_pipeline.validation import Rule


def calibrate(
    labels: Annotated[Path, typer.Argument(help="Folder of label files (JSON), one a document.")],
    store: StoreOption = None,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="File for the model, which the setting `validation.calibration` names."),
    ] = Path("confidence.json"),
    plot: Annotated[
        Path | None, typer.Option("--plot", help="File for reliability and review against error: .svg, .png or .pdf.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Fit confidences to documents of your own that somebody has labelled, and say how good they are.

    The model of the package is corrected, the more the more labels there are. What is told of it is measured on
    documents that it was not fitted to: the labelled ones in five parts, each judged by a model of the other four.
    """
    from datetime import date

    from jsl_pipeline.confidence import shipped_model
    from jsl_pipeline.errors import SettingsError
    from jsl_pipeline.evaluation import load_labels
    from jsl_pipeline.evaluation.calibration import calibrate as fit
    from jsl_pipeline.evaluation.calibration import cross_measure, measure
    from jsl_pipeline.evaluation.plots import plot_quality
    from jsl_pipeline.figure import check_plot
    from jsl_pipeline.settings import load_settings
    from jsl_pipeline.stages.stage import Inline, evidence_reader
    from jsl_pipeline.validation import RULES, load_rules

    if plot:
        check_plot(plot, "evaluation")
    for file in (output, *([plot] if plot else ())):
        if not file.parent.is_dir() or file.is_dir():
            raise SettingsError(f"{file} cannot be written: its folder does not exist, or it is one itself.")
    settings = load_settings(store=store)
    truth = load_labels(labels)
    rules = (*RULES, *load_rules(settings.validation.rules))
    ocr = evidence_reader(settings, Inline(settings.workers), tell)
    examples = read_examples(settings.open_store(), truth, rules, ocr)
    prior = shipped_model()
    model = fit(examples, prior, f"{len(examples)} labelled documents", date.today())
    quality = cross_measure(examples, prior)
    output.write_text(model.model_dump_json(indent=1) + "\n")
    if plot:
        plot_quality(quality, plot)
    if json:
        print_json(quality.model_dump_json())
    else:
        out.print(_table({"as shipped": measure(examples, prior), "calibrated": quality}))
        out.print(_thresholds(quality))
    tell(f"Model: {output}; set validation.calibration to it" + (f"; plot: {plot}" if plot else ""))


def read_examples(
    store: "Store", labels: "Sequence[Label]", rules: "Sequence[Rule] | None" = None, ocr: "Reader | None" = None
) -> "list[Example]":
    """The labelled documents of a store, in the order of the labels; of one in several batches the last.

    `ocr` finds words for scans that a model alone has read, as validation does, and reads none again.
    """
    from datetime import UTC

    from jsl_pipeline.evaluation.calibration import example
    from jsl_pipeline.stages.validate import read_documents
    from jsl_pipeline.validation import RULES

    wanted = {PurePosixPath(label.file).name: label for label in labels}
    found: dict[str, Example] = {}
    for batch in sorted(store.tables.batches("extractions")):
        today = store.manifests.get(batch).closed_at.astimezone(UTC).date()
        for read in read_documents(store, batch, ocr):
            name = PurePosixPath(read.source.path).name
            if name in wanted:
                source = read.source
                found[name] = example(
                    wanted[name],
                    source.document_id,
                    source.pages,
                    read.readings,
                    read.blank,
                    today=today,
                    rules=RULES if rules is None else rules,
                )
    return [found[name] for name in wanted if name in found]


def _table(qualities: "dict[str, Quality]") -> Table:
    table = Table("", "of", "right", "wrong", "AUROC", "95 % interval", "calibration error")
    for name, quality in qualities.items():
        kinds = {"values": quality.values, "critical values": quality.critical, "records": quality.records}
        for kind, measured in kinds.items():
            ranking = measured.ranking
            shown = ("-", "-") if ranking.auroc is None else (
                f"{ranking.auroc:.3f}", f"{ranking.low:.3f}-{ranking.high:.3f}"
            )  # fmt: skip
            error = f"{measured.reliability.error:.4f}"
            table.add_row(name, kind, str(ranking.right), str(ranking.wrong), *shown, error)
            name = ""
    return table


def _thresholds(quality: "Quality") -> Table:
    """Of all thresholds those at which the share of review passes another twentieth."""
    table = Table("review_below", "records to review", "critical values wrong and unmarked")
    last = -1
    for each in quality.trades:
        step = int(each.review * 20)
        if step > last:
            table.add_row(f"{each.review_below:.3f}", f"{each.review:.1%}", f"{each.unmarked:.2%}")
            last = step
    return table
