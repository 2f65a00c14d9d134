"""Databricks pyfunc: a table with a row a page goes out, as many predictions come back."""

import json
from typing import Literal

from pydantic import JsonValue

from jsl_pipeline.serving.protocols.base import Ask, Frame, WireAnswer, WrongAnswer
from jsl_pipeline.serving.protocols.body import MARK, around, parsed, wire_answer

Layout = Literal["dataframe_split", "dataframe_records", "inputs", "instances"]

_TEXTS = ("text", "output", "content", "generated_text", "response")
_LISTS = ("predictions", "outputs", "results")


class TableProtocol:
    """Columns prompt, max_tokens, temperature and image, in any of the four layouts that scoring servers take.

    A prediction is a text, an object with the text under one of `text`, `output`, `content`, `generated_text`
    and `response` (and perhaps `finish_reason` and `usage`), or the answer itself as an object.
    """

    many = True

    def __init__(self, layout: Layout, image_field: str, prompt_field: str, data_url: bool) -> None:
        self._layout: Layout = layout
        self._image_field = image_field
        self._prompt_field = prompt_field
        self._data_url = data_url

    def frame(self, ask: Ask) -> Frame:
        """Every row repeats the prompt; the image is its last column."""
        row: dict[str, JsonValue] = {
            self._prompt_field: ask.prompt,
            "max_tokens": ask.max_tokens,
            "temperature": float(ask.temperature),  # a whole number is no double to a strict model signature
            self._image_field: MARK,
        }
        if self._layout == "dataframe_split":
            columns: list[JsonValue] = list(row)
            head, tail = around({"dataframe_split": {"columns": columns, "data": [MARK]}}, quoted=True)
            image = around(list(row.values()))
        else:
            head, tail = around({self._layout: [MARK]}, quoted=True)
            image = around(row)
        return Frame(head=head, tail=tail, image=image, data_url=self._data_url)

    def answers(self, body: bytes, pages: int) -> list[WireAnswer]:
        """The predictions, in order. Raises WrongAnswer if they are not one a page."""
        predictions = _predictions(parsed(body).get("predictions"))
        if len(predictions) != pages:
            raise WrongAnswer(f"{len(predictions)} predictions came back for {pages} pages.")
        return [_answer(prediction) for prediction in predictions]


def _predictions(answer: JsonValue) -> list[JsonValue]:
    """The list of predictions, as it is or within an object; a lone prediction is a list of one."""
    if isinstance(answer, dict):
        for name in _LISTS:
            if isinstance(inner := answer.get(name), list):
                return inner
        for name in _TEXTS:
            if isinstance(texts := answer.get(name), list):
                return _rows(answer, len(texts))
    if isinstance(answer, list):
        return answer
    return [] if answer is None else [answer]


def _rows(columns: dict[str, JsonValue], count: int) -> list[JsonValue]:
    """Predictions given by column, as rows."""
    whole = {name: values for name, values in columns.items() if isinstance(values, list) and len(values) == count}
    return [{name: values[number] for name, values in whole.items()} for number in range(count)]


def _answer(prediction: JsonValue) -> WireAnswer:
    while isinstance(prediction, list) and len(prediction) == 1:
        prediction = prediction[0]
    if isinstance(prediction, str):
        return wire_answer(prediction)
    if not isinstance(prediction, dict):
        raise WrongAnswer("A prediction is neither a text nor an object.")
    if len(prediction) == 1 and isinstance(text := next(iter(prediction.values())), str):
        return wire_answer(text)
    for name in _TEXTS:
        if isinstance(text := prediction.get(name), str):
            return wire_answer(text, prediction.get("finish_reason"), prediction.get("usage"))
    return wire_answer(json.dumps(prediction, ensure_ascii=False))
