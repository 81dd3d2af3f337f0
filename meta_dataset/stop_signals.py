"""SIGINT and SIGTERM as a request to leave at the next good moment.

Python runs its signal handlers between two of its own instructions, and an update on a
slow machine is one instruction of several seconds. The operating system's part of the
handler therefore writes a byte to a pipe, and a thread reads it: a first signal is noted
(and said) at once, a second one ends the process at once.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Self

from absl import logging

STOPPING = (signal.SIGINT, signal.SIGTERM)


class Stopped(Exception):
    """The run ended early because a signal asked for it; work is saved.

    Attributes:
      signal_number: which one.
      exit_code: what the process returns, as shells report a signal.
    """

    def __init__(self, signal_number: int):
        super().__init__(f"stopped by {signal.Signals(signal_number).name}")
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number


class StopSignals:
    """Listens for SIGINT and SIGTERM while its context lasts; main thread only.

    Until `deferred` is entered, a signal ends the process at once: there is nothing to
    save. Inside, the first one is only noted.

    Args:
      leave_now: ends the process with an exit code, without clean-up.
    """

    def __init__(self, leave_now: Callable[[int], None] = os._exit):
        self._leave_now = leave_now
        self._deferring = False
        self._requested: int | None = None

    @property
    def requested(self) -> int | None:
        """The signal that asked to stop, None so far."""
        return self._requested

    def check(self) -> None:
        """Raises `Stopped` if a signal asked for it."""
        if self.requested is not None:
            raise Stopped(self.requested)

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """Within this context the first signal is a request, see `requested`."""
        self._deferring = True
        try:
            yield
        finally:
            self._deferring = False

    def __enter__(self) -> Self:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self._old_handlers = {
            number: signal.signal(number, lambda *_: None) for number in STOPPING
        }
        self._old_descriptor = signal.set_wakeup_fd(
            self._writer, warn_on_full_buffer=False
        )
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(self._old_descriptor)
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        os.close(self._writer)  # the thread reads the end of the pipe
        self._thread.join()
        os.close(self._reader)

    def _listen(self) -> None:
        while data := os.read(self._reader, 1):
            if data[0] in STOPPING:
                self._receive(data[0])

    def _receive(self, number: int) -> None:
        name = signal.Signals(number).name
        if self._deferring and self._requested is None:
            self._requested = number
            logging.info(
                "%s received: leaving after the update in hand. Once more: at once.",
                name,
            )
            return
        logging.info("%s received: leaving at once.", name)
        self._leave_now(128 + number)
