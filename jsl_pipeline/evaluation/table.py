"""An evaluation as tables for a terminal."""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from jsl_pipeline.evaluation.report import EvaluationReport, FieldScore, GroupScore, Rate

_GOOD, _FAIR = 0.95, 0.80
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
    """Three tables: every field with its counts and rates, families side by side, and the statuses side by side."""
    rows = report.overall.medications
    invented = f"{rows.invented} medications invented, {rows.invented_where_none} of them where the page names none"
    summary = Text(f"{rows.missed} of {rows.labelled} medications missed, {rows.misread} misread; {invented}")
    parts: list[RenderableType] = [
        _fields(report.overall),
        summary,
        _groups("F1 by family", report.by_family),
        _groups("F1 by status", report.by_status),
    ]
    if report.unlabelled:
        parts.append(Text(f"{report.unlabelled} documents have no label and are not scored", style="dim"))
    return Group(*parts)


def _fields(score: GroupScore) -> Table:
    table = Table(title=f"{score.documents} labelled documents", box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("field")
    for name in ("labelled", "correct", "wrong", "missed", "invented", "precision", "recall", "F1", "95 %"):
        table.add_column(name, justify="right")
    for name, field in score.fields.items():
        counts = [
            str(each or "") for each in (field.labelled, field.correct, field.wrong, field.missed, field.invented)
        ]
        interval = "" if field.f1.low is None else f"{field.f1.low:.2f}-{field.f1.high:.2f}"
        table.add_row(name, *counts, _rate(field.precision), _rate(field.recall), _rate(field.f1), interval)
    return table


def _groups(title: str, groups: dict[str, GroupScore]) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("")
    for name in ("documents", *_FAMILY_FIELDS, "invented", "missed"):
        table.add_column(name, justify="right")
    for name, group in groups.items():
        cells = [_rate(group.fields.get(field, FieldScore()).f1) for field in _FAMILY_FIELDS.values()]
        rows = group.medications
        table.add_row(name, str(group.documents), *cells, str(rows.invented or ""), str(rows.missed or ""))
    return table


def _rate(rate: Rate) -> Text:
    if rate.value is None:
        return Text("-", style="dim")
    colour = "green" if rate.value >= _GOOD else "yellow" if rate.value >= _FAIR else "red"
    return Text(f"{rate.value:.3f}", style=colour)
