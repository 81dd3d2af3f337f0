"""The layout of one event record: which of its bytes are step, time and values.

Written against `event.proto`, `summary.proto` and `tensor.proto` of TensorFlow. A
layout holds for every record that agrees with the first one in all bytes that are
not data: field numbers, lengths, tags, the number of bytes of the step. Whatever is
unusual has no layout and is left to the protobuf classes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

# Fields of Event.
_WALL_TIME, _STEP, _SUMMARY, _WRITER = 1, 2, 5, 10
_OTHER_EVENTS = frozenset({3, 4, 6, 7, 8, 9})  # instead of a summary: graph, log, ...

# Fields of Summary and Summary.Value.
_VALUE = 1
_TAG, _SIMPLE_VALUE, _NODE_NAME, _TENSOR, _METADATA = 1, 2, 7, 8, 9
_OTHER_VALUES = frozenset({3, 4, 5, 6})  # old histogram, image, histogram, audio

# Fields and types of TensorProto.
_DTYPE, _SHAPE, _VERSION, _CONTENT = 1, 2, 3, 4
_NUMPY_TYPES = {
    1: "<f4",
    2: "<f8",
    3: "<i4",
    4: "u1",
    5: "<i2",
    6: "i1",
    9: "<i8",
    17: "<u2",
    19: "<f2",
    22: "<u4",
    23: "<u8",
}
_FLOAT_FIELDS = {1: (5, _FIXED32), 2: (6, _FIXED64)}  # where they may also be written
_STRING = 7

_FIXED, _DIGITS, _FREE = 0xFF, 0x80, 0x00
"""Bits of a byte in which records of one layout agree; a varint's top bits do."""


class _Unusual(Exception):
    """The record is rare, or no event at all; the protobuf classes decide."""


