import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.data.augmentation import DataAugmentation
from meta_dataset.setting_kinds import SettingError

IMAGES = tf.constant(np.random.RandomState(0).rand(40, 9, 9, 3).astype(np.float32))


@pytest.mark.parametrize(
    "inert",
    [
        DataAugmentation(),
        DataAugmentation(True, 0, True, 0.0),
        DataAugmentation(False, 3, False, 1.0),
    ],
)
def test_amounts_of_zero_do_no_work(inert):
    assert inert(IMAGES) is IMAGES


def test_noise_has_its_standard_deviation():
    noise = DataAugmentation(False, 0, True, 0.3)(IMAGES, [1, 2]) - IMAGES
    assert np.std(noise) == pytest.approx(0.3, rel=0.05)
    assert np.mean(noise) == pytest.approx(0, abs=0.02)


def test_jitter_crops_an_image_padded_by_reflection():
    amount = 2
    shifted = DataAugmentation(True, amount)(IMAGES, [1, 2]).numpy()
    sides = [(amount, amount), (amount, amount), (0, 0)]
    corners = []
    for image, got in zip(IMAGES.numpy(), shifted, strict=True):
        padded = np.pad(image, sides, mode="reflect")
        matches = [
            (y, x)
            for y in range(2 * amount + 1)
            for x in range(2 * amount + 1)
            if np.array_equal(padded[y : y + 9, x : x + 9], got)
        ]
        assert len(matches) == 1
        corners += matches
    for places in zip(*corners, strict=True):
        assert set(places) == set(range(2 * amount + 1))


def test_seeds_fix_what_is_random_and_none_varies():
    both = DataAugmentation(True, 2, True, 0.1)
    assert np.array_equal(both(IMAGES, [1, 2]), both(IMAGES, [1, 2]))
    assert not np.array_equal(both(IMAGES, [1, 2]), both(IMAGES, [1, 3]))
    assert not np.array_equal(both(IMAGES), both(IMAGES))


def test_works_on_no_images_in_a_graph_of_unknown_shape():
    @tf.function(input_signature=[tf.TensorSpec([None, 9, 9, 3])])
    def traced(images):
        return DataAugmentation(True, 2, True, 0.1)(images, [1, 2])

    assert traced(IMAGES[:0]).shape == (0, 9, 9, 3)
    assert np.array_equal(
        traced(IMAGES), DataAugmentation(True, 2, True, 0.1)(IMAGES, [1, 2])
    )


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"jitter_amount": 1.5}, "jitter_amount = 1.5: it must be a whole number"),
        ({"gaussian_noise_std": "a"}, "gaussian_noise_std = 'a': it must be a number"),
        ({"gaussian_noise_std": -0.1}, "at least 0"),
        ({"enable_jitter": "yes"}, "enable_jitter = 'yes': it must be True or False"),
    ],
)
def test_settings_that_cannot_be(settings, problem):
    with pytest.raises(SettingError, match=problem):
        DataAugmentation(**settings)


def test_images_cannot_be_shifted_by_their_height():
    assert DataAugmentation(True, 8)(IMAGES, [1, 2]).shape == IMAGES.shape
    with pytest.raises(SettingError, match="jitter_amount = 9: .* 9 pixels"):
        DataAugmentation(True, 9)(IMAGES, [1, 2])
