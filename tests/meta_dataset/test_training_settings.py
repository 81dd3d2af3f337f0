import pytest

from meta_dataset import training_settings
from meta_dataset.errors import UsageError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_updates", -1),
        ("num_updates", 1.5),
        ("log_every", 0),
        ("validate_every", True),
        ("batch_size", "64"),
        ("learning_rate", 0),
        ("learning_rate", float("nan")),
        ("decay_rate", "0.5"),
        ("experiment_name", ""),
        ("experiment_name", 3),
        ("checkpoint_to_restore", 3),
        ("seed", -1),
    ],
)
def test_a_value_out_of_range_is_named(name, value):
    with pytest.raises(UsageError, match=f"Trainer.{name} must be"):
        training_settings.check({name: value})


def test_sensible_values_pass():
    training_settings.check(
        {"num_updates": 0, "log_every": 1, "learning_rate": 1, "seed": 3}
    )
    training_settings.check({"checkpoint_to_restore": None})
    training_settings.check({})


def test_required_are_those_without_a_default():
    assert set(training_settings.REQUIRED) == {
        "experiment_name",
        "train_learner_class",
        "eval_learner_class",
        "embedding_network",
        "train_episode_config",
        "eval_episode_config",
        "data_config",
    }


def test_dataset_names_are_split_at_commas():
    assert training_settings.dataset_names("") == ()
    assert training_settings.dataset_names("a, b,,a") == ("a", "b")
