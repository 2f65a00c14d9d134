"""Patient and prescriber: first what labels say, then what the page says without them."""

import re

from jsl_pipeline.clinical import find_dates, find_phones, parse_gender
from jsl_pipeline.engines.reader.introductions import (
    REGARDING,
    TITLED,
    after_name,
    block,
    born_beside,
    captioned,
    dispensed,
    headed,
    introduced,
)
from jsl_pipeline.engines.reader.labels import Field, bare_label, split_fields
from jsl_pipeline.engines.reader.layout import Cell, Layout
from jsl_pipeline.engines.reader.letterhead import LICENSE, is_street, letterhead, names_doctor
from jsl_pipeline.engines.reader.names import (
    CREDENTIALS,
    DOCTOR,
    FAMILY_FIRST,
    INSTITUTION,
    NAME,
    OTHER_PEOPLE,
    before_digits,
    typographic,
)
from jsl_pipeline.engines.reader.values import chosen_sex, value_of
from jsl_pipeline.schemas import PatientCandidate, PrescriberCandidate

# From here on, address and telephone are those of a place or of somebody in passing.
_ELSEWHERE = re.compile(
    r"(?i)^(?:location|facility|hospital|clinic|pharmacy|practice|encounter\s+participant|contact|appointment|provider)\b"
)
_ABOUT = re.compile(r"(?i)(?:patient|prescriber|physician|doctor)\b(?!.*:)")
_OF_PATIENT = re.compile(r"(?i)\bpatient\b")  # `Pharmacy - patient profile`
_NUMBERED = re.compile(r"(?i)^(?:[a-z. ]{0,12}:\s*)?\d[\w/]*\s+[-–—|]\s+")  # `ID: 20934 - Mrs. Rao`
_NOTHING = re.compile(r"^(?:n\s*/?\s*a|none|nil|unknown|-+|not\s+(?:known|given|applicable))\.?$", re.I)
_UNDER_LABEL = frozenset({"dob", "age", "age_sex", "sex", "weight"})
_UNDER_HEADER = _UNDER_LABEL | {"patient_name", "prescriber", "license"}
_PAIRED = _UNDER_HEADER | {"name", "first_name", "last_name"}
_PERSONAL = frozenset({"name", "address", "phone"})
_REACH = 12
"""Line heights below a person's name within which an unowned address or telephone is theirs."""


def read_people(layout: Layout) -> tuple[PatientCandidate, PrescriberCandidate]:
    """The patient and the prescriber, as far as the page says."""
    labelled = _Labelled(layout)
    patient = headed(layout) | block(layout) | labelled.patient | captioned(layout)
    patient = introduced(layout, patient.get("name")) | patient
    patient = (dispensed(layout) if "name" not in patient else {}) | patient
    patient = born_beside(layout, patient.get("name")) | patient
    prescriber = letterhead(layout) | labelled.prescriber
    return PatientCandidate(**patient), PrescriberCandidate(**prescriber)


