import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsl_pipeline.drugs import Status, find_drug


def drug_of(name: str) -> str:
    drug = find_drug(name).drug
    assert drug is not None, f"{name} is not known"
    return drug.name


@pytest.mark.parametrize(
    ("written", "drug"),
    [
        ("Metformin", "metformin"),
        ("METFORMIN HCL", "metformin"),
        ("Metoprolol Succinate ER", "metoprolol"),
        ("Fluticasone Propionate", "fluticasone"),
        ("Albuterol Inhaler", "albuterol"),
        ("Lisinopril 10", "lisinopril"),
        ("Tab. Amlodipine 5 mg", "amlodipine"),
        ("Salbutamol 100micrograms/dose inhaler CFC free", "albuterol"),
        ("Morphine 10mg modified-release tablets", "morphine"),
        ("Insulin Glargine", "insulin glargine"),
        ("Vitamin D3", "cholecalciferol"),
        ("Vit. B12", "cyanocobalamin"),
        ("Omega-3 Fatty Acids", "omega-3 fatty acids"),
        ("Children's Tylenol", "acetaminophen"),
        ("Aspirin EC", "aspirin"),
        ("Potassium chloride", "potassium chloride"),
        ("Calcium carbonate", "calcium carbonate"),
        ("Sodium valproate", "valproate"),
    ],
)
def test_a_name_is_known_whatever_stands_around_it(written: str, drug: str):
    assert drug_of(written) == drug


@pytest.mark.parametrize(
    ("brand", "drug"),
    [
        ("Lipitor", "atorvastatin"),
        ("Glucophage", "metformin"),
        ("Vyvanse", "lisdexamfetamine"),
        ("Dolo 650", "acetaminophen"),
        ("Pan-D", "domperidone + pantoprazole"),
        ("Augmentin 625 Duo", "amoxicillin + clavulanate"),
        ("Telma H", "hydrochlorothiazide + telmisartan"),
        ("Telma 40", "telmisartan"),
        ("Lantus SoloStar", "insulin glargine"),
        ("Ventolin Evohaler", "albuterol"),
    ],
)
def test_brands_tell_their_generic_drug(brand: str, drug: str):
    assert drug_of(brand) == drug


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Paracetamol", "Acetaminophen"),
        ("Salbutamol", "Albuterol"),
        ("Frusemide", "Furosemide"),
        ("Glibenclamide", "Glyburide"),
        ("Adrenaline", "Epinephrine"),
        ("Alendronic acid", "Alendronate sodium"),
        ("Cefalexin", "Cephalexin"),
        ("HCTZ", "Hydrochlorothiazide"),
    ],
)
def test_names_of_other_countries_are_the_same_drug(one: str, other: str):
    assert drug_of(one) == drug_of(other)


@pytest.mark.parametrize(
    ("written", "drug"),
    [
        ("Amoxicillin/Clavulanic acid", "amoxicillin + clavulanate"),
        ("Amoxicillin-Clavulanate", "amoxicillin + clavulanate"),
        ("Losartan Potassium & HCTZ", "hydrochlorothiazide + losartan"),
        ("Aceclofenac + Paracetamol", "acetaminophen + aceclofenac"),
        ("Paracetamol and Codeine", "acetaminophen + codeine"),
        ("Rosuvastatin 10 mg + Fenofibrate 160 mg", "fenofibrate + rosuvastatin"),
        ("Zinc + Magnesium", "magnesium + zinc"),
    ],
)
def test_a_combination_is_known_by_its_parts_in_any_order(written: str, drug: str):
    assert sorted(drug_of(written).split(" + ")) == sorted(drug.split(" + "))


def test_a_combination_with_an_unknown_part_is_not_known():
    assert find_drug("Amlodipine + Cardivexol").drug is None


