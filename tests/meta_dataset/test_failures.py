import numpy as np
import pytest
import tensorflow as tf

from meta_dataset import failures, tfrecord
from meta_dataset.data.decoder import ImageDecoder
from meta_dataset.errors import MetaDatasetError, RecordError, UsageError


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


def explanation(kind, message):
    with pytest.raises(MetaDatasetError) as caught, failures.explained():
        raise kind(None, None, message)
    return str(caught.value)


def test_too_many_open_files_name_the_remedy():
    found = explanation(
        tf.errors.ResourceExhaustedError, "/r/dtd/1.tfrecords; Too many open files"
    )
    assert "/r/dtd/1.tfrecords" in found
    assert "ulimit -n" in found


def test_memory_names_what_to_lower():
    found = explanation(
        tf.errors.ResourceExhaustedError, "OOM when allocating tensor with shape[9]"
    )
    assert "Out of memory" in found
    assert "max_support_set_size" in found


def test_damaged_and_missing_records_are_named():
    found = explanation(tf.errors.DataLossError, "truncated record at 12")
    assert "truncated record at 12" in found
    found = explanation(tf.errors.NotFoundError, "/r/1.tfrecords; No such file")
    assert "/r/1.tfrecords" in found


def test_what_nobody_can_mend_stays_what_it_is():
    with pytest.raises(tf.errors.InvalidArgumentError), failures.explained():
        raise tf.errors.InvalidArgumentError(None, None, "Incompatible shapes: [3]")
