"""`jsl-pipeline ask`."""

from typing import Annotated

import typer

from jsl_pipeline.cli.console import JsonOption, err, print_json, tell


def ask(
    question: Annotated[str, typer.Argument(help="What to ask.", show_default=False)],
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE]...", help="Scans, PDF, or UTF-8 text: .txt, .md, .csv, or - for stdin."),
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", min=1, help="Tokens of an answer. (setting `engine.max_tokens`)")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Ask the model of the setting `engine` about each page of each FILE, or without one just ask.

    Answers are plain text. They are shown and stored nowhere: the same question is asked, and paid for, anew.
    Exit code 1 where a page has no answer; its cause is told.
    """
    from jsl_pipeline.cli.answers import Answers, answers, show
    from jsl_pipeline.settings import load_settings

    given = answers(load_settings(), question, files or [], max_tokens, tell)
    if json:
        all_given = Answers(answers=tuple(given))
        print_json(all_given.model_dump_json())
        complete = all_given.complete
    else:
        complete = show(given, err)
    if not complete:
        raise typer.Exit(1)
