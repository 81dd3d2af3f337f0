"""Time to the end, computed by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from mdtui.core.progress import eta_seconds, last_update


def test_two_points_give_the_speed():
    # 100 updates in 50 s: 0.5 s an update, 200 left at second 50.
    steps, times = np.array([0, 100]), np.array([0.0, 50.0])
    assert eta_seconds(steps, times, 300, now=50.0) == pytest.approx(100.0)
    assert eta_seconds(steps, times, 300, now=60.0) == pytest.approx(90.0)


def test_only_recent_points_count():
    steps = np.arange(100)
    times = np.where(steps < 60, steps * 10.0, 600.0 + steps - 60)
    assert eta_seconds(steps, times, 199, now=times[-1]) == pytest.approx(100.0)


def test_it_is_never_negative():
    steps, times = np.array([0, 10]), np.array([0.0, 1.0])
    assert eta_seconds(steps, times, 10, now=1.0) == 0.0
    assert eta_seconds(steps, times, 12, now=99.0) == 0.0


@pytest.mark.parametrize(
    ("steps", "times", "total"),
    [
        ([], [], 10),
        ([1], [1.0], 10),
        ([1, 2], [1.0, 2.0], None),
        ([1, 2], [2.0, 2.0], 9),
    ],
)
def test_unknown_is_none(steps, times, total):
    assert eta_seconds(np.array(steps), np.array(times), total, now=0.0) is None


def test_the_last_update_is_the_furthest_curve():
    curves = {
        "a": SimpleNamespace(steps=np.array([1, 5])),
        "b": SimpleNamespace(steps=np.array([7])),
        "c": SimpleNamespace(steps=np.array([])),
    }
    assert last_update(curves) == 7
    assert last_update({}) is None
