"""Layers of settings: later wins, unknown keys are errors that name the nearest."""

import pytest

from mdtui.core.errors import UsageError
from mdtui.core.settings import load, merge


def test_later_layers_win_and_are_remembered():
    settings = merge(
        [
            ("user", {"records": "/a", "jobs.cpu_slots": 2}),
            ("workspace", {"records": "/b"}),
        ]
    )
    assert settings.records == "/b"
    assert settings.cpu_slots == 2
    assert settings.origins == {"records": "workspace", "jobs.cpu_slots": "user"}


def test_defaults_train_with_the_running_interpreter():
    command = merge([]).trainer_command
    assert command[1:] == ("-m", "meta_dataset.train")


def test_an_unknown_key_names_the_nearest():
    with pytest.raises(UsageError, match="'jobs.cpu_slot' in user.*'jobs.cpu_slots'"):
        merge([("user", {"jobs.cpu_slot": 2})])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("jobs.cpu_slots", 0),
        ("jobs.cpu_slots", True),
        ("jobs.cpu_slots", "2"),
        ("records", 3),
        ("trainer.command", "python"),
        ("trainer.command", []),
        ("trainer.gin_configs", [1]),
    ],
)
def test_a_value_of_another_kind_is_refused(key, value):
    with pytest.raises(UsageError, match=f"'{key}' in flags"):
        merge([("flags", {key: value})])


def test_environment_wins_over_files_and_flags_over_all(tmp_path):
    home = tmp_path / "home"
    (home / "mdtui").mkdir(parents=True)
    (home / "mdtui" / "config.toml").write_text(
        'records = "/user"\n[jobs]\ncpu_slots = 3'
    )
    workspace = tmp_path / "exproot"
    (workspace / ".mdtui").mkdir(parents=True)
    (workspace / ".mdtui" / "config.toml").write_text('records = "records"\n')
    environment = {"XDG_CONFIG_HOME": str(home), "HOME": str(tmp_path)}

    settings = load(workspace, environment)
    assert settings.records == str(workspace / "records")  # relative to the workspace
    assert settings.cpu_slots == 3
    assert load(workspace, {**environment, "RECORDS": "/env"}).records == "/env"
    flags = {"records": "/flag"}
    assert load(workspace, {**environment, "RECORDS": "/e"}, flags).records == "/flag"


def test_broken_toml_is_one_message_with_the_file(tmp_path):
    (tmp_path / ".mdtui").mkdir()
    (tmp_path / ".mdtui" / "config.toml").write_text("records = ")
    with pytest.raises(UsageError, match=r"config\.toml is not valid TOML"):
        load(tmp_path, {"HOME": str(tmp_path)})
