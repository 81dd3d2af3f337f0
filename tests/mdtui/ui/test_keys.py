"""The key table is consistent with itself, with terminals, and with the classes."""

import collections

import pytest

from mdtui.ui import keys
from mdtui.ui.app import MdtuiApp
from mdtui.ui.screens.dialog import Dialog
from mdtui.ui.screens.experiments import ExperimentsScreen
from mdtui.ui.screens.help import Help
from mdtui.ui.widgets.log_view import LogView
from mdtui.ui.widgets.pane import ScrollingPane
from mdtui.ui.widgets.plot import Plots
from mdtui.ui.widgets.queue_list import QueueList

TAKERS = {
    "experiment": ExperimentsScreen,
    "main": ExperimentsScreen,
    "lists": ScrollingPane,
    "plots": Plots,
    "log": LogView,
    "queue": QueueList,
    "dialog": Dialog,
    "help": Help,
    "everywhere": MdtuiApp,
}
# Contexts that are active together without one winning over the other.
TOGETHER = [
    ("experiment", "main", "everywhere"),
    ("lists",),
    ("lists", "log"),
    ("lists", "queue"),
    ("plots",),
    ("dialog", "lists", "help"),
]


@pytest.mark.parametrize("contexts", TOGETHER)
def test_no_key_has_two_meanings(contexts):
    used = [key for entry in keys.actions_of(*contexts) for key in entry.keys]
    assert not [key for key, count in collections.Counter(used).items() if count > 1]


def test_ids_are_unique_and_contexts_known():
    ids = [entry.id for entry in keys.ACTIONS]
    assert len(ids) == len(set(ids))
    assert {entry.where for entry in keys.ACTIONS} == set(keys.CONTEXTS)


def test_no_key_that_a_terminal_or_multiplexer_swallows():
    used = {key for entry in keys.ACTIONS for key in entry.keys}
    assert not used & keys.FORBIDDEN_KEYS
    assert not [key for key in used if key.startswith(("ctrl+shift", "alt+"))]


def test_what_loses_work_is_a_capital_letter():
    for name in ("stop", "terminate", "kill"):
        (key,) = keys.action(name).keys
        assert key.isupper()


@pytest.mark.parametrize("entry", keys.ACTIONS, ids=lambda entry: entry.id)
def test_every_action_has_its_method_and_says_what_it_does(entry):
    assert callable(getattr(TAKERS[entry.where], f"action_{entry.method}"))
    assert entry.description
    assert entry.label


def test_bindings_carry_the_id_for_rebinding():
    bound = {binding.id for binding in keys.bindings("experiment")}
    assert bound == {entry.id for entry in keys.actions_of("experiment")}


def test_the_app_binds_nothing_but_the_table():
    """Textual's own ctrl+q must not come back."""
    bound = {
        key
        for cls in (MdtuiApp, ExperimentsScreen, Dialog)
        for key in cls._merged_bindings.key_to_bindings
    }
    assert "ctrl+q" not in bound
