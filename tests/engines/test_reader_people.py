"""Who a page is about, who signed it and when: and who else is on it."""

import pytest
from typed_page import read, said


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Patient: Mr. Jean-Luc van der Berg III", "Jean-Luc van der Berg III"),
        ("Patient Name  :  Anne-Marie D'Souza            Age/Sex  :  34Y / F", "Anne-Marie D'Souza"),
        ("PATIENT NAME : SMT. LAKSHMI NARASIMHAN        AGE : 70 YRS", "LAKSHMI NARASIMHAN"),
        ("PATIENT NAME: LUCIA FERREIRA DA SILVA      SEX: FEMALE", "LUCIA FERREIRA DA SILVA"),
        ("Name: Li, Xiao Ming     Age: 7 months     Sex: M", "Li, Xiao Ming"),
        ("Last Name: Abernathy     First Name: Zoe     MI: Q", "Zoe Abernathy"),
        ("Name of Patient : Ramesh K.            Age 45 yrs", "Ramesh K."),
        ("Patient: Jose Luis Garcia-Ramirez Jr.", "Jose Luis Garcia-Ramirez Jr."),
        ("Pt. Name: O'Malley Fitzwilliam     DOB: 1/2/1990", "O'Malley Fitzwilliam"),
        ("Patlent Name: Harold Beck     Date:03/11/2023", "Harold Beck"),
        ("Mrs. Farida Begum 44 yrs", "Farida Begum"),
        ("Name: Sandeep lyengar     Age/Sex: 51/M", "Sandeep Iyengar"),
        ("PatientName:EmilyDavis     Age:34", "Emily Davis"),
        ("Patient Name: Ruth MacAllister", "Ruth MacAllister"),
        ("Ms Odette Fairweather DOB 12-May-1966", "Odette Fairweather"),
    ],
)
def test_names(line: str, name: str) -> None:
    assert read(line).patient.name == name


def test_labels_over_their_values() -> None:
    page = read("""
PATIENT NAME             DATE OF BIRTH       SEX
Ingrid Solberg           07/12/1984          Female

PHYSICIAN                LICENSE NUMBER      PHONE
Dr. Otto Reinhardt       NV-55120            555-010-7788
""")
    assert said(page.patient) == {"name": "Ingrid Solberg", "dob": "07/12/1984", "sex": "Female"}
    assert (page.prescriber.name, page.prescriber.license_no) == ("Dr. Otto Reinhardt", "NV-55120")


def test_labels_without_colons() -> None:
    page = read("""
Name of Patient : Ramesh K.            Age 45 yrs     Sex M      Date 12/02/2024
""")
    assert said(page.patient) == {"name": "Ramesh K.", "age": "45 yrs", "sex": "M"}
    assert page.date == "12/02/2024"


def test_two_column_form_without_colons() -> None:
    page = read("""
Name              Cerys MacAllister
Date of Birth     08/05/1964
Age               59
Gender            Female
Doctor            Dr Ewan MacAllister
Doctor ID         9989708
""")
    assert said(page.patient) == {
        "name": "Cerys MacAllister",
        "dob": "08/05/1964",
        "age": "59",
        "sex": "Female",
    }
    assert said(page.prescriber) == {"name": "Dr Ewan MacAllister", "license_no": "9989708"}


@pytest.mark.parametrize(
    ("line", "sex"),
    [
        ("Sex: [ ] Male [x] Female", "Female"),
        ("Sex:      Female      X Male", "Male"),
        ("Sex: ☐ Female      Male", "Male"),
        ("Sex:  Female      □Male", "Female"),
        ("Sex: ☐ Female      ☐ Male", None),
        ("Sex:      Female      Male", None),
        ("Gender: Male / Female", None),
    ],
)
def test_ticked_options(line: str, sex: str | None) -> None:
    assert read(f"Patient: Noor Abdullah\n{line}").patient.sex == sex


def test_prescriber_known_by_signature_line_alone() -> None:
    page = read("""
                 Harborless Bay Clinic
                 17 Placeholder Ave, Sampleton, OH 00458
                 Phone: (529) 555-0148
Gordon Beckwith                               Date: Oct 23, 2023
Reg. No: FX-13678

Patient Name: Curtis S. Okafor

                                   Prescriber signature
                                   Gordon Beckwith
""")
    assert said(page.prescriber) == {
        "name": "Gordon Beckwith",
        "license_no": "FX-13678",
        "address": "17 Placeholder Ave, Sampleton, OH 00458",
        "phone": "(529) 555-0148",
    }


