"""What can be set of validation."""

from typing import Annotated

from pydantic import Field

from jsl_pipeline.schemas import Value

RuleName = Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]


class ValidationSettings(Value):
    """What is checked of a record besides the pipeline's own rules."""

    rules: tuple[RuleName, ...] = Field(
        default=(), description="Rules of your own, `package.module:function`, importable wherever validation runs."
    )
    ocr: bool = Field(
        default=True,
        description="Have CPU OCR read the scans that a model alone has read, so that values can be looked for there: "
        "about a second a page and core. Text layers are looked at in any case.",
    )
