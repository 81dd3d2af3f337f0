import os
import signal
import subprocess
import sys
from dataclasses import replace

from mdtui.jobs import processes
from mdtui.jobs.spawn import GatedProcess


def test_a_process_is_more_than_its_number():
    me = processes.identify(os.getpid())
    assert processes.is_alive(me) is True
    assert processes.is_alive(replace(me, start_ticks=me.start_ticks + 1)) is False
    assert processes.is_alive(replace(me, boot_id="another")) is False
    elsewhere = replace(me, boot_id="another", host="another machine")
    assert processes.is_alive(elsewhere) is None
    assert processes.identify(2**22 + 1) is None


def test_a_zombie_does_not_live():
    child = subprocess.Popen(["/bin/true"])
    identity = processes.identify(child.pid)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert processes.is_alive(identity) is False
    assert processes.send(identity, signal.SIGTERM) is False
    child.wait()


def test_a_signal_reaches_only_whom_it_is_meant_for():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    identity = processes.identify(child.pid)
    later = replace(identity, start_ticks=identity.start_ticks + 1)
    assert processes.send(later, signal.SIGKILL) is False
    assert child.poll() is None
    assert processes.send(identity, signal.SIGKILL) is True
    assert child.wait() == -signal.SIGKILL
    child.stdin.close()


def test_members_are_found_by_variable_or_session(tmp_path):
    marker = {**os.environ, processes.ATTEMPT_VARIABLE: str(tmp_path)}
    marked = subprocess.Popen(["/bin/sleep", "60"], env=marker)
    leader = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    try:
        found = {p.pid for p in processes.attempt_members(str(tmp_path))}
        assert found == {marked.pid}
        found = {p.pid for p in processes.attempt_members(str(tmp_path), leader.pid)}
        assert found == {marked.pid, leader.pid}
    finally:
        for child in (marked, leader):
            child.kill()
            child.wait()


def test_kills_for_memory_are_counted():
    assert processes.kills_for_memory() >= 0


def test_a_gated_child_ends_when_nobody_lets_it_go(tmp_path):
    """As when the runner dies before the trainer is on record."""
    made = tmp_path / "made"
    with open(os.devnull, "wb") as null:
        command = ("/bin/touch", str(made))
        child = GatedProcess(command, "/", {}, null.fileno(), null.fileno())
        child.abandon()
        assert not made.exists()
        child = GatedProcess(command, "/", {}, null.fileno(), null.fileno())
        child.release()
    assert os.waitpid(child.pid, 0)[1] == 0
    assert made.exists()
