import pytest

from meta_dataset import pretrained
from meta_dataset.errors import CheckpointError, UsageError

VALUE = "/path/to/checkpoints/baseline_imagenet_resnet_best/model_29000.ckpt"


@pytest.fixture
def root(tmp_path):
    """An $EXPROOT, and a function that puts checkpoints of the pre-training there."""
    folder = tmp_path / "checkpoints/baseline_imagenet_resnet"

    def put(*updates):
        folder.mkdir(parents=True, exist_ok=True)
        for update in updates:
            for part in ("index", "data-00000-of-00001"):
                (folder / f"model_{update}.ckpt.{part}").touch()

    return tmp_path, put


def resolved(root):
    return pretrained.resolve(VALUE, root / "checkpoints/matching_imagenet")


@pytest.mark.parametrize("value", ["", "/data/model_3.ckpt", "/path/to/checkpoints"])
def test_only_values_below_the_placeholder_are_replaced(value, tmp_path):
    assert pretrained.resolve(value, tmp_path) is None


def test_a_selection_decides(root):
    folder, put = root
    put(500, 29000, 30000)
    (folder / "best_baseline_imagenet_resnet.txt").write_text(
        "best_variant: x\nbest_valid_acc: 0.5\nbest_update_num: 500\n"
    )
    choice = resolved(folder)
    assert choice.prefix == (
        folder / "checkpoints/baseline_imagenet_resnet/model_500.ckpt"
    )
    assert "selected" in choice.why


def test_without_a_selection_the_published_update_counts(root):
    folder, put = root
    put(500, 29000, 30000)
    assert resolved(folder).prefix.name == "model_29000.ckpt"


def test_else_the_latest(root):
    folder, put = root
    put(500, 1000)
    assert resolved(folder).prefix.name == "model_1000.ckpt"


def test_names_without_the_published_suffix_resolve_too(root):
    folder, put = root
    put(500)
    value = VALUE.replace("_best", "")
    assert pretrained.resolve(value, folder / "checkpoints/x").prefix.name == (
        "model_500.ckpt"
    )


def test_nothing_there_names_binding_folder_and_command(root):
    folder, _ = root
    with pytest.raises(CheckpointError) as raised:
        resolved(folder)
    message = str(raised.value)
    assert "Trainer.checkpoint_to_restore" in message
    assert f"{folder}/checkpoints/baseline_imagenet_resnet" in message
    assert "python -m meta_dataset.train" in message
    assert "best/baseline_imagenet_resnet.gin" in message


def test_a_selection_whose_checkpoint_is_gone_is_an_error(root):
    folder, put = root
    put(1000)
    (folder / "best_baseline_imagenet_resnet.txt").write_text("best_update_num: 500\n")
    with pytest.raises(CheckpointError, match=r"update 500.*it has 1000"):
        resolved(folder)


def test_a_damaged_selection_is_an_error(root):
    folder, put = root
    put(1000)
    (folder / "best_baseline_imagenet_resnet.txt").write_text("nothing\n")
    with pytest.raises(CheckpointError, match="no line 'best_update_num"):
        resolved(folder)


def test_a_placeholder_without_an_update_is_refused(tmp_path):
    with pytest.raises(UsageError, match="does not end in"):
        pretrained.resolve("/path/to/checkpoints/x/model.ckpt", tmp_path / "c/y")


def test_long_lists_of_checkpoints_are_cut():
    assert pretrained.describe(()) == "none"
    assert pretrained.describe((0, 5)) == "0, 5"
    assert pretrained.describe(tuple(range(20))) == "0, 1, 2, ..., 17, 18, 19"
