import os

import numpy as np
import pytest
from tensorboard.compat.proto import event_pb2
from tensorboard.util import tensor_util

from meta_dataset import tfrecord
from meta_dataset.summaries import EventWriter, SummaryError


def events_of(path):
    return [event_pb2.Event.FromString(r) for r in tfrecord.read_records(path)]


def test_scalars_stand_where_the_published_selection_looks(tmp_path):
    with EventWriter(tmp_path / "new/run", clock=lambda: 1234.5) as writer:
        writer.scalars({"mean valid acc": 0.5, "valid acc CI": 0.1}, 7)
        # On disk before anything is closed.
        first, second = events_of(writer.path)
    assert first.file_version == "brain.Event:2"
    assert (second.step, second.wall_time) == (7, 1234.5)
    values = {value.tag: value for value in second.summary.value}
    assert values["mean valid acc"].simple_value == 0.5
    assert values["valid acc CI"].WhichOneof("value") == "simple_value"


def test_episodes_keep_their_arrays(tmp_path):
    logits = np.arange(6, dtype=np.float32).reshape(3, 2)
    with EventWriter(tmp_path) as writer:
        writer.episode({"test_way": 2}, {"test_test_logits": logits}, 4)
    event = events_of(writer.path)[1]
    assert event.step == 4
    way, array = event.summary.value
    assert (way.tag, way.simple_value) == ("test_way", 2)
    np.testing.assert_array_equal(tensor_util.make_ndarray(array.tensor), logits)


def test_two_writers_of_one_second_have_files_of_their_own(tmp_path):
    with (
        EventWriter(tmp_path, clock=lambda: 100.9) as first,
        EventWriter(tmp_path, clock=lambda: 100.9) as second,
    ):
        assert first.path != second.path
        assert sorted((second.path, first.path)) == [first.path, second.path]
        assert first.path.name.startswith("events.out.tfevents.0000000100.")


def test_not_a_number_is_a_value(tmp_path):
    with EventWriter(tmp_path) as writer:
        writer.scalars({"train_loss": float("nan"), "x": float("inf")}, 1)
    values = events_of(writer.path)[1].summary.value
    assert np.isnan(values[0].simple_value)
    assert np.isinf(values[1].simple_value)


def test_a_folder_that_cannot_be_made_is_one_message(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SummaryError, match="--summary_dir"):
        EventWriter(tmp_path / "file" / "run")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_one_message(tmp_path):
    writer = EventWriter(tmp_path)
    writer._file.close()
    writer._file = open("/dev/full", "wb", buffering=0)  # noqa: SIM115
    with pytest.raises(SummaryError, match="No space left on device") as raised:
        writer.scalars({"train_loss": 1.0}, 1)
    assert str(writer.path) in str(raised.value)
    writer.close()


def test_a_file_that_was_removed_is_not_written_for_nobody(tmp_path):
    with EventWriter(tmp_path) as writer:
        writer.path.unlink()
        with pytest.raises(SummaryError, match="was removed while this run"):
            writer.scalars({"x": 1.0}, 1)
