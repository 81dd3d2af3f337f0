"""Text for people, JSON for programs."""

import json
import math

import pytest

from mdtui.core import render
from mdtui.core.model import EvaluationResult, ExperimentRow, Finding, LaunchPlan, Level


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (math.inf, ""),
        (0.4, "0s"),
        (59.4, "59s"),
        (59.6, "1m 00s"),
        (3599, "59m 59s"),
        (3600, "1h 00m"),
        (90000, "1d 01h"),
    ],
)
def test_durations(seconds, text):
    assert render.duration(seconds) == text


def test_columns_align_and_numbers_stand_to_the_right():
    text = render.table(("NAME", "N"), [("a", "10"), ("long", "9")], right="N")
    assert text == "NAME   N\na     10\nlong   9"


def test_a_name_with_control_sequences_cannot_reach_the_terminal():
    assert "\x1b" not in render.table(("NAME",), [("\x1b[2Jx",)])


def test_the_experiment_list_shows_every_column():
    row = ExperimentRow(
        "prototypical_imagenet", "prototypical", "imagenet", True, "running",
        update=120, total=300, eta_seconds=61, last_loss=0.5, best_accuracy=0.625,
        best_update=100, gpu="cpu",
    )  # fmt: skip
    heads, line = render.experiment_table([row]).splitlines()
    assert heads.split() == [
        "EXPERIMENT",
        "MODEL",
        "SOURCE",
        "STATE",
        "UPDATE",
        "ETA",
        "LOSS",
        "BEST",
        "AT",
        "GPU",
    ]
    for part in ("running", "120 / 300", "1m 01s", "0.5000", "62.50", "100", "cpu"):
        assert part in line


def test_results_are_per_cent_with_their_interval_and_a_mean_once_complete():
    results = (
        EvaluationResult("omniglot", "done", 0.625, 0.0139),
        EvaluationResult("aircraft", "queued"),
    )
    text = render.results_table("p", results)
    assert "62.50 +- 1.39" in text and "mean" not in text
    both = (results[0], EvaluationResult("aircraft", "done", 0.375, 0.01))
    assert "50.00" in render.results_table("p", both).splitlines()[-1]


def test_json_has_no_nan():
    row = ExperimentRow("x", "m", "s", False, "failed", last_loss=math.nan)
    assert json.loads(render.json_text({"row": row}))["row"]["last_loss"] is None


def test_a_plan_shows_what_matters_and_the_remedy():
    plan = LaunchPlan(
        "Train x",
        ("python -m meta_dataset.train",),
        (
            Finding(Level.STOP, "records", "missing", "convert them"),
            Finding(Level.OK, "disk", "plenty"),
        ),
    )
    assert plan.blocked
    text = render.plan_text(plan, shown_findings=Level.INFORMATION)
    assert "stop  records: missing" in text and "-> convert them" in text
    assert "plenty" not in text and "plenty" in render.plan_text(plan)
