"""The user's settings: built in, then files, then the environment, then flags.

Later wins: built in < the user's configuration folder < the workspace's
`.mdtui/config.toml` < environment (`EXPROOT`, `RECORDS`, as in the walk-through) <
flags. Reading the files is `load`'s business; `merge` is pure.
"""

from __future__ import annotations

import difflib
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mdtui.core.errors import UsageError, WorkspaceError

CONFIG_NAME = "config.toml"
STATE_FOLDER = ".mdtui"


@dataclass(frozen=True)
class Settings:
    """Every setting, with the layer that decided it.

    Attributes:
      records: folder of the converted datasets, one folder a dataset; None if unset.
      trainer_command: how the trainer is started, before its own flags.
      trainer_directory: where it runs; the workspace when empty.
      gin_configs: gin files applied after an experiment's own.
      gin_bindings: bindings applied after every file.
      experiment_folders: folders (or files) of gin files, each a row of the list.
      cpu_slots: jobs at a time on a machine without GPUs.
      origins: setting -> the layer it comes from.
    """

    records: str | None = None
    trainer_command: tuple[str, ...] = (sys.executable, "-m", "meta_dataset.train")
    trainer_directory: str = ""
    gin_configs: tuple[str, ...] = ()
    gin_bindings: tuple[str, ...] = ()
    experiment_folders: tuple[str, ...] = ("meta_dataset/learn/gin/best",)
    cpu_slots: int = 1
    origins: Mapping[str, str] = field(default_factory=dict)


# The key in a file, the attribute, and what a value must be.
_KEYS: Mapping[str, tuple[str, type]] = {
    "records": ("records", str),
    "trainer.command": ("trainer_command", tuple),
    "trainer.directory": ("trainer_directory", str),
    "trainer.gin_configs": ("gin_configs", tuple),
    "trainer.gin_bindings": ("gin_bindings", tuple),
    "experiments.gin": ("experiment_folders", tuple),
    "jobs.cpu_slots": ("cpu_slots", int),
}
_KINDS = {str: "a string", tuple: "a list of strings", int: "a whole number above 0"}


def merge(layers: Sequence[tuple[str, Mapping[str, Any]]]) -> Settings:
    """Returns the settings that `layers` add up to, the last one winning.

    Args:
      layers: (where it comes from, {key as in a file: value}).

    Raises:
      UsageError: an unknown key, naming the nearest known one, or a value of
        another kind.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, layer in layers:
        for key, value in layer.items():
            attribute, kind = _known(key, origin)
            values[attribute] = _checked(key, value, kind, origin)
            origins[key] = origin
    return Settings(**values, origins=origins)


def load(
    workspace: Path,
    environment: Mapping[str, str],
    flags: Mapping[str, Any] | None = None,
) -> Settings:
    """Returns the settings for `workspace`, reading the two configuration files.

    Args:
      workspace: the `$EXPROOT` folder.
      environment: the process environment; `RECORDS`, `XDG_CONFIG_HOME` and `HOME`
        are looked at.
      flags: {key as in a file: value} given on the command line.

    Raises:
      UsageError: a file does not parse or holds something unknown.
    """
    layers: list[tuple[str, Mapping[str, Any]]] = []
    for path in (user_config(environment), workspace / STATE_FOLDER / CONFIG_NAME):
        layers.append((str(path), _anchored(_read(path), path, workspace)))
    if environment.get("RECORDS"):
        layers.append(("environment variable RECORDS", _records(environment)))
    layers.append(("command line", flags or {}))
    return merge(layers)


def user_config(environment: Mapping[str, str]) -> Path:
    """Returns where the user's own configuration file would be."""
    base = environment.get("XDG_CONFIG_HOME")
    home = Path(environment.get("HOME") or os.path.expanduser("~"))
    return (Path(base) if base else home / ".config") / "mdtui" / CONFIG_NAME


def _records(environment: Mapping[str, str]) -> Mapping[str, Any]:
    return {"records": os.path.abspath(environment["RECORDS"])}


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with open(path, "rb") as file:
            return _flattened(tomllib.load(file))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}. Mend the file.") from None
    except OSError as error:
        raise WorkspaceError(
            f"{path} cannot be read: {error.strerror}. Check its permissions."
        ) from None


def _flattened(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat.update(_flattened(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat


def _anchored(
    values: Mapping[str, Any], path: Path, workspace: Path
) -> Mapping[str, Any]:
    """Reads relative folders as relative to the workspace, so that it can be moved."""
    anchored = dict(values)
    for key in ("records", "trainer.directory"):
        if isinstance(anchored.get(key), str) and anchored[key]:
            anchored[key] = str(workspace / os.path.expanduser(anchored[key]))
    return anchored


def _known(key: str, origin: str) -> tuple[str, type]:
    if key in _KEYS:
        return _KEYS[key]
    near = difflib.get_close_matches(key, _KEYS, n=1, cutoff=0.0)[0]
    raise UsageError(
        f"Unknown setting '{key}' in {origin}. The nearest known one is '{near}'."
    )


def _checked(key: str, value: Any, kind: type, origin: str) -> Any:
    if kind is tuple:
        valid = isinstance(value, list | tuple)
        valid = valid and all(isinstance(item, str) for item in value)
        valid = valid and (bool(value) or key != "trainer.command")
        value = tuple(value) if valid else value
    elif kind is int:
        valid = type(value) is int and value > 0
    else:
        valid = isinstance(value, str)
    if valid:
        return value
    more = " that is not empty" if value == () else ""
    raise UsageError(
        f"Setting '{key}' in {origin} is {value!r}; it must be {_KINDS[kind]}{more}."
    )
