"""A workspace that is a script: the app is real, what it reads is not."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mdtui.core.errors import MdtuiError
from mdtui.core.jobs import Job, JobView, Reason, State
from mdtui.core.model import (
    BestReport,
    Detail,
    EvaluationResult,
    ExperimentRow,
    Finding,
    LaunchPlan,
    Level,
    Snapshot,
    StopPreview,
)
from mdtui.events.follower import Curve, RunCurves
from meta_dataset.run_files import EVALUATION_DATASETS, Tags

EMPTY = RunCurves(MappingProxyType({}))

MODELS = {
    "baseline": "k-NN",
    "baselinefinetune": "fine-tune",
    "prototypical": "prototypical",
    "matching": "matching",
    "maml": "fo-MAML",
    "maml_init_with_proto": "fo-Proto-MAML",
}
RUNNING = "prototypical_imagenet"
NEW = "matching_imagenet"
BLOCKED = "maml_all"


def walkthrough_rows() -> tuple[ExperimentRow, ...]:
    """The 15 rows, none started, and one hidden one."""
    rows = [
        ExperimentRow(
            name=f"baseline_imagenet_{backbone}",
            model=f"pre-training, {backbone}",
            source="imagenet",
            in_walkthrough=True,
            state="not started",
            total=75000,
        )
        for backbone in ("resnet", "mamlconvnet", "mamlresnet")
    ]
    rows += [
        ExperimentRow(
            name=f"{name}_{source}",
            model=model,
            source=source,
            in_walkthrough=True,
            state="not started",
            total=75000,
        )
        for source in ("imagenet", "all")
        for name, model in MODELS.items()
    ]
    hidden = ExperimentRow(
        name="prototypical_mini_imagenet_convnet",
        model="prototypical",
        source="mini_imagenet",
        in_walkthrough=False,
        state="not started",
        total=75000,
        hidden=True,
    )
    return (*rows, hidden)


def run_curves(last: int = 220, restart: int | None = 120) -> RunCurves:
    """Curves that look like a run's, the same every time."""
    steps = np.arange(1, last + 1)
    noise = np.random.default_rng(0).normal(0, 1, (2, last))
    loss = 1.9 * np.exp(-steps / 70) + 0.55 + 0.10 * noise[0]
    accuracy = 0.78 - 0.5 * np.exp(-steps / 60) + 0.03 * noise[1]
    checks = np.arange(20, last + 1, 20)
    mean = 0.72 - 0.45 * np.exp(-checks / 60)

    def curve(at: np.ndarray, values: np.ndarray) -> Curve:
        return Curve(at.astype(np.int64), values, 1.6e9 + at.astype(float))

    return RunCurves(
        curves=MappingProxyType(
            {
                Tags.TRAIN_LOSS: curve(steps, loss),
                Tags.TRAIN_ACCURACY: curve(steps, accuracy),
                Tags.VALID_LOSS: curve(checks, 1.8 * np.exp(-checks / 80) + 0.7),
                Tags.MEAN_VALID_ACCURACY: curve(checks, mean),
                Tags.VALID_INTERVAL: curve(checks, np.full(len(checks), 0.021)),
            }
        ),
        restarts=() if restart is None else (restart,),
        last_write=1.6e9,
    )


def job_view(name: str, state: State, reason: Reason | None = None, **other) -> JobView:
    """A job's view; `dataset` makes it an evaluation."""
    dataset = other.pop("dataset", None)
    job = Job(
        id=other.pop("id", f"20200326-120000-{name}"),
        kind="evaluate" if dataset else "train",
        experiment=name,
        run=f"{name}_eval_{dataset}" if dataset else name,
        dataset=dataset,
        command=("python", "-m", "meta_dataset.train", f"--train={name}"),
        working_directory="/data/exp",
    )
    fields = {
        "detail": "",
        "attempt": 1,
        "started": 1.6e9,
        "ended": None,
        "exit_code": None,
        "signal": None,
        "gpus": (),
        "trainer": None,
        "stdout": Path("/data/exp/stdout.log"),
        "stderr": Path("/data/exp/stderr.log"),
    }
    return JobView(job=job, state=state, reason=reason, **{**fields, **other})


def evaluation_results(done: int) -> tuple[EvaluationResult, ...]:
    """Ten results of which the first ones are done and the next one runs."""
    results = []
    for index, dataset in enumerate(EVALUATION_DATASETS):
        if index < done:
            result = EvaluationResult(
                dataset, "done", 0.42 + 0.045 * index, 0.0105 + 0.0003 * index, 600
            )
        else:
            state = ("running" if index == done else "queued") if done else "none"
            result = EvaluationResult(dataset, state)
        results.append(result)
    return tuple(results)


LOG = (
    "I0326 12:00:01 reading records of ilsvrc_2012 from /data/records",
    "I0326 12:00:04 712 train classes, 158 valid classes",
    "W0326 12:00:05 the cache folder is read-only",
    *(f"I0326 12:01:{n:02d} update {n * 10}, loss {2 - n / 40:.3f}" for n in range(22)),
)


def command_line(name: str) -> str:
    """What the walk-through types."""
    return (
        "python -m meta_dataset.train --is_training=True --records_root_dir=/data/records"
        f" --train_checkpoint_dir=/data/exp/checkpoints/{name}"
        f" --summary_dir=/data/exp/summaries/{name}"
        f" --gin_config=meta_dataset/learn/gin/best/{name}.gin"
    )


