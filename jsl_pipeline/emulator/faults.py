"""Which scripted fault strikes which request or page, and what a spoiled text looks like."""

import random
from collections.abc import Sequence
from dataclasses import replace

from jsl_pipeline.emulator.answers import PageText, tokens
from jsl_pipeline.emulator.clock import Clock
from jsl_pipeline.emulator.settings import Effect, Fault

_ENDLESS_TOKENS = 4096  # where a loop of white space ends if the request set no limit
_REFUSAL = "I'm sorry, but I can't help with reading medical documents."


class Faults:
    """The script of faults, with the draws and counts that it needs. The first rule that strikes wins."""

    def __init__(self, rules: Sequence[Fault], seed: int, clock: Clock) -> None:
        self._request = [_Rule(rule, seed, place) for place, rule in enumerate(rules) if not rule.effect.spoils_text]
        self._text = [_Rule(rule, seed, place) for place, rule in enumerate(rules) if rule.effect.spoils_text]
        self._numbered = any(rule.every_page is not None for rule in rules)
        self._numbers: dict[str, int] = {}  # distinct pages in the order of their first sight, from 1
        self._clock = clock

    def strike_request(self, shas: Sequence[str]) -> Fault | None:
        """The fault for a request that holds these pages."""
        if self._numbered:
            for sha in shas:
                self._numbers.setdefault(sha, len(self._numbers) + 1)
        return self._first(self._request, shas)

    def strike_text(self, sha: str | None) -> Effect | None:
        """The fault for the text of one page."""
        fault = self._first(self._text, [sha] if sha is not None else [])
        return fault.effect if fault is not None else None

    def _first(self, rules: Sequence["_Rule"], shas: Sequence[str]) -> Fault | None:
        now = self._clock.now()
        numbers = [self._numbers[sha] for sha in shas] if self._numbered else []
        return next((rule.fault for rule in rules if rule.strikes(now, shas, numbers)), None)


class _Rule:
    def __init__(self, fault: Fault, seed: int, place: int) -> None:
        self.fault = fault
        self._random = random.Random(f"{seed}/{place}")
        self._met = 0
        self._struck = 0

    def strikes(self, now: float, shas: Sequence[str], numbers: Sequence[int]) -> bool:
        fault = self.fault
        if now < fault.from_seconds or (fault.until_seconds is not None and now >= fault.until_seconds):
            return False
        if fault.pages and fault.pages.isdisjoint(shas):
            return False
        if fault.every_page is not None and all(number % fault.every_page for number in numbers):
            return False
        if fault.times is not None and self._struck >= fault.times:
            return False
        self._met += 1
        if fault.every is not None and self._met % fault.every:
            return False
        if fault.probability < 1 and self._random.random() >= fault.probability:
            return False
        self._struck += 1
        return True


def spoil(effect: Effect, text: PageText, max_tokens: int | None) -> PageText:
    """What a model that fails in this way says instead of `text`."""
    good = text.text
    match effect:
        case Effect.PROSE:
            return _saying(text, "The page shows a prescription with one medicine for a female patient.")
        case Effect.TRUNCATED:
            return replace(_saying(text, good[: len(good) // 2]), finish_reason="length")
        case Effect.WHITESPACE:
            limit = max_tokens or _ENDLESS_TOKENS
            loop = good[: len(good) // 2] + "\n" + " " * (4 * limit)
            return replace(_saying(text, loop[: 4 * limit]), finish_reason="length", completion_tokens=limit)
        case Effect.REFUSAL:
            return replace(_saying(text, _REFUSAL), refused=True)
        case Effect.EMPTY:
            return _saying(text, "")
        case Effect.FENCED:
            return _saying(text, f"Here is the JSON:\n```json\n{good}\n```")
        case Effect.TRAILING_COMMA:
            return _saying(text, good[:-1] + ",}")
        case _:
            raise ValueError(f"{effect} strikes requests, not texts.")


def _saying(text: PageText, said: str) -> PageText:
    return replace(text, text=said, completion_tokens=tokens(said))
