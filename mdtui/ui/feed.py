"""The threads that touch the workspace, so that the event loop never waits for a disk.

`Feed` looks: it takes snapshots and hands over the newest one. `Errands` does what a
person asked for, one thing at a time. A slow disk makes old numbers, never a frozen
screen.
"""

from __future__ import annotations

import queue
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from textual.message import Message

from mdtui.core.errors import MdtuiError
from mdtui.core.model import Detail, Snapshot
from mdtui.ui.messages import ErrandDone, ErrandFailed, ReadingFailed, SnapshotReady

Post = Callable[[Message], Any]


class SnapshotSource(Protocol):
    """Where snapshots come from; may block."""

    def snapshot(self, selected: str | None) -> Snapshot:
        """Returns what is true now, with the detail of one experiment."""


class Feed:
    """Takes a snapshot again and again, and tells when there is a different one.

    At most one message is unread at any time: a newer snapshot replaces the one that
    was not shown yet. Equal snapshots are not told at all.

    Args:
      source: where snapshots come from.
      poll_seconds: pause between two of them.
    """

    def __init__(self, source: SnapshotSource, poll_seconds: float) -> None:
        self._source = source
        self._poll_seconds = poll_seconds
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopped = False
        self._post: Post | None = None
        self._selected: str | None = None
        self._latest: Snapshot | None = None
        self._unread = False
        self._failure: ReadingFailed | None = None

    def start(self) -> None:
        """Begins to read, also before anybody listens."""
        threading.Thread(target=self._run, name="feed", daemon=True).start()

    def listen(self, post: Post) -> None:
        """Tells who gets the messages, and sends what came before.

        Args:
          post: puts a message on the event loop; called from any thread.
        """
        with self._lock:
            self._post = post
            failure, unread = self._failure, self._unread
        if failure is not None:
            post(failure)
        if unread:
            post(SnapshotReady())

    def stop(self) -> None:
        """Ends the thread after the reading that is under way; does not wait."""
        self._stopped = True
        self._wake.set()

    def select(self, name: str | None) -> None:
        """Asks for the detail of another experiment from now on."""
        with self._lock:
            self._selected = name
        self._wake.set()

    def read_now(self) -> None:
        """Asks for a snapshot without waiting for the pause to end."""
        self._wake.set()

    def take(self) -> Snapshot | None:
        """Returns the newest snapshot and marks it as read."""
        with self._lock:
            self._unread = False
            return self._latest

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            with self._lock:
                selected = self._selected
            try:
                snapshot = self._source.snapshot(selected)
            except MdtuiError as error:
                self._tell_failure(ReadingFailed(str(error)))
            except Exception as error:  # noqa: BLE001 - the edge of a thread: told
                text = f"Reading the workspace failed: {error!r}"
                self._tell_failure(ReadingFailed(text, traceback.format_exc()))
            else:
                self._tell(snapshot)
            self._wake.wait(self._poll_seconds)

    def _tell(self, snapshot: Snapshot) -> None:
        with self._lock:
            recovered, self._failure = self._failure is not None, None
            if same(self._latest, snapshot) and not recovered:
                return
            self._latest = snapshot
            told, self._unread = self._unread, True
            post = self._post
        if post is not None and not told:
            post(SnapshotReady())

    def _tell_failure(self, failure: ReadingFailed) -> None:
        with self._lock:
            known = self._failure is not None and self._failure.text == failure.text
            self._failure = failure
            post = self._post
        if post is not None and not known:
            post(failure)


class Errands:
    """Does one blocking thing after the other in a thread of its own.

    Args:
      post: puts a message on the event loop; called from that thread.
    """

    def __init__(self, post: Post) -> None:
        self._post = post
        self._orders: queue.SimpleQueue[tuple[Callable, Callable] | None] = (
            queue.SimpleQueue()
        )
        threading.Thread(target=self._run, name="errands", daemon=True).start()

    def run(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Queues a piece of work.

        Args:
          work: blocks as long as it needs, in the thread.
          then: gets its answer on the event loop.
        """
        self._orders.put((work, then))

    def stop(self) -> None:
        """Ends the thread after what is under way; does not wait."""
        self._orders.put(None)

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            work, then = order
            try:
                message: Message = ErrandDone(then, work())
            except MdtuiError as error:
                message = ErrandFailed(str(error))
            except Exception as error:  # noqa: BLE001 - the edge of a thread: told
                message = ErrandFailed(f"{error!r}", traceback.format_exc())
            self._post(message)


def same(old: Snapshot | None, new: Snapshot) -> bool:
    """Returns whether two snapshots show the same, whenever they were taken.

    Curves are compared by identity: a follower returns the same object as long as
    nothing new was written, and arrays have no equality of their own.
    """
    if old is None or not _same_detail(old.detail, new.detail):
        return False
    return replace(old, detail=None, taken_at=0.0) == replace(
        new, detail=None, taken_at=0.0
    )


def _same_detail(old: Detail | None, new: Detail | None) -> bool:
    if old is None or new is None:
        return old is new
    return old.curves is new.curves and replace(old, curves=None) == replace(
        new, curves=None
    )
