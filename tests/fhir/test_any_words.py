"""Whatever stands on a page, its Bundle is valid and reads back, or says where it is not."""

import json
from xml.etree import ElementTree

from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from jsl_pipeline.fhir import FhirBundle, InvalidBundle, bundle_of
from jsl_pipeline.schemas import DateValue, Medication, Patient, Prescriber, Prescription
from tests.fhir.trusted import FULL, trusted

WORDS = st.one_of(
    st.none(),
    st.text(max_size=40),
    st.text(alphabet="\x00\x07\x1f\x85\t\n \u00a0\u2028\ufffe<&>]]\u200bé", max_size=8),
    st.sampled_from(
        ["0 tablets", "every 0 hours", "1e400 mg", "-5 mg", "٣ tablets", "prn", "1-0-1", "x 0 days", "Moss, Ann"]
    ),
    st.sampled_from(["2 tabs q4-6h prn pain", "60 mg x 3 days, 40 mg x 3 days", "9" * 400 + " mg daily", "w " * 3000]),
)
DATE = st.one_of(
    st.none(), st.builds(DateValue, raw=st.text(max_size=12) | st.sampled_from(["0000", "1/1/0001", "2000"]))
)
MEDICATION = st.builds(
    Medication,
    name=WORDS.map(lambda words: words or "x"),
    prn=st.booleans(),
    refills=st.none() | st.integers(0, 2**40),
    **{
        name: WORDS
        for name in ("strength", "form", "dose", "frequency", "duration", "route", "quantity", "instructions")
    },
)
RECORD = st.builds(
    Prescription,
    patient=st.builds(Patient, name=WORDS, dob=DATE, address=WORDS, phone=WORDS, weight=WORDS, sex=WORDS),
    prescriber=st.builds(Prescriber, name=WORDS, license_no=WORDS, phone=WORDS),
    date=DATE,
    medications=st.lists(MEDICATION, max_size=2).map(tuple),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(RECORD)
def test_any_words_make_a_valid_bundle_or_an_error_that_holds_none(record: Prescription) -> None:
    found = bundle_of(trusted(FULL).model_copy(update={"record": record}))
    if isinstance(found, InvalidBundle):
        assert found.path.startswith("Bundle.entry[")
        return
    assert isinstance(found, FhirBundle)
    assert "\n" not in found.content
    assert Bundle.model_validate_json(found.content).model_dump_json() == found.content
    patient = json.loads(found.content)["entry"][0]["resource"]
    assert ElementTree.fromstring(patient["text"]["div"]).tag.endswith("div")
