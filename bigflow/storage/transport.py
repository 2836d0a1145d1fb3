"""Turns a request, whose body may be several files, into a whole answer: no second try, no credentials of its own."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from bigflow._http import transport as http
from bigflow._http.network import Trust
from bigflow._http.patience import Patience
from bigflow.storage.store import Content, opened


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. The body is bytes and files, sent one after the other, as often as it takes."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: tuple[Content, ...] = ()

    def with_headers(self, more: Mapping[str, str]) -> "Request":
        return Request(self.method, self.url, {**self.headers, **more}, self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, all of it. The names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Transport:
    """Connections, kept open between requests; used from several threads."""

    def __init__(self, trust: Trust, patience: Patience) -> None:
        self._http = http.Transport(trust, patience)

    def send(self, request: Request) -> Answer:
        """Ask once."""
        if not request.body:
            return self._asked(http.Request(request.method, request.url, request.headers))
        with closing(_Body(request.body)) as body:
            headers = {**request.headers, "Content-Length": str(body.size)}
            return self._asked(http.Request(request.method, request.url, headers, body))

    def _asked(self, request: http.Request) -> Answer:
        answer = self._http.send(request)
        return Answer(answer.status, answer.headers, answer.read_all())


class _Body:
    """The parts of a body as one file."""

    def __init__(self, parts: tuple[Content, ...]) -> None:
        self.size = sum(len(part) if isinstance(part, bytes) else part.stat().st_size for part in parts)
        self._waiting = iter(parts)
        self._open: BinaryIO = BytesIO()

    def read(self, size: int, /) -> bytes:
        while not (piece := self._open.read(size)):
            self.close()
            part = next(self._waiting, None)
            if part is None:
                self._open = BytesIO()
                return b""
            self._open = opened(part)
        return piece

    def close(self) -> None:
        self._open.close()
