"""The catalogue of the published gin files, read without running them."""

import pytest

from mdtui.core.errors import UsageError
from mdtui.core.experiments import (
    WALKTHROUGH,
    find_experiment,
    is_hidden,
    read_catalogue,
    read_experiment,
)
from meta_dataset import gin_files

BEST = "meta_dataset/learn/gin/best"


@pytest.fixture(scope="module")
def catalogue():
    files = sorted((gin_files.GIN_FOLDER / "best").glob("*.gin"))
    return read_catalogue([f"{BEST}/{path.name}" for path in files])


def test_the_walk_throughs_fifteen_rows_come_first_and_in_its_order(catalogue):
    assert len(WALKTHROUGH) == 15
    assert tuple(each.name for each in catalogue[:15]) == WALKTHROUGH
    assert not any(each.problem for each in catalogue)


def test_what_a_row_says_comes_from_the_gin_file(catalogue):
    row = find_experiment(catalogue, "prototypical_all")
    assert row.learner == "PrototypicalNet"
    assert row.backbone == "resnet"
    assert row.model == "prototypical"
    assert row.source == "all"
    assert len(row.train_datasets) == 8
    assert row.eval_datasets == ("ilsvrc_2012",)
    assert row.num_updates == 75000
    assert row.pretrained_run == "baseline_imagenet_resnet"
    assert row.bound_name == "prototypical_all"
    assert row.in_walkthrough and not row.hidden


def test_a_pretraining_is_bound_as_the_walk_through_binds_it(catalogue):
    row = find_experiment(catalogue, "baseline_imagenet_mamlconvnet")
    assert row.bound_name == "baseline_imagenet"
    assert row.model == "baseline mamlconvnet"
    assert row.pretrained_run is None


def test_the_nearest_neighbour_baseline_is_a_link(catalogue):
    row = find_experiment(catalogue, "baseline_imagenet")
    assert row.links_to == "baseline_imagenet_resnet"


def test_overlays_and_bindings_apply_after_the_file():
    row = read_experiment(
        f"{BEST}/prototypical_imagenet.gin",
        ["meta_dataset/learn/gin/setups/demo.gin"],
        ["DataConfig.reader = 'stream'", "Trainer.num_updates = 7"],
    )
    assert row.backbone == "four_layer_convnet"
    assert row.reader == "stream"
    assert row.num_updates == 7


def test_a_users_own_file_is_a_row(tmp_path):
    mine = tmp_path / "mine_imagenet.gin"
    mine.write_text(
        "include 'meta_dataset/learn/gin/best/prototypical_imagenet.gin'\n"
        "updates = 12\nTrainer.num_updates = %updates\n"
    )
    row = read_experiment(str(mine))
    assert (row.model, row.source, row.num_updates) == ("mine", "imagenet", 12)
    assert not row.in_walkthrough


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Trainer.num_updates = \n", "broken.gin, line 1"),
        ("include 'nowhere.gin'\n", "no gin file 'nowhere.gin'"),
        ("include '{self}'\n", "includes itself"),
    ],
)
def test_a_broken_file_carries_its_problem(tmp_path, text, message):
    path = tmp_path / "broken.gin"
    path.write_text(text.replace("{self}", str(path)))
    assert message in read_experiment(str(path)).problem


def test_variants_that_the_walk_through_does_not_use_are_hidden():
    assert is_hidden("baseline_imagenet_wide_resnet")
    assert is_hidden("prototypical_mini_imagenet_fiveshot")
    assert not is_hidden("baseline_imagenet_resnet")
    assert not is_hidden("my_experiment")


def test_an_unknown_name_gets_the_nearest(catalogue):
    with pytest.raises(UsageError, match="nearest name is prototypical_imagenet"):
        find_experiment(catalogue, "protypical_imagenet")
