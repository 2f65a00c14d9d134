"""Which scripted fault strikes which request or page, and what a spoiled text looks like."""

import random
import sys
from collections.abc import Sequence
from dataclasses import replace

from jsl_pipeline.emulator.answers import PageText, tokens
from jsl_pipeline.emulator.clock import Clock
from jsl_pipeline.emulator.protocols import PageAsk
from jsl_pipeline.emulator.settings import Effect, Fault
from jsl_pipeline.emulator.slips import slip

_ENDLESS_TOKENS = 4096  # where a loop of white space ends if the request set no limit
_REFUSAL = "I'm sorry, but I can't help with reading medical documents."


class Faults:
    """The script of faults, with the draws and counts that it needs. The first rule that strikes wins."""

    def __init__(self, rules: Sequence[Fault], seed: int, clock: Clock) -> None:
        self._request = [_Rule(rule, seed, place) for place, rule in enumerate(rules) if not rule.effect.spoils_text]
        self._text = [_Rule(rule, seed, place) for place, rule in enumerate(rules) if rule.effect.spoils_text]
        self._numbered = any(rule.every_page is not None for rule in rules)
        self._numbers: dict[str, int] = {}  # distinct pages in the order of their first sight, from 1
        self._by_question = any(rule.question is not None or rule.effect.looks_right for rule in rules)
        self._first_prompts: dict[str, str] = {}  # of each page
        self._slips: dict[str, tuple[Effect, str]] = {}  # of each page, with the place that it has
        self._clock = clock

    def strike_request(self, shas: Sequence[str], asks: Sequence[PageAsk]) -> Fault | None:
        """The fault for a request that asks about these pages; their hashes may be unknown."""
        if self._numbered:
            for sha in shas:
                self._numbers.setdefault(sha, len(self._numbers) + 1)
        later = any(self._asked_before(sha, ask) for sha, ask in zip(shas, asks, strict=False))
        return self._first(self._request, shas, later)

    def spoil_text(self, sha: str | None, ask: PageAsk, text: PageText) -> tuple[Effect | None, PageText]:
        """What is said about one page, and the fault that it then has."""
        later = sha is not None and self._asked_before(sha, ask)
        fault = self._first(self._text, [sha] if sha is not None else [], later)
        slipped = self._slips.get(sha or "") if later else None
        if fault is not None:
            effect = fault.effect
        elif slipped is not None and slipped[1] not in ask.prompt:
            effect = slipped[0]
        else:
            return None, text
        if not effect.looks_right:
            return effect, spoil(effect, text, ask.max_tokens)
        made = slip(effect, text.text, sha or "")
        if made is None:
            return None, text
        self._slips[sha or ""] = effect, made.place
        return effect, replace(_saying(text, made.text), unsure=made.values)

    def _asked_before(self, sha: str, ask: PageAsk) -> bool:
        """Whether this is another question than the first about a page."""
        return self._by_question and self._first_prompts.setdefault(sha, sys.intern(ask.prompt)) != ask.prompt

    def _first(self, rules: Sequence["_Rule"], shas: Sequence[str], later: bool) -> Fault | None:
        now = self._clock.now()
        numbers = [self._numbers[sha] for sha in shas] if self._numbered else []
        return next((rule.fault for rule in rules if rule.strikes(now, shas, numbers, later)), None)


class _Rule:
    def __init__(self, fault: Fault, seed: int, place: int) -> None:
        self.fault = fault
        self._random = random.Random(f"{seed}/{place}")
        self._met = 0
        self._struck = 0

    def strikes(self, now: float, shas: Sequence[str], numbers: Sequence[int], later: bool) -> bool:
        fault = self.fault
        if now < fault.from_seconds or (fault.until_seconds is not None and now >= fault.until_seconds):
            return False
        if fault.question is not None and later != (fault.question == "later"):
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
    return replace(text, text=said, completion_tokens=tokens(said), logprobs=None)
