"""An evaluation as one HTML file, for whoever answers for it and for whoever mends it.

It shows what patients' documents say: it is written for its owner's eyes alone (mode 0600), and asks for nothing from
elsewhere when it is opened.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from jsl_pipeline.errors import MissingExtra, SettingsError
from jsl_pipeline.evaluation.documents import CRITICAL, ScoredDocument, ScoredSet
from jsl_pipeline.evaluation.html.pictures import pictures
from jsl_pipeline.evaluation.html.views import DocumentView, view
from jsl_pipeline.evaluation.report import EvaluationReport
from jsl_pipeline.evaluation.scores import UNMARKED_LIMIT
from jsl_pipeline.store import Store

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class Shown:
    """What a report shows documents from."""

    scored: ScoredSet
    store: Store
    against: ScoredSet | None = None


def check_html(path: Path) -> None:
    """Tell before the work what would fail after it. Raises SettingsError, MissingExtra."""
    _environment()
    if path.is_dir() or not path.parent.is_dir():
        raise SettingsError("The report is a file in a folder that exists: give a name such as report.html.")
    if not os.access(path.parent, os.W_OK):
        raise SettingsError("The report cannot be written there: the folder is not writable.")


def write_html(path: Path, report: EvaluationReport, shown: Shown, worst: int, day: date) -> None:
    """Write the report, dated `day`, with the `worst` documents side by side with their labels.

    With a comparison, as many documents again of which the two sides differ most. Raises SettingsError where the file
    cannot be written, MissingExtra, StoreError.
    """
    template = _environment().get_template("report.html.j2")
    text = template.render(
        report=report,
        documents=_views(report, shown, worst),
        day=day.isoformat(),
        limit=UNMARKED_LIMIT,
        critical=CRITICAL,
    )
    try:
        # There as a whole or not at all, and nobody else's for a moment.
        with TemporaryDirectory(dir=path.parent, prefix=".report-") as folder:
            new = Path(folder, path.name)
            new.touch(mode=0o600)
            new.write_text(text, encoding="utf-8")
            os.replace(new, path)
    except OSError as error:
        raise SettingsError(f"The report cannot be written: {error.strerror or type(error).__name__}.") from None


def _environment() -> "Environment":
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ModuleNotFoundError:
        raise MissingExtra("evaluation", "A report as HTML") from None
    return Environment(
        loader=PackageLoader("jsl_pipeline.evaluation.html", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _views(report: EvaluationReport, shown: Shown, worst: int) -> list[DocumentView]:
    documents = {each.file: each for each in shown.scored.documents}
    chosen = {each.file: each for each in _worst(shown.scored.documents, worst)}
    if report.comparison:
        most = sorted(report.comparison.documents, key=lambda each: (-len(each.places), each.file))[:worst]
        chosen |= {each.file: documents[each.file] for each in most}
    others = dict(zip(documents, shown.against.documents, strict=True)) if shown.against else {}
    found = pictures(shown.store, chosen.values())
    return [view(each, others.get(file), found.get(each.extracted.document_id, ())) for file, each in chosen.items()]


def _worst(documents: Sequence[ScoredDocument], most: int) -> list[ScoredDocument]:
    """Unmarked critical mistakes first, then critical ones, then any."""
    order = sorted(
        (each for each in documents if each.mistakes or each.extracted.failures),
        key=lambda each: (
            each.marked or not each.critical_mistakes,
            -each.critical_mistakes,
            -len(each.mistakes),
            each.file,
        ),
    )
    return order[:most]
