"""From the text of an answer to a candidate: parsed strictly, never trusted."""

import json
from enum import StrEnum
from typing import NoReturn, cast

from pydantic import BaseModel, Field

from jsl_pipeline.schemas import Candidate, MedicationCandidate, PatientCandidate, PrescriberCandidate, Value

MAX_ANSWER_CHARS = 256 * 1024
"""A full page of text is some 8,000 characters; beyond this an answer is a runaway, not a reading."""

# What a form or a model writes for "nothing"; of these a prescription means 'none' where it counts refills.
_NOTHING = frozenset(
    [
        "",
        "-",
        "--",
        "n/a",
        "na",
        "n.a.",
        "nil",
        "none",
        "null",
        "unknown",
        "not stated",
        "not specified",
        "not available",
    ]
)

# What models that were trained on another form call our fields; John Snow Labs' say treatment, med and freq.
_ALIASES: dict[type[BaseModel], dict[str, str]] = {
    Candidate: {"treatment": "medications", "treatments": "medications", "doctor": "prescriber"},
    PatientCandidate: {"gender": "sex", "date_of_birth": "dob"},
    MedicationCandidate: {"med": "name", "drug": "name", "medication": "name", "freq": "frequency"},
}


class CandidateErrorCode(StrEnum):
    """Why an answer is not a candidate."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_JSON = "not_json"
    WRONG_SHAPE = "wrong_shape"


class CandidateError(Value):
    """An answer that is not a candidate. The sentence holds nothing of the answer."""

    code: CandidateErrorCode
    message: str


class ParsedCandidate(Value):
    """A candidate and what had to be left out of the answer to get it."""

    candidate: Candidate
    unknown_keys: int = Field(default=0, ge=0, description="Keys that the schema does not know, dropped.")
    unnamed_medications: int = Field(default=0, ge=0, description="Medications without a name, dropped.")
    places: tuple[int, ...] = Field(default=(), description="Of each medication in the answer's list, from 0.")


def parse_candidate(text: str) -> ParsedCandidate | CandidateError:
    """Read an answer as `candidate@1`.

    The whole answer, or the first fenced block in it, must be one JSON object of the candidate's shape. Null,
    empty and placeholder texts ('N/A') are null, numbers stand for their digits, common other names of fields are
    understood, unknown keys are dropped and counted. An object that has unknown keys alone is no candidate.
    """
    if not text.strip():
        return CandidateError(code=CandidateErrorCode.EMPTY, message="The answer is empty.")
    if len(text) > MAX_ANSWER_CHARS:
        message = f"The answer is longer than {MAX_ANSWER_CHARS} characters."
        return CandidateError(code=CandidateErrorCode.TOO_LONG, message=message)
    try:
        answer = json.loads(_unfenced(text), parse_int=str, parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return CandidateError(code=CandidateErrorCode.NOT_JSON, message="The answer is not JSON.")
    try:
        return _Shape().candidate(answer)
    except _WrongShape as error:
        return CandidateError(
            code=CandidateErrorCode.WRONG_SHAPE, message=f"The answer's '{error}' has the wrong shape."
        )


class _WrongShape(Exception):
    """Names the field of the schema, never the key or value of the answer."""


class _Shape:
    """Takes an answer apart, counting what it leaves out."""

    def __init__(self) -> None:
        self._unknown_keys = 0
        self._unnamed = 0
        self._places: list[int] = []

    def candidate(self, answer: object) -> ParsedCandidate:
        parts = self._object(answer, Candidate, "candidate")
        if answer and not parts:
            raise _WrongShape("candidate")
        candidate = Candidate(
            patient=PatientCandidate(**self._texts(parts.get("patient"), PatientCandidate, "patient")),
            prescriber=PrescriberCandidate(**self._texts(parts.get("prescriber"), PrescriberCandidate, "prescriber")),
            date=_text(parts.get("date"), "date"),
            medications=tuple(self._medications(parts.get("medications"))),
        )
        return ParsedCandidate(
            candidate=candidate,
            unknown_keys=self._unknown_keys,
            unnamed_medications=self._unnamed,
            places=tuple(self._places),
        )

    def _medications(self, answer: object) -> list[MedicationCandidate]:
        if answer is None:
            return []
        if not isinstance(answer, list):
            raise _WrongShape("medications")
        medications: list[MedicationCandidate] = []
        for place, each in enumerate(cast(list[object], answer)):
            texts = self._texts(each, MedicationCandidate, "medications")
            name = texts.pop("name", None)
            if name is not None:
                medications.append(MedicationCandidate(name=name, **texts))
                self._places.append(place)
            elif any(texts.values()):
                self._unnamed += 1
        return medications

    def _texts(self, answer: object, schema: type[BaseModel], field: str) -> dict[str, str | None]:
        return {key: _text(value, key) for key, value in self._object(answer, schema, field).items()}

    def _object(self, answer: object, schema: type[BaseModel], field: str) -> dict[str, object]:
        if answer is None:
            return {}
        if not isinstance(answer, dict):
            raise _WrongShape(field)
        items = cast(dict[str, object], answer)
        known = {key: value for key, value in items.items() if key in schema.model_fields}
        for alias, key in _ALIASES.get(schema, {}).items():
            if alias in items and known.get(key) is None:
                known[key] = items[alias]
        self._unknown_keys += len(items) - len(known)
        return known


def _unfenced(text: str) -> str:
    """What stands in the first ``` block, its language tag left out; the text itself where there is none."""
    _, fence, fenced = text.partition("```")
    inside, closing, _ = fenced.partition("```")
    return inside.strip().removeprefix("json") if fence and closing else text


def _text(value: object, field: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):  # numbers were kept as their digits; what is left is a list, an object or a bool
        raise _WrongShape(field)
    text = " ".join(value.encode(errors="replace").decode().split())  # half a surrogate pair could not be stored
    says_none = field == "refills" and text.lower() in ("none", "nil")
    return text if says_none or text.lower() not in _NOTHING else None


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