@dataclasses.dataclass(frozen=True)
class Slot:
    """Where a number lies; `kind` is its NumPy type.

    Without an offset it is the constant zero (a number that is not written).
    """

    offset: int | None
    kind: str

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Returns the numbers of records of one layout, [n], float64."""
        if self.offset is None:
            return np.zeros(len(rows))
        width = np.dtype(self.kind).itemsize
        column = np.ascontiguousarray(rows[:, self.offset : self.offset + width])
        with np.errstate(invalid="ignore"):  # signalling NaNs are values, too
            return column.view(self.kind)[:, 0].astype(np.float64)


@dataclasses.dataclass(frozen=True)
class Layout:
    """How to read all records that look like one.

    Attributes:
      record: that record, [length], uint8.
      mask: the bits in which the others must agree with it, [length], uint8.
      wall_time: where the time is.
      step: first byte and number of bytes of the step, None if it is not written.
      values: tags and places of the scalars, in order.
    """

    record: np.ndarray
    mask: np.ndarray
    wall_time: Slot
    step: tuple[int, int] | None
    values: tuple[tuple[str, Slot], ...]

    def matches(self, rows: np.ndarray) -> np.ndarray:
        """Returns which records, [n, length], have this layout, [n], bool."""
        return ~((rows ^ self.record) & self.mask).any(axis=1)

    def steps(self, rows: np.ndarray) -> np.ndarray:
        """Returns the steps of records of this layout, [n], int64."""
        steps = np.zeros(len(rows), np.uint64)
        if self.step is not None:
            offset, count = self.step
            for index in range(count):
                digits = rows[:, offset + index].astype(np.uint64) & np.uint64(0x7F)
                steps |= digits << np.uint64(7 * index)
        return steps.view(np.int64)

    def wall_times(self, rows: np.ndarray) -> np.ndarray:
        """Returns the times of records of this layout in seconds, [n], float64."""
        return self.wall_time.read(rows)


def layout_of(payload: bytes) -> Layout | None:
    """Returns the layout of one record, None if it is unusual."""
    mask = bytearray([_FIXED]) * len(payload)
    wall_time, step = Slot(None, "<f8"), None
    values: tuple[tuple[str, Slot], ...] = ()
    seen: set[int] = set()
    try:
        for number, wire, start, end in _fields(payload, 0, len(payload)):
            kind = _SUMMARY if number in _OTHER_EVENTS else number
            if kind in seen:
                return None
            seen.add(kind)
            if (number, wire) == (_WALL_TIME, _FIXED64):
                wall_time = Slot(start, "<f8")
                _set(mask, start, end, _FREE)
            elif (number, wire) == (_STEP, _VARINT):
                step = start, end - start
                _set(mask, start, end, _DIGITS)
            elif (number, wire) == (_SUMMARY, _BYTES):
                values = tuple(_summary(payload, start, end, mask))
            elif wire == _BYTES and (number in _OTHER_EVENTS or number == _WRITER):
                _set(mask, start, end, _FREE)
            else:
                return None
    except _Unusual:
        return None
    record = np.frombuffer(payload, np.uint8)
    return Layout(record, np.frombuffer(mask, np.uint8), wall_time, step, values)


def _summary(
    payload: bytes, start: int, end: int, mask: bytearray
) -> Iterator[tuple[str, Slot]]:
    for number, wire, first, last in _fields(payload, start, end):
        if (number, wire) != (_VALUE, _BYTES):
            raise _Unusual
        tag, slot = _value(payload, first, last, mask)
        if slot is not None:
            yield tag, slot


def _value(
    payload: bytes, start: int, end: int, mask: bytearray
) -> tuple[str, Slot | None]:
    """Returns the tag of one value and where its number is, None for no scalar."""
    tag, slot = "", None
    seen: set[int] = set()
    for number, wire, first, last in _fields(payload, start, end):
        one_of = number in _OTHER_VALUES or number in (_SIMPLE_VALUE, _TENSOR)
        kind = _SIMPLE_VALUE if one_of else number
        if kind in seen:
            raise _Unusual
        seen.add(kind)
        if (number, wire) == (_TAG, _BYTES):
            try:
                tag = payload[first:last].decode("utf-8")
            except UnicodeDecodeError as error:
                raise _Unusual from error
        elif (number, wire) == (_SIMPLE_VALUE, _FIXED32):
            slot = Slot(first, "<f4")
            _set(mask, first, last, _FREE)
        elif (number, wire) == (_TENSOR, _BYTES):
            slot = _tensor(payload, first, last, mask)
        elif wire == _BYTES and (number in _OTHER_VALUES or number == _METADATA):
            _set(mask, first, last, _FREE)
        elif (number, wire) != (_NODE_NAME, _BYTES):
            raise _Unusual
    return tag, slot


def _tensor(payload: bytes, start: int, end: int, mask: bytearray) -> Slot | None:
    """Returns where the number of a scalar tensor is, None for any other tensor."""
    places: dict[int, tuple[int, int, int]] = {}
    for number, wire, first, last in _fields(payload, start, end):
        if number in places:
            raise _Unusual
        places[number] = wire, first, last
    if (dtype := places.pop(_DTYPE, None)) is None or dtype[0] != _VARINT:
        raise _Unusual
    kind = _varint(payload, dtype[1], end)[0]
    shape_wire, shape_start, shape_end = places.pop(_SHAPE, (_BYTES, 0, 0))
    if shape_wire != _BYTES or places.pop(_VERSION, (_VARINT,))[0] != _VARINT:
        raise _Unusual
    if shape_end > shape_start or kind == _STRING:
        for wire, first, last in places.values():
            if wire == _BYTES:
                _set(mask, first, last, _FREE)
        return None
    if kind not in _NUMPY_TYPES or len(places) > 1:
        raise _Unusual
    name = _NUMPY_TYPES[kind]
    if not places:
        return Slot(None, name)
    ((number, (wire, first, last)),) = places.items()
    field, field_wire = _FLOAT_FIELDS.get(kind, (_CONTENT, _BYTES))
    if (number, wire) not in ((_CONTENT, _BYTES), (field, _BYTES), (field, field_wire)):
        raise _Unusual
    if last - first != np.dtype(name).itemsize:
        raise _Unusual
    _set(mask, first, last, _FREE)
    return Slot(first, name)


def _set(mask: bytearray, start: int, end: int, bits: int) -> None:
    mask[start:end] = bytes([bits]) * (end - start)


def _fields(
    payload: bytes, position: int, end: int
) -> Iterator[tuple[int, int, int, int]]:
    """Yields (field number, wire type, start and end of the data) of a message."""
    while position < end:
        key, position = _varint(payload, position, end)
        number, wire = key >> 3, key & 7
        start = position
        if wire == _VARINT:
            _, position = _varint(payload, position, end)
        elif wire == _FIXED64:
            position += 8
        elif wire == _FIXED32:
            position += 4
        elif wire == _BYTES:
            length, start = _varint(payload, position, end)
            position = start + length
        else:
            raise _Unusual
        if position > end or not number:
            raise _Unusual
        yield number, wire, start, position


def _varint(payload: bytes, position: int, end: int) -> tuple[int, int]:
    """Returns a number and the position behind it."""
    number = 0
    for index in range(10):
        if position >= end:
            raise _Unusual
        byte = payload[position]
        position += 1
        number |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return number & 0xFFFFFFFFFFFFFFFF, position
    raise _Unusual
