"""Exact numbers, and nothing for what is no number."""

import pytest

from arbees.matching.records import micro


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("13.1", 13_100_000),
        (217.5, 217_500_000),
        (61599.99, 61_599_990_000),
        ("$86,800", 86_800_000_000),
        (-1.5, -1_500_000),
        (0, 0),
        (None, None),
        ("", None),
        (True, None),
        ("abc", None),
        ("NaN", None),
        ("inf", None),
        (float("nan"), None),
        (1e30, None),
        ("0.0000001", None),
    ],
)
def test_micro(number: str | float | None, said: int | None) -> None:
    assert micro(number) == said
