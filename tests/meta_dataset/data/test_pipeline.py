import gin
import numpy as np
import pytest

from meta_dataset.data import pipeline, sampling
from meta_dataset.data.config import DataConfig, EpisodeDescriptionConfig
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import RecordError, UsageError

BINDINGS = """
process_episode.support_decoder = @support/ImageDecoder()
process_episode.query_decoder = @query/ImageDecoder()
process_batch.batch_decoder = @batch/ImageDecoder()
support/ImageDecoder.data_augmentation = @support/DataAugmentation()
support/DataAugmentation.enable_jitter = True
support/DataAugmentation.jitter_amount = 0
support/DataAugmentation.enable_gaussian_noise = True
support/DataAugmentation.gaussian_noise_std = 0.0
query/ImageDecoder.data_augmentation = @query/DataAugmentation()
batch/ImageDecoder.data_augmentation = @batch/DataAugmentation()
"""
CONFIG = DataConfig(image_height=8)
SIZES = {Split.TRAIN: [4, 5, 6, 7, 8, 9], Split.VALID: [10, 11, 12, 13, 14]}


@pytest.fixture(autouse=True)
def settings():
    gin.clear_config()
    gin.parse_config(BINDINGS)
    yield
    gin.clear_config()


@pytest.fixture
def spec(make_dataset):
    return make_dataset("toy", SIZES)


def episode_source(spec, split=Split.VALID, **settings):
    return pipeline.EpisodeSource(spec, split, EpisodeDescriptionConfig(**settings))


def episodes(sources, **arguments):
    dataset = pipeline.episode_dataset(sources, CONFIG, **arguments)
    return [
        (type(e)(*(np.asarray(part) for part in e)), int(source))
        for e, source in pipeline.iterate(dataset)
    ]


def test_an_episode_has_the_published_form(spec, shades):
    for episode, source in episodes([episode_source(spec)], seed=1, count=5):
        assert source == 0
        support, query = len(episode.support_labels), len(episode.query_labels)
        assert episode.support_images.shape == (support, 8, 8, 3)
        assert episode.query_images.shape == (query, 8, 8, 3)
        assert [part.dtype for part in episode] == [
            np.float32, np.int32, np.int32, np.float32, np.int32, np.int32
        ]  # fmt: skip
        assert np.all(np.diff(episode.support_labels) >= 0)
        assert np.unique(episode.support_labels).tolist() == list(range(5))
        table = dict(
            zip(episode.support_labels, episode.support_class_ids, strict=True)
        )
        assert len(set(table.values())) == 5 and set(table.values()) <= set(
            range(6, 11)
        )
        assert [table[i] for i in episode.query_labels] == list(episode.query_class_ids)
        # Every image is one of its class, and none is there twice.
        for images, ids in (
            (episode.support_images, episode.support_class_ids),
            (episode.query_images, episode.query_class_ids),
        ):
            numbers = (shades(images) - 16 * ids) % 256
            assert np.all(numbers < 4 + ids)
        both = np.concatenate([episode.support_images, episode.query_images])
        ids = np.concatenate([episode.support_class_ids, episode.query_class_ids])
        pairs = list(zip(ids.tolist(), shades(both).tolist(), strict=True))
        assert len(set(pairs)) == len(pairs)


def test_goes_on_where_another_run_stopped(make_dataset, spec):
    sources = [
        episode_source(spec, Split.TRAIN, min_ways=3),
        episode_source(make_dataset("other", SIZES), Split.TRAIN),
    ]
    whole = episodes(sources, seed=5, count=8)
    rest = episodes(sources, seed=5, first=5, count=3)
    for (a, source_a), (b, source_b) in zip(whole[5:], rest, strict=True):
        assert source_a == source_b
        for x, y in zip(a, b, strict=True):
            assert np.array_equal(x, y)
    assert {source for _, source in whole} == {0, 1}


def test_noise_too_is_a_function_of_seed_and_number(spec):
    gin.bind_parameter("support/DataAugmentation.gaussian_noise_std", 0.1)
    gin.bind_parameter("support/DataAugmentation.jitter_amount", 2)
    source = episode_source(spec)
    (a, _), (b, _) = episodes([source], seed=5, first=3, count=2)
    ((c, _),) = episodes([source], seed=5, first=4, count=1)
    assert np.array_equal(b.support_images, c.support_images)
    assert b.support_images.std(axis=(1, 2, 3)).min() > 0.05
    assert b.query_images.std(axis=(1, 2, 3)).max() < 0.05
    assert not np.array_equal(a.support_images[0], b.support_images[0])


def test_nothing_tunes_itself_and_so_nothing_delays_the_end(spec):
    dataset = pipeline.episode_dataset([episode_source(spec)], CONFIG, seed=0)
    assert dataset.options().autotune.enabled is False


def test_without_decoders_examples_stay_strings(spec):
    gin.clear_config()
    ((episode, _),) = episodes([episode_source(spec)], seed=5, count=1)
    assert all(b"image" in example for example in episode.support_images)


def test_empty_query_set(spec):
    ((episode, _),) = episodes(
        [episode_source(spec, num_ways=5, num_support=2, num_query=0)], seed=5, count=1
    )
    assert episode.query_images.shape == (0, 8, 8, 3)
    assert episode.support_images.shape == (10, 8, 8, 3)


def test_missing_records_are_found_at_construction(spec, tmp_path):
    with pytest.raises(RecordError, match="does not exist"):
        pipeline.episode_dataset(
            [episode_source(spec._replace(path=str(tmp_path / "none")))], CONFIG, seed=0
        )
    (tmp_path / "records" / "toy" / "8.tfrecords").unlink()
    with pytest.raises(RecordError, match=r"8\.tfrecords is missing"):
        pipeline.episode_dataset([episode_source(spec)], CONFIG, seed=0)
    # The classes of another split do not matter.
    pipeline.episode_dataset([episode_source(spec, Split.TRAIN)], CONFIG, seed=0)


