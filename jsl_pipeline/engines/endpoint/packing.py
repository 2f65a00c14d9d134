"""Which of the waiting pages go into the next request."""

from collections.abc import Sequence


def fill(sizes: Sequence[int], room: int, most: int) -> list[int]:
    """Positions of the pages to send, ascending: at most `most`, together at most `room` bytes.

    `sizes` are bytes, the oldest page first. The oldest always goes, so that none waits for ever; alone, where
    it is over `room` by itself. Then the largest that still fit go, as in first-fit decreasing: small pages are
    the ones that find a place later.
    """
    chosen = [0]
    left = room - sizes[0]
    for position in sorted(range(1, len(sizes)), key=sizes.__getitem__, reverse=True):
        if len(chosen) >= most:
            break
        if sizes[position] <= left:
            chosen.append(position)
            left -= sizes[position]
    return sorted(chosen)
