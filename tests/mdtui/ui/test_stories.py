"""What a person does, one story a test, on the real app."""

import pytest

from mdtui.core.errors import MdtuiError
from mdtui.core.jobs import State
from mdtui.ui.glyphs import ASCII
from tests.mdtui.ui.fake_workspace import (
    NEW,
    RUNNING,
    FakeWorkspace,
    busy_workspace,
    evaluation_results,
    job_view,
    run_curves,
)


async def test_the_list_shows_the_fifteen_rows_and_what_is_true_of_them(open_app):
    async with open_app(busy_workspace()) as story:
        assert len(story.app.main.table.rows) == 15
        await story.sees("1 Experiments 15", "220/300", "70.40 @200", "✗ failed")
        assert "mini_imagenet" not in story.text


async def test_selecting_a_row_shows_its_curves_log_and_results(open_app):
    async with open_app(busy_workspace()) as story:
        await story.select(RUNNING)
        await story.sees("2 Plots prototypical_imagenet", "t train 0.939")
        await story.sees("update 210, loss 1.475", "6 Results 4/10", "55.50 ±  1.14")


async def test_movement_by_every_key_of_a_list(open_app):
    async with open_app(FakeWorkspace(), size=(80, 24)) as story:
        table = story.app.main.table
        for key, index in [
            ("j", 1),
            ("down", 2),
            ("k", 1),
            ("up", 0),
            ("up", 0),
            ("G", 14),
            ("down", 14),
            ("g", 0),
            ("pagedown", 7),
            ("end", 14),
            ("pageup", 7),
            ("home", 0),
            ("ctrl+d", 3),
            ("ctrl+u", 0),
        ]:
            await story.press(key)
            assert table.index == index, key
        await story.press("G")
        await story.sees("maml_init_with_proto_all", "9-15 of 15")


async def test_launching_shows_the_command_first_and_enter_starts_it(open_app):
    async with open_app(FakeWorkspace()) as story:
        await story.select(NEW)
        await story.press("a")
        await story.sees("Launch matching_imagenet", "$ python -m meta_dataset.train")
        await story.sees("PREFLIGHT", "open files: the limit is 1024", "[ Launch ]")
        assert not story.workspace.submitted
        await story.press("enter")
        await story.until(lambda: story.workspace.submitted, "a submission")
        await story.sees("matching_imagenet launched")


async def test_escape_launches_nothing(open_app):
    async with open_app(FakeWorkspace()) as story:
        await story.press("a")
        await story.sees("[ Launch ]")
        await story.press("escape")
        await story.misses("[ Launch ]")
        assert not story.workspace.submitted


async def test_a_blocked_plan_says_why_and_cannot_be_launched(open_app):
    workspace = FakeWorkspace()
    workspace.blocked.add("baseline_imagenet_resnet")
    async with open_app(workspace) as story:
        await story.press("a")
        await story.sees("STOP", "/data/records has no folder omniglot")
        await story.sees("-> python -m meta_dataset.dataset_conversion", "[ Close ]")
        for key in ("y", "enter"):
            await story.press(key)
        await story.misses("[ Close ]")
        assert not workspace.submitted


async def test_a_launched_run_comes_alive_on_the_screen(open_app):
    workspace = FakeWorkspace()
    async with open_app(workspace) as story:
        await story.select(RUNNING)
        await story.sees("no loss written yet", "never launched")
        workspace.jobs = (job_view(RUNNING, State.RUNNING),)
        workspace.curves[RUNNING] = run_curves(100)
        workspace.update(
            RUNNING, state="running", is_active=True, update=100, total=300
        )
        await story.sees("● running", "100/300", "t train")
        assert "K kill" in story.footer
        workspace.curves[RUNNING] = run_curves(200)
        workspace.update(RUNNING, update=200)
        await story.sees("200/300")


