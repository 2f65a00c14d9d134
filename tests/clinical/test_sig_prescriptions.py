"""Whole lines of prescriptions, shorthand and all, from several countries' habits; see `sig_notation`."""

import pytest

from jsl_pipeline.clinical.sig import parse_sig
from tests.clinical.sig_notation import said

AMERICAN = [
    ("Take 1-2 tabs PO q4-6h PRN pain, max 8/day", "take 1-2 tablet; 1/4-6h; prn pain; oral; max 8/1d"),
    ("ii gtt OU qid x 7d", "2 [drp]; 4/d; for 7 d; ophthalmic; site both eyes"),
    (
        "Prednisone 40 mg po daily x 5 days, then 20 mg daily x 5 days, then stop",
        "40 mg; 1/d; for 5 d; oral > 20 mg; 1/d; for 5 d; oral; +then stop; drug: Prednisone; strength: 40 mg",
    ),
    ("1 tsp po tid", "1 teaspoon; 3/d; oral"),
    ("Inject 0.5 mL IM once", "inject 0.5 mL; count 1; intramuscular"),
    (
        "Apply thin layer to affected area BID x 2 weeks",
        "apply; 2/d; for 2 wk; topical; site affected area; +thin layer",
    ),
    ("Methotrexate 15 mg PO once weekly", "15 mg; 1/wk; oral; drug: Methotrexate; strength: 15 mg"),
    ("Alendronate 70 mg every Sunday", "70 mg; 1/wk; on sun; drug: Alendronate; strength: 70 mg"),
    ("Insulin glargine 20 units SC qHS", "20 U; 1/d; @HS; subcutaneous; drug: Insulin glargine"),
    (
        "Albuterol 90 mcg/actuation inhaler 2 puffs q4-6h prn wheezing",
        "2 puff; 1/4-6h; prn wheezing; drug: Albuterol; strength: 90 mcg/actuation; form: inhaler",
    ),
    (
        "Take 1 tablet by mouth every 8 hours for 7 days. Disp: 21. Refills: 0",
        "take 1 tablet; 1/8h; for 7 d; oral; qty 21; refills 0",
    ),
    (
        "Nitroglycerin 0.4 mg SL q5min x 3 doses prn chest pain",
        "0.4 mg; 1/5min; count 3; prn chest pain; sublingual; drug: Nitroglycerin; strength: 0.4 mg",
    ),
    ("Use 1 vial via nebulizer q6h prn SOB", "use 1 vial; 1/6h; prn sob; inhalation"),
    ("500 mg PO q6h x 10d #40 NR", "500 mg; 1/6h; for 10 d; oral; qty 40; refills 0"),
    ("Take 1 capsule po tid until gone", "take 1 capsule; 3/d; oral; +until gone"),
    ("Take 1 tablet now, then 1 tablet daily for 4 days", "take 1 tablet; count 1 > take 1 tablet; 1/d; for 4 d"),
    (
        "Take 2 tablets by mouth on day 1, then take 1 tablet daily on days 2 through 5",
        "take 2 tablet; for 1 d; oral > take 1 tablet; 1/d; for 4 d; oral",
    ),
    (
        "Give 7.5 mL (300 mg) by mouth every 6 hours as needed for fever",
        "give 7.5 mL = 300 mg; 1/6h; prn fever; oral",
    ),
    (
        "60 mg daily x 3 days, 40 mg x 3 days, 20 mg x 3 days",
        "60 mg; 1/d; for 3 d > 40 mg; 1/d; for 3 d > 20 mg; 1/d; for 3 d",
    ),
    ("Take 1 tablet by mouth every night at bedtime", "take 1 tablet; 1/d; @HS; oral"),
    ("25-50 mg q6h prn", "25-50 mg; 1/6h; prn"),
    ("20 mg every morning and 10 mg every evening", "20 mg; 1/d; @MORN | 10 mg; 1/d; @EVE"),
    ("1 tab AM, 2 tabs PM", "1 tablet; 1/d; @MORN | 2 tablet; 1/d; @EVE"),
    ("Instill 2 drops in left ear 3 times a day for 1 week", "instil 2 [drp]; 3/d; for 1 wk; otic; site left ear"),
    ("Take 1 tablet by mouth 2 (two) times a day with meals", "take 1 tablet; 2/d; @C; oral"),
    (
        "Inhale 1 puff into the lungs 2 times daily. Rinse mouth after use",
        "inhale 1 puff; 2/d; inhalation; site lungs; +rinse mouth after use",
    ),
    ("take 1 tab daily, may repeat in 2 hours", "take 1 tablet; 1/d; ? may repeat in 2 hours"),
    ("Spray 1 spray in each nostril daily", "spray 1 spray; 1/d; nasal; site each nostril"),
    ("Oxygen 2 L/min via nasal cannula", "at 2 L/min; nasal; +cannula; drug: Oxygen"),
    ("6 tablets day 1, 5 tablets day 2, 4 tablets day 3", "6 tablet; for 1 d > 5 tablet; for 1 d > 4 tablet; for 1 d"),
    ("1 cap po q8 prn", "1 capsule; 1/8h; prn; oral"),
    ("take one and one-half tablets daily", "take 1.5 tablet; 1/d"),
    ("take 1 tab q am and 2 tabs q pm", "take 1 tablet; 1/d; @MORN | take 2 tablet; 1/d; @EVE"),
    ("take 1 tab daily M-F", "take 1 tablet; 1/d; on mon,tue,wed,thu,fri"),
    ("Inject 40 mg under the skin every other week", "inject 40 mg; 1/2wk; subcutaneous"),
    ("Use as needed for pain", "use; prn pain"),
    ("take one tablet at 8 am, 2 pm and 8 pm", "take 1 tablet; 3/d; @08:00,14:00,20:00"),
    ("500mg-1000mg every 4-6 hours, maximum 4g in 24 hours", "500-1000 mg; 1/4-6h; max 4 g/24h"),
    ("insulin lispro 6 units tid with meals", "6 U; 3/d; @C; drug: insulin lispro"),
    ("1000 mL IV at 125 mL/hr", "1000 mL = at 125 mL/h; intravenous"),
]
INDIAN = [
    (
        "Inj. Ceftriaxone 1 g IV OD x 5 days",
        "1 g; 1/d; for 5 d; intravenous; drug: Ceftriaxone; strength: 1 g; form: injection",
    ),
    ("Tab Dolo 650 mg SOS", "650 mg; prn; drug: Dolo; strength: 650 mg; form: tablet"),
    ("Syp. Ascoril 10 ml TDS x 5 days", "10 mL; 3/d; for 5 d; drug: Ascoril; form: syrup"),
    ("Cap. Becosules OD x 1 month", "1/d; for 1 mo; drug: Becosules; form: capsule"),
    (
        "Tab Azithral 500mg OD x 3 days after food",
        "500 mg; 1/d; @PC; for 3 d; drug: Azithral; strength: 500mg; form: tablet",
    ),
    (
        "Tab. Paracetamol 500mg 1-1-1 x 3days",
        "1 tablet; 3/d; @MORN,NOON,NIGHT; for 3 d; drug: Paracetamol; strength: 500mg",
    ),
    ("2 tsp BD", "2 teaspoon; 2/d"),
    ("Tab Augmentin 625 BD x 5 days", "2/d; for 5 d; drug: Augmentin; strength: 625; form: tablet"),
    ("Co-codamol 30/500 2 tabs qds prn", "2 tablet; 4/d; prn; drug: Co-codamol; strength: 30/500"),
    ("Tab Pan 40 1-0-0 before breakfast", "1 tablet; 1/d; @ACM; drug: Pan; strength: 40"),
    (
        "Rx: Amoxicillin 500 mg Sig: 1 cap po tid x 10 days Disp: 30 Refill: 0",
        "1 capsule; 3/d; for 10 d; oral; qty 30; refills 0; drug: Amoxicillin; strength: 500 mg",
    ),
    ("10 ml HS", "10 mL; 1/d; @HS"),
    ("Tab. Telma 40 mg 0-0-1 x 30 days", "1 tablet; 1/d; @NIGHT; for 30 d; drug: Telma; strength: 40 mg"),
    ("1 tablet thrice daily after food for 5 days", "1 tablet; 3/d; @PC; for 5 d"),
    ("1-0-1 x 5d (after food)", "1; 2/d; @MORN,NIGHT; for 5 d; +after food"),
    ("½-0-½ x 1 month", "0.5; 2/d; @MORN,NIGHT; for 1 mo"),
]
BRITISH = [
    ("One tablet twice daily before food for 1/52", "1 tablet; 2/d; @AC; for 1 wk"),
    ("5 mg bd for 2/52 then od", "5 mg; 2/d; for 2 wk > 5 mg; 1/d"),
    (
        "Take 3 tablets at once and then 1 tablet every 12 hours until finished",
        "take 3 tablet; count 1 > take 1 tablet; 1/12h; +until finished",
    ),
    ("2 stat then 1 bd 5/7", "2; count 1 > 1; 2/d; for 5 d"),
    ("Take ONE to TWO four times a day when required", "take 1-2; 4/d; prn"),
    ("Two puffs up to four times a day", "2 puff; -4/d"),
    ("One 5ml spoonful three times a day", "5 mL; 3/d"),
    ("Apply thinly twice a day", "apply; 2/d; +thinly"),
    ("Take ONE in the MORNING and TWO at NIGHT", "take 1; 1/d; @MORN | take 2; 1/d; @NIGHT"),
    ("Take one tablet daily for 21 days then 7 day break", "take 1 tablet; 1/d; for 21 d; ? 7 day break"),
    ("40mg om", "40 mg; 1/d; @MORN"),
    ("Inject 10 milligrams once each week", "inject 10 mg; 1/wk"),
    ("One to be taken each night", "take 1; 1/d; @NIGHT"),
    (
        "Use one or two sprays under the tongue when required for chest pain",
        "use 1-2 spray; prn chest pain; sublingual",
    ),
    ("Chew two tablets after meals and at bedtime", "chew 2 tablet; @PC,HS"),
    (
        "Take 4 tablets daily reducing by 1 tablet every 3 days until finished",
        "take 4 tablet; 1/d; for 3 d > take 3 tablet; 1/d; for 3 d"
        " > take 2 tablet; 1/d; for 3 d > take 1 tablet; 1/d; for 3 d",
    ),
]
BEYOND = [
    ("Warfarin 5 mg Mon/Wed/Fri and 2.5 mg other days", False),
    ("one tab daily except sunday", False),
    ("1 tab daily x 21 days, off 7 days", False),
    ("2 tablets 1-0-1", False),
    ("Take 1 tablet daily if BP > 140", False),
    ("Hold if SBP < 100", False),
    ("1 or 2 tablets twice daily or three times daily", False),
    ("Sliding scale insulin: 151-200 2 units, 201-250 4 units", False),
    ("take 1 tablet 3 times a week and 2 tablets on the other days", False),
    ("5-10-15 mg", False),
    ("Take 2 tablets 3 times a day every 4 hours", False),
    ("1 tab daily 2 tab daily", False),
    ("Take 2 tablets initially, then 1 tablet after each loose stool, max 8 per day", True),
    ("One at night, can increase to two at night after a week", False),
    ("Apply one patch every 24 hours, remove at night", False),
    ("20 7 mg daily", False),
    ("1 tab Sun", False),
    ("1. 5 ml tds", False),
    ("2 .5 mg daily", False),
    ("1 tablet twice daily until 12/05/2024", False),
    ("one tablet every day or every other day", False),
    ("take three", True),
    ("do not take with grapefruit", True),
    ("do not take more than 2", False),
    ("Take 1 tablet on days 1, 8 and 15", False),
    ("1 tablet q", False),
    ("Take one tablet two times", False),
]


@pytest.mark.parametrize(
    ("text", "expected"), [pytest.param(*line, id=line[0]) for line in (*AMERICAN, *INDIAN, *BRITISH)]
)
def test_what_a_line_says(text: str, expected: str) -> None:
    assert said(parse_sig(text)) == expected


@pytest.mark.parametrize(("text", "understood"), BEYOND)
def test_what_is_beyond_the_grammar_says_so(text: str, understood: bool) -> None:
    assert parse_sig(text).understood is understood
