"""Turns bytes that flow by into their digest, and stops those that are not what they were said to be."""

import hashlib
import re

from bigflow.errors import OutsideError, UsageError

_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


class Mismatch(OutsideError):
    """Content is not what its digest or size says."""


def digest_of(data: bytes) -> str:
    """The digest that names these bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def checked_digest(text: str) -> str:
    """The text, if it is a digest that we can verify; nothing else may become the name of a file."""
    if not _SHA256.fullmatch(text):
        raise UsageError(f"{text[:100]!r} is not a digest", hint="a digest is sha256: and 64 hexadecimal figures")
    return text


class Verifier:
    """Counts and digests what it is shown, and refuses at once what is too long."""

    def __init__(self, digest: str, size: int, where: str = "") -> None:
        self._digest = checked_digest(digest)
        self._size = size
        self._where = where
        self._seen = 0
        self._hash = hashlib.sha256()

    @property
    def seen(self) -> int:
        """How many bytes it was shown."""
        return self._seen

    def update(self, piece: bytes) -> None:
        self._seen += len(piece)
        if self._seen > self._size:
            raise self._mismatch(f"is longer than the {self._size} bytes that it should have")
        self._hash.update(piece)

    def finish(self) -> None:
        """That was all: it has to be right."""
        if self._seen != self._size:
            raise self._mismatch(f"ends after {self._seen} of {self._size} bytes")
        found = "sha256:" + self._hash.hexdigest()
        if found != self._digest:
            raise self._mismatch(f"has other content: {found}")

    def _mismatch(self, what: str) -> Mismatch:
        return Mismatch(
            f"the blob {self._digest} {what}", where=self._where, hint="it is damaged where it comes from: push it anew"
        )
