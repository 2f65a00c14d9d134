"""What commands share: where they print, and options that mean the same in all of them."""

import sys
from typing import Annotated

import typer
from rich.console import Console

# Where nobody watches, nothing is cut to a screen's width.
out = Console(width=None if sys.stdout.isatty() else 120)
err = Console(stderr=True)

StoreOption = Annotated[str | None, typer.Option("--store", help="URL or folder of the store. (setting `store`)")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")]


def print_json(text: str) -> None:
    """Write JSON to stdout as it stands."""
    sys.stdout.write(text + "\n")


def tell(sentence: str) -> None:
    """Write a sentence for people to stderr as it stands."""
    err.print(sentence, markup=False, highlight=False)
