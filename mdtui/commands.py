"""The commands of `mdtui` that need no screen: each prints text or, asked, JSON.

Text is for people and may change; JSON has stable keys. Both go to standard output,
everything else to standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping

from mdtui.core import render
from mdtui.core.errors import BlockedError, UsageError
from mdtui.core.jobs import State
from mdtui.core.model import Finding, LaunchPlan, Level, Snapshot
from mdtui.core.results import mean_over_datasets
from mdtui.log_tail import last_lines
from mdtui.workspace import Workspace

_FOLLOW_SECONDS = 0.5


def run(name: str, workspace: Workspace, options: argparse.Namespace) -> int:
    """Runs one command and returns its exit code."""
    return _COMMANDS[name](workspace, options)


def _list(workspace: Workspace, options: argparse.Namespace) -> int:
    snapshot = workspace.snapshot()
    rows = [row for row in snapshot.rows if options.all or not row.hidden]
    if options.json:
        print(render.json_text({"workspace": snapshot.workspace, "experiments": rows}))
    else:
        print(render.experiment_table(rows))
    _report_problems(snapshot)
    return 0


def _status(workspace: Workspace, options: argparse.Namespace) -> int:
    snapshot = workspace.snapshot(options.experiment)
    if options.experiment is None:
        if options.json:
            print(
                render.json_text(
                    {"workspace": snapshot.workspace, "jobs": snapshot.jobs}
                )
            )
        else:
            print(render.job_table(snapshot.jobs, snapshot.taken_at))
        _report_problems(snapshot)
        return 0
    if snapshot.detail is None:
        workspace.plan_launch(options.experiment)  # names the nearest experiment
    row = next(row for row in snapshot.rows if row.name == options.experiment)
    jobs = [view for view in snapshot.jobs if view.job.experiment == row.name]
    if options.json:
        print(
            render.json_text(
                {
                    "experiment": row,
                    "best": snapshot.detail.best,
                    "checkpoints": snapshot.detail.checkpoints,
                    "results": snapshot.detail.results,
                    "jobs": jobs,
                }
            )
        )
    else:
        print(render.description(row, snapshot.detail, jobs, snapshot.taken_at))
    _report_problems(snapshot)
    return 0


def _results(workspace: Workspace, options: argparse.Namespace) -> int:
    if options.experiment:
        names = [options.experiment]
    else:
        rows = workspace.snapshot().rows
        names = [row.name for row in rows if not row.hidden]
    found = {name: workspace.results(name) for name in names}
    if not options.experiment:
        found = {
            name: results
            for name, results in found.items()
            if any(result.state != "none" for result in results)
        }
    if options.json:
        print(
            render.json_text(
                {
                    name: {"results": results, "mean": mean_over_datasets(results)}
                    for name, results in found.items()
                }
            )
        )
        return 0
    for name, results in found.items():
        print(render.results_table(name, results))
    if not found:
        print("No evaluations yet. mdtui eval EXPERIMENT queues them.")
    return 0


def _log(workspace: Workspace, options: argparse.Namespace) -> int:
    if options.lines < 1:
        raise UsageError("--lines must be at least 1.")
    view = workspace.newest_job(options.experiment)
    path = view.stderr if last_lines(view.stderr, 1) else view.stdout
    lines = last_lines(path, options.lines)
    if options.json:
        print(render.json_text({"job": view.job.id, "file": path, "lines": lines}))
        return 0
    for line in lines:
        print(line)
    if options.follow:
        _follow(workspace, view.job.id, path)
    return 0


def _follow(workspace: Workspace, job_id: str, path) -> None:
    """Prints what a log grows by until its job ends."""
    from mdtui.core import plain_text

    offset = path.stat().st_size if path.exists() else 0
    while True:
        ended = workspace.newest_job(job_id).state is State.ENDED
        if path.exists():
            with open(path, "rb") as file:
                file.seek(offset)
                whole, newline, _ = file.read().rpartition(b"\n")
            offset += len(whole) + len(newline)
            for line in plain_text.lines(whole):
                print(line, flush=True)
        if ended:
            return
        time.sleep(_FOLLOW_SECONDS)


def _launch(workspace: Workspace, options: argparse.Namespace) -> int:
    return _carry_out(workspace, workspace.plan_launch(options.experiment), options)


def _resume(workspace: Workspace, options: argparse.Namespace) -> int:
    return _carry_out(workspace, workspace.plan_resume(options.experiment), options)


def _evaluate(workspace: Workspace, options: argparse.Namespace) -> int:
    plan = workspace.plan_evaluations(options.experiment, options.datasets or None)
    return _carry_out(workspace, plan, options)


def _carry_out(
    workspace: Workspace, plan: LaunchPlan, options: argparse.Namespace
) -> int:
    """Shows a plan and, unless it is a dry run or blocked, starts it."""
    job_ids: tuple[str, ...] = ()
    if not plan.blocked and not options.dry_run:
        job_ids = workspace.submit(plan)
    if options.json:
        print(
            render.json_text(
                {
                    "title": plan.title,
                    "commands": plan.command_lines,
                    "findings": plan.findings,
                    "blocked": plan.blocked,
                    "jobs": job_ids,
                }
            )
        )
    else:
        print(render.plan_text(plan, shown_findings=Level.INFORMATION))
        for job_id in job_ids:
            print(f"queued {job_id}")
    if plan.blocked:
        _refuse(plan)
    return 0


def _refuse(plan: LaunchPlan) -> None:
    """Raises the error that a blocked plan deserves."""
    stops = [finding for finding in plan.findings if finding.level is Level.STOP]
    text = " ".join(f"{each.text} {each.remedy}".strip() for each in stops)
    # A learner that is not there yet is a wrong name to the trainer, too.
    if any(each.title in ("learner", "backbone", "settings") for each in stops):
        raise UsageError(text)
    raise BlockedError(text)


def _kill(workspace: Workspace, options: argparse.Namespace) -> int:
    how = "kill" if options.kill else "terminate" if options.terminate else "stop"
    text = workspace.stop(options.experiment, how)
    print(render.json_text({"message": text}) if options.json else text)
    return 0


def _best(workspace: Workspace, options: argparse.Namespace) -> int:
    report = workspace.select_best(options.experiment)
    print(render.json_text(report) if options.json else render.best_text(report))
    return 0


def _doctor(workspace: Workspace, options: argparse.Namespace) -> int:
    findings = workspace.examine(options.experiment)
    if options.json:
        print(render.json_text({"findings": findings}))
    else:
        print(render.findings_text(findings))
    return _doctor_exit_code(findings)


def _doctor_exit_code(findings: tuple[Finding, ...]) -> int:
    blocked = any(finding.level is Level.STOP for finding in findings)
    return BlockedError.exit_code if blocked else 0


def _report_problems(snapshot: Snapshot) -> None:
    for problem in snapshot.problems:
        print(f"mdtui: {problem}", file=sys.stderr)
    if not os.path.isdir(snapshot.workspace):
        print(
            f"mdtui: {snapshot.workspace} does not exist yet; the first launch makes "
            "it.",
            file=sys.stderr,
        )


_COMMANDS: Mapping[str, object] = {
    "list": _list,
    "status": _status,
    "results": _results,
    "log": _log,
    "launch": _launch,
    "resume": _resume,
    "eval": _evaluate,
    "kill": _kill,
    "best": _best,
    "doctor": _doctor,
}
