"""What looks like a medication and is none."""

import pytest
from typed_page import read, regimens

_NO_MEDICATION = {
    "laboratory values": """
Test                     Result          Reference Range
Glucose                  110 mg/dl       70 - 100
Creatinine               1.2 mg          0.6 - 1.2
Vitamin D                25 ng/ml        30 - 100
Hemoglobin               13.2 g/dL       12 - 16
""",
    "tests ordered": """
Medication Test          Status          On/Last
Lipid Panel              Done            08/11/2024
Vitamin D                Pending         15/11/2024
""",
    "laboratory values in lines": """
Fasting glucose 126 mg/dL twice
Urine protein 30 mg
Serum iron level 60 mcg daily average
HbA1c 7.1%
""",
    "vitals": """
Weight 72 kg, height 170 cm
Blood pressure 120/80 mmHg daily average
Heart Rate: 72
Oxygen Saturation Percent: 98
""",
    "allergies": """
Allergic to penicillin
Allergies: Sulfa, Penicillin 500 mg daily
Do you have any drug allergies? Aspirin 300 mg

ALLERGIES
Codeine 30 mg - nausea
Ibuprofen 400 mg twice daily - rash
""",
    "vaccinations": """
Vaccination History
Influenza vaccine 0.5 mL IM once
Hepatitis B 20 mcg IM 3 doses
""",
    "what was stopped": """
Discontinued medications
Rofecoxib 25 mg once daily
""",
    "past visits": """
Past Hospital Visits
Date              Reason
12/02/2024        Aspirin 300 mg overdose
""",
    "advice": """
Continue current medication regimen.
Drink 2 litres water daily
Walk 30 minutes daily
Low salt diet 5 g daily
1. Check blood sugar twice daily
2. Steam inhalation twice daily
3. Warm saline gargles 3 times daily
4. Limit sodium to 2 g daily
5. Follow up in 2 weeks
""",
    "advice inside a list": """
Rx
Plenty of fluids daily
Bed rest 3 days
Review after 5 days
Avoid alcohol
""",
    "what is only considered": """
Continue current medication regimen. Consider adjusting Gabapentin 300 mg three times daily if tingling gets worse.
Lisinopril 10 mg daily was discontinued last year because of a dry cough that did not settle.
He is not taking warfarin 5 mg daily and never took apixaban 5 mg twice daily either.
""",
    "what others or earlier times took": """
Past surgical history: Appendectomy, given cefazolin 2 g IV once preoperatively.
Previously on lithium 300 mg twice daily, discontinued 2019.
Mother takes metformin 500 mg twice daily.
Patient declined sumatriptan 50 mg.
""",
    "sensitivity of organisms": """
Antibiotic             MIC            Interpretation
Amoxicillin            16 mcg/ml      Resistant
Ciprofloxacin          0.5 mcg/ml     Sensitive
""",
    "what a reminder asks for": """
Please bring your medication list and insurance card.
Take nothing by mouth 8 hours before the procedure.
Take all medications as directed. Refills are not given after 5 pm.
""",
    "supplement facts": """
Amount per serving                  % Daily Value
Vitamin C        500 mg             556%
Zinc             15 mg              136%
""",
    "nutrients and limits": """
DIET CHART
Breakfast: 2 eggs, 200 ml milk daily
Sodium < 2000 mg daily
Protein 60 g daily
Metformin < 2000 mg daily
""",
    "exercises": """
Cat-camel 10 reps twice daily
Heat pack 15 min twice a day
Sessions: 2 per week for 6 weeks
""",
    "a bill": """
INVOICE No. 5512        Date: 01/02/2024

Item                          Qty     Rate      Amount
Paracetamol 500 mg tab        10      2.50      25.00
Azithromycin 500 mg tab       3       25.00     75.00
Consultation                  1       300.00    300.00

Metformin 500mg tablets   $12.50
Cough syrup 100 ml   1   95.00   95.00
""",
    "questions answered with nothing": """
Current Medications: None
Are you taking any medications? No
List any drugs you take regularly: N/A
Do you take any medicines?
nil
Medications: nil
Meds: NKDA
""",
    "contents": """
Table of Contents
Current Medications ........ 3
Medical Tests ........ 4
""",
}


@pytest.mark.parametrize("typed", _NO_MEDICATION.values(), ids=_NO_MEDICATION.keys())
def test_nothing_is_invented(typed: str) -> None:
    assert regimens(read(typed)) == []


def test_a_list_after_a_section_of_something_else() -> None:
    page = read("""
ALLERGIES
Codeine 30 mg - nausea

Current Medications
Ticagrelor 90 mg BD

Stopped medications
Naproxen 500 mg BD
""")
    assert regimens(page) == [("Ticagrelor", "90 mg", "BD")]


def test_an_empty_page() -> None:
    page = read("")
    assert (page.patient.name, page.prescriber.name, page.date, page.medications) == (None, None, None, ())
