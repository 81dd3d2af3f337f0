"""The app: composition and routing; what it shows is elsewhere."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

from textual import events
from textual.binding import BindingType
from textual.theme import Theme

from mdtui.core.model import BestReport, LaunchPlan, Snapshot, StopPreview
from mdtui.ui import keys
from mdtui.ui.cell_diff import CellDiff
from mdtui.ui.feed import Errands, Feed
from mdtui.ui.glyphs import Glyphs, glyphs_for
from mdtui.ui.messages import ErrandDone, ErrandFailed, ReadingFailed, SnapshotReady
from mdtui.ui.screens.experiments import ExperimentsScreen
from mdtui.ui.type_ahead import TypeAhead

POLL_SECONDS = 0.5

# The terminal's own colours, whatever they are: light and dark need no difference.
_THEME = Theme(
    name="terminal",
    primary="ansi_blue",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    accent="ansi_blue",
    ansi=True,
    variables={
        "border-blurred": "ansi_default",
        "block-cursor-foreground": "ansi_bright_white",
        "block-cursor-background": "ansi_blue",
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "input-cursor-background": "ansi_blue",
        "input-cursor-foreground": "ansi_bright_white",
        "input-selection-background": "ansi_blue",
        "input-selection-foreground": "ansi_bright_white",
        "screen-selection-background": "ansi_blue",
        "screen-selection-foreground": "ansi_bright_white",
    },
)


class WorkspaceLike(Protocol):
    """What the app asks of a workspace; every call may block."""

    read_only: bool

    def snapshot(self, selected: str | None = None) -> Snapshot:
        """Returns what is true now."""

    def plan_launch(self, name: str) -> LaunchPlan:
        """Returns the dry run of a launch."""

    def plan_resume(self, name: str) -> LaunchPlan:
        """Returns the dry run of a resumption."""

    def plan_evaluations(
        self, name: str, datasets: Sequence[str] | None = None
    ) -> LaunchPlan:
        """Returns the dry run of the evaluations."""

    def submit(self, plan: LaunchPlan) -> tuple[str, ...]:
        """Carries a plan out; returns the ids of its jobs."""

    def stop_preview(self, name: str) -> StopPreview:
        """Returns what stopping would cost."""

    def stop(self, name: str, how: str) -> str:
        """Asks for the end of a run or job; returns what was done."""

    def select_best(self, name: str) -> BestReport:
        """Selects the best checkpoint and writes it down."""


class MdtuiApp(CellDiff, TypeAhead, inherit_bindings=False):
    """The terminal application over one workspace.

    Args:
      workspace: what it shows and acts on.
      poll_seconds: pause between two readings.
      glyphs: the characters to use; None to ask the environment.

    Attributes:
      feed: takes the snapshots.
      trouble: why the last reading failed; empty when it did not.
    """

    TITLE = "mdtui"
    CSS_PATH = "theme.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("everywhere")]

    def __init__(
        self,
        workspace: WorkspaceLike,
        *,
        poll_seconds: float = POLL_SECONDS,
        glyphs: Glyphs | None = None,
    ) -> None:
        super().__init__()
        self.workspace = workspace
        self.glyphs = glyphs if glyphs is not None else glyphs_for(os.environ)
        self.animation_level = "none"
        self.register_theme(_THEME)
        self.theme = _THEME.name
        self.feed = Feed(workspace, poll_seconds)
        self.feed.start()  # reads while the terminal is being set up
        self.errands = Errands(self.post_message)
        self.trouble = ""
        self.main = ExperimentsScreen()
        self._busy = ""
        self._told_faults: set[str] = set()
        self._may_leave = False

    def get_default_screen(self) -> ExperimentsScreen:
        """Returns the main screen."""
        return self.main

    def on_mount(self) -> None:
        """Leaves on SIGTERM as on a key, so that the terminal is restored."""
        if not self.is_headless:  # a test's signals are its own
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, self.exit, 128 + signal.SIGTERM)

    def on_unmount(self) -> None:
        """Ends the threads; jobs are none of theirs."""
        self.feed.stop()
        self.errands.stop()

    def on_resize(self, event: events.Resize) -> None:
        """Covers the screen with a notice while it is too small."""
        from mdtui.ui.screens.too_small import TooSmall, is_too_small

        covered = isinstance(self.screen, TooSmall)
        too_small = is_too_small(*event.size)
        if too_small and not covered:
            self.push_screen(TooSmall())
        elif covered and not too_small:
            self.pop_screen()

    # --- what the threads say

    def on_snapshot_ready(self, message: SnapshotReady) -> None:
        """Shows the newest snapshot."""
        self.trouble = ""
        snapshot = self.feed.take()
        if snapshot is not None:
            self.main.show(snapshot)
            show_news = getattr(self.screen, "show_news", None)
            if show_news is not None:
                show_news()

    def on_reading_failed(self, message: ReadingFailed) -> None:
        """Says that what is shown is old, and why."""
        self.trouble = message.text
        self.main.update_lines()
        if message.traceback and message.text not in self._told_faults:
            self._told_faults.add(message.text)
            self.show_text("A reading failed", message.text, message.traceback)

    def errand(
        self, work: Callable[[], Any], then: Callable[[Any], None], text: str
    ) -> None:
        """Asks the workspace for something that may block.

        Args:
          work: asks, in a thread.
          then: gets the answer.
          text: said in the status line meanwhile.
        """
        if self._busy:
            self.main.say(f"still busy: {self._busy}", "warning")
            return
        self._busy = text
        self.main.say(text, "dim")
        self.errands.run(work, then)

    @property
    def is_busy(self) -> bool:
        """Whether an errand is under way."""
        return bool(self._busy)

    def on_errand_done(self, message: ErrandDone) -> None:
        """Hands the answer on."""
        self._busy = ""
        self.main.say("")
        message.then(message.answer)

    def on_errand_failed(self, message: ErrandFailed) -> None:
        """Shows the one message."""
        self._busy = ""
        self.main.say("")
        texts = [message.text, *([message.traceback] if message.traceback else [])]
        self.show_text("Not done", *texts)

    def show_text(self, heading: str, *texts: str) -> None:
        """Shows paragraphs in a dialog that can only be closed."""
        from mdtui.ui.screens.dialog import Dialog, paragraphs

        self.push_screen(Dialog(heading, paragraphs(*texts)))

    # --- keys

    async def on_event(self, event: events.Event) -> None:
        """Forgets the message of the key before, then goes on as usual."""
        if isinstance(event, events.Key) and event.key != "ctrl+c":
            self._may_leave = False
            if not self._busy:
                self.main.say("")
        await super().on_event(event)

    async def action_help(self) -> None:
        """Shows the keys."""
        from mdtui.ui.screens.help import Help

        await self.push_screen(Help(self.main.pane))

    async def action_palette(self) -> None:
        """Opens the palette."""
        from mdtui.ui.screens.palette import Command, Palette

        async def chosen(command: Command | None) -> None:
            if command is not None:
                await self.main.run_command(command.action_id, command.experiment)

        snapshot = self.main.snapshot
        rows = snapshot.rows if snapshot else ()
        await self.push_screen(Palette(row.name for row in rows), chosen)

    def action_repaint(self) -> None:
        """Paints every cell again, whatever another program left on the screen."""
        self.repaint()

    def action_suspend(self) -> None:
        """Suspends to the shell."""
        self.action_suspend_process()

    def action_leave(self) -> None:
        """Goes one level back; at the top leaves."""
        from mdtui.ui.screens.dialog import Dialog

        if isinstance(self.screen, Dialog):
            self.screen.dismiss(None)
        elif self.screen is self.main and self.main.go_back():
            return
        else:
            self.exit(0)

    def action_interrupt(self) -> None:
        """Leaves when pressed twice; says so the first time."""
        if self._may_leave:
            self.exit(0)
            return
        self._may_leave = True
        self.main.say("ctrl+c again leaves; jobs keep running", "warning")


def run(workspace: WorkspaceLike) -> int:
    """Runs the app until it is left; returns the exit code.

    Mouse reports stay off, so that the terminal selects text as it always does.
    """
    app = MdtuiApp(workspace)
    code = app.run(mouse=False)
    running = app.main.num_active_jobs
    if running:
        noun = "job keeps" if running == 1 else "jobs keep"
        print(f"mdtui: {running} {noun} running.")
    return app.return_code or code or 0
