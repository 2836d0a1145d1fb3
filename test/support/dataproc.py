"""Turns requests in Dataproc's REST API for batches, and for tokens of Google, into answers: a stand-in for both."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.google_storage import served

_BATCHES = re.compile(r"/v1/(projects/[a-z-]+/locations/[a-z0-9-]+/batches)(?:/([a-z0-9-]{4,63}))?")
_CANCEL = re.compile(r"/v1/(projects/[a-z-]+/regions/[a-z0-9-]+/operations/[a-z0-9-]+):cancel")
_LABEL = re.compile(r"[a-z0-9_-]{0,63}")
TOKEN = "ya29.of-the-stand-in"
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class StandInDataproc:
    """Batches. What is set here holds for the next requests."""

    endpoint: str = ""
    states: list[str] = field(default_factory=lambda: ["PENDING", "RUNNING", "SUCCEEDED"])
    message: str = ""
    output: str = ""  # where the service says that the driver's output lies
    refusals: list[tuple[int, str]] = field(default_factory=list)
    slow: float = 0.0  # seconds that a creation takes
    created: Callable[[], None] = lambda: None
    asked: list[str] = field(default_factory=list)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(target)
        if parts.path == "/token":
            return _json(200, {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"})
        with self._lock:
            self.asked.append(f"{method} {parts.path}")
            if headers.get("Authorization") != f"Bearer {TOKEN}":
                return _wrong(401, "Request had invalid authentication credentials.")
            if self.refusals:
                return _wrong(*self.refusals.pop(0))
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            answer = self._answer(method, parts.path, query, body)
        if method == "POST" and parts.path.endswith("/batches") and answer[0] == 200:
            self.created()
            time.sleep(self.slow)
        return answer

    def _answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Answer:
        if method == "POST" and (cancel := _CANCEL.fullmatch(path)):
            self.cancelled.append(cancel[1])
            self.states = ["CANCELLING", "CANCELLED"]
            return _json(200, {})
        batches = _BATCHES.fullmatch(path)
        if batches and method == "POST" and not batches[2]:
            return self._create(batches[1], query["batchId"], json.loads(body))
        if batches and method == "GET" and batches[2] in self.batches:
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            told = {"state": state, "stateMessage": self.message, "runtimeInfo": {"outputUri": self.output}}
            return _json(200, {**self.batches[batches[2]], **{name: value for name, value in told.items() if value}})
        return _wrong(404, f"Not found: {path}")

    def _create(self, parent: str, id: str, batch: dict[str, Any]) -> Answer:
        if id in self.batches:
            return _wrong(409, f"Already exists: {parent}/{id}")
        known = {"pysparkBatch", "labels", "runtimeConfig", "environmentConfig"}
        if set(batch) - known or not all(map(_LABEL.fullmatch, batch["labels"].values())):
            return _wrong(400, "Invalid JSON payload received.")
        operation = f"{parent.replace('/locations/', '/regions/').removesuffix('/batches')}/operations/op-{id}"
        self.batches[id] = {"name": f"{parent}/{id}", "operation": operation, **batch}
        return _json(200, {"name": operation, "metadata": {"batch": f"{parent}/{id}"}})


@contextmanager
def dataproc() -> Iterator[StandInDataproc]:
    """One that answers on a port of this machine."""
    stand_in = StandInDataproc()
    with served(stand_in.answer) as endpoint:
        stand_in.endpoint = endpoint
        yield stand_in


def key_of(service: StandInDataproc, folder: Path) -> Path:
    """The key of a service account that gets its tokens here."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    private = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    told = {
        "type": "service_account",
        "project_id": "shop",
        "client_email": "spark@shop.iam.gserviceaccount.com",
        "private_key": private.decode(),
        "token_uri": f"{service.endpoint}/token",
    }
    path = folder / "key.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def _json(status: int, told: Mapping[str, object]) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(told).encode()


def _wrong(status: int, message: str) -> Answer:
    return _json(status, {"error": {"code": status, "message": message}})