@pytest.mark.parametrize(
    ("key", "how", "signal"),
    [("I", "stop", "SIGINT"), ("T", "terminate", "SIGTERM"), ("K", "kill", "SIGKILL")],
)
async def test_stopping_asks_first_and_the_default_is_cancel(
    open_app, key, how, signal
):
    workspace = busy_workspace()
    async with open_app(workspace) as story:
        await story.select(RUNNING)
        await story.press(key)
        await story.sees(signal, "[ Cancel ]", "update 200", "20 updates are lost")
        await story.press("enter")
        await story.misses("[ Cancel ]")
        assert not workspace.stopped
        await story.press(key)
        await story.sees("[ Cancel ]")
        await story.press("tab", "enter")
        await story.until(lambda: workspace.stopped, "a request")
        assert workspace.stopped == [(f"20200326-120000-{RUNNING}", how)]
        await story.sees(f"asked to {how}")


async def test_stopping_what_does_not_run_says_so(open_app):
    async with open_app(FakeWorkspace()) as story:
        await story.press("K")
        await story.sees("Not done", "is not running")
        await story.press("enter")
        await story.misses("Not done")


async def test_resuming_uses_the_dialog_of_a_launch(open_app):
    workspace = busy_workspace()
    async with open_app(workspace) as story:
        await story.select("baselinefinetune_imagenet")
        assert "R resume" in story.footer
        await story.press("R")
        await story.sees(
            "Resume baselinefinetune_imagenet from update 200", "[ Resume ]"
        )
        await story.press("y")
        await story.until(lambda: workspace.submitted, "a submission")
        assert workspace.submitted[0].resumes


async def test_the_best_checkpoint_is_shown_with_value_file_and_reason(open_app):
    async with open_app(busy_workspace()) as story:
        await story.select(RUNNING)
        await story.press("b")
        await story.sees("Best checkpoint of prototypical_imagenet", "70.40 % ± 2.12")
        await story.sees("model_200.ckpt", "1.3 MiB", "best_prototypical_imagenet.txt")
        await story.sees("The highest of 11 mean validation accuracies", "[ Close ]")


async def test_evaluating_shows_ten_commands_then_queues_them(open_app):
    workspace = busy_workspace()
    async with open_app(workspace) as story:
        await story.select(RUNNING)
        await story.press("e")
        await story.sees("10 COMMANDS", "--eval_datasets=ilsvrc_2012", "[ Evaluate ]")
        await story.press("enter")
        await story.sees("10 jobs of prototypical_imagenet queued")
        assert len(workspace.submitted[0].command_lines) == 10


async def test_results_fill_as_they_come(open_app):
    workspace = busy_workspace()
    workspace.results[RUNNING] = evaluation_results(0)
    async with open_app(workspace) as story:
        await story.select(RUNNING)
        await story.sees("6 Results 0/10", "not evaluated")
        workspace.results[RUNNING] = evaluation_results(3)
        await story.sees("6 Results 3/10", "51.00 ±  1.11", "● cu_birds", "○ mscoco")
        workspace.results[RUNNING] = evaluation_results(10)
        await story.sees("6 Results 10/10", "mscoco           82.50")


async def test_filtering_as_it_is_typed(open_app):
    async with open_app(busy_workspace()) as story:
        await story.press("/", *"^proto")
        await story.sees("1 Experiments 3/15 /^proto")
        await story.press("enter")
        await story.sees("1 Experiments 3/15 /^proto", "mini_imagenet")
        assert story.app.main.pane == "experiments"
        await story.press("escape")
        await story.sees("1 Experiments 15")


async def test_ctrl_c_in_the_filter_empties_it_and_does_not_leave(open_app):
    async with open_app(busy_workspace()) as story:
        await story.press("/", *"maml", "ctrl+c")
        await story.sees("1 Experiments 15")
        await story.press("ctrl+c", "ctrl+c")
        assert "again leaves" in story.text
        assert story.app.return_code is None


async def test_a_filter_without_a_match_says_so(open_app):
    async with open_app(busy_workspace()) as story:
        await story.press("/", *"zzz", "enter")
        await story.sees("no experiment matches the filter")
        await story.press("a")
        await story.sees("no experiment is selected")


async def test_number_keys_tab_and_zoom(open_app):
    async with open_app(busy_workspace()) as story:
        main = story.app.main
        for key, pane in zip("123456", main.panes, strict=True):
            await story.press(key)
            assert main.pane == pane
            assert main.focused is main.panes[pane]
        await story.press("3")
        await story.sees("3 Queue 1 running, 1 waiting, 4 in all")
        await story.press("z")
        await story.misses("1 Experiments")
        await story.press("q")
        await story.sees("1 Experiments", "3 Queue")
        await story.press("tab")
        assert main.pane == "log"
        await story.press("shift+tab", "shift+tab")
        assert main.pane == "experiments"


