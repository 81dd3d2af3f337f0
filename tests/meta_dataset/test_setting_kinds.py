import dataclasses
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pytest

from meta_dataset import setting_kinds
from meta_dataset.setting_kinds import SettingError, wanted


class Network(Protocol):
    def embed(self): ...


@dataclasses.dataclass(frozen=True)
class Inner:
    pass


@dataclasses.dataclass(frozen=True)
class Outer:
    network: Network
    ways: "int | None" = None
    inner: Inner | None = None

    def __post_init__(self):
        setting_kinds.check(self, [("ways", 1)])


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (3, int),
        (np.int64(3), int),
        (3, float),
        (1e-4, float),
        (np.float32(0.5), float),
        (False, bool),
        ("", str),
        (None, int | None),
        ((1, 5), int | tuple[int, int] | None),
        ([1, 5], int | tuple[int, int] | None),
        (Inner(), Inner | None),
        ("anything", Any),
        (object(), Network),
        (3, Mapping[str, int] | None),
    ],
)
def test_fits(value, kind):
    assert wanted(value, kind) is None


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ("3", int, "a whole number"),
        (3.0, int, "a whole number"),
        (True, int, "a whole number"),
        ("1e-3", float, "a number"),
        (True, float, "a number"),
        (float("nan"), float, "a number"),
        (float("inf"), float, "a number"),
        (1, bool, "True or False"),
        ("False", bool, "True or False"),
        (b"x", str, "a text in quotes"),
        ("None", int | None, "a whole number or None"),
        (
            (1, 2, 3),
            int | tuple[int, int] | None,
            "a whole number or a pair of whole numbers or None",
        ),
        ("Inner", Inner | None, "@Inner() or None"),
    ],
)
def test_does_not_fit(value, kind, words):
    assert wanted(value, kind) == words


def test_a_field_is_named_as_a_binding_names_it():
    assert Outer("any network", ways=5)
    with pytest.raises(
        SettingError, match=r"^Outer\.ways = 'five': it must be a whole"
    ):
        Outer("any network", ways="five")
    with pytest.raises(
        SettingError, match=r"^Outer\.ways = 0: it must be at least 1\.$"
    ):
        Outer("any network", ways=0)


def test_annotations_that_only_a_type_checker_knows_are_no_obstacle():
    def configurable(x: "NowhereDefined"):  # noqa: F821
        del x

    assert setting_kinds.declared(configurable) == {}
