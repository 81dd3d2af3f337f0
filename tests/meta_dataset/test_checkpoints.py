import os
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from meta_dataset import checkpoints, run_files
from meta_dataset.backbones.convnet import FourLayerConvnet
from meta_dataset.checkpoints import CheckpointFolder
from meta_dataset.errors import CheckpointError
from meta_dataset.training_state import TrainingState

REFERENCE = Path(__file__).parents[1] / "data/oracle/reference_ckpt/model_1000.ckpt"


def variables(**values):
    return {name: tf.Variable(value) for name, value in values.items()}


@pytest.fixture
def some():
    return variables(a=[1.0, 2.0], step=np.int64(7), flag=1)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_is_saved_comes_back(tmp_path, some):
    folder = CheckpointFolder(tmp_path / "new" / "run")
    prefix = folder.save(7, some)
    assert names_in(prefix.parent) == [
        "checkpoint",
        "model_7.ckpt.data-00000-of-00001",
        "model_7.ckpt.index",
    ]
    fresh = variables(a=[0.0, 0.0], step=np.int64(0), flag=0)
    assert checkpoints.restore(prefix, fresh, "it") == ("a", "step", "flag")
    assert fresh["a"].numpy().tolist() == [1.0, 2.0]
    assert fresh["step"].numpy() == 7


def test_tensorflow_finds_the_latest(tmp_path, some):
    folder = CheckpointFolder(tmp_path)
    for update in (0, 5, 10):
        prefix = folder.save(update, some)
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(prefix)
    state = tf.train.get_checkpoint_state(str(tmp_path))
    assert [Path(path).name for path in state.all_model_checkpoint_paths] == [
        "model_0.ckpt",
        "model_5.ckpt",
        "model_10.ckpt",
    ]


def test_the_oldest_go_first(tmp_path, some):
    folder = CheckpointFolder(tmp_path, max_to_keep=2)
    for update in (0, 5, 10):
        folder.save(update, some)
    assert run_files.list_checkpoints(tmp_path) == (5, 10)
    # Saved again at a lower update, the new one stays.
    folder.save(3, some)
    assert run_files.list_checkpoints(tmp_path) == (3, 10)


def test_a_failed_save_leaves_the_old_one(tmp_path, some, monkeypatch):
    folder = CheckpointFolder(tmp_path)
    folder.save(5, some)
    before = names_in(tmp_path)

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(CheckpointError, match="No space left on device") as raised:
        folder.save(10, some)
    assert "model_10.ckpt" in str(raised.value)
    assert names_in(tmp_path) == before
    assert run_files.list_checkpoints(tmp_path) == (5,)


def test_what_a_killed_process_was_writing_goes_in_time(tmp_path, some):
    left = ".model_3.ckpt.77.part.data-00000-of-00001.tempstate12"
    others = ".model_3.ckpt.78.part.data-00000-of-00001"
    for name, age in ((left, 3600), (others, 5)):
        (tmp_path / name).write_bytes(b"part")
        os.utime(tmp_path / name, times=(time.time() - age,) * 2)
    CheckpointFolder(tmp_path).save(7, some)
    assert left not in names_in(tmp_path)
    assert others in names_in(tmp_path)


def test_a_full_disk_is_said_in_few_words(some):
    error = tf.errors.ResourceExhaustedError(
        None,
        None,
        "{{function_node __wrapped__SaveV2_device_CPU:0}} /x/.model_1.ckpt.part.data."
        "tempstate12; No space left on device [Op:SaveV2]",
    )
    assert checkpoints._reason(error) == "No space left on device"


def test_a_folder_that_cannot_be_made_is_one_message(tmp_path, some):
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match="--train_checkpoint_dir"):
        CheckpointFolder(tmp_path / "file/run").save(0, some)


@pytest.mark.parametrize("folder", [".", "nowhere"])
def test_a_missing_checkpoint_lists_those_that_exist(tmp_path, some, folder):
    CheckpointFolder(tmp_path).save(5, some)
    expected = {".": "is not there.*: 5", "nowhere": "has no folder.*: none"}
    with pytest.raises(CheckpointError, match=expected[folder]):
        checkpoints.read(tmp_path / folder / "model_6.ckpt")


@pytest.mark.parametrize("part", ["index", "data-00000-of-00001"])
@pytest.mark.parametrize("damage", ["cut", "emptied", "flipped", "removed"])
def test_a_damaged_checkpoint_is_one_message(tmp_path, part, damage):
    folder = CheckpointFolder(tmp_path)
    folder.save(5, variables(a=np.arange(100.0)))
    prefix = folder.save(10, variables(a=np.arange(100.0)))
    path = Path(f"{prefix}.{part}")
    data = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(data[:-60])
    elif damage == "emptied":
        path.write_bytes(b"")
    elif damage == "flipped":
        data[20] ^= 0xFF
        path.write_bytes(data)
    else:
        path.unlink()
    with pytest.raises(CheckpointError) as raised:
        checkpoints.read(prefix)
    assert str(prefix) in str(raised.value)
    assert raised.value.exit_code == 1


def test_what_does_not_fit_is_listed_and_nothing_changes(tmp_path, some):
    prefix = CheckpointFolder(tmp_path).save(1, some)
    fresh = variables(a=[0.0], step=np.int64(0), b=1.0)
    with pytest.raises(CheckpointError) as raised:
        checkpoints.restore(prefix, fresh, "the backbone")
    assert (
        "does not fit the backbone: it lacks b; of other shapes: a is [2], not [1]"
        in (str(raised.value))
    )
    assert fresh["step"].numpy() == 0


def test_long_lists_are_cut(tmp_path, some):
    prefix = CheckpointFolder(tmp_path).save(1, some)
    many = variables(**{f"w{i:02d}": 0.0 for i in range(20)})
    with pytest.raises(CheckpointError, match="w11 and 8 more"):
        checkpoints.restore(prefix, many, "it")


def test_omitted_variables_are_told_by_their_names(some):
    left = checkpoints.without_omitted(
        {**some, "fc_finetune/weight": 0}, ("fc_", "fla")
    )
    assert set(left) == {"a", "step"}


def test_checkpoints_of_the_published_trainer_resume():
    """Its names are ours: backbone, optimiser and step all come back."""
    state = TrainingState(FourLayerConvnet().init(0))
    restored = checkpoints.restore(REFERENCE, state.variables(), "this training")
    assert set(restored) == set(state.variables())
    assert state.step == 1000
    powers = state.variables()
    assert powers["beta2_power"].numpy() == pytest.approx(0.999**1001, rel=1e-4)


def test_a_head_without_the_flag_counts_as_initialised(tmp_path):
    """The newest published code stores the flag with weight normalisation only."""
    head = {"fc/weight": tf.Variable([1.0])}
    prefix = CheckpointFolder(tmp_path).save(1, head)
    head["fc/data_dependent_init_done"] = tf.Variable(0)
    checkpoints.restore(prefix, head, "the head")
    assert head["fc/data_dependent_init_done"].numpy() == 1
