import dataclasses
import math

import gin
import pytest

from meta_dataset.data.config import DataConfig, EpisodeDescriptionConfig
from meta_dataset.errors import UsageError


@pytest.fixture(autouse=True)
def clean_gin():
    gin.clear_config()
    yield
    gin.clear_config()


# The order in which published code passes them by position.
PUBLISHED_ORDER = [
    "num_ways",
    "num_support",
    "num_query",
    "min_ways",
    "max_ways_upper_bound",
    "max_num_query",
    "max_support_set_size",
    "max_support_size_contrib_per_class",
    "min_log_weight",
    "max_log_weight",
    "ignore_dag_ontology",
    "ignore_bilevel_ontology",
    "ignore_hierarchy_probability",
    "simclr_episode_fraction",
    "min_examples_in_class",
    "num_unique_descriptions",
]


def test_fields_have_the_published_order():
    names = [field.name for field in dataclasses.fields(EpisodeDescriptionConfig)]
    assert names == PUBLISHED_ORDER
    names = [field.name for field in dataclasses.fields(DataConfig)]
    assert names[:4] == [
        "image_height",
        "shuffle_buffer_size",
        "read_buffer_size_bytes",
        "num_prefetch",
    ]


def test_defaults_are_the_shipped_values():
    config = EpisodeDescriptionConfig()
    assert (config.num_ways, config.num_support, config.num_query) == (None,) * 3
    assert (config.min_ways, config.max_ways, config.max_query) == (5, 50, 10)
    assert config.max_support is None
    assert (config.max_support_set_size, config.min_examples_in_class) == (500, 0)
    assert math.isclose(config.max_log_weight, math.log(2))
    data = DataConfig()
    assert (data.image_height, data.shuffle_buffer_size) == (84, 1000)
    assert (data.read_buffer_size_bytes, data.num_prefetch) == (1048576, 64)


def test_bounds_of_fixed_numbers():
    config = EpisodeDescriptionConfig(num_ways=5, num_support=(2, 7), num_query=0)
    assert (config.max_ways, config.max_support, config.max_query) == (5, 7, 0)


VARIABLE_SUPPORT = [
    "max_support_set_size",
    "max_support_size_contrib_per_class",
    "min_log_weight",
    "max_log_weight",
]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, ["min_ways", "max_ways_upper_bound", "max_num_query", *VARIABLE_SUPPORT]),
        (
            {"num_support": 5, "num_query": 15},
            ["min_ways", "max_ways_upper_bound"],
        ),
        ({"num_ways": 5, "num_support": 5}, ["max_num_query"]),
        ({"num_ways": 5, "num_query": 0}, VARIABLE_SUPPORT),
        ({"num_ways": 5, "num_support": 5, "num_query": 15}, []),
    ],
)
def test_missing_fields_are_named(given, missing):
    nothing = dict.fromkeys(
        ["min_ways", "max_ways_upper_bound", "max_num_query", *VARIABLE_SUPPORT]
    )
    if not missing:
        EpisodeDescriptionConfig(**nothing | given)
        return
    with pytest.raises(RuntimeError) as caught:
        EpisodeDescriptionConfig(**nothing | given)
    assert f"lacks {', '.join(missing)}:" in str(caught.value)
    assert isinstance(caught.value, UsageError)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"min_ways": 60}, r"min_ways \(60\) is larger"),
        ({"ignore_hierarchy_probability": -0.1}, "from 0 to 1"),
        ({"simclr_episode_fraction": 0.5}, "simclr_episode_fraction"),
        ({"num_support": (5, 2)}, "num_support"),
        ({"num_support": 0}, "num_support"),
        (
            {"num_support": "5"},
            "num_support = '5': it must be a whole number or a pair",
        ),
        ({"num_ways": "a"}, "num_ways = 'a': it must be a whole number or None"),
        ({"num_ways": 0}, "num_ways = 0: it must be at least 1"),
        ({"num_query": -2}, "num_query = -2: it must be at least 0"),
        ({"max_support_set_size": -3}, "max_support_set_size = -3"),
        ({"min_log_weight": "a"}, "min_log_weight = 'a': it must be a number"),
        ({"min_log_weight": 1.0}, r"min_log_weight \(1.0\) is larger"),
    ],
)
def test_settings_that_cannot_be(settings, complaint):
    with pytest.raises(UsageError, match=complaint):
        EpisodeDescriptionConfig(**settings)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"reader": "fast"}, "'fast': give one of .*indexed"),
        ({"image_height": 0}, "image_height = 0: it must be at least 1"),
        ({"image_height": 84.5}, "image_height = 84.5: it must be a whole number"),
        ({"image_height": None}, "image_height = None: it must be a whole number"),
        ({"shuffle_buffer_size": -1}, "shuffle_buffer_size = -1"),
        ({"eval_dumped_episodes_dir": "/episodes"}, "dumped"),
    ],
)
def test_data_settings_that_cannot_be(settings, complaint):
    with pytest.raises(UsageError, match=complaint):
        DataConfig(**settings)


@gin.configurable
def settings_of_a_trainer(train=None, evaluation=None, data=None):
    return train, evaluation, data


def test_gin_binds_scopes():
    gin.parse_config(
        """
        settings_of_a_trainer.train = @train/EpisodeDescriptionConfig()
        settings_of_a_trainer.evaluation = @EpisodeDescriptionConfig()
        settings_of_a_trainer.data = @DataConfig()
        DataConfig.image_height = 126
        DataConfig.reader = 'stream'
        EpisodeDescriptionConfig.max_num_query = 7
        train/EpisodeDescriptionConfig.num_ways = 20
        """
    )
    train, evaluation, data = settings_of_a_trainer()
    assert (train.num_ways, train.max_num_query) == (20, 7)
    assert (evaluation.num_ways, evaluation.max_num_query) == (None, 7)
    assert (data.image_height, data.reader) == (126, "stream")


def test_a_gin_binding_of_none_is_missed():
    gin.parse_config("EpisodeDescriptionConfig.min_ways = None")
    with pytest.raises(RuntimeError, match="lacks min_ways"):
        EpisodeDescriptionConfig()


def test_positional_arguments_win_over_bindings():
    gin.parse_config("EpisodeDescriptionConfig.num_ways = 7")
    assert EpisodeDescriptionConfig(5).num_ways == 5


def test_settings_are_values():
    assert EpisodeDescriptionConfig(num_ways=5) == EpisodeDescriptionConfig(num_ways=5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        DataConfig().image_height = 5
