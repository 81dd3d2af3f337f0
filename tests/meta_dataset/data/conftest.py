"""Tiny datasets on disk, of the published layout."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from meta_dataset import tfrecord
from meta_dataset.data.dataset_spec import DatasetSpecification, write_dataset_spec
from meta_dataset.data.learning_spec import Split


def jpeg_of(shade: int, size: int = 12) -> bytes:
    """A grey image; JPEG keeps a constant colour to within one step."""
    stream = io.BytesIO()
    Image.new("RGB", (size, size), (shade, shade, shade)).save(stream, "JPEG")
    return stream.getvalue()


def write_records(path: Path, payloads: list[bytes]) -> None:
    with tfrecord.RecordWriter(path) as writer:
        for payload in payloads:
            writer.write(payload)


@pytest.fixture
def records_of():
    """Writes a record file."""
    return write_records


@pytest.fixture
def make_dataset(tmp_path):
    """Makes a flat dataset: image i of class c is grey with shade (16 c + i) % 256."""

    def make(name: str, sizes: dict[Split, list[int]]) -> DatasetSpecification:
        folder = tmp_path / "records" / name
        folder.mkdir(parents=True)
        counts = [n for split in Split for n in sizes.get(split, [])]
        for class_id, count in enumerate(counts):
            shades = [(16 * class_id + i) % 256 for i in range(count)]
            write_records(
                folder / f"{class_id}.tfrecords",
                [
                    tfrecord.encode_example({"image": jpeg_of(s), "label": class_id})
                    for s in shades
                ],
            )
        spec = DatasetSpecification(
            name=name,
            classes_per_split={s: len(sizes.get(s, [])) for s in Split},
            images_per_class=dict(enumerate(counts)),
            class_names={c: f"class {c}" for c in range(len(counts))},
            path=str(folder),
            file_pattern="{}.tfrecords",
        )
        write_dataset_spec(spec, folder)
        return spec

    return make


@pytest.fixture
def shades():
    """Recovers shades, [n] int, from decoded images [n, h, h, 3]."""

    def recover(images) -> np.ndarray:
        means = np.asarray(images).mean(axis=(1, 2, 3))
        return np.rint((means / 2 + 0.5) * 255).astype(int)

    return recover
