"""Turns pods into containers of an image: what a test of a built image needs."""

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.kubernetes_api import Ended, Wanted


@dataclass(frozen=True)
class Containers:
    """Runs each pod with `docker run` or `podman run`; `mounts` are folders in which a test reads what was written."""

    engine: str = "docker"
    mounts: Mapping[Path, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)

    def has_image(self, image: str) -> bool:
        return subprocess.run([self.engine, "image", "inspect", image], capture_output=True).returncode == 0

    def start(self, wanted: Wanted) -> "Container":
        env = [word for name, value in {**self.env, **wanted.env}.items() for word in ("--env", f"{name}={value}")]
        mounts = [word for here, there in self.mounts.items() for word in ("--volume", f"{here}:{there}")]
        memory = [] if wanted.memory is None else [f"--memory={wanted.memory}", f"--memory-swap={wanted.memory}"]
        program, *arguments = wanted.command
        name = f"bigflow-test-{wanted.name}"
        command = [self.engine, "run", "--name", name, "--pull=never", *env, *mounts, *memory, "--entrypoint", program]
        started = subprocess.Popen(
            [*command, wanted.image, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Container(self.engine, name, started)


class Container:
    """One of them."""

    def __init__(self, engine: str, name: str, started: "subprocess.Popen[str]") -> None:
        self._engine = engine
        self._name = name
        self._started = started

    def lines(self) -> Iterator[str]:
        assert self._started.stdout is not None
        with self._started.stdout:
            yield from (line.rstrip("\n") for line in self._started.stdout)

    def wait(self) -> Ended:
        code = self._started.wait()
        asked = [self._engine, "inspect", "--format", "{{.State.OOMKilled}}", self._name]
        killed = subprocess.run(asked, capture_output=True, text=True).stdout.strip() == "true"
        return Ended(code, "OOMKilled" if killed else "Error" if code else "Completed")

    def kill(self) -> None:
        subprocess.run([self._engine, "rm", "--force", self._name], capture_output=True)
        self._started.wait()
