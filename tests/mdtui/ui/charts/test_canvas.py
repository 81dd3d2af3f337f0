import numpy as np

from mdtui.ui.charts.canvas import Canvas
from mdtui.ui.charts.strokes import band_dots, curve_dots


def test_dots_become_braille():
    canvas = Canvas(2, 1)
    dots = canvas.blank()
    dots[0, 0] = dots[3, 1] = True
    canvas.draw(dots, 0)
    assert canvas.text() == ["⢁ "]
    assert canvas.layer_at(0, 0) == 0
    assert canvas.layer_at(0, 1) == -1


def test_dots_become_points_and_colons_without_braille():
    canvas = Canvas(4, 1, braille=False)
    dots = canvas.blank()
    dots[0, 1] = dots[1, 2] = dots[0, 3] = dots[1, 3] = True
    canvas.draw(dots, 0)
    assert canvas.text() == [" '.:"]


def test_a_cell_shows_the_dots_of_all_layers_and_belongs_to_the_last():
    canvas = Canvas(1, 1)
    for layer, row in enumerate((0, 3)):
        dots = canvas.blank()
        dots[row, 0] = True
        canvas.draw(dots, layer)
    assert canvas.text() == [chr(0x2800 + 0x01 + 0x40)]
    assert canvas.layer_at(0, 0) == 1


def picture(dots):
    return ["".join("#" if dot else "." for dot in row) for row in dots]


def test_a_curve_has_no_holes():
    columns, rows = np.array([0, 4]), np.array([5, 0])
    dots = curve_dots(columns, rows, np.array([True, True]), (6, 5))
    assert picture(dots) == ["....#", "...#.", "...#.", "..#..", ".#...", "#...."]
    assert dots.any(axis=0).all()
    assert dots.any(axis=1).all()


def test_a_point_that_is_not_drawn_breaks_the_curve():
    columns, rows = np.array([0, 2, 4]), np.array([0, 0, 0])
    dots = curve_dots(columns, rows, np.array([True, False, True]), (1, 5))
    assert picture(dots) == ["#...#"]


def test_a_spike_within_a_column_is_a_stroke():
    columns, rows = np.array([1, 1, 1]), np.array([3, 0, 3])
    dots = curve_dots(columns, rows, np.array([True] * 3), (4, 3))
    assert picture(dots) == [".#.", ".#.", ".#.", ".#."]


def test_bands_that_share_a_column_become_the_widest():
    columns = np.array([0, 0, 2])
    dots = band_dots(columns, np.array([2, 3, 1]), np.array([1, 2, 1]), (4, 3))
    assert picture(dots) == ["...", "#.#", "#..", "#.."]
    nothing = np.empty(0, np.int64)
    assert not band_dots(nothing, nothing, nothing, (2, 2)).any()
