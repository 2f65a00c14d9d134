import pytest

from jsl_pipeline.clinical import parse_count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("3", 3),
        ("x 3", 3),
        ("Refills: 2", 2),
        ("three", 3),
        ("twenty-eight", 28),
        ("none", 0),
        ("No refills", 0),
        ("as needed", None),
        ("1/2", None),
        ("2.5", None),
        ("3000", None),
        ("", None),
    ],
)
def test_count(text: str, count: int | None):
    assert parse_count(text) == count
