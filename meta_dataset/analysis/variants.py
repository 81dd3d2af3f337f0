"""Which runs of an experiment compete, and what the files of a selection are called.

A *variant* is what the published selection calls a run: a folder below `summaries`.
Filters by name need the listing only; filters by parameters need
`params/<variant>/params.json`, which an external launcher writes and the trainer does
not. The pickles that launchers also wrote are not read: a pickle can run any code.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
from collections.abc import Sequence

from meta_dataset.errors import EventFileError, UsageError
from meta_dataset.run_files import ExperimentRoot

ONLY_VARIANT = "."
"""The variant of a folder whose event files lie in `summaries` itself."""


class FilterError(UsageError, ValueError):
    """The filters contradict each other, leave nothing, or cannot be applied."""


@dataclasses.dataclass(frozen=True)
class Filters:
    """Which variants to consider; an empty field restricts nothing.

    Attributes:
      names: folder names; those that do not exist are ignored if one exists.
      architectures: embedding networks, as `params.json` records them.
      pretrained_source: `scratch` or `imagenet`, as `params.json` records it.
    """

    names: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    pretrained_source: str = ""


def names_of_range(text: str) -> tuple[str, ...]:
    """Returns the names of a range `start,end` of integers, both inclusive.

    Raises:
      FilterError: the text is something else, or the range is empty.
    """
    try:
        start, end = (int(part) for part in text.split(","))
    except ValueError as error:
        raise FilterError(
            f"--restrict_to_variants_by_range={text}: give two integers, as in 3,17"
        ) from error
    if end < start:
        raise FilterError(
            f"--restrict_to_variants_by_range={text}: the range is empty; give the "
            "smaller integer first"
        )
    return tuple(str(number) for number in range(start, end + 1))


def find_variants(root: pathlib.Path, filters: Filters) -> tuple[str, ...]:
    """Returns the names of the variants that pass the filters, sorted.

    Raises:
      EventFileError: there is no folder of summaries, or it cannot be listed.
      FilterError: nothing passes, or a parameter filter meets a variant without
        recorded parameters.
    """
    summaries = root / "summaries"
    try:
        with os.scandir(summaries) as entries:
            present = sorted(entry.name for entry in entries if entry.is_dir())
    except OSError as error:
        raise EventFileError(
            f"{summaries}: cannot be listed: {error.strerror or error}; give the root "
            "that holds summaries/ as --all_experiments_root"
        ) from error
    variants = present or [ONLY_VARIANT]
    if filters.names:
        variants = [name for name in variants if name in filters.names]
        if not variants:
            raise FilterError(
                f"{summaries}: no subdirectories among {_listed(filters.names)}; there "
                f"are: {_listed(present)}"
            )
    passing = tuple(name for name in variants if _passes(root, name, filters))
    if not passing:
        raise FilterError(
            f"{summaries}: no subdirectories pass the filters by architecture and "
            f"pretrained source; considered: {_listed(variants)}"
        )
    return passing


def description(base: str, filters: Filters, smooth_window: int) -> str:
    """Returns the name, without suffix, of the files that a selection writes.

    Args:
      base: the flag `--description`; only `best` itself is continued by the filters.
      filters: the selection's.
      smooth_window: of the moving average; 1 for none.
    """
    text = base
    if base == "best":
        if filters.architectures:
            text += "_" + ",".join(filters.architectures)
        if filters.pretrained_source == "scratch":
            text += "_trained_from_scratch"
        elif filters.pretrained_source:
            text += f"_pretrained_on_{filters.pretrained_source}"
    if smooth_window > 1:
        text += f"_smoothed_by_window_{smooth_window}"
    return text


def _passes(root: pathlib.Path, variant: str, filters: Filters) -> bool:
    wanted = {
        "embedding_network": filters.architectures,
        "pretrained_source": (filters.pretrained_source,),
    }
    wanted = {name: values for name, values in wanted.items() if any(values)}
    if not wanted:
        return True
    parameters = _parameters(ExperimentRoot(root).parameters(variant))
    return all(
        _parameter(root, variant, parameters, name) in values
        for name, values in wanted.items()
    )


def _parameters(path: pathlib.Path) -> dict:
    try:
        parameters = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FilterError(
            f"{path}: the recorded parameters cannot be read ({error}); the trainer "
            "does not write them, so select by --restrict_to_variants instead"
        ) from error
    if not isinstance(parameters, dict):
        raise FilterError(f"{path}: is no table of parameters")
    return parameters


def _parameter(
    root: pathlib.Path, variant: str, parameters: dict, name: str
) -> str | None:
    for owner in ("Trainer", "LearnerConfig"):  # the latter in the oldest revision
        key = f"_gin.{owner}.{name}"
        if key in parameters:
            value = parameters[key]
            return value.strip("'\"") if isinstance(value, str) else None
    path = ExperimentRoot(root).parameters(variant)
    raise FilterError(
        f"{path}: does not record _gin.Trainer.{name}; select by "
        "--restrict_to_variants instead"
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:10]) or "none"
    return f"{shown}, and {len(names) - 10} more" if len(names) > 10 else shown
