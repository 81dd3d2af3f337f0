import gc
import resource

import gin
import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.data import open_files, pipeline, stream_reader
from meta_dataset.data.chunks import LostRecordError
from meta_dataset.data.config import DataConfig, EpisodeDescriptionConfig
from meta_dataset.data.indexed_dataset import open_split
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import RecordError

CONFIG = DataConfig(
    image_height=8, shuffle_buffer_size=6, num_prefetch=2, reader="stream"
)
SIZES = {Split.TRAIN: [4, 5, 6, 7, 8, 9], Split.VALID: [10, 11, 12, 13, 14]}


@pytest.fixture(autouse=True)
def settings():
    gin.clear_config()
    gin.parse_config("""
        process_episode.support_decoder = @ImageDecoder()
        process_episode.query_decoder = @ImageDecoder()
        process_batch.batch_decoder = @ImageDecoder()
    """)
    yield
    gin.clear_config()


@pytest.fixture
def spec(make_dataset):
    return make_dataset("toy", SIZES)


@pytest.fixture
def restored_limit():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def sources(*specs):
    return [
        pipeline.EpisodeSource(spec, Split.VALID, EpisodeDescriptionConfig())
        for spec in specs
    ]


def test_episodes_have_the_composition_of_the_indexed_reader(
    make_dataset, spec, shades
):
    both = sources(spec, make_dataset("other", SIZES))
    streamed = pipeline.episode_dataset(both, CONFIG, seed=3, first=2, count=12)
    indexed = pipeline.episode_dataset(
        both, DataConfig(image_height=8), seed=3, first=2, count=12
    )
    assert streamed.element_spec == indexed.element_spec
    for (a, source_a), (b, source_b) in zip(
        pipeline.iterate(streamed), indexed, strict=True
    ):
        assert source_a == source_b
        for k in (1, 2, 4, 5):  # labels and class ids
            assert np.array_equal(a[k], b[k])
        ids = np.concatenate([a.support_class_ids, a.query_class_ids])
        seen = shades(np.concatenate([a.support_images, a.query_images]))
        assert np.all((seen - 16 * ids) % 256 < 4 + ids)
        pairs = list(zip(ids.tolist(), seen.tolist(), strict=True))
        assert len(set(pairs)) == len(pairs)


def test_batches_take_every_image_once_a_pass(spec, shades):
    dataset = pipeline.batch_dataset([spec], Split.TRAIN, 16, CONFIG, seed=1, count=6)
    batches = list(pipeline.iterate(dataset))
    assert [len(batch.labels) for batch, _ in batches] == [16, 16, 7] * 2
    for one_pass in (batches[:3], batches[3:]):
        labels = np.concatenate([batch.labels for batch, _ in one_pass])
        images = np.concatenate([batch.images for batch, _ in one_pass])
        assert np.bincount(labels).tolist() == SIZES[Split.TRAIN]
        assert (
            len(set(zip(labels.tolist(), shades(images).tolist(), strict=True))) == 39
        )


def test_batches_of_several_sources(make_dataset, spec):
    dataset = pipeline.batch_dataset(
        [spec, make_dataset("other", SIZES)],
        Split.TRAIN,
        8,
        CONFIG,
        seed=1,
        count=20,
        add_dataset_offset=True,
    )
    for batch, source in dataset:
        assert np.all(batch.labels // 6 == source)


def test_a_record_that_is_lost_while_reading_is_noticed(spec, records_of, tmp_path):
    dataset = pipeline.episode_dataset(sources(spec), CONFIG, seed=3)
    path = tmp_path / "records" / "toy" / "8.tfrecords"
    records_of(path, [b""] * 0)  # emptied after the check
    with pytest.raises(LostRecordError, match="does not hold the classes"):
        for _ in zip(range(20), pipeline.iterate(dataset), strict=False):
            pass


def test_the_limit_of_open_files_is_raised_and_given_back(spec, restored_limit):
    hard = restored_limit[1]
    gc.collect()
    base = open_files.needed("stream", sum(stream_reader._streams.values()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (base + 7, hard))
    first = pipeline.episode_dataset(sources(spec), CONFIG, seed=3)  # five files
    assert open_files.limits().soft == base + 7
    second = pipeline.episode_dataset(sources(spec), CONFIG, seed=3)
    assert open_files.limits().soft == base + 10
    del first, second
    gc.collect()
    assert open_files.needed("stream", sum(stream_reader._streams.values())) == base


def test_a_limit_that_cannot_be_raised_stops_before_reading(spec, monkeypatch):
    monkeypatch.setattr(open_files, "limits", lambda: open_files.Limits(64, 128))
    with pytest.raises(RecordError, match="ulimit -n"):
        pipeline.episode_dataset(sources(spec), CONFIG, seed=3)
    with pytest.raises(RecordError, match="ulimit -n"):
        pipeline.batch_dataset([spec], Split.TRAIN, 8, CONFIG, seed=3)
    pipeline.episode_dataset(sources(spec), DataConfig(image_height=8), seed=3)


def test_streams_of_classes(spec):
    files = stream_reader.ClassFiles.of(open_split(spec, Split.VALID), num_to_take=3)
    settings = stream_reader.StreamSettings(0, None, 0)
    streams = stream_reader.class_streams(files, settings, shuffle=False, repeat=False)
    assert len(streams) == 5
    ids = [class_id for _, class_id in streams[1].as_numpy_iterator()]
    assert ids == [7, 7, 7] and ids[0].dtype == np.int32
    (stream, *_) = stream_reader.class_streams(
        files,
        stream_reader.StreamSettings(10, 4096, 2),
        shuffle=True,
        repeat=True,
        seed=1,
    )
    passes = [example for example, _ in stream.take(30).as_numpy_iterator()]
    for start in range(0, 30, 3):
        assert len(set(passes[start : start + 3])) == 3
    assert len({tuple(passes[start : start + 3]) for start in range(0, 30, 3)}) > 1
    assert tf.data.experimental.cardinality(stream) == tf.data.INFINITE_CARDINALITY
