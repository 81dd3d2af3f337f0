import base64
import json
from pathlib import Path

import gin
import numpy as np
import pytest
import tensorflow as tf

from meta_dataset import tfrecord
from meta_dataset.data import decoder
from meta_dataset.data.decoder import (
    DataAugmentation,
    FeatureDecoder,
    ImageDecoder,
    StringDecoder,
)
from meta_dataset.errors import UsageError

# What the published code made of three JPEG files: see the README of that folder.
ORACLE = Path(__file__).parents[2] / "data" / "oracle" / "decoder.json"
IMAGES = json.loads(ORACLE.read_text())["images"]


def example_of(image: dict) -> bytes:
    encoded = base64.b64decode(image["jpeg_base64"])
    return tfrecord.encode_example({"image": encoded, "label": 1})


@pytest.mark.parametrize("size", ["84", "126"])
@pytest.mark.parametrize("image", IMAGES, ids=lambda i: f"{i['height']}x{i['width']}")
def test_pixels_are_those_of_the_published_code(image, size):
    expected = image["sizes"][size]
    pixels = ImageDecoder(int(size))(tf.constant(example_of(image))).numpy()
    assert pixels.shape == (int(size), int(size), 3) and pixels.dtype == np.float32
    chosen = pixels.ravel()[expected["flat_index"]]
    np.testing.assert_allclose(chosen, expected["values"], rtol=0, atol=1e-6)
    for name in ("mean", "std", "min", "max"):
        got = getattr(pixels.astype(np.float64), name)()
        assert got == pytest.approx(expected[name], abs=1e-6)


def test_many_at_once_are_the_same_as_one_by_one():
    examples = tf.constant([example_of(image) for image in IMAGES])
    together = ImageDecoder(84).decode_all(examples)
    assert together.shape == (3, 84, 84, 3)
    for one, example in zip(together, examples, strict=True):
        assert np.array_equal(one, ImageDecoder(84)(example))
    assert ImageDecoder(84).decode_all(examples[:0]).shape == (0, 84, 84, 3)


@pytest.mark.parametrize(
    ("image", "height", "expected"),
    [
        ([[0, 100], [200, 40]], 3, [[0, 50, 100], [100, 85, 70], [200, 120, 40]]),
        (np.arange(25).reshape(5, 5), 3, [[0, 2, 4], [10, 12, 14], [20, 22, 24]]),
        ([[7]], 2, [[7, 7], [7, 7]]),
    ],
)
def test_corners_are_aligned(image, height, expected):
    for dtype in (np.uint8, np.float32):
        resized = decoder.resize(tf.constant(np.array(image, dtype)[..., None]), height)
        np.testing.assert_allclose(resized[..., 0], expected, atol=1e-5)


def test_columns_between_pixels():
    image = tf.constant(np.arange(25, dtype=np.float32).reshape(5, 5, 1))
    resized = decoder.resize(image, 4)
    np.testing.assert_allclose(resized[0, :, 0], [0, 4 / 3, 8 / 3, 4], atol=1e-5)


def test_png_and_bare_images_are_decoded_too():
    png = tf.io.encode_png(tf.zeros([5, 4, 3], tf.uint8)).numpy()
    example = tfrecord.encode_example({"image": png, "label": 0})
    assert np.all(ImageDecoder(6)(tf.constant(example)) == -1)
    bare = ImageDecoder(6, skip_tfexample_decoding=True)
    assert np.all(bare(tf.constant(png)) == -1)
    assert ImageDecoder()(tf.constant(example)).shape == (5, 4, 3)


def test_other_decoders():
    example = tf.constant(example_of(IMAGES[0]))
    encoded = base64.b64decode(IMAGES[0]["jpeg_base64"])
    assert StringDecoder()(example).numpy() == encoded
    assert StringDecoder().decode_all(example[None]).numpy().tolist() == [encoded]
    features = tf.constant(
        tfrecord.encode_example({"image/embedding": [0.5, 1.5], "image/class/label": 3})
    )
    assert FeatureDecoder(2)(features).numpy().tolist() == [0.5, 1.5]
    assert FeatureDecoder(2).decode_all(features[None]).shape == (1, 2)


def test_a_callable_on_one_example_is_a_decoder():
    examples = tf.constant([b"a", b"bcd"])
    lengths = decoder.decode(
        lambda e: tf.cast(tf.strings.length(e), tf.float32), examples, tf.zeros(2)
    )
    assert lengths.numpy().tolist() == [1, 3]
    assert decoder.decode(None, examples, tf.zeros(2)) is examples


def test_images_without_a_size_cannot_be_stacked():
    with pytest.raises(UsageError, match="image_height"):
        ImageDecoder().decode_all(tf.constant([b""]))


def test_settings_of_a_scope_make_a_decoder():
    gin.clear_config()
    gin.parse_config("""
        support/ImageDecoder.data_augmentation = @support/DataAugmentation()
        support/DataAugmentation.jitter_amount = 3
        DataAugmentation.enable_jitter = True
    """)
    with gin.config_scope("support"):
        made = ImageDecoder()
    with gin.config_scope("query"):
        other = ImageDecoder()
    gin.clear_config()
    assert made.data_augmentation == DataAugmentation(True, 3)
    assert other.data_augmentation is None
    sized = decoder.with_image_size(made, 20)
    assert (sized.image_size, sized.data_augmentation) == (20, made.data_augmentation)
    assert decoder.with_image_size(StringDecoder(), 20) == StringDecoder()


def test_the_log_says_what_is_done_to_images(caplog):
    caplog.set_level("INFO")
    augmentation = DataAugmentation(True, 3, True, 0.5)
    decoder.log_augmentation("support", ImageDecoder(84, augmentation))
    decoder.log_augmentation("query", ImageDecoder(84))
    assert [record.getMessage() for record in caplog.records] == [
        "support augmentations:",
        "enable_jitter: True",
        "jitter_amount: 3",
        "enable_gaussian_noise: True",
        "gaussian_noise_std: 0.5",
        "No data augmentation provided for query",
    ]


@pytest.mark.parametrize("size", [0, "84", 84.5])
def test_a_size_that_cannot_be(size):
    with pytest.raises(UsageError, match="ImageDecoder.image_size = .* it must be"):
        decoder.ImageDecoder(size)


def test_what_is_no_decoder_is_named():
    with pytest.raises(UsageError, match="'ImageDecoder' is no decoder.*process_batch"):
        decoder.decode("ImageDecoder", tf.constant([b""]), tf.constant([0, 0]))
