"""`jsl-pipeline evaluate`: records scored against labels."""

from pathlib import Path
from typing import Annotated

import typer

from jsl_pipeline.cli.console import JsonOption, StoreOption, err, out, print_json


def evaluate(
    labels: Annotated[Path, typer.Argument(help="Folder of label files (JSON), one a document.")],
    store: StoreOption = None,
    documents: Annotated[
        str | None,
        typer.Option("--documents", help="Folder or URL of documents: read them first, into --store or for this once."),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option("--engine", help="Who reads --documents: ocr, endpoint, vllm or jsl. (setting `engine.kind`)"),
    ] = None,
    against: Annotated[
        str | None, typer.Option("--against", help="Another store of the same documents, to compare with.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="HTML file to write. It shows patients' documents: its mode is 0600."),
    ] = None,
    worst: Annotated[
        int, typer.Option("--worst", min=0, help="Documents that --report shows side by side with their labels.")
    ] = 10,
    second_opinion: Annotated[
        bool, typer.Option("--second-opinion", help="Score with ANLS* and stickler besides. (extra `evaluation`)")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Score records against LABELS: precision, recall and F1 a field, overall and by family, and what is unmarked.

    The records are those of the store. With --documents they are read first, by the engine that is set; without
    --store they are kept in a temporary one that is removed in the end. With --against, another store of the same
    documents is scored by the same labels, and each field is said to be better, worse, or not to be told.
    """
    from datetime import date

    from jsl_pipeline.cli.scored_stores import store_to_score
    from jsl_pipeline.evaluation import check_second_opinion, evaluate, load_labels, render, score_store
    from jsl_pipeline.evaluation.html import Shown, check_html, write_html
    from jsl_pipeline.settings import load_settings

    if report:
        check_html(report)
    if second_opinion:
        check_second_opinion()
    truth = load_labels(labels)
    other = score_store(truth, load_settings(store=against).open_store()) if against else None
    with store_to_score(store, documents, engine, err) as opened:
        scored = score_store(truth, opened)
        result = evaluate(scored, other, second_opinion)
        if report:
            write_html(report, result, Shown(scored, opened, other), worst, date.today())
    if json:
        print_json(result.model_dump_json())
    else:
        out.print(render(result))
