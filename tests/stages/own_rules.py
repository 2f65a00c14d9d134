"""Rules as a user would write them."""

from collections.abc import Iterator
from multiprocessing import parent_process

from jsl_pipeline.schemas import Issue
from jsl_pipeline.validation import Reviewed, doubt, info

NOT_A_RULE = 7


def no_ibuprofen(case: Reviewed) -> Iterator[Issue]:
    """This clinic never gives it."""
    for field, medication in case.medications:
        if medication.name == "Ibuprofen":
            yield doubt("not_in_formulary", f"{field}.name", "The clinic does not give this drug.")


def tells_where_it_runs(case: Reviewed) -> Iterator[Issue]:
    """In a worker, or where the stage was called."""
    yield info("in_worker" if parent_process() else "in_caller", None, "The rule was run.")


def breaks(case: Reviewed) -> Iterator[Issue]:
    """Breaks on every document, quoting it."""
    raise LookupError(case.record.patient.name)


def yields_words(case: Reviewed) -> Iterator[str]:
    """Yields what is no issue."""
    yield str(case.record.patient.name)
