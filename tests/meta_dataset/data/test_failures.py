import numpy as np
import pytest
import tensorflow as tf

from meta_dataset import tfrecord
from meta_dataset.data import failures
from meta_dataset.data.decoder import ImageDecoder
from meta_dataset.errors import RecordError, UsageError


def mapped(function, values=(1,)):
    dataset = tf.data.Dataset.from_tensor_slices(list(values))
    return dataset.map(lambda n: tf.numpy_function(function, [n], tf.int64))


def test_errors_of_readers_come_out_as_they_were_raised():
    raised = UsageError("what: where\nand what to do")

    def fail(n):
        raise raised

    with pytest.raises(UsageError) as caught:
        list(failures.iterate(mapped(failures.remembered(fail))))
    assert caught.value is raised


def test_other_errors_stay_what_they_are():
    def fail(n):
        raise KeyError("somewhere else")

    with pytest.raises(tf.errors.OpError, match="somewhere else"):
        list(failures.iterate(mapped(failures.remembered(fail))))


def test_elements_before_the_error_are_given():
    def check(n):
        if n == 3:
            raise RecordError("three")
        return np.int64(n)

    elements = failures.iterate(mapped(failures.remembered(check), range(5)))
    assert [int(next(elements)) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(RecordError, match="three"):
        next(elements)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (tfrecord.encode_example({"image": b"GIF", "label": 0}), "[Uu]nknown image"),
        (tfrecord.encode_example({"picture": b"", "label": 0}), "Feature: image"),
        (b"\xff\xfe no example", "no tf.train.Example"),
    ],
)
def test_records_that_a_decoder_cannot_decode(record, reason):
    dataset = tf.data.Dataset.from_tensors([record]).map(ImageDecoder(8).decode_all)
    with pytest.raises(RecordError, match=f"{reason}.*decoder that is bound"):
        list(failures.iterate(dataset))
