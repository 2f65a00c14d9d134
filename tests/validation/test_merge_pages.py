import pytest

from jsl_pipeline.schemas import Candidate, MedicationCandidate, PatientCandidate, PrescriberCandidate
from jsl_pipeline.validation import Merged, PageCandidate, merge_pages


def merged(*candidates: Candidate) -> Merged:
    return merge_pages([PageCandidate(page_no=at, candidate=each) for at, each in enumerate(candidates, start=1)])


def patient(**fields: str) -> Candidate:
    return Candidate(patient=PatientCandidate(**fields))


def drugs(*medications: MedicationCandidate) -> Candidate:
    return Candidate(medications=medications)


def drug(name: str, **fields: str) -> MedicationCandidate:
    return MedicationCandidate(name=name, **fields)


def codes(result: Merged) -> list[str]:
    return [issue.code for issue in result.issues]


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (["Susan Martin", "Susan Frances Martin"], "Susan Frances Martin"),
        (["Susan Frances Martln", "Susan Frances Martin", "Susan Frances Martin"], "Susan Frances Martin"),
        (["Martin, Susan", "Susan Martin", "Susan Martin"], "Susan Martin"),
        (["S. Martin", "Susan Martin"], "Susan Martin"),
        (["SusanMartin", "Susan Martin"], "Susan Martin"),
        (["Mrs Susan Martin", "Susan Martin"], "Mrs Susan Martin"),
        (["Rajesh Kurnar", "Rajesh Kumar", "Rajesh Kumar"], "Rajesh Kumar"),
    ],
)
def test_one_person_written_differently_is_no_conflict(names: list[str], kept: str):
    result = merged(*(patient(name=name) for name in names))
    assert (result.patient.name, codes(result)) == (kept, [])


@pytest.mark.parametrize(
    "names",
    [
        ["John Smith", "Jane Smith"],
        ["Maria Garcia", "Mario Garcia"],
        ["Susan Martin", "Thomas Lee"],
        ["J. Smith", "J. Smythers"],
    ],
)
def test_two_patients_in_a_document_are_a_conflict(names: list[str]):
    result = merged(*(patient(name=name) for name in names))
    assert (result.patient.name, codes(result)) == (names[0], ["patient_name_conflict"])


def test_the_patient_that_most_pages_name_is_kept():
    result = merged(patient(name="Thomas Lee"), patient(name="Susan Martin"), patient(name="Susan Martin"))
    assert (result.patient.name, codes(result)) == ("Susan Martin", ["patient_name_conflict"])


def test_fields_come_from_whichever_page_states_them():
    result = merged(patient(name="Ann Example"), patient(dob="2 May 1998", phone="555-0123"), Candidate(date="17/3/24"))
    assert result.patient == PatientCandidate(name="Ann Example", dob="2 May 1998", phone="555-0123")
    assert result.date == "17/3/24"


def test_the_value_on_most_pages_wins_and_of_equals_the_first():
    result = merged(patient(phone="555-0128", age="46"), patient(phone="555-0123", age="47"), patient(phone="5550123"))
    assert (result.patient.phone, result.patient.age) == ("555-0123", "46")


@pytest.mark.parametrize(
    ("dobs", "conflict"),
    [
        (["02/05/1998", "May 2 1998"], False),
        (["02/05/1998", "02/05/98"], False),
        (["24/05/1977", "24/05/1971"], True),
        (["24/05/1977", "not legible"], False),
    ],
)
def test_dates_of_birth_conflict_unless_they_can_be_the_same_day(dobs: list[str], conflict: bool):
    result = merged(*(patient(dob=dob) for dob in dobs))
    assert codes(result) == (["patient_dob_conflict"] if conflict else [])


def test_sexes_conflict_by_meaning():
    assert codes(merged(patient(sex="F"), patient(sex="Female"))) == []
    assert codes(merged(patient(sex="F"), patient(sex="Male"))) == ["patient_sex_conflict"]


def test_several_prescribers_are_worth_knowing_and_no_doubt():
    pages = [
        Candidate(prescriber=PrescriberCandidate(name=name)) for name in ("Dr A. Brown", "Dr C. Davis", "Dr C. Davis")
    ]
    result = merged(*pages)
    assert result.prescriber.name == "Dr C. Davis"
    assert [(issue.code, issue.severity) for issue in result.issues] == [("prescriber_name_varies", "info")]


def test_medications_come_in_page_order_with_their_page():
    pages = [
        PageCandidate(page_no=2, candidate=drugs(drug("Metformin"))),
        PageCandidate(page_no=1, candidate=drugs(drug("Aspirin"), drug("Ramipril"))),
    ]
    result = merge_pages(pages)
    assert [(each.page_no, each.medication.name) for each in result.medications] == [
        (1, "Aspirin"),
        (1, "Ramipril"),
        (2, "Metformin"),
    ]


def test_a_medication_repeated_on_another_page_is_listed_once_with_all_that_is_said():
    result = merged(
        drugs(drug("Metformin", strength="500mg", frequency="BD")),
        drugs(drug("METFORMIN", strength="500 mg", frequency="twice daily", duration="30 days")),
    )
    assert [each.medication for each in result.medications] == [
        drug("Metformin", strength="500mg", frequency="BD", duration="30 days")
    ]
    assert codes(result) == ["medication_repeated"]


def test_the_same_line_twice_on_a_page_is_listed_once():
    line = drug("Aspirin", strength="75mg", frequency="OD")
    assert len(merged(drugs(line, line)).medications) == 1


@pytest.mark.parametrize(
    "other",
    [
        drug("Prednisolone", strength="10mg", frequency="OD"),
        drug("Prednisolone", strength="5mg", frequency="BD"),
        drug("Prednisolone", strength="5mg", frequency="OD", dose="2 tablets"),
        drug("Prednisone", strength="5mg", frequency="OD"),
    ],
)
def test_another_strength_frequency_dose_or_drug_is_another_medication(other: MedicationCandidate):
    first = drug("Prednisolone", strength="5mg", frequency="OD", dose="1 tablet")
    assert len(merged(drugs(first), drugs(other)).medications) == 2


def test_two_lines_of_one_page_that_differ_are_two_medications():
    page = drugs(drug("Vaccine A", dose="1st dose"), drug("Vaccine A", dose="2nd dose"), drug("Vaccine A"))
    assert len(merged(page).medications) == 3


def test_no_page_says_nothing():
    assert merge_pages([]) == Merged()
