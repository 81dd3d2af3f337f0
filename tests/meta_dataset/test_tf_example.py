import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meta_dataset.tf_example import ExampleError, decode_example, encode_example

INT64 = st.integers(-(2**63), 2**63 - 1)
FLOAT32 = st.floats(width=32, allow_nan=False)
VALUES = st.one_of(
    st.binary(max_size=20),
    INT64,
    FLOAT32,
    st.lists(st.binary(max_size=5), min_size=2, max_size=4).map(tuple),
    st.lists(INT64, min_size=2, max_size=4).map(tuple),
    st.lists(FLOAT32, min_size=2, max_size=4).map(tuple),
)
FEATURES = st.dictionaries(st.text(max_size=8), VALUES, max_size=4)


@given(FEATURES)
def test_round_trip(features):
    assert decode_example(encode_example(features)) == features


def test_the_bytes_of_a_small_record():
    # Worked by hand from the field numbers in the module's docstring.
    image = b"\x0a\x05image\x12\x05\x0a\x03\x0a\x01J"
    label = b"\x0a\x05label\x12\x05\x1a\x03\x0a\x01\x03"
    entries = b"\x0a\x0e" + image + b"\x0a\x0e" + label
    assert encode_example({"label": 3, "image": b"J"}) == b"\x0a\x20" + entries


@given(FEATURES, st.data())
def test_a_cut_is_an_error(features, draw):
    payload = encode_example(features)
    cut = payload[: draw.draw(st.integers(0, len(payload)))]
    if 0 < len(cut) < len(payload):
        with pytest.raises(ExampleError, match="no tf.train.Example"):
            decode_example(cut)


@given(st.binary(max_size=60))
def test_any_bytes_decode_or_are_refused(payload):
    try:
        assert isinstance(decode_example(payload), dict)
    except ExampleError:
        pass


def test_numpy_values_are_numbers():
    features = {"e": np.array([0.5, -2.0], np.float32), "l": np.int64(-7)}
    assert decode_example(encode_example(features)) == {"e": (0.5, -2.0), "l": -7}


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, "text", [b"x", 1], [None]])
def test_values_that_do_not_fit_are_refused(value):
    with pytest.raises(ExampleError, match="'image'"):
        encode_example({"image": value})


def test_unpacked_numbers_are_read():
    ints = b"\x08\x01\x08\x02"
    floats = b"\x0d" + struct.pack("<f", 0.25)
    entries = b"".join(
        b"\x0a" + bytes([len(e)]) + e
        for e in (
            b"\x0a\x01i\x12" + bytes([len(ints) + 2, 0x1A, len(ints)]) + ints,
            b"\x0a\x01f\x12" + bytes([len(floats) + 2, 0x12, len(floats)]) + floats,
        )
    )
    payload = b"\x0a" + bytes([len(entries)]) + entries
    assert decode_example(payload) == {"i": (1, 2), "f": 0.25}


def test_tensorflow_agrees():
    tf = pytest.importorskip("tensorflow")
    train = tf.train
    for image, label in [(b"", 0), (b"\xff\xd8" * 300, 4933), (b"x", -1)]:
        payload = encode_example({"image": image, "label": label})
        parsed = tf.io.parse_single_example(
            payload,
            {
                "image": tf.io.FixedLenFeature([], tf.string),
                "label": tf.io.FixedLenFeature([], tf.int64),
            },
        )
        assert (parsed["image"].numpy(), parsed["label"].numpy()) == (image, label)
        written = train.Example(
            features=train.Features(
                feature={
                    "image": train.Feature(bytes_list=train.BytesList(value=[image])),
                    "label": train.Feature(int64_list=train.Int64List(value=[label])),
                    "e": train.Feature(float_list=train.FloatList(value=[1.5, -2])),
                    "none": train.Feature(),
                }
            )
        ).SerializeToString(deterministic=True)
        features = {"image": image, "label": label, "e": (1.5, -2.0)}
        assert decode_example(written) == features | {"none": ()}
        del features["e"]
        assert encode_example(features) == payload


def test_deterministic_protocol_buffers_are_the_same_bytes():
    tf = pytest.importorskip("tensorflow")
    features = {"label": 300, "image": b"bytes", "embedding": (0.5, 2.0)}
    example = tf.train.Example()
    example.features.feature["label"].int64_list.value.append(300)
    example.features.feature["image"].bytes_list.value.append(b"bytes")
    example.features.feature["embedding"].float_list.value.extend((0.5, 2.0))
    assert example.SerializeToString(deterministic=True) == encode_example(features)
