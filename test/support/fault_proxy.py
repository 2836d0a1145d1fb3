"""Turns requests into requests to somebody else, but some of them go wrong: before or after they took effect."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum, auto
from http.client import HTTPConnection
from urllib.parse import urlsplit

from support.google_storage import served

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"}


class Fault(StrEnum):
    """What may go wrong with one request."""

    CUT_BEFORE = auto()  # the connection breaks, and nothing has happened
    CUT_AFTER = auto()  # it was done, and the connection breaks before the answer
    BUSY_BEFORE = auto()  # 503, nothing has happened
    BUSY_AFTER = auto()  # 503 from something in between, although it was done
    HALF = auto()  # half of the answer
    SILENT = auto()  # it was done, and there is no answer for longer than anybody waits


Plan = Callable[[int, str, str], Fault | None]  # number of the request from 0, method, path


def nothing(number: int, method: str, path: str) -> Fault | None:
    """All goes well."""
    return None


@dataclass
class FaultProxy:
    """What happened, and what will."""

    upstream: str
    plan: Plan = nothing
    delay: float = 0.0
    silence: float = 1.0
    endpoint: str = ""
    requests: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes] | None:
        with self._lock:
            number = len(self.requests)
            self.requests.append(f"{method} {target}")
        if self.delay:
            time.sleep(self.delay)
        fault = self.plan(number, method, target)
        if fault is Fault.CUT_BEFORE:
            return None
        if fault is Fault.BUSY_BEFORE:
            return 503, {}, b"busy"
        status, told, content = self._forward(method, target, headers, body)
        if fault is Fault.BUSY_AFTER:
            return 503, {}, b"busy"
        if fault in (Fault.CUT_AFTER, Fault.SILENT):
            time.sleep(self.silence if fault is Fault.SILENT else 0.0)
            return None
        if fault is Fault.HALF:
            return status, {**told, "Content-Length": str(len(content) + 1)}, content[: len(content) // 2]
        return status, told, content

    def _forward(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(self.upstream)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        with closing(connection):
            connection.request(method, target, body or None, dict(headers.items()))
            response = connection.getresponse()
            told = {name: value for name, value in response.getheaders() if name.lower() not in _HOP}
            if method == "HEAD":
                told["Content-Length"] = response.getheader("Content-Length") or "0"
            return response.status, told, response.read()


@contextmanager
def fault_proxy(upstream: str, plan: Plan = nothing, delay: float = 0.0) -> Iterator[FaultProxy]:
    """A proxy in front of a server, on a port of its own."""
    proxy = FaultProxy(upstream, plan, delay)
    with served(proxy.answer) as proxy.endpoint:
        yield proxy
