"""Cards that are paid and do not work, and the compute types that would do."""

from collections.abc import Iterator
from math import ceil
from typing import NamedTuple

from jsl_pipeline.hosting.catalogue import GB, Gpu, find_gpu
from jsl_pipeline.planning.advising.figures import CardUse, Figures
from jsl_pipeline.planning.advising.finding import Code, Finding, Severity, dollars
from jsl_pipeline.planning.advising.steps import IDLE_USE
from jsl_pipeline.prices import Prices
from jsl_pipeline.serving import PriceSettings
from jsl_pipeline.serving.price import REQUESTS_A_REPLICA
from jsl_pipeline.stages import duration

FREE_MEMORY = 0.10
"""What a driver takes of a card that holds no model, at most."""
LEAST_ACTIVE_SECONDS = 60.0
"""Of work, before cards are judged: Databricks' figures are a minute's mean."""


def idle_cards(figures: Figures, per_hour: float | None, price: PriceSettings, prices: Prices) -> Iterator[Finding]:
    """Cards without work while the endpoint had some. `per_hour` is its price awake."""
    cards = [card for card in figures.cards if card.use is not None]
    idle = [card for card in cards if (card.use or 0) <= IDLE_USE]
    if not idle or len(idle) == len(cards) or figures.active_seconds < LEAST_ACTIVE_SECONDS:
        return
    hours = figures.awake_hours_a_day
    evidence = (
        f"{len(idle)} of {len(cards)} cards idle over {duration(figures.active_seconds)} of work: {_uses(cards)}."
    )
    if per_hour is not None:
        lost = per_hour * len(idle) / len(cards) * hours
        evidence += f" They cost {dollars(lost)} a day: {len(idle)}/{len(cards)} of {dollars(per_hour)} an hour, awake "
        evidence += f"for {hours:.3g} h a day."
    move = _move(figures, cards, len(cards) - len(idle), per_hour, price, prices)
    yield Finding(
        code=Code.IDLE_CARDS,
        severity=Severity.WARNING,
        evidence=evidence,
        effect=move.effect,
        change=move.change,
        dollars_a_day=None if move.saved is None else move.saved * hours,
        sure="computed" if move.same_cards else "guessed",
    )


class _Move(NamedTuple):
    """Another compute."""

    effect: str
    change: str
    saved: float | None = None
    """Dollars an hour, where known."""
    same_cards: bool = False


class _Type(NamedTuple):
    """A compute type with a price."""

    gpu: Gpu
    name: str
    per_hour: float

    @property
    def memory(self) -> int:
        return self.gpu.cards * self.gpu.memory_bytes

    @property
    def card(self) -> str:
        """One card's name: '4 x A10G' has A10G."""
        return self.gpu.name.rpartition(" x ")[2]


