"""Turns packages that a test makes up into an index on loopback, which also fails in every way there is, on command."""

import base64
import hashlib
import io
import os
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import pytest
from support.serving import serving

Mood = Literal["fine", "broken", "silent"]
_TIME = (1980, 1, 1, 0, 0, 0)


def wheel(name: str, version: str, requires: tuple[str, ...] = (), module: str = "") -> bytes:
    """A wheel with one empty module; the same words give the same bytes."""
    package, folder = name.replace("-", "_"), f"{name.replace('-', '_')}-{version}.dist-info"
    metadata = "".join(f"{line}\n" for line in ("Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"))
    metadata += "".join(f"Requires-Dist: {one}\n" for one in requires)
    files = {
        f"{package}/__init__.py": module,
        f"{folder}/METADATA": metadata,
        f"{folder}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{folder}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{folder}/RECORD"))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, _TIME), text)
    return content.getvalue()


@dataclass
class Index:
    """The index. `mood` says how it answers; `credentials` are `user:password`, and asked for when they are there."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)  # by their names, which begin with that of the package
    mood: Mood = "fine"
    credentials: str = ""
    requests: list[str] = field(default_factory=list)
    awake: threading.Event = field(default_factory=threading.Event)

    def add(self, name: str, version: str, *requires: str, module: str = "") -> None:
        """Put a package into it."""
        content = wheel(name, version, requires, module)
        self.files[f"{name.replace('-', '_')}-{version}-py3-none-any.whl"] = content

    def sha256(self, name: str, version: str) -> str:
        return hashlib.sha256(self.files[f"{name.replace('-', '_')}-{version}-py3-none-any.whl"]).hexdigest()

    def with_credentials(self) -> str:
        """Its address as a user writes it who knows no better."""
        return self.url.replace("://", f"://{self.credentials}@")

    def page(self, package: str) -> str | None:
        """PEP 503: links to the files of a package."""
        mine = [name for name in sorted(self.files) if name.split("-")[0].replace("_", "-") == package]
        if not mine:
            return None
        links = (
            f'<a href="../../files/{name}#sha256={hashlib.sha256(self.files[name]).hexdigest()}">{name}</a>'
            for name in mine
        )
        return f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>"


def _handler(index: Index) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.requests.append(self.path)
            if index.mood == "silent":
                index.awake.wait()
                return
            status, content, kind = self._answer()
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="packages"')
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815 - the name that is looked for

        def _answer(self) -> tuple[int, bytes, str]:
            allowed = f"Basic {base64.b64encode(index.credentials.encode()).decode()}"
            if index.mood == "broken":
                return 500, b"out of order", "text/plain"
            if index.credentials and self.headers.get("Authorization") != allowed:
                return 401, b"who are you?", "text/plain"
            parts = self.path.partition("?")[0].strip("/").split("/")
            if parts[0] == "files" and parts[-1] in index.files:
                return 200, index.files[parts[-1]], "application/octet-stream"
            page = index.page(parts[-1]) if parts[0] == "simple" else None
            return (404, b"", "text/plain") if page is None else (200, page.encode(), "text/html")

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the terminal is the tests'."""

    return Handler


@contextmanager
def served() -> Iterator[Index]:
    """An empty index, as long as it is needed."""
    index = Index()
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), _handler(index))) as port:
        index.url = f"http://127.0.0.1:{port}/simple"
        try:
            yield index
        finally:
            index.awake.set()


def surroundings(index: str, folder: Path) -> Mapping[str, str]:
    """The variables of a user who has this index and no other, nothing in any cache, and little patience."""
    return {
        "UV_DEFAULT_INDEX": index,
        "UV_CACHE_DIR": str(folder / "uv-cache"),
        "UV_HTTP_TIMEOUT": "1",
        "UV_HTTP_RETRIES": "0",
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_LINK_MODE": "copy",
        "PIP_CONFIG_FILE": os.devnull,
        "NETRC": str(folder / "netrc"),
    }


def settle(monkeypatch: pytest.MonkeyPatch, index: str, folder: Path) -> None:
    """Make this process such a user's."""
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(name)
    for name, value in surroundings(index, folder).items():
        monkeypatch.setenv(name, value)
