"""Starts what stands in for object stores on free ports of this machine, and says how they are reached."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from support.needs import missing

from bigflow.storage import Access, Amazon, AmazonKeys, Patience, Store, open_store

QUICK = Patience(connect=5.0, silence=0.6, tries=3, pause=0.01, longest_pause=0.05)
KEYS = Amazon(keys=AmazonKeys("AKIAEXAMPLEKEYOFTESTS", "a-secret-that-no-message-may-show"))


@dataclass(frozen=True)
class Ground:
    """A part of a store that nothing else is in."""

    kind: str
    root: str  # an address
    access: Access

    def store(self, path: str = "team/dags", **changes: object) -> Store:
        return open_store(f"{self.root}/{path}".rstrip("/"), replace(self.access, **changes))  # type: ignore[arg-type]


_PATIENCE = 60.0


@contextmanager
def moto(*buckets: str) -> Iterator[str]:
    """The address of an S3 with these buckets."""
    _needed("moto")
    script = Path(__file__).with_name("moto_server.py")
    command = [sys.executable, "-P", str(script)]
    paging = {**os.environ, "MOTO_S3_DEFAULT_MAX_KEYS": "50"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=paging) as process:
        try:
            assert process.stdout
            endpoint = f"http://127.0.0.1:{int(process.stdout.readline())}"
            for bucket in buckets:
                assert ask(endpoint, "PUT", f"/{bucket}") == 200
            yield endpoint
        finally:
            process.kill()


@contextmanager
def gcp_emulator(bucket: str) -> Iterator[str]:
    """The address of the emulator from PyPI: it knows no preconditions."""
    _needed("gcp_storage_emulator")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "gcp_storage_emulator", "start", "--in-memory", "--quiet"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--default-bucket", bucket]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=os.sep) as process:
        try:
            endpoint = f"http://127.0.0.1:{port}"
            _wait_for(endpoint)
            yield endpoint
        finally:
            process.kill()


def ask(endpoint: str, method: str, path: str, headers: dict[str, str] | None = None) -> int:
    """The status of one request without a body."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=10)
    try:
        connection.request(method, path, headers=headers or {})
        return connection.getresponse().status
    finally:
        connection.close()


def _needed(module: str) -> None:
    if find_spec(module) is None:
        missing(module, "it is not installed")


def _wait_for(endpoint: str) -> None:
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE:
        try:
            ask(endpoint, "GET", "/")
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nobody answers at {endpoint}")
