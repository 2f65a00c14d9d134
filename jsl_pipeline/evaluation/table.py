"""An evaluation as tables for a terminal. They show places and figures, never content."""

from collections import Counter

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from jsl_pipeline.evaluation.comparison import Comparison, Verdict
from jsl_pipeline.evaluation.documents import Failure
from jsl_pipeline.evaluation.opinions import Opinion
from jsl_pipeline.evaluation.rates import Rate
from jsl_pipeline.evaluation.report import EvaluationReport
from jsl_pipeline.evaluation.scores import UNMARKED_LIMIT, GroupScore

_GOOD, _FAIR = 0.95, 0.80
_FIRST_COLUMN = 14  # characters that stay together
_VERDICTS = {Verdict.BETTER: "green", Verdict.WORSE: "red", Verdict.EQUAL: "dim", Verdict.UNTOLD: "yellow"}
_FAMILY_FIELDS = {
    "drug": "medications.name",
    "strength": "medications.strength",
    "per day": "medications.frequency_per_day",
    "whole row": "medications.whole",
    "patient": "patient.name",
    "prescriber": "prescriber.name",
    "date": "date",
}


def render(report: EvaluationReport) -> RenderableType:
    """Tables: every field with its counts and rates, what is critical, groups side by side, failures, a comparison."""
    rows = report.overall.medications
    invented = f"{rows.invented} medications invented, {rows.invented_where_none} of them where the page names none"
    parts: list[RenderableType] = [
        _fields(report.overall),
        Text(f"{rows.missed} of {rows.labelled} medications missed, {rows.misread} misread; {invented}"),
        _critical(report),
        _groups("F1 by family", report.by_family),
        _groups("F1 by status", report.by_status),
    ]
    if report.opinions:
        parts.append(_opinions(report.opinions))
    if report.failures:
        parts.append(_failures(report.failures))
    if report.unlabelled:
        parts.append(Text(f"{report.unlabelled} documents have no label and are not scored", style="dim"))
    if report.comparison:
        parts.append(_comparison(report.comparison))
    return Group(*parts)


def _critical(report: EvaluationReport) -> Table:
    """Of the fields where a wrong value can harm, what nobody is asked to look at."""
    table = _table("Critical values: drug, strength, dose, times a day, patient's name and birth date", "")
    for name in ("documents", "in review", "values", "wrong", "missed", "invented"):
        table.add_column(name, justify="right")
    for name in ("unmarked\nmissed", "unmarked\nwrong", "share", "95 %"):
        table.add_column(name, justify="right", no_wrap=name == "95 %")
    for name, group in (("all", report.overall), *report.by_family.items()):
        score = group.critical
        counts = (score.wrong, score.missed, score.invented, score.unmarked_missed, score.unmarked_wrong)
        share = score.unmarked.value
        shown = Text("-", style="dim") if share is None else Text(f"{share:.2%}", style=_harm(share))
        table.add_row(
            name,
            *(str(each) for each in (group.documents, group.in_review or "", score.values)),
            *(str(each or "") for each in counts),
            shown,
            _interval(score.unmarked, percent=True),
        )
    return table


def _opinions(opinions: dict[str, Opinion]) -> Table:
    """Metrics of others, and where there is another side, what they say of it."""
    table = _table("Second opinion", "metric")
    sides = any(opinion.compared for opinion in opinions.values())
    for name in ("this", "95 %", *(("against", "difference", "") if sides else ())):
        table.add_column(name, justify="right")
    for name, opinion in opinions.items():
        row: list[Text | str] = [_rate(opinion.overall), _interval(opinion.overall)]
        if opinion.compared and opinion.compared.difference.value is not None:
            verdict = opinion.compared.verdict
            row += [f"{opinion.compared.against:.3f}", f"{opinion.compared.difference.value:+.3f}"]
            row.append(Text(verdict.value, style=_VERDICTS[verdict]))
        table.add_row(name, *row)
    return table


def _failures(failures: tuple[Failure, ...]) -> Table:
    """How many documents and pages failed, and why; which ones is in the JSON and in the report for a browser."""
    table = _table("Not read, and counted as missed", "reason")
    table.add_column("documents", justify="right")
    table.add_column("pages", justify="right")
    documents = Counter(each.code for each in failures if each.page_no is None)
    pages = Counter(each.code for each in failures if each.page_no is not None)
    for code in sorted({*documents, *pages}):
        table.add_row(code, str(documents[code] or ""), str(pages[code] or ""))
    return table


def _comparison(comparison: Comparison) -> Table:
    """Both sides by field, and what their difference shows; fields that are equal in every document are left out."""
    differing = f"{len(comparison.documents)} of {comparison.against.documents} documents differ"
    table = _table(f"F1 against the other store: {differing}", "field")
    for name in ("this", "against", "difference", "95 %", "documents better", "worse", ""):
        table.add_column(name, justify="right")
    rows = {**comparison.fields, "critical fields": comparison.critical, "unmarked and wrong": comparison.unmarked}
    for name, each in rows.items():
        if each.verdict is Verdict.EQUAL:
            continue
        interval = "" if each.difference.low is None else f"{each.difference.low:+.3f} {each.difference.high:+.3f}"
        table.add_row(
            name,
            *("-" if share is None else f"{share:.3f}" for share in (each.this, each.against)),
            "-" if each.difference.value is None else f"{each.difference.value:+.3f}",
            interval,
            str(each.documents_better or ""),
            str(each.documents_worse or ""),
            Text(each.verdict.value, style=_VERDICTS[each.verdict]),
        )
    return table


def _fields(score: GroupScore) -> Table:
    table = _table(f"{score.documents} labelled documents", "field")
    for name in ("labelled", "correct", "wrong", "missed", "invented", "precision", "recall", "F1", "95 %"):
        table.add_column(name, justify="right")
    for name, field in score.fields.items():
        counts = [
            str(each or "") for each in (field.labelled, field.correct, field.wrong, field.missed, field.invented)
        ]
        table.add_row(name, *counts, _rate(field.precision), _rate(field.recall), _rate(field.f1), _interval(field.f1))
    return table


def _groups(title: str, groups: dict[str, GroupScore]) -> Table:
    table = _table(title, "")
    for name in ("documents", *_FAMILY_FIELDS, "invented", "missed"):
        table.add_column(name, justify="right")
    for name, group in groups.items():
        scores = [group.fields.get(field) for field in _FAMILY_FIELDS.values()]
        cells = [_rate(score.f1 if score else Rate(value=None)) for score in scores]
        rows = group.medications
        table.add_row(name, str(group.documents), *cells, str(rows.invented or ""), str(rows.missed or ""))
    return table


def _table(title: str, first: str) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", collapse_padding=True, pad_edge=False)
    table.add_column(first, min_width=_FIRST_COLUMN, overflow="fold")
    return table


def _interval(rate: Rate, percent: bool = False) -> str:
    if rate.low is None or rate.high is None:
        return ""
    return f"{rate.low:.1%}-{rate.high:.1%}" if percent else f"{rate.low:.2f}-{rate.high:.2f}"


def _harm(share: float) -> str:
    return "green" if share < UNMARKED_LIMIT else "red"


def _rate(rate: Rate) -> Text:
    if rate.value is None:
        return Text("-", style="dim")
    colour = "green" if rate.value >= _GOOD else "yellow" if rate.value >= _FAIR else "red"
    return Text(f"{rate.value:.3f}", style=colour)
