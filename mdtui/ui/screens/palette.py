"""Commands by name: every action, and every action on every experiment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from mdtui.ui import keys
from mdtui.ui.lines import Line, fit
from mdtui.ui.widgets.pane import Pane

# What people type who know other programs: `:q`.
_ALIASES = {"q": "leave", "quit": "leave", "exit": "leave"}
_LINES = 12
_NAME_CELLS = 44


@dataclass(frozen=True)
class Command:
    """One command of the palette.

    Attributes:
      text: what is searched and shown.
      action_id: what it does.
      experiment: on which experiment; None for the selected one.
      hint: its key or what it does.
    """

    text: str
    action_id: str
    experiment: str | None
    hint: str


def commands(names: Iterable[str]) -> tuple[Command, ...]:
    """Returns every command: the actions, then those on each experiment.

    Args:
      names: of the experiments.
    """
    plain = [
        Command(
            entry.id, entry.id, None, f"{keys.shown_keys(entry):10} {entry.description}"
        )
        for entry in keys.ACTIONS
        if entry.in_palette
    ]
    of_one = [
        Command(f"{entry.id} {name}", entry.id, name, entry.description)
        for name in names
        for entry in keys.actions_of("experiment")
    ]
    return (*plain, *of_one)


def found(all_commands: Sequence[Command], typed: str) -> tuple[Command, ...]:
    """Returns the commands that hold every typed word, best match first.

    A match at the beginning of a word counts more than one inside; short commands come
    before long ones. Without a word only the commands on the selected row are offered.

    Args:
      all_commands: what there is.
      typed: as typed, words in any order.
    """
    words = typed.lower().split()
    if not words:
        return tuple(each for each in all_commands if each.experiment is None)
    if typed.strip().lower() in _ALIASES:
        wanted = _ALIASES[typed.strip().lower()]
        return tuple(c for c in all_commands if c.action_id == wanted)
    ranked = []
    for position, command in enumerate(all_commands):
        text = command.text.lower()
        if all(word in text for word in words):
            starts = f" {text}".replace("_", " ").replace("-", " ")
            inside = sum(f" {word}" not in starts for word in words)
            ranked.append((inside, len(text.split()), position, command))
    return tuple(entry[-1] for entry in sorted(ranked, key=lambda entry: entry[:3]))


class CommandList(Pane, can_focus=False):
    """The commands that match, one of them chosen."""

    name_of_pane = "Commands"

    def __init__(self) -> None:
        super().__init__(id="commands")
        self.matches: tuple[Command, ...] = ()
        self.index = 0

    def show(self, matches: tuple[Command, ...]) -> None:
        """Shows other matches, the first one chosen."""
        self.matches, self.index = matches, 0
        self.redraw()

    def move(self, by: int) -> None:
        """Chooses another one."""
        self.index = max(0, min(self.index + by, len(self.matches) - 1))
        self.redraw()

    def title(self) -> list[tuple[str, str]]:
        """Counts the matches."""
        return [(f" {len(self.matches)}", "dim")]

    def body(self, width: int, height: int) -> list[Line]:
        """Returns room for the input, and the matches around the chosen one."""
        lines = [Line(":", "key"), Line(self.glyphs.horizontal * width, "frame")]
        if not self.matches:
            return [*lines, Line("no such command", "dim")]
        height -= len(lines)
        top = max(0, min(self.index - height // 2, len(self.matches) - height))
        for position, command in enumerate(self.matches[top : top + height], top):
            name = fit(
                command.text, min(_NAME_CELLS, width), "left", self.glyphs.ellipsis
            )
            line = Line(name).add("  ").add(command.hint, "dim")
            if position == self.index:
                line = line.fitted(width).with_style("selected")
            lines.append(line)
        return lines


class Palette(ModalScreen[Command | None], inherit_bindings=False):
    """A line of input above the list of matching commands.

    Args:
      names: of the experiments.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+p", "cancel", "close", show=False, priority=True),
        Binding("ctrl+c", "empty", "empty the line", show=False, priority=True),
        Binding("down", "down", "next", show=False, priority=True),
        Binding("up", "up", "previous", show=False, priority=True),
        Binding("pagedown", "page_down", "next page", show=False, priority=True),
        Binding("pageup", "page_up", "previous page", show=False, priority=True),
        Binding("tab", "complete", "complete", show=False, priority=True),
    ]

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self._all = commands(names)
        self._list = CommandList()
        self._input = Input(placeholder="command, experiment", compact=True)
        self._input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Yields the input and the list."""
        with Vertical(id="palette-box"):
            yield self._input
            yield self._list

    def on_mount(self) -> None:
        """Shows all commands."""
        self._list.show(found(self._all, ""))
        self.set_focus(self._input)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Shows what matches."""
        self._list.show(found(self._all, event.value))

    def on_input_submitted(self) -> None:
        """Answers with the chosen command."""
        self.dismiss(self._chosen)

    @property
    def _chosen(self) -> Command | None:
        matches = self._list.matches
        return matches[self._list.index] if matches else None

    def action_cancel(self) -> None:
        """Closes the palette."""
        self.dismiss(None)

    def action_empty(self) -> None:
        """Empties the line; closes when it is empty."""
        if self._input.value:
            self._input.value = ""
        else:
            self.dismiss(None)

    def action_complete(self) -> None:
        """Puts the chosen command into the line."""
        if self._chosen is not None:
            self._input.value = self._chosen.text
            self._input.cursor_position = len(self._input.value)

    def action_down(self) -> None:
        """Chooses the next command."""
        self._list.move(1)

    def action_up(self) -> None:
        """Chooses the previous command."""
        self._list.move(-1)

    def action_page_down(self) -> None:
        """Chooses one a page below."""
        self._list.move(_LINES)

    def action_page_up(self) -> None:
        """Chooses one a page above."""
        self._list.move(-_LINES)
