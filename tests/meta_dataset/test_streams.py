import dataclasses

import pytest
import tensorflow as tf

from meta_dataset import streams
from meta_dataset.data.episodes import Batch
from meta_dataset.errors import UsageError
from meta_dataset.training_settings import TrainerSettings

SETTINGS = TrainerSettings(
    experiment_name="x",
    train_learner_class="PrototypicalNet",
    eval_learner_class="PrototypicalNet",
    embedding_network="resnet",
    train_episode_config=None,
    eval_episode_config=None,
    data_config=None,
    validate_every=3,
    log_every=2,
    num_eval_episodes=10,
    seed=7,
)


@pytest.fixture
def asked(monkeypatch):
    """What a pipeline of episodes was asked for."""
    found = {}
    monkeypatch.setattr(
        streams.pipeline, "episode_dataset", lambda *_, **options: found.update(options)
    )
    return found


@pytest.mark.parametrize(
    ("step", "done"),
    # One at 0; the one at the step itself is repeated.
    [(0, 0), (1, 1), (2, 1), (3, 1), (4, 2), (6, 2), (7, 3)],
)
def test_a_validation_goes_on_behind_those_that_were_done(asked, step, done):
    streams.validation(SETTINGS, [], step)
    assert asked["first"] == 10 * done


@pytest.mark.parametrize(("step", "lines"), [(0, 0), (1, 0), (2, 1), (5, 2)])
def test_log_lines_take_one_episode_each(asked, step, lines):
    streams.logged(SETTINGS, [], step)
    assert asked["first"] == lines


def test_no_two_streams_of_a_run_share_episodes(asked):
    seeds = {SETTINGS.seed}
    for draw in (
        lambda settings: streams.validation(settings, [], 0),
        lambda settings: streams.logged(settings, [], 0),
        lambda settings: streams.evaluation(settings, []),
    ):
        for seed in (7, 8):
            draw(dataclasses.replace(SETTINGS, seed=seed))
            seeds.add(asked["seed"])
    assert len(seeds) == 7
    assert asked["count"] == 10


def test_what_makes_no_images_is_named():
    strings = tf.data.Dataset.from_tensors(((["a"], [0]), 0))
    with pytest.raises(UsageError, match="process_batch.batch_decoder"):
        _ = streams.Stream(strings, Batch).element_spec