def test_damage_met_while_reading_comes_out_as_it_is(spec, tmp_path):
    for class_id in range(6, 11):
        path = tmp_path / "records" / "toy" / f"{class_id}.tfrecords"
        content = bytearray(path.read_bytes())
        content[-5] ^= 1
        path.write_bytes(content)
    with pytest.raises(RecordError, match=r"\d\.tfrecords.*byte \d+ is damaged"):
        episodes([episode_source(spec)], seed=5, count=50)


def test_batches_take_every_image_once(spec, shades):
    dataset = pipeline.batch_dataset([spec], Split.TRAIN, 16, CONFIG, seed=1, count=3)
    batches = list(pipeline.iterate(dataset))
    assert [len(b.labels) for b, _ in batches] == [16, 16, 7]  # 39 images
    images = np.concatenate([b.images for b, _ in batches])
    labels = np.concatenate([b.labels for b, _ in batches])
    assert images.shape == (39, 8, 8, 3) and labels.dtype == np.int32
    assert images.dtype == np.float32
    assert np.bincount(labels).tolist() == SIZES[Split.TRAIN]
    numbers = (shades(images) - 16 * labels) % 256
    assert all(sorted(numbers[labels == c]) == list(range(4 + c)) for c in range(6))


def test_batches_of_several_sources_need_a_word_on_labels(make_dataset, spec):
    sources = [spec, make_dataset("other", SIZES)]
    with pytest.raises(
        UsageError, match="BatchSplitReaderGetReader.add_dataset_offset"
    ):
        pipeline.batch_dataset(sources, Split.TRAIN, 8, CONFIG, seed=1)
    gin.bind_parameter("BatchSplitReaderGetReader.add_dataset_offset", True)
    dataset = pipeline.batch_dataset(sources, Split.TRAIN, 8, CONFIG, seed=1, count=30)
    seen = {0: set(), 1: set()}
    for batch, source in dataset:
        seen[int(source)] |= set(batch.labels.numpy().tolist())
    assert seen == {0: set(range(6)), 1: set(range(6, 12))}
    assert pipeline.dataset_offsets(sources, Split.TRAIN, False) == [0, 0]


def test_batches_go_on_where_another_run_stopped(make_dataset, spec):
    sources = [spec, make_dataset("other", SIZES)]

    def labels(**arguments):
        dataset = pipeline.batch_dataset(
            sources,
            Split.TRAIN,
            8,
            CONFIG,
            seed=9,
            add_dataset_offset=True,
            **arguments,
        )
        return [batch.labels.numpy().tolist() for batch, _ in dataset]

    assert labels(count=12)[7:] == labels(first=7, count=5)


def test_published_entrances(make_dataset, spec, monkeypatch):
    other = make_dataset("other", SIZES)
    config = EpisodeDescriptionConfig()

    def first(dataset):
        element, source = next(iter(dataset))
        return [np.asarray(part) for part in element], int(source)

    def one_source():
        monkeypatch.setattr(sampling, "RNG", np.random.RandomState(3))
        return first(
            pipeline.make_one_source_episode_pipeline(
                spec, False, False, Split.VALID, config,
                pool=None, shuffle_buffer_size=300, read_buffer_size_bytes=1 << 20,
                num_prefetch=4, image_size=10, num_to_take=4,
            )
        )  # fmt: skip

    episode, source = one_source()
    assert len(episode) == 6 and source == 0
    assert episode[0].shape[1:] == (10, 10, 3)
    assert np.array_equal(episode[0], one_source()[0][0])

    episode, source = first(
        pipeline.make_multisource_episode_pipeline(
            [spec, other], [False] * 2, [False] * 2, Split.VALID, config,
            image_size=10, source_sampling_seed=1,
        )
    )  # fmt: skip
    assert source in (0, 1)
    (images, labels), _ = first(
        pipeline.make_one_source_batch_pipeline(spec, Split.TRAIN, 5, image_size=10)
    )
    assert images.shape == (5, 10, 10, 3) and labels.shape == (5,)
    (images, _), _ = first(
        pipeline.make_multisource_batch_pipeline(
            [spec, other], Split.TRAIN, 5, True, image_size=10, num_to_take=[2, 3]
        )
    )
    assert images.shape == (5, 10, 10, 3)
    with pytest.raises(UsageError, match="image_height"):
        pipeline.make_one_source_batch_pipeline(spec, Split.TRAIN, 5)
    with pytest.raises(UsageError, match="simclr_episode_fraction"):
        pipeline.make_one_source_episode_pipeline(
            spec, False, False, Split.VALID, config, simclr_episode_fraction=0.5
        )
    with pytest.raises(NotImplementedError, match="pool"):
        pipeline.make_one_source_batch_pipeline(spec, Split.TRAIN, 5, pool="train")
    with pytest.raises(NotImplementedError, match="pool"):
        pipeline.make_one_source_episode_pipeline(
            spec, False, False, Split.VALID, config, pool="train"
        )


def test_labels_of_all_published_datasets(load_published_spec):
    names = "ilsvrc_2012 aircraft cu_birds omniglot quickdraw vgg_flower dtd fungi"
    specs = [load_published_spec(name) for name in names.split()]
    offsets = pipeline.dataset_offsets(specs, Split.TRAIN, True)
    assert offsets == [0, 712, 782, 922, 1805, 2046, 2117, 2150]
    assert offsets[-1] + len(specs[-1].get_classes(Split.TRAIN)) == 3144
