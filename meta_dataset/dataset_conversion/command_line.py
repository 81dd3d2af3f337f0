"""What the command lines of this package have in common: flags, messages, exit codes."""

import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import NoReturn

from absl import app, flags

from meta_dataset.errors import MetaDatasetError


def report(line: str) -> None:
    """Prints one line of progress to stderr, at once."""
    print(line, file=sys.stderr, flush=True)


def run(main: Callable[[], None]) -> NoReturn:
    """Parses the flags, runs `main` and ends the process.

    Exit codes: 0; 1 for what a person can mend, with one line on stderr; 2 for wrong
    flags; 128 + signal for SIGINT and SIGTERM.
    """
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _leave)
    app.run(lambda _: sys.exit(_exit_code(main)), flags_parser=_parse_flags)


def _exit_code(main: Callable[[], None]) -> int:
    try:
        main()
    except MetaDatasetError as error:
        report(f"error: {error}")
        return error.exit_code
    except OSError as error:  # a full disk, a folder that cannot be written
        where = f"{error.filename}: " if error.filename else ""
        report(
            f"error: {where}{error.strerror or error}; make room, or give a folder that "
            "can be written, then run the command again: nothing that was whole is lost"
        )
        return 1
    return 0


def _parse_flags(argv: Sequence[str]) -> list[str]:
    try:
        rest = flags.FLAGS(argv)
    except flags.Error as error:
        report(f"error: {error}\nPass --helpshort for the flags.")
        sys.exit(2)
    if rest[1:]:
        report(f"error: unexpected arguments {' '.join(rest[1:])}: all are flags")
        sys.exit(2)
    return rest


def _leave(number: int, _: FrameType | None) -> NoReturn:
    report(
        f"stopped by {signal.Signals(number).name}; run the command again to complete"
    )
    sys.exit(128 + number)
