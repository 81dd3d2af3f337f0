import dataclasses

import pytest

from mdtui.ui.glyphs import ASCII, UNICODE, glyphs_for


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "en_GB.UTF-8", "TERM": "xterm-256color"}, UNICODE),
        ({"LC_ALL": "C.utf8", "LANG": "C"}, UNICODE),
        ({"LC_ALL": "C", "LANG": "en_GB.UTF-8"}, ASCII),
        ({"LC_ALL": "", "LC_CTYPE": "de_DE.ISO-8859-1"}, ASCII),
        ({}, ASCII),
        ({"LANG": "en_GB.UTF-8", "TERM": "linux"}, ASCII),
    ],
)
def test_the_environment_decides(environment, expected):
    assert glyphs_for(environment) is expected


def test_the_ascii_set_is_ascii_and_both_know_the_same_states():
    for name, value in dataclasses.asdict(ASCII).items():
        texts = value.values() if name == "states" else [value]
        assert all(text.isascii() for text in texts if isinstance(text, str))
    assert ASCII.states.keys() == UNICODE.states.keys()


def test_a_state_with_more_words_has_the_glyph_of_its_first():
    assert UNICODE.state("failed (137)") == UNICODE.state("failed")
    assert UNICODE.state("blocked by x") == "·"
