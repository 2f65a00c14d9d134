"""Ordinary prescriptions of many kinds go through: the rules are for what is not ordinary."""

import pytest
from rule_cases import found

# Written before any rule was run on them; one showed a fault of a rule, which was mended.
FIELDS = ("name", "strength", "form", "dose", "frequency", "duration", "route", "quantity", "refills")
ORDINARY = """
Enoxaparin|40 mg/0.4 ml|injection|40 mg|once daily|10 days|SC
Methotrexate|2.5 mg|tablet|6 tablets|once weekly|12 weeks|PO|72
Methotrexate|2.5 mg|tablet|15 mg|once a week on Monday||oral|24
Methotrexate|15 mg|injection||weekly||subcutaneous
Alendronate|10 mg|tablet|1 tablet|daily
Risedronate|5 mg|tablet|one tablet|once daily
Ibandronate|150 mg|tablet|1 tablet|once monthly
Rybelsus|7 mg|tablet|1 tablet|once daily
Ozempic|0.5 mg|||once weekly||SC
Amoxicillin|250 mg/5 ml|suspension|5 ml|three times daily|7 days|oral|105 ml
Amoxicillin|250 mg/5 ml|suspension|5 ml|three times daily|7 days|oral|150 ml
Amoxicillin|400 mg/5 ml|suspension|7.5 mL|BID|10 days|PO|150 mL|0
Augmentin|875/125 mg|tablet|1 tablet|BID|10 days|PO|20|0
Prednisone|10 mg|tablet|4 tablets|once daily|5 days|PO|20|0
Prednisone|20 mg|tablet|60 mg|once daily|5 days|PO|15|0
Prednisolone|5 mg|tablet|8 tablets|OD|7 days||56
Paracetamol|500 mg|tablet|1 g|QDS PRN||oral|100
Paracetamol|500 mg|tablet|2 tablets|four times a day|5 days|oral|32
Acetaminophen|325 mg|tablet|650 mg|every 4-6 hours as needed for pain|||60|1
Hydrocodone/Acetaminophen|5/325 mg|tablet|1-2 tablets|q4-6h prn pain||PO|30|0
Oxycodone|5 mg|tablet|5-10 mg|every 4 hours as needed|5 days|PO|30|0
Ibuprofen|600 mg|tablet|1 tablet|every 6 hours with food|10 days|PO|40
Levothyroxine|0.05 mg|tablet|1 tablet|daily|90 days|PO|90|3
Levothyroxine|112 mcg|tablet||OD
Lisinopril|10 mg|tablet|1 tab|daily|3 months|PO|30|2
Lisinopril|10 mg|tablet|1 tab|daily|90 days|PO|90|3
Lisinopril|10 mg|tablet|half a tablet|daily|1 month
Metoprolol succinate ER|25 mg|tablet|0.5 tablet|daily|30 days|PO|15
Atorvastatin|40 mg|tablet|1 tablet|qhs|30 days|PO|30 tablets|5
Warfarin|1 mg|tablet|3 mg|once daily
Warfarin|5 mg|tablet|7.5 mg|once daily
Furosemide|40 mg|tablet|80 mg|twice daily
Insulin glargine|100 units/mL|injection|20 units|at bedtime||subcutaneous|10 mL
Insulin aspart|100 units/mL|pen|6 units|three times daily before meals||SC
Salbutamol|100 mcg|inhaler|2 puffs|four times a day as needed||inhaled|1
Albuterol HFA|90 mcg|inhaler|2 puffs|every 4 hours prn||by mouth|1
Fluticasone|50 mcg|nasal spray|2 sprays|daily||each nostril|1
Timolol|0.5%|eye drops|1 drop|BID||both eyes|5 mL
Latanoprost|0.005%|ophthalmic solution|1 drop|at bedtime||both eyes
Ciprofloxacin|0.3%|eye drops|2 drops|QID|7 days|left ear
Hydrocortisone|1%|cream|thin layer|BID|14 days|topical|30 g
Clotrimazole|1%|cream||BD|2 weeks|local application
Clotrimazole|500 mg|pessary|1|stat||PV|1
Metronidazole|400 mg|tablet|1 tab|TDS|5 days|PO|15
Diclofenac|75 mg|injection|75 mg|BD|2 days|IM
Diclofenac|1%|gel||TDS||topical
Ondansetron|4 mg|tablet|4 mg|q8h prn nausea||PO|10
Ondansetron|4 mg/2 mL|injection|4 mg|once||IV
Ceftriaxone|1 g|injection|1 g|once daily|5 days|IV
Vitamin D3|60000 IU|capsule|1 cap|once weekly|8 weeks|oral|8
Folic acid|5 mg|tablet|1|once weekly
Fluconazole|150 mg|capsule|1 capsule|once weekly|2 weeks|PO|2
Azithromycin|250 mg|tablet|2 tablets on day 1 then 1 tablet|daily|5 days|PO|6|0
Azithromycin|500 mg|tablet|1 tab|OD|3 days|PO|3
Digoxin|125 mcg|tablet|1|OD
Digoxin|0.25 mg|tablet|1 tablet|daily
Clonidine|0.1 mg|tablet|0.1 mg|BID
Colchicine|0.6 mg|tablet|1.2 mg|once then 0.6 mg after 1 hour
Potassium chloride|20 mEq|tablet|20 mEq|daily||PO|30
Ferrous sulfate|325 mg|tablet|1 tablet|every other day||PO|30
Omeprazole|20 mg|capsule|1 capsule|before breakfast|28 days||28
Pantoprazole|40 mg|injection|40 mg|OD||IV
Tramadol|50 mg|capsule|50-100 mg|q6h prn||PO|20|0
Gabapentin|300 mg|capsule|600 mg|TID||PO|180|2
Lactulose|10 g/15 mL|syrup|15 mL|BD||oral|300 mL
Lactulose||syrup|15-30 ml|daily|||200 ml
Cetirizine|5 mg/5 mL|syrup|2.5 mL|once daily|7 days
Paracetamol|120 mg/5 ml|syrup|5 ml|every 6 hours as needed for fever|3 days
Cefixime|100 mg/5 mL|syrup|4 mL|BD|5 days
Doxycycline|100 mg|capsule|1 cap|BD|7 days||14
Nitroglycerin|0.4 mg|tablet|1 tablet|every 5 minutes as needed||sublingual|25
Morphine|15 mg|tablet|15 mg|every 12 hours||PO|60|0
Fentanyl|25 mcg/h|patch|1 patch|every 72 hours||transdermal|10
Estradiol|0.01%|cream|1 g|twice weekly||vaginal
Sildenafil|50 mg|tablet|1 tablet|as needed||PO|6
Sumatriptan|50 mg|tablet|1 tab|at onset of headache, may repeat once||PO|9
Montelukast|5 mg|chewable tablet|1|at night
Amlodipine|5 mg|tab||OD|1 month
Telma 40|40 mg|tab|1|1-0-0|30 days
Glycomet 500|500 mg|tab||1-0-1|30 days
Pan 40||tab||1-0-0|5 days
Dolo 650||tab||SOS
Calpol|650 mg|tab||TDS SOS|3 days
Azee 500||tab||OD|3 days
Shelcal 500||tab||0-0-1|30 days
Becosules||cap||OD|10 days
Lorazepam|1 mg|tablet|1 mg|HS prn||PO|10|0
Bisoprolol|1.25 mg|tablet|1 tablet|OD|28 days||28
Heparin|5000 units|injection|5000 units|q8h||SC
Dexamethasone|4 mg|tablet|8 mg|once daily|3 days
Vancomycin|125 mg|capsule|125 mg|QID|10 days|PO|40
Hydroxychloroquine|200 mg|tablet|400 mg|daily||PO|60|3
Liraglutide|6 mg/mL|injection|1.2 mg|daily||SC
Nystatin|100,000 units/mL|suspension|5 mL|QID swish and swallow|7 days
Chlorhexidine|0.12%|mouthwash|15 mL|BID
ORS||sachet|1 sachet|after each loose stool
Zinc|20 mg|tablet|1|OD|14 days||14
Lidocaine|5%|patch|1 patch|12 hours on 12 hours off||topical|30
Tiotropium|18 mcg|capsule|1 capsule|daily||inhaled|30
Budesonide|0.5 mg/2 mL|nebules|0.5 mg|BD||inhalation
Phenytoin|100 mg|capsule|300 mg|at bedtime||PO|90
Lithium|300 mg|capsule|600 mg|BID
Valproate|500 mg|tablet|1000 mg|BID
Testosterone cypionate|200 mg/mL|injection|100 mg|every 2 weeks||IM
Epinephrine|0.3 mg|auto-injector|0.3 mg|once as needed||IM|2
Medroxyprogesterone|150 mg/mL|injection|150 mg|every 3 months||IM
Cyanocobalamin|1000 mcg|injection|1000 mcg|monthly||IM
Ciprodex||otic drops|4 drops|BID|7 days|right ear
Tretinoin|0.025%|cream|pea-sized amount|nightly||topical
Bisacodyl|10 mg|suppository|1|as needed||PR
Carbidopa/Levodopa|25/100 mg|tablet|1 tablet|TID||PO|90
Sulfamethoxazole/Trimethoprim|800/160 mg|tablet|1 tablet|BID|7 days||14
Bactrim DS||tablet|1 tab|BID|3 days||6
Norco|5/325|tablet|1 tab|q6h prn||PO|20|0
Buprenorphine/naloxone|8/2 mg|film|1 film|daily||sublingual|30
Mesalamine|1.2 g|tablet|2.4 g|daily
Adderall XR|20 mg|capsule|1|qam||PO|30|0
Methylphenidate ER|36 mg|tablet|1|daily||PO|30|0
Lantus|||20 units|qhs||SC
Eliquis|5 mg|tablet|1|BID||PO|60
Xarelto|20 mg|tablet|1|daily with dinner||PO|30
Trulicity|1.5 mg|pen|1.5 mg|once weekly||SC|4
Humira|40 mg|pen|40 mg|every 2 weeks||SC|2
"""


@pytest.mark.parametrize("line", ORDINARY.strip().splitlines())
def test_an_ordinary_prescription_raises_no_doubt(line: str):
    said = dict(zip(FIELDS, line.split("|"), strict=False))
    assert found(**{field: words or None for field, words in said.items()}) == {}
