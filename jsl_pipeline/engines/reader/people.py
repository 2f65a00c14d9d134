"""Patient and prescriber, from labels, letterheads and the sentences that introduce a patient."""

import re
from collections import Counter
from collections.abc import Iterator

from jsl_pipeline.clinical import find_dates, find_phones, parse_gender
from jsl_pipeline.engines.reader.labels import Field, bare_label, split_fields
from jsl_pipeline.engines.reader.layout import Cell, Layout
from jsl_pipeline.schemas import PatientCandidate, PrescriberCandidate

_TITLE = r"(?:Mr|Mrs|Ms|Miss|Master|Baby|Smt|Shri|Sri)\b\.?"
_DOCTOR = r"(?:Dr|DR|Doctor|Prof)\b\.?"
_NAME_WORD = r"(?:[A-Z][\w'’-]*\.?|de|da|del|van|von|der|bin|al|el|la)"
_NAME = re.compile(rf"{_NAME_WORD}(?:\s+{_NAME_WORD}){{0,4}}")
_CREDENTIALS = re.compile(
    r"[\s,]+(?:M\.?\s?D|D\.?O|MBBS|M\.?B\.?B\.?S|Ph\.?\s?D|FRCS|FRCP|MRCP|FNP(?:-C)?|NP|PA(?:-C)?|RN|DDS|DMD|MS|DNB|BAMS|BHMS)"
    r"\b\.?(?=[\s,]|$)",
    re.I,
)
_TITLED_PATIENT = re.compile(rf"^(?P<title>{_TITLE})\s*(?P<name>{_NAME.pattern})(?P<rest>.*)$")
_INTRODUCED = re.compile(
    rf"^(?P<name>{_NAME_WORD}(?:\s+{_NAME_WORD}){{1,4}})\s*,\s*(?:born|DOB|a\s+\d|aged|\d{{1,3}}\s*[- ]?y)(?P<rest>.*)$"
)
_AGE_IN_PROSE = re.compile(
    r"\b(?P<age>\d{1,3}\s*-?\s*(?:years?\s*-?\s*old|yo|y/o|year\s+old))\s+(?P<sex>male|female|man|woman|boy|girl|M|F)\b",
    re.I,
)
_AGE = re.compile(
    r"(?<![\d/.-])\d{1,3}\s*-?\s*(?:years?(?:[\s-]*old)?|yrs?|y\s*/?\s*o|y|months?|mths?)(?![a-z])\.?", re.I
)
_SEX_WORD = re.compile(r"(?<![a-z])(?:male|female)(?![a-z])|(?<![A-Za-z])[MF](?![A-Za-z'])", re.I)
_DOCTOR_LINE = re.compile(rf"^{_DOCTOR}\s*(?P<name>{_NAME.pattern}(?:{_CREDENTIALS.pattern})*)", re.M)
_SIGNED = re.compile(rf"(?:signed|prescribed|seen)\s+by\s+(?P<name>{_DOCTOR}\s*{_NAME.pattern})", re.I)
_STREET = re.compile(
    r"\d+[\w-]*\s+\w+|\b(?:street|st\.|road|rd\.?|avenue|ave\.?|lane|drive|blvd|floor|suite|p\.?o\.?\s*box)\b", re.I
)
_OTHER_PEOPLE = re.compile(
    r"emergency|next\s+of\s+kin|guardian|guarantor|insur|policy|employer|spouse|referred|surgeon|relative|witness|pharmac",
    re.I,
)
# From here on, address and telephone are those of a place or of somebody in passing.
_ELSEWHERE = re.compile(
    r"(?i)^(?:location|facility|hospital|clinic|pharmacy|practice|encounter\s+participant|contact|appointment|provider)\b"
)
_PATIENT_BLOCK = re.compile(r"^patient(?:'?s)?\s*(?:information|info|details?|data|demographics)\s*:?$", re.I)
_NOTHING = re.compile(r"^(?:n\s*/?\s*a|none|nil|unknown|-+|not\s+(?:known|given|applicable))\.?$", re.I)


