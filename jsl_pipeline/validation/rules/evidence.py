"""Rules of evidence: what a record says stands on its pages, and what stands there is in the record.

They look at words that OCR or a text layer really read there, and say nothing of pages without such words.
"""

import re
from collections.abc import Iterator

from jsl_pipeline.schemas import Issue, ReadingSource
from jsl_pipeline.validation.rules.case import Reviewed, doubt, info

# What a wrong medication or a wrong patient would follow from.
_CRITICAL = re.compile(r"patient\.(?:name|dob)|medications\[\d+\]\.(?:strength|dose|frequency)")
_NAME = re.compile(r"medications\[\d+\]\.name")


def medications_on_page(case: Reviewed) -> Iterator[Issue]:
    """Each medication is named on its page. One that is not was invented, or cannot be read by anything but a model."""
    found = case.findings
    for field, medication in case.medications:
        if found and medication.page_no in found.pages and f"{field}.name" in found.unsupported:
            yield doubt("medication_unsupported", f"{field}.name", "The page does not name this medication.")


def medications_standing(case: Reviewed) -> Iterator[Issue]:
    """No medication is crossed out. What was struck is not to be taken; what was struck in part was changed by hand."""
    evidence = case.findings.evidence if case.findings else {}
    for field, _ in case.medications:
        own = (evidence.get(f"{field}.{name}") for name in ("name", "strength", "dose", "frequency"))
        if any(each is not None and each.struck for each in own):
            yield doubt("medication_struck_out", field, "A stroke goes through words of this medication on the page.")


def values_on_page(case: Reviewed) -> Iterator[Issue]:
    """Values stand on the page: those of a medication beside or under its name, where another row's are not.

    Doubtful for what does harm when wrong, else only worth knowing: addresses are written and wrapped in many ways.
    """
    if case.findings is None or not case.findings.pages.issuperset(case.readings):
        return
    nowhere = {field.removesuffix(".name") for field in case.findings.unsupported if _NAME.fullmatch(field)}
    for field in case.findings.unsupported:
        if field.rpartition(".")[0] in nowhere:
            continue  # nothing can be said of a medication that is not there
        severity = doubt if _CRITICAL.fullmatch(field) else info
        yield severity("value_unsupported", field, "The page does not show this value where it belongs.")


def medications_complete(case: Reviewed) -> Iterator[Issue]:
    """What looks like a medication on a page is in the record. A dropped row leaves no other trace."""
    for row in case.findings.rows_missed if case.findings else ():
        message = f"Page {row.page_no} names a medication with directions that the record does not have."
        yield doubt("medication_row_missing", "medications", message)


def evidence_possible(case: Reviewed) -> Iterator[Issue]:
    """Values of every page can be looked for: something that is no model has read it."""
    looked_at = case.findings.pages if case.findings else frozenset[int]()
    if any(each.source is ReadingSource.MODEL and number not in looked_at for number, each in case.readings.items()):
        message = "There are pages that a model alone has read: values were not looked for on them."
        yield info("evidence_missing", None, message)
