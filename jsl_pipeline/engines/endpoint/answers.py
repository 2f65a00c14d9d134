"""What an answer of a model is worth: usable, or the name of what is wrong with it and what follows.

    flaw             accepted  asked again
    truncated        no        while the page's tokens last, each time with twice the `max_tokens`
    whitespace_loop  no        once, at temperature 0.3, which leads out of the loop
    refused          no        never
    empty            no        once
    not_json         no        once
    fenced           yes       never; validation notes it
    repaired         yes       never; a person looks at the record

An answer that met its token limit may lack rows. It is accepted only where it is complete JSON as it stands,
and never repaired. An answer in plain text is accepted as it stands where it has an end. Whether it declines in
words is for its reader to see: those of a patient look the same.
"""

import json
import re
from collections.abc import Sequence
from typing import Literal, NoReturn

import json_repair
from pydantic import Field

from jsl_pipeline.schemas import AnswerFlaw, FailureCause, Value
from jsl_pipeline.serving.protocols import Ask, WireAnswer

_MOST_REPAIRED = 64 * 1024  # characters; a page is some 8,000, and repair takes a second for four times this
_OPENING_WORDS = 200  # characters in which a refusal shows; further on they may be a patient's words
_UNBOUNDED = 1000

# White space, plain or as escapes in a string. Indentation and the columns of a table stay well below 64.
_RUN = re.compile(r"(?:\s|\\[nrt]){64}")
_LONG_TAIL = re.compile(r"(?:\s|\\[nrt]){16}\Z")
_REFUSAL = re.compile(
    r"\b(?:i['’]?m|i am|we are) (?:very |so )?(?:sorry|unable|not able|not allowed)\b"
    r"|\b(?:i|we) (?:cannot|can['’]?t|can not|won['’]?t|must decline|am declining)\b"
    r"|\bas an ai\b|\bmy (?:guidelines|policies)\b|\bpolicy (?:forbids|does not allow)\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|["{}\[\]]|\.\.\.|…', re.DOTALL)
_PARTNER = {"}": "{", "]": "["}


class FlawRule(Value):
    """What follows from a flaw."""

    accepted: bool = False
    times: int = Field(default=0, ge=0, description="How often a page may be asked again for it, budgets apart.")
    token_factor: int = Field(default=1, ge=1)
    temperature: float | None = None
    cause: FailureCause = Field(default=FailureCause.UNUSABLE, description="Of the page, if no answer is better.")

    def change(self, ask: Ask) -> Ask:
        """What to ask the next time."""
        temperature = ask.temperature if self.temperature is None else max(ask.temperature, self.temperature)
        return ask.model_copy(update={"max_tokens": ask.max_tokens * self.token_factor, "temperature": temperature})


_RULES = {
    AnswerFlaw.TRUNCATED: FlawRule(times=_UNBOUNDED, token_factor=2, cause=FailureCause.TRUNCATED),
    AnswerFlaw.WHITESPACE_LOOP: FlawRule(times=1, temperature=0.3),
    AnswerFlaw.REFUSED: FlawRule(cause=FailureCause.REFUSED),
    AnswerFlaw.EMPTY: FlawRule(times=1),
    AnswerFlaw.NOT_JSON: FlawRule(times=1),
    AnswerFlaw.FENCED: FlawRule(accepted=True),
    AnswerFlaw.REPAIRED: FlawRule(accepted=True),
}


def retry_rule(flaw: AnswerFlaw) -> FlawRule:
    """What follows from a flaw."""
    return _RULES[flaw]


class Judged(Value):
    """An answer and what it is worth."""

    text: str | None = Field(repr=False, description="One JSON object, or plain text; None where it is not usable.")
    flaws: tuple[AnswerFlaw, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether the page is answered."""
        return self.text is not None


def judge(answer: WireAnswer, plain: bool = False) -> Judged:
    """Judge an answer, JSON or `plain` text. Never raises, whatever the text."""
    if answer.refused:
        return _unusable(AnswerFlaw.REFUSED)
    text = answer.text.strip()
    cut_short = answer.finish_reason == "length"
    if (text and not cut_short) if plain else _is_object(text):
        return Judged(text=text)
    if not plain and not cut_short and (found := _found(text)):
        return found
    if _RUN.search(answer.text) or (cut_short and _LONG_TAIL.search(answer.text)):
        return _unusable(AnswerFlaw.WHITESPACE_LOOP)
    if not plain and "{" not in text and _REFUSAL.search(text[:_OPENING_WORDS]):
        return _unusable(AnswerFlaw.REFUSED)
    if cut_short or _breaks_off(text):
        return _unusable(AnswerFlaw.TRUNCATED)
    return _unusable(AnswerFlaw.NOT_JSON if text else AnswerFlaw.EMPTY)


def _unusable(flaw: AnswerFlaw) -> Judged:
    return Judged(text=None, flaws=(flaw,))


def _found(text: str) -> Judged | None:
    """The one object in a text, out of its fence or words and with its slips put right; None if not surely whole."""
    spoken = text if text.startswith("{") else text.rpartition("</think>")[2].partition("<think>")[0]
    start, end = spoken.find("{"), spoken.rfind("}") + 1
    before, inside, after = spoken[:start].rstrip(), spoken[start:end], spoken[end:].lstrip()
    in_a_list = before.endswith(("[", ",")) or after.startswith((",", "]"))
    if start < 0 or in_a_list or _extent(inside) != "whole":
        return None
    flaws: Sequence[AnswerFlaw] = () if inside == text else (AnswerFlaw.FENCED,)
    if _is_object(inside):
        return Judged(text=inside, flaws=tuple(flaws))
    repaired = _repaired(inside)
    return Judged(text=repaired, flaws=(*flaws, AnswerFlaw.REPAIRED)) if repaired else None


def _extent(text: str) -> Literal["whole", "open", "other"]:
    """Whether a text that begins with a bracket is one value, breaks off, or is neither, by brackets and quotes."""
    opened: list[str] = []
    closed = False
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in ("...", "…") or (closed and not token.startswith('"')):  # rows left out on purpose; a second value
            return "other"
        if token == '"':
            return "open"
        if token in "{[":
            opened.append(token)
        elif token in "}]":
            if opened.pop() != _PARTNER[token]:
                return "other"
            closed = not opened
    return "whole" if closed else "open"


def _breaks_off(text: str) -> bool:
    """An object that ends before its end: truncated, though the endpoint does not say so."""
    start = text.find("{")
    return start >= 0 and _extent(text[start:]) == "open" and not text.rstrip("`\n ").endswith("}")


def _repaired(text: str) -> str | None:
    if len(text) > _MOST_REPAIRED:
        return None
    try:
        value = json_repair.repair_json(text, return_objects=True, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    return json.dumps(value, ensure_ascii=False).encode(errors="replace").decode()


def _is_object(text: str) -> bool:
    """Whether a text is JSON as it stands, and an object in which no key stands twice."""
    if not text.startswith("{"):
        return False
    try:
        json.loads(text, object_pairs_hook=_unique, parse_int=str, parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return False
    return True


def _unique(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
