"""Text from outside, made harmless for a terminal.

Logs and names may hold anything: progress bars that redraw a line, colours, or
sequences that retitle a window. What reaches the screen is printable text.
"""

from __future__ import annotations

import re

# CSI, OSC (ended by BEL or ST), DCS/SOS/PM/APC strings, and two-byte escapes.
_ESCAPE_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|[PX^_][^\x1b]*(?:\x1b\\)?"
    r"|[ -/]*[0-~])"
)
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)

# What absl puts before a message: severity and date, time, thread, file and line.
_LOGGING_PREFIX = re.compile(
    r"^([IWEF])\d{4} (\d\d:\d\d:\d\d)\.\d+ +\d+ [^ \]]+:\d+\] "
)


def harmless(text: str) -> str:
    """Returns one line of `text` without control sequences and control characters.

    A carriage return keeps what was drawn last, as a progress bar means it.
    """
    text = text.rstrip("\r\n")
    text = text.rpartition("\r")[2] or text.replace("\r", "")
    text = _ESCAPE_SEQUENCE.sub("", text).replace("\t", "    ").replace("\n", " ")
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def lines(data: bytes) -> tuple[str, ...]:
    """Returns the lines of a log as harmless text, undecodable bytes replaced."""
    text = data.decode("utf-8", errors="replace")
    return tuple(harmless(line) for line in text.split("\n") if line)


def without_logging_prefix(line: str) -> str:
    """Returns a log line with its time alone before it, and `W`, `E` or `F` if it is.

    The prefix of absl is wider than a pane; the published trainer writes it, too.
    """
    match = _LOGGING_PREFIX.match(line)
    if match is None:
        return line
    severity = "" if match[1] == "I" else f"{match[1]} "
    return f"{match[2]} {severity}{line[match.end() :]}"
