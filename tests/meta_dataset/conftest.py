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
