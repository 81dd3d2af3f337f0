"""Payloads of event records: from bytes to steps, wall times and values.

Event files repeat themselves: records of one tag differ in the digits of step, time
and value and in nothing else. So one record of a kind is taken apart by hand (its
*layout*: which bytes are which), and all others whose remaining bytes are the same
are read with it at once, as columns of a matrix. What the layout does not know (rare
kinds of numbers, repeated fields) is left to `tensorboard`'s protobuf classes, which
are loaded when the first such record is met.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from meta_dataset.analysis import event_layout
from meta_dataset.analysis.event_layout import Layout

_MAX_LAYOUTS = 32
"""Layouts tried on all records of a length; the rest are then read one by one."""


@dataclasses.dataclass(frozen=True)
class Points:
    """Scalars of one tag in the order of the file; the arrays have one length.

    Attributes:
      steps: [n], int64.
      values: [n], float64; NaN and infinities are values.
      wall_times: seconds since 1970, [n], float64.
    """

    steps: np.ndarray
    values: np.ndarray
    wall_times: np.ndarray

    def __len__(self) -> int:
        return len(self.steps)


@dataclasses.dataclass(frozen=True)
class Decoded:
    """What a set of payloads holds.

    Attributes:
      points: the scalars by tag.
      undecodable: positions in the given order of payloads that are no events.
    """

    points: dict[str, Points]
    undecodable: tuple[int, ...]


def decode(data: bytes, starts: np.ndarray, lengths: np.ndarray) -> Decoded:
    """Returns the scalars of intact payloads.

    Args:
      data: the bytes that hold them.
      starts: where they start, ascending, [n], int64.
      lengths: their lengths, [n], int64.
    """
    collector = _Collector()
    buffer = np.frombuffer(data, np.uint8)
    order = np.argsort(lengths, kind="stable")
    cuts = np.flatnonzero(np.diff(lengths[order])) + 1
    for group in np.split(order, cuts):
        if len(group):
            _decode_group(
                data, buffer, starts, group, int(lengths[group[0]]), collector
            )
    return Decoded(collector.points(), tuple(sorted(collector.undecodable)))


class _Collector:
    """Gathers pieces of series, each with the position of its records in the file."""

    def __init__(self) -> None:
        self.undecodable: list[int] = []
        self._pieces: dict[str, list[tuple[np.ndarray, ...]]] = {}

    def add(self, tag: str, *columns: np.ndarray) -> None:
        """Adds positions, steps, values and wall times of one tag, each [n]."""
        self._pieces.setdefault(tag, []).append(columns)

    def points(self) -> dict[str, Points]:
        """Returns the series, each in the order of the file."""
        series = {}
        for tag, pieces in self._pieces.items():
            columns = [np.concatenate(column) for column in zip(*pieces, strict=True)]
            if len(pieces) > 1:
                order = np.argsort(columns[0], kind="stable")
                columns = [column[order] for column in columns]
            series[tag] = Points(*columns[1:])
        return series


def _decode_group(
    data: bytes,
    buffer: np.ndarray,
    starts: np.ndarray,
    group: np.ndarray,
    length: int,
    collector: _Collector,
) -> None:
    """Reads the records `group` (positions in `starts`), all of one length."""
    if not length:
        return
    windows = np.lib.stride_tricks.sliding_window_view(buffer, length)
    rows = windows[starts[group]]
    for _ in range(_MAX_LAYOUTS):
        if not len(group):
            return
        layout = event_layout.layout_of(rows[0].tobytes())
        if layout is None:
            _decode_rare(rows[0].tobytes(), int(group[0]), collector)
            rows, group = rows[1:], group[1:]
            continue
        same = layout.matches(rows)
        _decode_rows(layout, rows[same], group[same], collector)
        rows, group = rows[~same], group[~same]
    for row, position in zip(rows, group.tolist(), strict=True):
        layout = event_layout.layout_of(row.tobytes())
        if layout is None:
            _decode_rare(row.tobytes(), position, collector)
        else:
            _decode_rows(layout, row[None], np.array([position]), collector)


def _decode_rows(
    layout: Layout, rows: np.ndarray, positions: np.ndarray, collector: _Collector
) -> None:
    if not layout.values:
        return
    steps = layout.steps(rows)
    wall_times = layout.wall_times(rows)
    for tag, slot in layout.values:
        collector.add(tag, positions, steps, slot.read(rows), wall_times)


# --- rare records -------------------------------------------------------------


def _decode_rare(payload: bytes, position: int, collector: _Collector) -> None:
    """Reads one record with the protobuf classes."""
    # Loading them takes 20 ms, and most files have no such record.
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto import event_pb2

    try:
        event = event_pb2.Event.FromString(payload)
    except DecodeError:
        collector.undecodable.append(position)
        return
    for value in event.summary.value:
        kind = value.WhichOneof("value")
        number: float | None = None
        if kind == "simple_value":
            number = value.simple_value
        elif kind == "tensor":
            number = _scalar_of_tensor(value.tensor)
        if number is not None:
            collector.add(
                value.tag,
                np.array([position]),
                np.array([event.step], np.int64),
                np.array([number], np.float64),
                np.array([event.wall_time], np.float64),
            )


_NUMPY_TYPES = {
    1: ("<f4", "float_val"),
    2: ("<f8", "double_val"),
    3: ("<i4", "int_val"),
    4: ("u1", "int_val"),
    5: ("<i2", "int_val"),
    6: ("i1", "int_val"),
    9: ("<i8", "int64_val"),
    10: ("?", "bool_val"),
    14: ("<u2", "half_val"),  # bfloat16: the upper half of a float32
    17: ("<u2", "int_val"),
    19: ("<u2", "half_val"),  # float16
    22: ("<u4", "uint32_val"),
    23: ("<u8", "uint64_val"),
}
"""Types of a TensorProto: how its content is stored, and the field otherwise used."""

_BFLOAT16, _FLOAT16 = 14, 19


def _scalar_of_tensor(tensor) -> float | None:
    """Returns the number in a TensorProto of rank 0, None for any other tensor."""
    if tensor.tensor_shape.dim or tensor.tensor_shape.unknown_rank:
        return None
    if tensor.dtype not in _NUMPY_TYPES:
        return None
    kind, field = _NUMPY_TYPES[tensor.dtype]
    if tensor.tensor_content:
        if len(tensor.tensor_content) != np.dtype(kind).itemsize:
            return None
        number = np.frombuffer(tensor.tensor_content, kind)[0]
    else:
        # None stands for zero, as TensorFlow reads it.
        numbers = getattr(tensor, field) or [0]
        if len(numbers) > 1:
            return None
        number = numbers[0]
    if tensor.dtype == _BFLOAT16:
        return float(np.uint32(int(number) << 16).view(np.float32))
    if tensor.dtype == _FLOAT16:
        return float(np.uint16(number).view(np.float16))
    return float(number)
