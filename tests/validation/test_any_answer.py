"""Whatever an engine answers, there is a record or a reason, never an exception."""

import json
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from jsl_pipeline.schemas import MedicationCandidate, PatientCandidate, Reading, ReadingSource
from jsl_pipeline.validation import PageReading, RecordResult, build_record

SAID = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.sampled_from(
        ["46", "1/6/58", "31/02/2020", "500 mg", "0mg", "999 times a day", "x 5 days", "70 kg", "M", "none", "Ann B"]
    ),
)
PATIENT = st.fixed_dictionaries({}, optional={name: SAID for name in PatientCandidate.model_fields})
MEDICATION = st.fixed_dictionaries({}, optional={name: SAID for name in MedicationCandidate.model_fields})
CANDIDATE = st.fixed_dictionaries(
    {"patient": PATIENT, "date": SAID, "medications": st.lists(MEDICATION, max_size=3)}
).map(json.dumps)
JSON = st.recursive(
    SAID | st.booleans() | st.floats(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.one_of(CANDIDATE, st.text(), JSON.map(json.dumps)), min_size=1, max_size=3))
def test_any_answers_become_a_record_that_reads_back(answers: list[str]):
    pages = [
        PageReading(page_no=at, outcome=Reading(text=text, source=ReadingSource.MODEL, seconds=1))
        for at, text in enumerate(answers, start=1)
    ]
    result = build_record("d" * 64, len(pages), pages, today=date(2026, 3, 1))
    assert result.pages_read + result.pages_failed == len(answers)
    assert RecordResult.model_validate_json(result.model_dump_json()) == result
