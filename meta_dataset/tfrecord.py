"""TFRecord files, without TensorFlow.

A record file is a sequence of frames (all integers little-endian):

    uint64 length | uint32 masked crc of length | payload | uint32 masked crc of payload

Readers of images, of event files and of conversions start in milliseconds because this
module knows the format by itself; TensorFlow is the oracle in its tests. The payloads
of image records are in `meta_dataset.tf_example`, whose two functions are here as well.
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

import google_crc32c

from meta_dataset.errors import RecordError
from meta_dataset.tf_example import ExampleError, decode_example, encode_example

__all__ = [
    "ExampleError",
    "RecordSpan",
    "RecordWriter",
    "decode_example",
    "encode_example",
    "frame",
    "masked_crc",
    "read_records",
    "scan",
    "scan_file",
    "unframe",
]

HEADER_BYTES = 12
FOOTER_BYTES = 4

_HEADER = struct.Struct("<QI")
_FOOTER = struct.Struct("<I")
_LENGTH = struct.Struct("<Q")
_MASK_DELTA = 0xA282EAD8


class RecordSpan(NamedTuple):
    """Where the payload of one record lies in its file."""

    offset: int  # of the payload's first byte, from the start of the file
    length: int  # of the payload, in bytes


def masked_crc(data: bytes) -> int:
    """Returns the CRC-32C of `data`, rotated and offset as TFRecord files store it."""
    crc = google_crc32c.value(data)
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA) & 0xFFFFFFFF


def frame(payload: bytes) -> bytes:
    """Returns `payload` with the header and footer of a record."""
    length = _LENGTH.pack(len(payload))
    return b"".join(
        (
            length,
            _FOOTER.pack(masked_crc(length)),
            payload,
            _FOOTER.pack(masked_crc(payload)),
        )
    )


def unframe(framed: bytes, name: str, offset: int) -> bytes:
    """Returns the payload of one complete frame after checking both checksums.

    Args:
      framed: the bytes from the first of the header to the last of the footer.
      name: the file they come from, for messages.
      offset: of the frame in that file, for messages.

    Raises:
      RecordError: the frame is cut or damaged.
    """
    length = _payload_length(framed[:HEADER_BYTES], name, offset)
    end = HEADER_BYTES + length
    if len(framed) < end + FOOTER_BYTES:
        raise _cut(name, offset)
    payload = framed[HEADER_BYTES:end]
    _check_payload(payload, framed[end : end + FOOTER_BYTES], name, offset)
    return payload


def scan(
    file: BinaryIO, name: str, *, check_payloads: bool = False
) -> Iterator[RecordSpan]:
    """Yields the span of every record from the file's position to its end.

    Only headers are read unless `check_payloads`, so that indexing a large file costs
    a few bytes a record.

    Args:
      file: an open binary file that can seek.
      name: its name, for messages.
      check_payloads: whether to read the payloads and check their checksums too.

    Raises:
      RecordError: a record is cut or damaged; the message holds the file and the byte
        offset of that record. Spans before it have been yielded.
    """
    for span, _ in _records(file, name, check_payloads):
        yield span


def scan_file(path: str | Path, *, check_payloads: bool = False) -> list[RecordSpan]:
    """Returns the spans of all records of the file at `path`.

    Raises:
      RecordError: the file cannot be read, or a record is cut or damaged.
    """
    try:
        with open(path, "rb") as file:
            return list(scan(file, str(path), check_payloads=check_payloads))
    except OSError as error:
        raise _unreadable(path, error) from error


def read_records(path: str | Path) -> Iterator[bytes]:
    """Yields the payloads of a record file in order, checksums verified.

    Raises:
      RecordError: the file cannot be read, or a record is cut or damaged.
    """
    try:
        with open(path, "rb") as file:
            for _, payload in _records(file, str(path), read_payloads=True):
                yield payload
    except OSError as error:
        raise _unreadable(path, error) from error


def _records(
    file: BinaryIO, name: str, read_payloads: bool
) -> Iterator[tuple[RecordSpan, bytes]]:
    """Yields spans and payloads (empty, and unchecked, unless `read_payloads`)."""
    offset = file.tell()
    size = file.seek(0, os.SEEK_END)
    file.seek(offset)
    while offset < size:
        length = _payload_length(file.read(HEADER_BYTES), name, offset)
        end = offset + HEADER_BYTES + length + FOOTER_BYTES
        if end > size:  # found before a wrong length asks for its memory
            raise _cut(name, offset)
        payload = b""
        if read_payloads:
            payload = file.read(length)
            _check_payload(payload, file.read(FOOTER_BYTES), name, offset)
        else:
            # Relative, because a buffered file keeps its buffer on short moves.
            file.seek(length + FOOTER_BYTES, os.SEEK_CUR)
        yield RecordSpan(offset + HEADER_BYTES, length), payload
        offset = end


class RecordWriter:
    """Writes a record file that appears under its name only when it is complete.

    Records go to a hidden file beside `path`; leaving the context without an error
    flushes it to the disk and renames it, leaving with one removes it. Until then, and
    after a crash, whatever `path` held before is untouched.

    Args:
      path: the file to write; its folder must exist.
    """

    def __init__(self, path: str | Path):
        self._path = Path(path)
        self._partial = self._path.with_name(f".{self._path.name}.{os.getpid()}.part")
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        self._file = open(self._partial, "wb")
        return self

    def write(self, payload: bytes) -> None:
        """Appends one record.

        Raises:
          ValueError: the writer is not open (use it in a `with` statement).
          OSError: the disk is full or gone.
        """
        if self._file is None:
            raise ValueError(f"the writer of {self._path} is not open")
        self._file.write(frame(payload))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            with file:
                if kind is None:
                    file.flush()
                    os.fsync(file.fileno())
            if kind is None:
                os.replace(self._partial, self._path)
        finally:
            self._partial.unlink(missing_ok=True)


def _payload_length(header: bytes, name: str, offset: int) -> int:
    if len(header) < HEADER_BYTES:
        raise _cut(name, offset)
    length, crc = _HEADER.unpack(header)
    if crc != masked_crc(header[: _LENGTH.size]):
        raise _damaged(name, offset, "length")
    return length


def _check_payload(payload: bytes, footer: bytes, name: str, offset: int) -> None:
    if len(footer) < FOOTER_BYTES:
        raise _cut(name, offset)
    if _FOOTER.unpack(footer)[0] != masked_crc(payload):
        raise _damaged(name, offset, "payload")


def _cut(name: str, offset: int) -> RecordError:
    return RecordError(
        f"{name}: the record at byte {offset} is cut off: the file is incomplete; "
        "copy or convert it again"
    )


def _damaged(name: str, offset: int, part: str) -> RecordError:
    return RecordError(
        f"{name}: the record at byte {offset} is damaged: the checksum of its {part} "
        "does not match; copy or convert the file again"
    )


def _unreadable(path: str | Path, error: OSError) -> RecordError:
    return RecordError(
        f"{path}: cannot read the record file: {error.strerror or error}; "
        "check the records root, or convert the dataset again"
    )
