"""The dry run: what would be started, and what the preflight says about it."""

from __future__ import annotations

from mdtui.core.model import Finding, LaunchPlan, Level
from mdtui.ui.lines import Line, printable, wrap
from mdtui.ui.screens.dialog import CANCEL, CLOSE, Button, Dialog, Text

GO = "go"

_LEVELS = {
    Level.STOP: ("STOP", "bad"),
    Level.WARNING: ("warning", "warning"),
    Level.INFORMATION: ("note", "busy"),
    Level.OK: ("ok", "good"),
}


def launch_dialog(plan: LaunchPlan, verb: str) -> Dialog:
    """Returns the dialog for a plan; one that is blocked can only be closed.

    Args:
      plan: the dry run.
      verb: what the button says.
    """
    if plan.blocked:
        return Dialog(plan.title, plan_text(plan), (CLOSE,))
    buttons = (CANCEL, Button(GO, verb))
    return Dialog(plan.title, plan_text(plan), buttons, marked=1, yes=GO)


def plan_text(plan: LaunchPlan) -> Text:
    """Returns the text of a plan: why not, what, and the findings."""

    def lines(width: int) -> list[Line]:
        out: list[Line] = []
        if plan.blocked:
            reason = "This cannot be started; what the findings marked STOP ask for"
            out += [Line(t, "bad") for t in wrap(f"{reason} comes first.", width)]
        sections = [_commands(plan, width), _preflight(plan, width)]
        if len(plan.command_lines) > 1:  # ten commands would hide what was found
            sections.reverse()
        for section in filter(None, sections):
            out += section if not out else [Line(), *section]
        return out

    return lines


def _commands(plan: LaunchPlan, width: int) -> list[Line]:
    """Returns the exact command lines under their heading."""
    if not plan.command_lines:
        return []
    count = len(plan.command_lines)
    out = [Line("COMMAND" if count == 1 else f"{count} COMMANDS", "heading")]
    for command in plan.command_lines:
        parts = wrap(printable(command), width - 2, "    ")
        out.append(Line("$ ", "dim").add(parts[0], "command"))
        out += [Line("  ").add(part, "command") for part in parts[1:]]
    return out


def _preflight(plan: LaunchPlan, width: int) -> list[Line]:
    """Returns what the preflight found under its heading."""
    if not plan.findings:
        return []
    out = [Line("PREFLIGHT", "heading")]
    for finding in plan.findings:
        out += _finding_lines(finding, width)
    return out


def _finding_lines(finding: Finding, width: int) -> list[Line]:
    """Returns a finding: level, title and text, then its remedy on lines of its own."""
    word, style = _LEVELS[Level(finding.level)]
    indent = 9
    parts = wrap(f"{finding.title}: {finding.text}", max(8, width - indent))
    out = [Line(word.ljust(indent), style).add(parts[0])]
    out += [Line(" " * indent).add(part) for part in parts[1:]]
    if finding.remedy and finding.level is not Level.OK:
        remedy = wrap(f"-> {finding.remedy}", max(8, width - indent), "   ")
        out += [Line(" " * indent).add(part, "strong") for part in remedy]
    return out
