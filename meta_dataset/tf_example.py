"""`tf.train.Example` messages, without TensorFlow or protocol buffers.

One record of a dataset holds one such message (`image` and `label`, or an embedding).
The wire format is small enough to know by heart, and knowing it keeps the readers and
writers of records free of a second of imports; TensorFlow is the oracle in the tests.

Field numbers, from the outside in: Example.features = 1; Features.feature = 1, a map
(key = 1, value = 2); Feature.bytes_list = 1, .float_list = 2, .int64_list = 3; the
values of each list = 1, numbers packed.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Integral, Real

from meta_dataset.errors import RecordError

FeatureValue = bytes | int | float | Sequence[bytes] | Sequence[int] | Sequence[float]

_BYTES_LIST, _FLOAT_LIST, _INT64_LIST = 1, 2, 3
_VARINT, _FIXED64, _DELIMITED, _FIXED32 = 0, 1, 2, 5
_UINT64_MASK = 2**64 - 1


class ExampleError(RecordError, ValueError):
    """Bytes that are no `tf.train.Example`, or values that do not fit in one."""


def encode_example(features: Mapping[str, FeatureValue]) -> bytes:
    """Returns a serialized `tf.train.Example`, the same bytes for the same features.

    Args:
      features: name to value: bytes, int (64 bits, signed) or float (stored with 32
        bits), or a sequence of one of these kinds. Written sorted by name, as a
        deterministic protocol buffer serialization does.

    Raises:
      ExampleError: a value of another type, or an int outside of 64 bits.
    """
    return _message(
        1,
        b"".join(
            _message(
                1,
                _message(1, name.encode())
                + _message(2, _encode_feature(name, features[name])),
            )
            for name in sorted(features)
        ),
    )


def decode_example(payload: bytes) -> dict[str, FeatureValue]:
    """Returns the features of a serialized `tf.train.Example`.

    A list of one element is given as that element, any other as a tuple; unknown
    fields are passed over.

    Raises:
      ExampleError: the bytes are no such message.
    """
    features: dict[str, FeatureValue] = {}
    try:
        for feature_map in _submessages(payload, 1):
            for entry in _submessages(feature_map, 1):
                name = b"".join(_submessages(entry, 1)).decode()
                features[name] = _decode_feature(b"".join(_submessages(entry, 2)))
    except (ValueError, struct.error) as error:
        raise ExampleError(
            f"a record holds no tf.train.Example ({error}); convert the dataset again"
        ) from error
    return features


def _encode_feature(name: str, value: FeatureValue) -> bytes:
    values = [value] if isinstance(value, bytes | Real) else list(value)
    if all(isinstance(v, bytes) for v in values):
        return _message(_BYTES_LIST, b"".join(_message(1, v) for v in values))
    if all(isinstance(v, Integral) for v in values):
        if not all(-(2**63) <= v < 2**63 for v in values):
            raise ExampleError(f"feature {name!r}: {value!r} does not fit in 64 bits")
        packed = b"".join(_varint(int(v) & _UINT64_MASK) for v in values)
        return _message(_INT64_LIST, _message(1, packed))
    if all(isinstance(v, Real) for v in values):
        packed = struct.pack(f"<{len(values)}f", *values)
        return _message(_FLOAT_LIST, _message(1, packed))
    kinds = sorted({type(v).__name__ for v in values})
    raise ExampleError(
        f"feature {name!r}: values must be all bytes or all numbers, got {kinds}"
    )


def _decode_feature(feature: bytes) -> FeatureValue:
    values: list = []
    for kind, wire, value_list in _fields(feature):
        if wire == _DELIMITED:
            values.extend(_list_values(kind, value_list))
    return values[0] if len(values) == 1 else tuple(values)


def _list_values(kind: int, value_list: bytes) -> Iterable[bytes | int | float]:
    for number, wire, value in _fields(value_list):
        if number != 1:
            continue
        if kind == _BYTES_LIST and wire == _DELIMITED:
            yield value
        elif kind == _FLOAT_LIST and wire in (_DELIMITED, _FIXED32):
            yield from (v for (v,) in struct.iter_unpack("<f", value))
        elif kind == _INT64_LIST and wire in (_DELIMITED, _VARINT):
            yield from _packed_ints(value) if wire == _DELIMITED else (_signed(value),)


def _packed_ints(packed: bytes) -> Iterator[int]:
    position = 0
    while position < len(packed):
        value, position = _read_varint(packed, position)
        yield _signed(value)


def _submessages(message: bytes, wanted: int) -> Iterator[bytes]:
    for number, wire, value in _fields(message):
        if number == wanted:
            if wire != _DELIMITED:
                raise ValueError(f"field {number} has wire type {wire}")
            yield value


def _fields(message: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Yields (field number, wire type, value) of each field of a message."""
    position = 0
    while position < len(message):
        key, position = _read_varint(message, position)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, position = _read_varint(message, position)
            yield number, wire, value
            continue
        if wire == _DELIMITED:
            length, position = _read_varint(message, position)
        elif wire in (_FIXED32, _FIXED64):
            length = 4 if wire == _FIXED32 else 8
        else:
            raise ValueError(f"unknown wire type {wire}")
        if position + length > len(message):
            raise ValueError("the message is cut off")
        yield number, wire, message[position : position + length]
        position += length


def _message(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | _DELIMITED]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            raise ValueError("the message is cut off in a number")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _UINT64_MASK, position
    raise ValueError("a number has more than ten bytes")


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value
