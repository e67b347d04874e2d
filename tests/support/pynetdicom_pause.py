"""pynetdicom without its race for a response; to import this module is enough.

Its `send_c_...` clears a checkpoint and looks whether the association's own thread is paused there.
That thread says that it runs again only after it has passed the checkpoint: in between it counts as
paused, goes on, takes the response from the queue, and who asked waits until a timer ends. On a
busy machine this happened once in forty C-MOVEs.
"""

import threading
from typing import Any

from pynetdicom.association import Association

__all__: list[str] = []


class _Checkpoint(threading.Event):
    """Whoever passes it has said so before, and the checkpoint is still open after that."""

    def __init__(self, association: Any) -> None:
        super().__init__()
        self._association = association
        self.set()

    def wait(self, timeout: float | None = None) -> bool:
        while super().wait(timeout):
            self._association._is_paused = False
            if self.is_set():
                return True
            self._association._is_paused = True
        return False


_begin = Association.__init__


def _begin_without_race(self: Association, *positional: Any, **named: Any) -> None:
    _begin(self, *positional, **named)
    self._reactor_checkpoint = _Checkpoint(self)


Association.__init__ = _begin_without_race
