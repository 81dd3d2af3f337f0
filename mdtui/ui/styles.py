"""The named styles of the screen: the terminal's own 16 colours and nothing else.

Default foreground and background stay the terminal's, so the same table serves light
and dark schemes, and a colour costs five bytes on the wire. A style never says alone
what a word or a glyph does not say too.
"""

from __future__ import annotations

from rich.style import Style

STYLES: dict[str, Style] = {
    "plain": Style(),
    "dim": Style(dim=True),
    "strong": Style(bold=True),
    "heading": Style(dim=True, bold=True),
    "frame": Style(dim=True),
    "frame-focus": Style(color="blue", bold=True),
    "title": Style(bold=True),
    "title-focus": Style(color="blue", bold=True),
    "key": Style(color="blue", bold=True),
    "selected": Style(color="bright_white", bgcolor="blue", bold=True),
    "selected-blurred": Style(bold=True),
    "button": Style(),
    "button-default": Style(reverse=True, bold=True),
    "good": Style(color="green"),
    "busy": Style(color="cyan"),
    "warning": Style(color="yellow"),
    "bad": Style(color="red", bold=True),
    "command": Style(color="cyan"),
    "train": Style(color="bright_blue"),
    "valid": Style(color="magenta"),
    "mean": Style(color="green"),
    "mean-band": Style(color="green", dim=True),
}

_STATE_STYLES = {
    "running": "good",
    "starting": "busy",
    "stopping": "busy",
    "queued": "busy",
    "held": "warning",
    "done": "good",
    "stopped": "warning",
    "preempted": "warning",
    "silent": "warning",
    "diverged": "bad",
    "failed": "bad",
    "out_of_memory": "bad",
    "timed_out": "bad",
    "lost": "bad",
}


def state_style(state: str) -> str:
    """Returns the name of the style of a state, by its first word."""
    return _STATE_STYLES.get(state.partition(" ")[0], "dim")


def state_text(state: str) -> str:
    """Returns a state as people read it; the name after `blocked by` stays as it is."""
    word, blank, rest = state.partition(" ")
    return word.replace("_", " ") + blank + rest
