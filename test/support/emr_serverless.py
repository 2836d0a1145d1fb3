"""Turns requests to AWS into moto's answers, with what moto lacks of EMR Serverless: states, tokens, refusals.

Moto's job runs have succeeded at once, whatever is asked; the service's own go through states, are the same for the
same client token, are refused when too many ask, and end when they are cancelled.
"""

import http.client
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from support.google_storage import served
from support.object_store import moto

REGION = "eu-west-1"
ROLE = "arn:aws:iam::123456789012:role/spark"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "a-secret-that-no-message-may-show",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}
_RUNS = re.compile(r"/applications/(\w+)/jobruns(?:/(\w+))?")
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class EmrServerless:
    """A service with one application. What is set here holds for the next requests."""

    endpoint: str = ""
    application: str = ""
    states: list[str] = field(default_factory=lambda: ["SUBMITTED", "SCHEDULED", "RUNNING", "SUCCESS"])
    details: str = ""
    refusals: list[tuple[int, str, str]] = field(default_factory=list)  # status, code, message
    slow: float = 0.0  # seconds that the start of a run takes
    started: Callable[[str], None] = lambda run: None
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)  # method, path, body
    _moto: str = ""
    _tokens: dict[str, Answer] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def starts(self) -> list[dict[str, Any]]:
        """What each StartJobRun was told."""
        return [body for method, _, body in self.asked if method == "POST"]

    @property
    def cancelled(self) -> list[str]:
        return [path.rpartition("/")[2] for method, path, _ in self.asked if method == "DELETE"]

    def client(self, service: str) -> Any:
        client: Any = import_module("boto3").client
        return client(
            service,
            endpoint_url=self._moto,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(target)
        runs = _RUNS.fullmatch(parts.path)
        if runs is None:
            return _forwarded(self._moto, method, target, headers, body)
        with self._lock:
            told = json.loads(body) if body else {}
            self.asked.append((method, parts.path, told))
            if self.refusals:
                status, code, message = self.refusals.pop(0)
                return status, {"x-amzn-ErrorType": code}, json.dumps({"message": message}).encode()
            known = self._tokens.get(told.get("clientToken", ""))
        if known:
            return known
        answer = _forwarded(self._moto, method, target, headers, body)
        if answer[0] != 200:
            return answer
        with self._lock:
            return self._changed(method, told, answer)

    def _changed(self, method: str, told: Mapping[str, Any], answer: Answer) -> Answer:
        status, _, body = answer
        content = json.loads(body)
        if method == "POST":
            self._tokens[told["clientToken"]] = answer
            self.started(content["jobRunId"])
            time.sleep(self.slow)
        elif method == "DELETE":
            self.states = ["CANCELLING", "CANCELLED"]
        else:
            state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            content["jobRun"] |= {"state": state, "stateDetails": self.details}
        return status, {"Content-Type": "application/json"}, json.dumps(content).encode()


@contextmanager
def emr_serverless(*buckets: str) -> Iterator[EmrServerless]:
    """One that answers on a port of this machine, beside S3 with these buckets."""
    with moto(*buckets) as address:
        stand_in = EmrServerless(_moto=address)
        made = stand_in.client("emr-serverless").create_application(
            name="spark", releaseLabel="emr-7.5.0", type="SPARK", clientToken="one"
        )
        stand_in.application = made["applicationId"]
        with served(stand_in.answer) as endpoint:
            stand_in.endpoint = endpoint
            yield stand_in


def _forwarded(address: str, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        connection.request(method, target, body, dict(headers.items()))
        response = connection.getresponse()
        kept = {name: value for name, value in response.getheaders() if name.lower() not in ("connection", "date")}
        content = response.read()
        return response.status, {**kept, "Content-Length": kept.get("Content-Length", str(len(content)))}, content
    finally:
        connection.close()
