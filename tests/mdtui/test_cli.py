"""The command line: exit codes, text and JSON, one clear message each."""

import json
import os
import subprocess
import sys

import pytest

from mdtui import __version__
from mdtui.cli import main
from tests.fakes.runs import write_evaluation, write_training

NAME = "prototypical_imagenet"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RECORDS", str(tmp_path / "records"))
    for name in ("EXPROOT", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    exproot = tmp_path / "exproot"
    write_training(exproot, NAME)
    write_evaluation(exproot, NAME, "dtd", 0.4, 0.03)
    return exproot


def run(capsys, *arguments):
    """Returns (exit code, standard output, standard error)."""
    code = main(list(map(str, arguments)))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_version(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.strip() == f"mdtui {__version__}"


def test_the_list_as_text_and_json(capsys, folder):
    code, text, _ = run(capsys, "-w", folder, "list")
    assert code == 0 and "20 / 75000" in text and "60.00" in text
    code, text, _ = run(capsys, "list", "-w", folder, "--json")
    rows = json.loads(text)["experiments"]
    assert code == 0 and len(rows) == 15
    row = next(row for row in rows if row["name"] == NAME)
    assert (row["state"], row["best_update"]) == ("on disk", 10)


def test_the_workspace_may_come_from_the_environment(capsys, folder, monkeypatch):
    monkeypatch.setenv("EXPROOT", str(folder))
    assert run(capsys, "list")[0] == 0


def test_without_a_workspace_it_asks_which(capsys, folder):
    code, out, error = run(capsys, "list")
    assert code == 2 and out == "" and "EXPROOT" in error


def test_status_of_one_experiment(capsys, folder):
    code, text, _ = run(capsys, "-w", folder, "status", NAME)
    assert code == 0 and "0, 10, 20" in text
    code, text, _ = run(capsys, "-w", folder, "status", NAME, "--json")
    assert json.loads(text)["checkpoints"] == [0, 10, 20]


def test_best_prints_update_value_and_file(capsys, folder):
    code, text, _ = run(capsys, "-w", folder, "best", NAME)
    assert code == 0
    assert "update 10, 60.00 +- 1.00 %" in text and "model_10.ckpt" in text


def test_results_show_the_mean_and_its_interval(capsys, folder):
    code, text, _ = run(capsys, "-w", folder, "results")
    assert code == 0 and "40.00 +- 3.00" in text
    code, text, _ = run(capsys, "-w", folder, "results", NAME, "--json")
    results = json.loads(text)[NAME]["results"]
    assert {each["dataset"]: each["accuracy"] for each in results}["dtd"] == (
        pytest.approx(0.4)
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("launch", "protypical_imagenet"), 2, NAME),
        (("status", "nothing_like_it"), 2, "no experiment 'nothing_like_it'"),
        (("launch", "maml_imagenet"), 2, "MAML"),
        (("launch", NAME), 3, "records"),
        (("eval", NAME, "imagenette"), 2, "imagenette"),
        (("best", "maml_all"), 1, "maml_all"),
        (("log", NAME), 2, "no job yet"),
        (("kill", NAME), 2, "no job yet"),
        (("resume", "maml_all"), 2, "no checkpoint to resume"),
    ],
)
def test_bad_input_gets_one_message_and_its_exit_code(
    capsys, folder, arguments, code, message
):
    found, _, error = run(capsys, "-w", folder, *arguments)
    assert found == code
    assert message in error
    assert error.count("mdtui: ") == 1 and "Traceback" not in error


def test_a_blocked_launch_says_so_in_json_too(capsys, folder):
    code, text, _ = run(capsys, "-w", folder, "launch", NAME, "--json")
    assert code == 3
    plan = json.loads(text)
    assert plan["blocked"] and plan["jobs"] == []
    assert plan["findings"][0]["level"] == "stop"


def test_doctor_compares_the_limit_of_open_files(capsys, folder):
    code, text, _ = run(capsys, "-w", folder, "doctor")
    assert code == 3  # no records here
    for number in ("1024", "10000", "100000"):
        assert number in text


def test_a_broken_setting_is_one_message(capsys, folder):
    (folder / ".mdtui").mkdir()
    (folder / ".mdtui" / "config.toml").write_text("record = '/x'\n")
    code, _, error = run(capsys, "-w", folder, "list")
    assert code == 2 and "'record'" in error and "'records'" in error


def test_the_app_needs_a_terminal(folder):
    found = subprocess.run(
        [sys.executable, "-m", "mdtui", "--workspace", str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 2
    assert "needs a terminal" in found.stderr and "Traceback" not in found.stderr


def test_one_setting_that_breaks_every_row_is_said_once(capsys, folder):
    (folder / ".mdtui").mkdir()
    (folder / ".mdtui" / "config.toml").write_text(
        '[trainer]\ngin_configs = ["nowhere.gin"]\n'
    )
    code, text, error = run(capsys, "-w", folder, "list")
    assert code == 0 and NAME in text
    assert error.count("nowhere.gin") == 1
    code, _, error = run(capsys, "-w", folder, "launch", NAME)
    assert code == 2 and "nowhere.gin" in error and "trainer.gin_" in error


def test_damage_is_said_with_the_status_of_an_experiment(capsys, folder):
    job = folder / ".mdtui/jobs/20260101-000000-x-abcdef12"
    job.mkdir(parents=True)
    (job / "job.json").write_text("{")
    events = next((folder / "summaries" / NAME).iterdir())
    data = bytearray(events.read_bytes())
    data[len(data) // 2] ^= 0xFF
    events.write_bytes(data)
    code, text, error = run(capsys, "-w", folder, "status", NAME)
    assert code == 0 and "0, 10, 20" in text
    assert "job.json: not JSON" in error
    assert events.name in error


@pytest.mark.parametrize("buffered", [True, False])
def test_output_that_cannot_be_written_is_one_message(folder, buffered):
    environment = {**os.environ, "PYTHONUNBUFFERED": "" if buffered else "1"}
    command = [sys.executable, "-m", "mdtui", "--workspace", str(folder), "list"]
    with open("/dev/full", "wb") as full:
        found = subprocess.run(
            command,
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            timeout=60,
            check=False,
        )
    assert found.returncode == 1
    assert found.stderr.count("mdtui: ") == 1 and "No space left" in found.stderr
    assert "Traceback" not in found.stderr and "ignored" not in found.stderr
