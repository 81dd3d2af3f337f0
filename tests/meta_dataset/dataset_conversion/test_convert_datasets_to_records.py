import subprocess
import sys

import pytest

from meta_dataset.dataset_conversion.registry import CONVERTED_DATASETS, DATASETS

COMMAND = "meta_dataset.dataset_conversion.convert_datasets_to_records"


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def assert_refused(result, exit_code, *parts):
    assert result.returncode == exit_code, result.stderr
    lines = result.stderr.strip().splitlines()
    assert lines[0].startswith("error: ")
    assert "Traceback" not in result.stderr
    for part in parts:
        assert part in result.stderr


def test_an_unknown_dataset_lists_the_known_ones():
    assert_refused(run("--dataset=imagenet"), 2, "'imagenet'", *DATASETS)


@pytest.mark.parametrize("dataset", sorted(set(DATASETS) - set(CONVERTED_DATASETS))[:1])
def test_a_dataset_without_converter_says_which_have_one(dataset):
    assert_refused(run(f"--dataset={dataset}"), 2, dataset, *CONVERTED_DATASETS)


def test_flags_that_are_missing_or_wrong(tmp_path):
    assert_refused(run(), 2, "--omniglot_data_root is missing")
    assert_refused(run("--no_such_flag=1"), 2, "no_such_flag")
    assert_refused(run("omniglot"), 2, "unexpected arguments omniglot")
    missing = f"--omniglot_data_root={tmp_path / 'nowhere'}"
    assert_refused(
        run(missing), 1, "--omniglot_data_root: there is no folder", "nowhere"
    )
    empty = f"--omniglot_data_root={tmp_path}"
    records = f"--records_root={tmp_path / 'records'}"
    assert_refused(run(empty, records), 1, "images_background", "--omniglot_data_root")
    assert not (tmp_path / "records").exists()


def test_help_names_every_published_flag():
    result = run("--helpshort")
    for flag in (
        "--dataset",
        "--records_root",
        "--splits_root",
        "--ilsvrc_2012_num_leaf_images_path",
        "--path_to_is_a",
        "--path_to_words",
        "--mini_imagenet_records_dir",
        "--records_root_dir",
        *(f"--{dataset}_data_root" for dataset in DATASETS),
    ):
        assert f"{flag}:" in result.stdout


def test_no_tensorflow_is_loaded():
    code = f"import sys, {COMMAND}; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
