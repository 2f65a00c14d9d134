"""Tables that a person enjoys: the summary of a run, and the batches of a store."""

from collections.abc import Sequence

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from jsl_pipeline.cli.run import RunSummary
from jsl_pipeline.schemas import EngineCalls
from jsl_pipeline.stages import NeedsLook, Summary
from jsl_pipeline.store import Store

_LISTED = 15


def print_summary(console: Console, summary: Summary, store: Store, look: Sequence[NeedsLook], names: bool) -> None:
    """What came in, what came out, what needs a look and why, how fast, and where it lies."""
    table = Table(box=SIMPLE, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column()
    kept = f"{_count(summary.documents, 'document')}, {_count(summary.duplicates, 'duplicate')}"
    table.add_row("came in", _count(summary.files, "file"), f"{kept}, {summary.rejected} rejected")
    became = f"{summary.extracted} read, {summary.blank} blank, {summary.failed} failed"
    table.add_row("", _count(summary.pages, "page"), became)
    came_out = f"{summary.complete} complete, {summary.partial} partial, {_count(summary.medications, 'medication')}"
    table.add_row("came out", _count(summary.records, "record"), came_out)
    table.add_row("for review", _count(summary.review, "document"), "a person looks first")
    if summary.seconds_per_page is not None:
        table.add_row("reading", f"{summary.seconds_per_page:.2f} s", "a page")
    if isinstance(summary, RunSummary):
        table.add_row("this run", f"{summary.seconds:.1f} s", f"{summary.asked} pages read, the rest was there")
        if summary.asked:
            pace = summary.pace
            table.add_row("pace", f"{pace.per_second:.2f}", f"pages a second: {', '.join(pace.facts[1:])}")
        if summary.calls:
            table.add_row("endpoint", _count(summary.calls.requests, "request"), _endpoint(summary.calls))
    mark = Text("every page is in one place", "green") if summary.accounted else Text("NOT BALANCED", "bold red")
    table.add_row("accounts", "", mark)
    console.print(table)
    if look:
        console.print(_look_table(look, names))
    console.print(f"Tables: {store.tables.url('prescriptions').removesuffix('/prescriptions')}", highlight=False)


def print_status(console: Console, batches: Sequence[Summary]) -> None:
    """One line a batch."""
    if not batches:
        console.print("This store has no batches yet: `jsl-pipeline run LANDING` makes the first.")
        return
    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("batch", "files", "rejected", "duplicates", "pages", "blank", "failed", "records", "review", ""):
        table.add_column(name, justify="left" if name in ("batch", "") else "right")
    for each in batches:
        counts = (each.files, each.rejected, each.duplicates, each.pages, each.blank, each.failed)
        state = Text("done", "green") if each.accounted else Text("unfinished", "yellow")
        cells = [str(n) for n in (*counts, each.records, each.review)]
        table.add_row(each.batches[0], *cells, state)
    console.print(table)


def _endpoint(calls: EngineCalls) -> str:
    """What a reading through an endpoint met, in a line."""
    met = [f"{number} {name.replace('_', ' ')}" for name, number in (calls.faults | calls.flaws).items()]
    met += [f"{number} second look{'' if number == 1 else 's'} {name}" for name, number in calls.second_looks.items()]
    waited = [f"waited {calls.waited_seconds:.0f} s for it"] if calls.waited_seconds >= 1 else []
    return ", ".join([f"{calls.concurrency} at once", *met, *waited])


def _look_table(look: Sequence[NeedsLook], names: bool) -> Table:
    table = Table(box=SIMPLE, pad_edge=False, title="Needs a look", title_justify="left")
    table.add_column("file" if names else "document")
    table.add_column("where")
    table.add_column("why")
    for each in look[:_LISTED]:
        who = each.path if names else (each.document_id or "unreadable")[:12]
        table.add_row(Text(who), each.where.replace("_", " "), each.code.replace("_", " "))
    if len(look) > _LISTED:
        table.add_row(f"… {len(look) - _LISTED} more", "", "")
    return table


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
