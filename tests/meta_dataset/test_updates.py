import numpy as np
import tensorflow as tf

from meta_dataset.backbones.convnet import FourLayerConvnet
from meta_dataset.data.episodes import Episode
from meta_dataset.learners.prototypical import PrototypicalNetworkLearner
from meta_dataset.training_state import TrainingState
from meta_dataset.updates import EpisodeEvaluation, Update

IMAGES = tf.TensorSpec([None, 16, 16, 3], tf.float32)
LABELS = tf.TensorSpec([None], tf.int32)
SPEC = Episode(IMAGES, LABELS, LABELS, IMAGES, LABELS, LABELS)


def episode(ways, shots, queries, seed=0):
    rng = np.random.default_rng(seed)

    def part(each):
        labels = np.repeat(np.arange(ways, dtype=np.int32), each)
        images = (
            rng.normal(0, 1, (len(labels), 16, 16, 3))
            + 0.2 * labels[:, None, None, None]
        )
        return (
            tf.constant(images, tf.float32),
            tf.constant(labels),
            tf.constant(labels + 10),
        )

    return Episode(*part(shots), *part(queries))


def test_episodes_of_all_sizes_share_one_trace():
    learner = PrototypicalNetworkLearner(FourLayerConvnet())
    state = TrainingState(learner.init(None, 0))
    update = Update(state, learner, SPEC)
    evaluate = EpisodeEvaluation(state.params, learner, SPEC)
    for ways, shots, queries in ((2, 1, 3), (5, 4, 1), (3, 2, 2)):
        data = episode(ways, shots, queries)
        expected = evaluate.loss_and_accuracy(data)
        # An update reports the loss that it started from.
        np.testing.assert_allclose(update(data, 1e-3), expected, rtol=1e-5)
        assert evaluate.accuracy(data) >= 0
    assert update.num_traces == 1
    assert evaluate.num_traces == 1
    assert state.step == 3


def test_updates_lower_the_loss():
    learner = PrototypicalNetworkLearner(FourLayerConvnet())
    state = TrainingState(learner.init(None, 0))
    update = Update(state, learner, SPEC)
    data = episode(3, 2, 2)
    losses = [update(data, 1e-3)[0] for _ in range(10)]
    assert losses[-1] < losses[0] / 2


def test_a_result_keeps_what_summaries_need():
    learner = PrototypicalNetworkLearner(FourLayerConvnet())
    state = TrainingState(learner.init(None, 0))
    result = EpisodeEvaluation(state.params, learner, SPEC).result(episode(3, 2, 4))
    assert result.shots.tolist() == [2, 2, 2]
    assert result.class_ids.tolist() == [10, 11, 12]
    assert result.logits.shape == (12, 3)
    assert result.logits.dtype == np.float32
    hits = result.logits.argmax(1) == result.targets
    np.testing.assert_allclose(result.accuracy, hits.mean(), rtol=1e-6)
