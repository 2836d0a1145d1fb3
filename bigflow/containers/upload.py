"""Turns a blob of a source into one of a registry's repository, going on where a broken connection left off."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from bigflow._http.again import AGAIN, retry_after
from bigflow._http.patience import Cut
from bigflow._http.transport import Answer
from bigflow.containers.blobs import Moved, Source, Stream, read_verified
from bigflow.containers.descriptor import Descriptor
from bigflow.containers.session import Ask, Session
from bigflow.errors import OutsideError

# POST opens an upload, PATCH adds to it, PUT with the digest ends it, and GET tells how far it is.
# What is small goes with the PUT: a request less, and nothing worth resuming.
_SMALL = 1 << 20
_LOST = (400, 404, 416)  # the registry knows nothing of the upload any more, or something else
_BYTES = {"Content-Type": "application/octet-stream"}
_UNAUTHORIZED = 401  # a token that died meanwhile; the next request has a new one


class _Lost(Exception):
    """The upload has to begin anew."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One blob on its way into `path`, the address of the repository's uploads."""

    session: Session
    path: str
    scopes: tuple[str, ...]
    blob: Descriptor
    source: Source

    def run(self, moved: Moved, mount_from: str = "") -> None:
        """Bring it there; a blob of another repository of the registry, by name only."""
        for _ in range(self.session.patience.tries):
            try:
                location = self._begin(mount_from)
                if location and self.blob.size > _SMALL:
                    location = self._send(location, moved)
                if location:
                    self._end(location, moved)
                return
            except _Lost:
                continue
        raise OutsideError(f"{self.session.registry} forgets what is uploaded: {self.blob.digest}")

    def _begin(self, mount_from: str) -> str:
        """The address of a new upload; empty when the registry had the blob elsewhere."""
        mount = f"?{urlencode({'mount': self.blob.digest, 'from': mount_from})}" if mount_from else ""
        answer = self.session.send(Ask("POST", self.path + mount, self.scopes, body=b""), 201, 202)
        answer.drop()
        return "" if answer.status == 201 else self._onward(answer)

    def _send(self, location: str, moved: Moved) -> str:
        """Add everything; gives where the upload is then."""
        failed, start = 0, 0
        while True:
            asked_for = 0.0
            try:
                answer = self._patch(location, start, moved)
                answer.drop()
                if answer.status == 202:
                    return self._onward(answer)
                if answer.status in _LOST:
                    raise _Lost
                asked_for = retry_after(answer.headers)
                problem = OutsideError(f"{self.session.registry} answers an upload with HTTP {answer.status}")
            except Cut as error:
                problem = error
            failed += 1
            if failed >= self.session.patience.tries:
                raise problem
            self.session.rest(failed, asked_for)
            location, arrived = self._arrived(location)
            failed = 0 if arrived > start + _SMALL else failed
            start = arrived

    def _patch(self, location: str, start: int, moved: Moved) -> Answer:
        stream = self.source.open(self.blob, start)
        try:
            headers = {**_BYTES, "Content-Length": str(self.blob.size - start)}
            if start:
                headers["Content-Range"] = f"{start}-{self.blob.size - 1}"
            ask = Ask("PATCH", location, self.scopes, headers, Told(stream, moved))
            return self.session.send(ask, 202, _UNAUTHORIZED, *_LOST, *AGAIN)
        finally:
            stream.close()

    def _arrived(self, location: str) -> tuple[str, int]:
        """Where the upload goes on, and how many bytes of it the registry has."""
        answer = self.session.send(Ask("GET", location, self.scopes), 204, 202, *_LOST)
        answer.drop()
        if answer.status in _LOST:
            raise _Lost
        told = re.fullmatch(r"(?:bytes=)?0-(\d{1,18})", answer.header("Range"))
        arrived = int(told[1]) + 1 if told else 0
        if not 1 < arrived <= self.blob.size:  # "0-0" is what registries say of nothing, and of one byte as well
            raise _Lost
        return self._onward(answer) if answer.header("Location") else location, arrived

    def _end(self, location: str, moved: Moved) -> None:
        """Close it with the digest, which the registry verifies."""
        body = read_verified(self.blob, self.source) if self.blob.size <= _SMALL else b""
        joint = "&" if "?" in location else "?"
        address = f"{location}{joint}{urlencode({'digest': self.blob.digest})}"
        answer = self.session.send(Ask("PUT", address, self.scopes, _BYTES, body), 201, 404, 416)
        answer.drop()
        if answer.status == 201:
            moved(len(body))
        elif not self._is_there():  # an answer that was lost on its way to us leaves a blob and no upload
            raise _Lost

    def _is_there(self) -> bool:
        path = f"{self.path.removesuffix('uploads/')}{self.blob.digest}"
        answer = self.session.send(Ask("HEAD", path, self.scopes), 200, 404)
        answer.drop()
        return answer.status == 200

    def _onward(self, answer: Answer) -> str:
        return self.session.onward(answer.url, answer.header("Location"))


@dataclass(frozen=True, slots=True)
class Told:
    """A stream that tells how much was read of it."""

    stream: Stream
    moved: Moved

    def read(self, size: int, /) -> bytes:
        piece = self.stream.read(size)
        self.moved(len(piece))
        return piece
