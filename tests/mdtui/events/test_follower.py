"""Following a run's folder, with real event files and with files that grow."""

import math
import os
import pathlib
import shutil
import subprocess
import sys

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from mdtui.events.follower import RunFollower
from meta_dataset.run_files import Tags
from meta_dataset.tfrecord import frame

REFERENCE = pathlib.Path(__file__).parents[2] / "data/reference_events"


def _records(tag, points):
    return b"".join(
        frame(
            Event(
                step=step,
                wall_time=step,
                summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]),
            ).SerializeToString()
        )
        for step, value in points
    )


def _write(folder, time, data):
    with open(folder / f"events.out.tfevents.{time}.host", "ab") as file:
        file.write(data)


def _steps(run, tag=Tags.TRAIN_LOSS):
    return run.curves[tag].steps.tolist()


def test_a_folder_that_is_not_there_yet_has_nothing(tmp_path):
    follower = RunFollower(tmp_path / "run")
    run = follower.poll()
    assert (dict(run.curves), run.restarts, run.damage) == ({}, (), ())
    assert run.last_write is None
    assert follower.poll() is run
    (tmp_path / "run").mkdir()
    _write(tmp_path / "run", 1, _records("train_loss", [(1, 2.0)]))
    assert _steps(follower.poll()) == [1]


def test_the_published_trainer_s_run_is_one_run_with_a_restart():
    run = RunFollower(REFERENCE / "train").poll()
    assert run.curves.keys() == {
        *Tags.TRAINING,
        Tags.MEAN_VALID_ACCURACY,
        Tags.VALID_INTERVAL,
    }
    assert run.restarts == (500,)
    assert run.damage == ()
    assert _steps(run) == list(range(10, 1001, 10))
    assert _steps(run, Tags.MEAN_VALID_ACCURACY) == list(range(0, 1001, 100))
    # At 500, 600 and 700 both processes validated: the second one's values count.
    curve = run.curves[Tags.MEAN_VALID_ACCURACY]
    assert curve.values[5] == pytest.approx(0.95693326)


def test_the_published_evaluation_has_a_test_accuracy():
    run = RunFollower(REFERENCE / "test").poll()
    assert run.curves[Tags.MEAN_TEST_ACCURACY].values == pytest.approx([0.835])
    assert run.curves[Tags.TEST_INTERVAL].values == pytest.approx([0.04935262])
    assert run.curves["test_way"].values.tolist() == [5.0] * 12
    assert Tags.MEAN_VALID_ACCURACY not in run.curves


def test_polling_without_news_returns_the_same_object(tmp_path):
    _write(tmp_path, 1, _records("train_loss", [(1, 2.0)]))
    follower = RunFollower(tmp_path)
    first = follower.poll()
    assert follower.poll() is first
    _write(tmp_path, 1, _records("train_loss", [(2, 1.0)]))
    second = follower.poll()
    assert second is not first
    assert _steps(second) == [1, 2]
    assert _steps(first) == [1]
    assert second.last_write == os.stat(next(tmp_path.iterdir())).st_mtime


def test_what_a_dead_process_did_beyond_the_checkpoint_is_cut(tmp_path):
    _write(tmp_path, 1, _records("mean valid acc", [(0, 0.1), (50, 0.5)]))
    _write(tmp_path, 1, _records("train_loss", [(n, 1.0) for n in range(10, 100, 10)]))
    follower = RunFollower(tmp_path)
    follower.poll()
    _write(tmp_path, 2, _records("mean valid acc", [(50, 0.4)]))
    run = follower.poll()
    assert run.restarts == (50,)
    assert _steps(run) == [10, 20, 30, 40, 50]
    assert run.curves[Tags.MEAN_VALID_ACCURACY].values == pytest.approx([0.1, 0.4])
    _write(tmp_path, 2, _records("train_loss", [(60, 2.0), (70, 2.0)]))
    run = follower.poll()
    assert _steps(run) == [10, 20, 30, 40, 50, 60, 70]
    assert run.curves[Tags.TRAIN_LOSS].values.tolist() == [1.0] * 5 + [2.0] * 2


def test_files_are_joined_in_order_of_time_not_of_name(tmp_path):
    _write(tmp_path, 1000, _records("train_loss", [(5, 2.0), (6, 2.0)]))
    _write(tmp_path, 999, _records("train_loss", [(4, 1.0), (5, 1.0)]))
    run = RunFollower(tmp_path).poll()
    assert _steps(run) == [4, 5, 6]
    assert run.curves[Tags.TRAIN_LOSS].values.tolist() == [1.0, 2.0, 2.0]
    assert run.restarts == (5,)


