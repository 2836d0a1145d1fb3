"""Turns what happens in a buildspec into a log that looks like CodeBuild's."""

from bigflow import _ambient
from bigflow.builder.step import Work

_MASK = b"***"


class Transcript:
    """The log of one step. Secrets do not get into it, also when they come in pieces."""

    def __init__(self, work: Work, secrets: tuple[str, ...] = ()) -> None:
        self._work = work
        encoded = (secret.encode("utf-8", "surrogateescape") for secret in secrets)
        self._secrets = sorted((secret for secret in encoded if secret.strip()), key=len, reverse=True)
        self._held = b""
        self._at_line_start = True

    def line(self, text: str) -> None:
        """A line of our own, with the time."""
        self.flush()
        if not self._at_line_start:
            self._write(b"\n")
        moment = _ambient.now().strftime("%Y/%m/%d %H:%M:%S")
        masked = self._masked(text.encode("utf-8", "surrogateescape"))
        self._write(f"[Container] {moment} ".encode() + masked + b"\n")

    def output(self, chunk: bytes) -> None:
        """What a command has written. The end is held back for as long as it may be the beginning of a secret."""
        if not self._secrets:
            self._write(chunk)
            return
        text = self._masked(self._held + chunk)
        kept = max((_overlap(text, secret) for secret in self._secrets), default=0)
        self._held = text[len(text) - kept :]
        self._write(text[: len(text) - kept])

    def flush(self) -> None:
        """No more of this command."""
        held, self._held = self._held, b""
        self._write(held)

    def phase_complete(self, name: str, code: str = "", message: str = "") -> None:
        """The two lines that close a phase; `code` is CodeBuild's word for what was wrong."""
        self.line(f"Phase complete: {name.upper()} State: {'FAILED' if code else 'SUCCEEDED'}")
        self.line(f"Phase context status code: {code} Message: {message}".rstrip())

    def _masked(self, text: bytes) -> bytes:
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return text

    def _write(self, text: bytes) -> None:
        if text:
            self._work.wrote(text)
            self._at_line_start = text.endswith(b"\n")


def _overlap(text: bytes, secret: bytes) -> int:
    """How many bytes at the end of the text could go on to be the secret."""
    longest = min(len(text), len(secret) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(secret[:size])), 0)
