"""Whole prescriptions as clinics in several countries lay them out."""

from typed_page import medications, read, regimens, said


def test_indian_pad() -> None:
    page = read("""
                     Dr. Suresh Nambiar, MBBS, MD (Medicine)
                     Reg. No: TCMC-48213
                     Sunrise Clinic, 14 MG Road, Kochi 682016
                     Ph: 0484 235 6789

Name: Rakesh Pillai           Age/Sex: 45/M           Date: 12/03/2024

C/O fever, cough 3 days
O/E BP 130/80 mmHg, Temp 101 F, SpO2 98%

Rx
1. Tab. Augmentin 625 mg 1-0-1 x 5 days
2. Cap Omez 20mg OD before food
3. Syp. Ascoril 5 ml TDS x 5 days
4. Inj. Monocef 1 g IV BD
5. Tab Dolo 650 SOS

Advice: Drink 2 litres water daily
Review after 5 days

                                              Dr. Suresh Nambiar
""")
    assert said(page.patient) == {"name": "Rakesh Pillai", "age": "45", "sex": "M"}
    assert said(page.prescriber) == {
        "name": "Dr. Suresh Nambiar, MBBS, MD",
        "license_no": "TCMC-48213",
        "address": "Sunrise Clinic, 14 MG Road, Kochi 682016",
        "phone": "0484 235 6789",
    }
    assert page.date == "12/03/2024"
    assert medications(page) == [
        {"name": "Augmentin", "strength": "625 mg", "form": "tablet", "frequency": "1-0-1", "duration": "5 days"},
        {"name": "Omez", "strength": "20mg", "form": "capsule", "frequency": "OD before food"},
        {"name": "Ascoril", "form": "syrup", "dose": "5 ml", "frequency": "TDS", "duration": "5 days"},
        {"name": "Monocef", "strength": "1 g", "form": "injection", "route": "IV", "frequency": "BD"},
        {"name": "Dolo 650", "form": "tablet", "frequency": "SOS"},
    ]


def test_american_pad_with_directions_amount_and_refills_in_lines_of_their_own() -> None:
    page = read("""
              Elena Vasquez-Ortiz, M.D.
              Lakeside Family Practice
              880 Birch Street, Suite 4, Madison, WI 53703
              Tel: (608) 555-0147     Fax: (608) 555-0148
              DEA# BV1234563     NPI: 1093817465

Patient Name: Thomas O'Brien-Hale        DOB: 04/17/1962
Address: 29 Elm Court, Verona, WI 53593      Date: 02/09/2024

Rx
Amoxicillin 500 mg capsules
Take 1 capsule by mouth three times daily for 10 days
Disp: #30
Refills: 2

Signature: ____________
""")
    assert said(page.patient) == {
        "name": "Thomas O'Brien-Hale",
        "dob": "04/17/1962",
        "address": "29 Elm Court, Verona, WI 53593",
    }
    assert said(page.prescriber) == {
        "name": "Elena Vasquez-Ortiz, M.D.",
        "license_no": "BV1234563",
        "address": "880 Birch Street, Suite 4, Madison, WI 53703",
        "phone": "(608) 555-0147",
    }
    assert medications(page) == [
        {
            "name": "Amoxicillin",
            "strength": "500 mg",
            "form": "capsule",
            "dose": "1 capsule",
            "frequency": "three times daily",
            "duration": "10 days",
            "route": "by mouth",
            "quantity": "#30",
            "refills": "2",
        }
    ]


def test_sig_lines_belong_to_the_drug_above_them() -> None:
    page = read("""
Patient: Mary Ellen Walsh     Date: March 3, 2024

Sertraline 50 mg tablet
Sig: 1 tab PO BID
Disp: #60
Refills: 3

Trazodone 100 mg tablet
Sig: take one tablet at bedtime as needed for sleep
Disp: 30
Refills: 0

Prescriber: Alan Fitzgerald, DO      License No: ME-20457
""")
    assert regimens(page) == [
        ("Sertraline", "50 mg", "BID"),
        ("Trazodone", "100 mg", "at bedtime as needed for sleep"),
    ]
    assert [(each.dose, each.quantity, each.refills) for each in page.medications] == [
        ("1 tab", "#60", "3"),
        ("one tablet", "30", "0"),
    ]
    assert said(page.prescriber) == {"name": "Alan Fitzgerald, DO", "license_no": "ME-20457"}
    assert page.date == "March 3, 2024"


