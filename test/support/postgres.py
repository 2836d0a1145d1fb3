"""Turns a wish for PostgreSQL into a real one of Debian's on a free port, with nothing in it."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.needs import missing

_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Postgres:
    """Anybody on this machine may do anything in it."""

    programs: Path
    port: int

    @property
    def jdbc(self) -> str:
        return f"jdbc:postgresql://127.0.0.1:{self.port}/postgres"

    def ask(self, sql: str) -> list[tuple[str, ...]]:
        """The rows of the answer, as text."""
        address = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        command = [str(self.programs / "psql"), address, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return [tuple(line.split("|")) for line in done.stdout.splitlines()]


@contextmanager
def postgres() -> Iterator[Postgres]:
    programs = _programs()
    owner = "postgres" if os.getuid() == 0 else None  # it refuses to be root
    with tempfile.TemporaryDirectory(prefix="bigflow-postgres-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        data.mkdir()
        if owner:
            os.chmod(folder, 0o755)
            shutil.chown(data, owner, owner)
        initdb = [
            str(programs / "initdb"),
            "-D",
            str(data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-N",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        subprocess.run(initdb, check=True, capture_output=True, user=owner, cwd=os.sep)
        port = _free_port()
        settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": data, "fsync": "off"}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(programs / "postgres"), "-D", str(data), *words]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, stdout=quiet, stderr=quiet, user=owner, cwd=os.sep) as process:
            try:
                _wait_for(programs, port)
                yield Postgres(programs, port)
            finally:
                process.send_signal(signal.SIGINT)  # do not wait for who is connected


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        missing("PostgreSQL", "there is none in /usr/lib/postgresql (Debian: postgresql)")
    return found[-1].parent


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_for(programs: Path, port: int) -> None:
    until = time.monotonic() + _PATIENCE
    ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(ready).returncode:
        if time.monotonic() > until:
            raise TimeoutError("PostgreSQL does not start")
        time.sleep(0.05)
