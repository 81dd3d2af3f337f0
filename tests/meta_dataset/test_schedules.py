import pytest

from meta_dataset.pace import Pace
from meta_dataset.schedules import Every, LearningRate


@pytest.mark.parametrize(
    ("step", "rate"), [(0, 1e-3), (499, 1e-3), (500, 5e-4), (999, 5e-4), (1000, 2.5e-4)]
)
def test_the_rate_falls_in_steps(step, rate):
    schedule = LearningRate(1e-3, True, decay_every=500, decay_rate=0.5)
    assert schedule.at(step) == pytest.approx(rate, rel=1e-12)


def test_without_decay_the_rate_stays():
    assert LearningRate(1e-3, False, 500, 0.5).at(10**6) == 1e-3


def test_due_at_multiples_zero_included():
    assert [n for n in range(12) if Every(5).is_due(n)] == [0, 5, 10]


@pytest.mark.parametrize(
    ("update", "count"), [(0, 0), (5, 0), (6, 1), (10, 1), (11, 2)]
)
def test_count_before_leaves_out_the_update_itself(update, count):
    assert Every(5).count_before(update) == count


def test_pace_shows_recent_speed_and_time_left():
    times = iter([0.0, 10.0, 12.0, 12.0])
    pace = Pace(lambda: next(times), step=100)
    assert pace.describe(110, 7310) == "1.00 updates/s, 2:00:00 left."
    assert pace.describe(130, 190) == "10.00 updates/s, 0:00:24 left."
    assert pace.describe(130, 190) == ""
