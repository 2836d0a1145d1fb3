"""Starts Debian's docker-registry on a free loopback port, plain or with TLS and passwords, and reads its log."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.needs import missing

USER, PASSWORD = "anna", "correct horse"
_HASH = "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"  # of PASSWORD, as htpasswd -B writes it
_PATIENCE = 20.0

_CONFIGURATION = """
version: 0.1
log: {{level: warn, accesslog: {{disabled: false}}}}
storage: {{filesystem: {{rootdirectory: {root}}}, delete: {{enabled: true}}}}
http:
  addr: 127.0.0.1:{port}
{tls}
{auth}
"""


@dataclass(frozen=True, slots=True)
class RunningRegistry:
    """A registry that answers. `ca_file` is empty where it does without TLS."""

    host: str
    folder: Path
    ca_file: str = ""

    @property
    def log(self) -> Path:
        return self.folder / "registry.log"

    def requests(self, method: str) -> list[str]:
        """The paths that were asked for with a method, in order."""
        found = (line.partition(f'"{method} ')[2].split(" ")[0] for line in self.log.read_text().splitlines())
        return [path for path in found if path]


@contextmanager
def registry(folder: Path, *, tls: bool = False, passwords: bool = False) -> Iterator[RunningRegistry]:
    """A registry of our own, with its files in `folder`; gone afterwards."""
    program = shutil.which("docker-registry")
    if not program:
        missing("docker-registry", "it is not installed (apt-get install docker-registry)")
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    certificate = _certificate(folder) if tls else None
    settings = _CONFIGURATION.format(
        root=folder / "data",
        port=port,
        tls=f"  tls: {{certificate: {folder}/tls.crt, key: {folder}/tls.key}}" if tls else "",
        auth=f"auth: {{htpasswd: {{realm: tests, path: {_passwords(folder)}}}}}" if passwords else "",
    )
    (folder / "registry.yml").write_text(settings)
    running = RunningRegistry(f"127.0.0.1:{port}", folder, str(certificate or ""))
    with running.log.open("wb") as log:
        process = subprocess.Popen([program, "serve", str(folder / "registry.yml")], stdout=log, stderr=log)
    try:
        _wait(running, process)
        yield running
    finally:
        process.terminate()
        process.wait(10)


def _wait(running: RunningRegistry, process: "subprocess.Popen[bytes]") -> None:
    scheme = "https" if running.ca_file else "http"
    context = ssl.create_default_context(cafile=running.ca_file) if running.ca_file else None
    for _ in range(int(_PATIENCE / 0.05)):
        try:
            urllib.request.urlopen(f"{scheme}://{running.host}/v2/", context=context, timeout=2).close()
            return
        except urllib.error.HTTPError as error:
            error.close()
            return  # it wants a password: it is there
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
    raise RuntimeError(f"docker-registry did not start:\n{running.log.read_text()}")


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


def _certificate(folder: Path) -> Path:
    """A certificate for this machine that is its own authority."""
    if not shutil.which("openssl"):
        missing("openssl", "it is not installed")
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    places = ["-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.crt")]
    subprocess.run(["openssl", *words.split(), names, *places], check=True, capture_output=True)
    return folder / "tls.crt"


def _passwords(folder: Path) -> Path:
    """Who may do what they like there."""
    (folder / "htpasswd").write_text(f"{USER}:{_HASH}\n")
    return folder / "htpasswd"
