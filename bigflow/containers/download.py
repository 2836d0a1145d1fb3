"""Turns a blob of a registry into a stream that goes on where a broken connection left off."""

import re
from collections.abc import Callable

from bigflow._http.patience import Cut
from bigflow._http.transport import Answer
from bigflow.containers.blobs import PIECE
from bigflow.containers.descriptor import Descriptor
from bigflow.containers.digest import Mismatch
from bigflow.containers.documents import Malformed
from bigflow.containers.session import Session

_PROGRESS = 1 << 20  # bytes: after so many, earlier failures are forgotten


class Download:
    """Pieces of a blob, in order. What it gives is as good as the registry: the reader verifies it."""

    def __init__(self, session: Session, blob: Descriptor, fetch: Callable[[int], Answer], start: int = 0) -> None:
        self._session = session
        self._blob = blob
        self._fetch = fetch  # the blob from this byte on
        self._at = start
        self._failed = 0
        self._failed_at = start
        self._answer = self._opened()

    def read(self, size: int, /) -> bytes:
        """The next bytes; nothing at the end."""
        while True:
            try:
                piece = self._answer.read(size)
                if not piece and self._at < self._blob.size:
                    raise Cut(f"{self._session.registry} ended the blob {self._blob.digest} after {self._at} bytes")
                self._at += len(piece)
                return piece
            except Cut as error:
                self._fail(error)
                self._answer.close()
                self._answer = self._opened()

    def close(self) -> None:
        """No more is wanted."""
        self._answer.drop() if self._at == self._blob.size else self._answer.close()

    def _fail(self, error: Cut) -> None:
        self._failed = 1 if self._at >= self._failed_at + _PROGRESS else self._failed + 1
        self._failed_at = self._at
        if self._failed >= self._session.patience.tries:
            raise error
        self._session.rest(self._failed)

    def _opened(self) -> Answer:
        answer = self._fetch(self._at)
        whole = answer.status == 200
        length, expected = answer.header("Content-Length"), self._blob.size - (0 if whole else self._at)
        if answer.status == 416 or (length.isdecimal() and int(length[:18]) != expected):
            answer.close()
            raise Mismatch(f"the blob {self._blob.digest} has another length than {self._blob.size} bytes")
        if whole:
            self._skip(answer, self._at)
        elif not re.match(rf"bytes {self._at}-", answer.header("Content-Range")):
            answer.close()
            raise Malformed(f"{self._session.registry} was asked for bytes from {self._at} on, and gives others")
        return answer

    def _skip(self, answer: Answer, count: int) -> None:
        """A registry that knows no ranges begins anew; what is known already is let go by."""
        while count:
            piece = answer.read(min(count, PIECE))
            if not piece:
                answer.close()
                raise Mismatch(f"the blob {self._blob.digest} is shorter than it was a moment ago")
            count -= len(piece)
