import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdtui.ui.arrangement import LEAST_COLUMNS, LEAST_LINES, PANES, arrange


def test_forty_lines_show_all_fifteen_rows_and_four_panes():
    plan = arrange(120, 40, 15)
    assert plan.list_lines == 18
    assert plan.visible == ("experiments", "plots", "log", "results")


def test_eighty_by_twentyfour_shows_the_list_and_one_pane():
    plan = arrange(80, 24, 15)
    assert plan.visible == ("experiments", "plots")
    assert plan.list_lines == 10
    assert arrange(80, 24, 15, ["results"]).visible == ("experiments", "results")


def test_the_pane_asked_for_last_is_shown_in_its_column():
    plan = arrange(120, 40, 15, ["log", "queue", "plots"])
    assert plan.visible == ("experiments", "queue", "log", "results")
    assert arrange(120, 28, 15, ["results"]).right == ("results",)


@pytest.mark.parametrize("pane", PANES)
def test_a_zoomed_pane_is_alone(pane):
    assert arrange(120, 40, 15, [], pane).visible == (pane,)


@given(
    st.integers(LEAST_COLUMNS, 300),
    st.integers(LEAST_LINES, 100),
    st.integers(0, 60),
    st.permutations(PANES),
)
def test_list_and_panes_always_fit(columns, lines, num_rows, recent):
    plan = arrange(columns, lines, num_rows, recent)
    below = lines - 2 - plan.list_lines
    assert plan.list_lines >= 3
    assert below >= 6
    if plan.results_lines:
        assert below - plan.results_lines >= 6