def test_name_wrapped_in_a_narrow_column() -> None:
    page = read("""
Name: Margarethe
~Hollingsworth

DOB: 24/05/1977
Doctor Name:
~Oluwaseun
~Adeyemi-Brown
""")
    assert page.patient.name == "Margarethe Hollingsworth"
    assert page.prescriber.name == "Oluwaseun Adeyemi-Brown"


def test_a_sentence_introduces_the_patient() -> None:
    page = read("Yusuf Karim, born on 02/03/1961, is a 63-year-old male with a history of gout and hypertension.")
    assert said(page.patient) == {"name": "Yusuf Karim", "dob": "02/03/1961", "age": "63-year-old", "sex": "male"}


def test_whose_telephone_is_whose() -> None:
    page = read("""
Dr. Amara Osei, MD
Riverside Health Centre
45 Station Road, Bristol BS1 4DJ
Tel: 0117 496 0123

Patient: Mr. Dominic Achebe
Address: 9 Quarry View, Bath BA2 3XY
Phone: 01225 496 555
Emergency contact: Ruth Achebe    Phone: 01225 496 777
Pharmacy: Hill Chemist, 2 High Street    Tel: 0117 496 999
Referred by: Dr. Lena Wolfe

Date: 8 June 2023
""")
    assert page.patient.name == "Dominic Achebe"
    assert (page.patient.phone, page.patient.address) == ("01225 496 555", "9 Quarry View, Bath BA2 3XY")
    assert (page.prescriber.name, page.prescriber.phone) == ("Dr. Amara Osei, MD", "0117 496 0123")
    assert page.date == "8 June 2023"


@pytest.mark.parametrize(
    "block",
    [
        "Emergency Contact: Ruth Achebe     Phone: 01225 496 777",
        "Next of Kin\nName: Ruth Achebe\nPhone: 01225 496 777",
        "Insurance Company: Blue Shield     Policy holder: Peter Vance",
        "Pharmacy: Hill Chemist     Phone: 0117 496 9999",
    ],
)
def test_somebody_else_is_not_the_patient(block: str) -> None:
    assert said(read(block).patient) == {}


def test_an_institution_is_no_prescriber() -> None:
    page = read("""
GREEN VALLEY HOSPITAL
Reg No: H-99812
Patient: Noor Abdullah
Doctor: Green Valley Hospital
Attending Physician: Dr. Samuel Okafor, MBBS
License: MD-99331
""")
    assert said(page.prescriber) == {"name": "Dr. Samuel Okafor, MBBS", "license_no": "MD-99331"}


@pytest.mark.parametrize("label", ["Referred by", "Ref. By", "Primary care physician", "Surgeon"])
def test_another_doctor_is_not_the_prescriber(label: str) -> None:
    page = read(f"""
{label}:     Dr. Lena Wolfe
Patient: Noor Abdullah
""")
    assert page.prescriber.name is None


def test_hospital_registration_is_no_license() -> None:
    page = read("""
Mercy Hospital
Reg No: H-99812

Patient: Noor Abdullah


Consultant: Dr. Nisha R. Iyer
""")
    assert said(page.prescriber) == {"name": "Dr. Nisha R. Iyer"}


@pytest.mark.parametrize(
    ("lines", "date"),
    [
        ("Admission Date: 01/02/2024\nPrinted: 10/02/2024\nPrescription Date: 09/02/2024", "09/02/2024"),
        ("Date of Birth: 05/06/1971\nPrinted on: 10/02/2024\nCollected: 02/02/2024", None),
        ("Admitted: 07-Sep-2020     Discharged: 08-Sep-2020", "08-Sep-2020"),
        ("Visit Date  :  11-Mar-2024     Printed On  :  12-Mar-2024", "11-Mar-2024"),
        ("DATE: 2023-10-04", "2023-10-04"),
        ("17/3/24", "17/3/24"),
        ("Date              Reason\n02/08/2024        Check-up\n15/05/2024        Flu", None),
    ],
)
def test_the_date_of_the_document(lines: str, date: str | None) -> None:
    assert read(f"Patient: Noor Abdullah\n{lines}").date == date


@pytest.mark.parametrize("value", ["N/A", "None", "Unknown", "-", "________"])
def test_blank_answers_stay_empty(value: str) -> None:
    page = read(f"Patient Name: {value}     Phone: {value}     Weight: {value}     Doctor: {value}")
    assert said(page.patient) == {}
    assert said(page.prescriber) == {}


