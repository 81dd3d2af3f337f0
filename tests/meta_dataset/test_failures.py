import tensorflow as tf

from meta_dataset import failures
from meta_dataset.errors import RecordError, UsageError


def explained(message, kind=tf.errors.InvalidArgumentError):
    return failures.explain(kind(None, None, message))


def test_an_error_of_ours_inside_a_pipeline_is_found_again():
    def generate():
        yield 1
        raise RecordError("dtd/3.tfrecords is cut short. Convert it again.")

    dataset = tf.data.Dataset.from_generator(
        generate, output_signature=tf.TensorSpec([], tf.int32)
    )
    try:
        list(dataset)
    except tf.errors.OpError as error:
        found = failures.explain(error)
    assert str(found) == "dtd/3.tfrecords is cut short. Convert it again."
    assert found.exit_code == 1


def test_its_exit_code_stays():
    assert issubclass(UsageError, Exception)
    found = explained("meta_dataset.errors.UsageError: bind it\nTraceback (most ...")
    assert (str(found), found.exit_code) == ("bind it", 2)


def test_too_many_open_files_name_the_remedy():
    found = explained(
        "/r/dtd/1.tfrecords; Too many open files", tf.errors.ResourceExhaustedError
    )
    assert "ulimit -n" in str(found)


def test_memory_names_what_to_lower():
    found = explained(
        "OOM when allocating tensor with shape[9]", tf.errors.ResourceExhaustedError
    )
    assert "Out of memory" in str(found)
    assert "max_support_set_size" in str(found)


def test_damaged_and_missing_records_are_named():
    found = explained("truncated record at 12", tf.errors.DataLossError)
    assert "truncated record at 12" in str(found)
    found = explained("/r/1.tfrecords; No such file", tf.errors.NotFoundError)
    assert "/r/1.tfrecords" in str(found)


def test_the_unknown_stays_unknown():
    assert explained("Incompatible shapes: [3] vs. [4]") is None
