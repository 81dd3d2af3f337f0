"""The frozen values that the screen and the command line show.

They are made by `mdtui.workspace` and drawn elsewhere; nothing here reads a file or
knows a terminal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # only names for the type checker: this module stays light
    from mdtui.core.jobs import Job, JobView
    from mdtui.events.follower import RunCurves


class Level(StrEnum):
    """How much a preflight finding matters; only `STOP` forbids a launch."""

    OK = "ok"
    INFORMATION = "information"
    WARNING = "warning"
    STOP = "stop"


@dataclass(frozen=True)
class Finding:
    """One thing the preflight looked at.

    Attributes:
      level: how much it matters.
      title: what was looked at, a few words.
      text: what was found, one sentence.
      remedy: what to do about it, a command where there is one; may be empty.
    """

    level: Level
    title: str
    text: str
    remedy: str = ""


@dataclass(frozen=True)
class ExperimentRow:
    """One row of the experiment list.

    Attributes:
      name: the experiment, also the name of its run folder.
      model: the learner and how it starts, as the walk-through names it.
      source: what it trains on: `imagenet`, `all`, or what its gin file says.
      in_walkthrough: whether it is one of the walk-through's 15 rows.
      state: `not started`, `blocked by <name>`, or the newest job's state or reason.
      reason: one line about how it ended or what it waits for; may be empty.
      update: the last update known, from events and checkpoints.
      total: updates of the whole run.
      eta_seconds: time to the end at the present speed, while running.
      last_loss: the last training loss, may be NaN.
      best_accuracy: the best mean validation accuracy so far, 0 to 1.
      best_update: its update.
      gpu: where it runs: short GPU uuids, `cpu`, or empty.
      job_id: its newest training job.
      hidden: not shown until a filter asks for it.
      can_resume: there is something to resume: it is not running and has checkpoints.
      is_active: its newest training job is queued, held, starting, running, stopping.
    """

    name: str
    model: str
    source: str
    in_walkthrough: bool
    state: str
    reason: str = ""
    update: int | None = None
    total: int | None = None
    eta_seconds: float | None = None
    last_loss: float | None = None
    best_accuracy: float | None = None
    best_update: int | None = None
    gpu: str = ""
    job_id: str | None = None
    hidden: bool = False
    can_resume: bool = False
    is_active: bool = False


@dataclass(frozen=True)
class EvaluationResult:
    """The evaluation of an experiment on one dataset.

    Attributes:
      dataset: its name.
      state: `none`, or the state or reason of the newest job, `done` with a result.
      accuracy: mean accuracy over the episodes, 0 to 1.
      interval: half-width of its 95 % confidence interval.
      episodes: how many episodes were evaluated so far.
    """

    dataset: str
    state: str
    accuracy: float | None = None
    interval: float | None = None
    episodes: int | None = None


@dataclass(frozen=True)
class BestReport:
    """The best checkpoint of an experiment, and where that is written.

    Attributes:
      experiment: whose.
      update: the update with the highest mean validation accuracy.
      accuracy: that accuracy, 0 to 1.
      interval: half-width of its 95 % confidence interval, where recorded.
      checkpoint: the checkpoint's prefix.
      checkpoint_exists: whether it is complete on disk.
      size_bytes: of the checkpoint's files, 0 when missing.
      text_file: the `best_<name>.txt` that was written.
      why: one sentence: how many validations it won against.
    """

    experiment: str
    update: int
    accuracy: float
    interval: float | None
    checkpoint: str
    checkpoint_exists: bool
    size_bytes: int
    text_file: str
    why: str


@dataclass(frozen=True)
class Detail:
    """Everything the panes show of the selected experiment.

    Attributes:
      name: the experiment.
      curves: its event files as curves.
      log: the last lines of its newest job, control sequences removed.
      best: the selected best checkpoint, if `best_<name>.txt` exists.
      results: the ten evaluations, in the walk-through's order.
      checkpoints: updates with a complete checkpoint, ascending.
    """

    name: str
    curves: RunCurves
    log: tuple[str, ...] = ()
    best: BestReport | None = None
    results: tuple[EvaluationResult, ...] = ()
    checkpoints: tuple[int, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """What is true of a workspace at one moment.

    Attributes:
      rows: the experiment list, the walk-through's rows first.
      detail: the selected experiment, if one was asked for.
      jobs: every job, oldest first.
      problems: damage met while reading, one line each with its file.
      workspace: the folder.
      gpus: one line a visible GPU; empty where there is none.
      taken_at: Unix time in seconds.
    """

    rows: tuple[ExperimentRow, ...]
    detail: Detail | None
    jobs: tuple[JobView, ...]
    problems: tuple[str, ...]
    workspace: str
    taken_at: float
    gpus: tuple[str, ...] = ()


@dataclass(frozen=True)
class LaunchPlan:
    """A dry run: what would be started, and what the preflight says about it.

    Attributes:
      title: what this does, one line.
      command_lines: what would run, quoted for a shell, one a job.
      findings: what the preflight looked at, the most serious first.
      jobs: what would be submitted; empty where the plan resumes an existing job.
      resumes: the ended job that would go on, if any.
      links: (link, target) pairs that would be created instead of jobs.
    """

    title: str
    command_lines: tuple[str, ...]
    findings: tuple[Finding, ...]
    jobs: tuple[Job, ...] = ()
    resumes: str | None = None
    links: tuple[tuple[str, str], ...] = ()

    @property
    def blocked(self) -> bool:
        """Whether a finding forbids it."""
        return any(finding.level is Level.STOP for finding in self.findings)


@dataclass(frozen=True)
class StopPreview:
    """What stopping a run would cost.

    Attributes:
      job_id: the job that would be signalled.
      name: its run.
      last_checkpoint: the update it could resume from.
      current_update: the last update known.
      updates_lost: between the two, for a kill; None when unknown.
    """

    job_id: str
    name: str
    last_checkpoint: int | None
    current_update: int | None
    updates_lost: int | None
