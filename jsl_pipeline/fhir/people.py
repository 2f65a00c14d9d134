"""Names and telephone numbers of patients and prescribers."""

import re

from jsl_pipeline.fhir.elements import Element, element, text

_WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
_FAMILY_FIRST = re.compile(rf"(?P<family>{_WORD})\s*,\s*(?P<given>{_WORD}\.?(?:\s+{_WORD}\.?){{0,2}})")
_NO_GIVEN_NAME = re.compile(
    r"(?:[js]r|i{2,3}|iv|md|do|ms|mb\w+|d[dmnpv][bdms]|[fm]rc[gops]\w*|fac\w|np|pa|pac|rn|phd|pharmd|bds|mph|od|esq|"
    r"dr|prof|mrs?|miss)\.?",
    re.IGNORECASE,
)


def human_name(written: str | None) -> list[Element]:
    """A HumanName of the name as written. Parts are told apart only in 'Family, Given': in any other form, which
    part is the family's depends on where the person is from."""
    whole = text(written)
    if whole is None:
        return []
    parts = _FAMILY_FIRST.fullmatch(whole)
    given = parts["given"].split() if parts else []
    if parts is None or any(_NO_GIVEN_NAME.fullmatch(word) for word in given):
        return [element(text=whole)]
    return [element(text=whole, family=parts["family"], given=given)]


def phone(written: str | None) -> list[Element]:
    """A ContactPoint of a telephone number as written."""
    number = text(written)
    return [element(system="phone", value=number)] if number else []


def address(written: str | None) -> list[Element]:
    """An Address as written, in one piece."""
    whole = text(written)
    return [element(text=whole)] if whole else []