def test_british_form_with_pack_sizes() -> None:
    page = read("""
Pharmacy Stamp      Age      Title, Forename, Surname & Address
                    54 y     Mrs Gillian Hargreaves
                    D.o.B    12 Orchard Close
                    03/06/1969    Leeds
                             LS8 2PQ

Bisoprolol 2.5mg tablets
One to be taken each morning
28 tablets

Ramipril 5mg capsules
Take one daily
28 capsules

Signature of Prescriber          Date 14/05/2023
Dr P Ellison   GMC 4567123
The Meadow Surgery, 3 Park Lane, Leeds
""")
    assert (page.patient.name, page.patient.age) == ("Gillian Hargreaves", "54 y")
    assert (page.prescriber.name, page.prescriber.license_no) == ("Dr P Ellison", "4567123")
    assert page.date == "14/05/2023"
    assert regimens(page) == [("Bisoprolol", "2.5mg", "each morning"), ("Ramipril", "5mg", "daily")]
    assert [each.quantity for each in page.medications] == ["28 tablets", "28 capsules"]


def test_discharge_list() -> None:
    page = read("""
ST. BRENDAN GENERAL HOSPITAL
Discharge Summary

Patient Name : Farouk Idris Mensah          MRN : 00458213
Date of Birth : 21/08/1957      Sex : Male
Admission Date : 02/01/2024       Discharge Date : 09/01/2024
Consultant : Dr. Helga Brandt

Discharge Medications
- Clopidogrel 75 mg once daily for 12 months
- Bisoprolol 2.5 mg once daily
- Rosuvastatin 20 mg at night
- Nitroglycerin 0.4 mg sublingual as needed for chest pain

Follow up with cardiology in 2 weeks.
Low salt diet. Walk 30 minutes daily.
""")
    assert said(page.patient) == {"name": "Farouk Idris Mensah", "dob": "21/08/1957", "sex": "Male"}
    assert (page.prescriber.name, page.date) == ("Dr. Helga Brandt", "09/01/2024")
    assert regimens(page) == [
        ("Clopidogrel", "75 mg", "once daily"),
        ("Bisoprolol", "2.5 mg", "once daily"),
        ("Rosuvastatin", "20 mg", "at night"),
        ("Nitroglycerin", "0.4 mg", "as needed for chest pain"),
    ]
    assert (page.medications[0].duration, page.medications[3].route) == ("12 months", "sublingual")


def test_hospital_slip_with_two_doctors_and_counts_by_time_of_day() -> None:
    page = read("""
                  SHANTI MULTISPECIALITY HOSPITAL
              Plot 22, Sector 9, Gandhinagar 382009
              Phone: 079-2322-4567    Email: care@shanti.example
Dr. Bhavesh R. Trivedi                         Dr. Kavita Trivedi
MBBS, MS (Ortho)                               MBBS, DGO
Reg. No. G-28811                               Reg. No. G-30992

OPD No : 88123           Date : 21/11/2023
Patient Name : Mrs. Hansaben Patel
Age : 63 Years     Gender : Female     Weight : 71.5 Kg
Mobile : 98250 11223
Address : B-12 Shyam Residency, Naroda, Ahmedabad

Allergy : NKDA

Medicine                       Morning    Noon    Night    Days
Tab. Etoricoxib 90 mg          1          0       0        5
Cap. Pregabalin 75 mg          0          0       1        15
Tab. Calcium D3                0          1       0        30

Advice: Knee exercises twice daily
Hot fomentation 3 times a day

                                        Dr. Bhavesh R. Trivedi
""")
    assert said(page.patient) == {
        "name": "Hansaben Patel",
        "age": "63 Years",
        "sex": "Female",
        "weight": "71.5 Kg",
        "phone": "98250 11223",
        "address": "B-12 Shyam Residency, Naroda, Ahmedabad",
    }
    assert said(page.prescriber) == {
        "name": "Dr. Bhavesh R. Trivedi",
        "license_no": "G-28811",
        "address": "Plot 22, Sector 9, Gandhinagar 382009",
        "phone": "079-2322-4567",
    }
    assert [(each.name, each.form, each.frequency, each.duration) for each in page.medications] == [
        ("Etoricoxib", "tablet", "1-0-0", "5 days"),
        ("Pregabalin", "capsule", "0-0-1", "15 days"),
        ("Calcium D3", "tablet", "0-1-0", "30 days"),
    ]


