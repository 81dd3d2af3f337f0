"""The selection command: its files, its filters, its messages."""

import json
import math
import pathlib
import pickle
import shutil
import subprocess
import sys

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from meta_dataset.analysis import select_best_model, variants
from meta_dataset.analysis.select_best_model import find_best, select_best
from meta_dataset.analysis.selection import Best
from meta_dataset.analysis.variants import FilterError, Filters
from meta_dataset.errors import EventFileError, UsageError
from meta_dataset.tfrecord import frame

PUBLISHED_FLAGS = (
    "all_experiments_root",
    "experiment_dir_basenames",
    "restrict_to_variants",
    "restrict_to_variants_by_range",
    "restrict_to_architectures",
    "restrict_to_pretrained_source",
    "description",
    "smooth_window",
)
REFERENCE = pathlib.Path(__file__).parents[2] / "data/reference_events"


def _records(points, tag="mean valid acc"):
    return b"".join(
        frame(
            Event(
                step=step,
                summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]),
            ).SerializeToString()
        )
        for step, value in points
    )


@pytest.fixture
def add(tmp_path):
    """Writes an event file of a run."""

    def write(run, data, time=1):
        folder = tmp_path / "summaries" / run
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"events.out.tfevents.{time}.host").write_bytes(data)

    return write


def _command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "meta_dataset.analysis.select_best_model", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


# --- what is selected ---------------------------------------------------------


def test_the_files_are_the_published_ones(tmp_path, add):
    add("maml_all", _records([(0, 0.25), (500, 0.75), (1000, 0.5)]))
    best = select_best(tmp_path, "maml_all")
    assert best == Best("maml_all", 0.75, 500)
    assert (tmp_path / "best_maml_all.txt").read_text() == (
        "best_variant: maml_all\nbest_valid_acc: 0.75\nbest_update_num: 500\n"
    )
    data = (tmp_path / "best_maml_all.pklz").read_bytes()
    assert pickle.loads(data) == {
        "best_variant": "maml_all",
        "best_valid_acc": 0.75,
        "best_update_num": 500,
    }
    assert data[:2] == b"\x80" + bytes([pickle.HIGHEST_PROTOCOL])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best_maml_all.pklz",
        "best_maml_all.txt",
        "summaries",
    ]


def test_a_step_validated_twice_counts_with_its_later_value(tmp_path, add):
    add("run", _records([(0, 0.1), (500, 0.9)]), time=999)
    add("run", _records([(500, 0.5), (1000, 0.6)]), time=1000)
    assert find_best(tmp_path) == Best("run", pytest.approx(0.6), 1000)


