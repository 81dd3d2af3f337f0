"""Nothing from a log or a name may move the cursor or retitle the window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdtui.core.plain_text import harmless, lines, without_logging_prefix


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]0;title\x1b\\after", "after"),
        ("\x1bP1;2|dcs\x1b\\x", "x"),
        ("\x1b(Bx", "x"),
        ("10%\r20%\r", "20%"),
        ("a\tb", "a    b"),
        ("bell\x07", "bell\N{REPLACEMENT CHARACTER}"),
        ("\x9b31m", "\N{REPLACEMENT CHARACTER}31m"),
        ("über \N{GREEK SMALL LETTER ALPHA}", "über \N{GREEK SMALL LETTER ALPHA}"),
    ],
)
def test_examples(text, shown):
    assert harmless(text) == shown


@given(st.text())
def test_no_control_character_survives(text):
    assert all(
        char.isprintable() or char == " " for char in harmless(text) if ord(char) < 0xA0
    )


@given(st.binary())
def test_any_bytes_make_lines(data):
    for line in lines(data):
        assert "\n" not in line and "\x1b" not in line


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("I1123 09:30:51.7 140 trainer.py:207] Update 5.", "09:30:51 Update 5."),
        ("W1123 09:30:51.777306 140 a.py:1] Slow.", "09:30:51 W Slow."),
        ("I0403 12:00:00.123456 14 learner.py:9] x] y", "12:00:00 x] y"),
        ("Traceback (most recent call last):", "Traceback (most recent call last):"),
    ],
)
def test_a_log_line_keeps_its_time_and_its_severity(line, shown):
    assert without_logging_prefix(line) == shown