def test_paediatric_suspension() -> None:
    page = read("""
Patient: Baby Girl Nguyen      DOB: 02/10/2024     Wt: 6.2 kg
Date: 09/12/2024

Rx: Amoxicillin 400 mg/5 mL suspension
Sig: Give 3 mL by mouth every 12 hours for 10 days
Dispense: 60 mL
Refills: None

Priya Raman, MD
NPI: 1234567893
""")
    assert said(page.patient) == {"name": "Baby Girl Nguyen", "dob": "02/10/2024", "weight": "6.2 kg"}
    assert said(page.prescriber) == {"name": "Priya Raman, MD", "license_no": "1234567893"}
    assert regimens(page) == [("Amoxicillin", "400 mg/5 mL", "every 12 hours")]
    assert (page.medications[0].dose, page.medications[0].quantity) == ("3 mL", "60 mL")


def test_shorthand_note_without_headings() -> None:
    page = read("""
Patient: Kofi Annan-Mensah, 61 M
Dx: Gout, HTN
Allopurinol 300mg PO daily
Colchicine 0.6mg BID x 7d
Indomethacin 50 mg TID PRN pain
HCTZ 12.5mg QAM
Follow-up 2 wks w/ uric acid 6.8 mg/dl
K. Osei MD
""")
    assert said(page.patient) == {"name": "Kofi Annan-Mensah", "age": "61", "sex": "M"}
    assert page.prescriber.name == "K. Osei MD"
    assert regimens(page) == [
        ("Allopurinol", "300mg", "daily"),
        ("Colchicine", "0.6mg", "BID"),
        ("Indomethacin", "50 mg", "TID PRN pain"),
        ("HCTZ", "12.5mg", "QAM"),
    ]


def test_list_without_heading_under_a_patient_box() -> None:
    page = read("""
Name & Address: Sunita Deshmukh, 22 Tilak Nagar, Pune 411002
OPD No: 4471      Age: 29 yrs     Sex: F       Wt: 58 kg
Date: 17.08.2023
Dr. V. K. Raman    MBBS, DNB

T. Thyronorm 50 mcg 1-0-0 (empty stomach)
T. Shelcal 500 0-1-0 x 1 month
""")
    assert said(page.patient) == {
        "name": "Sunita Deshmukh",
        "address": "22 Tilak Nagar, Pune 411002",
        "age": "29 yrs",
        "sex": "F",
        "weight": "58 kg",
    }
    assert said(page.prescriber) == {"name": "Dr. V. K. Raman"}
    assert [(each.name, each.form, each.frequency) for each in page.medications] == [
        ("Thyronorm", "tablet", "1-0-0 (empty stomach)"),
        ("Shelcal 500", "tablet", "0-1-0"),
    ]


def test_intake_form_answers() -> None:
    page = read("""
NEW PATIENT FORM
Name: Beatrice Lowe        DOB: 3/4/1979      Age: 45
Phone: (312) 555-0188      Email: b.lowe@mail.example
Emergency Contact: Sam Lowe     Relationship: Brother     Phone: (312) 555-0199
Primary care physician: Dr. Gerald Finch      Phone: (312) 555-0111
Insurance Company: Unity Health     Policy Number: U-88712
Are you currently taking any medications? Yes   If yes, please list below:
Levothyroxine 75 mcg daily, Zoloft 50 mg
Do you have any allergies? Penicillin
Date: 5/6/2024
""")
    assert said(page.patient) == {
        "name": "Beatrice Lowe",
        "age": "45",
        "dob": "3/4/1979",
        "phone": "(312) 555-0188",
    }
    assert said(page.prescriber) == {}
    assert (page.date, regimens(page)) == (
        "5/6/2024",
        [("Levothyroxine", "75 mcg", "daily"), ("Zoloft", "50 mg", None)],
    )
