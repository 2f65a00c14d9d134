"""When two writings of a field say the same. Applied to labels and records alike, before they are compared.

Everywhere: case, white space and punctuation do not count, and an empty text is no value. Besides:

- names of people: titles (Dr, Mr ...) and degrees (MD, MBBS ...) do not count, nor the order of the names;
- names of drugs, licences: letters and digits only;
- sex: F is female, M is male; phone: digits only;
- numbers in words are numbers ("two tablets" is "2 tablets"), plurals are singulars, in dose, form, frequency,
  duration and quantity; tab and cap are tablet and capsule;
- strength: µg and ug are mcg, a decimal point counts, a thousands comma does not;
- frequency and dose: a leading "take" or "use" does not count; duration: a leading "for" or "x" does not;
- route: PO, orally, by mouth are oral; quantity: "#", "disp", "supply" do not count;
- dates: by ISO date where the label has one, else by the digits and month as written.
"""

import re
import unicodedata
from collections.abc import Callable

from jsl_pipeline.schemas import DateValue

_TITLES = {"dr", "doctor", "mr", "mrs", "ms", "miss", "prof", "professor"}
_DEGREES = {"md", "phd", "mbbs", "mbchb", "mrcgp", "faafp", "facp", "dnb", "dds", "dmd", "frcp", "pharmd"}
_DEGREES_AFTER_COMMA = _DEGREES | {"do", "np", "pa", "rn", "med"}  # also family names
_SEXES = {"f": "female", "m": "male", "woman": "female", "man": "male", "o": "other"}
_ROUTES = {"po": "oral", "orally": "oral", "by mouth": "oral", "per os": "oral", "mouth": "oral"}
_SHORT = {"tab": "tablet", "cap": "capsule", "syp": "syrup", "inj": "injection", "susp": "suspension"}
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
        ]
    )
} | {"thirty": "30", "sixty": "60", "ninety": "90", "half": "1/2"}

Normaliser = Callable[[str], str]


def text(value: str) -> str:
    """Words in lower case, single spaces, no punctuation."""
    return " ".join(re.findall(r"[^\W_]+", _plain(value)))


def person(value: str) -> str:
    """The names of a person, sorted, without titles and degrees."""
    head, *tail = re.sub(r"\b([^\W\d_])\.(?=[^\W\d_]\b)", r"\1", value).split(",")
    words = text(head).split()
    words += [each for each in text(" ".join(tail)).split() if each not in _DEGREES_AFTER_COMMA]
    names = [each for each in words if each not in _TITLES]
    names = names[:1] + [each for each in names[1:] if each not in _DEGREES]  # Md can be a first name
    return " ".join(sorted(names or words))


def sex(value: str) -> str:
    """Female, male or other, where it is one of their usual writings."""
    word = text(value)
    return _SEXES.get(word, word)


def digits(value: str) -> str:
    """Digits only."""
    return "".join(re.findall(r"\d", _plain(value)))


def letters_and_digits(value: str) -> str:
    """Letters and digits only."""
    return "".join(re.findall(r"[^\W_]", _plain(value)))


def strength(value: str) -> str:
    """Number and unit without spaces, micrograms as mcg."""
    joined = re.sub(r"(?<=\d),(?=\d{3}\b)", "", _plain(value))
    joined = re.sub(r"[^\w.%/+]", "", joined)
    return re.sub(r"(?<=\d)(?:μg|µg|ug|micrograms?)", "mcg", joined)


def amount(value: str) -> str:
    """Words of an amount: numbers as digits, things in the singular, no spaces."""
    return "".join(_counted(re.sub(r"^\s*(?:take|use)\b|#|\(s\)|\b(?:disp|dispense|supply|qty)\b", " ", _plain(value))))


def frequency(value: str) -> str:
    """Words of a frequency: numbers as digits, no leading take or use."""
    return " ".join(_counted(re.sub(r"^\s*(?:take|use)\b", " ", _plain(value))))


def duration(value: str) -> str:
    """Words of a duration: numbers as digits, no leading for or x."""
    return "".join(_counted(re.sub(r"^\s*(?:for|x)\b", " ", _plain(value))))


def route(value: str) -> str:
    """A route, with the ways to say oral made one."""
    words = text(value)
    return _ROUTES.get(words, words)


def written_date(value: DateValue) -> str:
    """The numbers and month of a date as written, leading zeros dropped."""
    return " ".join(each.lstrip("0")[:3] if each.isalpha() else each.lstrip("0") for each in text(value.raw).split())


def _plain(value: str) -> str:
    return unicodedata.normalize("NFKC", value).casefold()


def _counted(value: str) -> list[str]:
    words: list[str] = re.findall(r"\d+(?:[./]\d+)?|[^\W\d_]+|%", value)
    return [_singular(_NUMBERS.get(each, each)) for each in words]


def _singular(word: str) -> str:
    word = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    return _SHORT.get(word, word)
