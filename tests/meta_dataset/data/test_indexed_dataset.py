import os
import threading

import numpy as np
import pytest

from meta_dataset.data.indexed_dataset import IndexedDataset
from meta_dataset.data.open_files import OpenFiles
from meta_dataset.errors import RecordError


@pytest.fixture
def folder(tmp_path, records_of):
    folder = tmp_path / "dataset"
    folder.mkdir()
    for class_id in range(6):
        records_of(
            folder / f"{class_id}.tfrecords",
            [f"{class_id}/{i}".encode() * 50 for i in range(10 + class_id)],
        )
    return folder


def counts(classes=range(6)):
    return {class_id: 10 + class_id for class_id in classes}


def test_reads_what_is_asked_for_in_that_order(folder):
    dataset = IndexedDataset(folder, counts())
    assert dataset.count(3) == 13
    assert dataset.read(3, [12, 0, 5, 5]) == [
        f"3/{i}".encode() * 50 for i in (12, 0, 5, 5)
    ]
    assert dataset.read(3, []) == []


def test_refuses_numbers_out_of_range(folder):
    dataset = IndexedDataset(folder, counts())
    for wrong in (-1, 13):
        with pytest.raises(IndexError):
            dataset.read(3, [0, wrong])


def test_only_the_classes_asked_for_are_looked_at(folder):
    (folder / "0.tfrecords").unlink()
    assert IndexedDataset(folder, counts([1])).read(1, [0]) == [b"1/0" * 50]


def test_missing_folder_says_what_to_do(tmp_path):
    with pytest.raises(RecordError, match="does not exist.*records_root_dir"):
        IndexedDataset(tmp_path / "nowhere", {0: 1})


def test_missing_class_file(folder):
    (folder / "2.tfrecords").unlink()
    with pytest.raises(RecordError, match=r"2\.tfrecords is missing"):
        IndexedDataset(folder, counts())


def test_other_count_than_the_specification(folder):
    with pytest.raises(RecordError, match=r"2\.tfrecords holds 12.*says 20 \(and 1 "):
        IndexedDataset(folder, {**counts(), 2: 20, 4: 1})


def test_damaged_data_are_found_when_read(folder):
    path = folder / "1.tfrecords"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1  # in the data of the last record
    path.write_bytes(content)
    dataset = IndexedDataset(folder, counts())
    assert len(dataset.read(1, range(10))) == 10
    with pytest.raises(RecordError, match=r"1\.tfrecords.*byte \d+ is damaged"):
        dataset.read(1, [10])


def test_file_that_changes_while_in_use(folder, records_of):
    dataset = IndexedDataset(folder, counts(), files=OpenFiles(1))
    dataset.read(1, [0])
    dataset.read(2, [0])  # closes the file of class 1
    records_of(folder / "1.tfrecords", [b"other"] * 11)
    with pytest.raises(RecordError, match="changed while it was in use"):
        dataset.read(1, [0])


def test_file_that_vanishes_while_in_use(folder):
    dataset = IndexedDataset(folder, counts(), files=OpenFiles(1))
    dataset.read(2, [0])
    (folder / "2.tfrecords").unlink()
    assert dataset.read(2, [1])  # still open
    dataset.read(3, [0])
    with pytest.raises(RecordError, match=r"2\.tfrecords cannot be opened"):
        dataset.read(2, [1])


def test_replaced_file_is_opened_again_by_who_knows_the_new_one(folder, records_of):
    files = OpenFiles(4)
    IndexedDataset(folder, counts(), files=files).read(1, [0])
    records_of(folder / "1.tfrecords", [b"other"] * 11)
    assert IndexedDataset(folder, counts(), files=files).read(1, [3]) == [b"other"]


def test_few_files_are_open_at_once(folder):
    def open_now():
        return len(os.listdir("/proc/self/fd"))

    files = OpenFiles(2)
    before = open_now()
    dataset = IndexedDataset(folder, counts(), files=files)
    for class_id in range(6):
        dataset.read(class_id, [0, 1])
        assert len(files) <= 2
        assert open_now() <= before + 2


def test_threads_that_evict_each_others_files(folder):
    dataset = IndexedDataset(folder, counts(), files=OpenFiles(1))
    wrong = []

    def read(seed):
        rng = np.random.RandomState(seed)
        for _ in range(200):
            class_id = rng.randint(6)
            i = rng.randint(10)
            if dataset.read(class_id, [i]) != [f"{class_id}/{i}".encode() * 50]:
                wrong.append((class_id, i))

    threads = [threading.Thread(target=read, args=(s,)) for s in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_log_says_when_files_are_indexed(folder, caplog):
    caplog.set_level("INFO")
    IndexedDataset(folder, counts([1, 2]))
    IndexedDataset(folder, counts([1, 2, 4]))
    IndexedDataset(folder, counts([1, 2, 4]))
    texts = [record.getMessage() for record in caplog.records]
    assert texts == [f"Indexing {n} record files of {folder}." for n in (2, 1)]
