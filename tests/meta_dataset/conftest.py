"""What the tests of the trainer share: the published facts about the ten datasets."""

from pathlib import Path

import pytest

FACTS = Path(__file__).parents[1] / "data" / "meta_dataset_facts"


@pytest.fixture(scope="session")
def facts_folder() -> Path:
    """The published splits, specifications and label lists."""
    return FACTS


@pytest.fixture(scope="session")
def load_published_spec(tmp_path_factory):
    """Loads a published specification by name; ImageNet's with corrected counts.

    Every call returns a new object, so that a test may restrict it.
    """
    from meta_dataset.data.dataset_spec import load_dataset_spec

    def load(name: str):
        file = FACTS / "from_main" / "dataset_specs" / f"{name}_dataset_spec.json"
        if not file.exists():
            file = FACTS / "dataset_specs" / f"{name}_dataset_spec.json"
        folder = tmp_path_factory.mktemp(name)
        (folder / "dataset_spec.json").write_text(file.read_text())
        return load_dataset_spec(folder)

    return load


@pytest.fixture(scope="session")
def tiny_records(tmp_path_factory) -> Path:
    """A records root with the flat datasets dtd and cu_birds, 16 pixel images.

    Each has 8 train, 6 valid and 6 test classes of 12 images: a class is a colour with
    some noise, so a few updates are enough to see a learner improve.
    """
    root = tmp_path_factory.mktemp("records")
    for number, name in enumerate(("dtd", "cu_birds")):
        _write_tiny_dataset(root / name, name, seed=number)
    return root


def _write_tiny_dataset(folder: Path, name: str, seed: int) -> None:
    import io

    import numpy as np
    from PIL import Image

    from meta_dataset import tfrecord
    from meta_dataset.data.dataset_spec import DatasetSpecification, write_dataset_spec
    from meta_dataset.data.learning_spec import Split

    rng = np.random.default_rng(seed)
    num_classes, num_images = 20, 12
    folder.mkdir()
    for class_id in range(num_classes):
        colour = rng.uniform(70, 185, 3)
        with tfrecord.RecordWriter(folder / f"{class_id}.tfrecords") as writer:
            for _ in range(num_images):
                pixels = rng.normal(
                    colour + rng.normal(0, 25, 3), 40, (16, 16, 3)
                ).clip(0, 255)
                stream = io.BytesIO()
                Image.fromarray(pixels.astype(np.uint8)).save(stream, "JPEG")
                writer.write(
                    tfrecord.encode_example(
                        {"image": stream.getvalue(), "label": class_id}
                    )
                )
    spec = DatasetSpecification(
        name=name,
        classes_per_split={Split.TRAIN: 8, Split.VALID: 6, Split.TEST: 6},
        images_per_class=dict.fromkeys(range(num_classes), num_images),
        class_names={class_id: f"class {class_id}" for class_id in range(num_classes)},
        path=str(folder),
        file_pattern="{}.tfrecords",
    )
    write_dataset_spec(spec, folder)
