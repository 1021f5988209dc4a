"""How many alerts may be told in a time."""

from __future__ import annotations

import time
from collections.abc import Callable


class TokenBucket:
    """Lets `rate` alerts pass in a second, and up to `most` at once after a quiet time."""

    def __init__(self, rate: float, most: float, clock: Callable[[], float] = time.monotonic) -> None:
        """A `rate` of 0 has no limit. `clock`: seconds."""
        self._rate = rate
        self._most = most
        self._clock = clock
        self._tokens = most
        self._filled = clock()

    def claim(self) -> bool:
        """Whether another alert may be told now."""
        if not self._rate:
            return True
        now = self._clock()
        self._tokens = min(self._most, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