async def test_only_the_focused_pane_is_bright(open_app):
    async with open_app(busy_workspace()) as story:
        await story.press("2")
        main = story.app.main

        def bright():
            return [
                name
                for name, pane in main.panes.items()
                if pane.display and pane.render_line(0)._segments[0].style.bold
            ]

        await story.until(lambda: bright() == ["plots"], "one bright frame")
        await story.press("1")
        await story.until(lambda: bright() == ["experiments"], "one bright frame")


async def test_a_narrow_screen_shows_one_pane_at_a_time(open_app):
    async with open_app(busy_workspace(), size=(80, 24)) as story:
        await story.sees("1 Experiments", "2 Plots")
        assert "6 Results" not in story.text
        await story.press("6")
        await story.sees("6 Results", "1 Experiments")
        assert "2 Plots" not in story.text
        await story.press("1", "tab")
        assert story.app.main.pane == "plots"


async def test_enter_and_l_show_plots_and_log_over_the_whole_screen(open_app):
    async with open_app(busy_workspace(), size=(80, 24)) as story:
        await story.select(RUNNING)
        await story.press("enter")
        await story.misses("1 Experiments")
        await story.sees("Loss", "Accuracy")
        await story.press("escape")
        await story.sees("1 Experiments")
        assert story.app.main.pane == "experiments"
        await story.press("l")
        await story.sees("5 Log", "update 20, loss", "update 210, loss")
        await story.press("q")
        await story.sees("1 Experiments")


async def test_the_log_follows_until_it_is_scrolled(open_app):
    workspace = busy_workspace()
    async with open_app(workspace) as story:
        await story.select(RUNNING)
        await story.press("5", "g")
        await story.sees("reading records of ilsvrc", "F follows the end")
        await story.press("F")
        await story.sees("update 210")
        workspace.logs[RUNNING] = (*workspace.logs[RUNNING], "the newest line")
        await story.sees("the newest line")


async def test_foreign_control_sequences_do_not_reach_the_screen(open_app):
    workspace = busy_workspace()
    workspace.logs[RUNNING] = ("\x1b]0;owned\x07 plain \x1b[2J text",)
    async with open_app(workspace) as story:
        await story.select(RUNNING)
        await story.sees("plain  text")
        assert "\x1b" not in story.text


async def test_smoothing_and_log_axis(open_app):
    async with open_app(busy_workspace()) as story:
        await story.select(RUNNING)
        await story.press("2", "+", "y")
        await story.sees("smoothed 0.5", "Loss log")
        await story.press("0", "y")
        await story.misses("smoothed")


async def test_the_gpu_pane_says_when_there_is_none(open_app):
    workspace = busy_workspace()
    async with open_app(workspace) as story:
        await story.press("4")
        await story.sees("No NVIDIA GPU is visible")
        workspace.gpus = ("0  GPU-1234  H100  80 GiB  free",)
        await story.sees("H100", "4 GPUs 1")


async def test_the_queue_leads_to_its_experiment(open_app):
    async with open_app(busy_workspace()) as story:
        await story.press("3", "j", "space")
        await story.until(
            lambda: story.app.main.selected.name == "prototypical_all", "the selection"
        )


async def test_describe_tells_reason_checkpoints_and_command(open_app):
    async with open_app(busy_workspace()) as story:
        await story.select(RUNNING)
        await story.sees("t train")
        await story.press("d")
        await story.sees("resumed at", "120", "100, 120, 200", "END OF THE LOG")


async def test_help_has_the_keys_of_the_focused_pane_first(open_app):
    async with open_app(busy_workspace()) as story:
        await story.press("5", "?")
        await story.sees("LOG (this pane)")
        lines = [line for line in story.lines if "(this pane)" in line]
        assert "LOG" in lines[0]
        await story.press("q")
        await story.misses("(this pane)")


async def test_help_can_be_searched(open_app):
    async with open_app(busy_workspace()) as story:
        await story.press("?", "/", *"check")
        await story.sees("select its best checkpoint", "resume it from its last")
        await story.misses("SIGKILL")
        await story.press("enter", "escape")
        await story.misses("this pane")


