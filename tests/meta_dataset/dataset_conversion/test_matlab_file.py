"""The files were written by SciPy 1.x, the reader's oracle."""

from pathlib import Path

import numpy as np
import pytest

from meta_dataset.dataset_conversion.matlab_file import read_array
from meta_dataset.errors import RecordError

FILES = Path(__file__).parents[2] / "data" / "matlab"


def test_a_compressed_array_of_bytes():
    labels = read_array(FILES / "labels_compressed.mat", "labels")
    assert labels.shape == (1, 300)
    assert np.array_equal(labels[0], np.arange(300) % 102 + 1)


def test_a_plain_array_of_doubles_behind_text():
    labels = read_array(FILES / "labels_plain.mat", "labels")
    assert np.array_equal(labels, np.arange(1.0, 13.0)[None])
    assert read_array(FILES / "labels_plain.mat", "small").tolist() == [[3]]


@pytest.mark.parametrize("name", ["labels_compressed.mat", "labels_plain.mat"])
def test_a_cut_file_is_refused_wherever_it_is_cut(tmp_path, name):
    data = (FILES / name).read_bytes()
    path = tmp_path / "cut.mat"
    for length in range(0, len(data), 3):
        path.write_bytes(data[:length])
        try:
            read_array(path, "missing")
        except RecordError as error:
            assert str(path) in str(error)
        else:
            raise AssertionError(length)


def test_what_is_no_such_file_or_array(tmp_path):
    path = tmp_path / "text.mat"
    path.write_text("text" * 100)
    with pytest.raises(RecordError, match="no Matlab file"):
        read_array(path, "labels")
    with pytest.raises(RecordError, match="no array 'labels2'"):
        read_array(FILES / "labels_plain.mat", "labels2")
    with pytest.raises(RecordError, match="No such file"):
        read_array(tmp_path / "nowhere.mat", "labels")
