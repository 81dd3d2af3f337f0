"""The app in a real pseudo-terminal: sizes, terminal types, and every way to leave."""

import os
import signal
import sys
import termios
import time

import pytest

from tests.terminal.terminal import Terminal

pytestmark = [pytest.mark.terminal, pytest.mark.timeout(120)]


def open_app(*arguments, size=(120, 40), **environment):
    command = [sys.executable, "-m", "tests.terminal.scripted_app", *arguments]
    variables = {**os.environ, "LC_ALL": "C.UTF-8", **environment}
    return Terminal(command, size=size, environment=variables)


def modes(terminal):
    """The settings of the terminal line that a program may have changed."""
    return termios.tcgetattr(terminal._master)[:4]


@pytest.mark.parametrize("term", ["xterm-256color", "tmux-256color", "screen"])
def test_the_list_appears_and_keys_work(term):
    with open_app(TERM=term) as terminal:
        terminal.wait_for("prototypical_imagenet .*running")
        terminal.press("j", "j", "j", "j", "j")
        terminal.wait_for("Plots prototypical_imagenet")
        terminal.wait_for("t train 0.939")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


def test_keys_typed_at_once_have_their_effect_in_turn():
    """A filter is a filter, however fast it is typed: no letter of it is a command."""
    with open_app() as terminal:
        terminal.wait_for("1 Experiments 15")
        terminal.press("/all" + "\r")
        terminal.wait_for("1 Experiments [0-9]+/15 /all")
        terminal.press("?/check" + "\r")
        terminal.wait_for("select its best checkpoint")
        terminal.wait_for("SIGKILL", gone=True)
        terminal.press("q" + ":zoom" + "\r")
        terminal.wait_for("2 Plots", gone=True)
        terminal.press("q1jjjk25k1k")
        terminal.press(":q" + "\r")
        assert terminal.wait_for_exit() == 0


def test_the_linux_console_gets_ascii():
    with open_app(TERM="linux") as terminal:
        text = terminal.wait_for("prototypical_imagenet .*running")
        assert text.isascii()
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


def test_a_terminal_is_dragged_small_and_large_again():
    with open_app() as terminal:
        terminal.wait_for("1 Experiments 15")
        terminal.resize(40, 10)
        terminal.wait_for("Too small")
        terminal.resize(80, 24)
        text = terminal.wait_for("1 Experiments 15")
        terminal.wait_for("Too small", gone=True)
        assert text.count("1 Experiments") == 1
        terminal.resize(160, 50)
        terminal.wait_for("6 Results")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


def test_what_another_program_wrote_is_painted_over_on_request():
    with open_app() as terminal:
        terminal.wait_for("never launched here")
        before = settled(terminal)
        with terminal._lock:
            terminal._stream.feed(b"\x1b[1;1HBroadcast message: going down")
        assert "Broadcast" in terminal.text()
        terminal.press("ctrl+l")
        terminal.wait_for("Broadcast", gone=True)
        assert settled(terminal) == before


def test_the_pictures_with_and_without_the_shadow_are_the_same():
    """After many partial updates a full repaint changes nothing."""
    with open_app() as terminal:
        terminal.wait_for("1 Experiments 15")
        terminal.press("j", "j", "j", "j", "j", "3", "2", "z", "z", "d")
        terminal.wait_for("END OF THE LOG")
        terminal.press("escape")  # a key right behind it would make it an alt key
        terminal.wait_for("END OF THE LOG", gone=True)
        terminal.press("1", "k")
        terminal.wait_for("Plots baselinefinetune_imagenet")
        # The status line says that it is the last key's turn; then nothing is under way.
        terminal.wait_for("exit code 1: no dataset folder")
        seen = settled(terminal)
        terminal.press("ctrl+l")
        assert settled(terminal) == seen


def settled(terminal):
    """Returns the screen once it has stayed the same for a while."""
    text, since = terminal.text(), time.monotonic()
    end = since + 20
    while time.monotonic() - since < 0.4 and time.monotonic() < end:
        time.sleep(0.02)
        if terminal.text() != text:
            text, since = terminal.text(), time.monotonic()
    return text


@pytest.mark.parametrize("way", ["q", "ctrl+c", "terminate", "crash"])
def test_the_terminal_is_restored_after_every_way_of_leaving(way):
    terminal = open_app(*(["crash"] if way == "crash" else []))
    with terminal:
        if way == "crash":
            assert terminal.wait_for_exit() != 0
        else:
            terminal.wait_for("1 Experiments 15")
            if way == "terminate":
                terminal.process.send_signal(signal.SIGTERM)
            else:
                terminal.press(*["q"] if way == "q" else ["ctrl+c", "ctrl+c"])
            code = terminal.wait_for_exit()
            assert code == (0 if way != "terminate" else 128 + signal.SIGTERM)
        flags = modes(terminal)[3]
        assert flags & termios.ECHO
        assert flags & termios.ICANON


def test_suspending_and_coming_back():
    with open_app() as terminal:
        terminal.wait_for("never launched here")
        before = settled(terminal)
        terminal.press("\x1a")
        deadline = time.monotonic() + 20
        while os.waitpid(terminal.process.pid, os.WUNTRACED | os.WNOHANG)[0] == 0:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert modes(terminal)[3] & termios.ECHO
        with terminal._lock:
            terminal._screen.reset()
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait_for("1 Experiments 15")
        assert settled(terminal) == before
        terminal.press("q")
        assert terminal.wait_for_exit() == 0


def test_leaving_says_that_jobs_keep_running():
    with open_app() as terminal:
        terminal.wait_for("1 Experiments 15")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
        terminal.wait_for("2 jobs keep running")
