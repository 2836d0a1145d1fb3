"""Turns an empty folder into a registry that answers on a free port of this machine."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

PROGRAM = "docker-registry"
_PATIENCE = 20.0
_SETTINGS = """\
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {folder}/data}}}}
http: {{addr: "{host}"}}
"""


@contextmanager
def registry(folder: Path) -> Iterator[str]:
    """Its host, as references name it; both are gone afterwards."""
    folder.mkdir(parents=True)
    host = f"127.0.0.1:{_free_port()}"
    settings = folder / "registry.yml"
    settings.write_text(_SETTINGS.format(folder=folder, host=host))
    nothing = subprocess.DEVNULL
    process = subprocess.Popen([PROGRAM, "serve", str(settings)], stdout=nothing, stderr=nothing)
    try:
        _wait(host)
        yield host
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)
        os.sync()  # what it has written must not be on its way to the disk while others are measured


def _wait(host: str) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            with closing(http.client.HTTPConnection(host, timeout=1)) as connection:
                connection.request("GET", "/v2/")
                connection.getresponse().read()
                return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{PROGRAM} does not answer at {host}")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
