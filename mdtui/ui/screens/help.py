"""The keys, drawn from the table; those of the focused pane come first."""

from __future__ import annotations

from mdtui.ui import keys
from mdtui.ui.lines import Line, fit
from mdtui.ui.screens.dialog import Dialog, Text

# Contexts whose keys a pane takes itself.
_CONTEXTS_OF = {
    "experiments": ("lists",),
    "plots": ("plots",),
    "queue": ("queue", "lists"),
    "gpus": ("lists",),
    "log": ("log", "lists"),
    "results": ("lists",),
}
_KEY_CELLS = 18


def help_dialog(pane: str) -> Dialog:
    """Returns the help, for the pane that has the focus."""
    return Dialog("Keys", help_text(pane))


def help_text(pane: str) -> Text:
    """Returns all keys by context, those of a pane first."""
    first = _CONTEXTS_OF.get(pane, ())
    if pane == "experiments":
        first = ("experiment", *first)
    order = (*first, *(context for context in keys.CONTEXTS if context not in first))

    def lines(width: int) -> list[Line]:
        out: list[Line] = []
        for context in order:
            out += [Line()] if out else []
            heading = keys.CONTEXTS[context]
            here = " (this pane)" if context in first else ""
            out.append(Line(heading.upper(), "heading").add(here, "dim"))
            for entry in keys.actions_of(context):
                line = Line(fit(keys.shown_keys(entry), _KEY_CELLS), "key")
                out.append(line.add(entry.description))
        return out

    return lines
