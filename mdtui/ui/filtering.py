"""The filter of the experiment list: pure text matching, as typed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mdtui.core.model import ExperimentRow


def matching(rows: Iterable[ExperimentRow], pattern: str) -> tuple[ExperimentRow, ...]:
    """Returns the rows that a filter lets through, in their order.

    Without a pattern these are the rows that are not hidden. A pattern is a regular
    expression, searched in name, model, source and state without regard to case, and
    hidden rows are asked too; `!` before it keeps the rows that do not match. What is
    no regular expression, or not one yet, is searched as it stands.

    Args:
      rows: all rows.
      pattern: as typed.
    """
    wanted = pattern.removeprefix("!")
    inverse = pattern.startswith("!")
    if not wanted:
        return tuple(row for row in rows if not row.hidden)
    try:
        search = re.compile(wanted, re.IGNORECASE).search
    except re.error:
        search = re.compile(re.escape(wanted), re.IGNORECASE).search

    def matches(row: ExperimentRow) -> bool:
        text = f"{row.name} {row.model} {row.source} {row.state}"
        return bool(search(text))

    if inverse:
        return tuple(row for row in rows if not row.hidden and not matches(row))
    return tuple(row for row in rows if matches(row))
