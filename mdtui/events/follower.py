"""Following a run: all event files of a folder, in order, as they grow.

A run has one event file for each process that trained it. A process that resumed
from a checkpoint repeats steps of the one before; its values count, and the step is
kept as a restart. Every look reads only what is new, and opens no file that did not
change.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from mdtui.events import series
from mdtui.events.series import Curve
from meta_dataset.analysis.event_files import EventFileReader, Scalars
from meta_dataset.run_files import (
    EVENT_FILE_PREFIX,
    Tags,
    canonical_tag,
    event_file_order,
)

__all__ = ["Curve", "RunCurves", "RunFollower"]

_RESUMING = frozenset({*Tags.TRAINING, Tags.MEAN_VALID_ACCURACY, Tags.VALID_INTERVAL})
"""Tags that a training process writes; an evaluation in the same folder is no restart."""


@dataclass(frozen=True)
class RunCurves:
    """What the event files of a run hold.

    Attributes:
      curves: by tag; ours where the tag is known (whatever revision wrote it), else
        the tag of the file.
      restarts: for each process but the first, in order, the step at which it resumed.
      damage: sentences about bytes or files that could not be read.
      last_write: when a file last changed, seconds since 1970; None without files.
    """

    curves: Mapping[str, Curve]
    restarts: tuple[int, ...] = ()
    damage: tuple[str, ...] = ()
    last_write: float | None = None


class RunFollower:
    """Reads a run's folder again and again.

    Args:
      directory: the folder of the event files; it need not exist yet.
    """

    def __init__(self, directory: str | os.PathLike[str]):
        self._directory = Path(directory)
        self._files: dict[str, _File] = {}
        self._stamps: dict[str, tuple[int, ...]] = {}
        self._result = RunCurves(MappingProxyType({}))

    def poll(self) -> RunCurves:
        """Returns the curves as far as they are written.

        The same object as before if nothing was written since. Never raises for what
        is on disk: a file that cannot be read is named in the damage and keeps the
        points read before.
        """
        try:
            stamps, last_write = _look(self._directory)
        except OSError as error:
            return self._with_problem(f"{self._directory}: {error.strerror or error}")
        changed = {
            name
            for name, stamp in stamps.items()
            if self._stamps.get(name) != stamp or self._files[name].error
        }
        removed = self._stamps.keys() - stamps.keys()
        known, self._stamps = self._stamps, stamps
        for name in removed:
            del self._files[name]
        for name in changed:
            if name not in self._files:
                self._files[name] = _File(self._directory / name)
            self._files[name].read()
        files = [self._files[name] for name in sorted(stamps, key=event_file_order)]
        damage = tuple(line for file in files for line in file.damage())
        if stamps == known and damage == self._result.damage:
            return self._result
        curves, restarts = _joined(files)
        self._result = RunCurves(MappingProxyType(curves), restarts, damage, last_write)
        return self._result

    def _with_problem(self, problem: str) -> RunCurves:
        """Returns what was known, and that the folder cannot be listed."""
        damage = self._result.damage
        if problem not in damage:
            self._result = replace(self._result, damage=(*damage, problem))
        return self._result


class _File:
    """One event file and its points.

    Attributes:
      points: by the file's own tags, tidy.
      error: why the last look at it failed; empty if it did not.
    """

    def __init__(self, path: Path):
        self.points: dict[str, Curve] = {}
        self.error = ""
        self._reader = EventFileReader(path)

    def read(self) -> None:
        """Reads what is new."""
        self.error = ""
        try:
            self._add(self._reader.read())
        except FileNotFoundError:
            pass  # removed since the folder was listed; gone at the next look
        except OSError as error:
            reason = error.strerror or error
            self.error = f"{self._reader.path}: cannot be read: {reason}"

    def _add(self, scalars: Scalars) -> None:
        if scalars.replaced:
            self.points = {}
        for tag, new in scalars.points.items():
            known = self.points.get(tag, series.EMPTY)
            later = Curve(new.steps, new.values, new.wall_times)
            self.points[tag] = series.append(known, later)

    def damage(self) -> list[str]:
        """Returns sentences about what cannot be read."""
        lines = [str(damage) for damage in self._reader.damage]
        return [*lines, self.error] if self.error else lines


def _look(directory: Path) -> tuple[dict[str, tuple[int, ...]], float | None]:
    """Returns what identifies the state of each event file, and the last write.

    Raises:
      OSError: the folder is there and cannot be listed.
    """
    stamps: dict[str, tuple[int, ...]] = {}
    last_write = None
    try:
        entries = os.scandir(directory)
    except (FileNotFoundError, NotADirectoryError):
        return {}, None
    with entries:
        for entry in entries:
            if not entry.name.startswith(EVENT_FILE_PREFIX):
                continue
            try:
                status = entry.stat()
            except FileNotFoundError:
                continue
            identity = status.st_dev, status.st_ino
            stamps[entry.name] = *identity, status.st_size, status.st_mtime_ns
            last_write = max(last_write or 0.0, status.st_mtime)
    return stamps, last_write


def _joined(files: Iterable[_File]) -> tuple[dict[str, Curve], tuple[int, ...]]:
    """Returns the curves of a run and the steps at which it resumed."""
    files = [file.points for file in files if file.points]
    trains = any(canonical_tag(tag) in Tags.TRAINING for file in files for tag in file)
    curves: dict[str, Curve] = {}
    restarts: list[int] = []
    for index, points in enumerate(files):
        named: dict[str, Curve] = {}
        for tag, curve in points.items():
            name = canonical_tag(tag, has_training_summaries=trains) or tag
            known = named.get(name, series.EMPTY)
            named[name] = series.append(known, curve)
        first = [int(named[name].steps[0]) for name in _RESUMING & named.keys()]
        if index and first and _RESUMING & curves.keys():
            restarts.append(min(first))
            for name in _RESUMING & curves.keys():
                curves[name] = series.cut_after(curves[name], restarts[-1])
        for name, curve in named.items():
            known = curves.get(name, series.EMPTY)
            curves[name] = series.resume(known, int(curve.steps[0]), curve)
    return curves, tuple(restarts)
