"""The keys, drawn from the table; those of the focused pane come first."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.widgets import Input

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


class Help(Dialog):
    """All keys; `/` opens a line whose words the keys shown must hold.

    Args:
      pane: the pane that has the focus.
    """

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings("help")

    def __init__(self, pane: str) -> None:
        super().__init__("Keys", help_text(pane), hint="/ searches, esc closes")
        self._pane = pane

    async def action_search(self) -> None:
        """Opens the line to type in."""
        if not self.query(Input):
            line = Input(placeholder="words to search for", compact=True, id="search")
            line.cursor_blink = False
            await self.mount(line)
            self.box.styles.max_height = self.app.size.height - 1
            self.set_focus(line)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Shows the keys that match."""
        event.stop()
        self.box.text = help_text(self._pane, event.value)
        self.box.top = 0
        self.box.redraw()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Goes back to the keys that were found."""
        event.stop()
        self.set_focus(self.box)


def help_text(pane: str, search: str = "") -> Text:
    """Returns all keys by context, those of a pane first.

    Args:
      pane: the focused pane.
      search: words that an entry must hold, in any order; none shows all.
    """
    first = _CONTEXTS_OF.get(pane, ())
    if pane == "experiments":
        first = ("experiment", *first)
    order = (*first, *(context for context in keys.CONTEXTS if context not in first))
    words = search.lower().split()

    def lines(width: int) -> list[Line]:
        out: list[Line] = []
        for context in order:
            entries = [
                entry for entry in keys.actions_of(context) if _holds(entry, words)
            ]
            if not entries:
                continue
            out += [Line()] if out else []
            here = " (this pane)" if context in first else ""
            heading = keys.CONTEXTS[context].upper()
            out.append(Line(heading, "heading").add(here, "dim"))
            for entry in entries:
                line = Line(fit(keys.shown_keys(entry), _KEY_CELLS), "key")
                out.append(line.add(entry.description))
        return out or [Line("no key matches", "dim")]

    return lines


def _holds(entry: keys.Action, words: list[str]) -> bool:
    text = f"{entry.id} {entry.label} {entry.description} {keys.shown_keys(entry)}"
    return all(word in text.lower() for word in words)