@pytest.mark.parametrize(
    ("misread", "meant"),
    [
        ("Amox1cillin", "amoxicillin"),
        ("rnetformin", "metformin"),
        ("Metformln HCl", "metformin"),
        ("Lisin0pril", "lisinopril"),
        ("Hydroxyzlne", "hydroxyzine"),
        ("Atorvastatln Calcium", "atorvastatin"),
        ("Azithrornycin", "azithromycin"),
        ("Clopidogre1", "clopidogrel"),
        ("C1arithromycin", "clarithromycin"),
        ("Gabapentn", "gabapentin"),
        ("Omeprazo|e", "omeprazole"),
        ("Folic ocid", "folic acid"),
        ("Furosemlde tablets", "furosemide"),
    ],
)
def test_a_misread_name_is_offered_its_drug_and_not_known_as_it(misread: str, meant: str):
    found = find_drug(misread)
    assert found.status is Status.LIKELY
    assert found.drug is None
    assert found.candidates[0].drug.name == meant


# Pairs that the FDA and the ISMP list as confused, with drastic results.
LOOK_ALIKES = [
    ("hydroxyzine", "hydralazine"),
    ("prednisone", "prednisolone"),
    ("clonidine", "clonazepam"),
    ("lorazepam", "alprazolam"),
    ("bupropion", "buspirone"),
    ("metformin", "metronidazole"),
    ("glipizide", "glyburide"),
    ("cycloserine", "cyclosporine"),
    ("vinblastine", "vincristine"),
    ("chlorpromazine", "chlorpropamide"),
    ("tramadol", "trazodone"),
    ("sulfadiazine", "sulfasalazine"),
    ("celexa", "celebrex"),
    ("cerebyx", "celebrex"),
    ("zantac", "xanax"),
    ("lamictal", "lamisil"),
    ("novolog", "novolin"),
    ("humalog", "humulin"),
    ("lamivudine", "lamotrigine"),
    ("nifedipine", "nicardipine"),
    ("fluoxetine", "duloxetine"),
    ("rabeprazole", "aripiprazole"),
    ("dopamine", "dobutamine"),
    ("ephedrine", "epinephrine"),
    ("quinine", "quinidine"),
    ("oxycontin", "ms contin"),
    ("tizanidine", "tiagabine"),
    ("penicillin", "penicillamine"),
]


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKES)
def test_look_alikes_stay_two_drugs(one: str, other: str):
    assert drug_of(one) != drug_of(other)


@pytest.mark.parametrize(
    ("between", "drugs"),
    [
        ("prednisolne", {"prednisone", "prednisolone"}),
        ("quinidne", {"quinine", "quinidine"}),
        ("lolazepam", {"lorazepam", "zolazepam"}),
    ],
)
def test_a_name_between_two_drugs_is_ambiguous(between: str, drugs: set[str]):
    found = find_drug(between)
    assert found.status is Status.AMBIGUOUS
    assert drugs <= {candidate.drug.name for candidate in found.candidates}


def test_two_drugs_in_one_name_are_ambiguous():
    found = find_drug("Furosemide Omeprazole")
    assert found.status is Status.AMBIGUOUS
    assert {each.drug.name for each in found.candidates} == {"furosemide", "omeprazole"}


@pytest.mark.parametrize(
    "invented", ["Cardivexol", "Zenthoprime", "Nasal spray", "Blorptazine", "Mr Smith", "10 mg", ""]
)
def test_an_invented_name_is_unknown(invented: str):
    assert find_drug(invented).status is Status.UNKNOWN


def test_slips_of_look_alike_letters_cost_less():
    assert find_drug("amox1cillin").score > find_drug("amoxkcillin").score > find_drug("amoxkcellin").score


@given(st.text(max_size=60))
def test_any_text_gets_an_answer_that_keeps_its_promises(text: str):
    found = find_drug(text)
    scores = [candidate.score for candidate in found.candidates]
    assert all(0 <= score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)
    assert len({candidate.drug.name for candidate in found.candidates}) == len(found.candidates) <= 3
    assert (found.status is Status.KNOWN) == (found.drug is not None) == (found.score == 1)


@given(
    st.sampled_from(["amoxicillin", "levothyroxine", "hydrochlorothiazide"]),
    st.integers(0, 10),
    st.characters(codec="ascii"),
)
def test_one_wrong_letter_never_makes_a_long_name_another_drug(name: str, at: int, letter: str):
    found = find_drug(name[:at] + letter + name[at + 1 :])
    assert found.drug is None or found.drug.name == name
