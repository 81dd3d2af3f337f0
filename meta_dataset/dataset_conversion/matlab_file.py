"""Numeric arrays from Matlab's files of version 5 to 7.

Just enough to read the labels of VGG Flower without a dependency on SciPy; its files are
the oracle in the tests. A file is a header of 128 bytes and elements, each a tag (type,
number of bytes) and its data, possibly compressed.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from meta_dataset.errors import RecordError

_HEADER_BYTES = 128
_MATRIX, _COMPRESSED = 14, 15
# Storage types of numbers.
_NUMBERS = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
}


def read_array(path: Path, name: str) -> np.ndarray:
    """Returns a real numeric array of a Matlab file.

    Raises:
      RecordError: the file cannot be read, is no such file, or has no such array.
    """
    try:
        data = path.read_bytes()
        if len(data) < _HEADER_BYTES or data[126:128] not in (b"IM", b"MI"):
            raise ValueError("no Matlab file of version 5 to 7")
        order = "<" if data[126:128] == b"IM" else ">"
        for kind, content in _elements(data[_HEADER_BYTES:], order):
            if kind == _COMPRESSED:
                ((kind, content),) = _elements(zlib.decompress(content), order)
            if kind == _MATRIX:
                found, array = _matrix(content, order)
                if found == name:
                    return array
        raise ValueError(f"no array {name!r}")
    except (OSError, ValueError, KeyError, struct.error, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise RecordError(
            f"{path}: cannot read it ({reason}); download it again"
        ) from error


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(data):
        kind, size = struct.unpack_from(f"{order}II", data, position)
        start = position + 8
        if kind >> 16:  # a small element: the size is in the type, the data in the tag
            kind, size = kind & 0xFFFF, kind >> 16
            start = position + 4
            position += 8
        else:
            # Elements are padded to eight bytes, compressed ones are not.
            position = start + size + (0 if kind == _COMPRESSED else -size % 8)
        if start + size > len(data):
            raise ValueError("it is cut off")
        yield kind, data[start : start + size]


def _matrix(content: bytes, order: str) -> tuple[str, np.ndarray]:
    """The name and the values of a matrix; columns come first, as Matlab keeps them."""
    (_, _), (_, shape), (_, name), *rest = _elements(content, order)
    kind, values = rest[0] if rest else (None, b"")
    if kind not in _NUMBERS:
        return name.decode("latin-1"), np.empty(0)
    array = np.frombuffer(values, f"{order}{_NUMBERS[kind]}")
    dimensions = np.frombuffer(shape, f"{order}i4")
    return name.decode("latin-1"), array.reshape(dimensions, order="F")
