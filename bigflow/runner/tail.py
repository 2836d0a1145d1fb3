"""Turns the growing log of an attempt into the lines that are new since the last look."""

import contextlib
import os

MOST = 64 * 1024  # bytes a look: who writes more is shown the end of it, and where the rest is


class Tail:
    """Reads a file that somebody else writes. Only whole lines are handed out, until the last look."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._at = 0

    def read(self, last: bool) -> str:
        """What is new. At the last look an empty log is taken away, and there is no path any more."""
        if not self.path:
            return ""
        try:
            size = os.path.getsize(self.path)
        except FileNotFoundError:
            size = 0
        if last and not size:
            with contextlib.suppress(OSError):
                os.unlink(self.path)
            self.path = ""
        if size <= self._at:
            return ""
        return self._new(size, last)

    def _new(self, size: int, last: bool) -> str:
        skipped = max(0, size - self._at - MOST)
        with open(self.path, "rb") as log:
            log.seek(self._at + skipped)
            data = log.read(size - self._at - skipped)
        if skipped:
            data = data[data.find(b"\n") + 1 :]
        whole = len(data) if last else data.rfind(b"\n") + 1
        self._at = size - (len(data) - whole)
        text = data[:whole].decode("utf-8", "replace")
        return f"... {skipped:,} bytes are only in {self.path}\n{text}" if skipped else text
