"""Starts other programs and turns what they did into values; nothing else in the framework starts a process."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bigflow.errors import UsageError

_PATIENCE = 2.0  # seconds for the pipes of a killed group to close: a daemon that left the group may hold them open


class Completed(NamedTuple):
    """How a program ended. Output is UTF-8; bytes that are not survive as surrogates."""

    args: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        return self.returncode == 0 and not self.timed_out


class ProgramMissing(UsageError):
    """The program is not on this machine, or is not one that can be started."""


def run(
    args: Sequence[str],
    *,
    cwd: str | None = None,
    env_add: Mapping[str, str | None] | None = None,
    input: str = "",
    timeout: float | None = None,
) -> Completed:
    """Run a program to its end. `env_add` sets variables over our own; None takes one away.

    The program gets a process group of its own, which is killed as a whole at the time limit and on any interruption.
    """
    with _started(args, cwd, env_add) as process:
        try:
            stdout, stderr = process.communicate(_encoded(input), timeout)
            timed_out = False
        except subprocess.TimeoutExpired:
            stdout, stderr = _killed(process)
            timed_out = True
        except BaseException:
            _kill_group(process)
            process.wait()
            raise
    return Completed(tuple(args), process.returncode, _decoded(stdout), _decoded(stderr), timed_out)


def _started(
    args: Sequence[str], cwd: str | None, env_add: Mapping[str, str | None] | None
) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            list(args),
            cwd=cwd,
            env=_environment(env_add),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        if cwd is not None and not os.path.isdir(cwd):
            raise UsageError(f"cannot run {args[0]} in {cwd}: there is no such folder") from error
        hint = f"install {args[0]}, or put it on PATH" if isinstance(error, FileNotFoundError) else ""
        raise ProgramMissing(f"cannot run {args[0]}: {error.strerror}", hint=hint) from error


def _environment(env_add: Mapping[str, str | None] | None) -> dict[str, str] | None:
    if not env_add:
        return None
    merged: dict[str, str | None] = {**os.environ, **env_add}
    return {name: value for name, value in merged.items() if value is not None}


def _killed(process: "subprocess.Popen[bytes]") -> tuple[bytes, bytes]:
    _kill_group(process)
    try:
        return process.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired as error:
        return error.output or b"", error.stderr or b""


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
        os.killpg(process.pid, signal.SIGKILL)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _decoded(output: bytes) -> str:
    return output.decode("utf-8", "surrogateescape")
