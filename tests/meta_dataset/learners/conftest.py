"""Episodes and the oracle: what the published code computes on fixed inputs."""

import importlib.util
import json
import os
import zlib
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.backbones.parameters import flatten, unflatten
from meta_dataset.data.episodes import Batch, Episode

REPOSITORY = Path(__file__).parents[3]
ORACLE = REPOSITORY / "tests/data/oracle"
SHARED = Path(os.environ.get("MDTUI_SHARED", REPOSITORY.parent / "shared"))


def make_episode(support_images, support_labels, query_images, query_labels):
    support_labels = tf.constant(support_labels, tf.int32)
    query_labels = tf.constant(query_labels, tf.int32)
    return Episode(
        tf.constant(support_images, tf.float32),
        support_labels,
        support_labels,
        tf.constant(query_images, tf.float32),
        query_labels,
        query_labels,
    )


@pytest.fixture(scope="session")
def episode_of():
    """(support images, support labels, query images, query labels) -> Episode."""
    return make_episode


@pytest.fixture(scope="session")
def batch_of():
    return lambda images, labels: Batch(
        tf.constant(images, tf.float32), tf.constant(labels, tf.int32)
    )


@pytest.fixture(scope="session")
def random_episode():
    """(shots of each class, queries a class, height) -> a lopsided random episode."""

    def make(shots=(1, 3, 2), queries=2, height=16, seed=0):
        rng = np.random.default_rng(seed)
        support_labels = np.repeat(np.arange(len(shots)), shots)
        query_labels = np.repeat(np.arange(len(shots)), queries)

        def images(labels):
            noise = rng.uniform(-1, 1, (len(labels), height, height, 3))
            return np.clip(noise + 0.3 * labels[:, None, None, None] - 0.3, -1, 1)

        return make_episode(
            images(support_labels), support_labels, images(query_labels), query_labels
        )

    return make


class Identity:
    """A backbone whose images are embeddings already; for examples on paper."""

    name = "identity"

    def init(self, seed):
        del seed
        return {"identity": {}}

    def num_features(self, image_height):
        return image_height

    def embed(self, params, images, moments=None):
        del params
        return images, moments

    embed_maps = embed


@pytest.fixture(scope="session")
def identity():
    return Identity()


class Oracle:
    """Inputs, weights and expected outputs; see tests/data/oracle/README.md."""

    def __init__(self):
        spec = importlib.util.spec_from_file_location("weights", ORACLE / "weights.py")
        self.weights = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.weights)
        self.arrays = np.load(ORACLE / "expected.npz")
        self.scalars = json.loads((ORACLE / "expected.json").read_text())
        self.variables = json.loads((ORACLE / "variables.json").read_text())
        self.checkpoint = str(ORACLE / "reference_ckpt/model_1000.ckpt")

    def episode(self, name):
        path = ORACLE / f"{name}.npz"
        if not path.exists():
            path = SHARED / f"data/oracle/{name}.npz"
        if not path.exists():
            pytest.skip(f"{name}.npz is not here: set MDTUI_SHARED")
        with np.load(path) as data:
            return make_episode(
                self.weights.to_float(data["support_images"]),
                data["support_labels"],
                self.weights.to_float(data["query_images"]),
                data["query_labels"],
            )

    def batch(self, name):
        episode = self.episode(name)
        labels = tf.concat([episode.support_labels, episode.query_labels], 0)
        images = tf.concat([episode.support_images, episode.query_images], 0)
        return Batch(images, (labels * 13 + 5) % 64)

    def values(self, params):
        """The same nesting with the oracle's weights."""
        flat = flatten(params)
        return unflatten(
            {
                name: tf.constant(self.weights.value(name, leaf.shape))
                for name, leaf in flat.items()
            }
        )

    def variable_shapes(self, configuration, which="saved_in_training"):
        """{name: shape} but for the step and the optimiser's own; April 2020's.

        Where April 2020 was not asked, those of the newest published code.
        """
        revisions = self.variables["configurations"][configuration]
        listed = revisions.get("april", revisions["main"])[which]
        return {
            name: tuple(shape)
            for name, shape, _ in self.variables["lists"][listed.removeprefix("@")]
            if name not in ("global_step", "beta1_power", "beta2_power")
        }

    @staticmethod
    def projection(name, gradient):
        rng = np.random.RandomState(zlib.crc32(f"grad/{name}".encode()))
        return np.sum(rng.standard_normal(gradient.shape) * gradient)

    @staticmethod
    def deviation(logits, expected):
        """d: largest difference over the deviation of the expected logits."""
        return np.abs(logits - expected).max() / expected.std()


@pytest.fixture(scope="session")
def oracle():
    return Oracle()