class FakeWorkspace:
    """Answers from what its attributes say; counts what was asked of it."""

    def __init__(self) -> None:
        self.read_only = False
        self.rows = {row.name: row for row in walkthrough_rows()}
        self.curves: dict[str, RunCurves] = {}
        self.logs: dict[str, tuple[str, ...]] = {}
        self.results: dict[str, tuple[EvaluationResult, ...]] = {}
        self.jobs: tuple[JobView, ...] = ()
        self.problems: tuple[str, ...] = ()
        self.gpus: tuple[str, ...] = ()
        self.blocked: set[str] = set()
        self.failure: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.num_snapshots = 0
        self.submitted: list[LaunchPlan] = []
        self.stopped: list[tuple[str, str]] = []

    def update(self, name: str, **fields) -> None:
        """Changes a row from the next snapshot on."""
        self.rows = {**self.rows, name: replace(self.rows[name], **fields)}

    # --- what the app asks

    def snapshot(self, selected: str | None = None) -> Snapshot:
        self.gate.wait()
        self.num_snapshots += 1
        if self.failure is not None:
            raise self.failure
        detail = None
        if selected is not None:
            best = None
            detail = Detail(
                name=selected,
                curves=self.curves.get(selected, EMPTY),
                log=self.logs.get(selected, ()),
                best=best,
                results=self.results.get(selected, evaluation_results(0)),
                checkpoints=(100, 120, 200) if selected in self.curves else (),
            )
        return Snapshot(
            rows=tuple(self.rows.values()),
            detail=detail,
            jobs=self.jobs,
            problems=self.problems,
            workspace="/data/exp",
            taken_at=float(self.num_snapshots),
            gpus=self.gpus,
        )

    def plan_launch(self, name: str) -> LaunchPlan:
        findings = [
            Finding(Level.OK, "records", "712 class files of ilsvrc_2012"),
            Finding(
                Level.INFORMATION,
                "open files",
                "the limit is 1024 (soft) and 524288 (hard); this run needs about 90",
            ),
        ]
        if name in self.blocked:
            stop = Finding(
                Level.STOP,
                "records",
                "/data/records has no folder omniglot",
                "python -m meta_dataset.dataset_conversion.make_demo_records",
            )
            findings.insert(0, stop)
        return LaunchPlan(
            title=f"Launch {name}",
            command_lines=(command_line(name),),
            findings=tuple(findings),
        )

    def plan_resume(self, name: str) -> LaunchPlan:
        if not self.rows[name].can_resume:
            raise MdtuiError(
                f"{name} has no checkpoint to go on from. Launch it with a."
            )
        plan = self.plan_launch(name)
        return replace(plan, title=f"Resume {name} from update 200", resumes="job")

    def plan_evaluations(self, name: str, datasets=None) -> LaunchPlan:
        return LaunchPlan(
            title=f"Evaluate {name} at update 200",
            command_lines=tuple(
                f"{command_line(name)} --eval_datasets={dataset}"
                for dataset in EVALUATION_DATASETS
            ),
            findings=(Finding(Level.OK, "checkpoint", "model_200.ckpt is complete"),),
        )

    def submit(self, plan: LaunchPlan) -> tuple[str, ...]:
        self.submitted.append(plan)
        return tuple(f"job-{index}" for index in range(len(plan.command_lines)))

    def stop_preview(self, name: str) -> StopPreview:
        if not self.rows[name].is_active:
            raise MdtuiError(f"{name} is not running: there is nothing to stop.")
        return StopPreview(f"20200326-120000-{name}", name, 200, 220, 20)

    def stop(self, name: str, how: str) -> str:
        self.stopped.append((name, how))
        return f"asked to {how} {name}"

    def select_best(self, name: str) -> BestReport:
        if self.rows[name].best_accuracy is None:
            raise MdtuiError(f"{name} has no validation yet: train it first.")
        return BestReport(
            experiment=name,
            update=200,
            accuracy=0.7040,
            interval=0.0212,
            checkpoint=f"/data/exp/checkpoints/{name}/model_200.ckpt",
            checkpoint_exists=True,
            size_bytes=1_363_148,
            text_file=f"/data/exp/best_{name}.txt",
            why="The highest of 11 mean validation accuracies, update 20 to 220.",
        )


def busy_workspace() -> FakeWorkspace:
    """A workspace in the middle of a day: one runs, one failed, one is done."""
    workspace = FakeWorkspace()
    workspace.update(
        RUNNING,
        state="running",
        is_active=True,
        update=220,
        total=300,
        eta_seconds=42.0,
        last_loss=0.634,
        best_accuracy=0.7040,
        best_update=200,
        gpu="cpu",
        job_id=f"20200326-120000-{RUNNING}",
    )
    workspace.update(
        "baseline_imagenet_resnet",
        state="done",
        can_resume=True,
        update=300,
        total=300,
        last_loss=2.871,
        best_accuracy=0.3125,
        best_update=280,
    )
    workspace.update(
        "baselinefinetune_imagenet",
        state="failed",
        reason="exit code 1: no dataset folder omniglot below /data/records",
        update=40,
        total=300,
        can_resume=True,
        last_loss=float("nan"),
    )
    workspace.update("prototypical_all", state="queued", total=300, is_active=True)
    workspace.update(BLOCKED, state="blocked by baseline_imagenet_mamlconvnet")
    workspace.curves[RUNNING] = run_curves()
    workspace.logs[RUNNING] = LOG
    workspace.results[RUNNING] = evaluation_results(4)
    workspace.jobs = (
        job_view(
            "baseline_imagenet_resnet",
            State.ENDED,
            Reason.DONE,
            ended=1.6e9 + 90,
            exit_code=0,
        ),
        job_view(
            "baselinefinetune_imagenet",
            State.ENDED,
            Reason.FAILED,
            ended=1.6e9 + 99,
            detail="exit code 1",
            exit_code=1,
        ),
        job_view(RUNNING, State.RUNNING),
        job_view("prototypical_all", State.QUEUED),
    )
    return workspace