class People:
    """Who a page is about and who signed it."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._patient: dict[str, str] = {}
        self._prescriber: dict[str, str] = {}
        self._captions()
        self._labelled()
        self._patient_block()
        self._unlabelled_patient()
        self._letterhead()

    @property
    def patient(self) -> PatientCandidate:
        """The patient, as far as the page says."""
        return PatientCandidate(**self._patient)

    @property
    def prescriber(self) -> PrescriberCandidate:
        """The prescriber, as far as the page says."""
        return PrescriberCandidate(**self._prescriber)

    def _say(self, who: dict[str, str], field: str, value: str | None) -> None:
        value = (value or "").strip(" ,;.-_|") if field != "name" else (value or "").strip(" ,;-_|")
        if value and not _NOTHING.match(value):
            who.setdefault(field, value)

    def _labelled(self) -> None:
        """Every `Label: value`, and labels without colon over their value."""
        other_people = False
        self._owner = self._patient
        for cell in self._layout.cells:
            if _ELSEWHERE.match(cell.text):
                self._owner = {}
            lead, fields = split_fields(cell)
            name = bare_label(cell) if not fields else None
            if name is not None and name in _UNDER_LABEL:
                fields = [Field(name, cell.text, "", cell)]
            elif not fields:
                other_people = self._other_people(cell, other_people)
            for field in fields:
                if _OTHER_PEOPLE.search(field.label) or _OTHER_PEOPLE.search(lead):
                    continue
                if not other_people or field.name in ("patient_name", "prescriber"):
                    self._field(field, fields)

    def _other_people(self, cell: Cell, now: bool) -> bool:
        """Whether a heading opens, or closes, a block about somebody else."""
        if len(cell.text) < 40 and _OTHER_PEOPLE.search(cell.text):
            return True
        return now and not cell.height > 1.25 * self._layout.line_height

    def _field(self, field: Field, beside: list[Field]) -> None:
        value = self._value(field)
        match field.name:
            case "patient_name" | "name":
                self._owner = self._patient
                self._patient_name(value)
            case "dob":
                dates = find_dates(value)
                self._say(self._patient, "dob", dates[0].text if dates else None)
                self._rest(value[dates[0].end :] if dates else "")
            case "age" | "age_sex":
                ages = re.search(r"\d{1,3}\s*(?:years?|yrs?|y|months?|m(?=o))?(?:\s*old)?", value, re.I)
                self._say(self._patient, "age", ages.group() if ages else None)
                self._rest(value[ages.end() :] if ages else value)
            case "sex":
                self._say(self._patient, "sex", value.split(",")[0] if parse_gender(value) else None)
            case "weight":
                weight = re.search(r"\d+(?:[.,]\d+)?\s*(?:kgs?|lbs?|pounds?)?", value, re.I)
                self._say(self._patient, "weight", weight.group() if weight else None)
            case "address":
                self._address(value, beside)
            case "phone":
                self._phone(value)
            case "prescriber":
                self._owner = self._prescriber
                self._prescriber_name(value)
            case "license":
                number = re.match(r"[A-Z]{0,5}[-/. ]{0,2}\d[\w/-]{2,}", value, re.I)
                self._say(self._prescriber, "license_no", number.group() if number else None)
            case _:
                return

    def _value(self, field: Field) -> str:
        """The value beside a label, with the lines it wraps onto; or the one to its right or under it."""
        layout, cell, value = self._layout, field.cell, field.value
        if not value:
            beside = self._right_of(cell)
            if beside is not None and not split_fields(beside)[1] and not bare_label(beside):
                return beside.text
            under = layout.below(cell)
            if under is None or split_fields(under)[1] or bare_label(under):
                return ""
            cell, value = under, under.text
        wrapping = field.name in _WRAPPING and cell.text.endswith(value)
        while wrapping:
            following = layout.below(cell, reach=0.5)
            if following is None or not layout.wraps(cell, following) or not self._continues(field, following):
                break
            cell, value = following, f"{value} {following.text}"
        return value

    def _continues(self, field: Field, cell: Cell) -> bool:
        if split_fields(cell)[1] or bare_label(cell) or find_dates(cell.text):
            return False
        if field.name == "address":
            return not _NAME.fullmatch(cell.text) or "," in cell.text
        return _NAME.fullmatch(cell.text) is not None and len(cell.text.split()) <= 2

    def _right_of(self, cell: Cell) -> Cell | None:
        row = next(row for row in self._layout.rows if cell in row.cells)
        index = row.cells.index(cell)
        return row.cells[index + 1] if index + 1 < len(row.cells) else None

    def _patient_name(self, value: str) -> None:
        if (titled := _TITLED_PATIENT.match(value)) is not None:
            self._say(self._patient, "sex", titled["title"] if parse_gender(titled["title"]) else None)
            value = titled["name"] + titled["rest"]
        name = _NAME.match(_no_digits(value))
        if name is not None and not re.match(_DOCTOR, value):
            self._say(self._patient, "name", name.group())
            self._rest(value[name.end() :])
        elif value.isupper() or value.islower():
            self._say(self._patient, "name", _no_digits(value))

    def _rest(self, text: str) -> None:
        """Age and sex that follow a name or a date of birth in the same line."""
        age = _AGE.search(text)
        if age is not None:
            self._say(self._patient, "age", age.group())
        elif (number := re.fullmatch(r"\W*(\d{1,3})\W*", text)) is not None:
            self._say(self._patient, "age", number[1])
        sex = _SEX_WORD.search(text)
        if sex:
            self._say(self._patient, "sex", sex.group())

    def _address(self, value: str, beside: list[Field]) -> None:
        parts = [value]
        for name in ("city", "state", "zip"):
            parts += [field.value for field in beside if field.name == name]
        joined = ", ".join(part for part in parts[:3] if part) + "".join(f" {part}" for part in parts[3:])
        self._say(self._owner, "address", joined)

    def _phone(self, value: str) -> None:
        phones = find_phones(value)
        if phones and (self._owner is not self._patient or "name" in self._patient):
            self._say(self._owner, "phone", phones[0].text)

    def _prescriber_name(self, value: str) -> None:
        title = re.match(_DOCTOR, value)
        name = _NAME.match(value, title.end() if title else 0) or _NAME.search(_no_digits(value))
        if name is None:
            return
        credentials = _CREDENTIALS.match(value, name.end())
        plain = value[: name.end()]
        if any(cell.text.strip() == plain for cell in self._layout.cells):
            credentials = None  # the page also names them without
        self._say(self._prescriber, "name", value[: credentials.end()] if credentials else plain)

    def _captions(self) -> None:
        """Values over their captions, as on cards: last name, first name, date of birth."""
        names: list[Cell] = []
        for cell in self._layout.cells:
            caption = bare_label(cell)
            if caption not in ("first_name", "last_name", "dob") or cell.text.rstrip().endswith(":"):
                continue
            value = self._layout.above(cell)
            if value is None or bare_label(value) or split_fields(value)[1]:
                continue
            if caption == "dob" and find_dates(value.text):
                self._say(self._patient, "dob", find_dates(value.text)[0].text)
            elif caption != "dob" and _NAME.fullmatch(value.text):
                names.append(value)
        if len(names) > 1:
            self._say(self._patient, "name", " ".join(cell.text for cell in sorted(names, key=lambda c: c.left)))

    def _patient_block(self) -> None:
        """A heading such as `Patient Information` with name, telephone and address under it."""
        for cell in self._layout.cells:
            if not _PATIENT_BLOCK.match(cell.text):
                continue
            lines = list(self._column_under(cell))
            if not lines or split_fields(lines[0])[1] or not _NAME.fullmatch(lines[0].text):
                return
            self._say(self._patient, "name", lines[0].text)
            for line in lines[1:]:
                phones = find_phones(line.text)
                if phones:
                    self._say(self._patient, "phone", phones[0].text)
            address = [line.text for line in lines[1:] if not find_phones(line.text)]
            if address and _STREET.search(address[0]):
                self._say(self._patient, "address", ", ".join(address))

    def _column_under(self, cell: Cell) -> Iterator[Cell]:
        while (following := self._layout.below(cell, reach=1.2)) is not None:
            if split_fields(following)[1] or bare_label(following):
                return
            yield following
            cell = following

    def _unlabelled_patient(self) -> None:
        """`Mr. Asha Rao 58y`, `Jane Roe, born on ...`, `35 yo M with ...`, a line that is an age."""
        for cell in self._layout.cells:
            titled, introduced = _TITLED_PATIENT.match(cell.text), _INTRODUCED.match(cell.text)
            if titled is not None:
                self._patient_name(cell.text)
            elif introduced is not None and introduced["name"] == self._patient.get("name", introduced["name"]):
                self._say(self._patient, "name", introduced["name"])
                if "born" in introduced.group() and find_dates(introduced["rest"]):
                    self._say(self._patient, "dob", find_dates(introduced["rest"])[0].text)
            in_prose = _AGE_IN_PROSE.search(cell.text)
            if in_prose is not None:
                self._say(self._patient, "age", in_prose["age"])
                self._say(self._patient, "sex", in_prose["sex"])
            elif _AGE.fullmatch(cell.text):
                self._say(self._patient, "age", cell.text)

    def _letterhead(self) -> None:
        """Lines that begin with Dr: the one most often named; address and telephone stand under it at the top."""
        named = [(cell, match) for cell in self._layout.cells if (match := _DOCTOR_LINE.match(cell.text))]
        signed = [match["name"] for cell in self._layout.cells if (match := _SIGNED.search(cell.text))]
        if not named:
            for name in signed:
                self._say(self._prescriber, "name", name)
            return
        names = Counter(match["name"] for _, match in named)
        cell, match = next((c, m) for c, m in named if m["name"] == names.most_common(1)[0][0])
        self._say(self._prescriber, "name", match.group())
        if cell.bottom < 0.3 * self._layout.height:
            self._under_letterhead(cell)

    def _under_letterhead(self, head: Cell) -> None:
        address: list[str] = []
        start = self._layout.cells.index(head) + 1
        for cell in self._layout.cells[start : start + 5]:
            fields = [f for f in split_fields(cell)[1] if f.name not in ("phone", "license", "address")]
            if fields or _TITLED_PATIENT.match(cell.text) or find_dates(cell.text):
                break
            text = re.sub(r"(?<=[\d(])[oO](?=[\dO)])|(?<=\d)[oO](?=\))", "0", cell.text)  # zeros in a number
            for phone in find_phones(text)[:1]:
                self._say(self._prescriber, "phone", phone.text)
                text = re.sub(
                    r"(?i)[\s.,;]*(?:tele?)?(?:ph(?:one)?|tel|mob(?:ile)?|contact)?[\s.:]*$", "", text[: phone.start]
                )
            if text and (address or _STREET.search(text)):
                address.append(text.strip(" ,"))
        if address:
            self._say(self._prescriber, "address", ", ".join(address))


def _no_digits(text: str) -> str:
    return re.split(r"\d|[,;(|]", text)[0].strip()


_WRAPPING = frozenset({"patient_name", "name", "prescriber", "address"})
_UNDER_LABEL = frozenset({"dob", "age", "sex", "weight"})
