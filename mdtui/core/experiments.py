"""The experiment catalogue: every gin file of the experiment folders is a row.

The walk-through's fifteen rows come first and in its order; what it does not use of
the published files (mini-ImageNet, other pre-training variants) is hidden until a
filter asks for it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mdtui.core.errors import UsageError
from meta_dataset import errors, gin_files, pretrained
from meta_dataset.gin_files import Binding, Reference

PRETRAINING = tuple(
    f"baseline_imagenet_{backbone}"
    for backbone in ("resnet", "mamlconvnet", "mamlresnet")
)
# The k-NN baseline is not trained again: its folders are links to the best of the
# pre-trainings.
LINKS: Mapping[str, str] = {"baseline_imagenet": "baseline_imagenet_resnet"}
_MODELS = (
    "baselinefinetune",
    "prototypical",
    "matching",
    "maml",
    "maml_init_with_proto",
)
WALKTHROUGH = (
    *PRETRAINING,
    "baseline_imagenet",
    *(f"{model}_imagenet" for model in _MODELS),
    "baseline_all",
    *(f"{model}_all" for model in _MODELS),
)
_PRETRAINING_VARIANT = re.compile(r"^(baseline|pretrain)_imagenet_.+")
_ALL_SOURCES = 8


@dataclass(frozen=True)
class Experiment:
    """One gin file that describes a training.

    Attributes:
      name: the file's name without its suffix; also the run folder's name.
      gin_file: the file as a command line names it.
      learner: `Trainer.train_learner_class`, as bound.
      backbone: `Trainer.embedding_network`, as bound.
      train_datasets: what it trains on.
      eval_datasets: what it validates on.
      num_updates: length of the training.
      reader: how records are read: `indexed` or `stream`.
      pretrained_run: the run whose checkpoint it starts from, if it names one.
      links_to: the run whose folders its own are links to, if that is what it is.
      hidden: not shown until a filter asks for it.
      problem: why the file cannot be used; empty when it can.
    """

    name: str
    gin_file: str
    learner: str = ""
    backbone: str = ""
    train_datasets: tuple[str, ...] = ()
    eval_datasets: tuple[str, ...] = ()
    num_updates: int | None = None
    reader: str = "indexed"
    pretrained_run: str | None = None
    links_to: str | None = None
    hidden: bool = False
    problem: str = ""

    @property
    def in_walkthrough(self) -> bool:
        """Whether it is one of the walk-through's fifteen rows."""
        return self.name in WALKTHROUGH

    @property
    def trains_on_all(self) -> bool:
        """Whether it trains on several sources at once."""
        return len(self.train_datasets) > 1

    @property
    def source(self) -> str:
        """What it trains on, as the walk-through names it."""
        if self.train_datasets == ("ilsvrc_2012",):
            return "imagenet"
        if len(self.train_datasets) == _ALL_SOURCES:
            return "all"
        if len(self.train_datasets) > 1:
            return f"{len(self.train_datasets)} datasets"
        return self.train_datasets[0] if self.train_datasets else ""

    @property
    def model(self) -> str:
        """The walk-through's name of the model, the backbone added to pre-trainings."""
        if self.name in PRETRAINING:
            return f"baseline {self.name.rpartition('_')[2]}"
        for ending in ("_imagenet", "_all"):
            if self.name.endswith(ending):
                return self.name.removesuffix(ending)
        return self.name

    @property
    def bound_name(self) -> str:
        """`Trainer.experiment_name` as the walk-through binds it."""
        return "baseline_imagenet" if self.name in PRETRAINING else self.name


def read_catalogue(
    files: Sequence[str],
    overlay: Sequence[str] = (),
    bindings: Sequence[str] = (),
) -> tuple[Experiment, ...]:
    """Returns the experiments of `files`, the walk-through's first.

    Args:
      files: the gin files, as a command line names them.
      overlay: gin files applied after each experiment's own.
      bindings: `--gin_bindings` applied last.

    Returns:
      One experiment a file; one that does not parse carries its problem.
    """
    experiments = [read_experiment(file, overlay, bindings) for file in files]
    order = {name: index for index, name in enumerate(WALKTHROUGH)}
    return tuple(
        sorted(
            experiments,
            key=lambda each: (order.get(each.name, len(order)), each.hidden, each.name),
        )
    )


def read_experiment(
    gin_file: str,
    overlay: Sequence[str] = (),
    bindings: Sequence[str] = (),
) -> Experiment:
    """Returns what one gin file describes, overlays and bindings applied."""
    name = Path(gin_file).stem
    try:
        values = gin_files.read([gin_file, *overlay], bindings)
    except errors.UsageError as error:
        return Experiment(
            name=name, gin_file=gin_file, hidden=is_hidden(name), problem=str(error)
        )
    restored = _text(values, "Trainer.checkpoint_to_restore")
    return Experiment(
        name=name,
        gin_file=gin_file,
        learner=_text(values, "Trainer.train_learner_class"),
        backbone=_text(values, "Trainer.embedding_network"),
        train_datasets=_names(values, "benchmark.train_datasets"),
        eval_datasets=_names(values, "benchmark.eval_datasets"),
        num_updates=_whole_number(values, "Trainer.num_updates"),
        reader=_text(values, "DataConfig.reader") or "indexed",
        pretrained_run=pretrained.placeholder_experiment(restored),
        links_to=LINKS.get(name),
        hidden=is_hidden(name),
    )


def is_hidden(name: str) -> bool:
    """Returns whether the list leaves `name` out until a filter asks for it."""
    if name in WALKTHROUGH:
        return False
    return "_mini_imagenet" in name or bool(_PRETRAINING_VARIANT.match(name))


def find_experiment(experiments: Sequence[Experiment], name: str) -> Experiment:
    """Returns the experiment called `name`.

    Raises:
      UsageError: there is none; names the nearest one.
    """
    for experiment in experiments:
        if experiment.name == name:
            return experiment
    near = difflib.get_close_matches(
        name, [experiment.name for experiment in experiments], n=1, cutoff=0.0
    )
    hint = f" The nearest name is {near[0]}." if near else ""
    raise UsageError(f"There is no experiment '{name}'.{hint} `mdtui list` shows all.")


def _text(values: Sequence[Binding], key: str) -> str:
    """Returns a text, or the name that a reference refers to; empty without any."""
    value = gin_files.value_of(values, key)
    if isinstance(value, Reference):
        return value.name.split("/")[-1].split(".")[-1]
    return value if isinstance(value, str) else ""


def _names(values: Sequence[Binding], key: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in _text(values, key).split(",") if name.strip())


def _whole_number(values: Sequence[Binding], key: str) -> int | None:
    value = gin_files.value_of(values, key)
    return value if type(value) is int else None
