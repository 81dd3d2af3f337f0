"""The whole walk-through by keys alone, in a real terminal, with a real trainer.

Launch, watch, kill, resume, kill -9 the app and the dispatcher, let it end, select,
evaluate on ten datasets, read the results: nothing is lost and nothing runs twice.
"""

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from mdtui.events.follower import RunFollower
from mdtui.jobs.records import read_jobs
from meta_dataset.dataset_conversion.drawings.layout import Size
from meta_dataset.dataset_conversion.make_demo_records import make_demo_records
from meta_dataset.run_files import EVALUATION_DATASETS, Tags, list_checkpoints
from tests.terminal.terminal import Terminal

NAME = "prototypical_imagenet"
TOTAL = 300
SETTINGS = f"""
records = "records"
[trainer]
gin_configs = ["meta_dataset/learn/gin/setups/demo.gin"]
gin_bindings = [
  "DataConfig.image_height = 24",
  "Trainer.num_updates = {TOTAL}",
  "Trainer.checkpoint_every = 20",
  "Trainer.validate_every = 20",
  "Trainer.log_every = 5",
  "Trainer.num_eval_episodes = 5",
]
"""

pytestmark = [pytest.mark.slow, pytest.mark.terminal, pytest.mark.timeout(540)]


@pytest.fixture
def folder(tmp_path):
    workspace = tmp_path / "workspace"
    make_demo_records(workspace / "records", size=Size(classes=0.2, images=14))
    (workspace / ".mdtui").mkdir()
    (workspace / ".mdtui" / "config.toml").write_text(SETTINGS)
    yield workspace
    end_processes_of(workspace)


def processes_of(workspace, module=""):
    """Returns the processes whose command line names the workspace and a module."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if str(workspace) in line and module in line and process.pid != os.getpid():
            found.append(process)
    return found


def end_processes_of(workspace):
    """Ends what a failed test left: dispatcher first, or it would go on."""
    for module in ("mdtui.jobs.dispatcher", "mdtui.jobs.runner", ""):
        for process in processes_of(workspace, module):
            with_no_such_process(process.kill)
    psutil.wait_procs(processes_of(workspace), timeout=10)


def with_no_such_process(act):
    try:
        act()
    except psutil.NoSuchProcess:
        return


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


def open_app(workspace):
    environment = {
        **os.environ,
        "HOME": str(workspace.parent),
        "TERM": "xterm-256color",
    }
    environment.pop("RECORDS", None)
    command = [sys.executable, "-m", "mdtui", "--workspace", str(workspace)]
    return Terminal(command, size=(120, 40), environment=environment)


def select_experiment(terminal):
    terminal.wait_for(NAME)
    terminal.press("j", "j", "j", "j", "j")
    terminal.wait_for(f"Plots {NAME}")


def newest(workspace, run=NAME):
    views, problems = read_jobs(workspace / ".mdtui")
    assert not problems
    return [view for view in views if view.job.run == run]


def test_the_walk_through_by_keys(folder):
    checkpoints = folder / "checkpoints" / NAME
    with open_app(folder) as terminal:
        select_experiment(terminal)
        terminal.press("a")
        terminal.wait_for("meta_dataset.train")
        terminal.wait_for("Launch")
        terminal.press("enter")
        terminal.wait_for(rf"{NAME} .*running", 60)
        wait_until(lambda: 40 in list_checkpoints(checkpoints), 90, "checkpoint 40")
        # Four curves move: each pane's legend carries the last value of its curves.
        terminal.wait_for(r"Loss.*train +[\d.]+.*valid +[\d.]+")
        terminal.wait_for(r"Accuracy.*train +[\d.]+.*valid +[\d.]+")
        terminal.wait_for("Update [0-9]+")

        terminal.press("K")
        terminal.wait_for("SIGKILL")
        terminal.press("enter")  # the default is Cancel
        terminal.wait_for("SIGKILL", gone=True)
        assert newest(folder)[0].state == "running"
        terminal.press("K")
        terminal.wait_for("SIGKILL")
        terminal.press("y")
        terminal.wait_for(rf"{NAME} .*stopped", 20)
        assert processes_of(folder, "meta_dataset.train") == []
        kept = list_checkpoints(checkpoints)[-1]
        assert kept < TOTAL

        terminal.press("R")
        terminal.wait_for(f"[Rr]esume {NAME}")
        terminal.press("enter")
        terminal.wait_for(rf"{NAME} .*running", 60)
        terminal.process.send_signal(signal.SIGKILL)  # the app dies
        terminal.wait_for_exit()

    for dispatcher in processes_of(folder, "mdtui.jobs.dispatcher"):
        dispatcher.kill()
    wait_until(lambda: list_checkpoints(checkpoints)[-1] > kept, 90, "the job going on")

    with open_app(folder) as terminal:
        select_experiment(terminal)
        terminal.wait_for(rf"{NAME} .*done", 120)
        terminal.press("b")
        terminal.wait_for(r"model_\d+\.ckpt")
        terminal.press("escape")
        terminal.wait_for("Best checkpoint", gone=True)
        terminal.press("e")
        terminal.wait_for("Evaluate", 20)
        terminal.press("enter")
        terminal.wait_for("Results.* 10/10", 300)
        terminal.wait_for(r"omniglot +\d+\.\d+ .*\d+\.\d+")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0

    # A result is on the screen before its process has left.
    wait_until(lambda: processes_of(folder) == [], 30, "every process leaving")
    check_nothing_lost_nothing_double(folder)


def check_nothing_lost_nothing_double(folder: Path):
    (training,) = newest(folder)
    assert (training.reason, training.attempt) == ("done", 2)
    for dataset in EVALUATION_DATASETS:
        (evaluation,) = newest(folder, f"{NAME}_eval_{dataset}")
        assert (evaluation.reason, evaluation.attempt) == ("done", 1)
        files = list((folder / "summaries" / f"{NAME}_eval_{dataset}").glob("events*"))
        assert len(files) == 1
    curves = RunFollower(folder / "summaries" / NAME).poll()
    assert len(curves.restarts) == 1 and not curves.damage
    steps = list(curves.curves[Tags.TRAIN_LOSS].steps)
    assert steps == sorted(set(steps)) and steps[-1] == TOTAL
    assert list(curves.curves[Tags.MEAN_VALID_ACCURACY].steps) == (
        list(range(0, TOTAL + 1, 20))
    )
    text = (folder / f"best_{NAME}.txt").read_text()
    best = int(text.split("best_update_num: ")[1])
    accuracies = dict(
        zip(
            curves.curves[Tags.MEAN_VALID_ACCURACY].steps,
            curves.curves[Tags.MEAN_VALID_ACCURACY].values,
            strict=True,
        )
    )
    assert accuracies[best] == max(accuracies.values())