def _move(
    figures: Figures, cards: list[CardUse], used: int, per_hour: float | None, price: PriceSettings, prices: Prices
) -> _Move:
    workload_type = (figures.status and figures.status.workload_type) or ""
    types = _types(price, prices)
    now = next((each for each in types if each.name == workload_type), None)
    if now is None:
        return _unpriced(used, len(cards), per_hour, figures.awake_hours_a_day)
    replicas = max(1, len(cards) // now.gpu.cards)
    if replicas > 1 and used <= len(cards) - now.gpu.cards:
        return _fewer_replicas(now, ceil(used / now.gpu.cards), replicas, figures.awake_hours_a_day)
    if replicas > 1:
        used = ceil(used / replicas)
    needed = sum(card.memory or 0 for card in cards if (card.memory or 0) > FREE_MEMORY)
    needed *= now.gpu.memory_bytes / replicas
    cheaper = [each for each in types if each.per_hour < now.per_hour]
    return _fewer_cards(now, used, needed, cheaper, replicas, figures.awake_hours_a_day)


def _unpriced(used: int, cards: int, per_hour: float | None, hours: float) -> _Move:
    """A server of its own, or a compute type without a price: what follows from the cards alone."""
    change = f"Move to a machine, or a compute type, with {used} cards."
    if per_hour is None:
        advice = " To see what that saves, set `engine.price.dollars_per_hour`."
        return _Move(f"{used} of {cards} cards would do at the same speed.", change + advice)
    saved = per_hour * (1 - used / cards)
    return _Move(
        f"{used} cards at the same price a card save {dollars(saved * hours)} a day at the same speed.", change, saved
    )


def _fewer_replicas(now: _Type, used: int, replicas: int, hours: float) -> _Move:
    saved = now.per_hour * (replicas - used)
    return _Move(
        f"{used} instead of {replicas} replicas save {dollars(saved * hours)} a day at the same speed.",
        f"Set `max_provisioned_concurrency` of the served entity to {used * REQUESTS_A_REPLICA}.",
        saved,
        same_cards=True,
    )


def _fewer_cards(now: _Type, used: int, needed: float, cheaper: list[_Type], replicas: int, hours: float) -> _Move:
    """The compute type to move to: fewer of the same cards, or the nearest with room for what is in use."""
    same = [each for each in cheaper if each.card == now.card and used <= each.gpu.cards < now.gpu.cards]
    if same:
        best = min(same, key=_price)
        saved = (now.per_hour - best.per_hour) * replicas
        return _Move(
            f"{best.name} ({best.gpu.name}) at {dollars(best.per_hour)} an hour instead of {dollars(now.per_hour)} "
            f"saves {dollars(saved * hours)} a day at the same speed: it has the same cards.",
            f"Set `workload_type` of the served entity to {best.name}.",
            saved,
            same_cards=True,
        )
    share = now.per_hour * used / now.gpu.cards
    moves = [_single_cards(now, used, cheaper, replicas, hours), _nearest(now, needed, cheaper, replicas, hours)]
    found = [move for move in moves if move is not None]
    text = (
        f"A {used}-card compute type saves {dollars((now.per_hour - share) * replicas * hours)} a day at the same "
        f"speed, at the same price a card ({dollars(share)} an hour for {used} x {now.card})"
    )
    text += ". None is on the price list." if found else ", but none is on the price list."
    return _Move(
        " ".join([text, *(move.effect for move in found)]),
        " Or: ".join(move.change for move in found) or f"Ask for a compute type with {used} x {now.card}.",
        found[-1].saved if found else None,  # of the nearest, which has room for the model as it is
    )


def _single_cards(now: _Type, used: int, cheaper: list[_Type], replicas: int, hours: float) -> _Move | None:
    """As many cards in replicas of one each."""
    one = min((each for each in cheaper if each.card == now.card and each.gpu.cards == 1), key=_price, default=None)
    if one is None or one.per_hour * used >= now.per_hour:
        return None
    saved = (now.per_hour - one.per_hour * used) * replicas
    return _Move(
        f"Where the model fits on one card of {_gb(one.memory)}: {used} replicas of {one.name} have as many cards, at "
        f"{dollars(one.per_hour * used)} an hour, and save {dollars(saved * hours)} a day.",
        f"`workload_type` {one.name} with `max_provisioned_concurrency` {used * replicas * REQUESTS_A_REPLICA}, where "
        "the model fits on one card.",
        saved,
    )


def _nearest(now: _Type, needed: float, cheaper: list[_Type], replicas: int, hours: float) -> _Move | None:
    """The cheapest with room for what is in use, on other cards."""
    best = min((each for each in cheaper if each.memory >= needed), key=_price, default=None)
    if best is None:
        return None
    saved = (now.per_hour - best.per_hour) * replicas
    return _Move(
        f"Nearest with room for the {_gb(needed)} in use: {best.name} ({best.gpu.name}) at {dollars(best.per_hour)} an "
        f"hour saves {dollars(saved * hours)} a day, at another speed: `jsl-pipeline probe` tells.",
        f"`workload_type` {best.name}.",
        saved,
    )


def _types(price: PriceSettings, prices: Prices) -> list[_Type]:
    found: list[_Type] = []
    for name in prices.serving.dbu_per_hour:
        gpu, per_hour = find_gpu(name), prices.replica(name, price.dollars_per_dbu)
        if gpu is not None and per_hour is not None:
            found.append(_Type(gpu, name, per_hour))
    return found


def _price(each: _Type) -> float:
    return each.per_hour


def _gb(count: float) -> str:
    return f"{count / GB:.0f} GB"


def _uses(cards: list[CardUse]) -> str:
    """E.g. 'gpu0 83% (memory 90%), gpu1 0% (memory 2%)'."""
    said = [(f"{card.name} {card.use or 0:.0%}", card.memory) for card in cards]
    return ", ".join(use if memory is None else f"{use} (memory {memory:.0%})" for use, memory in said)
