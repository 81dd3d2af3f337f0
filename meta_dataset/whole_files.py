"""Writing files so that a reader meets the old content or the new, never a part.

Status files, indices, checkpoint lists and result files are read by other
processes while they are replaced. Each is written beside its place, flushed to
the disk and renamed over the old one; then the folder is flushed, so that the
name survives a power failure too. Standard library only: the smallest process
of the terminal application imports this module.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from pathlib import Path
from typing import Any

# Flushing a folder is refused by some network file systems; the rename itself is
# still atomic there, so these two answers are not failures.
_FOLDER_FLUSH_UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOTSUP})

# Answers of file systems without hard links.
_LINK_UNSUPPORTED = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})


def write_bytes(path: str | os.PathLike[str], data: bytes, mode: int = 0o666) -> None:
    """Replaces the content of a file at once.

    A failure leaves the old file as it was and nothing beside it.

    Args:
      path: the file; its folder must exist.
      data: the whole new content.
      mode: permission bits of the new file, less the process's umask. Private
        files are written with 0o600.

    Raises:
      OSError: the folder is missing or not writable, or the disk is full.
    """
    path = Path(path)
    beside = _write_beside(path, data, mode)
    with _removed_on_failure(beside, path):
        os.replace(beside, path)
    flush_folder(path.parent)


def write_text(path: str | os.PathLike[str], text: str, mode: int = 0o666) -> None:
    """Replaces the content of a file by a text in UTF-8, as `write_bytes` does."""
    write_bytes(path, text.encode("utf-8"), mode)


def write_json(path: str | os.PathLike[str], value: Any, mode: int = 0o666) -> None:
    """Replaces the content of a file by a value in JSON, as `write_bytes` does.

    The text is ASCII, so that names with undecodable bytes (lone surrogates in
    Python) come back unchanged.

    Raises:
      TypeError: the value has a part that JSON cannot express.
      OSError: as in `write_bytes`.
    """
    write_bytes(path, json_bytes(value), mode)


def create_bytes(path: str | os.PathLike[str], data: bytes, mode: int = 0o666) -> None:
    """Creates a file with its whole content, unless one has that name already.

    Of several processes that try at once exactly one succeeds, which makes it a
    claim that carries its own facts. (On a file system without hard links the claim
    is as exclusive, but a reader may meet it while it is being written.)

    Raises:
      FileExistsError: the name is taken; that file is unchanged.
      OSError: as in `write_bytes`.
    """
    path = Path(path)
    beside = _write_beside(path, data, mode)
    try:
        os.link(beside, path)
    except OSError as error:
        if error.errno not in _LINK_UNSUPPORTED:
            raise
        _create_in_place(path, data, mode)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(beside)
    flush_folder(path.parent)


def json_bytes(value: Any) -> bytes:
    """Returns a value as indented ASCII JSON with a final line feed."""
    return json.dumps(value, indent=1, ensure_ascii=True).encode("ascii") + b"\n"


def flush_folder(folder: str | os.PathLike[str]) -> None:
    """Flushes the names in a folder to the disk.

    Raises:
      OSError: the folder is missing or the disk reports an error.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _FOLDER_FLUSH_UNSUPPORTED:
            raise
    finally:
        os.close(descriptor)


def _write_beside(path: Path, data: bytes, mode: int) -> Path:
    """Writes and flushes a hidden file with a fresh name in the same folder."""
    # The name is cut, because a long one plus our ending may exceed what file
    # systems allow (255 bytes; a character has up to 4).
    beside = path.with_name(f".{path.name[:40]}.{os.urandom(6).hex()}.tmp")
    with _removed_on_failure(beside, path):
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with open(descriptor, "wb", buffering=0) as file:
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]
            os.fsync(file.fileno())
    return beside


def _create_in_place(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _removed_on_failure(beside: Path, path: Path):
    """Removes the hidden file when the block raises; errors name `path` instead."""
    try:
        yield
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        if isinstance(error, OSError):
            # Writing and flushing name no file, the others one that nobody knows.
            error.filename, error.filename2 = os.fspath(path), None
        raise
