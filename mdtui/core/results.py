"""Evaluation results: mean accuracy and 95 % interval for each dataset."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mdtui.core.model import EvaluationResult
from meta_dataset.run_files import Tags


def evaluation_result(
    dataset: str, curves: Mapping[str, object], job_state: str | None
) -> EvaluationResult:
    """Returns what the event files of an evaluation say.

    Args:
      dataset: what was evaluated.
      curves: canonical tag -> curve of the evaluation run; may be empty.
      job_state: state or reason of its newest job; None without a job.

    Returns:
      A result; `done` only with an accuracy.
    """
    accuracy = _last(curves, Tags.MEAN_TEST_ACCURACY)
    state = job_state or ("done" if accuracy is not None else "none")
    if state == "done" and accuracy is None:
        state = "no result"
    return EvaluationResult(
        dataset=dataset,
        state=state,
        accuracy=accuracy,
        interval=_last(curves, Tags.TEST_INTERVAL),
    )


def mean_over_datasets(results: tuple[EvaluationResult, ...]) -> float | None:
    """Returns the mean accuracy, 0 to 1, once every dataset has one."""
    values = [result.accuracy for result in results if result.accuracy is not None]
    if not values or len(values) < len(results):
        return None
    return sum(values) / len(values)


def _last(curves: Mapping[str, object], tag: str) -> float | None:
    curve = curves.get(tag)
    if curve is None or not len(curve.values):
        return None
    value = float(curve.values[-1])
    return value if math.isfinite(value) else None
