"""Signals as letters in a box, for processes that sleep between short looks."""

from __future__ import annotations

import contextlib
import os
import select
import signal


class SignalInbox:
    """SIGINT and SIGTERM sent to this process, kept until taken; SIGHUP is ignored."""

    def __init__(self) -> None:
        self._received: list[signal.Signals] = []
        self._reader, writer = os.pipe()
        for descriptor in (self._reader, writer):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for which in (signal.SIGINT, signal.SIGTERM):
            signal.signal(which, self._receive)

    def _receive(self, number: int, frame: object) -> None:
        self._received.append(signal.Signals(number))

    def taken(self) -> list[signal.Signals]:
        """Returns what came since the last call."""
        taken, self._received = self._received, []
        return taken

    def wait(self, seconds: float) -> None:
        """Waits until a signal comes (SIGCHLD included) or the time is over."""
        if select.select([self._reader], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                os.read(self._reader, 4096)
