"""What the preflight says before a launch, and when it forbids one."""

import dataclasses

import pytest

from mdtui.core.experiments import Experiment
from mdtui.core.model import BestReport, Level
from mdtui.core.preflight import (
    DatasetFacts,
    Facts,
    examine,
    examine_evaluation,
    examine_machine,
)

ALL = Experiment(
    name="prototypical_all",
    gin_file="best/prototypical_all.gin",
    learner="PrototypicalNet",
    backbone="resnet",
    train_datasets=("ilsvrc_2012", "aircraft"),
    eval_datasets=("ilsvrc_2012",),
)
ONE = dataclasses.replace(
    ALL, name="prototypical_imagenet", train_datasets=("ilsvrc_2012",)
)
FACTS = Facts(
    records="/records",
    records_exist=True,
    datasets=(
        DatasetFacts("ilsvrc_2012", class_files=870),
        DatasetFacts("aircraft", class_files=70),
    ),
    soft_limit=1024,
    hard_limit=524288,
    descriptors_needed=160,
    free_bytes=50 << 30,
)


def finding(title, findings):
    return next((each for each in findings if each.title.startswith(title)), None)


def blocked(findings):
    return any(each.level is Level.STOP for each in findings)


def with_facts(**changes):
    return dataclasses.replace(FACTS, **changes)


def test_a_launch_that_lacks_nothing_is_not_blocked():
    assert not blocked(examine(ALL, FACTS))
    assert finding("records", examine(ALL, FACTS)).level is Level.OK


@pytest.mark.parametrize(
    ("needed", "soft", "hard", "level"),
    [
        (160, 1024, 524288, Level.INFORMATION),
        (3302, 1024, 524288, Level.WARNING),
        (3302, 1024, 1024, Level.STOP),
        (3302, 100000, 100000, Level.INFORMATION),
    ],
)
def test_open_files_of_an_all_source_run(needed, soft, hard, level):
    facts = with_facts(descriptors_needed=needed, soft_limit=soft, hard_limit=hard)
    found = finding("open files", examine(ALL, facts))
    assert found.level is level
    for number in (soft, hard, needed, 1024, 10000, 100000):
        assert str(number) in found.text
    assert bool(found.remedy) == (level in (Level.WARNING, Level.STOP))


def test_open_files_of_a_single_source_run_matter_only_when_short():
    assert finding("open files", examine(ONE, FACTS)) is None
    short = with_facts(descriptors_needed=3302)
    assert finding("open files", examine(ONE, short)).level is Level.WARNING


def test_no_limit_is_called_unlimited():
    found = finding("open files", examine(ALL, with_facts(hard_limit=2**31 - 1)))
    assert "hard limit unlimited" in found.text


@pytest.mark.parametrize(
    ("changes", "title", "words"),
    [
        ({"records": None}, "records", "No setting"),
        ({"records_exist": False}, "records", "/records does not exist"),
        (
            {"datasets": (DatasetFacts("aircraft", problem="no spec in /r/aircraft"),)},
            "records of aircraft",
            "no spec",
        ),
        ({"learner_available": False}, "learner", "PrototypicalNet"),
        ({"backbone_available": False}, "backbone", "resnet"),
        ({"workspace_writable": False}, "workspace", "cannot be written"),
        ({"active_job": "job-1"}, "run folder", "job-1"),
        ({"pretrained_ready": False}, "pre-trained start", "no checkpoint"),
    ],
)
def test_what_forbids_a_launch_says_what_to_do(changes, title, words):
    found = finding(title, examine(ALL, with_facts(**changes)))
    assert found.level is Level.STOP
    assert words in found.text
    assert found.remedy


def test_a_gin_file_that_does_not_parse_is_all_there_is_to_say():
    broken = dataclasses.replace(ALL, problem="best/x.gin, line 3 does not parse.")
    (found,) = examine(broken, FACTS)
    assert found.level is Level.STOP and "line 3" in found.text


def test_the_most_serious_finding_comes_first():
    findings = examine(ALL, with_facts(active_job="job-1", free_bytes=1 << 20))
    levels = [each.level for each in findings]
    order = [Level.STOP, Level.WARNING, Level.INFORMATION, Level.OK]
    assert levels == sorted(levels, key=order.index)


def test_checkpoints_mean_that_the_run_goes_on():
    found = finding("resume", examine(ALL, with_facts(checkpoint=150)))
    assert found.level is Level.INFORMATION and "update 150" in found.text


def test_a_pretraining_that_is_still_running_is_worth_a_word():
    facts = with_facts(pretrained_ready=True)
    assert finding("pre-trained", examine(ALL, facts)).level is Level.OK
    running = with_facts(pretrained_ready=True, pretrained_active=True)
    found = finding("pre-trained", examine(ALL, running))
    assert found.level is Level.WARNING and found.remedy


def test_a_complete_run_is_not_trained_again():
    complete = dataclasses.replace(ALL, num_updates=150)
    found = finding("run folder", examine(complete, with_facts(checkpoint=150)))
    assert found.level is Level.STOP and "150 of 150" in found.text
    longer = dataclasses.replace(ALL, num_updates=200)
    assert not blocked(examine(longer, with_facts(checkpoint=150)))


def test_the_machine_alone_is_judged_without_an_experiments_own_troubles():
    facts = with_facts(learner_available=False, active_job="job-1")
    assert not blocked(examine_machine(ALL, facts))
    assert finding("open files", examine_machine(ALL, facts)) is not None


BEST = BestReport(
    "p", 100, 0.5, 0.01, "/e/checkpoints/p/model_100.ckpt", True, 10, "/e/best.txt", ""
)


def evaluation(best=BEST, datasets=FACTS.datasets, **changes):
    options = {"records": "/records", "writable": True, "nothing_left": False}
    return examine_evaluation(best, datasets, **{**options, **changes})


def test_an_evaluation_needs_its_checkpoint_and_something_to_do():
    assert not blocked(evaluation())
    gone = dataclasses.replace(BEST, checkpoint_exists=False)
    assert finding("checkpoint", evaluation(gone)).level is Level.STOP
    assert blocked(evaluation(datasets=(), nothing_left=True))
    assert blocked(evaluation(writable=False))
    assert blocked(evaluation(datasets=(), records=None))
