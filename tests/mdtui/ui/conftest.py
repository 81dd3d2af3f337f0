"""Opens the real app on a scripted workspace, and waits for it without sleeping."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest

from mdtui.ui.app import MdtuiApp
from mdtui.ui.glyphs import UNICODE

DEADLINE_SECONDS = 20


@pytest.fixture(autouse=True)
def _no_colour_settings_of_the_developer(monkeypatch):
    for name in ("NO_COLOR", "COLORTERM", "TEXTUAL_THEME", "TEXTUAL_ANIMATIONS"):
        monkeypatch.delenv(name, raising=False)


class Story:
    """A person before the app: presses keys, looks at the text."""

    def __init__(self, app, pilot, workspace):
        self.app, self.pilot, self.workspace = app, pilot, workspace

    async def until(self, condition, what="the condition"):
        """Waits until a condition holds; fails with the screen when it never does."""
        end = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(
                    f"{what} never came true; the screen:\n{self.text}"
                )
            await asyncio.sleep(0.005)
            await self.pilot.pause()

    async def sees(self, *texts):
        """Waits until all texts are on the screen."""
        for text in texts:
            await self.until(lambda text=text: text in self.text, repr(text))

    async def misses(self, text):
        """Waits until a text is no longer on the screen."""
        await self.until(lambda: text not in self.text, f"not {text!r}")

    async def press(self, *keys):
        await self.pilot.press(*keys)

    async def select(self, name):
        """Moves the cursor to an experiment, by keys."""
        rows = [row.name for row in self.app.main.table.rows]
        await self.press("1", "g", *["j"] * rows.index(name))
        await self.until(lambda: self.app.main.table.selected_name == name, name)

    async def resize(self, columns, lines):
        await self.pilot.resize_terminal(columns, lines)
        await self.pilot.pause()

    @property
    def lines(self):
        """What the terminal shows, a string a line."""
        strips = self.app.screen._compositor.render_strips()
        return [strip.text for strip in strips]

    @property
    def text(self):
        return "\n".join(self.lines)

    @property
    def footer(self):
        return self.lines[-1]


@pytest.fixture
def open_app():
    """Returns a context manager: workspace, size -> Story, after the first list."""

    @contextlib.asynccontextmanager
    async def opened(workspace, size=(120, 40), glyphs=UNICODE):
        app = MdtuiApp(workspace, poll_seconds=0.01, glyphs=glyphs)
        async with app.run_test(size=size) as pilot:
            story = Story(app, pilot, workspace)
            await story.until(
                lambda: app.main.table.rows or workspace.failure, "the list"
            )
            yield story

    return opened
