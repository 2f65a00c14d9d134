"""What stands at a place of a label or record."""

import re

from jsl_pipeline.schemas import DateValue, Value


def text_at(value: Value | None, path: str) -> str:
    """The text at a path such as `medications[2].strength`, empty where nothing is said; a date as written."""
    found: object = value
    for name, index in re.findall(r"(\w+)(?:\[(\d+)\])?", path):
        found = getattr(found, name, None)
        if index and isinstance(found, tuple):
            found = found[int(index)]
    match found:
        case None:
            return ""
        case bool():
            return "yes" if found else "no"
        case float():
            return f"{found:.6g}"
        case DateValue():
            return found.raw
        case _:
            return str(found)