async def test_the_palette_runs_a_command_on_any_experiment(open_app):
    async with open_app(busy_workspace()) as story:
        await story.press(":", *"launch matching all")
        await story.sees("launch matching_all")
        await story.press("enter")
        await story.sees("Launch matching_all", "[ Launch ]")
        await story.press("escape", "ctrl+p", *"zoom", "enter")
        await story.until(lambda: story.app.main.zoomed, "the zoom")


async def test_too_small_a_terminal_says_so_and_recovers(open_app):
    async with open_app(busy_workspace()) as story:
        await story.resize(40, 10)
        await story.sees("Too small", "40 x 10", "60 x 15")
        await story.resize(80, 24)
        await story.sees("1 Experiments 15", "2 Plots")
        await story.press("a")
        await story.sees("[ Launch ]")
        await story.resize(40, 10)
        await story.sees("Too small")
        await story.resize(120, 40)
        await story.sees("[ Launch ]", "1 Experiments")


async def test_a_terminal_that_starts_too_small(open_app):
    async with open_app(busy_workspace(), size=(40, 10)) as story:
        await story.sees("Too small")
        await story.press("q")
        await story.until(lambda: story.app.return_code == 0, "the end")


async def test_q_leaves_with_code_zero(open_app):
    async with open_app(busy_workspace()) as story:
        await story.press("q")
        await story.until(lambda: story.app.return_code == 0, "the end")


async def test_ctrl_c_leaves_when_pressed_twice(open_app):
    async with open_app(busy_workspace()) as story:
        await story.press("ctrl+c")
        await story.sees("ctrl+c again leaves; jobs keep running")
        await story.press("j")
        await story.misses("again leaves")
        await story.press("ctrl+c", "ctrl+c")
        await story.until(lambda: story.app.return_code == 0, "the end")


async def test_a_failed_reading_leaves_the_old_list_and_says_why(open_app):
    workspace = busy_workspace()
    async with open_app(workspace) as story:
        workspace.failure = MdtuiError("The workspace /data/exp cannot be read.")
        await story.sees("cannot be read", "1 Experiments 15")
        workspace.failure = None
        await story.misses("cannot be read")


async def test_a_slow_disk_does_not_freeze_the_keys(open_app):
    workspace = busy_workspace()
    async with open_app(workspace) as story:
        workspace.gate.clear()
        await story.press("j", "j")
        assert story.app.main.table.index == 2
        workspace.gate.set()


async def test_damage_is_named_in_the_status_line(open_app):
    workspace = busy_workspace()
    workspace.problems = ("/data/exp/.mdtui/jobs/x/job.json is damaged",)
    async with open_app(workspace) as story:
        await story.sees("job.json is damaged")


async def test_an_idle_screen_is_not_drawn_again(open_app):
    workspace = busy_workspace()
    async with open_app(workspace) as story:
        await story.select(RUNNING)
        await story.sees("t train")
        drawn = []
        for widget in story.app.main.query("Lined"):
            widget.refresh = lambda *regions, **options: drawn.append(regions)
        target = workspace.num_snapshots + 10
        await story.until(lambda: workspace.num_snapshots > target, "ten readings")
        assert not drawn


async def test_one_changed_cell_repaints_one_line(open_app):
    workspace = busy_workspace()
    async with open_app(workspace) as story:
        await story.press("G")
        drawn = []
        table = story.app.main.table
        table.refresh = lambda *regions, **options: drawn.extend(regions)
        workspace.update(RUNNING, update=221)
        await story.until(lambda: drawn, "a repaint")
        assert [(region.height, region.width) for region in drawn] == [(1, 120)]


async def test_without_utf8_the_screen_is_ascii(open_app):
    async with open_app(busy_workspace(), glyphs=ASCII) as story:
        await story.select(RUNNING)
        await story.sees("t train", "* running")
        assert story.text.isascii()


async def test_read_only_offers_nothing_that_writes(open_app):
    workspace = busy_workspace()
    workspace.read_only = True
    async with open_app(workspace) as story:
        await story.select(RUNNING)
        assert "kill" not in story.footer
        assert "describe" in story.footer
