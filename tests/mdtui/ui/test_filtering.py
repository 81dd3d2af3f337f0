from mdtui.ui.filtering import matching
from tests.mdtui.ui.fake_workspace import walkthrough_rows

ROWS = walkthrough_rows()


def names(pattern):
    return [row.name for row in matching(ROWS, pattern)]


def test_without_a_filter_hidden_rows_stay_hidden():
    assert len(names("")) == 15


def test_a_filter_asks_hidden_rows_too():
    assert "prototypical_mini_imagenet_convnet" in names("mini")


def test_regular_expressions_without_regard_to_case():
    assert names("^PROTO.*_all ") == ["prototypical_all"]


def test_an_exclamation_mark_inverts():
    assert names("!imagenet") == [name for name in names("") if "imagenet" not in name]
    assert len(names("!")) == 15


def test_half_an_expression_is_searched_as_it_stands():
    assert names("maml(") == []
    assert names("[") == []
