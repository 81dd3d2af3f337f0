"""Charts as a reader sees them: rows of text."""

import dataclasses
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mdtui.ui.charts.chart import Chart, Series, draw_chart
from mdtui.ui.charts.run_charts import accuracy_chart, loss_chart
from mdtui.ui.glyphs import ASCII, UNICODE
from tests.mdtui.ui.fake_workspace import EMPTY, run_curves


def series(values, steps=None, **fields):
    values = np.array(values, float)
    steps = np.arange(len(values)) if steps is None else np.array(steps)
    options = {"label": "train", "letter": "t", "style": "train", "last": "1.0"}
    return Series(steps=steps, values=values, **{**options, **fields})


def rows(chart, width=40, height=10, glyphs=UNICODE):
    return [line.text for line in draw_chart(chart, width, height, glyphs)]


def test_a_straight_line_in_ascii():
    chart = Chart("Loss", (series([0, 1, 2, 3, 4], [0, 10, 20, 30, 40]),))
    text = rows(chart, 29, 9, ASCII)
    assert text[1].startswith("4+")
    assert text[1].rstrip().endswith("t")
    assert text[6].startswith("0+.")
    assert text[8].split() == ["0", "20", "40"]


def test_every_row_has_the_width_at_most_and_the_height_exactly():
    chart = loss_chart(run_curves(), 300, 0.0, False)
    for width, height in ((20, 6), (33, 9), (80, 12), (120, 40), (5, 3), (10, 1)):
        drawn = rows(chart, width, height)
        assert len(drawn) == height
        if width >= 20 and height >= 6:
            assert max(map(len, drawn)) <= width


def test_legend_says_names_and_last_values():
    assert rows(loss_chart(run_curves(), 300, 0.0, False), 60)[0] == (
        "Loss  t train 0.939  v valid 0.815"
    )


def test_a_narrow_legend_leaves_out_names_before_values():
    heading = rows(accuracy_chart(run_curves(), 300, 0.0, None), 34)[0]
    assert heading == "Accuracy  t train 0.751  m 0.708"


def test_each_curve_has_its_letter_at_its_right_end():
    text = rows(accuracy_chart(run_curves(), 300, 0.0, None), 40, 12)
    letters = [row[-1] for row in text[1:-2] if row[-1] in "tm"]
    assert sorted(letters) == ["m", "t"]


def test_restarts_are_marked_on_canvas_and_axis():
    text = rows(loss_chart(run_curves(restart=120), 300, 0.0, False), 50, 12)
    column = text[-2].index("↻")
    assert text[1][column] == "┊"
    assert "↻" not in rows(loss_chart(run_curves(restart=None), 300, 0.0, False))[-2]


def test_the_best_validation_is_marked():
    text = "".join(rows(accuracy_chart(run_curves(), 300, 0.0, (200, 0.7)), 50, 12))
    assert text.count("◆") == 1


def test_what_is_not_finite_is_named_with_its_first_update_and_breaks_the_curve():
    chart = Chart("Loss", (series([1, 1, np.nan, np.nan, 1, 1]),))
    text = rows(chart, 60, 8)
    assert "×NaN from 2" in text[0]
    assert "×" in text[1]
    chart = Chart("Loss", (series([1, 2, np.inf]),))
    assert "×Inf from 2" in rows(chart, 60, 8)[0]


def test_only_nan_says_so_and_draws_no_axis():
    text = rows(Chart("Loss", (series([np.nan, np.nan]),), remark="nothing"), 60, 8)
    assert "NaN from 0" in text[0]
    assert any("nothing" in row for row in text)


def test_nothing_read_and_nothing_written_are_told_apart():
    assert any("reading" in row for row in rows(loss_chart(None, None, 0.0, False)))
    assert any("no loss" in row for row in rows(loss_chart(EMPTY, None, 0.0, False)))


def test_a_single_point_is_visible():
    text = "".join(rows(Chart("Loss", (series([2.0], [7]),)), 40, 10)[1:-2])
    assert any(0x2800 < ord(character) < 0x2900 for character in text)


def test_a_spike_of_one_update_in_a_million_is_seen():
    values = np.zeros(1_000_000)
    values[654_321] = 1.0
    text = rows(Chart("Loss", (series(values),)), 60, 12)
    assert any(0x2800 < ord(character) < 0x2900 for character in text[1])


def test_a_logarithmic_axis_leaves_out_what_is_not_positive():
    chart = Chart("Loss", (series([100, 10, 0, -1, 1]),), log=True)
    text = rows(chart, 50, 14)
    assert text[0].startswith("Loss log")
    assert next(row.split("┤")[0].strip() for row in text if "┤" in row) == "100"


def test_the_axis_does_not_move_with_every_update():
    ends = {
        rows(loss_chart(run_curves(last), 300, 0.0, False), 50, 12)[-1].split()[-1]
        for last in (203, 220, 239)
    }
    assert len(ends) == 1


def test_smoothing_is_done_on_all_points():
    raw = loss_chart(run_curves(), 300, 0.0, False).series[0].values
    smooth = loss_chart(run_curves(), 300, 0.9, False).series[0].values
    assert len(raw) == len(smooth)
    assert np.abs(np.diff(smooth)).max() < np.abs(np.diff(raw)).max() / 3


@settings(deadline=None, max_examples=60)
@given(
    arrays(np.float64, st.integers(0, 40), elements=st.floats(width=32)),
    st.integers(6, 60),
    st.integers(1, 20),
    st.booleans(),
)
def test_no_values_break_a_chart(values, width, height, log):
    chart = Chart("x", (series(values),), log=log)
    for glyphs in (UNICODE, ASCII):
        assert len(draw_chart(chart, width, height, glyphs)) == height


def test_steps_below_zero_and_intervals_without_end_are_drawn():
    one = series([1, 2, 3], [-5, -3, -1], half_width=np.array([np.nan, 1, np.inf]))
    assert len(rows(Chart("x", (one,)), 40, 10)) == 10


def test_a_million_points_are_drawn_quickly():
    values = np.random.default_rng(0).normal(size=1_000_000)
    chart = Chart("Loss", (series(values),))
    begin = time.process_time()
    rows(chart, 80, 20)
    assert time.process_time() - begin < 1.5


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_the_ascii_twin_is_ascii(glyphs):
    chart = accuracy_chart(run_curves(), 300, 0.0, (200, 0.7))
    chart = dataclasses.replace(chart, restarts=(100,))
    text = "".join(rows(chart, 60, 14, glyphs))
    assert text.isascii() == (glyphs is ASCII)
