"""What is looked at before a launch, and what each finding means.

Pure: the facts come in as a value (`mdtui.facts` gathers them), findings go out, the
most serious first. Only a `stop` forbids the launch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mdtui.core.experiments import Experiment
from mdtui.core.model import BestReport, Finding, Level

# From the walk-through: 1024 was too small for all sources, 10000 is probably enough,
# 100000 is what its authors used.
TOO_SMALL, PROBABLY_ENOUGH, USED_BY_AUTHORS = 1024, 10_000, 100_000
_GIB = 1 << 30
_UNWRITABLE = Finding(
    Level.STOP,
    "workspace",
    "The workspace cannot be written.",
    "Check its permissions and whether the disk is mounted read-only.",
)
_SERIOUS_FIRST = (Level.STOP, Level.WARNING, Level.INFORMATION, Level.OK)


@dataclass(frozen=True)
class DatasetFacts:
    """What lies in one dataset's folder.

    Attributes:
      name: the dataset.
      problem: why it cannot be used; empty when it can.
      class_files: record files that the run opens of it.
    """

    name: str
    problem: str = ""
    class_files: int = 0


@dataclass(frozen=True)
class Facts:
    """Everything the preflight judges.

    Attributes:
      records: the records root, None when no setting names it.
      records_exist: whether that folder is there.
      datasets: the datasets the run reads.
      soft_limit: of open files, this process's and so its children's.
      hard_limit: up to which the soft one can be raised.
      descriptors_needed: open files the run holds with its reader.
      learner_available: whether the trainer has the learner.
      backbone_available: whether the trainer has the backbone.
      available_learners: those it has, for the message.
      available_backbones: those it has, for the message.
      workspace_writable: whether runs can be written.
      free_bytes: on the workspace's disk, None when unknown.
      active_job: a job that already writes to this run's folders.
      checkpoint: the update a launch goes on from, None for a fresh start.
      pretrained_ready: whether the run it starts from has a checkpoint; None when
        it starts from scratch.
      pretrained_active: whether that run is still being trained.
      overrides: gin files and bindings the settings add.
    """

    records: str | None
    records_exist: bool
    datasets: tuple[DatasetFacts, ...]
    soft_limit: int
    hard_limit: int
    descriptors_needed: int
    learner_available: bool = True
    backbone_available: bool = True
    available_learners: tuple[str, ...] = ()
    available_backbones: tuple[str, ...] = ()
    workspace_writable: bool = True
    free_bytes: int | None = None
    active_job: str | None = None
    checkpoint: int | None = None
    pretrained_ready: bool | None = None
    pretrained_active: bool = False
    overrides: tuple[str, ...] = field(default_factory=tuple)


def examine(experiment: Experiment, facts: Facts) -> tuple[Finding, ...]:
    """Returns the findings for launching `experiment`, the most serious first."""
    if experiment.problem:
        remedy = "Mend the gin file, or trainer.gin_* in the settings."
        return (Finding(Level.STOP, "settings", experiment.problem, remedy),)
    findings = [
        *_learner(experiment, facts),
        *_pretrained(experiment, facts),
        *_records(facts),
        *_open_files(experiment, facts),
        *_workspace(experiment, facts),
        *_overrides(facts),
    ]
    return serious_first(findings)


def examine_machine(experiment: Experiment, facts: Facts) -> tuple[Finding, ...]:
    """Returns the findings that hold for every launch as demanding as `experiment`."""
    return serious_first(
        (
            *_records(facts),
            *_open_files(experiment, facts),
            *_disk(facts),
            *_overrides(facts),
        )
    )


def examine_evaluation(
    best: BestReport,
    datasets: tuple[DatasetFacts, ...],
    *,
    records: str | None,
    writable: bool,
    nothing_left: bool,
) -> tuple[Finding, ...]:
    """Returns the findings for evaluating a selected checkpoint.

    Args:
      best: the checkpoint.
      datasets: what lies in the folders of the datasets to evaluate on.
      records: the records root, None when no setting names it.
      writable: whether the workspace can be written.
      nothing_left: whether every evaluation is done or on its way.
    """
    findings = list(_datasets(records, datasets)) if datasets or not records else []
    if nothing_left:
        findings.append(
            Finding(
                Level.STOP,
                "evaluations",
                "Every dataset is evaluated, or being evaluated, with this checkpoint.",
                "mdtui results shows them; name datasets to evaluate them again.",
            )
        )
    if not best.checkpoint_exists:
        findings.append(
            Finding(
                Level.STOP,
                "checkpoint",
                f"The selected checkpoint {best.checkpoint} is not on disk.",
                f"mdtui best {best.experiment} selects again.",
            )
        )
    else:
        text = f"update {best.update}, validation accuracy {best.accuracy:.4f}."
        findings.append(Finding(Level.OK, "checkpoint", text))
    if not writable:
        findings.append(_UNWRITABLE)
    return serious_first(findings)


def serious_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Returns the findings sorted by level, otherwise in their order."""
    return tuple(sorted(findings, key=lambda each: _SERIOUS_FIRST.index(each.level)))


def _learner(experiment: Experiment, facts: Facts) -> Iterable[Finding]:
    if not facts.learner_available:
        yield Finding(
            Level.STOP,
            "learner",
            f"{experiment.name} needs the learner '{experiment.learner}', "
            "which is not there yet.",
            f"Available: {', '.join(facts.available_learners)}.",
        )
    if not facts.backbone_available:
        yield Finding(
            Level.STOP,
            "backbone",
            f"{experiment.name} needs the backbone '{experiment.backbone}', "
            "which is not there yet.",
            f"Available: {', '.join(facts.available_backbones)}.",
        )


