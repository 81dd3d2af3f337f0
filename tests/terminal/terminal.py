"""Drives a program in a real pseudo-terminal and reads its screen through pyte."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time

import pyte

KEYS = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "space": " ",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "ctrl+c": "\x03",
    "ctrl+l": "\x0c",
}
# What present terminals answer; a program that asks and hears nothing waits for it.
_REPLIES = (
    (re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),
    (re.compile(rb"\x1b\[\?2026\$p"), b"\x1b[?2026;2$y"),
    (re.compile(rb"\x1b\[\?2048\$p"), b"\x1b[?2048;0$y"),
)
# Sequences that pyte does not know and would print the tails of.
_UNKNOWN_TO_PYTE = re.compile(
    rb"\x1b\[[<>=][0-9;:]*[a-zA-Z]|\x1b\[\?[0-9;]*\$[a-z]|\x1b\[\?u|\x1bP.*?\x1b\\"
    rb"|\x1b_.*?\x1b\\|\x1b\[[0-9;]* q|\x1b\[[0-9;]*\$[a-z]"
    rb"|\x1b\]22;[^\x07\x1b]*(?:\x07|\x1b\\)",
    re.DOTALL,
)


class Terminal:
    """One program on one pseudo-terminal; use it as a context manager.

    Args:
      command: the program and its arguments.
      size: (columns, rows).
      environment: of the program; TERM is set unless it is in there.
      cwd: where it starts.
    """

    def __init__(self, command, size=(120, 40), environment=None, cwd=None):
        self._command = command
        self._size = size
        self._environment = {"TERM": "xterm-256color", **(environment or os.environ)}
        for name in ("COLUMNS", "LINES"):  # they would win over the terminal's size
            self._environment.pop(name, None)
        self._cwd = cwd
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()

    def __enter__(self):
        self._master, slave = pty.openpty()
        self._set_size(slave)
        self.modes = termios.tcgetattr(slave)  # before the program changed any
        self.is_alternate = False
        self.bytes_received = 0
        self._last_received = time.monotonic()

        def take_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self._command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=self._environment,
            cwd=self._cwd,
            preexec_fn=take_terminal,  # noqa: PLW1509 only calls two system calls
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self._reader.join(5)
        os.close(self._master)

    def press(self, *keys):
        """Types keys by name, or text as it is."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def resize(self, columns, rows):
        """Changes the terminal's size, as a user who drags its corner."""
        self._size = (columns, rows)
        with self._lock:
            self._screen.resize(rows, columns)
        self._set_size(self._master)

    def text(self):
        """Returns what the screen shows, a line a row."""
        with self._lock:
            return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, pattern, seconds=30, gone=False):
        """Waits until a regular expression is (or, `gone`, is not) on the screen.

        Raises:
          AssertionError: it did not come in time; shows the screen.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            text = self.text()
            if bool(re.search(pattern, text)) != gone:
                return text
            if self.process.poll() is not None and not self._reader.is_alive():
                break
            time.sleep(0.02)
        state = "still there" if gone else "missing"
        raise AssertionError(
            f"{pattern!r} {state} after {seconds} s "
            f"(exit code {self.process.poll()}):\n{self.text()}"
        )

    def current_modes(self):
        """Returns the terminal's modes as they are now."""
        return termios.tcgetattr(self._master)

    def wait_until_quiet(self, seconds, limit=20):
        """Waits until nothing came for some seconds, or for `limit` seconds."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if time.monotonic() - self._last_received > seconds:
                return
            time.sleep(0.05)

    def wait_for_exit(self, seconds=20):
        """Returns the program's exit code."""
        return self.process.wait(seconds)

    def _set_size(self, descriptor):
        columns, rows = self._size
        packed = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, packed)

    def _read(self):
        while True:
            ready, _, _ = select.select([self._master], [], [], 0.2)
            if not ready:
                if self.process.poll() is not None:
                    return
                continue
            try:
                data = os.read(self._master, 65536)
            except OSError:  # the other side is closed
                return
            if not data:
                return
            self.bytes_received += len(data)
            self._last_received = time.monotonic()
            if b"\x1b[?1049" in data:
                self.is_alternate = data.rfind(b"\x1b[?1049h") > data.rfind(
                    b"\x1b[?1049l"
                )
            for query, reply in _REPLIES:
                for _ in query.findall(data):
                    os.write(self._master, reply)
            with self._lock:
                self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))
