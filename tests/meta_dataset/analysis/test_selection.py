"""What best means, on plain numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meta_dataset.analysis import selection
from meta_dataset.analysis.selection import Best

PUBLISHED = [0.1, 0.2, 0.6, 0.3, 0.4]

series = st.lists(
    st.tuples(st.integers(0, 20), st.floats(0, 1) | st.just(math.nan)), max_size=30
)


@pytest.mark.parametrize(
    ("window", "smoothed"),
    [
        (1, PUBLISHED),
        (3, [0.166667, 0.3, 0.366667, 0.433333, 0.333333]),
        (4, [0.275, 0.275, 0.3, 0.375, 0.4]),
    ],
)
def test_the_published_examples_of_smoothing(window, smoothed):
    assert selection.moving_average(PUBLISHED, window) == pytest.approx(
        smoothed, abs=1e-6
    )


@given(st.lists(st.floats(0, 1), max_size=12), st.integers(1, 40))
def test_smoothing_keeps_length_and_range(values, window):
    smoothed = selection.moving_average(np.array(values), window)
    assert len(smoothed) == len(values)
    if values:
        assert min(values) - 1e-9 <= smoothed.min()
        assert smoothed.max() <= max(values) + 1e-9


def test_a_window_below_one_is_refused():
    with pytest.raises(ValueError, match="window"):
        selection.moving_average(PUBLISHED, 0)


@given(series)
def test_a_step_counts_with_its_last_value_and_the_first_highest_wins(points):
    steps = [step for step, _ in points]
    values = [value for _, value in points]
    last = {s: v for s, v in sorted(dict(points).items()) if not math.isnan(v)}
    best = selection.best_of_series(steps, values)
    if not last:
        assert best is None
        return
    highest = max(last.values())
    first = next(step for step, value in last.items() if value == highest)
    assert best == Best("", highest, first)


def test_the_reported_accuracy_is_the_smoothed_one():
    best = selection.best_of_series(range(0, 500, 100), PUBLISHED, smooth_window=3)
    assert best.update == 300
    assert best.accuracy == pytest.approx(0.433333, abs=1e-6)


def test_the_first_variant_wins_a_tie():
    candidates = [Best("a", 0.1, 1), Best("b", 0.5, 2), Best("c", 0.5, 3)]
    assert selection.best_of_variants(candidates) == candidates[1]
    assert selection.best_of_variants([]) is None
