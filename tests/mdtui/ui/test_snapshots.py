"""A few whole screens, kept as pictures; read the difference when one changes."""

import pytest

from mdtui.ui.app import MdtuiApp
from mdtui.ui.glyphs import UNICODE
from tests.mdtui.ui.fake_workspace import RUNNING, busy_workspace


@pytest.fixture
def take(snap_compare):
    def taken(size, *keys):
        app = MdtuiApp(busy_workspace(), poll_seconds=0.01, glyphs=UNICODE)

        async def before(pilot):
            while not app.main.table.rows:
                await pilot.pause()
            app.main.table.select(RUNNING)
            while app.main.selected_detail is None:
                await pilot.pause()
            await pilot.press(*keys)
            while app.is_busy:
                await pilot.pause()
            await pilot.pause()

        return snap_compare(app, terminal_size=size, run_before=before)

    return taken


def test_a_running_experiment_on_a_common_terminal(take):
    assert take((120, 40))


def test_a_running_experiment_on_a_small_terminal(take):
    assert take((80, 24))


def test_the_dry_run_of_a_launch(take):
    assert take((80, 24), "a")
