"""The vocabulary of drugs: generic names, brands, and the forms and strengths that they are sold in."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Product:
    """What one form of a drug is sold as: `strengths` as in `5mg`, `250mg/5mL`, `875mg+125mg`."""

    form: str
    route: str
    strengths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug by its active ingredients, in lower case and alphabetical order: `amoxicillin + clavulanate`."""

    name: str
    other_names: tuple[str, ...] = ()
    """Generic names of other countries, with salts, abbreviated."""
    brands: tuple[str, ...] = ()
    sold: str = ""
    """Products as the vocabulary's files write them; see `products`."""

    @property
    def products(self) -> tuple[Product, ...]:
        """Forms and strengths on the market; none where the vocabulary knows the name only."""
        parts = re.findall(r"([^;@]+)@([^;:]+):([^;]*)", self.sold)
        return tuple(Product(form, route, tuple(filter(None, sizes.split(",")))) for form, route, sizes in parts)


def letters(text: str) -> str:
    """The letters and digits of a text in lower case, without accents: `Co-Amoxiclav` is `coamoxiclav`."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(each for each in plain if each.isalnum() and each.isascii())


@cache
def vocabulary() -> Mapping[str, tuple[str, Drug]]:
    """Every name by its `letters`: the name as the files write it, and its drug. Read once a process.

    Where files differ on a name, the one made by hand is right.
    """
    drugs = {drug.name: drug for drug in _rows("world.tsv")}
    owner = {letters(name): drug.name for drug in drugs.values() for name in (drug.name, *drug.other_names)}
    for row in _rows("ndc.tsv"):
        name = owner.get(letters(row.name), row.name)
        drugs[name] = _joined(drugs[name], row) if name in drugs else row
    drugs |= {name: Drug(name) for name in _lines("names.txt") if letters(name) not in owner and name not in drugs}
    named: dict[str, tuple[str, Drug]] = {}
    generic = [(name, drug) for drug in drugs.values() for name in (drug.name, *drug.other_names)]
    brands = [(name, drug) for drug in drugs.values() for name in drug.brands]
    for name, drug in (*generic, *brands):  # a generic name is never taken for a brand of another drug
        named.setdefault(letters(name), (name, drug))
    return named


def _rows(file: str) -> list[Drug]:
    split = [line.split("\t") for line in _lines(file)]
    return [Drug(name, _list(other), _list(brands), sold) for name, other, brands, sold in split]


def _list(field: str) -> tuple[str, ...]:
    return tuple(field.split("|")) if field else ()


def _joined(first: Drug, second: Drug) -> Drug:
    other = dict.fromkeys((*first.other_names, second.name, *second.other_names))
    other.pop(first.name, None)
    brands = dict.fromkeys((*first.brands, *second.brands))
    return Drug(first.name, tuple(other), tuple(brands), f"{first.sold};{second.sold}".strip(";"))


def _lines(file: str) -> list[str]:
    return (files("jsl_pipeline.drugs") / "data" / file).read_text("utf-8").splitlines()


@cache
def table(file: str) -> dict[str, list[list[str]]]:
    """The rows of a file of `data` by their first column, which is a drug's name."""
    rows: dict[str, list[list[str]]] = defaultdict(list)
    for line in _lines(file):
        name, *fields = line.split("\t")
        rows[name].append(fields)
    return dict(rows)
