import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdtui.ui import numbers


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        (-1, ""),
        (0, "5s"),
        (42, "40s"),
        (58, "1m"),
        (90, "2m"),
        (3600, "1h00m"),
        (7 * 3600 + 120, "7h02m"),
        (49 * 3600, "2d01h"),
    ],
)
def test_durations(seconds, text):
    assert numbers.duration(seconds) == text


@given(st.floats(0, 99 * 86400))
def test_durations_are_short(seconds):
    assert 0 < len(numbers.duration(seconds)) <= 6


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (0.6339, "0.634"),
        (123.456, "123.5"),
        (45678.9, "5e4"),
        (math.nan, "NaN"),
        (math.inf, "Inf"),
        (-math.inf, "-Inf"),
    ],
)
def test_losses(value, text):
    assert numbers.loss(value) == text


def test_accuracies_are_percentages_with_two_decimals():
    assert numbers.percent(0.70404) == "70.40"
    assert numbers.percent(None) == ""
    assert numbers.percent(math.nan) == "NaN"


def test_progress_says_what_is_known():
    assert numbers.progress(None, None) == ""
    assert numbers.progress(None, 300) == "-/300"
    assert numbers.progress(7, None) == "7"
    assert numbers.progress(7, 300) == "7/300"


def test_sizes():
    assert numbers.size(0) == "0 B"
    assert numbers.size(1_363_148) == "1.3 MiB"
    assert numbers.size(5 * 2**40) == "5.0 TiB"
