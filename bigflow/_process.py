"""Starts other programs and turns what they did into values; nothing else in the framework starts a process."""

import contextlib
import os
import select
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from time import monotonic, sleep
from typing import Literal, NamedTuple, Self

from bigflow.errors import UsageError

_TURN = 0.05  # seconds between two looks at a watched program
_KEPT = 1 << 20  # bytes of a watched program's output that are kept: its end
_PIPE = 1 << 16  # bytes that a pipe holds
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


class Launch(NamedTuple):
    """A program to be watched: what `run` takes, as one value."""

    args: tuple[str, ...]
    cwd: str | None = None
    env_add: Mapping[str, str | None] | None = None
    timeout: float | None = None


class Watched(NamedTuple):
    """How a watched program ended: `stdout` holds the end of all that it wrote. CPU time is that of its family."""

    completed: Completed
    cpu_seconds: float


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


def watch(launch: Launch, output: Callable[[bytes], None], stopped: Callable[[], bool]) -> Watched:
    """Run a program to its end without input, and hand on what it writes, on either stream, as it comes.

    Its process group is killed at the time limit, as soon as `stopped()` says so, and when the program has ended:
    what it left in the background holds neither us nor the files that it was given.
    """
    timed_out = False
    deadline = None if launch.timeout is None else monotonic() + launch.timeout
    end = bytearray()

    def take(chunk: bytes) -> None:
        output(chunk)
        end.extend(chunk)
        del end[:-_KEPT]

    with _started(launch.args, launch.cwd, launch.env_add, joined=True) as process:
        assert process.stdout is not None
        pipe = process.stdout.fileno()
        ended: tuple[int, float] | None = None
        more = True
        try:
            while ended is None:
                more = _hand_on(pipe, take, _TURN) if more else _pause()
                ended = _ended(process.pid)
                timed_out = ended is None and deadline is not None and monotonic() > deadline
                if ended is None and (timed_out or stopped()):
                    _kill_group(process)
                    ended = _ended(process.pid, wait=True)
            while more and _hand_on(pipe, take, 0.0):
                pass
        finally:
            _kill_group(process)
            process.returncode, cpu = ended or _ended(process.pid, wait=True) or (0, 0.0)
    return Watched(Completed(launch.args, process.returncode, _decoded(bytes(end)), "", timed_out), cpu)


class Pipe(NamedTuple):
    """The two ends of a pipe."""

    read: int
    write: int

    @classmethod
    def new(cls) -> Self:
        return cls(*os.pipe())

    def close(self) -> None:
        for end in self:
            os.close(end)


class Hearing(NamedTuple):
    """Who listens while a program carries out an order, and what cuts it short."""

    output: Callable[[bytes], None]
    stopped: Callable[[], bool]
    deadline: float | None = None  # of the clock that never goes back


class Conversation:
    """A program that takes orders: a line on its standard input is one, a line on its standard error the answer.

    What it, or any program that it starts, writes to its standard output is handed on as it comes. It has a process
    group of its own, in which programs may work on after its end: `kill` ends them, and the pipe waits for them.
    """

    def __init__(self, launch: Launch, pipe: Pipe, user: str | None = None) -> None:
        """Of the launch `env_add` is the whole environment, not an addition to ours."""
        try:
            self._process = subprocess.Popen(
                list(launch.args),
                cwd=launch.cwd,
                env={name: value for name, value in (launch.env_add or {}).items() if value is not None},
                user=user,
                stdin=subprocess.PIPE,
                stdout=pipe.write,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise _not_started(launch.args, launch.cwd, error) from error
        self._output = pipe.read
        self.cut: Literal["", "stopped", "time"] = ""  # why it was killed

    @property
    def leader(self) -> int:
        """The id of its process group."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it lives."""
        return self._process.returncode

    def ask(self, order: str, hearing: Hearing) -> str | None:
        """The answer to an order; None when the program has ended instead, by itself or killed by us."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(_encoded(f"{order}\n"))
            self._process.stdin.flush()
        except BrokenPipeError:
            self._process.wait()
            return None
        return self._listen(hearing)

    def end(self, hearing: Hearing) -> None:
        """No more orders: it ends by itself."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        if self._process.returncode is None:
            self._listen(hearing)
        assert self._process.stderr is not None
        self._process.stderr.close()

    def has_left_something(self) -> bool:
        """Whether programs of its group work on."""
        try:
            os.killpg(self._process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def kill(self) -> None:
        """The program and all that is left of its group."""
        _kill_group(self._process)
        self._process.wait()

    def _listen(self, hearing: Hearing) -> str | None:
        assert self._process.stderr is not None
        answers = self._process.stderr.fileno()
        answer = b""
        while not answer.endswith(b"\n"):
            ready, _, _ = select.select([self._output, answers], [], [], _TURN)
            if answers in ready:
                chunk = os.read(answers, 1 << 10)
                answer += chunk
                if not chunk:
                    self._process.wait()
            _pass_on(self._output, hearing)
            if self._is_over(hearing, at_once=bool(ready)):
                _pass_on(self._output, hearing)
                return None
        return _decoded(answer.rstrip(b"\n"))

    def _is_over(self, hearing: Hearing, *, at_once: bool) -> bool:
        if hearing.stopped():
            self.cut = "stopped"
        elif hearing.deadline is not None and monotonic() > hearing.deadline:
            self.cut = "time"
        if self.cut:
            self.kill()
        return self._process.returncode is not None or (not at_once and self._process.poll() is not None)


def _pass_on(pipe: int, hearing: Hearing) -> None:
    """Hand on what lies in a pipe, as much as one can hold: who fills it again and again does not keep us."""
    room = _PIPE
    while room > 0 and select.select([pipe], [], [], 0)[0]:
        chunk = os.read(pipe, room)
        hearing.output(chunk)
        room -= len(chunk)


def _hand_on(pipe: int, take: Callable[[bytes], None], patience: float) -> bool:
    """Hand on what can be read within that time. False when the pipe has come to its end, or gave nothing at once."""
    ready, _, _ = select.select([pipe], [], [], patience)
    chunk = os.read(pipe, 1 << 16) if ready else b""
    if chunk:
        take(chunk)
    return bool(chunk) or (not ready and patience > 0)


def _pause() -> bool:
    """For a program that has closed its output and still works."""
    sleep(_TURN / 5)
    return False


def _ended(process: int, *, wait: bool = False) -> tuple[int, float] | None:
    """The exit code and the CPU time of a child that has ended; None while it runs."""
    known, status, usage = os.wait4(process, 0 if wait else os.WNOHANG)
    return (os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime) if known else None


def _started(
    args: Sequence[str], cwd: str | None, env_add: Mapping[str, str | None] | None, *, joined: bool = False
) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            list(args),
            cwd=cwd,
            env=_environment(env_add),
            stdin=subprocess.DEVNULL if joined else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if joined else subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise _not_started(args, cwd, error) from error


def _not_started(args: Sequence[str], cwd: str | None, error: OSError) -> UsageError:
    if cwd is not None and not os.path.isdir(cwd):
        return UsageError(f"cannot run {args[0]} in {cwd}: there is no such folder")
    hint = f"install {args[0]}, or put it on PATH" if isinstance(error, FileNotFoundError) else ""
    return ProgramMissing(f"cannot run {args[0]}: {error.strerror}", hint=hint)


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
