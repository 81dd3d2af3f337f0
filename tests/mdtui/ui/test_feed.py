import math
import queue
import threading
from dataclasses import replace

from mdtui.core.errors import MdtuiError
from mdtui.ui.feed import Errands, Feed, same
from mdtui.ui.messages import ErrandDone, ErrandFailed, ReadingFailed, SnapshotReady
from tests.mdtui.ui.fake_workspace import NEW, RUNNING, busy_workspace

DEADLINE = 10


def start(workspace):
    messages = queue.Queue()
    feed = Feed(workspace, poll_seconds=0.001)
    feed.start()
    feed.listen(messages.put)
    return feed, messages


def wait_for_readings(workspace, count):
    """Waits until so many more snapshots were begun."""
    target = workspace.num_snapshots + count
    done = threading.Event()
    end = threading.Timer(DEADLINE, done.set)
    end.start()
    while workspace.num_snapshots < target and not done.is_set():
        done.wait(0.001)
    end.cancel()
    assert workspace.num_snapshots >= target


def test_equal_snapshots_are_told_once():
    workspace = busy_workspace()
    feed, messages = start(workspace)
    assert isinstance(messages.get(timeout=DEADLINE), SnapshotReady)
    feed.take()
    wait_for_readings(workspace, 5)
    assert messages.empty()
    feed.stop()


def test_bursts_collapse_to_one_message_with_the_newest_snapshot():
    workspace = busy_workspace()
    feed, messages = start(workspace)
    messages.get(timeout=DEADLINE)
    for update in range(221, 226):
        workspace.update(RUNNING, update=update)
        wait_for_readings(workspace, 2)
    assert messages.empty()  # the first one is still unread
    row = next(row for row in feed.take().rows if row.name == RUNNING)
    assert row.update == 225
    workspace.update(RUNNING, update=226)
    assert isinstance(messages.get(timeout=DEADLINE), SnapshotReady)
    feed.stop()


def test_the_detail_follows_the_selection():
    feed, messages = start(busy_workspace())
    messages.get(timeout=DEADLINE)
    assert feed.take().detail is None
    feed.select(NEW)
    messages.get(timeout=DEADLINE)
    assert feed.take().detail.name == NEW
    feed.stop()


def test_a_failure_is_told_once_and_so_is_the_recovery():
    workspace = busy_workspace()
    workspace.failure = MdtuiError("the disk is gone")
    feed, messages = start(workspace)
    failure = messages.get(timeout=DEADLINE)
    assert isinstance(failure, ReadingFailed)
    assert failure.text == "the disk is gone"
    assert not failure.traceback
    wait_for_readings(workspace, 5)
    assert messages.empty()
    workspace.failure = None
    assert isinstance(messages.get(timeout=DEADLINE), SnapshotReady)
    feed.stop()


def test_a_fault_of_the_program_comes_with_its_traceback():
    workspace = busy_workspace()
    workspace.failure = ZeroDivisionError("oh")
    feed, messages = start(workspace)
    assert "ZeroDivisionError" in messages.get(timeout=DEADLINE).traceback
    feed.stop()


def test_snapshots_are_compared_by_what_they_show():
    workspace = busy_workspace()
    one, other = workspace.snapshot(RUNNING), workspace.snapshot(RUNNING)
    assert one.taken_at != other.taken_at
    assert same(one, other)
    assert not same(None, one)
    assert not same(one, workspace.snapshot(None))
    assert not same(one, workspace.snapshot(NEW))
    assert not same(one, replace(other, problems=("x",)))


def test_errands_are_done_in_order_off_the_calling_thread():
    messages = queue.Queue()
    errands = Errands(messages.put)
    here = threading.get_ident()
    errands.run(threading.get_ident, print)
    errands.run(lambda: math.sqrt(4), print)
    first, second = (messages.get(timeout=DEADLINE) for _ in range(2))
    assert isinstance(first, ErrandDone)
    assert first.answer != here
    assert second.answer == 2
    errands.stop()


def test_an_errand_that_fails_says_why():
    messages = queue.Queue()
    errands = Errands(messages.put)

    def refuse():
        raise MdtuiError("no such experiment")

    errands.run(refuse, print)
    errands.run(lambda: 1 / 0, print)
    first, second = (messages.get(timeout=DEADLINE) for _ in range(2))
    assert isinstance(first, ErrandFailed)
    assert (first.text, first.traceback) == ("no such experiment", "")
    assert "ZeroDivisionError" in second.traceback
    errands.stop()
