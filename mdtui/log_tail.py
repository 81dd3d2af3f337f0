"""The last lines of a log, whatever its size."""

from __future__ import annotations

import os
from pathlib import Path

from mdtui.core import plain_text

_BYTES_A_LINE = 200


def last_lines(path: Path, count: int) -> tuple[str, ...]:
    """Returns the last `count` lines of a file as harmless text.

    Only the end of the file is read. A file that is not there (yet) has no lines.

    Args:
      path: the log.
      count: at least 1.
    """
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - count * _BYTES_A_LINE)
            file.seek(start)
            data = file.read(size - start)
    except OSError:
        return ()
    if start > 0:
        data = data.partition(b"\n")[2]
    return plain_text.lines(data)[-count:]