def test_readable_points_count_and_damage_is_reported(tmp_path, add):
    data = bytearray(_records([(0, 0.1), (500, 0.9), (1000, 0.5)]))
    data[len(data) // 2] ^= 1
    add("run", bytes(data[:-3]))
    lines = []
    assert find_best(tmp_path, report=lines.append) == Best(
        "run", pytest.approx(0.1), 0
    )
    assert "Left out" in lines[0]
    assert "events.out.tfevents.1.host" in lines[0]


def test_a_half_written_end_is_said_and_what_stands_before_it_counts(tmp_path, add):
    add("run", _records([(0, 0.5), (500, 0.7), (1000, 0.9)])[:-10])
    said = []
    assert find_best(tmp_path, report=said.append) == Best(
        "run", pytest.approx(0.7), 500
    )
    assert len(said) == 1
    assert "events.out.tfevents.1.host" in said[0]
    assert "no whole record" in said[0]


def test_evaluations_and_empty_runs_are_left_out_with_a_word(tmp_path, add):
    add("run", _records([(0, 0.1)]))
    add("run_eval_dtd", _records([(0, 0.9)], tag="mean test acc"))
    add("newest_eval_dtd", _records([(0, 0.9)], tag="mean acc"))
    (tmp_path / "summaries/empty").mkdir()
    lines = []
    assert find_best(tmp_path, report=lines.append).variant == "run"
    assert [line.split(":")[0] for line in lines] == [
        "Skipped empty",
        "Skipped newest_eval_dtd",
        "Skipped run_eval_dtd",
    ]


def test_the_newest_revision_s_tag_counts_beside_training(tmp_path, add):
    data = _records([(10, 1.0)], tag="train_1/loss") + _records(
        [(100, 0.5)], "mean acc"
    )
    add("run", data)
    assert find_best(tmp_path) == Best("run", 0.5, 100)


def test_the_published_trainer_s_run(tmp_path):
    shutil.copytree(REFERENCE, tmp_path / "summaries")
    best = find_best(tmp_path)
    assert best == Best("train", pytest.approx(0.9685334), 1000)


def test_runs_compete_and_the_first_wins_a_tie(tmp_path, add):
    add("b", _records([(0, 0.5)]))
    add("a", _records([(0, 0.5), (500, 0.25)]))
    add("c", _records([(0, 0.375)]))
    assert find_best(tmp_path) == Best("a", 0.5, 0)
    assert find_best(tmp_path, Filters(names=("c", "missing"))).variant == "c"


def test_event_files_directly_in_summaries_are_one_variant(tmp_path, add):
    add(".", _records([(0, 0.5)]))
    assert find_best(tmp_path) == Best(".", 0.5, 0)
    with pytest.raises(FilterError):
        find_best(tmp_path, Filters(names=("run",)))


def test_a_diverged_validation_is_never_the_best(tmp_path, add):
    add("run", _records([(0, 0.5), (500, math.nan), (1000, math.inf)]))
    assert find_best(tmp_path) == Best("run", 0.5, 0)


@pytest.mark.parametrize("points", [[], [(0, 0.0), (500, 0.0)], [(0, math.nan)]])
def test_nothing_to_select_from_is_an_error(tmp_path, add, points):
    add("run", _records(points))
    with pytest.raises(RuntimeError) as raised:
        find_best(tmp_path)
    assert isinstance(raised.value, EventFileError)
    assert "run" in str(raised.value)


def test_a_missing_folder_is_an_error_that_names_it(tmp_path):
    with pytest.raises(EventFileError, match="summaries"):
        find_best(tmp_path)


def test_an_unwritable_root_is_one_clear_error(tmp_path, add, monkeypatch):
    add("run", _records([(0, 0.5)]))

    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(select_best_model.whole_files, "write_bytes", full)
    with pytest.raises(EventFileError, match="No space left"):
        select_best(tmp_path, "run")


# --- filters and names --------------------------------------------------------


def test_a_name_that_does_not_exist_is_refused_with_those_that_do(tmp_path, add):
    add("maml_all", _records([(0, 0.5)]))
    with pytest.raises(
        ValueError, match="no subdirectories.*maml_al.*maml_all"
    ) as raised:
        select_best(tmp_path, "maml_al")
    assert isinstance(raised.value, UsageError)


def test_ranges_are_inclusive():
    assert variants.names_of_range("3,5") == ("3", "4", "5")
    for text in ("3", "a,b", "5,3", "1,2,3"):
        with pytest.raises(FilterError):
            variants.names_of_range(text)


def test_parameter_filters_read_the_json_that_launchers_write(tmp_path, add):
    for run, network in (("1", "resnet"), ("2", "four_layer_convnet")):
        add(run, _records([(0, 0.5)]))
        folder = tmp_path / "params" / run
        folder.mkdir(parents=True)
        owner = "Trainer" if run == "1" else "LearnerConfig"
        (folder / "params.json").write_text(
            json.dumps(
                {
                    f"_gin.{owner}.embedding_network": network,
                    f"_gin.{owner}.pretrained_source": "scratch",
                }
            )
        )
    convnet = Filters(architectures=("four_layer_convnet", "x"))
    assert find_best(tmp_path, convnet).variant == "2"
    assert find_best(tmp_path, Filters(pretrained_source="scratch")).variant == "1"
    with pytest.raises(FilterError, match="no subdirectories"):
        find_best(tmp_path, Filters(pretrained_source="imagenet"))
    (tmp_path / "params/1/params.json").unlink()
    (tmp_path / "params/1/params.pkl").write_bytes(pickle.dumps({}))
    with pytest.raises(FilterError, match=r"params/1/params\.json"):
        find_best(tmp_path, convnet)


@pytest.mark.parametrize(
    ("base", "filters", "window", "name"),
    [
        ("best", Filters(), 1, "best"),
        ("best", Filters(architectures=("a", "b")), 1, "best_a,b"),
        ("best", Filters(pretrained_source="scratch"), 1, "best_trained_from_scratch"),
        (
            "best",
            Filters(architectures=("a",), pretrained_source="imagenet"),
            3,
            "best_a_pretrained_on_imagenet_smoothed_by_window_3",
        ),
        ("mine", Filters(pretrained_source="scratch"), 1, "mine"),
        ("mine", Filters(), 2, "mine_smoothed_by_window_2"),
    ],
)
def test_the_names_of_the_files(base, filters, window, name):
    assert variants.description(base, filters, window) == name


# --- the command line ---------------------------------------------------------


def test_the_walk_through_s_command(tmp_path, add):
    add("maml_all", _records([(0, 0.25), (500, 0.75)]))
    add("maml_all_eval_dtd", _records([(0, 0.5)], tag="mean test acc"))
    run = _command(
        f"--all_experiments_root={tmp_path}",
        "--experiment_dir_basenames=",
        "--restrict_to_variants=maml_all",
        "--description=best_maml_all",
    )
    assert run.returncode == 0, run.stderr
    assert (
        "Best variant: maml_all. Best valid acc: 0.75. Best update num: 500. Just wrote "
        f"this info to {tmp_path}/best_maml_all.pklz and {tmp_path}/best_maml_all.txt"
    ) in run.stderr
    assert "best_update_num: 500" in (tmp_path / "best_maml_all.txt").read_text()


def test_several_experiment_folders_are_selected_in_one_by_one(tmp_path, add):
    add("a", _records([(0, 0.25), (500, 0.75)]))
    for name in ("one", "two"):
        shutil.copytree(tmp_path / "summaries", tmp_path / name / "summaries")
    run = _command(
        f"--all_experiments_root={tmp_path}",
        "--experiment_dir_basenames=one,two",
        "--smooth_window=2",
    )
    assert run.returncode == 0, run.stderr
    for name in ("one", "two"):
        assert (tmp_path / name / "best_smoothed_by_window_2.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["--smooth_window=0"], 2, "smooth_window"),
        (["--no_such_flag"], 2, "no_such_flag"),
        (["left_over"], 2, "left_over"),
        (["--restrict_to_pretrained_source=moon"], 2, "moon"),
        (
            ["--restrict_to_variants=a", "--restrict_to_variants_by_range=1,2"],
            2,
            "both",
        ),
        (["--all_experiments_root=/nowhere/at/all"], 1, "/nowhere/at/all"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments, code, word):
    run = _command(*arguments)
    assert run.returncode == code
    (line,) = run.stderr.splitlines()
    assert line.startswith("Error: ")
    assert word in line or "exclude each other" in line


def test_help_names_the_published_flags():
    run = _command("--help")
    assert run.returncode == 0
    for flag in PUBLISHED_FLAGS:
        assert f"--{flag}:" in run.stdout


def test_neither_tensorflow_nor_tensorboard_is_loaded(tmp_path, add):
    add("run", _records([(0, 0.5)]))
    code = (
        "import sys; from meta_dataset.analysis import select_best_model as s;"
        f"s.select_best({str(tmp_path)!r}, 'run');"
        "print([m for m in sys.modules if m.startswith(('tensor', 'mdtui', 'absl'))])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
