"""Gathers what the preflight judges: records, limits, disk, links to other runs.

Every function looks and returns a value; none decides (`core.preflight` does).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from mdtui.core.experiments import Experiment
from mdtui.core.preflight import DatasetFacts, Facts
from mdtui.core.settings import Settings
from meta_dataset import registry, run_files
from meta_dataset.data import open_files
from meta_dataset.data.dataset_spec import load_dataset_spec
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import MetaDatasetError


def gather(
    experiment: Experiment,
    root: run_files.ExperimentRoot,
    settings: Settings,
    active_runs: Mapping[str, str],
) -> Facts:
    """Returns the facts for launching `experiment`.

    Args:
      experiment: what would be trained.
      root: where runs lie.
      settings: how the trainer is started.
      active_runs: run -> the job that writes to it now.
    """
    records = Path(settings.records) if settings.records else None
    datasets = training_datasets(experiment, records) if records else ()
    limits = open_files.limits()
    return Facts(
        records=settings.records,
        records_exist=bool(records and records.is_dir()),
        datasets=datasets,
        soft_limit=limits.soft,
        hard_limit=limits.hard,
        descriptors_needed=open_files.needed(
            experiment.reader, sum(dataset.class_files for dataset in datasets)
        ),
        learner_available=registry.has_learner(experiment.learner),
        backbone_available=registry.has_backbone(experiment.backbone),
        available_learners=tuple(registry.AVAILABLE_LEARNERS),
        available_backbones=tuple(registry.AVAILABLE_BACKBONES),
        workspace_writable=is_writable(root.root),
        free_bytes=free_bytes(root.root),
        active_job=active_runs.get(experiment.name),
        checkpoint=run_files.latest_checkpoint(root.checkpoints(experiment.name)),
        pretrained_ready=_pretrained_ready(experiment, root),
        pretrained_active=experiment.pretrained_run in active_runs,
        overrides=(*settings.gin_configs, *settings.gin_bindings),
    )


def training_datasets(
    experiment: Experiment, records: Path
) -> tuple[DatasetFacts, ...]:
    """Returns the facts of every dataset that `experiment` trains or validates on."""
    wanted: dict[str, set[Split]] = {}
    for name in experiment.train_datasets:
        wanted.setdefault(name, set()).add(Split.TRAIN)
    for name in experiment.eval_datasets:
        wanted.setdefault(name, set()).add(Split.VALID)
    return tuple(
        dataset_facts(name, records, splits) for name, splits in wanted.items()
    )


def evaluation_datasets(
    settings: Settings, names: Sequence[str]
) -> tuple[DatasetFacts, ...]:
    """Returns the facts of the test classes of `names`."""
    if settings.records is None:
        return ()
    records = Path(settings.records)
    return tuple(dataset_facts(name, records, {Split.TEST}) for name in names)


def dataset_facts(name: str, records: Path, splits: set[Split]) -> DatasetFacts:
    """Returns what lies in one dataset's folder, for the classes of `splits`."""
    try:
        spec = load_dataset_spec(str(records / name))
        spec.initialize()
        classes = [each for split in splits for each in spec.get_classes(split)]
    except MetaDatasetError as error:
        return DatasetFacts(name, problem=str(error))
    missing = [
        each for each in classes if not (records / name / f"{each}.tfrecords").exists()
    ]
    if missing:
        return DatasetFacts(
            name,
            problem=f"{records / name} lacks {len(missing)} of {len(classes)} record "
            f"files, the first is {missing[0]}.tfrecords.",
        )
    return DatasetFacts(name, class_files=len(classes))


def is_writable(folder: Path) -> bool:
    """Returns whether files can be made in `folder` (or in its nearest parent)."""
    folder = _existing(folder)
    return os.access(folder, os.W_OK | os.X_OK) and not _is_read_only(folder)


def free_bytes(folder: Path) -> int | None:
    """Returns the free space on the disk of `folder`; None when unknown."""
    try:
        return shutil.disk_usage(_existing(folder)).free
    except OSError:
        return None


def _is_read_only(folder: Path) -> bool:
    # Root may write anywhere by permission, yet not on a read-only file system.
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _pretrained_ready(
    experiment: Experiment, root: run_files.ExperimentRoot
) -> bool | None:
    if experiment.pretrained_run is None:
        return None
    folder = root.checkpoints(experiment.pretrained_run)
    return run_files.latest_checkpoint(folder) is not None
