"""The one table of actions and keys.

Bindings of the app, its screens and panes, the footer, the help screen and the palette
are all drawn from `ACTIONS`; nothing else names a key. A focused pane's key wins over
one of the screen, a dialog's over both.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True)
class Action:
    """Something a key does.

    Attributes:
      id: unique name; a class that takes the action has a method `action_<id>` with
        underscores for dashes. Keys are re-bound by this name.
      keys: as Textual names them, the one to show first.
      label: one or two words for the footer.
      description: one line for help and palette.
      where: a context of `CONTEXTS`.
      in_palette: whether the palette offers it.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    description: str
    where: str
    in_palette: bool = True

    @property
    def method(self) -> str:
        """Name of the action as Textual calls it."""
        return self.id.replace("-", "_")


# Contexts in the order of the help screen, with their headings.
CONTEXTS = {
    "experiment": "The selected experiment, from any pane",
    "lists": "Lists and texts",
    "plots": "Plots",
    "log": "Log",
    "queue": "Queue",
    "main": "Panes",
    "everywhere": "Everywhere",
    "dialog": "Dialogs",
    "help": "This help",
}

ACTIONS: tuple[Action, ...] = (
    Action("launch", ("a",), "launch", "launch it: a dry run is shown first", "experiment"),
    Action("resume", ("R",), "resume", "resume it from its last checkpoint", "experiment"),
    Action("stop", ("I",), "stop", "stop it gently (SIGINT), after a dialog", "experiment"),
    Action("terminate", ("T",), "terminate", "terminate it (SIGTERM), after a dialog", "experiment"),
    Action("kill", ("K",), "kill", "kill all its processes (SIGKILL), after a dialog", "experiment"),
    Action("best", ("b",), "best", "select its best checkpoint and show why", "experiment"),
    Action("evaluate", ("e",), "evaluate", "evaluate its best checkpoint on the ten datasets", "experiment"),
    Action("describe", ("d",), "describe", "describe it: state, reason, checkpoints, command", "experiment"),
    Action("log", ("l",), "log", "show its log over the whole screen", "experiment"),
    Action("down", ("j", "down"), "down", "one line down", "lists", in_palette=False),
    Action("up", ("k", "up"), "up", "one line up", "lists", in_palette=False),
    Action("first", ("g", "home"), "first", "to the first line", "lists", in_palette=False),
    Action("last", ("G", "end"), "last", "to the last line", "lists", in_palette=False),
    Action("page-down", ("pagedown",), "page down", "one page down", "lists", in_palette=False),
    Action("page-up", ("pageup",), "page up", "one page up", "lists", in_palette=False),
    Action("half-down", ("ctrl+d",), "half down", "half a page down", "lists", in_palette=False),
    Action("half-up", ("ctrl+u",), "half up", "half a page up", "lists", in_palette=False),
    Action("smoother", ("+",), "smoother", "smooth the training curves more", "plots", in_palette=False),
    Action("rougher", ("-",), "rougher", "smooth the training curves less", "plots", in_palette=False),
    Action("raw", ("0",), "raw", "show the training curves as they are", "plots", in_palette=False),
    Action("log-scale", ("y", "L"), "log y", "loss on a logarithmic axis, on or off", "plots", in_palette=False),
    Action("follow", ("F",), "follow", "follow the end of the log", "log", in_palette=False),
    Action("wrap", ("w",), "wrap", "break long lines, on or off", "log", in_palette=False),
    Action("go-to", ("space",), "go to", "select the experiment of this job", "queue", in_palette=False),
    Action("pane-experiments", ("1",), "experiments", "go to the experiments", "main"),
    Action("pane-plots", ("2",), "plots", "go to the plots", "main"),
    Action("pane-queue", ("3",), "queue", "go to the queue", "main"),
    Action("pane-gpus", ("4",), "GPUs", "go to the GPUs", "main"),
    Action("pane-log", ("5",), "log", "go to the log", "main"),
    Action("pane-results", ("6",), "results", "go to the results", "main"),
    Action("next-pane", ("tab",), "next pane", "to the next pane", "main", in_palette=False),
    Action("previous-pane", ("shift+tab",), "previous pane", "to the previous pane", "main", in_palette=False),
    Action("open", ("enter",), "open", "show the pane, from the list the plots, over the whole screen", "main"),
    Action("zoom", ("z",), "zoom", "the focused pane over the whole screen, on or off", "main"),
    Action("filter", ("/", "f"), "filter", "show only the experiments that match; ! inverts", "main"),
    Action("clear", ("escape",), "back", "end the zoom, then clear the filter", "main", in_palette=False),
    Action("refresh", ("r", "f5"), "refresh", "read everything again now", "main"),
    Action("help", ("?", "f1"), "help", "show the keys", "everywhere"),
    Action("palette", (":", "ctrl+p"), "commands", "run a command by its name", "everywhere", in_palette=False),
    Action("repaint", ("ctrl+l",), "repaint", "paint the whole screen again", "everywhere"),
    Action("suspend", ("ctrl+z",), "suspend", "suspend to the shell; fg comes back", "everywhere"),
    Action("leave", ("q",), "leave", "back; at the top leave, jobs keep running", "everywhere"),
    Action("interrupt", ("ctrl+c",), "leave", "twice: leave, jobs keep running", "everywhere", in_palette=False),
    Action("search", ("/",), "search", "show only the keys that hold some words", "help", in_palette=False),
    Action("press", ("enter",), "press", "press the marked button", "dialog", in_palette=False),
    Action("yes", ("y",), "yes", "do it", "dialog", in_palette=False),
    Action("cancel", ("escape", "n"), "cancel", "close the dialog, nothing is done", "dialog", in_palette=False),
    Action("next-button", ("tab", "right"), "next button", "mark the next button", "dialog", in_palette=False),
    Action("previous-button", ("shift+tab", "left"), "previous button", "mark the previous button", "dialog", in_palette=False),
)  # fmt: skip

# What a terminal cannot tell apart, a multiplexer takes, or flow control eats.
FORBIDDEN_KEYS = frozenset(
    {
        "ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+left_square_bracket", "ctrl+[",
        "ctrl+b", "ctrl+a", "ctrl+s", "ctrl+q", "ctrl+backslash", "ctrl+\\",
        "shift+enter",
    }
)  # fmt: skip

_SHOWN = {
    "question_mark": "?",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "shift+tab": "shift+tab",
}


def action(action_id: str) -> Action:
    """Returns an action by its id; KeyError for an id that is not in the table."""
    return _BY_ID[action_id]


def actions_of(*contexts: str) -> tuple[Action, ...]:
    """Returns the actions of some contexts, in the order of the table."""
    return tuple(entry for entry in ACTIONS if entry.where in contexts)


def bindings(*contexts: str, namespace: str = "") -> list[Binding]:
    """Returns the bindings of some contexts for a `BINDINGS` list.

    Args:
      contexts: names of contexts.
      namespace: who takes the actions, `app` or `screen`; otherwise the one bound.
    """
    prefix = f"{namespace}." if namespace else ""
    return [
        Binding(
            ",".join(entry.keys),
            prefix + entry.method,
            entry.description,
            show=False,
            id=entry.id,
        )
        for entry in actions_of(*contexts)
    ]


def shown(key: str) -> str:
    """Returns a key as people write it."""
    return _SHOWN.get(key, key)


def shown_keys(entry: Action) -> str:
    """Returns all keys of an action as people write them."""
    return " ".join(shown(key) for key in entry.keys)


_BY_ID = {entry.id: entry for entry in ACTIONS}
