"""Payloads: TensorBoard's protobuf classes are the oracle."""

import math

import numpy as np
import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

from meta_dataset.analysis import event_values

FLOAT, DOUBLE, INT32, STRING, INT64, BOOL, BFLOAT16, HALF = 1, 2, 3, 7, 9, 10, 14, 19
VECTOR = TensorShapeProto(dim=[TensorShapeProto.Dim(size=2)])

floats = st.floats(width=32)
steps = st.one_of(
    st.integers(0, 300), st.integers(-(1 << 63), (1 << 63) - 1), st.just(0)
)
tags = st.sampled_from(["", "train_loss", "train_acc", "mean valid acc", "größe", "a"])


@st.composite
def scalar_values(draw):
    """(value message, the number it holds or None)."""
    tag, number = draw(tags), draw(floats)
    kind = draw(st.integers(0, 9))
    if kind <= 3:
        return Summary.Value(tag=tag, simple_value=number), number
    if kind == 4:
        tensor = TensorProto(dtype=FLOAT, float_val=[number])
    elif kind == 5:
        content = np.float64(number).tobytes()
        tensor = TensorProto(dtype=DOUBLE, tensor_content=content)
    elif kind == 6:
        shape = TensorShapeProto()
        tensor = TensorProto(dtype=DOUBLE, double_val=[number], tensor_shape=shape)
    elif kind == 7:
        number = draw(st.integers(-(1 << 31), (1 << 31) - 1))
        tensor = TensorProto(dtype=INT32, int_val=[number], version_number=1)
    elif kind == 8:
        number = None
        tensor = TensorProto(dtype=FLOAT, float_val=[1, 2], tensor_shape=VECTOR)
    else:
        number = None
        tensor = TensorProto(dtype=STRING, string_val=[b"text"])
    value = Summary.Value(tag=tag, tensor=tensor, node_name=draw(tags))
    if draw(st.booleans()):
        value.metadata.CopyFrom(SummaryMetadata(display_name="name"))
    return value, number


@st.composite
def events(draw):
    """(event message, its step, wall time and [(tag, number)])."""
    step, wall_time = draw(steps), draw(st.floats())
    event = Event(step=step, wall_time=wall_time)
    kind = draw(st.integers(0, 5))
    numbers = []
    if kind == 0:
        event.file_version = "brain.Event:2"
    elif kind == 1:
        event.graph_def = draw(st.binary(max_size=20))
    else:
        values = draw(st.lists(scalar_values(), max_size=3))
        event.summary.value.extend(value for value, _ in values)
        numbers = [(value.tag, n) for value, n in values if n is not None]
    return event, step, wall_time, numbers


def _decode(payloads):
    data = b"".join(payloads)
    lengths = np.array([len(payload) for payload in payloads], np.int64)
    return event_values.decode(data, np.cumsum(lengths) - lengths, lengths)


def _same(left, right):
    return np.array_equal(np.asarray(left, float), np.asarray(right), equal_nan=True)


@given(st.lists(events(), max_size=12), st.integers(1, 3))
def test_decodes_what_the_protobuf_classes_encode(drawn, repeats):
    drawn = drawn * repeats
    decoded = _decode([event.SerializeToString() for event, *_ in drawn])
    expected = {}
    for _, step, wall_time, numbers in drawn:
        for tag, number in numbers:
            expected.setdefault(tag, []).append((step, number, wall_time))
    assert decoded.undecodable == ()
    assert decoded.points.keys() == expected.keys()
    for tag, rows in expected.items():
        points = decoded.points[tag]
        wanted_steps, wanted_values, wanted_times = zip(*rows, strict=True)
        assert points.steps.tolist() == list(wanted_steps)
        assert _same(wanted_values, points.values)
        assert _same(wanted_times, points.wall_times)
        assert points.steps.dtype == np.int64
        assert points.values.dtype == points.wall_times.dtype == np.float64


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_arbitrary_bytes_are_read_as_protobuf_reads_them(payloads):
    decoded = _decode(payloads)
    for index, payload in enumerate(payloads):
        try:
            Event.FromString(payload)
        except DecodeError:
            continue  # fields that we pass over unread may be malformed inside
        assert index not in decoded.undecodable


