"""The two charts of a run: loss and accuracy against updates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mdtui.events.series import smooth
from mdtui.ui import numbers
from mdtui.ui.charts.chart import Chart, Series
from meta_dataset.run_files import Tags

if TYPE_CHECKING:
    from mdtui.events.follower import Curve, RunCurves


def loss_chart(
    curves: RunCurves | None, total: int | None, smoothing: float, log: bool
) -> Chart:
    """Returns the chart of training and validation loss.

    Args:
      curves: of a run; None when nothing was read yet.
      total: updates of the whole run, if known.
      smoothing: weight of the past in [0, 1) for the curves of single updates.
      log: whether the loss has a logarithmic axis.
    """
    series = (
        _series(curves, Tags.TRAIN_LOSS, "train", "t", "train", smoothing),
        _series(curves, Tags.VALID_LOSS, "valid", "v", "valid", smoothing),
    )
    return Chart(
        title="Loss",
        series=tuple(each for each in series if each is not None),
        restarts=curves.restarts if curves else (),
        floor=0.0,
        log=log,
        total=total,
        remark=_remark(curves, "loss"),
    )


def accuracy_chart(
    curves: RunCurves | None,
    total: int | None,
    smoothing: float,
    best: tuple[int, float] | None,
) -> Chart:
    """Returns the chart of training, validation and mean validation accuracy.

    The mean of each validation carries its 95 % confidence interval as a band.

    Args:
      curves: of a run; None when nothing was read yet.
      total: updates of the whole run, if known.
      smoothing: weight of the past in [0, 1) for the curves of single updates.
      best: update and accuracy of the best validation, marked.
    """
    series = (
        _series(curves, Tags.TRAIN_ACCURACY, "train", "t", "train", smoothing),
        _series(curves, Tags.VALID_ACCURACY, "valid", "v", "valid", smoothing),
        _mean_series(curves),
    )
    return Chart(
        title="Accuracy",
        series=tuple(each for each in series if each is not None),
        restarts=curves.restarts if curves else (),
        best=best,
        floor=0.0,
        ceiling=1.0,
        total=total,
        remark=_remark(curves, "accuracy"),
    )


def _series(
    curves: RunCurves | None,
    tag: str,
    label: str,
    letter: str,
    style: str,
    smoothing: float,
) -> Series | None:
    curve = _curve(curves, tag)
    if curve is None:
        return None
    values = smooth(curve.values, smoothing)
    return Series(label, letter, style, curve.steps, values, _last(curve))


def _mean_series(curves: RunCurves | None) -> Series | None:
    curve = _curve(curves, Tags.MEAN_VALID_ACCURACY)
    if curve is None:
        return None
    return Series(
        "mean valid",
        "m",
        "mean",
        curve.steps,
        curve.values,
        _last(curve),
        half_width=_matched(curve, _curve(curves, Tags.VALID_INTERVAL)),
        band_style="mean-band",
    )


def _matched(curve: Curve, interval: Curve | None) -> np.ndarray | None:
    """Returns the interval of each point of a curve, NaN where none was written."""
    if interval is None:
        return None
    half_width = np.full(len(curve.steps), np.nan)
    place = np.searchsorted(interval.steps, curve.steps)
    place = np.minimum(place, len(interval.steps) - 1)
    found = interval.steps[place] == curve.steps
    half_width[found] = interval.values[place[found]]
    return half_width


def _curve(curves: RunCurves | None, tag: str) -> Curve | None:
    found: Mapping[str, Curve] = curves.curves if curves else {}
    curve = found.get(tag)
    return curve if curve is not None and len(curve.steps) else None


def _last(curve: Curve) -> str:
    return numbers.loss(float(curve.values[-1]))


def _remark(curves: RunCurves | None, what: str) -> str:
    return "reading ..." if curves is None else f"no {what} written yet"