def test_an_evaluation_in_the_same_folder_is_no_restart(tmp_path):
    _write(tmp_path, 1, _records("train_loss", [(1, 1.0), (2, 1.0)]))
    _write(tmp_path, 2, _records("mean test acc", [(0, 0.5)]))
    _write(tmp_path, 2, _records("test_way", [(0, 5.0), (1, 7.0)]))
    run = RunFollower(tmp_path).poll()
    assert run.restarts == ()
    assert _steps(run) == [1, 2]
    assert run.curves[Tags.MEAN_TEST_ACCURACY].steps.tolist() == [0]


def test_a_step_written_twice_counts_with_its_last_value(tmp_path):
    _write(tmp_path, 1, _records("train_loss", [(1, 1.0), (2, 1.0), (2, 3.0)]))
    run = RunFollower(tmp_path).poll()
    assert run.curves[Tags.TRAIN_LOSS].values.tolist() == [1.0, 3.0]
    assert run.restarts == ()


def test_infinities_and_nan_are_values(tmp_path):
    _write(tmp_path, 1, _records("train/loss", [(1, math.inf), (2, math.nan)]))
    values = RunFollower(tmp_path).poll().curves[Tags.TRAIN_LOSS].values
    assert math.isinf(values[0])
    assert math.isnan(values[1])


def test_damage_costs_its_own_points_and_is_named(tmp_path):
    data = bytearray(_records("train_loss", [(1, 1.0), (2, 1.0), (3, 1.0)]))
    data[len(data) // 2] ^= 1
    _write(tmp_path, 1, bytes(data))
    follower = RunFollower(tmp_path)
    run = follower.poll()
    assert _steps(run) == [1, 3]
    (line,) = run.damage
    assert "events.out.tfevents.1.host" in line
    assert follower.poll() is run


def test_a_removed_file_takes_its_points_along(tmp_path):
    _write(tmp_path, 1, _records("train_loss", [(1, 1.0)]))
    _write(tmp_path, 2, _records("train_loss", [(2, 1.0)]))
    follower = RunFollower(tmp_path)
    assert _steps(follower.poll()) == [1, 2]
    (tmp_path / "events.out.tfevents.1.host").unlink()
    assert _steps(follower.poll()) == [2]
    shutil.rmtree(tmp_path)
    assert not follower.poll().curves


def test_a_replaced_file_is_read_anew(tmp_path):
    _write(tmp_path, 1, _records("train_loss", [(1, 1.0), (2, 1.0)]))
    follower = RunFollower(tmp_path)
    follower.poll()
    (tmp_path / "events.out.tfevents.1.host").unlink()
    _write(tmp_path, 1, _records("train_loss", [(7, 1.0)]))
    assert _steps(follower.poll()) == [7]


def test_a_file_that_cannot_be_read_is_named_and_tried_again(tmp_path):
    _write(tmp_path, 1, _records("train_loss", [(1, 1.0)]))
    odd = tmp_path / "events.out.tfevents.2.host"
    odd.mkdir()
    follower = RunFollower(tmp_path)
    run = follower.poll()
    assert _steps(run) == [1]
    assert len(run.damage) == 1
    assert follower.poll() is run
    odd.rmdir()
    _write(tmp_path, 2, _records("train_loss", [(2, 1.0)]))
    run = follower.poll()
    assert (_steps(run), run.damage) == ([1, 2], ())


def test_a_folder_that_cannot_be_listed_keeps_what_was_known(tmp_path, monkeypatch):
    _write(tmp_path, 1, _records("train_loss", [(1, 1.0)]))
    follower = RunFollower(tmp_path)
    follower.poll()

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refuse)
        run = follower.poll()
        assert _steps(run) == [1]
        assert "Permission denied" in run.damage[0]
        assert follower.poll() is run
    assert follower.poll().damage == ()


def test_no_file_stays_open_and_nothing_heavy_is_loaded():
    code = (
        "import os, sys; from mdtui.events.follower import RunFollower;"
        "before = len(os.listdir('/proc/self/fd'));"
        f"RunFollower({str(REFERENCE / 'train')!r}).poll();"
        "print(len(os.listdir('/proc/self/fd')) - before);"
        "heavy = {'tensorflow', 'tensorboard', 'textual', 'gin'};"
        "print(sorted({m.split('.')[0] for m in sys.modules} & heavy))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.split("\n")[:2] == ["0", "[]"]
