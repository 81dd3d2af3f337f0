import gin
import pytest

import meta_dataset.data.config  # noqa: F401  (registers its settings with gin)
from meta_dataset import gin_files, gin_settings, registry
from meta_dataset.errors import UsageError
from meta_dataset.training_settings import BenchmarkSettings

NAME = "Trainer.experiment_name = 'x'"
PROTOTYPICAL = "meta_dataset/learn/gin/best/prototypical_imagenet.gin"


@pytest.fixture(autouse=True)
def _clean_gin():
    yield
    gin.clear_config()


def checked(bindings, files=(), skip=False):
    read = gin_files.read(files, bindings)
    gin_settings.check_bindings(read, skip)
    return read


@pytest.mark.parametrize(
    ("binding", "nearest"),
    [
        ("Trainer.num_udpates = 1", "Trainer.num_updates"),
        ("Trianer.num_updates = 1", "Trainer.num_updates"),
        ("train/EpisodeDescriptionConfig.min_way = 5", "min_ways"),
        ("Benchmark.train_datasets = 'dtd'", "benchmark.train_datasets"),
        ("Trainer.data_config = @DataConfg()", "DataConfig"),
    ],
)
def test_a_wrong_name_is_shown_with_the_nearest_valid_one(binding, nearest):
    with pytest.raises(UsageError, match=f"Nearest valid: .*{nearest}") as raised:
        checked([binding])
    assert binding.split(" = ")[0] in str(raised.value)
    assert raised.value.exit_code == 2


def test_a_wrong_name_in_a_file_has_its_line(tmp_path):
    mine = tmp_path / "mine.gin"
    mine.write_text("\n\nTrainer.foo = 1\n")
    with pytest.raises(UsageError, match=r"mine\.gin, line 3") as raised:
        checked([], [str(mine)])
    assert "It has: batch_size, " in str(raised.value)


@pytest.mark.parametrize(
    ("binding", "words"),
    [
        ("Trainer.num_updates = 'a'", "a whole number"),
        ("Trainer.num_updates = True", "a whole number"),
        ("Trainer.learning_rate = '1e-3'", "a number"),
        ("Trainer.learning_rate = 1e999", "a number"),
        ("Trainer.decay_learning_rate = 'no'", "True or False"),
        ("Trainer.pretrained_source = 3", "a text in quotes"),
        ("train/EpisodeDescriptionConfig.num_ways = 'a'", "a whole number or None"),
        ("EpisodeDescriptionConfig.num_support = (1,)", "a pair of whole numbers"),
    ],
)
def test_a_value_of_the_wrong_kind_is_shown_with_the_right_one(binding, words):
    with pytest.raises(UsageError, match=f"must be .*{words}") as raised:
        checked([binding])
    assert f"Wrong binding {binding.split(' = ')[0]} = " in str(raised.value)


def test_a_wrong_value_of_a_macro_is_found():
    with pytest.raises(UsageError, match="Trainer.decay_rate = 'fast' .* a number"):
        checked(["speed = 'fast'", "decay = %speed", "Trainer.decay_rate = %decay"])


@pytest.mark.parametrize("path", sorted(gin_files.GIN_FOLDER.glob("*/*.gin")), ids=str)
def test_the_published_values_are_of_the_right_kind(path):
    checked([], [str(path)], skip=True)


def test_an_undefined_macro_is_named():
    with pytest.raises(UsageError, match=r"%decay is not defined.*%|decai"):
        checked(["decai = 1", "Trainer.decay_rate = %decay"])


def test_macros_and_scopes_are_no_configurables():
    checked(["decay = 0.5", "Trainer.decay_rate = %decay"])
    checked(["some/scope/Trainer.decay_rate = 0.5"])


def test_unknown_names_pass_where_they_may_be_registered_later():
    checked(["Unknown.x = 1", "Trainer.data_config = @Other()"], skip=True)
    with pytest.raises(UsageError, match="num_udpates"):
        checked(["Unknown.x = 1", "Trainer.num_udpates = 1"], skip=True)


