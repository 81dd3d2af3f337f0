import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meta_dataset import tfrecord
from meta_dataset.data.record_index import (
    INDEX_FOLDER,
    build_index,
    cache_folders,
    find_starts,
    stored_index,
)
from meta_dataset.errors import RecordError

PAYLOADS = [b"", b"a", bytes(40000), b"xyz" * 9, bytes(range(256))]


@pytest.fixture(autouse=True)
def cache_home(tmp_path, monkeypatch):
    home = tmp_path / "cache_home"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return home


@pytest.fixture
def path(tmp_path, records_of):
    (tmp_path / "dataset").mkdir()
    path = tmp_path / "dataset" / "7.tfrecords"
    records_of(path, PAYLOADS)
    return path


def load_index(path):
    """Returns the index as a dataset that is opened does."""
    return stored_index(path) or build_index(path)


def test_finds_what_the_scanner_of_records_finds(path):
    _, starts = find_starts(path)
    spans = tfrecord.scan_file(path)
    assert starts[:-1].tolist() == [span.offset - 12 for span in spans]
    assert starts[-1] == path.stat().st_size


def test_long_records_are_skipped_over_not_read(path, records_of, monkeypatch):
    records_of(path, [bytes(100_000)] * 50)
    read = []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda d, n, o: read.append(n) or pread(d, n, o))
    _, starts = find_starts(path)
    assert len(starts) == 51
    assert sum(read) < 2 * 2**20


def test_index_is_built_once_and_kept_beside_the_records(path, monkeypatch):
    first = load_index(path)
    assert (path.parent / INDEX_FOLDER / "7.tfrecords.index").is_file()
    monkeypatch.setattr("meta_dataset.data.record_index.find_starts", None)
    again = load_index(path)
    assert again.count == first.count == len(PAYLOADS)
    assert again.starts().tolist() == first.starts().tolist()


def test_large_index_is_mapped(path, records_of):
    records_of(path, [b"12345"] * 9000)
    for _ in range(2):  # just built, then found
        index = load_index(path)
        assert index.held is None
        assert isinstance(index.starts(), np.memmap)
        assert np.array_equal(index.starts(), np.arange(9001) * 21)


def test_changed_file_is_indexed_again(path, records_of):
    load_index(path)
    records_of(path, PAYLOADS[:2])
    assert load_index(path).count == 2
    records_of(path, [b"b", b"c"])  # same size, other time
    os.utime(path, ns=(1, 1))
    index = load_index(path)
    assert (index.count, index.mtime_ns) == (2, 1)


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_damaged_index_is_built_again(path, damage):
    load_index(path)
    stored = path.parent / INDEX_FOLDER / "7.tfrecords.index"
    stored.write_bytes(stored.read_bytes()[:-8] if damage is None else damage)
    assert load_index(path).count == len(PAYLOADS)
    assert load_index(path).starts()[-1] == path.stat().st_size


def test_unwritable_folder_uses_the_cache_of_the_user(path, cache_home):
    # A file where the folder should be: refused to root as well.
    (path.parent / INDEX_FOLDER).write_text("")
    first = load_index(path)
    stored = cache_folders(path.parent)[1] / "7.tfrecords.index"
    assert stored.is_relative_to(cache_home) and stored.is_file()
    assert load_index(path).starts().tolist() == first.starts().tolist()


def test_nowhere_to_write_still_works(path, cache_home):
    (path.parent / INDEX_FOLDER).write_text("")
    cache_home.write_text("")
    assert load_index(path).starts()[-1] == path.stat().st_size


def test_missing_file(path):
    path.unlink()
    with pytest.raises(RecordError, match=r"7\.tfrecords is missing.*[Cc]onvert"):
        load_index(path)


def test_a_folder_in_place_of_a_file(path):
    path.unlink()
    path.mkdir()
    with pytest.raises(
        RecordError, match=r"7\.tfrecords cannot be read: Is a directory"
    ):
        load_index(path)


def test_empty_file(path):
    path.write_bytes(b"")
    with pytest.raises(RecordError, match=r"empty \(0 bytes\)"):
        load_index(path)


def test_every_cut_is_found_unless_between_records(path, records_of):
    records_of(path, PAYLOADS[:2])
    content = path.read_bytes()
    whole = {16, 33}
    for size in range(1, len(content)):
        path.write_bytes(content[:size])
        if size in whole:
            assert load_index(path).count == 1
        else:
            with pytest.raises(RecordError, match="cut short.*byte (0|16)"):
                load_index(path)


@given(bit=st.integers(0, 12 * 8 - 1))
def test_flipped_bit_of_a_head_is_found(tmp_path_factory, bit):
    path = tmp_path_factory.mktemp("flip") / "0.tfrecords"
    content = bytearray(b"".join(tfrecord.frame(p) for p in PAYLOADS))
    place = 16 + bit // 8
    content[place] ^= 1 << bit % 8
    path.write_bytes(content)
    with pytest.raises(RecordError, match="length of record 1, at byte 16"):
        find_starts(path)
