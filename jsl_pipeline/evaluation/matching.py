"""Which extracted medication is meant to be which labelled one."""

from collections.abc import Sequence

from rapidfuzz import fuzz

Row = dict[str, str | None]
"""A medication's normalised fields; `name` is always there."""

_SAME_NAME = 1e6
# Below this two names are two drugs, not one misread; 'metfonnin' is 0.78 of 'metformin'.
_MISREAD = 0.75


def pair(labelled: Sequence[Row], extracted: Sequence[Row]) -> list[tuple[int, int]]:
    """Indices of the rows that belong together, each row in at most one pair.

    Of all assignments, the one with the most equal names; among these, the one with the most alike names and then with
    the most equal fields, so that neither the order of rows nor a drug that is listed twice makes a difference.
    """
    weights = [[_weight(a, b) for b in extracted] for a in labelled]
    return [(row, column) for row, column in _assign(weights) if weights[row][column] > 0]


def _weight(labelled: Row, extracted: Row) -> float:
    a, b = labelled["name"] or "", extracted["name"] or ""
    likeness = fuzz.ratio(a, b) / 100
    if likeness < _MISREAD:
        return 0.0
    agreeing = sum(labelled[each] == extracted[each] for each in labelled if each != "name")
    return (_SAME_NAME if a == b else 0.0) + 1000 * likeness + agreeing


def _assign(weights: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The assignment of rows to columns with the greatest total weight.

    The Hungarian algorithm with potentials and shortest augmenting paths, in cubic time; H. W. Kuhn, 1955.
    """
    size = max(len(weights), max((len(each) for each in weights), default=0))
    cost = [[0.0] * (size + 1) for _ in range(size + 1)]
    for row, each in enumerate(weights, 1):
        for column, weight in enumerate(each, 1):
            cost[row][column] = -weight
    row_price, column_price = [0.0] * (size + 1), [0.0] * (size + 1)
    owner = [0] * (size + 1)  # row that holds each column; column 0 is where a row starts
    for row in range(1, size + 1):
        owner[0], column = row, 0
        slack, came_from, seen = [float("inf")] * (size + 1), [0] * (size + 1), [False] * (size + 1)
        while owner[column]:
            seen[column] = True
            here, step, following = owner[column], float("inf"), 0
            for other in range(1, size + 1):
                if seen[other]:
                    continue
                reduced = cost[here][other] - row_price[here] - column_price[other]
                if reduced < slack[other]:
                    slack[other], came_from[other] = reduced, column
                if slack[other] < step:
                    step, following = slack[other], other
            for other in range(size + 1):
                if seen[other]:
                    row_price[owner[other]] += step
                    column_price[other] -= step
                else:
                    slack[other] -= step
            column = following
        while column:
            owner[column] = owner[came_from[column]]
            column = came_from[column]
    height, width = len(weights), len(weights[0]) if weights else 0
    pairs = [(owner[column] - 1, column - 1) for column in range(1, size + 1)]
    return sorted((row, column) for row, column in pairs if row < height and column < width)