@given(events(), st.data())
def test_a_changed_byte_gives_what_protobuf_gives(drawn, choose):
    payload = bytearray(drawn[0].SerializeToString())
    if not payload:
        return
    place = choose.draw(st.integers(0, len(payload) - 1))
    payload[place] = choose.draw(st.integers(0, 255))
    decoded = _decode([bytes(payload)])
    try:
        event = Event.FromString(bytes(payload))
    except DecodeError:
        return
    found = {tag: points.values.tolist() for tag, points in decoded.points.items()}
    for value in event.summary.value:
        if value.HasField("simple_value"):
            assert any(_same([value.simple_value], [n]) for n in found[value.tag])
            assert decoded.points[value.tag].steps.tolist()[0] == event.step


@pytest.mark.parametrize(
    ("tensor", "number"),
    [
        (TensorProto(dtype=HALF, half_val=[0x3C00]), 1.0),
        (TensorProto(dtype=HALF, tensor_content=b"\x00\x3c"), 1.0),
        (TensorProto(dtype=BFLOAT16, half_val=[0x3FC0]), 1.5),
        (TensorProto(dtype=BFLOAT16, tensor_content=b"\xc0\x3f"), 1.5),
        (TensorProto(dtype=BOOL, bool_val=[True]), 1.0),
        (TensorProto(dtype=INT64, int64_val=[-7]), -7.0),
        (TensorProto(dtype=INT32, tensor_content=b"\xff\xff\xff\xff"), -1.0),
        (TensorProto(dtype=INT64, tensor_content=(5).to_bytes(8, "little")), 5.0),
        (TensorProto(dtype=FLOAT), 0.0),
        (TensorProto(dtype=INT32), 0.0),
        (TensorProto(dtype=DOUBLE, double_val=[math.inf]), math.inf),
    ],
)
def test_tensors_of_rank_zero_are_scalars(tensor, number):
    event = Event(
        step=3, summary=Summary(value=[Summary.Value(tag="t", tensor=tensor)])
    )
    points = _decode([event.SerializeToString()] * 2).points["t"]
    assert points.values.tolist() == [number] * 2
    assert points.steps.tolist() == [3, 3]


@pytest.mark.parametrize(
    "tensor",
    [
        TensorProto(dtype=FLOAT, float_val=[1, 2]),
        TensorProto(dtype=FLOAT, tensor_content=b"123"),
        TensorProto(dtype=STRING, string_val=[b"x"]),
        TensorProto(dtype=FLOAT, float_val=[1], tensor_shape=VECTOR),
        TensorProto(
            dtype=FLOAT, float_val=[1], tensor_shape=TensorShapeProto(unknown_rank=True)
        ),
    ],
)
def test_other_tensors_are_not(tensor):
    event = Event(summary=Summary(value=[Summary.Value(tag="t", tensor=tensor)]))
    decoded = _decode([event.SerializeToString()])
    assert (decoded.points, decoded.undecodable) == ({}, ())


def test_many_layouts_of_one_length_are_all_read():
    messages = [
        Event(step=1, summary=Summary(value=[Summary.Value(tag=tag, simple_value=n)]))
        for n, tag in enumerate(f"tag {index:03}" for index in range(100))
    ]
    points = _decode([message.SerializeToString() for message in messages]).points
    assert [points[f"tag {n:03}"].values.tolist() for n in range(100)] == [
        [float(n)] for n in range(100)
    ]


def test_what_is_no_event_is_named():
    good = Event(step=1).SerializeToString()
    assert _decode([good, b"\xff\xff\xff", good]).undecodable == (1,)
