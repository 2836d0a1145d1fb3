"""Turns words into what `python -m bigflow` does with them: exit code, standard output and standard error."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PROJECTS = CHECKOUT / "test" / "projects"
COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Result:
    """What the user got. Bytes that are not UTF-8 survive as surrogates."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str


def bigflow(
    *words: str, cwd: Path, env: Mapping[str, str] | None = None, input: str = "", timeout: float = 60
) -> Result:
    """Run the command line to its end, as from a script: neither stream is a terminal."""
    with start(*words, cwd=cwd, env=env) as process:
        try:
            out, err = process.communicate(input, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return Result(words, process.returncode, out, err)


def start(*words: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """The same, still running: for tests that send signals, or close a stream early."""
    return subprocess.Popen(
        [sys.executable, "-m", "bigflow", *words],
        cwd=cwd,
        env=clean_environment(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="surrogateescape",
    )


def bigflow_at_terminal(*words: str, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 60) -> Result:
    """The same with a terminal for all three streams: `out` is all that the screen got."""
    return at_terminal([sys.executable, "-m", "bigflow", *words], cwd=cwd, env=env, timeout=timeout, words=words)


def at_terminal(
    command: list[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    typed: str = "",
    timeout: float = 60,
    words: tuple[str, ...] = (),
) -> Result:
    """Run any program at a terminal of its own, with `typed` as if from its keyboard."""
    ours, its = pty.openpty()
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=clean_environment({"TERM": "xterm", **(env or {})}),
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
        )
        os.close(its)
        os.write(ours, typed.encode())
        screen = _all_that_comes(ours, process, time.monotonic() + timeout)
    finally:
        os.close(ours)
    return Result(words, process.wait(), screen.decode("utf-8", "surrogateescape").replace("\r\n", "\n"), "")


def copy_project(name: str, target: Path) -> Path:
    """A copy of one of `test/projects` that a test may spoil."""
    shutil.copytree(PROJECTS / name, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    """A project from the texts of its files."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def clean_environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Nothing of ours but what any machine has; then what the test says."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(CHECKOUT.anchor) + "nonexistent",
        "LANG": "C.UTF-8",
        "COLUMNS": str(COLUMNS),
        "PYTHONPATH": str(CHECKOUT),
        **(env or {}),
    }


def _all_that_comes(terminal: int, process: "subprocess.Popen[bytes]", deadline: float) -> bytes:
    screen = b""
    while True:
        ready, _, _ = select.select([terminal], [], [], 0.05)
        if ready:
            try:
                chunk = os.read(terminal, 65536)
            except OSError:  # EIO: the last program at the terminal has gone
                return screen
            screen += chunk
            if not chunk:
                return screen
        elif process.poll() is not None:
            return screen
        if time.monotonic() > deadline:
            process.kill()
            raise TimeoutError(f"still running; the screen shows:\n{screen.decode(errors='replace')}")
