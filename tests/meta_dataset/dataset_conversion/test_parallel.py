import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from meta_dataset.dataset_conversion.parallel import run_parallel
from meta_dataset.errors import MetaDatasetError


def square(value):
    return value * value


def fail_on_three(value):
    if value == 3:
        raise KeyError(value)
    return value


@pytest.mark.parametrize("processes", [1, 2])
def test_every_item_is_done_once(processes):
    assert sorted(run_parallel(square, range(7), processes)) == [
        value * value for value in range(7)
    ]


def test_no_item_is_no_work():
    assert list(run_parallel(square, [], 2)) == []


@pytest.mark.parametrize("processes", [1, 2])
def test_the_error_of_an_item_reaches_the_caller(processes):
    with pytest.raises(KeyError):
        list(run_parallel(fail_on_three, range(20), processes))


CHILD = """
import os, sys, time
from meta_dataset.dataset_conversion.parallel import run_parallel

def work(item):
    print(os.getpid(), flush=True)
    time.sleep(60)

if __name__ == "__main__":
    list(run_parallel(work, [0, 1], 2))
"""


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_workers_follow_a_killed_parent(tmp_path):
    (tmp_path / "child.py").write_text(CHILD)
    parent = subprocess.Popen(
        [sys.executable, str(tmp_path / "child.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # remarks on what the kill leaves behind
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    workers = [int(parent.stdout.readline()) for _ in range(2)]
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(alive, workers))


def die_on_three(value):
    if value == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return value


def test_a_killed_worker_is_one_message():
    """As the kernel does when memory runs out."""
    with pytest.raises(MetaDatasetError, match="was killed.*--processes"):
        list(run_parallel(die_on_three, range(20), 2))
