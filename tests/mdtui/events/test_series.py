"""Series: joining, resuming, smoothing and thinning, mostly as properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdtui.events import series
from mdtui.events.series import Curve

point_lists = st.lists(st.tuples(st.integers(0, 30), st.floats(-1e3, 1e3)), max_size=40)
numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)
any_numbers = st.lists(st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf]))


def _curve(points):
    steps = np.array([step for step, _ in points], np.int64)
    values = np.array([value for _, value in points], np.float64)
    return Curve(steps, values, np.arange(len(points), dtype=np.float64))


def _rows(curve):
    return list(zip(curve.steps.tolist(), curve.values.tolist(), strict=True))


@given(point_lists)
def test_tidy_keeps_the_last_value_of_each_step(points):
    assert _rows(series.tidy(_curve(points))) == sorted(dict(points).items())


@given(point_lists, point_lists)
def test_append_prefers_the_later_curve(earlier, later):
    joined = series.append(series.tidy(_curve(earlier)), _curve(later))
    assert _rows(joined) == sorted((dict(earlier) | dict(later)).items())


@given(point_lists, point_lists, st.integers(0, 30))
def test_a_resumed_run_never_has_two_values_for_a_step(earlier, later, at):
    later = [(step, value) for step, value in later if step >= at]
    curve = series.resume(series.tidy(_curve(earlier)), at, _curve(later))
    assert (np.diff(curve.steps) > 0).all()
    kept = {step: value for step, value in earlier if step <= at}
    assert _rows(curve) == sorted((kept | dict(later)).items())


@given(numbers, st.floats(0, 0.999))
def test_smoothing_is_the_debiased_recursion(values, weight):
    smoothed = series.smooth(np.array(values), weight)
    average, seen = 0.0, 0.0
    for value, found in zip(values, smoothed.tolist(), strict=True):
        average = weight * average + (1 - weight) * value
        seen = weight * seen + (1 - weight)
        assert found == pytest.approx(average / seen, rel=1e-9, abs=1e-6)


def test_smoothing_by_hand():
    # 1; (0.5 * 0.5 * 1 + 0.5 * 3) / 0.75; (0.25 * 0.5 + 0.5 * 0.5 * 3 + 0.5 * 2) / 0.875
    smoothed = series.smooth(np.array([1.0, 3.0, 2.0]), 0.5)
    assert smoothed == pytest.approx([1.0, 7 / 3, 15 / 7])


@given(any_numbers, st.floats(0, 0.99))
def test_smoothing_leaves_what_is_not_finite(values, weight):
    values = np.array(values, np.float64)
    finite = np.isfinite(values)
    smoothed = series.smooth(values, weight)
    assert np.array_equal(smoothed[~finite], values[~finite], equal_nan=True)
    alone = series.smooth(values[finite], weight)
    assert np.array_equal(smoothed[finite], alone)


def test_smoothing_a_constant_changes_nothing():
    values = np.full(10_000, 0.7)
    assert series.smooth(values, 0.999) == pytest.approx(values)
    assert series.smooth(values, 0.0) is not values


@pytest.mark.parametrize("weight", [-0.1, 1.0, math.nan])
def test_a_weight_outside_of_its_range_is_refused(weight):
    with pytest.raises(ValueError, match="weight"):
        series.smooth(np.ones(3), weight)


@given(
    any_numbers.filter(bool).flatmap(
        lambda values: st.tuples(
            st.just(values),
            st.lists(st.integers(0, 6), min_size=len(values), max_size=len(values)).map(
                sorted
            ),
        )
    )
)
def test_thinning_keeps_first_last_and_extremes_of_every_column(drawn):
    values, columns = np.array(drawn[0], np.float64), np.array(drawn[1])
    kept = series.thin(columns, values)
    assert (np.diff(kept) > 0).all()
    for column in set(columns.tolist()):
        here = np.flatnonzero(columns == column)
        mine = kept[columns[kept] == column]
        assert {here[0], here[-1]} <= set(mine.tolist())
        finite = values[here][np.isfinite(values[here])]
        if len(finite):
            shown = values[mine][np.isfinite(values[mine])]
            assert (shown.min(), shown.max()) == (finite.min(), finite.max())


def test_thinning_bounds_the_points_of_a_column():
    values = np.sin(np.arange(100_000) / 7.0)
    kept = series.thin(np.arange(100_000) // 1000, values)
    assert len(kept) <= 4 * 100


def test_thinning_keeps_gaps():
    values = np.array([1.0, 2.0, math.nan, math.nan, math.nan, 3.0, 4.0])
    kept = series.thin(np.zeros(7, int), values)
    assert kept.tolist() == [0, 1, 2, 4, 5, 6]


def test_nothing_thins_to_nothing():
    assert series.thin(np.empty(0, int), np.empty(0)).tolist() == []


def test_curves_of_any_length_compare_without_looking_inside():
    one, other = _curve([(1, 2.0), (2, 3.0)]), _curve([(1, 2.0), (2, 3.0)])
    assert one == one  # noqa: PLR0124 the point of the test
    assert one != other and one != _curve([(1, 2.0)])
