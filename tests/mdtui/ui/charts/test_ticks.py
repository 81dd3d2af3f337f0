import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdtui.ui.charts import ticks


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, 1), (7, 8), (137, 150), (300, 300), (301, 400), (74_500, 80_000)],
)
def test_an_axis_ends_at_a_round_number(value, expected):
    assert ticks.nice_ceiling(value) == pytest.approx(expected)


@given(st.floats(1e-6, 1e9))
def test_an_axis_holds_its_last_value_and_is_mostly_used(value):
    ceiling = ticks.nice_ceiling(value)
    assert value <= ceiling * (1 + 1e-9)
    assert value >= ceiling * 0.66


@given(
    st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(min_value=1, max_value=12)
)
def test_ticks_lie_within_and_are_few(low, span, intervals):
    high = low + span
    found = ticks.ticks(low, high, intervals)
    assert len(found) <= intervals + 1
    assert found == sorted(found)
    margin = 1e-6 * max(abs(low), abs(high), 1)
    assert all(low - margin <= value <= high + margin for value in found)


def test_labels_have_the_decimals_that_tell_them_apart():
    assert ticks.labels([0.0, 0.25, 0.5]) == ["0.00", "0.25", "0.50"]
    assert ticks.labels([0.0, 1.0, 2.0]) == ["0", "1", "2"]
    assert ticks.labels([]) == []


def test_large_and_tiny_values_read_as_powers():
    assert ticks.labels([0.0, 200_000.0]) == ["0.0e0", "2.0e5"]
    assert ticks.labels([0.0001, 0.0002]) == ["1.0e-4", "2.0e-4"]


@pytest.mark.parametrize(
    ("update", "label"),
    [
        (0, "0"),
        (500, "500"),
        (1000, "1k"),
        (2500, "2.5k"),
        (75_000, "75k"),
        (2e6, "2M"),
    ],
)
def test_updates_are_short(update, label):
    assert ticks.update_label(update) == label


def test_a_logarithmic_axis_has_ticks_that_are_even_on_it():
    assert ticks.log_ticks(0.09, 120, 12) == pytest.approx(
        [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]
    )
    assert ticks.log_ticks(0.9, 1e6, 4) == pytest.approx([1, 100, 1e4, 1e6])


@given(st.floats(1e-9, 1e9), st.floats(1.001, 1e6), st.integers(2, 10))
def test_a_logarithmic_axis_never_has_too_many_ticks(low, ratio, count):
    found = ticks.log_ticks(low, low * ratio, count)
    assert 1 <= len(found) <= count + 1
    assert all(math.isfinite(value) for value in found)
