"""Turns pods into plain processes of this machine: for tests of what a pod is told, not of an image."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from support.kubernetes_api import Ended, Wanted


@dataclass(frozen=True)
class Processes:
    """Runs `python ...` with this interpreter, in a folder, with nothing of our environment but what is said."""

    folder: Path
    images: frozenset[str]
    env: Mapping[str, str]

    def has_image(self, image: str) -> bool:
        return image in self.images

    def start(self, wanted: Wanted) -> "Process":
        program, *arguments = wanted.command
        python = sys.executable if program == "python" else program
        env = {"PATH": os.environ["PATH"], "KUBERNETES_SERVICE_HOST": "127.0.0.1", **self.env, **wanted.env}
        started = subprocess.Popen(
            [python, *arguments],
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        return Process(started, wanted.memory)


class Process:
    """One of them. Who uses more memory than its limit is killed, as the kernel does it to a container."""

    def __init__(self, started: "subprocess.Popen[str]", memory: int | None) -> None:
        self._process = started
        self._out_of_memory = False
        if memory is not None:
            threading.Thread(target=self._watch, args=(memory,), daemon=True).start()

    def lines(self) -> Iterator[str]:
        assert self._process.stdout is not None
        with self._process.stdout:
            yield from (line.rstrip("\n") for line in self._process.stdout)

    def wait(self) -> Ended:
        code = self._process.wait()
        code = 128 - code if code < 0 else code
        return Ended(code, "OOMKilled" if self._out_of_memory else "Error" if code else "Completed")

    def kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def _watch(self, most: int) -> None:
        while self._process.poll() is None:
            if _resident(self._process.pid) > most:
                self._out_of_memory = True
                self.kill()
            time.sleep(0.01)


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:")), 0)
