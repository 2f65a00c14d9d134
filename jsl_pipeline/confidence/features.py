"""What is measured of a value and of a record, as numbers by name.

What cannot be known of a value is a state of its own (`evidence:unsought`) or absent (`token`), never a bad one.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import exp, log

from jsl_pipeline.clinical import find_strengths
from jsl_pipeline.confidence.grounds import Grounds, critical
from jsl_pipeline.drugs import Status, find_drug
from jsl_pipeline.schemas import (
    Box,
    DateValue,
    Evidence,
    Issue,
    Medication,
    Reading,
    ReadingSource,
    Severity,
    TextLine,
)

Features = Mapping[str, float]
"""Numbers by name; a name that is not there counts 0."""

_KINDS = {"patient.name": "person", "prescriber.name": "person"}  # anything else is of the kind of its own name
# What must be there for a value to be understood, in the part of the record that states it.
_MEANING = {
    "strength": "strength_unit", "duration": "duration_days", "refills": "refills", "age": "age", "sex": "gender",
    "weight": "weight_kg",
}  # fmt: skip
# A letter that looks like a digit, among digits or before a unit.
_DIGIT_LIKE = re.compile(r"(?<=[\d.])[OoSsIlZB](?=\d|[a-z]{2}|\b)|(?<!\w)[OoSsIlZB]{1,5}(?=\d|\s?m[cg]\b)")
_LEAST = 1e-4  # OCR and models are never surer than that they are 1 in 10,000 wrong
_LEAST_SURE = 0.95  # of tokens: a model that is surer says nothing by it, as it is of what it invents


def value_features(grounds: Grounds) -> dict[str, Features]:
    """Features of every stated value, by its path in the record."""
    severities = _severities(grounds.issues)
    features: dict[str, Features] = {}
    for path, words in grounds.stated():
        found = grounds.evidence.get(path)
        pages = grounds.pages_of(path)
        source = _source([grounds.readings[number] for number in ([found.page_no] if found else pages)])
        features[path] = {
            f"kind:{_kind(path)}": 1.0,
            **({f"source:{source}": 1.0} if source else {}),
            **_evidence(found, source, grounds.words, pages),
            **_token(grounds.probabilities.get(path)),
            **_doubts(severities, path),
            **_understood(grounds, path),
            **_looks(_kind(path), words),
        }
    return features


def record_features(grounds: Grounds, confidences: Mapping[str, float]) -> Features:
    """Features of the record as a whole, of the confidences of its values and of what is no value's.

    `right` is the log-odds that all critical values are right if each were so for itself. They are not: errors stand
    together (102 wrong values in 50 of 312 documents, where 84 would have some if they fell evenly), and what is
    missing has no value. So the product is one feature among others, and how much it counts is fitted.
    """
    of_critical = [confidences[path] for path in confidences if critical(path)]
    severities = _severities(grounds.issues)
    return {
        "right": _log_odds_of(sum(log(each) for each in of_critical)),
        "doubted": float(any(count[Severity.DOUBT] for count in severities.values())),
        "unstated": log(1 + sum(count[Severity.MISSING] for count in severities.values())),
        "illegible": max((_illegible(lines) for lines in grounds.words.values() if lines), default=0.0),
        "amount_unclaimed": float(any(_unclaimed_amounts(grounds))),
    }


def _unclaimed_amounts(grounds: Grounds) -> Iterator[TextLine]:
    """Lines that state a strength, and that no value of the record stands on: traces of what was not taken over."""
    for number, lines in grounds.words.items():
        centres = [_centre(box) for each in grounds.evidence.values() if each.page_no == number for box in each.boxes]
        yield from (
            line
            for line in lines
            if any(map(str.isdigit, line.text))
            and not any(_holds(line.box, *centre) for centre in centres)
            and find_strengths(line.text)
        )


def log_odds(probability: float) -> float:
    """Of a probability, which counts as at least 1e-4 and at most 1 - 1e-4."""
    held = min(max(probability, _LEAST), 1 - _LEAST)
    return log(held / (1 - held))


def _log_odds_of(log_probability: float) -> float:
    return log_odds(exp(log_probability))


def _kind(path: str) -> str:
    return _KINDS.get(path, path.rpartition(".")[2])


def _source(readings: Sequence[Reading]) -> ReadingSource | None:
    """Of the page that shows the value, else of its document's: a model, where one has read any."""
    sources = {reading.source for reading in readings}
    return next((each for each in reversed(ReadingSource) if each in sources), None)