@pytest.fixture
def planned(monkeypatch):
    """Makes one learner a planned one, whatever is here by now."""
    monkeypatch.setattr(gin_settings, "PLANNED", frozenset({"FutureLearner"}))
    monkeypatch.setattr(registry, "PLANNED_LEARNERS", {"Future": "FutureLearner"})
    return [
        NAME,
        "Trainer.train_learner_class = 'Future'",
        "FutureLearner.alpha = 1",
        "Trainer.eval_learner_class = 'Future'",
    ]


def test_planned_learners_do_not_mask_the_message_about_themselves(planned):
    read = gin_files.read([PROTOTYPICAL], planned)
    future = [binding for binding in read if binding.selector == "FutureLearner"]
    gin_settings.check_bindings(future, gin_settings.PLANNED)
    gin_settings.check_bindings(read, skip=True)
    gin_settings.check_required(read)
    with pytest.raises(UsageError, match="'Future' is published but not available"):
        gin_settings.check_available(gin_settings.trainer_values(read))


def test_bindings_of_planned_learners_are_skipped(planned):
    gin_settings.parse([], planned)
    assert gin.query_parameter("Trainer.experiment_name") == "x"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("'Prototypical'", "learner 'Prototypical' is unknown"),
        ("3", "train_learner_class must be a name"),
        ("@PrototypicalNetLearner", "learner 'PrototypicalNetLearner' is unknown"),
    ],
)
def test_a_learner_that_is_not_there_is_named(name, problem):
    read = checked(
        [NAME, f"Trainer.train_learner_class = {name}"], [PROTOTYPICAL], True
    )
    with pytest.raises(UsageError, match=problem):
        gin_settings.check_available(gin_settings.trainer_values(read))


def test_learners_may_be_references():
    binding = "Trainer.train_learner_class = @PrototypicalNetworkLearner"
    read = checked([NAME, binding], [PROTOTYPICAL], True)
    gin_settings.check_available(gin_settings.trainer_values(read))


def test_a_backbone_that_is_not_there_is_named():
    read = checked(
        [NAME, "Trainer.embedding_network = 'wide_rsnet'"], [PROTOTYPICAL], True
    )
    with pytest.raises(UsageError, match="wide_rsnet"):
        gin_settings.check_available(gin_settings.trainer_values(read))


def test_the_experiment_name_is_asked_for():
    with pytest.raises(UsageError, match="Trainer.experiment_name is not bound") as it:
        gin_settings.check_required(gin_files.read([PROTOTYPICAL], []))
    assert "means nothing" not in str(it.value)
    with pytest.raises(UsageError, match="Trainer.experiment_nam is bound"):
        gin_settings.check_required(
            gin_files.read([PROTOTYPICAL], ["Trainer.experiment_nam = 'x'"])
        )


def test_a_command_line_without_files_is_told_what_is_missing():
    with pytest.raises(UsageError, match="Trainer.train_learner_class.*--gin_config"):
        gin_settings.check_required(gin_files.read([], [NAME]))


def test_gin_gets_the_settings(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    gin_settings.parse(
        ["meta_dataset/learn/gin/setups/all_datasets.gin"],
        ["benchmark.eval_datasets = 'dtd'", "Trainer.seed = 3"],
    )
    benchmark = BenchmarkSettings()
    assert benchmark.train_datasets.startswith("ilsvrc_2012,aircraft")
    assert benchmark.eval_datasets == "dtd"
    gin_settings.parse([], [])
    assert BenchmarkSettings().train_datasets == ""


def test_every_parameter_of_a_configurable_is_known():
    known = gin_settings.configurables()
    assert "seed" in known["meta_dataset.Trainer"]
    assert set(known["meta_dataset.benchmark"]) == {
        "train_datasets",
        "eval_datasets",
        "restrict_classes",
        "restrict_num_per_class",
    }
