"""How a stage says how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Called as work gets done: units done so far, of how many."""

    def __call__(self, done: int, total: int) -> None:
        """Report `done` units of `total`."""
        ...


def silent(done: int, total: int) -> None:
    """Report nothing."""
