"""What a workspace says and does, on files that a trainer would have left."""

import json
import os

import pytest

from mdtui.core.errors import BlockedError, MdtuiError, UsageError, WorkspaceError
from mdtui.core.model import Level
from mdtui.workspace import Workspace
from meta_dataset.run_files import EVALUATION_DATASETS
from tests.fakes.runs import write_checkpoints, write_evaluation, write_training

NAME = "prototypical_imagenet"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "exproot"


@pytest.fixture
def workspace(folder):
    folder.mkdir()
    return open_workspace(folder)


def open_workspace(folder, **options):
    environment = {"HOME": str(folder.parent), "RECORDS": str(folder / "records")}
    return Workspace.open(folder, environment=environment, **options)


def row_of(workspace, name=NAME):
    return next(row for row in workspace.snapshot().rows if row.name == name)


def test_an_empty_workspace_lists_everything_as_not_started(workspace):
    rows = workspace.snapshot().rows
    assert len(rows) == 15
    assert row_of(workspace).state == "not started"
    assert row_of(workspace, "matching_imagenet").state == (
        "blocked by baseline_imagenet_resnet"
    )
    assert row_of(workspace, "baseline_imagenet").state == (
        "blocked by baseline_imagenet_resnet"
    )


def test_a_workspace_need_not_exist_yet(folder):
    assert open_workspace(folder).snapshot().rows
    assert not folder.exists()


def test_a_run_without_a_job_shows_its_curves_and_checkpoints(workspace, folder):
    write_training(folder, NAME)
    row = row_of(workspace)
    assert row.state == "on disk"
    assert (row.update, row.total) == (20, 75000)
    assert row.last_loss == pytest.approx(1.8)
    assert row.best_accuracy == pytest.approx(0.6) and row.best_update == 10
    assert row.can_resume and not row.is_active
    detail = workspace.snapshot(NAME).detail
    assert detail.checkpoints == (0, 10, 20)
    assert list(detail.curves.curves["mean valid acc"].steps) == [0, 10, 20]


def test_selecting_the_best_writes_the_published_files(workspace, folder):
    write_training(folder, NAME)
    report = workspace.select_best(NAME)
    assert (report.update, report.accuracy) == (10, pytest.approx(0.6))
    assert report.interval == pytest.approx(0.01)
    assert report.checkpoint == str(folder / "checkpoints" / NAME / "model_10.ckpt")
    assert report.checkpoint_exists and report.size_bytes == 9
    assert "3" in report.why
    text = (folder / f"best_{NAME}.txt").read_text()
    assert "best_update_num: 10" in text
    assert (folder / f"best_{NAME}.pklz").exists()
    assert workspace.snapshot(NAME).detail.best == report


def test_selecting_without_a_validation_is_one_clear_message(workspace):
    with pytest.raises(MdtuiError, match=NAME):
        workspace.select_best(NAME)


def test_selecting_from_a_damaged_file_names_it(workspace, folder):
    write_training(folder, NAME)
    (file,) = (folder / "summaries" / NAME).iterdir()
    file.write_bytes(b"\x00" * file.stat().st_size)
    with pytest.raises(MdtuiError, match=file.name):
        workspace.select_best(NAME)


def test_a_launch_is_blocked_without_records(workspace):
    plan = workspace.plan_launch(NAME)
    assert plan.blocked
    assert plan.command_lines[0].count("meta_dataset.train") == 1
    with pytest.raises(BlockedError, match="records"):
        workspace.submit(plan)
    assert workspace.jobs() == ()


def test_a_learner_that_is_not_there_is_named(workspace, folder):
    write_checkpoints(folder / "checkpoints" / "baseline_imagenet_resnet", 10)
    findings = workspace.plan_launch("matching_imagenet").findings
    learner = next(each for each in findings if each.title == "learner")
    assert learner.level is Level.STOP
    assert "MatchingNet" in learner.text and "PrototypicalNet" in learner.remedy


def test_an_unknown_experiment_is_named_with_the_nearest(workspace):
    with pytest.raises(UsageError, match=NAME):
        workspace.plan_launch("prototypical_imagnet")