def test_patient_and_doctor_side_by_side() -> None:
    page = read("""
Patient Details                      Doctor Details
Name: Ksenia Volkova                 Name: Dr. Pavel Hruska
DOB: 15.05.1990                      License: CZ-44129
Phone: +420 555 012 345              Phone: +420 555 099 881

Medicine             Dosage         Frequency     Duration
Montelukast 10 mg    1 tab          OD            1 month
""")
    assert said(page.patient) == {"name": "Ksenia Volkova", "dob": "15.05.1990", "phone": "+420 555 012 345"}
    assert said(page.prescriber) == {
        "name": "Dr. Pavel Hruska",
        "license_no": "CZ-44129",
        "phone": "+420 555 099 881",
    }


def test_the_address_of_a_doctor_is_not_the_one_beside_it() -> None:
    page = read("""
Prescriber                        Patient
Dr. Yolanda Brightwater           Xavier Montgomery
NPI 1881234567                    DOB 10/10/1990
99 Cedar Blvd, Reno NV 89501      12 Sage Ct, Sparks NV 89431

Written: 05/06/2024
""")
    assert page.patient.name == "Xavier Montgomery"
    assert said(page.prescriber) == {
        "name": "Dr. Yolanda Brightwater",
        "license_no": "1881234567",
        "address": "99 Cedar Blvd, Reno NV 89501",
    }
    assert page.date == "05/06/2024"


def test_form_filled_without_colons() -> None:
    page = read("""
NAME Agnes Thornbury            DATE 6/2/23
ADDRESS 18 Mill Rd, Dover, DE 19901
AGE 71
""")
    assert said(page.patient) == {"name": "Agnes Thornbury", "address": "18 Mill Rd, Dover, DE 19901", "age": "71"}
    assert page.date == "6/2/23"


@pytest.mark.parametrize("line", ["NAME AND SIGNATURE", "Name Signature Date", "Doctor Unique ID:", "Doctor Details"])
def test_headings_name_nobody(line: str) -> None:
    page = read(f"Visit\n{line}")
    assert (page.patient.name, page.prescriber.name) == (None, None)


def test_a_letter_is_about_the_patient_in_its_subject() -> None:
    page = read("""
Re: Mr. Alistair Finch, DOB 02.03.1955

Dear Dr. Moore,
Thank you for referring this 68 year old gentleman, whom I reviewed in clinic on 11 March 2023.

Yours sincerely,
Dr. Priscilla Nkemelu
""")
    assert page.patient.name == "Alistair Finch"
    assert page.prescriber.name == "Dr. Priscilla Nkemelu"


def test_state_registration_with_strokes_and_date_in_short() -> None:
    page = read("""
Dr. R. K. Bansal                                 Dt. 11/9/23
M.B.B.S., M.D. (Ped.)
Reg. No. DMC/R/04411
Name: Mast. Aarav Singh      Age: 4 y    Wt: 15 kg
""")
    assert (page.prescriber.license_no, page.date) == ("DMC/R/04411", "11/9/23")


@pytest.mark.parametrize(
    ("lines", "name", "dob"),
    [
        ("Claudia Whitfield            MRN: 7731220\nDOB: 1/8/1971", "Claudia Whitfield", "1/8/1971"),
        ("Patient: Norman Frost, DOB 06/06/1950", "Norman Frost", "06/06/1950"),
        ("Name (Last, First): Dunmore, Petra\nDOB 05/05/1980", "Dunmore, Petra", "05/05/1980"),
        ("Resident: Eleanor Birtwhistle      Room 4", "Eleanor Birtwhistle", None),
        ("Oak Hill Hospital            MRN: 7731220\nDOB: 1/8/1971", None, "1/8/1971"),
    ],
)
def test_names_over_and_before_birth_dates(lines: str, name: str | None, dob: str | None) -> None:
    page = read(f"After Visit Summary\n{lines}\nYour provider today was: Theodore Banks, MD")
    assert (page.patient.name, page.patient.dob) == (name, dob)
    assert page.prescriber.name == "Theodore Banks, MD"


@pytest.mark.parametrize(
    "line",
    [
        "This is to certify that Ms. Pooja Bhandari, 27 years, was under my care for five days.",
        "Student Name: Pooja Bhandari       Grade: 3",
        "Name of Child: Pooja Bhandari",
    ],
)
def test_certificates_and_schools(line: str) -> None:
    assert read(line).patient.name == "Pooja Bhandari"
