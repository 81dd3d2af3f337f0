import signal

import pytest

from mdtui.core.endings import Escalation, first_signal, judge, last_error_line
from mdtui.core.jobs import Action, Reason

NOT_ASKED = Escalation()
ASKED = Escalation(1, signal.SIGTERM, 60.0)


@pytest.mark.parametrize(
    "action, sent",
    [
        (Action.STOP, ["SIGINT", "SIGTERM", "SIGKILL"]),
        (Action.TERMINATE, ["SIGTERM", "SIGKILL"]),
        (Action.KILL, ["SIGKILL"]),
    ],
)
def test_signals_grow_harder_after_each_grace(action, sent):
    stop = NOT_ASKED.ordered(1, first_signal(action), 100.0, 60.0)
    found, now = [stop.sent.name], 100.0
    while stop.due is not None:
        assert not stop.overdue(now + 59.9)
        now += 60.0
        assert stop.overdue(now)
        stop = stop.harder(now, 60.0)
        found.append(stop.sent.name)
    assert found == sent


def test_a_second_order_never_softens():
    stop = ASKED.ordered(2, signal.SIGINT, 5.0, 60.0)
    assert (stop.number, stop.sent) == (2, signal.SIGTERM)
    assert stop.ordered(3, signal.SIGKILL, 6.0, 60.0).sent is signal.SIGKILL


@pytest.mark.parametrize(
    "status, stop, memory, reason, detail",
    [
        (0, NOT_ASKED, False, Reason.DONE, ""),
        (0, ASKED, False, Reason.DONE, "exit code 0 after SIGTERM"),
        (143, ASKED, False, Reason.STOPPED, "SIGTERM sent by request: exit code 143"),
        (-15, ASKED, False, Reason.STOPPED, "SIGTERM sent by request: signal SIGTERM"),
        (2, NOT_ASKED, False, Reason.FAILED, "exit code 2: E"),
        (143, NOT_ASKED, False, Reason.FAILED, "exit code 143 (128 + SIGTERM): E"),
        (-11, NOT_ASKED, False, Reason.FAILED, "signal SIGSEGV: E"),
        (-9, NOT_ASKED, False, Reason.FAILED, "signal SIGKILL, perhaps out of mem"),
        (-9, NOT_ASKED, True, Reason.OUT_OF_MEMORY, "killed by the kernel"),
        (1, NOT_ASKED, True, Reason.FAILED, "exit code 1: E"),
    ],
)
def test_what_an_end_means(status, stop, memory, reason, detail):
    verdict = judge(status, stop, memory, "E")
    assert verdict.reason is reason
    assert verdict.detail.startswith(detail)
    assert verdict.exit_code == (status if status >= 0 else None)
    assert verdict.signal == (signal.Signals(-status).name if status < 0 else None)


def test_the_line_that_says_why():
    lines = ("Traceback (most recent call last):", "  File x", "ValueError: bad", "bye")
    assert last_error_line(lines) == "ValueError: bad"
    assert last_error_line(("one", " two ", " ")) == "two"
    assert last_error_line(()) == ""
    assert len(last_error_line(("error " + "x" * 999,))) == 300
