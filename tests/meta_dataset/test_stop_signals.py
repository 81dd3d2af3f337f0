import os
import signal
import threading
import time

import pytest

from meta_dataset.stop_signals import Stopped, StopSignals


@pytest.fixture
def stop():
    """Listens; records the exit code with which it would end the process."""
    codes = []
    left = threading.Event()

    def leave(code):
        codes.append(code)
        left.set()

    with StopSignals(leave) as signals:
        signals.codes, signals.left = codes, left
        yield signals


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_is_a_request_the_second_ends_it(stop, number):
    with stop.deferred():
        stop.check()
        os.kill(os.getpid(), number)
        wait_until(lambda: stop.requested == number)
        assert not stop.codes
        with pytest.raises(Stopped) as raised:
            stop.check()
        assert raised.value.exit_code == 128 + number
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.left.wait(10)
    assert stop.codes == [128 + signal.SIGTERM]


def test_before_there_is_anything_to_save_a_signal_ends_it(stop):
    os.kill(os.getpid(), signal.SIGTERM)
    assert stop.left.wait(10)
    assert stop.codes == [143]
    assert stop.requested is None


def test_afterwards_the_handlers_are_as_before():
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    with StopSignals():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before
