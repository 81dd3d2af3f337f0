"""How an attempt is brought to an end, and what its end means.

Pure: the runner and the dispatcher send the signals and read the clocks.
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

from mdtui.core.jobs import Action, Reason

_LADDER = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_FIRST = {
    Action.STOP: signal.SIGINT,
    Action.TERMINATE: signal.SIGTERM,
    Action.KILL: signal.SIGKILL,
}
_ERROR_LINE = re.compile(
    r"^[\w.]*(Error|Exception|Interrupt|Exit)\b|\b(error|fatal|cannot|failed)\b",
    re.IGNORECASE,
)
_DETAIL_LENGTH = 300


@dataclass(frozen=True)
class Escalation:
    """The signals sent to an attempt that is to end: harder when not heeded.

    Attributes:
      number: number of the order being obeyed; 0 for none.
      sent: the last signal sent, if any.
      due: clock reading at which the next signal is due; None when there is none.
    """

    number: int = 0
    sent: signal.Signals | None = None
    due: float | None = None

    def ordered(
        self, number: int, first: signal.Signals, now: float, grace: float
    ) -> Escalation:
        """Returns the escalation after an order, whose first signal is sent now.

        An order never softens: an attempt that was sent SIGTERM is not sent SIGINT.
        """
        if self.sent is not None and _LADDER.index(first) < _LADDER.index(self.sent):
            first = self.sent
        return _sent(number, first, now, grace)

    def overdue(self, now: float) -> bool:
        """Returns whether the next signal is to be sent now."""
        return self.due is not None and now >= self.due

    def harder(self, now: float, grace: float) -> Escalation:
        """Returns the escalation after the next signal, which is sent now."""
        rung = 0 if self.sent is None else _LADDER.index(self.sent) + 1
        return _sent(self.number, _LADDER[min(rung, len(_LADDER) - 1)], now, grace)


def _sent(number: int, which: signal.Signals, now: float, grace: float) -> Escalation:
    due = None if which is signal.SIGKILL else now + grace
    return Escalation(number, which, due)


def first_signal(action: Action) -> signal.Signals:
    """Returns the first signal of STOP, TERMINATE or KILL."""
    return _FIRST[action]


@dataclass(frozen=True)
class Verdict:
    """What the end of a trainer means.

    Attributes:
      reason: why the job ended.
      detail: one line for people.
      exit_code: if the trainer ended by itself.
      signal: name of the signal that ended it.
    """

    reason: Reason
    detail: str
    exit_code: int | None = None
    signal: str | None = None


def judge(
    exit_status: int, stop: Escalation, out_of_memory: bool, last_error: str
) -> Verdict:
    """Returns what the end of a trainer means.

    Args:
      exit_status: exit code, or minus the number of the signal that ended it.
      stop: the signals that were sent by request.
      out_of_memory: whether the kernel killed a process for memory meanwhile.
      last_error: the last error line of its log, printable; may be empty.
    """
    code = exit_status if exit_status >= 0 else None
    name = None if code is not None else _signal_name(-exit_status)
    ended = f"exit code {code}" if name is None else f"signal {name}"
    asked = None if stop.sent is None else stop.sent.name
    if code == 0:
        detail = f"exit code 0 after {asked}" if asked else ""
        return Verdict(Reason.DONE, detail, code)
    if asked is not None:
        return Verdict(Reason.STOPPED, f"{asked} sent by request: {ended}", code, name)
    if name == "SIGKILL" and out_of_memory:
        detail = "killed by the kernel: the machine or its limit ran out of memory"
        return Verdict(Reason.OUT_OF_MEMORY, detail, code, name)
    if name == "SIGKILL":
        ended += ", perhaps out of memory"
    elif code is not None and code > 128 and _signal_name(code - 128):
        ended += f" (128 + {_signal_name(code - 128)})"
    detail = f"{ended}: {last_error}" if last_error else ended
    return Verdict(Reason.FAILED, detail, code, name)


def last_error_line(lines: tuple[str, ...]) -> str:
    """Returns the line of a log that says best why its program failed.

    The last one that looks like an error, else the last one; at most 300 characters.

    Args:
      lines: the last lines of the log, printable.
    """
    written = [line.strip() for line in lines if line.strip()]
    errors = [line for line in written if _ERROR_LINE.search(line)]
    return (errors or written or [""])[-1][:_DETAIL_LENGTH]


def _signal_name(number: int) -> str | None:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}" if number > 0 and number < 65 else None