def _evidence(
    found: Evidence | None,
    source: ReadingSource | None,
    words: Mapping[int, Sequence[TextLine]],
    pages: Sequence[int],
) -> Features:
    """How the page shows the value; where the value itself is what OCR has read there, how surely it has."""
    if found is None:
        sought = bool(pages) and all(words.get(number) for number in pages)
        return {"evidence:unsupported" if sought else "evidence:unsought": 1.0}
    match = {f"evidence:{found.match}": 1.0}
    if source is not ReadingSource.OCR:
        return match
    lines = words[found.page_no]
    return match | {
        "line_unsure": _unsure(min(_read_at(box, lines) for box in found.boxes)),
        "page_unsure": _illegible(lines),
    }


def _read_at(box: Box, lines: Sequence[TextLine]) -> float:
    """Confidence of the line that a box is a part of."""
    centre = _centre(box)
    return max((each.confidence for each in lines if _holds(each.box, *centre)), default=1.0)


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _holds(box: Box, across: float, down: float) -> bool:
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]


def _unsure(confidence: float) -> float:
    """0 where OCR is sure to 1 in 10,000, 1 more for each tenfold."""
    return log(max(1 - confidence, _LEAST) / _LEAST, 10)


def _illegible(lines: Sequence[TextLine]) -> float:
    return sum(_unsure(each.confidence) for each in lines) / len(lines)


def _token(probability: float | None) -> Features:
    """How far the odds of the least likely token are below those of a sure one."""
    if probability is None:
        return {}
    return {"token_unsure": max(0.0, log_odds(_LEAST_SURE) - log_odds(probability))}


def _severities(issues: Sequence[Issue]) -> dict[str, Counter[Severity]]:
    counts: dict[str, Counter[Severity]] = {}
    for issue in issues:
        counts.setdefault(issue.field or "", Counter())[issue.severity] += 1
    return counts


def _doubts(severities: Mapping[str, Counter[Severity]], path: str) -> Features:
    """What rules say of the value itself, and of the rest of its medication.

    Doubts of anything else count for the record alone, and what is only worth knowing counts nothing.
    """
    row = path.rpartition(".")[0] if path.startswith("medications[") else None
    doubted = {field for field, count in severities.items() if count[Severity.DOUBT]}
    near = row is not None and any(each == row or each.startswith(f"{row}.") for each in doubted - {path})
    return {"own_doubt": float(path in doubted), "row_doubt": float(near)}


def _understood(grounds: Grounds, path: str) -> Features:
    """Whether the value means something: a drug of the vocabulary, a number with a unit, a day."""
    part, name = grounds.part(path), path.rpartition(".")[2]
    if isinstance(part, Medication) and name == "name":
        status = find_drug(part.name).status
        return {} if status is Status.KNOWN else {f"drug:{status}": 1.0}
    if isinstance(part, Medication) and name == "frequency":
        understood = part.frequency_per_day is not None or part.prn or (part.sig is not None and part.sig.understood)
    elif name in ("dob", "date"):
        dated: DateValue | None = getattr(part, name)
        understood = dated is not None and dated.iso is not None
    else:
        understood = name not in _MEANING or getattr(part, _MEANING[name], None) is not None
    unparsed = isinstance(part, Medication) and part.sig is not None and not part.sig.understood
    return {"not_understood": float(not understood), "directions_unparsed": float(unparsed)}


def _looks(kind: str, words: str) -> Features:
    """What a misread value often looks like, whatever it is."""
    return {
        "digit_like": float(_DIGIT_LIKE.search(words) is not None),
        "one_letter": float(len(words) == 1),
        "one_word": float(kind == "person" and len(re.findall(r"[^\W\d_]{2,}", words)) < 2),
    }