class _Labelled:
    """Goes over the labels of a page in reading order and knows whose address comes next."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.patient: dict[str, str] = {}
        self.prescriber: dict[str, str] = {}
        self._owners = [(Cell("", 0, 0, 0, 0), self.patient)]  # side by side, left to right
        self._owned_to = float("inf")
        self._title = ""
        self._row_of = {id(cell): index for index, row in enumerate(layout.rows) for cell in row.cells}
        other_people, somebody, bottom = False, -1, 0.0
        for cell in layout.cells:
            if _ELSEWHERE.match(cell.text) or cell.top > self._owned_to:
                self._own({}, cell)
            lead, fields = split_fields(cell)
            if not fields and (name := bare_label(cell)) is not None and self._is_over_value(name, cell):
                fields = [Field(name, cell.text, "", cell)]
            elif not fields:
                other_people = self._other_people(cell, other_people and cell.top - bottom < 1.2 * layout.line_height)
            bottom = cell.bottom
            for field in fields:
                if OTHER_PEOPLE.search(field.label) or OTHER_PEOPLE.search(lead):
                    somebody = self._row_of[id(cell)]
                    continue
                other_people = other_people and field.name != "patient_name"
                passing = somebody == self._row_of[id(cell)] and field.name in _PERSONAL
                if field.name in ("patient_name", "prescriber") or not (other_people or passing):
                    self._field(field, fields)
        self._join_names()
        self._titled()

    def _own(self, who: dict[str, str], cell: Cell) -> None:
        """From this cell on, address and telephone are of this person."""
        beside = self._row_of.get(id(self._owners[-1][0])) == self._row_of[id(cell)]
        known = who is self.patient or who is self.prescriber
        self._owners = [*(self._owners if beside and known else ()), (cell, who)]
        self._owned_to = cell.bottom + _REACH * self._layout.line_height if known else float("inf")

    def _owner(self, cell: Cell) -> dict[str, str]:
        """Whose column a cell stands in."""
        slack = 2 * self._layout.line_height
        return next((who for head, who in reversed(self._owners) if head.left < cell.left + slack), self._owners[0][1])

    def _say(self, who: dict[str, str], field: str, value: str | None) -> None:
        value = (value or "").strip(" ,;-_|" if field == "name" else " ,;.-_|")
        if value and not _NOTHING.match(value):
            who.setdefault(field, value)

    def _is_over_value(self, name: str, cell: Cell) -> bool:
        """Whether a label without colon stands over its value: in a row of labels, or where no sentence could."""
        row = self._layout.rows[self._row_of[id(cell)]]
        labels = sum(bare_label(other) is not None for other in row.cells)
        pair = len(row.cells) == 2 and labels == 1 and cell == row.cells[0]
        if pair or "address" in cell.text.lower():
            return name in _PAIRED
        return name in (_UNDER_HEADER if labels > 1 else _UNDER_LABEL)

    def _other_people(self, cell: Cell, now: bool) -> bool:
        """Whether a heading opens, or closes, a block about somebody else."""
        alone = self._layout.rows[self._row_of[id(cell)]].only is not None
        if alone and _ABOUT.match(cell.text):
            return False
        if alone and len(cell.text) < 40 and OTHER_PEOPLE.search(cell.text) and not _OF_PATIENT.search(cell.text):
            return True
        return now and not cell.height > 1.25 * self._layout.line_height

    def _field(self, field: Field, beside: list[Field]) -> None:
        value = value_of(self._layout, field)
        if _NOTHING.match(value):
            return
        match field.name:
            case "name" if re.match(DOCTOR, value):
                self._own(self.prescriber, field.cell)
                self._prescriber_name(value)
            case "patient_name" | "name":
                self._own(self.patient, field.cell)
                self._patient_name(value)
                if "address" in field.label.lower():
                    self._say(self.patient, "address", value.partition(",")[2] or self._address_under(value))
            case "first_name" | "last_name":
                self._say(self.patient, field.name, before_digits(value))
            case "dob":
                dates = find_dates(value)
                self._say(self.patient, "dob", dates[0].text if dates else None)
                self._also(value[dates[0].end :] if dates else "")
            case "age" | "age_sex":
                ages = re.search(r"\d{1,3}\s*(?:years?|yrs?|y|months?|mths?|weeks?|m(?=o))?(?:\s*old)?", value, re.I)
                self._say(self.patient, "age", ages.group() if ages else None)
                self._also(value[ages.end() :] if ages else value)
            case "sex":
                self._say(self.patient, "sex", chosen_sex(self._layout, field))
            case "weight":
                value = re.sub(r"(?<=\d)(\s*)[1I]b(?=s?\b)", r"\1lb", value)
                weight = re.search(r"(?<!\d)\d{1,3}(?:[.,]\d+)?(?!\d)\s*(?:kgs?|lbs?|pounds?)?", value, re.I)
                self._say(self.patient, "weight", weight.group() if weight else None)
            case "prescriber":
                self._own(self.prescriber, field.cell)
                self._prescriber_name(value)
            case "address" | "phone" | "license" | "registration":
                self._contact(field, value, beside)
            case _:
                return

    def _address_under(self, name: str) -> str:
        """Lines under a name that one label calls name and address."""
        cell = next((cell for cell in self._layout.cells if cell.text.endswith(name)), None) if name else None
        lines: list[str] = []
        while cell is not None and (cell := self._layout.below(cell, reach=0.8)) is not None:
            if split_fields(cell)[1] or bare_label(cell):
                break
            lines.append(cell.text)
        return ", ".join(lines) if lines and is_street(lines[0]) else ""

    def _contact(self, field: Field, value: str, beside: list[Field]) -> None:
        """Where the owner can be found, and the number that a prescriber is known by."""
        owner = self._owner(field.cell)
        if field.name == "address":
            self._say(owner, "address", _address(value, beside))
        elif field.name == "phone":
            phones = find_phones(value) or find_phones(f"Tel {value}")
            if phones and (owner is not self.patient or "name" in self.patient):
                self._say(owner, "phone", phones[0].text)
        elif field.name == "license" or self._is_of_doctor(field.cell):
            number = LICENSE.match(value)
            self._say(self.prescriber, "license_no", number.group() if number else None)

    def _is_of_doctor(self, cell: Cell) -> bool:
        """Whether a bare registration number stands with a doctor's name, not with a hospital's or a patient's."""
        index = self._row_of[id(cell)]
        return names_doctor(self._layout.rows[max(0, index - 3) : index + 1])

    def _patient_name(self, value: str) -> None:
        value = typographic(value)
        titled = TITLED.match(value)
        if titled is not None:
            self._title = titled["title"]
            value = titled["name"] + titled["rest"]
        family_first = FAMILY_FIRST.match(value)
        name = family_first or NAME.match(before_digits(value))
        if name is not None and not re.match(DOCTOR, value) and not INSTITUTION.search(name.group()):
            self._say(self.patient, "name", name.group())
            self._also(value[name.end() :])
        elif (value.isupper() or value.islower()) and not INSTITUTION.search(value):
            self._say(self.patient, "name", before_digits(value))

    def _join_names(self) -> None:
        """One name of first and last names that stand in fields of their own."""
        first, last = self.patient.pop("first_name", None), self.patient.pop("last_name", None)
        if first and last:
            self._say(self.patient, "name", f"{first} {last}")

    def _titled(self) -> None:
        """`Mr. Asha Rao 58y` where no label names the patient; a title is a sex where nothing else says it."""
        if "name" not in self.patient:
            for cell in self._layout.cells:
                text = _NUMBERED.sub("", REGARDING.sub("", cell.text))
                if TITLED.match(text) and not OTHER_PEOPLE.search(text):
                    self._patient_name(text)
        if parse_gender(self._title):
            self._say(self.patient, "sex", self._title)

    def _also(self, text: str) -> None:
        """What follows a name, a date of birth or an age in the same line."""
        for field, value in after_name(text).items():
            self._say(self.patient, field, value)

    def _prescriber_name(self, value: str) -> None:
        value = typographic(value)
        title = re.match(DOCTOR, value)
        start = re.compile(r"\s*").match(value, title.end() if title else 0)
        name = NAME.match(value, start.end() if start else 0) or NAME.search(before_digits(value))
        if name is None or INSTITUTION.search(name.group()):
            return
        plain = value[: name.end()]
        end = name.end()
        credentials = CREDENTIALS.match(value, end)
        if credentials is not None and not any(cell.text.strip() == plain for cell in self._layout.cells):
            plain = value[: credentials.end()]  # the page never names them without
        self._say(self.prescriber, "name", plain)


def _address(value: str, beside: list[Field]) -> str:
    """An address with city, state and code from fields of their own."""
    parts = [value]
    for name in ("city", "state", "zip"):
        parts += [field.value for field in beside if field.name == name]
    return ", ".join(part for part in parts[:3] if part) + "".join(f" {part}" for part in parts[3:])
