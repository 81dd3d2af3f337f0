"""Handles one key at a time, however fast they are typed.

Textual 8.2 forwards each key to the widget that has the focus when the key arrives,
while the effect of the key before it may still be on its way up to the app: in `/all`
typed at once, the letters reach the list as commands before the filter's line is open.
This module holds a key back until the one before it has had its effect. It reaches into
how `App.on_event` and bubbling work and is therefore kept apart.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

# A widget that is removed by a key loses what waits in its queue; its keys go on after
# this time.
_LONGEST_SECONDS = 0.3


class TypeAhead(App[Any]):
    """An app that takes keys in turn; mix in before `App`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._typed: deque[events.Key] = deque()
        self._turn = 0
        self._key_in_hand = False

    async def on_event(self, event: events.Event) -> None:
        """Takes a key when its turn comes, anything else at once."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self._typed.append(event)
        if not self._key_in_hand:
            await self._take_key()
        else:
            turn = self._turn
            self.set_timer(_LONGEST_SECONDS, lambda: self._next_turn(turn))

    async def _take_key(self) -> None:
        self._key_in_hand = True
        self._turn += 1
        event = self._typed.popleft()
        taker = self.focused or self.screen
        await super().on_event(event)
        self._follow(taker, self._turn)

    def _follow(self, node: MessagePump, turn: int) -> None:
        """Goes the key's way: behind it through each queue from its taker to the app."""

        def arrived() -> None:
            if node is self:
                # What the key asked the app to do later stands before this.
                self.call_later(self._next_turn, turn)
            else:
                self._follow(node._parent or self, turn)

        if not node.call_later(arrived):
            arrived()

    async def _next_turn(self, turn: int) -> None:
        """Takes the next key, unless the turn that ends is over already."""
        if turn == self._turn and self._key_in_hand:
            self._key_in_hand = False
            if self._typed:
                await self._take_key()
