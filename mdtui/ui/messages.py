"""Everything that reaches the widgets from outside the event loop or from each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.message import Message

from mdtui.core.model import ExperimentRow


class SnapshotReady(Message):
    """The feed holds a snapshot that nobody has shown yet; bursts are one message."""


class ReadingFailed(Message):
    """A snapshot could not be taken; the old one stays on the screen.

    Attributes:
      text: the one message for the person.
      traceback: where it happened, when it is a fault of the program; else empty.
    """

    def __init__(self, text: str, traceback: str = "") -> None:
        self.text, self.traceback = text, traceback
        super().__init__()


class ErrandDone(Message):
    """Something asked of the workspace came back.

    Attributes:
      then: who takes the answer, on the event loop.
      answer: what came back.
    """

    def __init__(self, then: Callable[[Any], None], answer: Any) -> None:
        self.then, self.answer = then, answer
        super().__init__()


class ErrandFailed(Message):
    """Something asked of the workspace was refused or went wrong.

    Attributes:
      text: the one message for the person.
      traceback: where it happened, when it is a fault of the program; else empty.
    """

    def __init__(self, text: str, traceback: str = "") -> None:
        self.text, self.traceback = text, traceback
        super().__init__()


class ExperimentSelected(Message):
    """Another row of the experiment list is the selected one.

    Attributes:
      row: the row; None when the list is empty.
    """

    def __init__(self, row: ExperimentRow | None) -> None:
        self.row = row
        super().__init__()


class JobChosen(Message):
    """The experiment of a job is to be selected.

    Attributes:
      experiment: its name.
    """

    def __init__(self, experiment: str) -> None:
        self.experiment = experiment
        super().__init__()


class FilterChanged(Message):
    """The filter reads differently now.

    Attributes:
      pattern: as typed.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        super().__init__()


class FilterClosed(Message):
    """The filter is typed.

    Attributes:
      keep: whether it stays; otherwise it is cleared.
    """

    def __init__(self, keep: bool) -> None:
        self.keep = keep
        super().__init__()
