import itertools

from mdtui.ui.glyphs import ASCII, UNICODE
from mdtui.ui.widgets.columns import fit_columns, heading_line, row_line
from tests.mdtui.ui.fake_workspace import RUNNING, busy_workspace

ROWS = [row for row in busy_workspace().rows.values() if not row.hidden]


def headings(width, rows=ROWS):
    return [column.heading for column, _ in fit_columns(rows, width, UNICODE)]


def test_eighty_columns_keep_name_state_update_and_best():
    assert headings(74) == ["NAME", "STATE", "UPDATE", "BEST % @UPDATE"]


def test_wider_screens_add_columns_by_priority():
    seen = [set(headings(width)) for width in range(40, 200, 5)]
    for narrow, wide in itertools.pairwise(seen):
        assert narrow <= wide
    assert {"MODEL", "SOURCE", "ETA", "LOSS", "GPU"} <= seen[-1]


def test_a_column_without_values_goes_first():
    idle = [row for row in ROWS if row.state == "not started"]
    assert "MODEL" in headings(90, idle)
    assert "LOSS" not in headings(90, idle)


def test_no_width_is_exceeded():
    for width in range(14, 200):
        columns = fit_columns(ROWS, width, UNICODE)
        used = sum(cells + 2 for _, cells in columns) - 2
        assert used <= width or len(columns) == 1


def test_numbers_of_a_column_end_in_the_same_cell():
    columns = fit_columns(ROWS, 116, UNICODE)
    lines = [row_line(row, columns, UNICODE).text for row in ROWS]
    ends = {line.index("/") + len(line[line.index("/") :].split()[0]) for line in lines}
    assert len(ends) == 1
    heading = heading_line(columns).text
    assert heading.index("UPDATE") + len("UPDATE") == ends.pop()


def test_the_selected_row_is_marked_without_colour_too():
    columns = fit_columns(ROWS, 116, ASCII)
    row = next(row for row in ROWS if row.name == RUNNING)
    assert row_line(row, columns, ASCII, selected=True).text.startswith("> ")
    assert row_line(row, columns, ASCII).text.startswith("  ")
