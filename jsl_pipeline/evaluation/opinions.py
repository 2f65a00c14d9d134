"""What metrics of others say of the same documents: they match rows and count in their own ways.

They read the words as written, without the normalisation of `evaluation.normal`: where they and the field scores
disagree, either that normalisation or our matching of rows is worth a look. They do not tell invented from wrong, nor
marked from unmarked, so they do not stand for the field scores.

- ANLS* (D. Peer et al., 2024, arXiv:2402.03848): likeness of letters over the record as a tree, its rows in any order.
- stickler (AWS Labs): agreement of fields; critical ones must be the same but for case and spaces, and weigh threefold;
  what neither side says agrees. Besides, its medications as rows: right where 70 % of a row's weight is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import Field

from jsl_pipeline.errors import MissingExtra
from jsl_pipeline.evaluation.comparison import Compared, compare_shares
from jsl_pipeline.evaluation.documents import CRITICAL, ScoredDocument, ScoredSet
from jsl_pipeline.evaluation.paths import text_at
from jsl_pipeline.evaluation.rates import Counts, Rate, rates
from jsl_pipeline.evaluation.values import MEDICATION_FIELDS, PATIENT_FIELDS, PRESCRIBER_FIELDS
from jsl_pipeline.schemas import Label, PatientRecord, Prescription, Value

_PARTS: Mapping[str, Iterable[str]] = {"patient": PATIENT_FIELDS, "prescriber": PRESCRIBER_FIELDS}
_CRITICAL_WEIGHT = 3.0
_SAME_ROW = 0.7
_ALIKE = 0.8  # share of letters that two texts of no critical field have in common

_Tree = dict[str, Any]
_Share = tuple[float, float]  # a part and its whole
_METRICS = ("ANLS*", "stickler", "stickler, medication rows")
_Measure = Callable[[_Tree, _Tree], Sequence[_Share]]  # one share for each of the metrics


class Opinion(Value):
    """A metric over all documents. A document of which neither side says anything does not count."""

    overall: Rate
    by_family: dict[str, Rate]
    compared: Compared | None = Field(default=None, description="Beside the other side, where there is one.")


def check_second_opinion() -> None:
    """Tell before the work what would fail after it. Raises MissingExtra."""
    _load_metrics()


def second_opinions(scored: ScoredSet, against: ScoredSet | None = None) -> dict[str, Opinion]:
    """By the name of the metric. Raises MissingExtra where the packages of the extra `evaluation` are not there."""
    measure = _load_metrics()
    here = _shares(scored.documents, measure)
    compared = compare_shares(*here, *_shares(against.documents, measure)) if against else [None] * len(_METRICS)
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for at, document in enumerate(scored.documents):
        rows[document.family].append(at)
    families = {family: rates(here[0][rows[family]], here[1][rows[family]]) for family in sorted(rows)}
    return {
        name: Opinion(
            overall=rate,
            by_family={family: shares[at] for family, shares in families.items()},
            compared=compared[at],
        )
        for at, (name, rate) in enumerate(zip(_METRICS, rates(*here), strict=True))
    }


def _load_metrics() -> _Measure:
    try:
        from anls_star import anls_score
        from stickler import StructuredModel
    except ModuleNotFoundError:
        raise MissingExtra("evaluation", "A second opinion") from None
    model: Any = StructuredModel.model_from_json(_stickler_model())
    anls: Any = anls_score

    def measure(said: _Tree, given: _Tree) -> Sequence[_Share]:
        compared = model(**said).compare_with(model(**given), include_confusion_matrix=True)
        rows = compared["confusion_matrix"]["fields"]["medications"]["overall"]
        mean_rows = rows["tp"] + rows["fd"] + (rows["fa"] + rows["fn"]) / 2
        return (anls(said, given), 1.0), (compared["overall_score"], 1.0), (rows["tp"], mean_rows)

    return measure


def _stickler_model() -> _Tree:
    parts: dict[str, _Tree] = {
        part: {"type": "structured_model", "fields": {name: _field(f"{part}.{name}") for name in names}, "default": {}}
        for part, names in _PARTS.items()
    }
    medications: _Tree = {
        "type": "list_structured_model",
        "match_threshold": _SAME_ROW,
        "fields": {name: _field(f"medications.{name}") for name in MEDICATION_FIELDS},
        "default": [],
    }
    return {"model_name": "Document", "fields": {**parts, "date": _field("date"), "medications": medications}}


def _field(name: str) -> _Tree:
    if name in CRITICAL:
        same: _Tree = {
            "comparator": "NormalizedComparator",
            "comparator_config": {"ignore_punctuation": False},  # or 7.5 mg would be 75 mg
            "threshold": 1.0,
        }
        return {"type": "str", "default": None, "weight": _CRITICAL_WEIGHT, **same}
    return {"type": "str", "default": None, "comparator": "LevenshteinComparator", "threshold": _ALIKE}


def _shares(documents: Sequence[ScoredDocument], measure: _Measure) -> tuple[Counts, Counts]:
    """Parts and wholes: a row a document, a column a metric."""
    found = np.zeros((len(documents), len(_METRICS), 2))
    for at, document in enumerate(documents):
        said, given = _tree(document.label), _tree(document.extracted.record)
        if said or given:
            found[at] = measure(said, given)
    return found[..., 0], found[..., 1]


def _tree(document: Label | Prescription | PatientRecord | None) -> _Tree:
    """What a document says, in its own words; what it does not say is left out."""
    tree = {part: _texts(document, part, names) for part, names in _PARTS.items()}
    count = 0 if document is None or isinstance(document, PatientRecord) else len(document.medications)
    rows = [_texts(document, f"medications[{at}]", MEDICATION_FIELDS) for at in range(count)]
    return {
        name: part for name, part in {**tree, "date": text_at(document, "date"), "medications": rows}.items() if part
    }


def _texts(document: Value | None, part: str, names: Iterable[str]) -> dict[str, str]:
    texts = {name: text_at(document, f"{part}.{name}") for name in names}
    return {name: text for name, text in texts.items() if text and (name, text) != ("prn", "no")}
