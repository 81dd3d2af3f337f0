"""Processes: who is who, who lives, who belongs together (Linux).

A number alone does not name a process, because numbers are used again. Number, boot
and start time together do. Everything is read from /proc; the runner, which must stay
small, imports this module.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
from dataclasses import dataclass

from mdtui.core.jobs import ProcessIdentity

# Every process of an attempt carries this variable with the attempt's folder.
ATTEMPT_VARIABLE = "MDTUI_ATTEMPT"

_DEAD_STATES = frozenset("ZX")


@dataclass(frozen=True)
class _Stat:
    """What is used of /proc/<pid>/stat."""

    state: str
    session: int
    start_ticks: int


@functools.cache
def boot_id() -> str:
    """Returns the random id of this boot of the machine."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def host() -> str:
    """Returns the name of this machine."""
    return os.uname().nodename


def identify(pid: int) -> ProcessIdentity | None:
    """Returns the identity of a process of this machine, or None if there is none."""
    stat = _stat(pid)
    if stat is None:
        return None
    return ProcessIdentity(pid, boot_id(), stat.start_ticks, host())


def is_alive(process: ProcessIdentity) -> bool | None:
    """Returns whether a process lives; None where this machine cannot know.

    A zombie does not live: it computes nothing and holds no memory. A process of an
    earlier boot of this machine does not live either; of another machine nothing is
    known.
    """
    if process.boot_id != boot_id():
        return False if process.host in ("", host()) else None
    stat = _stat(process.pid)
    if stat is None:
        return None if _is_hidden(process.pid) else False
    return stat.start_ticks == process.start_ticks and stat.state not in _DEAD_STATES


def send(process: ProcessIdentity, which: signal.Signals) -> bool:
    """Sends a signal to exactly this process; returns whether it was there."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:
        return False
    try:
        # The descriptor holds on to one process; if the identity is right now, no
        # later process of that number can receive the signal.
        if is_alive(process) is not True:
            return False
        signal.pidfd_send_signal(descriptor, which)
        return True
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)


def attempt_members(attempt: str, session: int | None = None) -> list[ProcessIdentity]:
    """Returns the living processes of an attempt, this process excepted.

    Those that carry the attempt's variable, whatever group or session they moved to,
    and those of the session, whatever became of their variables.

    Args:
      attempt: folder of the attempt.
      session: number of the trainer's session, only while it cannot have been used
        again: its leader is a child that was not waited for yet.
    """
    marker = os.fsencode(f"{ATTEMPT_VARIABLE}={attempt}")
    members = []
    for name in os.listdir("/proc"):
        if not name.isdecimal() or int(name) == os.getpid():
            continue
        stat = _stat(int(name))
        if stat is None or stat.state in _DEAD_STATES:
            continue
        if stat.session == session or marker in _environment(int(name)):
            members.append(
                ProcessIdentity(int(name), boot_id(), stat.start_ticks, host())
            )
    return members


def kills_for_memory() -> int:
    """Returns how many processes the kernel has killed here for want of memory.

    Counted in this process's control group, else on the whole machine; 0 where
    neither is told.
    """
    path = "/proc/vmstat"
    with contextlib.suppress(OSError), open("/proc/self/cgroup", "rb") as file:
        for line in file:
            if line.startswith(b"0::/"):
                group = os.fsdecode(line[3:].strip())
                own = f"/sys/fs/cgroup{group}/memory.events"
                path = own if os.path.exists(own) else path
    with contextlib.suppress(OSError, ValueError), open(path, "rb") as file:
        for line in file:
            if line.startswith(b"oom_kill "):
                return int(line.split()[1])
    return 0


def _stat(pid: int) -> _Stat | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            data = file.read()
    except OSError:
        return None
    # The name in brackets may itself hold brackets and spaces.
    fields = data[data.rindex(b")") + 2 :].split() if b")" in data else []
    if len(fields) < 20:
        return None
    return _Stat(fields[0].decode("ascii"), int(fields[3]), int(fields[19]))


def _is_hidden(pid: int) -> bool:
    """Returns whether a process exists that /proc does not show to this user."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return not os.path.exists(f"/proc/{pid}")
    except OSError:
        return False
    return False


def _environment(pid: int) -> list[bytes]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []
