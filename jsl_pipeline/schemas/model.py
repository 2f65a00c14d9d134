"""The base of every value that crosses a module border."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable, strictly named value: unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