def test_the_baseline_is_linked_once_its_target_is_trained(workspace, folder):
    assert workspace.plan_launch("baseline_imagenet").blocked
    write_training(folder, "baseline_imagenet_resnet")
    plan = workspace.plan_launch("baseline_imagenet")
    assert not plan.blocked and not plan.jobs
    assert all(line.startswith("ln -s ") for line in plan.command_lines)
    workspace.submit(plan)
    for kind in ("checkpoints", "summaries"):
        assert os.readlink(folder / kind / "baseline_imagenet") == (
            "baseline_imagenet_resnet"
        )
    assert row_of(workspace, "baseline_imagenet").state == "linked"
    assert workspace.select_best("baseline_imagenet").update == 10
    assert workspace.plan_launch("baseline_imagenet").blocked


def test_evaluations_that_are_done_are_not_planned_again(workspace, folder):
    write_training(folder, NAME)
    write_evaluation(folder, NAME, "omniglot")
    plan = workspace.plan_evaluations(NAME)
    datasets = [job.dataset for job in plan.jobs]
    assert datasets == [each for each in EVALUATION_DATASETS if each != "omniglot"]
    assert all("model_10.ckpt" in line for line in plan.command_lines)
    named = workspace.plan_evaluations(NAME, ["omniglot"])
    assert [job.dataset for job in named.jobs] == ["omniglot"]
    with pytest.raises(UsageError, match="imagenette"):
        workspace.plan_evaluations(NAME, ["imagenette"])


def test_results_come_in_the_walk_throughs_order(workspace, folder):
    write_evaluation(folder, NAME, "dtd", 0.4, 0.03)
    results = workspace.results(NAME)
    assert tuple(each.dataset for each in results) == EVALUATION_DATASETS
    dtd = next(each for each in results if each.dataset == "dtd")
    assert (dtd.state, dtd.accuracy) == ("done", pytest.approx(0.4))
    assert {each.state for each in results if each is not dtd} == {"none"}


def test_nothing_to_resume_or_stop_is_said(workspace):
    with pytest.raises(UsageError, match="no checkpoint to resume"):
        workspace.plan_resume(NAME)
    with pytest.raises(UsageError, match="no job"):
        workspace.stop(NAME, "stop")


def test_a_read_only_view_writes_nothing(folder):
    write_training(folder, NAME)
    workspace = open_workspace(folder, read_only=True)
    with pytest.raises(UsageError, match="read-only"):
        workspace.select_best(NAME)
    assert not (folder / f"best_{NAME}.txt").exists()


def test_a_workspace_that_is_a_file_is_one_message(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    with pytest.raises(WorkspaceError, match="not a folder"):
        open_workspace(path)


def test_a_users_gin_folder_adds_rows_and_a_broken_file_breaks_only_its_row(folder):
    mine = folder / "gin"
    mine.mkdir(parents=True)
    best = "meta_dataset/learn/gin/best"
    (mine / "mine.gin").write_text(f"include '{best}/prototypical_imagenet.gin'\n")
    (mine / "broken.gin").write_text("Trainer.num_updates =\n")
    (folder / ".mdtui").mkdir()
    (folder / ".mdtui" / "config.toml").write_text(
        f"[experiments]\ngin = {json.dumps([best, str(mine)])}\n"
    )
    workspace = open_workspace(folder)
    snapshot = workspace.snapshot()
    names = [row.name for row in snapshot.rows]
    assert names[15:] == ["broken", "mine"]
    assert any("broken.gin" in problem for problem in snapshot.problems)
    assert workspace.plan_launch("broken").blocked


def test_visible_gpus_are_described(workspace, folder, monkeypatch):
    fake = folder.parent / "gpus.json"
    monkeypatch.setenv("MDTUI_FAKE_GPUS", str(fake))
    gpus = [
        {"uuid": "GPU-1", "name": "H200", "memory_total_mib": 143360},
        {"uuid": "GPU-2", "memory_used_mib": 70000, "processes": [{"pid": 1}]},
    ]
    fake.write_text(json.dumps({"gpus": gpus}))
    assert workspace.snapshot().gpus == ()  # the first frame does not wait for NVML
    free, used = workspace.snapshot().gpus
    assert free.startswith("H200  GPU-1") and free.endswith("0.0 / 140.0 GiB  free")
    assert used.endswith("in use by others")