def _pretrained(experiment: Experiment, facts: Facts) -> Iterable[Finding]:
    if facts.pretrained_ready is None:
        return
    run = experiment.pretrained_run
    if facts.pretrained_ready and facts.pretrained_active:
        yield Finding(
            Level.WARNING,
            "pre-trained start",
            f"{run} is still being trained: {experiment.name} would start from what it "
            "has now.",
            f"Wait for its end, then mdtui best {run}",
        )
    elif facts.pretrained_ready:
        yield Finding(Level.OK, "pre-trained start", f"{run} has a checkpoint.")
    else:
        yield Finding(
            Level.STOP,
            "pre-trained start",
            f"{experiment.name} starts from {run}, which has no checkpoint yet.",
            f"mdtui launch {run}",
        )


def _records(facts: Facts) -> Iterable[Finding]:
    if facts.records is not None and not facts.records_exist:
        yield Finding(
            Level.STOP,
            "records",
            f"The records root {facts.records} does not exist.",
            "Set RECORDS to the folder that holds one folder a dataset.",
        )
    else:
        yield from _datasets(facts.records, facts.datasets)


def _datasets(
    records: str | None, datasets: tuple[DatasetFacts, ...]
) -> Iterable[Finding]:
    if records is None:
        yield Finding(
            Level.STOP,
            "records",
            "No setting says where the converted datasets are.",
            "export RECORDS=... , or put records = '...' into the workspace's "
            ".mdtui/config.toml",
        )
        return
    broken = [dataset for dataset in datasets if dataset.problem]
    for dataset in broken:
        yield Finding(
            Level.STOP,
            f"records of {dataset.name}",
            dataset.problem,
            "python -m meta_dataset.dataset_conversion."
            f"convert_datasets_to_records --dataset={dataset.name} ...",
        )
    if not broken:
        names = ", ".join(dataset.name for dataset in datasets)
        yield Finding(Level.OK, "records", f"{names} in {records}.")


def _open_files(experiment: Experiment, facts: Facts) -> Iterable[Finding]:
    """The all-source preflight: `ulimit -n` against what the run needs."""
    needed, soft, hard = (
        facts.descriptors_needed,
        facts.soft_limit,
        facts.hard_limit,
    )
    if not experiment.trains_on_all and needed <= soft:
        return
    files = sum(dataset.class_files for dataset in facts.datasets)
    text = (
        f"soft limit {_limit(soft)}, hard limit {_limit(hard)}; the "
        f"{experiment.reader} reader needs about {needed} for {files} class files. "
        f"Documented for all sources: {TOO_SMALL} is too small, {PROBABLY_ENOUGH} "
        f"probably enough, {USED_BY_AUTHORS} was used."
    )
    title = "open files (ulimit -n)"
    if needed <= soft:
        yield Finding(Level.INFORMATION, title, text)
    elif needed <= hard:
        yield Finding(
            Level.WARNING,
            title,
            f"{text} The trainer will raise its own soft limit.",
            f"ulimit -n {min(hard, max(needed, PROBABLY_ENOUGH))}",
        )
    else:
        yield Finding(
            Level.STOP,
            title,
            text,
            "Raise the hard limit (limits.conf: * hard nofile "
            f"{USED_BY_AUTHORS}), log in again, ulimit -n {USED_BY_AUTHORS}; or read "
            "with DataConfig.reader = 'indexed'.",
        )


def _limit(value: int) -> str:
    return "unlimited" if value >= 2**31 - 1 else str(value)


def _workspace(experiment: Experiment, facts: Facts) -> Iterable[Finding]:
    if facts.active_job:
        yield Finding(
            Level.STOP,
            "run folder",
            f"Job {facts.active_job} already writes to {experiment.name}.",
            f"mdtui kill {experiment.name}, or wait until it ends.",
        )
    total = experiment.num_updates
    if facts.checkpoint is not None and total and facts.checkpoint >= total:
        yield Finding(
            Level.STOP,
            "run folder",
            f"{experiment.name} is complete: it has the checkpoint of update "
            f"{facts.checkpoint} of {total}.",
            f"To train it again, move checkpoints/{experiment.name} and "
            f"summaries/{experiment.name} away.",
        )
    elif facts.checkpoint is not None:
        yield Finding(
            Level.INFORMATION,
            "resume",
            f"{experiment.name} has checkpoints: the run goes on from update "
            f"{facts.checkpoint}.",
        )
    yield from _disk(facts)


def _disk(facts: Facts) -> Iterable[Finding]:
    if not facts.workspace_writable:
        yield _UNWRITABLE
    if facts.free_bytes is not None:
        text = f"{facts.free_bytes / _GIB:.1f} GiB free for checkpoints."
        low = facts.free_bytes < _GIB
        yield Finding(
            Level.WARNING if low else Level.OK,
            "disk",
            text,
            "Free some space: a checkpoint of a ResNet is about 130 MB." if low else "",
        )


def _overrides(facts: Facts) -> Iterable[Finding]:
    if facts.overrides:
        yield Finding(
            Level.INFORMATION,
            "overrides",
            f"The workspace's settings add {', '.join(facts.overrides)}.",
        )
