"""Values as text for people and as JSON for programs. Pure."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from pathlib import PurePath
from typing import Any

from mdtui.core.jobs import JobView, State
from mdtui.core.model import (
    BestReport,
    Detail,
    EvaluationResult,
    ExperimentRow,
    Finding,
    LaunchPlan,
    Level,
)
from mdtui.core.plain_text import harmless
from mdtui.core.results import mean_over_datasets

_MARKS = {
    Level.STOP: "stop ",
    Level.WARNING: "warn ",
    Level.INFORMATION: "info ",
    Level.OK: "ok   ",
}


def json_text(value: Any) -> str:
    """Returns `value` as indented JSON; NaN and infinities, which JSON lacks, as null."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: _plain(getattr(value, each.name))
            for each in dataclasses.fields(value)
            if each.repr  # what is kept out of representations may be secret
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: str = "") -> str:
    """Returns aligned columns.

    Args:
      heads: column titles.
      rows: cells as text.
      right: titles of the columns aligned to the right, separated by spaces.
    """
    cells = [list(map(harmless, row)) for row in rows]
    widths = [
        max(len(head), *(len(row[index]) for row in cells), 0)
        for index, head in enumerate(heads)
    ]
    to_right = {index for index, head in enumerate(heads) if head in right.split()}

    def line(row: Sequence[str]) -> str:
        return "  ".join(
            cell.rjust(width) if index in to_right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()

    return "\n".join([line(heads), *map(line, cells)])


def experiment_table(rows: Sequence[ExperimentRow]) -> str:
    """Returns the experiment list."""
    heads = [
        "EXPERIMENT",
        "MODEL",
        "SOURCE",
        "STATE",
        "UPDATE",
        "ETA",
        "LOSS",
        "BEST",
        "AT",
        "GPU",
    ]
    return table(
        heads,
        [
            (
                row.name,
                row.model,
                row.source,
                row.state,
                progress(row.update, row.total),
                duration(row.eta_seconds),
                number(row.last_loss),
                percent(row.best_accuracy),
                "" if row.best_update is None else str(row.best_update),
                row.gpu,
            )
            for row in rows
        ],
        right="UPDATE ETA LOSS BEST AT",
    )


def job_table(jobs: Sequence[JobView], now: float) -> str:
    """Returns the jobs, oldest first; a line to say that there is none."""
    if not jobs:
        return "No jobs yet. mdtui launch EXPERIMENT starts one."
    return table(
        ("JOB", "KIND", "STATE", "ATTEMPT", "TIME", "GPU", "DETAIL"),
        [
            (
                view.job.id,
                view.job.kind,
                job_state(view),
                str(view.attempt),
                duration(_elapsed(view, now)),
                ", ".join(view.gpus),
                view.detail,
            )
            for view in jobs
        ],
        right="ATTEMPT TIME",
    )


def job_state(view: JobView) -> str:
    """Returns a job's state, for an ended one why it ended."""
    if view.state is State.ENDED and view.reason is not None:
        return str(view.reason)
    return str(view.state)


def description(
    row: ExperimentRow, detail: Detail, jobs: Sequence[JobView], now: float
) -> str:
    """Returns everything known of one experiment."""
    facts = [
        ("experiment", row.name),
        ("model", f"{row.model} on {row.source}"),
        ("state", f"{row.state}  {row.reason}".rstrip()),
        ("update", progress(row.update, row.total)),
        ("ETA", duration(row.eta_seconds)),
        ("loss", number(row.last_loss)),
        ("best so far", _best_so_far(row)),
        ("selected", best_text(detail.best) if detail.best else "not yet"),
        ("checkpoints", ", ".join(map(str, detail.checkpoints)) or "none"),
    ]
    width = max(len(name) for name, _ in facts)
    lines = [f"{name.ljust(width)}  {harmless(text)}" for name, text in facts if text]
    return "\n".join([*lines, "", job_table(jobs, now)])


def results_table(name: str, results: Sequence[EvaluationResult]) -> str:
    """Returns the evaluations of one experiment, accuracy in per cent."""
    rows = [
        (result.dataset, accuracy_text(result.accuracy, result.interval), result.state)
        for result in results
    ]
    mean = mean_over_datasets(tuple(results))
    if mean is not None:
        rows.append(("mean", percent(mean), ""))
    return table((name, "ACCURACY", "STATE"), rows, right="ACCURACY")


def plan_text(plan: LaunchPlan, shown_findings: Level = Level.OK) -> str:
    """Returns a dry run: the title, the exact commands, the findings."""
    order = list(_MARKS)
    shown = [
        finding
        for finding in plan.findings
        if order.index(finding.level) <= order.index(shown_findings)
    ]
    return "\n".join([plan.title, *plan.command_lines, findings_text(shown)]).rstrip()


def findings_text(findings: Iterable[Finding]) -> str:
    """Returns the findings, each with its remedy beneath."""
    lines = []
    for finding in findings:
        lines.append(f"{_MARKS[finding.level]} {finding.title}: {finding.text}")
        if finding.remedy:
            lines.append(f"      -> {finding.remedy}")
    return "\n".join(lines)


def best_text(report: BestReport) -> str:
    """Returns step, value and file of a selected checkpoint on one line."""
    accuracy = accuracy_text(report.accuracy, report.interval)
    there = "" if report.checkpoint_exists else " (not on disk)"
    return f"update {report.update}, {accuracy} %, {report.checkpoint}{there}"


def accuracy_text(accuracy: float | None, interval: float | None) -> str:
    """Returns `51.23 +- 1.02` (per cent); empty without an accuracy."""
    if accuracy is None:
        return ""
    if interval is None:
        return percent(accuracy)
    return f"{percent(accuracy)} +- {percent(interval)}"


def percent(fraction: float | None) -> str:
    """Returns a fraction as per cent with two digits, without the sign."""
    return "" if fraction is None else f"{100 * fraction:.2f}"


def number(value: float | None) -> str:
    """Returns a loss with four digits."""
    return "" if value is None else f"{value:.4f}"


def progress(update: int | None, total: int | None) -> str:
    """Returns `120 / 300`, or what of it is known."""
    if update is None:
        return "" if total is None else f"- / {total}"
    return str(update) if total is None else f"{update} / {total}"


def duration(seconds: float | None) -> str:
    """Returns `45s`, `12m 05s`, `3h 20m` or `2d 04h`."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    if whole < 86400:
        return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
    return f"{whole // 86400}d {whole % 86400 // 3600:02d}h"


def _elapsed(view: JobView, now: float) -> float | None:
    if view.started is None:
        return None
    return (view.ended or now) - view.started


def _best_so_far(row: ExperimentRow) -> str:
    if row.best_accuracy is None:
        return ""
    return f"{percent(row.best_accuracy)} % at update {row.best_update}"
