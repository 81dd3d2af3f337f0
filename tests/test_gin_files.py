"""Every file of gin/ loads with plain gin and binds the published numbers.

`golden/gin_best.json` holds the effective bindings of each file of gin/best, as
literals in the digits of the published tables, transcribed from those tables and not
from the files. One fresh interpreter loads all files over stand-ins for the
configurables, so that no TensorFlow is needed and the real ones stay out of the way.
"""

import ast
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
GIN = ROOT / "gin"
GOLDEN = json.loads((ROOT / "tests/golden/gin_best.json").read_text())
PUBLISHED = "meta_dataset/learn/gin"

_LOADER = ROOT / "tests/fakes/load_gin.py"


def _load(names, working_directory):
    return json.loads(
        subprocess.run(
            [sys.executable, str(_LOADER), str(ROOT), *names],
            capture_output=True,
            text=True,
            check=True,
            cwd=working_directory,
            env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"},
        ).stdout
    )


def _value(text):
    """A literal's value; the text of a reference or macro."""
    text = text.replace("stand_in.", "")
    return text if text[0] in "@%" else ast.literal_eval(text)


def _values(bindings):
    return {key: _value(text) for key, text in bindings.items()}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    names = [str(path.relative_to(GIN)) for path in sorted(GIN.rglob("*.gin"))]
    names += ["best/prototypical_imagenet.gin+setups/demo.gin"]
    return _load(names, tmp_path_factory.mktemp("elsewhere"))


def test_every_file_of_best_has_a_golden_table():
    assert {path.stem for path in (GIN / "best").glob("*.gin")} == set(GOLDEN)


@pytest.mark.parametrize("experiment", sorted(GOLDEN))
def test_the_bindings_are_the_published_numbers(experiment, loaded):
    bindings = _values(loaded[f"best/{experiment}.gin"])
    assert bindings == _values(GOLDEN[experiment])


@pytest.mark.parametrize("experiment", sorted(GOLDEN))
def test_the_digits_are_written_as_published(experiment):
    lines = (GIN / "best" / f"{experiment}.gin").read_text().splitlines()
    own = dict(line.split(" = ", 1) for line in lines if " = " in line)
    own = {key: value for key, value in own.items() if not key.startswith("#")}
    assert own == {key: GOLDEN[experiment][key] for key in own}


@pytest.mark.parametrize("experiment", sorted(GOLDEN))
def test_a_best_file_is_a_setup_a_learner_and_its_numbers(experiment):
    text = (GIN / "best" / f"{experiment}.gin").read_text(encoding="ascii")
    includes = [line for line in text.splitlines() if line.startswith("include ")]
    assert [line.rpartition("/")[0] for line in includes] == [
        f"include '{PUBLISHED}/setups",
        f"include '{PUBLISHED}/models",
    ]
    header, _, _ = text.partition("\ninclude ")
    assert "# Numbers: " in header
    assert "# Command:" in header
    assert "accuracy" in header.lower()
    assert f"checkpoints/{experiment}" in header


def test_pretrained_starts_name_experiments_of_the_walk_through():
    for bindings in GOLDEN.values():
        start = _value(bindings["Trainer.checkpoint_to_restore"])
        if start:
            folder = start.removeprefix("/path/to/checkpoints/").split("/")[0]
            assert folder.removesuffix("_best") in GOLDEN


def test_the_debug_setup_is_the_published_one(loaded):
    assert _values(loaded["setups/trainer_config_debug.gin"]) == {
        "Trainer.num_updates": 100,
        "Trainer.batch_size": 8,
        "Trainer.num_eval_episodes": 10,
        "Trainer.checkpoint_every": 10,
        "Trainer.validate_every": 5,
        "Trainer.log_every": 1,
    }


def test_fixed_ways_and_shots(loaded):
    assert _values(loaded["setups/fixed_way_and_shot.gin"]) == {
        "EpisodeDescriptionConfig.num_ways": 5,
        "EpisodeDescriptionConfig.num_support": 5,
        "EpisodeDescriptionConfig.num_query": 15,
    }


def test_the_relation_network_has_its_own_defaults(loaded):
    bindings = _values(loaded["models/relationnet_config.gin"])
    assert bindings["weight_decay"] == 1e-6
    assert bindings["RelationNetworkLearner.transductive_batch_norm"] is True
    assert bindings["Trainer.embedding_network"] == "relationnet_embedding"


def test_the_cosine_baseline_differs_in_two_bindings(loaded):
    plain = _values(loaded["models/baseline_config.gin"])
    cosine = _values(loaded["models/baseline_cosine_config.gin"])
    assert {key: cosine[key] for key in cosine if cosine[key] != plain[key]} == {
        "BaselineLearner.cosine_classifier": True,
        "BaselineLearner.cosine_logits_multiplier": 1,
    }


def test_the_demo_only_overrides_what_an_experiment_binds(loaded):
    best = loaded["best/prototypical_imagenet.gin"]
    demo = loaded["setups/demo.gin"]
    both = loaded["best/prototypical_imagenet.gin+setups/demo.gin"]
    assert demo.keys() <= best.keys()
    assert both == best | demo
    updates = _value(demo["Trainer.num_updates"])
    assert updates % _value(demo["Trainer.checkpoint_every"]) == 0
    assert updates % _value(demo["Trainer.validate_every"]) == 0


def test_the_folder_does_not_hide_the_package_gin():
    assert not (GIN / "__init__.py").exists()
    code = "import gin; print(gin.config.__file__)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert GIN not in pathlib.Path(run.stdout).parents
