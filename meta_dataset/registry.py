"""Published names of learners and backbones -> their classes.

Settings name a learner as April 2020 did ('PrototypicalNet'), by the class's own name
('PrototypicalNetworkLearner'), or as a gin reference (@PrototypicalNetworkLearner). The
modules behind the names load TensorFlow, so they are imported when first asked for;
names alone cost nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

from meta_dataset.errors import UsageError


@dataclass(frozen=True)
class Entry:
    """Where a class is, and what can be known of it without importing it."""

    gin_name: str
    """Its name in gin files."""
    path: str
    """'module:attribute'."""
    episodic: bool | None = None
    """Learners: whether it trains on episodes (True) or batches (False)."""

    def load(self) -> type:
        """Returns the class; imports its module, and with it TensorFlow."""
        module, attribute = self.path.split(":")
        return getattr(import_module(module), attribute)


AVAILABLE_LEARNERS: Mapping[str, Entry] = MappingProxyType(
    {
        "Baseline": Entry(
            "BaselineLearner",
            "meta_dataset.learners.baseline:BaselineLearner",
            episodic=False,
        ),
        "PrototypicalNet": Entry(
            "PrototypicalNetworkLearner",
            "meta_dataset.learners.prototypical:PrototypicalNetworkLearner",
            episodic=True,
        ),
    }
)
"""Published string name -> learner."""

PLANNED_LEARNERS: Mapping[str, str] = MappingProxyType(
    {
        "BaselineFinetune": "BaselineFinetuneLearner",
        "MatchingNet": "MatchingNetworkLearner",
        "MAML": "MAMLLearner",
        "RelationNet": "RelationNetworkLearner",
    }
)
"""Published, not here yet: string name -> name in gin files."""

AVAILABLE_BACKBONES: Mapping[str, Entry] = MappingProxyType(
    {
        "four_layer_convnet": Entry(
            "four_layer_convnet", "meta_dataset.backbones.convnet:FourLayerConvnet"
        ),
        "resnet": Entry("resnet", "meta_dataset.backbones.resnet:ResNet"),
    }
)
"""Published name -> backbone."""

PLANNED_BACKBONES: tuple[str, ...] = (
    "four_layer_convnet_maml",
    "fully_connected_network",
    "relationnet_convnet",
    "relationnet_embedding",
    "resnet34",
    "resnet_maml",
    "wide_resnet",
)
"""Published, not here yet."""


def learner(name: Any) -> type:
    """Returns a learner's class.

    Args:
      name: 'PrototypicalNet', 'PrototypicalNetworkLearner', the same with a leading
        '@', or a class (what gin makes of a reference), which is returned as it is.

    Raises:
      UsageError: unknown, or published but not here yet.
    """
    if not isinstance(name, str):
        return _given(name, "learner", AVAILABLE_LEARNERS)
    return learner_entry(name).load()


def learner_entry(name: str) -> Entry:
    """Returns what is known of a learner without importing it.

    Raises:
      UsageError: unknown, or published but not here yet.
    """
    planned = {*PLANNED_LEARNERS, *PLANNED_LEARNERS.values()}
    return _find(name, "learner", AVAILABLE_LEARNERS, planned)


def backbone(name: Any) -> type:
    """Returns a backbone's class, whose instances embed images.

    Args:
      name: 'resnet', '@resnet', or a class, which is returned as it is.

    Raises:
      UsageError: unknown, or published but not here yet.
    """
    if not isinstance(name, str):
        return _given(name, "backbone", AVAILABLE_BACKBONES)
    return _find(name, "backbone", AVAILABLE_BACKBONES, PLANNED_BACKBONES).load()


def has_learner(name: str) -> bool:
    """Returns whether a learner is here, by any of its names; imports nothing."""
    return _is_available(name, AVAILABLE_LEARNERS)


def has_backbone(name: str) -> bool:
    """Returns whether a backbone is here; imports nothing."""
    return _is_available(name, AVAILABLE_BACKBONES)


def register_with_gin() -> None:
    """Imports every learner and backbone, so that gin files may refer to them."""
    for entry in (*AVAILABLE_LEARNERS.values(), *AVAILABLE_BACKBONES.values()):
        entry.load()


def _is_available(name: str, available: Mapping[str, Entry]) -> bool:
    plain = name.removeprefix("@").removesuffix("()")
    return any(
        plain in (published, entry.gin_name) for published, entry in available.items()
    )


def _find(
    name: str, kind: str, available: Mapping[str, Entry], planned: Iterable[str]
) -> Entry:
    plain = name.removeprefix("@").removesuffix("()")
    for published, entry in available.items():
        if plain in (published, entry.gin_name):
            return entry
    problem = "is published but not available yet" if plain in planned else "is unknown"
    raise UsageError(
        f"The {kind} {plain!r} {problem}. Available: {', '.join(available)}."
    )


def _given(value: Any, kind: str, available: Mapping[str, Entry]) -> type:
    if isinstance(value, type):
        return value
    raise UsageError(
        f"A {kind} is given by name or reference, not as {value!r}. "
        f"Available: {', '.join(available)}."
    )
