import numpy as np
import pytest

from meta_dataset import evaluation
from meta_dataset.evaluation import EpisodeResult


def test_the_published_example():
    score = evaluation.score([0.5, 0.25, 0.75, 1.0])
    assert score.accuracy == 0.625
    assert score.interval == pytest.approx(0.273917, abs=2e-6)
    assert score.num_episodes == 4


def test_one_episode_has_no_spread():
    assert evaluation.score([0.4]) == (0.4, 0.0, 1)


def test_no_episode_has_no_score():
    with pytest.raises(ValueError, match="at least one"):
        evaluation.score([])


def test_exactly_as_many_episodes_are_taken():
    episodes = iter([0.0, 1.0, 0.5, 0.25])
    assert evaluation.evaluate(episodes, float, 2).accuracy == 0.5
    assert next(episodes) == 0.5


def test_it_can_be_told_to_stop():
    stops = iter([False, True])
    episodes = iter([0.0, 1.0])
    assert evaluation.evaluate(episodes, float, 2, lambda: next(stops)) is None
    assert list(episodes) == [1.0]


def test_too_few_episodes_are_an_error():
    with pytest.raises(ValueError, match="3 episodes were asked for, 1 came"):
        evaluation.evaluate([0.5], float, 3)


def test_the_support_set_is_described_by_class():
    labels = np.array([1, 0, 1, 2, 1])
    class_ids = np.array([70, 40, 70, 10, 70])
    shots, ids = evaluation.describe_support(labels, class_ids)
    assert shots.tolist() == [1, 3, 1]
    assert ids.tolist() == [40, 70, 10]
    assert shots.dtype == ids.dtype == np.int32


def test_summaries_have_the_published_tags():
    result = EpisodeResult(
        1.0,
        np.array([3, 1], np.int32),
        np.array([7, 4], np.int32),
        np.zeros((5, 2), np.float32),
        np.zeros(5, np.int32),
    )
    scalars, arrays = evaluation.episode_summaries("test", result)
    assert scalars == {"test_way": 2.0}
    assert {tag: array.shape for tag, array in arrays.items()} == {
        "test_shots": (2,),
        "test_class_ids": (2,),
        "test_test_logits": (5, 2),
        "test_test_targets": (5,),
    }
