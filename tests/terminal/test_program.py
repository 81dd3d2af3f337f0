"""The program in a real pseudo-terminal: start, resize, leave; the terminal as before."""

import os
import sys
import termios

import pytest

from tests.fakes.runs import write_training
from tests.terminal.terminal import Terminal

NAME = "prototypical_imagenet"

pytestmark = pytest.mark.terminal


@pytest.fixture
def start(tmp_path):
    """Returns a function that starts the app on a workspace with one finished run."""
    write_training(tmp_path / "exproot", NAME)

    def open_terminal(size=(120, 40), term="xterm-256color", **environment):
        variables = {**os.environ, "HOME": str(tmp_path), "TERM": term, **environment}
        command = [sys.executable, "-m", "mdtui", "-w", str(tmp_path / "exproot")]
        return Terminal(command, size, variables)

    return open_terminal


@pytest.mark.parametrize("term", ["xterm-256color", "tmux-256color", "screen", "linux"])
def test_the_list_appears_and_q_leaves(start, term):
    with start(term=term) as terminal:
        terminal.wait_for(NAME)
        terminal.wait_for("on disk")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


def test_a_small_terminal_is_told_so_and_recovers(start):
    with start(size=(40, 10)) as terminal:
        terminal.wait_for("Too small")
        terminal.resize(120, 40)
        terminal.wait_for(NAME)
        terminal.resize(40, 10)
        terminal.wait_for("Too small")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


def test_the_usual_small_size_shows_the_list_and_the_keys(start):
    with start(size=(80, 24)) as terminal:
        terminal.wait_for(NAME)
        terminal.wait_for(r"launch .*q leave *$")  # the footer, painted last


def test_interrupting_asks_twice(start):
    with start() as terminal:
        terminal.wait_for(NAME)
        terminal.press("ctrl+c")
        terminal.wait_for("again")
        assert terminal.process.poll() is None
        terminal.press("ctrl+c")
        assert terminal.wait_for_exit() == 0


def test_the_terminal_is_as_it_was(start):
    with start() as terminal:
        before = terminal.modes
        terminal.wait_for(NAME)
        assert terminal.is_alternate
        assert not terminal.current_modes()[3] & termios.ECHO
        terminal.press("q")
        terminal.wait_for_exit()
        assert terminal.current_modes() == before
        assert not terminal.is_alternate


def test_nothing_is_sent_while_nothing_happens(start):
    with start() as terminal:
        terminal.wait_for("on disk")
        terminal.wait_until_quiet(1.0)
        before = terminal.bytes_received
        terminal.wait_until_quiet(1.5)
        assert terminal.bytes_received == before
