"""Starting a program behind a gate, so that it is on record before it begins.

If the runner died between starting the trainer and writing down its process number,
the trainer would run unknown to everybody. So the child waits before it becomes the
trainer's program, and ends by itself when the one who started it dies first. That is
what `subprocess` cannot do; and without it the runner stays small.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Mapping, Sequence

_RESET_SIGNALS = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGCHLD,
    signal.SIGPIPE,
    signal.SIGXFSZ,
)


class GatedProcess:
    """A child that leads a session of its own and waits to become a program.

    Args:
      command: program and arguments, handed over as they are; the program is looked
        for on the child's PATH.
      directory: where it starts.
      environment: all of its variables.
      stdout: descriptor of its output.
      stderr: descriptor of its messages.

    Attributes:
      pid: its process number, also that of its group and session.

    Raises:
      OSError: no process can be made.
    """

    def __init__(
        self,
        command: Sequence[str],
        directory: str,
        environment: Mapping[str, str],
        stdout: int,
        stderr: int,
    ):
        gate, self._gate = os.pipe()
        self._failure, failure = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._gate)
            _become(command, directory, environment, stdout, stderr, gate, failure)
        os.close(gate)
        os.close(failure)

    def release(self) -> None:
        """Lets the child become the program; returns when it has.

        Raises:
          OSError: the program or the folder cannot be entered; the child has ended
            and is to be waited for.
        """
        os.write(self._gate, b"\n")
        os.close(self._gate)
        with open(self._failure, "rb") as file:
            failure = file.read()
        if failure:
            number, _, name = failure.decode("utf-8", "surrogateescape").partition(" ")
            raise OSError(int(number), os.strerror(int(number)), name)

    def abandon(self) -> None:
        """Lets the child end without having become the program, and waits for it."""
        os.close(self._gate)
        os.close(self._failure)
        os.waitpid(self.pid, 0)


def _become(
    command: Sequence[str],
    directory: str,
    environment: Mapping[str, str],
    stdout: int,
    stderr: int,
    gate: int,
    failure: int,
) -> None:
    """Goes on in the child; never returns."""
    name = directory
    try:
        for which in _RESET_SIGNALS:
            signal.signal(which, signal.SIG_DFL)
        os.setsid()
        if os.read(gate, 1):
            os.chdir(directory)
            name = command[0]
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(stdout, 1)
            os.dup2(stderr, 2)
            os.execvpe(command[0], list(command), dict(environment))
    except OSError as error:
        os.write(failure, f"{error.errno} {name}".encode("utf-8", "surrogateescape"))
    except ValueError:  # a NUL or a lone surrogate, which no argument can carry
        os.write(failure, f"{errno.EINVAL} an argument or variable".encode())
    finally:
        os._exit(127)
